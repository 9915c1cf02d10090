// Cancellation. A driver that keeps a request sets a cancel routine; IoCancelIrp takes it out, under the cancel
// spin lock, and calls it; the routine releases the lock.
//
// Facts: semantics 22-24; wdm/nf-wdm-iocancelirp, -ioacquirecancelspinlock.
#include "io/io.h"
#include "dbg/dbg.h"

static KSPIN_LOCK cancel_lock;

void NTAPI IoAcquireCancelSpinLock(PKIRQL irql)
{
    *irql = KeAcquireSpinLockRaiseToDpc(&cancel_lock);
}

void NTAPI IoReleaseCancelSpinLock(KIRQL irql)
{
    KeReleaseSpinLock(&cancel_lock, irql);
}

// TRUE when there was a cancel routine and it has been called; Cancel stays TRUE either way.
BOOLEAN NTAPI IoCancelIrp(PIRP irp)
{
    KIRQL irql;
    IoAcquireCancelSpinLock(&irql);
    __atomic_store_n(&irp->Cancel, TRUE, __ATOMIC_SEQ_CST);
    PDRIVER_CANCEL routine = __atomic_exchange_n(&irp->CancelRoutine, NULL, __ATOMIC_SEQ_CST);
    if (!routine) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    if (irp->CurrentLocation > irp->StackCount + 1)
        ke_bugcheck(CANCEL_STATE_IN_COMPLETED_IRP, (ULONG_PTR)irp, 0, 0, 0, "a completed request is cancelled");
    irp->CancelIrql = irql;
    routine(irp->CurrentLocation <= irp->StackCount ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL, irp);
    return TRUE;
}

// The thread ends: every request it started is cancelled and waited for. One that a driver will not let go is
// named in the log and taken off the thread; it is only freed when it completes at last.
void io_cancel_thread_requests(struct _ETHREAD *thread)
{
    enum { PATIENCE_NS = 5000000, ROUNDS = 200 };
    for (int round = 0; !IsListEmpty(&thread->irps); round++) {
        hal_mutex_lock(&thread->irp_lock);
        PIRP irp = IsListEmpty(&thread->irps) ? NULL : CONTAINING_RECORD(thread->irps.Flink, IRP, ThreadListEntry);
        if (irp && round >= ROUNDS) {
            RemoveEntryList(&irp->ThreadListEntry);
            InitializeListHead(&irp->ThreadListEntry);
            io_request(irp)->thread = NULL;
        }
        hal_mutex_unlock(&thread->irp_lock);
        if (!irp)
            return;
        if (round >= ROUNDS) {
            PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
            dbg_kernel_message("%s keeps a %s of a thread that has ended and has no cancel routine for it\n",
                               stack->DeviceObject ? io_driver_name(stack->DeviceObject) : "a driver",
                               io_major_name(stack->MajorFunction));
            atomic_fetch_or(&io_request(irp)->state, IO_STATE_ABANDONED);
            continue;
        }
        for (LIST_ENTRY *entry = thread->irps.Flink; entry != &thread->irps; entry = entry->Flink)
            IoCancelIrp(CONTAINING_RECORD(entry, IRP, ThreadListEntry));
        _Atomic uint32_t never = 0;
        uint64_t soon = hal_monotonic_ns() + PATIENCE_NS;
        if (!IsListEmpty(&thread->irps))
            hal_futex_wait(&never, 0, &soon);
    }
}
