// conformance-exlocks.sys: guarded mutexes, push locks, rundown protection, lookaside lists of Windows Vista, callback
// objects, timers and their resolution.

#include "exlocks.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

HANDLE BeginThread(PKSTART_ROUTINE routine, void *context)
{
    HANDLE thread;

    return NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, context)) ? thread
                                                                                                            : NULL;
}

void EndThread(HANDLE thread)
{
    ZwWaitForSingleObject(thread, FALSE, NULL);
    ZwClose(thread);
}

void InThread(PKSTART_ROUTINE routine, void *context)
{
    EndThread(BeginThread(routine, context));
}

static void Resolution(void)
{
    ULONG maximum, minimum, current, before;

    ExQueryTimerResolution(&maximum, &minimum, &before);
    ULONG set = ExSetTimerResolution(10000, TRUE);
    ExQueryTimerResolution(&maximum, &minimum, &current);
    DbgPrint("timer resolution: at most what was asked for: %d, told: %d\n", set <= 10000, set == current);
    ExSetTimerResolution(0, FALSE);
    ExQueryTimerResolution(&maximum, &minimum, &current);
    DbgPrint("taken back: %d, within its limits: %d\n", current == before, current <= maximum && current >= minimum);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    GuardedMutexes();
    PushLocks();
    Rundown();
    ResourcesMore();
    LookasideEx();
    Callbacks();
    Timers();
    Resolution();
    return STATUS_SUCCESS;
}
