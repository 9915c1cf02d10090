// cli-forgets.sys: goes and leaves its routines registered.

#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void NTAPI Process(HANDLE parent, HANDLE id, BOOLEAN create)
{
    UNREFERENCED_PARAMETER(parent);
    UNREFERENCED_PARAMETER(id);
    UNREFERENCED_PARAMETER(create);
}

static NTSTATUS NTAPI Registry(void *context, void *what, void *information)
{
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(what);
    UNREFERENCED_PARAMETER(information);
    return STATUS_SUCCESS;
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    LARGE_INTEGER cookie;

    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    NTSTATUS status = PsSetCreateProcessNotifyRoutine(Process, FALSE);
    return NT_SUCCESS(status) ? CmRegisterCallback(Registry, NULL, &cookie) : status;
}
