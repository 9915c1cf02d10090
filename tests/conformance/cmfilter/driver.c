// conformance-cmfilter.sys: filters of the registry, and work for them. Keys whose names begin with "Forbidden" may not be
// made, by anybody.

#include "cmfilter.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    Unregister();
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    Register(driver);
    Work();
    return STATUS_SUCCESS;
}
