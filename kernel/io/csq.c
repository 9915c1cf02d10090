// Cancel-safe queues: the driver keeps the queue and its lock, this keeps the order of events.
//
// An IRP in the queue has the cancel routine below and Tail.Overlay.DriverContext[3] pointing at the queue (or at the
// IRP context the driver gave, whose Irp is NULL as soon as the request has left). Whoever swaps the cancel routine
// to NULL, the canceller or the remover, owns the request.
//
//      IoCsqInsertIrp --queued--> IoCsqRemoveIrp / IoCsqRemoveNextIrp: the driver's
//                        |
//                        +--cancelled--> CsqCompleteCanceledIrp
//
// wdm/nf-wdm-iocsqinitialize and siblings.
#include "io/io.h"

static PIO_CSQ queue_of(PIRP irp, PIO_CSQ_IRP_CONTEXT *context)
{
    PIO_CSQ csq = irp->Tail.Overlay.DriverContext[3];
    *context = NULL;
    if (csq->Type == IO_TYPE_CSQ_IRP_CONTEXT) {
        *context = (PIO_CSQ_IRP_CONTEXT)(PVOID)csq;
        csq = (*context)->Csq;
    }
    return csq;
}

static void NTAPI cancel(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context;
    PIO_CSQ csq = queue_of(irp, &context);
    KIRQL irql;
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    csq->CsqAcquireLock(csq, &irql);
    csq->CsqRemoveIrp(csq, irp);
    if (context)
        context->Irp = NULL;
    csq->CsqReleaseLock(csq, irql);
    irp->Tail.Overlay.DriverContext[3] = NULL;
    csq->CsqCompleteCanceledIrp(csq, irp);
}

static NTSTATUS initialize(PIO_CSQ csq, ULONG type, PIO_CSQ_INSERT_IRP insert, PIO_CSQ_REMOVE_IRP remove,
                           PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                           PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    *csq = (IO_CSQ){.Type = type,
                    .CsqInsertIrp = insert,
                    .CsqRemoveIrp = remove,
                    .CsqPeekNextIrp = peek,
                    .CsqAcquireLock = acquire,
                    .CsqReleaseLock = release,
                    .CsqCompleteCanceledIrp = complete};
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoCsqInitialize(PIO_CSQ csq, PIO_CSQ_INSERT_IRP insert, PIO_CSQ_REMOVE_IRP remove,
                               PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                               PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    return initialize(csq, IO_TYPE_CSQ, insert, remove, peek, acquire, release, complete);
}

NTSTATUS NTAPI IoCsqInitializeEx(PIO_CSQ csq, PIO_CSQ_INSERT_IRP_EX insert, PIO_CSQ_REMOVE_IRP remove,
                                 PIO_CSQ_PEEK_NEXT_IRP peek, PIO_CSQ_ACQUIRE_LOCK acquire, PIO_CSQ_RELEASE_LOCK release,
                                 PIO_CSQ_COMPLETE_CANCELED_IRP complete)
{
    return initialize(csq, IO_TYPE_CSQ_EX, (PIO_CSQ_INSERT_IRP)(PVOID)insert, remove, peek, acquire, release, complete);
}

// Marks the request pending. With an Ex queue the driver's insert routine may refuse it (its status is returned, and
// the request is still the caller's).
NTSTATUS NTAPI IoCsqInsertIrpEx(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context, PVOID insert_context)
{
    KIRQL irql;
    NTSTATUS status = STATUS_SUCCESS;
    irp->Tail.Overlay.DriverContext[3] = csq;
    if (context) {
        *context = (IO_CSQ_IRP_CONTEXT){.Type = IO_TYPE_CSQ_IRP_CONTEXT, .Irp = irp, .Csq = csq};
        irp->Tail.Overlay.DriverContext[3] = context;
    }
    csq->CsqAcquireLock(csq, &irql);
    IoMarkIrpPending(irp);
    if (csq->Type == IO_TYPE_CSQ_EX)
        status = ((PIO_CSQ_INSERT_IRP_EX)(PVOID)csq->CsqInsertIrp)(csq, irp, insert_context);
    else
        csq->CsqInsertIrp(csq, irp);
    if (!NT_SUCCESS(status)) {
        IoGetCurrentIrpStackLocation(irp)->Control &= (UCHAR)~SL_PENDING_RETURNED;
        irp->Tail.Overlay.DriverContext[3] = NULL;
        if (context)
            context->Irp = NULL;
        csq->CsqReleaseLock(csq, irql);
        return status;
    }
    IoSetCancelRoutine(irp, cancel);
    // Cancelled before the routine was there: nobody else will call it.
    if (irp->Cancel && IoSetCancelRoutine(irp, NULL)) {
        csq->CsqRemoveIrp(csq, irp);
        if (context)
            context->Irp = NULL;
        csq->CsqReleaseLock(csq, irql);
        irp->Tail.Overlay.DriverContext[3] = NULL;
        csq->CsqCompleteCanceledIrp(csq, irp);
        return status;
    }
    csq->CsqReleaseLock(csq, irql);
    return status;
}

void NTAPI IoCsqInsertIrp(PIO_CSQ csq, PIRP irp, PIO_CSQ_IRP_CONTEXT context)
{
    IoCsqInsertIrpEx(csq, irp, context, NULL);
}

// With the queue's lock: out of the queue unless the canceller owns it already.
static bool claim(PIO_CSQ csq, PIRP irp)
{
    PIO_CSQ_IRP_CONTEXT context;
    if (!IoSetCancelRoutine(irp, NULL))
        return false;
    queue_of(irp, &context);
    csq->CsqRemoveIrp(csq, irp);
    if (context)
        context->Irp = NULL;
    irp->Tail.Overlay.DriverContext[3] = NULL;
    return true;
}

// The next request the driver's peek routine matches with peek_context; NULL none.
PIRP NTAPI IoCsqRemoveNextIrp(PIO_CSQ csq, PVOID peek_context)
{
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    PIRP irp = csq->CsqPeekNextIrp(csq, NULL, peek_context);
    while (irp && !claim(csq, irp))
        irp = csq->CsqPeekNextIrp(csq, irp, peek_context);
    csq->CsqReleaseLock(csq, irql);
    return irp;
}

// The request of this context; NULL when it has left the queue.
PIRP NTAPI IoCsqRemoveIrp(PIO_CSQ csq, PIO_CSQ_IRP_CONTEXT context)
{
    KIRQL irql;
    csq->CsqAcquireLock(csq, &irql);
    PIRP irp = context->Irp;
    if (irp && !claim(csq, irp))
        irp = NULL;
    csq->CsqReleaseLock(csq, irql);
    return irp;
}
