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
        ke_wake_processor();
}

static uint64_t due_time(LARGE_INTEGER due)
{
    uint64_t now = ke_interrupt_time();
    if (due.QuadPart < 0)
        return now + (uint64_t)-due.QuadPart;
    uint64_t system = hal_system_time_100ns();
    return (uint64_t)due.QuadPart > system ? now + (uint64_t)due.QuadPart - system : now;
}

// TRUE when the timer was still queued. due: negative relative, else absolute system time (100 ns);
// period in milliseconds, 0 for a single expiry.
BOOLEAN NTAPI KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc)
{
    ke_lock_dispatcher();
    bool was_queued = is_queued(timer);
    if (was_queued)
        unqueue(timer);
    timer->Header.SignalState = 0;
    timer->DueTime.QuadPart = due_time(due);
    timer->Period = (ULONG)period;
    timer->Dpc = dpc;
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
    return IsListEmpty(&queue) ? UINT64_MAX
                               : (uint64_t)CONTAINING_RECORD(queue.Flink, KTIMER, TimerListEntry)->DueTime.QuadPart;
}

void ke_expire_timers(uint64_t now)
{
    while (ke_next_timer() <= now) {
        KTIMER *timer = CONTAINING_RECORD(queue.Flink, KTIMER, TimerListEntry);
        unqueue(timer);
        if (timer->Period) {
            timer->DueTime.QuadPart += (uint64_t)timer->Period * 10000u;
            if ((uint64_t)timer->DueTime.QuadPart <= now) // late: skip what was missed
                timer->DueTime.QuadPart = now + (uint64_t)timer->Period * 10000u;
            insert(timer);
        }
        timer->Header.SignalState = 1;
        ke_release_waiters(&timer->Header);
        if (timer->Dpc)
            ke_queue_dpc(timer->Dpc, NULL, NULL);
    }
}
