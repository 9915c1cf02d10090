// A driver whose DriverEntry fails, after it has said something.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("fails: no such hardware\n");
    return STATUS_NO_SUCH_DEVICE;
}
