// Synchronizing with an interrupt's service routine. No interrupt can be connected here (IoConnectInterrupt refuses), so
// there is no routine to keep out; what drivers keep out with it is each other's threads, and one lock does that.
// wdm/nf-wdm-kesynchronizeexecution, -keacquireinterruptspinlock, -kereleaseinterruptspinlock.
#include "ke/ke.h"

enum { DEVICE_LEVEL = 5 }; // what a connected interrupt would have been given

static KSPIN_LOCK lock;

KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT interrupt)
{
    KIRQL before = ke_irql();
    (void)interrupt;
    if (before < DEVICE_LEVEL)
        ke_set_irql(DEVICE_LEVEL);
    KeAcquireSpinLockAtDpcLevel(&lock);
    return before;
}

void NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT interrupt, KIRQL irql)
{
    (void)interrupt;
    KeReleaseSpinLock(&lock, irql);
}

BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT interrupt, BOOLEAN(NTAPI *routine)(PVOID context), PVOID context)
{
    KIRQL irql = KeAcquireInterruptSpinLock(interrupt);
    BOOLEAN answer = routine(context);
    KeReleaseInterruptSpinLock(interrupt, irql);
    return answer;
}
