// A driver that prints more lines than the log keeps. PACE: microseconds that each hundred of them take at least.
#include <wdm.h>

#define LINES 100000
#ifndef PACE
#define PACE 0
#endif

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
}

static LONGLONG Microseconds(void)
{
    LARGE_INTEGER frequency, now = KeQueryPerformanceCounter(&frequency);

    return now.QuadPart / (frequency.QuadPart / 1000000);
}

// Not yielding, because the pace counts; a delay is not made up for.
static LONGLONG WaitSince(LONGLONG start)
{
    while (Microseconds() < start + PACE)
        YieldProcessor();
    return Microseconds();
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    LONGLONG begin = Microseconds(), start = begin;

    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    for (int i = 1; i <= LINES; i++) {
        DbgPrint("line %d\n", i);
        if (i % 100 == 0)
            start = WaitSince(start);
    }
    DbgPrint("%d lines in %I64d microseconds\n", LINES, Microseconds() - begin);
    return STATUS_SUCCESS;
}
