// A driver that prints what a viewer must get right: encodings, control characters, several lines, no line
// end.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("talks: unloaded");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    DbgPrint("UTF-8: 中文\n");
    DbgPrint("GBK: \xd6\xd0\xce\xc4\n");
    DbgPrint("neither: \xff\xfe\xff\n");
    DbgPrint("control: \x1b[31mred\x07\ttab\r\n");
    DbgPrint("one\ntwo\n");
    DbgPrint("no end");
    DbgPrint("long: %0600d\n", 7);
    return STATUS_SUCCESS;
}
