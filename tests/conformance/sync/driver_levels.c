// IRQL, spin locks, critical regions, processors, clocks.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/managing-hardware-priorities
#include "sync.h"

#undef KeGetCurrentIrql
#undef KeLowerIrql
#undef KeRaiseIrql
#undef KeRaiseIrqlToDpcLevel
#undef KeInitializeSpinLock
#undef KeQuerySystemTime
#undef KeQueryTickCount
#undef KeQueryInterruptTime
#undef KeGetCurrentThread
// What the headers make inline on x64 is exported for those who do not use them.
KIRQL NTAPI KeGetCurrentIrql(void);
VOID NTAPI KeLowerIrql(KIRQL irql);
KIRQL NTAPI KfRaiseIrql(KIRQL irql);
KIRQL NTAPI KeRaiseIrqlToDpcLevel(void);
KIRQL NTAPI KeRaiseIrqlToSynchLevel(void);
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK lock);
VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER time);
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER time);
VOID NTAPI KeQueryTickCount(PLARGE_INTEGER count);
ULONGLONG NTAPI KeQueryInterruptTime(void);
ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 counter);

void SyncLevels(void)
{
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_IS(KfRaiseIrql(APC_LEVEL), PASSIVE_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), APC_LEVEL);
    CHECK_IS(KeRaiseIrqlToDpcLevel(), APC_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK_IS(KeRaiseIrqlToSynchLevel(), DISPATCH_LEVEL);
    CHECK(KeGetCurrentIrql() >= DISPATCH_LEVEL);
    KeLowerIrql(APC_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

void SyncSpinLocks(void)
{
    KSPIN_LOCK lock = 1;
    KLOCK_QUEUE_HANDLE handle;
    KeInitializeSpinLock(&lock);
    CHECK_IS(lock, 0);
    CHECK(KeTestSpinLock(&lock));
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLock(&handle);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KIRQL before = KeRaiseIrqlToDpcLevel();
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    CHECK(!KeTestSpinLock(&lock));
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeLowerIrql(before);
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
    KfRaiseIrql(APC_LEVEL);
    CHECK(KeAreAllApcsDisabled());
    KeLowerIrql(PASSIVE_LEVEL);
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
    KIRQL before = KeRaiseIrqlToDpcLevel();
    CHECK_IS(KeGetCurrentProcessorNumberEx(&number), number.Number);
    KeLowerIrql(before);
    CHECK_IS(number.Group, 0);
}

void SyncClocks(void)
{
    LARGE_INTEGER time, precise, ticks, frequency, counter, pause = {.QuadPart = -20000};
    ULONG64 stamp;
    KeQuerySystemTime(&time);
    KeQuerySystemTimePrecise(&precise);
    CHECK(time.QuadPart > 132223104000000000); // after 2020
    CHECK(precise.QuadPart >= time.QuadPart - 1000000);
    ULONGLONG interrupt = KeQueryInterruptTime(), unbiased = KeQueryUnbiasedInterruptTime();
    CHECK(KeQueryInterruptTimePrecise(&stamp) + 1000000 >= interrupt);
    CHECK(unbiased <= KeQueryInterruptTime()); // it leaves out the time that the machine slept
    KeQueryTickCount(&ticks);
    CHECK(KeQueryTimeIncrement() > 0 && KeQueryTimeIncrement() <= 200000); // 100 ns units, 20 ms at most
    CHECK(ticks.QuadPart >= 0);
    counter = KeQueryPerformanceCounter(&frequency);
    CHECK(frequency.QuadPart > 0);
    KeStallExecutionProcessor(10);
    CHECK(KeQueryPerformanceCounter(NULL).QuadPart > counter.QuadPart);
    KeDelayExecutionThread(KernelMode, FALSE, &pause);
    CHECK((ULONGLONG)KeQueryInterruptTimePrecise(&stamp) >= interrupt + 20000);
}
