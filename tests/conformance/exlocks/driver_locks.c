// Guarded mutexes, push locks, rundown protection.

#include "exlocks.h"

enum { THREADS = 4, ROUNDS = 2000 };

static KGUARDED_MUTEX Mutex;
static EX_PUSH_LOCK PushLock;
static EX_RUNDOWN_REF Reference;
static KEVENT Ready;
static LONG Counter, Torn, Tried, RanDown;

static void NTAPI TryGuarded(void *context)
{
    UNREFERENCED_PARAMETER(context);
    Tried = KeTryToAcquireGuardedMutex(&Mutex);
    if (Tried)
        KeReleaseGuardedMutex(&Mutex);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void NTAPI CountGuarded(void *context)
{
    UNREFERENCED_PARAMETER(context);
    for (int i = 0; i < ROUNDS; i++) {
        KeAcquireGuardedMutex(&Mutex);
        Counter++;
        KeReleaseGuardedMutex(&Mutex);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void InThreads(PKSTART_ROUTINE routine)
{
    HANDLE threads[THREADS];

    Counter = 0;
    for (int i = 0; i < THREADS; i++)
        threads[i] = BeginThread(routine, (void *)(ULONG_PTR)i);
    for (int i = 0; i < THREADS; i++)
        EndThread(threads[i]);
}

void GuardedMutexes(void)
{
    KeInitializeGuardedMutex(&Mutex);
    KeAcquireGuardedMutex(&Mutex);
    DbgPrint("in a guarded mutex: IRQL %u, all APCs disabled %d\n", KeGetCurrentIrql(), KeAreAllApcsDisabled());
    InThread(TryGuarded, NULL);
    DbgPrint("another thread may have it: %ld\n", Tried);
    KeReleaseGuardedMutex(&Mutex);
    InThread(TryGuarded, NULL);
    DbgPrint("released: all APCs disabled %d, another thread may have it: %ld\n", KeAreAllApcsDisabled(), Tried);
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(&Mutex);
    KeReleaseGuardedMutexUnsafe(&Mutex);
    KeLeaveGuardedRegion();
    InThreads(CountGuarded);
    DbgPrint("counted under it: %d\n", Counter == THREADS * ROUNDS);
}

// The first thread writes, the others read: two numbers that are only equal when nobody writes.
static void NTAPI ReadWrite(void *context)
{
    static volatile LONG first, second;

    for (int i = 0; i < ROUNDS; i++) {
        KeEnterCriticalRegion();
        if (!context) {
            ExAcquirePushLockExclusiveEx(&PushLock, 0);
            first++;
            second++;
            ExReleasePushLockExclusiveEx(&PushLock, 0);
        } else {
            ExAcquirePushLockSharedEx(&PushLock, 0);
            if (first != second)
                InterlockedIncrement(&Torn);
            ExReleasePushLockSharedEx(&PushLock, 0);
        }
        KeLeaveCriticalRegion();
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// The older entry points.
static void NTAPI CountPushed(void *context)
{
    UNREFERENCED_PARAMETER(context);
    for (int i = 0; i < ROUNDS; i++) {
        KeEnterCriticalRegion();
        ExfAcquirePushLockExclusive(&PushLock);
        Counter++;
        if (i % 2)
            ExfReleasePushLockExclusive(&PushLock);
        else
            ExfReleasePushLock(&PushLock);
        ExfAcquirePushLockShared(&PushLock);
        if (i % 2)
            ExfReleasePushLockShared(&PushLock);
        else
            ExReleasePushLockEx(&PushLock, 0);
        KeLeaveCriticalRegion();
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

void PushLocks(void)
{
    ExInitializePushLock(&PushLock);
    InThreads(ReadWrite);
    DbgPrint("torn reads under a push lock: %ld\n", Torn);
    InThreads(CountPushed);
    DbgPrint("counted under it: %d, free afterwards: %d\n", Counter == THREADS * ROUNDS, PushLock == 0);
}

static void NTAPI WaitForRundown(void *context)
{
    UNREFERENCED_PARAMETER(context);
    KeSetEvent(&Ready, IO_NO_INCREMENT, FALSE);
    ExWaitForRundownProtectionRelease(&Reference);
    InterlockedExchange(&RanDown, 1);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

void Rundown(void)
{
    LARGE_INTEGER pause = {.QuadPart = -10000};

    KeInitializeEvent(&Ready, NotificationEvent, FALSE);
    ExInitializeRundownProtection(&Reference);
    DbgPrint("protection: %d, three more: %d\n", ExAcquireRundownProtection(&Reference),
             ExAcquireRundownProtectionEx(&Reference, 3));
    HANDLE thread = BeginThread(WaitForRundown, NULL);
    KeWaitForSingleObject(&Ready, Executive, KernelMode, FALSE, NULL);
    while (ExAcquireRundownProtection(&Reference)) { // until the other thread waits
        ExReleaseRundownProtection(&Reference);
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    ExReleaseRundownProtectionEx(&Reference, 3);
    DbgPrint("one holder is left, run down: %ld\n", RanDown);
    ExReleaseRundownProtection(&Reference);
    EndThread(thread);
    DbgPrint("nobody is left, run down: %ld, protection: %d\n", RanDown, ExAcquireRundownProtection(&Reference));
    ExReInitializeRundownProtection(&Reference);
    DbgPrint("anew: %d\n", ExAcquireRundownProtection(&Reference));
    ExReleaseRundownProtection(&Reference);
    ExWaitForRundownProtectionRelease(&Reference);
    ExRundownCompleted(&Reference);
    DbgPrint("completed: %d\n", ExAcquireRundownProtection(&Reference));
}
