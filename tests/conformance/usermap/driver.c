// conformance-usermap.sys: shows nonpaged pool to an application (MmMapLockedPagesSpecifyCache in UserMode).
//
// The buffer is whole pages, because whole pages become visible. It is mapped and unmapped in the context of the process
// that sees it: in its controls and, at the latest, in IRP_MJ_CLEANUP of its file.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-mmmaplockedpagesspecifycache

#include <wdm.h>
#include "usermap.h"

#define TAG 'pamU'

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchCleanup, DispatchControl;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostUsermap");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostUsermap");

static char *Buffer;
static MDL *Mdl;
static void *Mapped; // in the application; NULL: nowhere

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS Map(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (Mapped)
        return STATUS_DEVICE_BUSY;
    __try {
        Mapped = MmMapLockedPagesSpecifyCache(Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status) && !Mapped)
        status = STATUS_INSUFFICIENT_RESOURCES;
    DbgPrint("map: %08lX, at the same offset in the page %d\n", status, BYTE_OFFSET(Mapped) == BYTE_OFFSET(Buffer));
    return status;
}

static void Unmap(void)
{
    if (Mapped)
        MmUnmapLockedPages(Mapped, Mdl);
    Mapped = NULL;
}

static void Look(void)
{
    DbgPrint("the driver sees: %s, %s\n", Buffer, Buffer + USERMAP_BYTES - 16);
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    Unmap();
    Look();
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    NTSTATUS status;

    UNREFERENCED_PARAMETER(device);
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_USERMAP_MAP:
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG64))
            return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        status = Map();
        *(ULONG64 *)irp->AssociatedIrp.SystemBuffer = (ULONG_PTR)Mapped;
        return Complete(irp, status, sizeof(ULONG64));
    case IOCTL_USERMAP_UNMAP:
        Unmap();
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_USERMAP_LOOK:
        Look();
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_USERMAP_WRITE:
        RtlCopyMemory(Buffer, "from the driver again", sizeof "from the driver again");
        return Complete(irp, STATUS_SUCCESS, 0);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    IoFreeMdl(Mdl);
    ExFreePoolWithTag(Buffer, TAG);
    DbgPrint("unload\n");
}

static NTSTATUS MakeBuffer(void)
{
    Buffer = ExAllocatePoolWithTag(NonPagedPool, USERMAP_BYTES, TAG);
    if (!Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Buffer, USERMAP_BYTES);
    RtlCopyMemory(Buffer, "from the driver", sizeof "from the driver");
    Mdl = IoAllocateMdl(Buffer, USERMAP_BYTES, FALSE, FALSE, NULL);
    if (!Mdl) {
        ExFreePoolWithTag(Buffer, TAG);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    MmBuildMdlForNonPagedPool(Mdl);
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, TRUE, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (NT_SUCCESS(status)) {
        status = MakeBuffer();
        if (!NT_SUCCESS(status))
            IoDeleteSymbolicLink(&LinkName);
    }
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
