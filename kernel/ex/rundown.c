// Rundown protection: many hold on to something shared for a while, one waits until it may take it away.
// wdm/nf-wdm-exacquirerundownprotection and siblings; kernel/run-down-protection.
//
//      Count 2n: n holders   --ExWaitForRundownProtectionRelease--> waiter's address + 1 --last holder leaves--> 1
//      Count 1: run down, nobody gets protection any more --ExReInitializeRundownProtection--> 0
#include "ex/ex.h"

enum { RUN_DOWN = 1, ONE_HOLDER = 2 };

// On the stack of the thread that waits.
struct rundown_waiter {
    _Atomic ULONG_PTR holders;
    KEVENT gone;
};

void NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF reference)
{
    __atomic_store_n(&reference->Count, 0, __ATOMIC_RELEASE);
}

// Only after it was run down.
void NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF reference)
{
    __atomic_store_n(&reference->Count, 0, __ATOMIC_RELEASE);
}

void NTAPI ExRundownCompleted(PEX_RUNDOWN_REF reference)
{
    __atomic_store_n(&reference->Count, RUN_DOWN, __ATOMIC_RELEASE);
}

// FALSE once somebody waits for the end.
BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF reference, ULONG count)
{
    ULONG_PTR seen = __atomic_load_n(&reference->Count, __ATOMIC_RELAXED);
    do {
        if (seen & RUN_DOWN)
            return FALSE;
    } while (!__atomic_compare_exchange_n(&reference->Count, &seen, seen + (ULONG_PTR)count * ONE_HOLDER, true,
                                          __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
    return TRUE;
}

BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF reference)
{
    return ExAcquireRundownProtectionEx(reference, 1);
}

void NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF reference, ULONG count)
{
    ULONG_PTR seen = __atomic_load_n(&reference->Count, __ATOMIC_RELAXED);
    while (!(seen & RUN_DOWN))
        if (__atomic_compare_exchange_n(&reference->Count, &seen, seen - (ULONG_PTR)count * ONE_HOLDER, true,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
            return;
    struct rundown_waiter *waiter = (struct rundown_waiter *)(seen & ~(ULONG_PTR)RUN_DOWN);
    if (atomic_fetch_sub(&waiter->holders, count) == count)
        KeSetEvent(&waiter->gone, 0, FALSE);
}

void NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF reference)
{
    ExReleaseRundownProtectionEx(reference, 1);
}

// PASSIVE_LEVEL or APC_LEVEL. At once when it is run down already.
void NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF reference)
{
    struct rundown_waiter waiter;
    KeInitializeEvent(&waiter.gone, SynchronizationEvent, FALSE);
    ULONG_PTR seen = __atomic_load_n(&reference->Count, __ATOMIC_RELAXED);
    do {
        if (seen & RUN_DOWN)
            return;
        atomic_store(&waiter.holders, seen / ONE_HOLDER);
    } while (!__atomic_compare_exchange_n(&reference->Count, &seen, seen ? (ULONG_PTR)&waiter | RUN_DOWN : RUN_DOWN,
                                          true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    if (!seen)
        return;
    KeWaitForSingleObject(&waiter.gone, Executive, KernelMode, FALSE, NULL);
    __atomic_store_n(&reference->Count, RUN_DOWN, __ATOMIC_RELEASE);
}
