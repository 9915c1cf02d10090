// Letters from a timer: what it looks like when the driver has something to say on its own, at
// DISPATCH_LEVEL.
//
//     idle --TicksStart--> running --the last tick, TicksStop--> idle

#include "driver.h"

// The DPC of the timer. With several processors the next one can begin before this one has ended; the lock
// makes "is there a tick left, post it" one step. A tick for which there is no room is not lost, only late:
// it is tried again with the next period.
static void NTAPI Tick(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    static const char text[] = "tick";
    struct mailbox *box = context;

    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    KeAcquireSpinLockAtDpcLevel(&box->ticks_lock);
    if (box->ticks_left > 0 && NT_SUCCESS(LettersAdd(box, MAILBOX_TICK, text, sizeof text - 1)) &&
        --box->ticks_left == 0) {
        KeCancelTimer(&box->timer);
        box->ticks_owner = NULL;
    }
    KeReleaseSpinLockFromDpcLevel(&box->ticks_lock);
    LettersDeliver(box);
}

void TicksInitialize(struct mailbox *box)
{
    KeInitializeSpinLock(&box->ticks_lock);
    KeInitializeTimerEx(&box->timer, NotificationTimer);
    KeInitializeDpc(&box->dpc, Tick, box);
}

NTSTATUS TicksStart(struct mailbox *box, FILE_OBJECT *file, const struct mailbox_ticks *wish)
{
    LARGE_INTEGER due = {.QuadPart = wish->period * -10000LL}; // relative, in units of 100 ns
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    if (wish->period == 0 || wish->period > MAILBOX_PERIOD_MAX)
        return STATUS_INVALID_PARAMETER;
    KeAcquireSpinLock(&box->ticks_lock, &irql);
    if (box->ticks_left > 0) {
        status = STATUS_DEVICE_BUSY;
    } else {
        box->ticks_left = wish->count;
        box->ticks_owner = file;
        KeSetTimerEx(&box->timer, due, (LONG)wish->period, &box->dpc);
    }
    KeReleaseSpinLock(&box->ticks_lock, irql);
    return status;
}

// Only the ticks that this file has started.
void TicksStop(struct mailbox *box, FILE_OBJECT *file)
{
    KIRQL irql;

    KeAcquireSpinLock(&box->ticks_lock, &irql);
    if (box->ticks_owner == file) {
        box->ticks_left = 0;
        box->ticks_owner = NULL;
        KeCancelTimer(&box->timer);
    }
    KeReleaseSpinLock(&box->ticks_lock, irql);
}

// Before the memory of the timer goes away. A cancelled timer fires no more, but its DPC may be running at
// this moment on another processor: KeFlushQueuedDpcs waits for it. IRQL: PASSIVE_LEVEL.
void TicksEnd(struct mailbox *box)
{
    KeCancelTimer(&box->timer);
    KeFlushQueuedDpcs();
}
