// A driver that keeps reads pending, as their length says:
//
//     1   without a cancel routine, until IOCTL_KEEPS_RELEASE (0x222000)
//     2   until it is cancelled
//     3   not at all
//
// One of each at a time.
#include <wdm.h>

#define IOCTL_KEEPS_RELEASE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Dispatch, DispatchRead, DispatchControl;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\CliKeeps");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\CliKeeps");
static IRP *Kept;

static NTSTATUS Complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static void NTAPI Cancel(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    DbgPrint("keeps: cancelled\n");
    Complete(irp, STATUS_CANCELLED);
}

static NTSTATUS Dispatch(DEVICE_OBJECT *device, IRP *irp)
{
    static const char *const names[] = {
        [IRP_MJ_CREATE] = "create", [IRP_MJ_CLOSE] = "close", [IRP_MJ_CLEANUP] = "cleanup"};

    UNREFERENCED_PARAMETER(device);
    DbgPrint("keeps: %s\n", names[IoGetCurrentIrpStackLocation(irp)->MajorFunction]);
    return Complete(irp, STATUS_SUCCESS);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length) {
    case 1:
        IoMarkIrpPending(irp);
        Kept = irp;
        DbgPrint("keeps: kept\n");
        return STATUS_PENDING;
    case 2:
        IoMarkIrpPending(irp);
        IoSetCancelRoutine(irp, Cancel);
        if (irp->Cancel && IoSetCancelRoutine(irp, NULL))
            Complete(irp, STATUS_CANCELLED);
        else
            DbgPrint("keeps: kept, cancellable\n");
        return STATUS_PENDING;
    default:
        return Complete(irp, STATUS_SUCCESS);
    }
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IRP *kept = InterlockedExchangePointer((void **)&Kept, NULL);

    UNREFERENCED_PARAMETER(device);
    if (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode != IOCTL_KEEPS_RELEASE || !kept)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    Complete(kept, STATUS_SUCCESS);
    return Complete(irp, STATUS_SUCCESS);
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("keeps: unloaded\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    device->Flags |= DO_BUFFERED_IO;
    driver->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
