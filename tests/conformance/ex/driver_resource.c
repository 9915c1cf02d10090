// Resources: who gets one at once, who waits, who comes first. A second thread takes part; the two meet at events, so
// that the order of all steps is fixed.

#include "ex.h"

typedef struct {
    ERESOURCE *resource;
    BOOLEAN (*acquire)(ERESOURCE *resource, BOOLEAN wait);
    BOOLEAN wait, got;
    KEVENT done;
    HANDLE thread;
} OTHER;

static BOOLEAN Exclusive(ERESOURCE *resource, BOOLEAN wait)
{
    return ExAcquireResourceExclusiveLite(resource, wait);
}

static BOOLEAN Shared(ERESOURCE *resource, BOOLEAN wait)
{
    return ExAcquireResourceSharedLite(resource, wait);
}

static BOOLEAN Starve(ERESOURCE *resource, BOOLEAN wait)
{
    return ExAcquireSharedStarveExclusive(resource, wait);
}

static BOOLEAN WaitForExclusive(ERESOURCE *resource, BOOLEAN wait)
{
    return ExAcquireSharedWaitForExclusive(resource, wait);
}

static void NTAPI Run(void *context)
{
    OTHER *other = context;

    KeEnterCriticalRegion();
    other->got = other->acquire(other->resource, other->wait);
    if (other->got)
        ExReleaseResourceLite(other->resource);
    KeLeaveCriticalRegion();
    KeSetEvent(&other->done, IO_NO_INCREMENT, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void Begin(OTHER *other, ERESOURCE *resource, BOOLEAN (*acquire)(ERESOURCE *, BOOLEAN), BOOLEAN wait)
{
    other->resource = resource;
    other->acquire = acquire;
    other->wait = wait;
    other->got = FALSE;
    KeInitializeEvent(&other->done, NotificationEvent, FALSE);
    PsCreateSystemThread(&other->thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Run, other);
}

static BOOLEAN End(OTHER *other)
{
    KeWaitForSingleObject(&other->done, Executive, KernelMode, FALSE, NULL);
    ZwWaitForSingleObject(other->thread, FALSE, NULL);
    ZwClose(other->thread);
    return other->got;
}

static BOOLEAN Other(ERESOURCE *resource, BOOLEAN (*acquire)(ERESOURCE *, BOOLEAN))
{
    static OTHER other;

    Begin(&other, resource, acquire, FALSE);
    return End(&other);
}

static void Pause(void)
{
    LARGE_INTEGER pause = {.QuadPart = -10000};

    KeDelayExecutionThread(KernelMode, FALSE, &pause);
}

static void Says(const char *what, ERESOURCE *resource)
{
    DbgPrint("%s: exclusive %d, count %lu\n", what, ExIsResourceAcquiredExclusiveLite(resource),
             ExIsResourceAcquiredSharedLite(resource));
}

static void Owning(ERESOURCE *resource)
{
    Says("free", resource);
    ExAcquireResourceExclusiveLite(resource, TRUE);
    ExAcquireResourceExclusiveLite(resource, TRUE);
    Says("exclusive twice", resource);
    DbgPrint("shared by the exclusive owner: %d\n", ExAcquireResourceSharedLite(resource, FALSE));
    DbgPrint("others: exclusive %d, shared %d\n", Other(resource, Exclusive), Other(resource, Shared));
    ExReleaseResourceLite(resource);
    ExReleaseResourceLite(resource);
    Says("released twice", resource);
    ExReleaseResourceLite(resource);
    Says("released", resource);
    ExAcquireResourceSharedLite(resource, TRUE);
    Says("shared", resource);
    DbgPrint("exclusive by a shared owner: %d\n", ExAcquireResourceExclusiveLite(resource, FALSE));
    DbgPrint("others: exclusive %d, shared %d\n", Other(resource, Exclusive), Other(resource, Shared));
    ExReleaseResourceLite(resource);
}

static void Waiting(ERESOURCE *resource)
{
    static OTHER writer, reader;

    ExAcquireResourceSharedLite(resource, TRUE);
    Begin(&writer, resource, Exclusive, TRUE);
    while (!ExGetExclusiveWaiterCount(resource))
        Pause();
    DbgPrint("a writer waits: others shared %d, starving exclusive %d, waiting for exclusive %d\n",
             Other(resource, Shared), Other(resource, Starve), Other(resource, WaitForExclusive));
    DbgPrint("the owner again: shared %d, waiting for exclusive %d\n", ExAcquireResourceSharedLite(resource, FALSE),
             ExAcquireSharedWaitForExclusive(resource, FALSE));
    ExReleaseResourceLite(resource);
    Begin(&reader, resource, Shared, TRUE);
    while (!ExGetSharedWaiterCount(resource))
        Pause();
    DbgPrint("waiters: exclusive %lu, shared %lu\n", ExGetExclusiveWaiterCount(resource),
             ExGetSharedWaiterCount(resource));
    ExReleaseResourceLite(resource);
    DbgPrint("both get it: writer %d, reader %d\n", End(&writer), End(&reader));
    DbgPrint("waiters: exclusive %lu, shared %lu\n", ExGetExclusiveWaiterCount(resource),
             ExGetSharedWaiterCount(resource));
}

void Resources(void)
{
    static ERESOURCE resource;

    DbgPrint("ExInitializeResourceLite: %08lX\n", ExInitializeResourceLite(&resource));
    KeEnterCriticalRegion();
    Owning(&resource);
    Waiting(&resource);
    KeLeaveCriticalRegion();
    DbgPrint("ExDeleteResourceLite: %08lX\n", ExDeleteResourceLite(&resource));
}
