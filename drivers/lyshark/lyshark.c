// LySharkDriver: placeholder of the first minutes, replaced by the real one.
#include <ntifs.h>
DRIVER_INITIALIZE DriverEntry;
NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    (void)driver, (void)path;
    DbgPrint("hello lyshark \n");
    return STATUS_SUCCESS;
}
