// A driver that forgets: its unload routine deletes neither the link nor the device, and frees no pool.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("leaves: unloaded\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\CliLeaves"), link = RTL_CONSTANT_STRING(L"\\??\\CliLeaves");
    DEVICE_OBJECT *device;
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    if (!ExAllocatePoolWithTag(NonPagedPool, 100, 'kaeL') || !ExAllocatePoolWithTag(PagedPool, 50, 'kaeL'))
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    return NT_SUCCESS(status) ? IoCreateSymbolicLink(&link, &name) : status;
}
