// cli-unchecked.sys: not linked with /INTEGRITYCHECK, and registers what needs it.

#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;

static void NTAPI Process(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
    UNREFERENCED_PARAMETER(process);
    UNREFERENCED_PARAMETER(id);
    UNREFERENCED_PARAMETER(info);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(driver);
    UNREFERENCED_PARAMETER(registry_path);
    return PsSetCreateProcessNotifyRoutineEx(Process, FALSE);
}
