// The executive's timers: kernel timers that the system allocates, with a routine at DISPATCH_LEVEL. They may be waited
// for as well. wdm/nf-wdm-exallocatetimer, -exsettimer, -excanceltimer, -exdeletetimer.
//
//      allocated --ExSetTimer--> set <--period-- expires --ExDeleteTimer: canceled or expired, its routine done--> gone
#include "ex/ex.h"

enum {
    ATTRIBUTES = (int)(EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE),
    MS_100NS = 10000,
    TAG = EX_TAG('E', 'x', 'T', 'm')
};

struct _EX_TIMER {
    KTIMER timer; // first: drivers wait for the whole
    KDPC dpc;
    PEXT_CALLBACK callback;
    PVOID context;
    _Atomic bool deleted, going;
    PEXT_DELETE_CALLBACK delete_callback;
    PVOID delete_context;
    WORK_QUEUE_ITEM deletion;
};

// The routine has returned wherever it ran, and is not called again.
static void delete_now(struct _EX_TIMER *timer)
{
    KeFlushQueuedDpcs();
    if (timer->delete_callback)
        timer->delete_callback(timer->delete_context);
    ex_free(timer);
}

static void NTAPI delete_later(PVOID timer)
{
    delete_now(timer);
}

// Once, whoever comes first.
static void queue_deletion(struct _EX_TIMER *timer)
{
    if (atomic_exchange(&timer->going, true))
        return;
    ExInitializeWorkItem(&timer->deletion, delete_later, timer);
    ExQueueWorkItem(&timer->deletion, DelayedWorkQueue);
}

static void NTAPI expired(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct _EX_TIMER *timer = context;
    (void)dpc, (void)argument1, (void)argument2;
    if (timer->callback)
        timer->callback(timer, timer->context);
    if (atomic_load(&timer->deleted)) // ExDeleteTimer left it to expire
        queue_deletion(timer);
}

// NULL on exhaustion, and for attributes that do not exist. callback may be NULL. Up to DISPATCH_LEVEL.
PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK callback, PVOID context, ULONG attributes)
{
    if (attributes & ~((ULONG)ATTRIBUTES | EX_TIMER_NOTIFICATION))
        return NULL;
    struct _EX_TIMER *timer = ex_allocate_zeroed(sizeof *timer, TAG);
    if (!timer)
        return NULL;
    timer->callback = callback;
    timer->context = context;
    KeInitializeTimerEx(&timer->timer, attributes & EX_TIMER_NOTIFICATION ? NotificationTimer : SynchronizationTimer);
    KeInitializeDpc(&timer->dpc, expired, timer);
    return timer;
}

// due as KeSetTimer's; period in 100 ns, rounded up to milliseconds, 0 for once. TRUE: it was set already. Timers are exact
// whatever tolerance is allowed.
BOOLEAN NTAPI ExSetTimer(PEX_TIMER timer, LONGLONG due, LONGLONG period, PEXT_SET_PARAMETERS parameters)
{
    (void)parameters;
    return KeSetTimerEx(&timer->timer, (LARGE_INTEGER){.QuadPart = due}, (LONG)((period + MS_100NS - 1) / MS_100NS),
                        &timer->dpc);
}

// TRUE: it was set, and will not expire.
BOOLEAN NTAPI ExCancelTimer(PEX_TIMER timer, PVOID parameters)
{
    (void)parameters;
    return KeCancelTimer(&timer->timer);
}

// wait: returns when the routine has (not from it, PASSIVE_LEVEL or APC_LEVEL). Otherwise the timer goes later, and
// parameters may name a routine that is called then. Without cancel a timer that is set expires once more before.
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER timer, BOOLEAN cancel, BOOLEAN wait, PEXT_DELETE_PARAMETERS parameters)
{
    if (parameters) {
        timer->delete_callback = parameters->DeleteCallback;
        timer->delete_context = parameters->DeleteContext;
    }
    if (!cancel && !timer->timer.Period) {
        atomic_store(&timer->deleted, true);
        LIST_ENTRY *entry = &timer->timer.TimerListEntry; // alone: not set, or expired just now
        if (__atomic_load_n(&entry->Flink, __ATOMIC_ACQUIRE) == entry)
            queue_deletion(timer);
        return FALSE;
    }
    BOOLEAN was_set = KeCancelTimer(&timer->timer);
    if (wait)
        delete_now(timer);
    else
        queue_deletion(timer);
    return was_set;
}
