// Mailbox: how a driver tells applications something, the inverted call.
//
// A driver cannot call an application. It can complete a request that the application has left with it:
//
//     application                         driver
//     ReadFile(overlapped)     ------->   read, pending, in a cancel-safe queue       readers.c
//          ...                            something happens: WriteFile, a timer       letters.c, ticks.c
//     event, APC or port       <-------   the read is completed with the news
//     ReadFile again           ------->
//
// What it takes to do this right: requests that can be cancelled at any moment (readers.c), no letter lost
// between two reads (letters.c), the end of a handle (DispatchCleanup), the end of the driver (Unload).
// mailbox.h is what applications include.

#include "driver.h"

#define DEVICE_NAME L"\\Device\\Mailbox"
#define LINK_NAME   L"\\??\\Mailbox"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreateClose, DispatchCleanup, DispatchRead, DispatchWrite, DispatchControl;

// Finishes a request; nobody may look at it afterwards. No spin lock is held here.
NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchCreateClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

// The last handle of the file object is closed. IRP_MJ_CLOSE comes only when its requests are done, so a
// driver that keeps requests has to end them here; otherwise the application could not exit.
static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;

    TicksStop(device->DeviceExtension, file);
    ReadersCancel(device->DeviceExtension, file);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    struct mailbox *box = device->DeviceExtension;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);

    // Checked before the request is queued: when a letter is taken for it, it must fit.
    if (stack->Parameters.Read.Length < sizeof(struct mailbox_letter))
        return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
    NTSTATUS status = ReadersAdd(box, irp, stack->FileObject);
    LettersDeliver(box); // perhaps a letter has been waiting
    return status;       // and neither irp nor stack may be looked at
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    struct mailbox *box = device->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length;

    if (length > MAILBOX_TEXT_MAX)
        return Complete(irp, STATUS_INVALID_BUFFER_SIZE, 0);
    NTSTATUS status = LettersAdd(box, MAILBOX_TEXT, irp->AssociatedIrp.SystemBuffer, length);
    if (NT_SUCCESS(status))
        LettersDeliver(box);
    return Complete(irp, status, NT_SUCCESS(status) ? length : 0);
}

// A snapshot: each pair of numbers is consistent, the pairs are taken one after the other.
static void GetState(struct mailbox *box, struct mailbox_state *state)
{
    KIRQL irql;

    KeAcquireSpinLock(&box->letters_lock, &irql);
    state->posted = box->posted;
    state->delivered = box->delivered;
    state->letters = box->letter_count;
    KeReleaseSpinLock(&box->letters_lock, irql);

    KeAcquireSpinLock(&box->readers_lock, &irql);
    state->readers = box->reader_count;
    KeReleaseSpinLock(&box->readers_lock, irql);
    state->cancelled = (ULONG64)InterlockedCompareExchange64(&box->cancelled, 0, 0);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    struct mailbox *box = device->DeviceExtension;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct mailbox_ticks *wish = irp->AssociatedIrp.SystemBuffer;
    NTSTATUS status = STATUS_SUCCESS;

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_MAILBOX_TICKS:
        if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof *wish)
            return Complete(irp, STATUS_INVALID_PARAMETER, 0);
        if (wish->count > 0)
            status = TicksStart(box, stack->FileObject, wish);
        else
            TicksStop(box, stack->FileObject);
        return Complete(irp, status, 0);
    case IOCTL_MAILBOX_STATE:
        if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(struct mailbox_state))
            return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        GetState(box, irp->AssociatedIrp.SystemBuffer);
        return Complete(irp, STATUS_SUCCESS, sizeof(struct mailbox_state));
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

// Called when no handle is open any more, so each read has ended in a cleanup and no ticks have an owner.
// What may still run is the DPC of the last tick.
static void Unload(DRIVER_OBJECT *driver)
{
    struct mailbox *box = driver->DeviceObject->DeviceExtension;
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);
    NTSTATUS status = IoDeleteSymbolicLink(&link);

    if (!NT_SUCCESS(status))
        DbgPrint("Mailbox: IoDeleteSymbolicLink: 0x%08lX\n", status);
    TicksEnd(box);
    DbgPrint("Mailbox: unloaded, %lu letters unread, %lu reads pending\n", box->letter_count, box->reader_count);
    IoDeleteDevice(driver->DeviceObject);
}

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(DEVICE_NAME);
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct mailbox), &name, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        DbgPrint("Mailbox: IoCreateDevice: 0x%08lX\n", status);
        return status;
    }
    device->Flags |= DO_BUFFERED_IO;
    TicksInitialize(device->DeviceExtension); // the extension is zeroed; these are its locks, list and timer
    LettersInitialize(device->DeviceExtension);
    ReadersInitialize(device->DeviceExtension);

    status = IoCreateSymbolicLink(&link, &name);
    if (!NT_SUCCESS(status)) {
        DbgPrint("Mailbox: IoCreateSymbolicLink: 0x%08lX\n", status);
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchCreateClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchCreateClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    DbgPrint("Mailbox: started\n");
    return STATUS_SUCCESS;
}
