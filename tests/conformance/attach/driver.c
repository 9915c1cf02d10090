// conformance-attach.sys: a system thread reads and writes the application's memory where it is attached, and nowhere else.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-kestackattachprocess
#include <ntifs.h>

#include "attach.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpen, DispatchControl;

struct work {
    PEPROCESS process;
    ULONG *number;
};

static void Check(BOOLEAN holds, const char *what)
{
    DbgPrint("%s: %s\n", what, holds ? "yes" : "NO");
}

static void AddOne(ULONG *number)
{
    __try {
        ProbeForWrite(number, sizeof *number, sizeof *number);
        ++*number;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("exception %08lX\n", GetExceptionCode());
    }
}

static VOID NTAPI Worker(PVOID context)
{
    struct work *work = context;
    PEPROCESS own = PsGetCurrentProcess();
    KAPC_STATE state, inner;

    Check(own != work->process, "another process at first");
    KeStackAttachProcess((PVOID)work->process, &state);
    Check(PsGetCurrentProcess() == work->process, "attached");
    Check(IoThreadToProcess(PsGetCurrentThread()) == own, "the thread is still the system's");
    AddOne(work->number);
    KeStackAttachProcess((PVOID)own, &inner);
    Check(PsGetCurrentProcess() == own, "attachments nest");
    KeUnstackDetachProcess(&inner);
    Check(PsGetCurrentProcess() == work->process, "and end one by one");
    KeStackAttachProcess((PVOID)work->process, &inner); // there already
    KeUnstackDetachProcess(&inner);
    Check(PsGetCurrentProcess() == work->process, "attaching to where it is changes nothing");
    KeUnstackDetachProcess(&state);
    Check(PsGetCurrentProcess() == own, "detached");

    KeAttachProcess((PVOID)work->process);
    Check(PsGetCurrentProcess() == work->process, "attached the old way");
    AddOne(work->number);
    KeDetachProcess();
    Check(PsGetCurrentProcess() == own, "detached the old way");
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS RunWorker(ULONG *number)
{
    struct work work = {.process = PsGetCurrentProcess(), .number = number};
    HANDLE handle;
    PVOID thread;
    NTSTATUS status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &work);
    if (!NT_SUCCESS(status))
        return status;
    ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &thread, NULL);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(thread);
    ZwClose(handle);
    return STATUS_SUCCESS;
}

static NTSTATUS Complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpen(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    UNREFERENCED_PARAMETER(device);
    if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_ATTACH ||
        stack->Parameters.DeviceIoControl.InputBufferLength != sizeof(ULONG *))
        return Complete(irp, STATUS_INVALID_PARAMETER);
    return Complete(irp, RunWorker(*(ULONG **)irp->AssociatedIrp.SystemBuffer));
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\ConformanceAttach");
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\ConformanceAttach");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\ConformanceAttach");
    DEVICE_OBJECT *device;
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    IoCreateSymbolicLink(&link, &name);
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
