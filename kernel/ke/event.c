// Events: a state that stays until it is reset (notification) or lets one waiter go (synchronization).
// wdm/nf-wdm-keinitializeevent, -kesetevent, -keresetevent, -keclearevent, -kereadstateevent.
#include "ke/ke.h"

void NTAPI KeInitializeEvent(PRKEVENT event, EVENT_TYPE type, BOOLEAN state)
{
    ke_initialize_header(&event->Header, (UCHAR)type, sizeof *event, state ? 1 : 0);
}

// Returns the state before. Callable up to DISPATCH_LEVEL when wait is FALSE.
LONG NTAPI KeSetEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
    (void)increment, (void)wait;
    ke_lock_dispatcher();
    LONG before = ke_state(&event->Header);
    ke_set_state(&event->Header, 1);
    if (!IsListEmpty(&event->Header.WaitListHead))
        ke_release_waiters(&event->Header);
    ke_unlock_dispatcher();
    return before;
}

LONG NTAPI KeResetEvent(PRKEVENT event)
{
    ke_lock_dispatcher();
    LONG before = ke_state(&event->Header);
    ke_set_state(&event->Header, 0);
    ke_unlock_dispatcher();
    return before;
}

void NTAPI KeClearEvent(PRKEVENT event)
{
    ke_set_state(&event->Header, 0);
}

// The exchange comes before the look at the list; a waiter links itself before it looks at the state a second time.
void ke_signal_event(PRKEVENT event)
{
    __atomic_exchange_n(&event->Header.SignalState, 1, __ATOMIC_SEQ_CST);
    if (hal_likely(__atomic_load_n(&event->Header.WaitListHead.Flink, __ATOMIC_SEQ_CST) == &event->Header.WaitListHead))
        return;
    ke_lock_dispatcher();
    ke_release_waiters(&event->Header);
    ke_unlock_dispatcher();
}

// Release who waits now, and leave the event reset. Returns the state before.
LONG NTAPI KePulseEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
    (void)increment, (void)wait;
    ke_lock_dispatcher();
    LONG before = ke_state(&event->Header);
    ke_set_state(&event->Header, 1);
    ke_release_waiters(&event->Header);
    ke_set_state(&event->Header, 0);
    ke_unlock_dispatcher();
    return before;
}

LONG NTAPI KeReadStateEvent(PRKEVENT event)
{
    ke_lock_dispatcher();
    LONG state = ke_state(&event->Header);
    ke_unlock_dispatcher();
    return state;
}
