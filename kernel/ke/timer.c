// Timers: dispatcher objects that become signalled at a time, and may queue a DPC then.
//
//      inactive --KeSetTimer--> queued --due--> signalled (periodic: queued again)
//                                  |
//                                  +--KeCancelTimer--> inactive
//
// Due times are interrupt times (100 ns since boot); the queue is sorted, under the dispatcher lock.
// wdm/nf-wdm-kesettimerex, -kecanceltimer, -keinitializetimerex.
#include "ke/ke.h"

static LIST_ENTRY queue;

void ke_timer_init(void)
{
    InitializeListHead(&queue);
}

void NTAPI KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type)
{
    ke_initialize_header(&timer->Header, (UCHAR)(TimerNotificationObject + type), sizeof *timer, 0);
    timer->DueTime.QuadPart = 0;
    timer->Dpc = NULL;
    timer->Period = 0;
    InitializeListHead(&timer->TimerListEntry);
}

void NTAPI KeInitializeTimer(PKTIMER timer)
{
    KeInitializeTimerEx(timer, NotificationTimer);
}

static bool is_queued(PKTIMER timer)
{
    return !IsListEmpty(&timer->TimerListEntry);
}

static void unqueue(PKTIMER timer)
{
    RemoveEntryList(&timer->TimerListEntry);
    InitializeListHead(&timer->TimerListEntry);
}

static void insert(PKTIMER timer)
{
    LIST_ENTRY *entry = queue.Blink;
    while (entry != &queue &&
           CONTAINING_RECORD(entry, KTIMER, TimerListEntry)->DueTime.QuadPart > timer->DueTime.QuadPart)
        entry = entry->Blink;
    InsertHeadList(entry, &timer->TimerListEntry);
    if (queue.Flink == &timer->TimerListEntry)
        ke_wake_processor(ke_processor(0));
}

// A relative or absolute due time as interrupt time. Further away than some centuries is all the same, and does not
// overflow in nanoseconds.
static uint64_t due_time(LARGE_INTEGER due, uint64_t now)
{
    const uint64_t farthest = UINT64_MAX / 400;
    uint64_t distance = 0, system = hal_system_time_100ns();
    if (due.QuadPart < 0)
        distance = -(uint64_t)due.QuadPart;
    else if ((uint64_t)due.QuadPart > system)
        distance = (uint64_t)due.QuadPart - system;
    return now + (distance < farthest ? distance : farthest);
}

// With the dispatcher lock: the timer, which is not queued, is due.
static void expire(PKTIMER timer, uint64_t now)
{
    if (timer->Period) {
        uint64_t period = (uint64_t)timer->Period * 10000u;
        timer->DueTime.QuadPart += period;
        if (timer->DueTime.QuadPart <= now) // late: skip what was missed
            timer->DueTime.QuadPart = now + period;
        insert(timer);
    }
    timer->Header.SignalState = 1;
    ke_release_waiters(&timer->Header);
    if (timer->Dpc)
        ke_queue_dpc(timer->Dpc, NULL, NULL);
}

// TRUE when the timer was still queued. due: negative relative, else absolute system time (100 ns);
// period in milliseconds, 0 for a single expiry. A time that has passed expires at once.
BOOLEAN NTAPI KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc)
{
    ke_lock_dispatcher();
    uint64_t now = ke_interrupt_time();
    bool was_queued = is_queued(timer);
    if (was_queued)
        unqueue(timer);
    timer->Header.SignalState = 0;
    timer->DueTime.QuadPart = due_time(due, now);
    timer->Period = (ULONG)period;
    timer->Dpc = dpc;
    if (timer->DueTime.QuadPart <= now)
        expire(timer, now);
    else
        insert(timer);
    ke_unlock_dispatcher();
    return was_queued;
}

BOOLEAN NTAPI KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc)
{
    return KeSetTimerEx(timer, due, 0, dpc);
}

BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER timer, LARGE_INTEGER due, ULONG period, ULONG tolerance, PKDPC dpc)
{
    (void)tolerance;
    return KeSetTimerEx(timer, due, (LONG)period, dpc);
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER timer)
{
    ke_lock_dispatcher();
    bool was_queued = is_queued(timer);
    if (was_queued)
        unqueue(timer);
    ke_unlock_dispatcher();
    return was_queued;
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER timer)
{
    ke_lock_dispatcher();
    BOOLEAN state = timer->Header.SignalState > 0;
    ke_unlock_dispatcher();
    return state;
}

uint64_t ke_next_timer(void)
{
    return IsListEmpty(&queue) ? UINT64_MAX : CONTAINING_RECORD(queue.Flink, KTIMER, TimerListEntry)->DueTime.QuadPart;
}

void ke_expire_timers(uint64_t now)
{
    while (ke_next_timer() <= now) {
        KTIMER *timer = CONTAINING_RECORD(queue.Flink, KTIMER, TimerListEntry);
        unqueue(timer);
        expire(timer, now);
    }
}
