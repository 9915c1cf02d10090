// Spin locks: a word, taken at DISPATCH_LEVEL. A thread of ours may be preempted while it holds one, so a
// waiter yields after a while. wdm/nf-wdm-keacquirespinlockraisetodpc and siblings.
#include "ke/ke.h"

enum { SPINS_BEFORE_YIELD = 200 };

static bool try_lock(PKSPIN_LOCK lock)
{
    return !(__atomic_load_n(lock, __ATOMIC_RELAXED) & 1) && !(__atomic_fetch_or(lock, 1, __ATOMIC_ACQUIRE) & 1);
}

static void acquire(PKSPIN_LOCK lock)
{
    for (unsigned spins = 0; !try_lock(lock); spins++) {
        if (spins < SPINS_BEFORE_YIELD)
            hal_pause();
        else
            hal_yield();
    }
}

void NTAPI KeInitializeSpinLock(PKSPIN_LOCK lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELAXED);
}

void NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
    acquire(lock);
}

void NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock)
{
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock)
{
    KIRQL before = KfRaiseIrql(DISPATCH_LEVEL);
    acquire(lock);
    return before;
}

void NTAPI KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL irql)
{
    KeReleaseSpinLockFromDpcLevel(lock);
    KeLowerIrql(irql);
}

KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK lock)
{
    return KeAcquireSpinLockRaiseToDpc(lock);
}

// For routines of DPCs that may be threaded; here they are at DISPATCH_LEVEL always.
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK lock)
{
    return KeAcquireSpinLockRaiseToDpc(lock);
}

void NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK lock, KIRQL irql)
{
    KeReleaseSpinLock(lock, irql);
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
    return try_lock(lock);
}

BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK lock)
{
    return !(__atomic_load_n(lock, __ATOMIC_RELAXED) & 1);
}

// Queued spin locks: the queue's fairness is the host scheduler's business, the exclusion is ours.
void NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle)
{
    handle->LockQueue.Lock = lock;
    handle->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

void NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle)
{
    KeReleaseSpinLock(handle->LockQueue.Lock, handle->OldIrql);
}

void NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle)
{
    handle->LockQueue.Lock = lock;
    acquire(lock);
}

void NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE handle)
{
    KeReleaseSpinLockFromDpcLevel(handle->LockQueue.Lock);
}
