// The executive's timers: once, periodic, canceled, deleted at once and later.

#include "exlocks.h"

static KEVENT Expired, Deleted;
static LONG Expirations;

static void NTAPI Callback(PEX_TIMER timer, void *context)
{
    UNREFERENCED_PARAMETER(timer);
    if (InterlockedIncrement(&Expirations) == (LONG)(LONG_PTR)context)
        KeSetEvent(&Expired, IO_NO_INCREMENT, FALSE);
}

static void NTAPI OnDelete(void *context)
{
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

void Timers(void)
{
    LARGE_INTEGER timeout = {.QuadPart = -100000000};
    EXT_DELETE_PARAMETERS parameters;

    KeInitializeEvent(&Expired, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Deleted, SynchronizationEvent, FALSE);
    PEX_TIMER timer = ExAllocateTimer(Callback, (void *)1, EX_TIMER_HIGH_RESOLUTION);
    DbgPrint("a timer: %d, set: was it %d\n", timer != NULL, ExSetTimer(timer, -10000, 0, NULL));
    DbgPrint("its routine was called: %08lX, %ld time\n",
             KeWaitForSingleObject(&Expired, Executive, KernelMode, FALSE, &timeout), Expirations);
    DbgPrint("it can be waited for: %08lX\n", KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, &timeout));
    ExSetTimer(timer, -600000000, 0, NULL);
    DbgPrint("canceled: %d, once more: %d\n", ExCancelTimer(timer, NULL), ExCancelTimer(timer, NULL));
    DbgPrint("deleted, was it set: %d\n", ExDeleteTimer(timer, TRUE, TRUE, NULL));

    Expirations = 0;
    timer = ExAllocateTimer(Callback, (void *)3, 0);
    ExSetTimer(timer, -10000, 10000, NULL);
    DbgPrint("periodic: %08lX\n", KeWaitForSingleObject(&Expired, Executive, KernelMode, FALSE, &timeout));
    RtlZeroMemory(&parameters, sizeof parameters);
    parameters.DeleteCallback = OnDelete;
    parameters.DeleteContext = &Deleted;
    DbgPrint("deleted, was it set: %d\n", ExDeleteTimer(timer, TRUE, FALSE, &parameters));
    DbgPrint("the deletion is over: %08lX\n", KeWaitForSingleObject(&Deleted, Executive, KernelMode, FALSE, &timeout));

    Expirations = 0;
    timer = ExAllocateTimer(Callback, (void *)1, 0);
    ExSetTimer(timer, -100000, 0, NULL);
    ExDeleteTimer(timer, FALSE, FALSE, &parameters);
    DbgPrint("left to expire: %08lX\n", KeWaitForSingleObject(&Expired, Executive, KernelMode, FALSE, &timeout));
    DbgPrint("then gone: %08lX\n", KeWaitForSingleObject(&Deleted, Executive, KernelMode, FALSE, &timeout));
}
