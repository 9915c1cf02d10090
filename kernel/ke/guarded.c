// Guarded mutexes: as fast mutexes, but their owner is in a guarded region instead of at APC_LEVEL.
// wdm/nf-wdm-keacquireguardedmutex and siblings.
//
// Count is 1 when free; every waiter takes one off, and the release passes the mutex on through Event.
#include "ke/ke.h"

void NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex)
{
    *mutex = (KGUARDED_MUTEX){.Count = 1};
    KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

// Atomic, because others look whether it is they.
static void set_owner(PKGUARDED_MUTEX mutex, struct _KTHREAD *owner)
{
    __atomic_store_n(&mutex->Owner, owner, __ATOMIC_RELAXED);
}

// In a guarded region already.
void NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX mutex)
{
    KE_ASSERT(__atomic_load_n(&mutex->Owner, __ATOMIC_RELAXED) != ke_current_thread(),
              "a guarded mutex is acquired by the thread that owns it");
    if (__atomic_sub_fetch(&mutex->Count, 1, __ATOMIC_ACQUIRE) < 0) {
        __atomic_add_fetch(&mutex->Contention, 1, __ATOMIC_RELAXED);
        KeWaitForSingleObject(&mutex->Event, WrGuardedMutex, KernelMode, FALSE, NULL);
    }
    set_owner(mutex, ke_current_thread());
}

void NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX mutex)
{
    set_owner(mutex, NULL);
    if (__atomic_add_fetch(&mutex->Count, 1, __ATOMIC_RELEASE) <= 0)
        KeSetEvent(&mutex->Event, 0, FALSE);
}

void NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(mutex);
}

void NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex)
{
    KeReleaseGuardedMutexUnsafe(mutex);
    KeLeaveGuardedRegion();
}

BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
    LONG free = 1;
    KeEnterGuardedRegion();
    if (!__atomic_compare_exchange_n(&mutex->Count, &free, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        KeLeaveGuardedRegion();
        return FALSE;
    }
    set_owner(mutex, ke_current_thread());
    return TRUE;
}
