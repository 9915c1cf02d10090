// A driver with devices for different people: GuardedOpen for everybody, GuardedReaders to be read by everybody, and
// GuardedClosed for administrators.
#include <wdm.h>

// wdmsec.h, which mingw-w64 does not have.
NTKERNELAPI NTSTATUS NTAPI IoCreateDeviceSecure(DRIVER_OBJECT *, ULONG, UNICODE_STRING *, DEVICE_TYPE, ULONG, BOOLEAN,
                                                const UNICODE_STRING *, const GUID *, DEVICE_OBJECT **);

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Succeed;

static const struct {
    UNICODE_STRING device, link, sddl;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\GuardedOpen"), RTL_CONSTANT_STRING(L"\\??\\GuardedOpen"),
     RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GRGWGX;;;WD)")},
    {RTL_CONSTANT_STRING(L"\\Device\\GuardedReaders"), RTL_CONSTANT_STRING(L"\\??\\GuardedReaders"),
     RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GR;;;WD)")},
    {RTL_CONSTANT_STRING(L"\\Device\\GuardedClosed"), RTL_CONSTANT_STRING(L"\\??\\GuardedClosed"),
     RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)(A;;GA;;;BA)")},
};

static NTSTATUS Succeed(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void Unload(DRIVER_OBJECT *driver)
{
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++)
        IoDeleteSymbolicLink((UNICODE_STRING *)&Devices[i].link);
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    NTSTATUS status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = Succeed;
    driver->MajorFunction[IRP_MJ_CLOSE] = Succeed;
    for (ULONG i = 0; i < ARRAYSIZE(Devices) && NT_SUCCESS(status); i++) {
        DEVICE_OBJECT *device;
        status = IoCreateDeviceSecure(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN,
                                      FILE_DEVICE_SECURE_OPEN, FALSE, &Devices[i].sddl, NULL, &device);
        if (NT_SUCCESS(status))
            status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
    }
    if (!NT_SUCCESS(status))
        Unload(driver);
    return status;
}
