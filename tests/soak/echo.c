// Echo: what a handle wrote is what it reads, and nobody else's bytes.
//
//     \\.\EchoBuffered, \\.\EchoDirect   write: keeps the bytes with the file object, read: gives them back
//     IOCTL_ECHO_LATER                   the input comes back inverted some milliseconds later, from a timer; it can be
//                                        cancelled
//
// Requests that wait are in a cancel-safe queue. The timer runs for as long as there are some.
#include <wdm.h>

#include "echo.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Create, Close, Cleanup, Read, Write, Control;
static KDEFERRED_ROUTINE Expire;

struct kept {
    FAST_MUTEX lock;
    ULONG length;
    UCHAR bytes[ECHO_BYTES];
};

static LIST_ENTRY Waiting;
static KSPIN_LOCK WaitingLock;
static IO_CSQ Queue;
static KTIMER Timer;
static KDPC Dpc;

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// ---- requests that wait ----------------------------------------------------------------------------

static void NTAPI Insert(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    InsertTailList(&Waiting, &irp->Tail.Overlay.ListEntry);
}

static void NTAPI Remove(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

// The next one behind `irp` whose file object is `context` (NULL: any).
static IRP *NTAPI Peek(IO_CSQ *queue, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(queue);
    LIST_ENTRY *entry = irp ? irp->Tail.Overlay.ListEntry.Flink : Waiting.Flink;
    for (; entry != &Waiting; entry = entry->Flink) {
        IRP *next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (!context || IoGetCurrentIrpStackLocation(next)->FileObject == context)
            return next;
    }
    return NULL;
}

static void NTAPI Lock(IO_CSQ *queue, KIRQL *irql)
{
    UNREFERENCED_PARAMETER(queue);
    KeAcquireSpinLock(&WaitingLock, irql);
}

static void NTAPI Unlock(IO_CSQ *queue, KIRQL irql)
{
    UNREFERENCED_PARAMETER(queue);
    KeReleaseSpinLock(&WaitingLock, irql);
}

static void NTAPI Cancelled(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    Complete(irp, STATUS_CANCELLED, 0);
}

static void NTAPI Expire(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    IRP *irp;
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    while ((irp = IoCsqRemoveNextIrp(&Queue, NULL)) != NULL) {
        IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
        ULONG length = min(stack->Parameters.DeviceIoControl.InputBufferLength,
                           stack->Parameters.DeviceIoControl.OutputBufferLength);
        UCHAR *bytes = irp->AssociatedIrp.SystemBuffer;
        for (ULONG i = 0; i < length; i++)
            bytes[i] = (UCHAR)~bytes[i];
        Complete(irp, STATUS_SUCCESS, length);
    }
}

// ---- dispatch --------------------------------------------------------------------------------------

static NTSTATUS Create(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    struct kept *kept = ExAllocatePoolWithTag(NonPagedPool, sizeof *kept, 'ohcE');
    UNREFERENCED_PARAMETER(device);
    if (!kept)
        return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ExInitializeFastMutex(&kept->lock);
    kept->length = 0;
    file->FsContext = kept;
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Close(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    ExFreePoolWithTag(IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext, 'ohcE');
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Cleanup(DEVICE_OBJECT *device, IRP *irp)
{
    IRP *waiting;
    UNREFERENCED_PARAMETER(device);
    while ((waiting = IoCsqRemoveNextIrp(&Queue, IoGetCurrentIrpStackLocation(irp)->FileObject)) != NULL)
        Complete(waiting, STATUS_CANCELLED, 0);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static void *BufferOf(DEVICE_OBJECT *device, IRP *irp)
{
    if (device->Flags & DO_BUFFERED_IO)
        return irp->AssociatedIrp.SystemBuffer;
    return irp->MdlAddress ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : NULL;
}

static NTSTATUS Read(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct kept *kept = stack->FileObject->FsContext;
    ULONG length = stack->Parameters.Read.Length;
    void *buffer = BufferOf(device, irp);

    if (length && !buffer)
        return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ExAcquireFastMutex(&kept->lock);
    length = min(length, kept->length);
    if (length)
        RtlCopyMemory(buffer, kept->bytes, length);
    ExReleaseFastMutex(&kept->lock);
    return Complete(irp, STATUS_SUCCESS, length);
}

static NTSTATUS Write(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct kept *kept = stack->FileObject->FsContext;
    ULONG length = stack->Parameters.Write.Length;
    void *buffer = BufferOf(device, irp);

    if (length > ECHO_BYTES)
        return Complete(irp, STATUS_INVALID_BUFFER_SIZE, 0);
    if (length && !buffer)
        return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    ExAcquireFastMutex(&kept->lock);
    kept->length = length;
    if (length)
        RtlCopyMemory(kept->bytes, buffer, length);
    ExReleaseFastMutex(&kept->lock);
    return Complete(irp, STATUS_SUCCESS, length);
}

static NTSTATUS Control(DEVICE_OBJECT *device, IRP *irp)
{
    LARGE_INTEGER later = {.QuadPart = -20000}; // 2 ms
    UNREFERENCED_PARAMETER(device);
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode != IOCTL_ECHO_LATER)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    IoCsqInsertIrp(&Queue, irp, NULL);
    KeSetTimer(&Timer, later, &Dpc);
    return STATUS_PENDING;
}

// ---- coming and going ------------------------------------------------------------------------------

static const struct {
    UNICODE_STRING device, link;
    ULONG flags;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\EchoBuffered"), RTL_CONSTANT_STRING(L"\\??\\EchoBuffered"), DO_BUFFERED_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\EchoDirect"), RTL_CONSTANT_STRING(L"\\??\\EchoDirect"), DO_DIRECT_IO},
};

static void Unload(DRIVER_OBJECT *driver)
{
    KeCancelTimer(&Timer);
    KeFlushQueuedDpcs();
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++)
        IoDeleteSymbolicLink((UNICODE_STRING *)&Devices[i].link);
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    NTSTATUS status;

    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = Create;
    driver->MajorFunction[IRP_MJ_CLOSE] = Close;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Cleanup;
    driver->MajorFunction[IRP_MJ_READ] = Read;
    driver->MajorFunction[IRP_MJ_WRITE] = Write;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    InitializeListHead(&Waiting);
    KeInitializeSpinLock(&WaitingLock);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, Expire, NULL);
    status = IoCsqInitialize(&Queue, Insert, Remove, Peek, Lock, Unlock, Cancelled);
    for (ULONG i = 0; i < ARRAYSIZE(Devices) && NT_SUCCESS(status); i++) {
        DEVICE_OBJECT *device;
        status = IoCreateDevice(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN,
                                FILE_DEVICE_SECURE_OPEN, FALSE, &device);
        if (!NT_SUCCESS(status))
            break;
        device->Flags |= Devices[i].flags;
        status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
    }
    if (!NT_SUCCESS(status))
        Unload(driver);
    return status;
}
