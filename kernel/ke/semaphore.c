// Semaphores: a count of waits that may still succeed. wdm/nf-wdm-keinitializesemaphore, -kereleasesemaphore.
#include "ke/ke.h"

void NTAPI KeInitializeSemaphore(PRKSEMAPHORE semaphore, LONG count, LONG limit)
{
    ke_initialize_header(&semaphore->Header, SemaphoreObject, sizeof *semaphore, count);
    semaphore->Limit = limit;
}

// Adds adjustment to the count; false, and nothing changed, when that would exceed the limit.
bool ke_release_semaphore(PRKSEMAPHORE semaphore, LONG adjustment, LONG *before)
{
    ke_lock_dispatcher();
    *before = semaphore->Header.SignalState;
    LONG after;
    bool fits = !__builtin_add_overflow(*before, adjustment, &after) && after <= semaphore->Limit && after >= *before;
    if (fits) {
        semaphore->Header.SignalState = after;
        ke_release_waiters(&semaphore->Header);
    }
    ke_unlock_dispatcher();
    return fits;
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE semaphore, KPRIORITY increment, LONG adjustment, BOOLEAN wait)
{
    LONG before;
    (void)increment, (void)wait;
    if (!ke_release_semaphore(semaphore, adjustment, &before))
        ExRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    return before;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE semaphore)
{
    ke_lock_dispatcher();
    LONG state = semaphore->Header.SignalState;
    ke_unlock_dispatcher();
    return state;
}
