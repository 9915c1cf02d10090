// conformance-psnotify.sys: is told of processes, threads and images, and tells of those of its own application. A
// process whose command line has the word "refuse" in it is refused.

#include "driver.h"
#include "psnotify.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchControl;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostPsNotify");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostPsNotify");

static NTSTATUS Complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_PSNOTIFY_LOOK:
        LookAtProcess();
        LookAtThread();
        return Complete(irp, STATUS_SUCCESS);
    case IOCTL_PSNOTIFY_REMOVE:
        UnregisterThreads();
        return Complete(irp, STATUS_SUCCESS);
    case IOCTL_PSNOTIFY_KILL:
        Kill();
        return Complete(irp, STATUS_SUCCESS);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    Unregister();
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (NT_SUCCESS(status))
        status = Register();
    return status;
}
