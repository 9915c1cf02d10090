// conformance-completion.sys: ends reads in several ways and prints what it sees of their ends.
//
// One read at a time is kept; the application sees to that.

#include <wdm.h>
#include "completion.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchRead, DispatchControl, DispatchInternal;
static IO_COMPLETION_ROUTINE KeepIrp;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostCompletion");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostCompletion");

static DEVICE_OBJECT *Device;
static ULONG NextRead; // an IOCTL_COMPLETION_...
static char Held[COMPLETION_BYTES];
static IRP *Kept;
static KEVENT Go, Seen; // Finisher is known; the kept read has come
static KTIMER Timer;
static KDPC Dpc;

static const char Letters[COMPLETION_BYTES + 1] = "ABCDEFGHIJKLMNOP";

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static void CompleteKept(void)
{
    IRP *irp = Kept;

    Kept = NULL;
    RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, Letters, COMPLETION_BYTES);
    Complete(irp, STATUS_SUCCESS, COMPLETION_BYTES);
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static BOOLEAN IsMarked(IO_STACK_LOCATION *stack)
{
    return (stack->Control & SL_PENDING_RETURNED) != 0;
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    LARGE_INTEGER due = {.QuadPart = -10 * 10000};

    UNREFERENCED_PARAMETER(device);
    if (stack->Parameters.Read.Length != COMPLETION_BYTES)
        return Complete(irp, STATUS_INVALID_PARAMETER, 0);
    if (NextRead == IOCTL_COMPLETION_UNWRITTEN) {
        RtlCopyMemory(Held, irp->AssociatedIrp.SystemBuffer, COMPLETION_BYTES);
        return Complete(irp, STATUS_SUCCESS, COMPLETION_BYTES);
    }
    BOOLEAN before = IsMarked(stack);
    IoMarkIrpPending(irp);
    Kept = irp;
    switch (NextRead) {
    case IOCTL_COMPLETION_MARKED:
        DbgPrint("fact 9: marked before: %d, after IoMarkIrpPending: %d\n", before, IsMarked(stack));
        CompleteKept();
        break;
    case IOCTL_COMPLETION_DPC:
        DbgPrint("fact 20: the flag that defers the end of a read: %d\n", (irp->Flags & IRP_DEFER_IO_COMPLETION) != 0);
        KeSetTimer(&Timer, due, &Dpc);
        break;
    }
    return STATUS_PENDING;
}

static void NTAPI CompleteInDpc(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    DbgPrint("fact 20: IoCompleteRequest at level %d\n", KeGetCurrentIrql());
    CompleteKept();
}

// The request is the requester's again before IoCompleteRequest's caller goes on.
static void NTAPI Finish(void *context)
{
    LARGE_INTEGER patience = {.QuadPart = -10 * 10000000LL};

    UNREFERENCED_PARAMETER(context);
    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    CompleteKept();
    NTSTATUS status = KeWaitForSingleObject(&Seen, Executive, KernelMode, FALSE, &patience);
    DbgPrint("fact 10: its requester went on meanwhile: %d\n", status == STATUS_SUCCESS);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// The application's next control must reach the driver while the thread waits, so nobody waits for it here: the thread's
// object is kept and waited for in Unload.
static void *Finisher;

static NTSTATUS StartFinish(void)
{
    HANDLE thread;
    NTSTATUS status = PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Finish, NULL);

    if (!NT_SUCCESS(status))
        return status;
    status = ObReferenceObjectByHandle(thread, SYNCHRONIZE, NULL, KernelMode, &Finisher, NULL);
    ZwClose(thread);
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
    return status;
}

// ---- fact 21: why a lock must not be held over IoCompleteRequest ---------------------------------------------------

static struct {
    PKTHREAD thread;
    BOOLEAN completing; // IoCompleteRequest has not returned
} Lower;

static NTSTATUS NTAPI KeepIrp(DEVICE_OBJECT *device, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    DbgPrint(
        "fact 21: the completion routine: inside IoCompleteRequest %d, in its thread %d, at level %d, no device %d\n",
        Lower.completing, KeGetCurrentThread() == Lower.thread, KeGetCurrentIrql(), device == NULL);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS DispatchInternal(DEVICE_OBJECT *device, IRP *irp)
{
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    Lower.thread = KeGetCurrentThread();
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    Lower.completing = TRUE;
    Complete(irp, STATUS_SUCCESS, 0);
    Lower.completing = FALSE;
    KeLowerIrql(irql);
    return STATUS_SUCCESS;
}

static NTSTATUS AskInside(void)
{
    IRP *irp = IoAllocateIrp(Device->StackSize, FALSE);

    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, KeepIrp, NULL, TRUE, TRUE, TRUE);
    NTSTATUS status = IoCallDriver(Device, irp);
    IoFreeIrp(irp);
    return status;
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;

    UNREFERENCED_PARAMETER(device);
    switch (code) {
    case IOCTL_COMPLETION_UNWRITTEN:
    case IOCTL_COMPLETION_MARKED:
    case IOCTL_COMPLETION_KEPT:
    case IOCTL_COMPLETION_DPC:
        NextRead = code;
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_COMPLETION_HELD:
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < COMPLETION_BYTES)
            return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, Held, COMPLETION_BYTES);
        return Complete(irp, STATUS_SUCCESS, COMPLETION_BYTES);
    case IOCTL_COMPLETION_FINISH:
        return Complete(irp, Kept ? StartFinish() : STATUS_NOT_FOUND, 0);
    case IOCTL_COMPLETION_SEEN:
        KeSetEvent(&Seen, IO_NO_INCREMENT, FALSE);
        KeWaitForSingleObject(Finisher, Executive, KernelMode, FALSE, NULL); // its line comes first
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_COMPLETION_INSIDE:
        return Complete(irp, AskInside(), 0);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    if (Finisher) {
        KeWaitForSingleObject(Finisher, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(Finisher);
    }
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(Device);
        return status;
    }
    Device->Flags |= DO_BUFFERED_IO;
    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    KeInitializeEvent(&Seen, NotificationEvent, FALSE);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, CompleteInDpc, NULL);
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = DispatchInternal;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
