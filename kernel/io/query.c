// Questions drivers ask about a request or a file.
#include "io/io.h"

PEPROCESS NTAPI IoGetRequestorProcess(PIRP irp)
{
    PETHREAD thread = irp->Tail.Overlay.Thread;
    return thread ? thread->process : NULL;
}

ULONG NTAPI IoGetRequestorProcessId(PIRP irp)
{
    PEPROCESS process = IoGetRequestorProcess(irp);
    return process ? (ULONG)(ULONG_PTR)process->id : 0;
}

BOOLEAN NTAPI IoIsOperationSynchronous(PIRP irp)
{
    PFILE_OBJECT file = irp->Tail.Overlay.OriginalFileObject;
    return (irp->Flags & (IRP_SYNCHRONOUS_API | IRP_SYNCHRONOUS_PAGING_IO)) ||
           (file && (file->Flags & FO_SYNCHRONOUS_IO));
}

BOOLEAN NTAPI IoIs32bitProcess(PIRP irp)
{
    (void)irp;
    return FALSE; // clients are 64-bit
}

// STATUS_ACCESS_DENIED when the handle behind the request lacks the access bits (FILE_READ_ACCESS, FILE_WRITE_ACCESS).
NTSTATUS NTAPI IoValidateDeviceIoControlAccess(PIRP irp, ULONG required)
{
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;
    if (irp->RequestorMode == KernelMode || ((code >> 14) & required) == required)
        return STATUS_SUCCESS;
    PFILE_OBJECT file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    ACCESS_MASK needed =
        (required & FILE_READ_ACCESS ? FILE_READ_DATA : 0) | (required & FILE_WRITE_ACCESS ? FILE_WRITE_DATA : 0);
    return file && !(needed & ~((struct io_file *)file)->granted) ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR major, UCHAR minor)
{
    return major < 6 || (major == 6 && minor == 0); // WDM 6.0, as Windows reports since Vista
}

VOID NTAPI IoGetStackLimits(PULONG_PTR low, PULONG_PTR high)
{
    hal_stack_limits(low, high);
}

// A file system notes there which request it is serving, so that it can tell when it is entered again.
PIRP NTAPI IoGetTopLevelIrp(void)
{
    return ps_current_thread()->top_level_irp;
}

VOID NTAPI IoSetTopLevelIrp(PIRP irp)
{
    ps_current_thread()->top_level_irp = irp;
}

// How generic rights map to those of files.
PGENERIC_MAPPING NTAPI IoGetFileObjectGenericMapping(void)
{
    return &io_file_type.mapping;
}

// Guards the volume parameter blocks of mounted volumes.
static KSPIN_LOCK vpb_lock;

VOID NTAPI IoAcquireVpbSpinLock(PKIRQL irql)
{
    *irql = KeAcquireSpinLockRaiseToDpc(&vpb_lock);
}

VOID NTAPI IoReleaseVpbSpinLock(KIRQL irql)
{
    KeReleaseSpinLock(&vpb_lock, irql);
}
