// Modes: one driver, three devices, every way in which Windows carries data between application and driver.
//
//     driver.c     loading, dispatching, unloading; every request is completed in here
//     buffered.c   DO_BUFFERED_IO, METHOD_BUFFERED
//     direct.c     DO_DIRECT_IO, METHOD_IN_DIRECT, METHOD_OUT_DIRECT
//     neither.c    no flag, METHOD_NEITHER
//     store.c      what the devices keep
//     modes.h      what applications include: names, control codes, structures
//
// Written to be copied: take the file of the way you need.

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchRead, DispatchWrite, DispatchControl;

// The three devices. The flag decides what the I/O manager does with the buffers of read and write.
static const struct mode {
    UNICODE_STRING device, link;
    ULONG flag;
    TRANSFER *read, *write;
} Modes[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\ModesBuffered"), RTL_CONSTANT_STRING(L"\\??\\ModesBuffered"), DO_BUFFERED_IO,
     BufferedRead, BufferedWrite},
    {RTL_CONSTANT_STRING(L"\\Device\\ModesDirect"), RTL_CONSTANT_STRING(L"\\??\\ModesDirect"), DO_DIRECT_IO, DirectRead,
     DirectWrite},
    {RTL_CONSTANT_STRING(L"\\Device\\ModesNeither"), RTL_CONSTANT_STRING(L"\\??\\ModesNeither"), 0, NeitherRead,
     NeitherWrite},
};

// The device extension: memory of the device, nonpaged and zeroed by IoCreateDevice.
struct modes_device {
    const struct mode *mode;
    struct store store;
};

// Finishes a request. Nothing of the IRP may be looked at afterwards, it may be freed or in use again; that
// is why the status comes from the parameter.
static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// Create, cleanup and close: nothing belongs to a handle here, and no request is kept, so there is nothing to
// do. Without these entries the default answer would be STATUS_INVALID_DEVICE_REQUEST, and nobody could open
// the devices.
static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    struct modes_device *extension = device->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
    ULONG_PTR information = 0;
    NTSTATUS status = extension->mode->read(&extension->store, irp, length, &information);

    return Complete(irp, status, information);
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    struct modes_device *extension = device->DeviceExtension;
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length;
    ULONG_PTR information = 0;
    NTSTATUS status = extension->mode->write(&extension->store, irp, length, &information);

    return Complete(irp, status, information);
}

// The I/O manager has compared the access bits of the code with the rights of the handle already. It has not
// compared any length with what the driver expects.
static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    struct modes_device *extension = device->DeviceExtension;
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG_PTR information = 0;
    NTSTATUS status;

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_MODES_SUM:
        status = BufferedSum(&extension->store, irp, stack, &information);
        break;
    case IOCTL_MODES_PUT:
        status = DirectPut(&extension->store, irp, stack, &information);
        break;
    case IOCTL_MODES_GET:
        status = DirectGet(&extension->store, irp, stack, &information);
        break;
    case IOCTL_MODES_FIND:
        status = NeitherFind(&extension->store, irp, stack, &information);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    return Complete(irp, status, information);
}

// The device and the name by which applications find it; all or nothing.
__declspec(code_seg("INIT")) static NTSTATUS CreateMode(DRIVER_OBJECT *driver, const struct mode *mode)
{
    DEVICE_OBJECT *device;

    // FILE_DEVICE_SECURE_OPEN: the device's security descriptor counts for "\\.\ModesDirect\anything", too.
    NTSTATUS status = IoCreateDevice(driver, sizeof(struct modes_device), (UNICODE_STRING *)&mode->device,
                                     FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    struct modes_device *extension = device->DeviceExtension;
    extension->mode = mode;
    StoreInitialize(&extension->store);
    device->Flags |= mode->flag;

    status = IoCreateSymbolicLink((UNICODE_STRING *)&mode->link, (UNICODE_STRING *)&mode->device);
    if (!NT_SUCCESS(status))
        IoDeleteDevice(device);
    return status;
}

// The driver object lists its devices, the one made last first: this undoes CreateMode in reverse order, and
// it undoes only what there is, so DriverEntry can use it too. The link goes first: from then on nobody finds
// the device.
static void Unload(DRIVER_OBJECT *driver)
{
    while (driver->DeviceObject) {
        const struct modes_device *extension = driver->DeviceObject->DeviceExtension;
        NTSTATUS status = IoDeleteSymbolicLink((UNICODE_STRING *)&extension->mode->link);
        if (!NT_SUCCESS(status))
            DbgPrint("Modes: IoDeleteSymbolicLink(%wZ): 0x%08lX\n", &extension->mode->link, status);
        IoDeleteDevice(driver->DeviceObject);
    }
    DbgPrint("Modes: unloaded\n");
}

__declspec(code_seg("INIT")) NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    for (ULONG i = 0; i < ARRAYSIZE(Modes); i++) {
        NTSTATUS status = CreateMode(driver, &Modes[i]);
        if (!NT_SUCCESS(status)) {
            DbgPrint("Modes: %wZ: 0x%08lX\n", &Modes[i].device, status);
            Unload(driver); // Windows does not call it for a driver that did not start
            return status;
        }
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    DbgPrint("Modes: %lu devices\n", (ULONG)ARRAYSIZE(Modes));
    return STATUS_SUCCESS;
}
