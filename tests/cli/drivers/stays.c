// A driver without an unload routine.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("stays: started\n");
    return STATUS_SUCCESS;
}
