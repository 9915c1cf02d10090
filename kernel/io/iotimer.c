// IoTimer: a routine of the device, once a second at DISPATCH_LEVEL, while the timer is started.
// wdm/nf-wdm-ioinitializetimer, -iostarttimer, -iostoptimer.
#include "io/io.h"

struct _IO_TIMER {
    CSHORT Type;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
    PDEVICE_OBJECT device;
    KTIMER timer;
    KDPC dpc;
};

static void NTAPI expired(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct _IO_TIMER *timer = context;
    (void)dpc, (void)argument1, (void)argument2;
    timer->routine(timer->device, timer->context);
}

NTSTATUS NTAPI IoInitializeTimer(PDEVICE_OBJECT device, PIO_TIMER_ROUTINE routine, PVOID context)
{
    struct _IO_TIMER *timer = device->Timer;
    if (!timer && !(timer = ex_allocate_zeroed(sizeof *timer, EX_TAG('I', 'o', 'T', 'i'))))
        return STATUS_INSUFFICIENT_RESOURCES;
    *timer = (struct _IO_TIMER){.Type = IO_TYPE_TIMER, .routine = routine, .context = context, .device = device};
    KeInitializeTimer(&timer->timer);
    KeInitializeDpc(&timer->dpc, expired, timer);
    device->Timer = timer;
    return STATUS_SUCCESS;
}

void NTAPI IoStartTimer(PDEVICE_OBJECT device)
{
    LARGE_INTEGER second = {.QuadPart = -10000000};
    KeSetTimerEx(&device->Timer->timer, second, 1000, &device->Timer->dpc);
}

void NTAPI IoStopTimer(PDEVICE_OBJECT device)
{
    KeCancelTimer(&device->Timer->timer);
    KeRemoveQueueDpc(&device->Timer->dpc);
}

// The device object goes.
void io_delete_timer(PDEVICE_OBJECT device)
{
    struct _IO_TIMER *timer = device->Timer;
    if (!timer)
        return;
    device->Timer = NULL;
    KeCancelTimer(&timer->timer);
    KeRemoveQueueDpc(&timer->dpc);
    KeFlushQueuedDpcs(); // it may be running at this moment
    ex_free(timer);
}
