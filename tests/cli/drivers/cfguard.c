// A driver that calls by pointer, as control flow guard sees it: through the load configuration's dispatch pointer.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static int Double(int number)
{
    return number * 2;
}

static int Square(int number)
{
    return number * number;
}

static int (*volatile const Routines[])(int number) = {Double, Square};

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("cfguard: unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    DbgPrint("cfguard: %d %d\n", Routines[0](21), Routines[1](7));
    return STATUS_SUCCESS;
}
