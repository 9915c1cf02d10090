// IRQL, spin locks, critical regions, processors, clocks.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/managing-hardware-priorities
#include "sync.h"

// What the headers make inline on x64 is exported for those who do not use them.
IMPORTED(KIRQL, KeGetCurrentIrql, (void));
IMPORTED(VOID, KeLowerIrql, (KIRQL irql));
IMPORTED(KIRQL, KfRaiseIrql, (KIRQL irql));
IMPORTED(KIRQL, KeRaiseIrqlToDpcLevel, (void));
IMPORTED(KIRQL, KeRaiseIrqlToSynchLevel, (void));
IMPORTED(VOID, KeInitializeSpinLock, (PKSPIN_LOCK lock));
IMPORTED(VOID, KeQuerySystemTime, (PLARGE_INTEGER time));
IMPORTED(VOID, KeQueryTickCount, (PLARGE_INTEGER count));
IMPORTED(ULONGLONG, KeQueryInterruptTime, (void));
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER time);
ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 counter);

void SyncLevels(void)
{
    CHECK_IS(Imported_KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_IS(Imported_KfRaiseIrql(APC_LEVEL), PASSIVE_LEVEL);
    CHECK_IS(Imported_KeGetCurrentIrql(), APC_LEVEL);
    CHECK_IS(Imported_KeRaiseIrqlToDpcLevel(), APC_LEVEL);
    CHECK_IS(Imported_KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK_IS(Imported_KeRaiseIrqlToSynchLevel(), DISPATCH_LEVEL);
    CHECK(Imported_KeGetCurrentIrql() >= DISPATCH_LEVEL);
    Imported_KeLowerIrql(APC_LEVEL);
    CHECK_IS(Imported_KeGetCurrentIrql(), APC_LEVEL);
    Imported_KeLowerIrql(PASSIVE_LEVEL);
    CHECK_IS(Imported_KeGetCurrentIrql(), PASSIVE_LEVEL);
}

void SyncSpinLocks(void)
{
    KSPIN_LOCK lock = 1;
    KLOCK_QUEUE_HANDLE handle;
    Imported_KeInitializeSpinLock(&lock);
    CHECK_IS(lock, 0);
    CHECK(KeTestSpinLock(&lock));
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK_IS(Imported_KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK_IS(Imported_KeGetCurrentIrql(), PASSIVE_LEVEL);
    KIRQL before = Imported_KeRaiseIrqlToDpcLevel();
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    CHECK(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    CHECK_IS(Imported_KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockFromDpcLevel(&lock);
    Imported_KeLowerIrql(before);
    CHECK(KeTestSpinLock(&lock));
}

void SyncRegions(void)
{
    CHECK(!KeAreApcsDisabled() && !KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled() && !KeAreAllApcsDisabled()); // special APCs still come
    KeEnterGuardedRegion();
    CHECK(KeAreApcsDisabled() && KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    CHECK(KeAreApcsDisabled() && !KeAreAllApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK(!KeAreApcsDisabled());
    Imported_KfRaiseIrql(APC_LEVEL);
    CHECK(KeAreAllApcsDisabled());
    Imported_KeLowerIrql(PASSIVE_LEVEL);
}

void SyncProcessors(void)
{
    KAFFINITY affinity = 0;
    PROCESSOR_NUMBER number = {0};
    ULONG count = KeQueryActiveProcessorCount(&affinity), bits = 0;
    for (KAFFINITY left = affinity; left; left &= left - 1)
        bits++;
    CHECK(count >= 1);
    CHECK_IS(bits, count);
    CHECK_IS(KeQueryActiveProcessors(), affinity);
    KIRQL before = Imported_KeRaiseIrqlToDpcLevel();
    CHECK_IS(KeGetCurrentProcessorNumberEx(&number), number.Number);
    Imported_KeLowerIrql(before);
    CHECK_IS(number.Group, 0);
}

void SyncClocks(void)
{
    LARGE_INTEGER time, precise, ticks, frequency, counter, pause = {.QuadPart = -20000};
    ULONG64 stamp;
    Imported_KeQuerySystemTime(&time);
    KeQuerySystemTimePrecise(&precise);
    CHECK(time.QuadPart > 132223104000000000); // after 2020
    CHECK(precise.QuadPart >= time.QuadPart - 1000000);
    ULONGLONG interrupt = Imported_KeQueryInterruptTime(), unbiased = KeQueryUnbiasedInterruptTime();
    CHECK(KeQueryInterruptTimePrecise(&stamp) + 1000000 >= interrupt);
    CHECK(unbiased <= Imported_KeQueryInterruptTime()); // it leaves out the time that the machine slept
    Imported_KeQueryTickCount(&ticks);
    CHECK(KeQueryTimeIncrement() > 0 && KeQueryTimeIncrement() <= 200000); // 100 ns units, 20 ms at most
    CHECK(ticks.QuadPart >= 0);
    counter = KeQueryPerformanceCounter(&frequency);
    CHECK(frequency.QuadPart > 0);
    KeStallExecutionProcessor(10);
    CHECK(KeQueryPerformanceCounter(NULL).QuadPart > counter.QuadPart);
    KeDelayExecutionThread(KernelMode, FALSE, &pause);
    CHECK((ULONGLONG)KeQueryInterruptTimePrecise(&stamp) >= interrupt + 20000);
}
