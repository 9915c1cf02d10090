// A filter: attaches a device of its own above \Device\Mailbox and passes every request on. Reads go down with a completion
// routine, all others without a stack location of their own.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchAny, DispatchRead;
static IO_COMPLETION_ROUTINE ReadDone;

static DEVICE_OBJECT *Above, *Below;

static NTSTATUS DispatchAny(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(Below, irp);
}

static NTSTATUS NTAPI ReadDone(DEVICE_OBJECT *device, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    if (irp->PendingReturned)
        IoMarkIrpPending(irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, ReadDone, NULL, TRUE, TRUE, TRUE);
    return IoCallDriver(Below, irp);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoDetachDevice(Below);
    IoDeleteDevice(Above);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Mailbox");
    FILE_OBJECT *file;
    DEVICE_OBJECT *target;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoGetDeviceObjectPointer(&name, FILE_READ_ATTRIBUTES, &file, &target);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Above);
    if (NT_SUCCESS(status)) {
        Below = IoAttachDeviceToDeviceStack(Above, target);
        Above->Flags |= Below->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO);
        Above->Flags &= ~DO_DEVICE_INITIALIZING;
    }
    ObDereferenceObject(file);
    for (int major = 0; major <= IRP_MJ_MAXIMUM_FUNCTION; major++)
        driver->MajorFunction[major] = DispatchAny;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->DriverUnload = Unload;
    return status;
}
