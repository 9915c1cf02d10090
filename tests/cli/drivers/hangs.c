// A driver that never comes back: from DriverUnload, or, compiled with IN_ENTRY, from DriverEntry.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    KEVENT never;
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("hangs: waiting\n");
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, NULL);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
#ifdef IN_ENTRY
    Unload(driver);
#endif
    return STATUS_SUCCESS;
}
