// Fast mutexes: not recursive, held at APC_LEVEL. wdm/nf-wdm-exacquirefastmutex.
//
// Count is 1 when free; every waiter takes one off, and the release passes the mutex on through Event.
#include "ex/ex.h"

static void acquire(PFAST_MUTEX mutex)
{
    if (__atomic_sub_fetch(&mutex->Count, 1, __ATOMIC_ACQUIRE) < 0) {
        __atomic_add_fetch(&mutex->Contention, 1, __ATOMIC_RELAXED);
        KeWaitForSingleObject(&mutex->Event, WrFastMutex, KernelMode, FALSE, NULL);
    }
    mutex->Owner = ke_current_thread();
}

static void release(PFAST_MUTEX mutex)
{
    mutex->Owner = NULL;
    if (__atomic_add_fetch(&mutex->Count, 1, __ATOMIC_RELEASE) <= 0)
        KeSetEvent(&mutex->Event, 0, FALSE);
}

void NTAPI ExAcquireFastMutex(PFAST_MUTEX mutex)
{
    KIRQL irql = KfRaiseIrql(APC_LEVEL);
    acquire(mutex);
    mutex->OldIrql = irql;
}

void NTAPI ExReleaseFastMutex(PFAST_MUTEX mutex)
{
    KIRQL irql = (KIRQL)mutex->OldIrql;
    release(mutex);
    KeLowerIrql(irql);
}

void NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex)
{
    acquire(mutex);
}

void NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex)
{
    release(mutex);
}

BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX mutex)
{
    LONG free = 1;
    KIRQL irql = KfRaiseIrql(APC_LEVEL);
    if (!__atomic_compare_exchange_n(&mutex->Count, &free, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        KeLowerIrql(irql);
        return FALSE;
    }
    mutex->Owner = ke_current_thread();
    mutex->OldIrql = irql;
    return TRUE;
}
