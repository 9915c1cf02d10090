// conformance-ex.sys: lists, lookaside lists, resources, UUIDs and local time of the executive.

#include "ex.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

static void Uuids(void)
{
    UUID first, second;

    DbgPrint("ExUuidCreate: %08lX %08lX, different: %d\n", ExUuidCreate(&first), ExUuidCreate(&second),
             RtlCompareMemory(&first, &second, sizeof first) != sizeof first);
}

static void Times(void)
{
    LARGE_INTEGER system, local, back;

    KeQuerySystemTime(&system);
    ExSystemTimeToLocalTime(&system, &local);
    ExLocalTimeToSystemTime(&local, &back);
    LONGLONG apart = local.QuadPart - system.QuadPart;
    DbgPrint("local time is whole minutes away: %d, less than a day: %d, and back: %d\n", apart % 600000000 == 0,
             apart > -864000000000 && apart < 864000000000, back.QuadPart == system.QuadPart);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    SequencedLists();
    LookasideLists();
    Resources();
    Uuids();
    Times();
    return STATUS_SUCCESS;
}
