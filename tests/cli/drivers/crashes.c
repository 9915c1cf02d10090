// A driver that writes where nothing is, in DriverEntry.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("crashes: now\n");
    *(volatile int *)(ULONG_PTR)8 = 1;
    return STATUS_SUCCESS;
}
