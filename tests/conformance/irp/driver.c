// conformance-irp.sys: requests that a driver makes and queues by itself, without an application.
//
// Building them for another driver, associated ones, using one again; StartIo; cancel-safe queues; remove
// locks and work items. Each line of driver.txt is one answer; the pages are those of the routines named in
// the lines.

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchRead, DispatchControl, DispatchInternal;

DEVICE_OBJECT *Buffered, *Plain;
enum plain PlainDoes;

static UNICODE_STRING BufferedName = RTL_CONSTANT_STRING(L"\\Device\\NthostIrpBuffered");
static UNICODE_STRING PlainName = RTL_CONSTANT_STRING(L"\\Device\\NthostIrpPlain");

static struct { // of a request that is completed later; one at a time
    KTIMER timer;
    KDPC dpc;
    IRP *irp;
} Later;

NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

void WaitFor(KEVENT *event)
{
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
}

static NTSTATUS NTAPI KeepIrp(DEVICE_OBJECT *device, IRP *irp, void *done)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    *(BOOLEAN *)done = TRUE;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

IRP *MakeIrp(BOOLEAN *done)
{
    IRP *irp = IoAllocateIrp(Plain->StackSize, FALSE);

    *done = FALSE;
    if (irp) {
        irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
        IoSetCompletionRoutine(irp, KeepIrp, done, TRUE, TRUE, TRUE);
    }
    return irp;
}

static void NTAPI CompleteLater(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    Complete(Later.irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    static const char *const names[] = {
        [IRP_MJ_CREATE] = "create", [IRP_MJ_CLOSE] = "close", [IRP_MJ_CLEANUP] = "cleanup"};

    UNREFERENCED_PARAMETER(device);
    DbgPrint("  %s\n", names[IoGetCurrentIrpStackLocation(irp)->MajorFunction]);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    ULONG length = min(IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length, 10);
    void *buffer = device == Buffered ? irp->AssociatedIrp.SystemBuffer : irp->UserBuffer;

    RtlCopyMemory(buffer, "0123456789", length);
    return Complete(irp, STATUS_SUCCESS, length);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    LARGE_INTEGER due = {.QuadPart = -20 * 10000};

    UNREFERENCED_PARAMETER(device);
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_TARGET_ECHO:
        return Complete(irp, STATUS_SUCCESS,
                        min(stack->Parameters.DeviceIoControl.InputBufferLength,
                            stack->Parameters.DeviceIoControl.OutputBufferLength));
    case IOCTL_TARGET_LATER:
        IoMarkIrpPending(irp);
        Later.irp = irp;
        KeSetTimer(&Later.timer, due, &Later.dpc);
        return STATUS_PENDING;
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS DispatchInternal(DEVICE_OBJECT *device, IRP *irp)
{
    if (device == Buffered)
        return DispatchControl(device, irp);
    return PlainDoes == TO_START_IO ? StartDispatch(device, irp) : CsqDispatch(irp);
}

static void Unload(DRIVER_OBJECT *driver)
{
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &BufferedName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Buffered);
    if (NT_SUCCESS(status))
        status = IoCreateDevice(driver, 0, &PlainName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Plain);
    if (!NT_SUCCESS(status)) {
        Unload(driver);
        return status;
    }
    KeInitializeTimer(&Later.timer);
    KeInitializeDpc(&Later.dpc, CompleteLater, NULL);
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = DispatchInternal;
    driver->DriverStartIo = StartIo;
    driver->DriverUnload = Unload;
    Buffered->Flags |= DO_BUFFERED_IO;
    Buffered->Flags &= ~DO_DEVICE_INITIALIZING; // they are used before DriverEntry returns
    Plain->Flags &= ~DO_DEVICE_INITIALIZING;
    AskBuilt();
    AskAssociated();
    AskReuse();
    AskStartIo();
    AskCancelSafe();
    AskRemoveLock();
    AskWorkItem();
    return STATUS_SUCCESS;
}
