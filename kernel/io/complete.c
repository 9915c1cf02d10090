// Completing a request: IofCompleteRequest walks the stack locations back up.
//
//      each location: PendingReturned from SL_PENDING_RETURNED; its completion routine, if it asked for this
//      outcome; STATUS_MORE_PROCESSING_REQUIRED stops the walk, and nothing touches the IRP again
//      above the top: the request is marked completed; the side that arrives second finishes it
//
//      sent --dispatch returns--> RETURNED ---+
//        |                                    +--> both: io_finish
//        +----completion------> COMPLETED ---+
//
// Facts: semantics 9-12, 18, 19, 21.
#include "io/io.h"
#include "io/trace.h"

static bool wants_call(const IO_STACK_LOCATION *location, PIRP irp)
{
    if (!location->CompletionRoutine)
        return false;
    if (irp->Cancel && (location->Control & SL_INVOKE_ON_CANCEL))
        return true;
    return location->Control & (NT_SUCCESS(irp->IoStatus.Status) ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR);
}

static void clear_location(PIO_STACK_LOCATION location)
{
    location->MinorFunction = 0;
    location->Flags = 0;
    // was_marked (request.c) may look from the requester's thread: PendingReturned has been set before.
    __atomic_store_n(&location->Control, location->Control & SL_ERROR_RETURNED, __ATOMIC_RELEASE);
    location->Parameters.Others.Argument1 = NULL;
    location->Parameters.Others.Argument2 = NULL;
    location->Parameters.Others.Argument3 = NULL;
    location->FileObject = NULL;
}

// False when a completion routine kept the IRP.
static bool walk_up(PIRP irp, const void *completer)
{
    PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
    while (irp->CurrentLocation <= irp->StackCount) {
        if (io_tracing()) {
            io_trace_up(irp, completer);
            completer = NULL;
        }
        __atomic_store_n(&irp->PendingReturned, (location->Control & SL_PENDING_RETURNED) != 0, __ATOMIC_RELAXED);
        irp->CurrentLocation++;
        irp->Tail.Overlay.CurrentStackLocation++;
        PIO_STACK_LOCATION above = irp->Tail.Overlay.CurrentStackLocation;
        bool top = irp->CurrentLocation == irp->StackCount + 1;
        PDEVICE_OBJECT device = top ? NULL : above->DeviceObject;
        if (wants_call(location, irp)) {
            PIO_COMPLETION_ROUTINE routine = location->CompletionRoutine;
            PVOID context = location->Context;
            clear_location(location);
            if (routine(device, irp, context) == STATUS_MORE_PROCESSING_REQUIRED)
                return false;
        } else {
            if (irp->PendingReturned && !top)
                above->Control |= SL_PENDING_RETURNED;
            clear_location(location);
        }
        location = above;
    }
    irp->CurrentLocation++; // beyond all of them: completed once more, it is refused
    return true;
}

// The associated IRP is done; the master follows when it was the last.
static void complete_associated(PIRP irp)
{
    PIRP master = irp->AssociatedIrp.MasterIrp;
    LONG left = __atomic_sub_fetch(&master->AssociatedIrp.IrpCount, 1, __ATOMIC_ACQ_REL);
    io_release_buffers(irp);
    if (io_dequeue_request(io_request(irp)))
        IoFreeIrp(irp);
    if (left == 0)
        IofCompleteRequest(master, IO_NO_INCREMENT);
}

static void arrive(struct io_request *request)
{
    if (request->synchronous) {
        // The requester waits for this bit and finishes; it may free the request right after.
        uint32_t before = atomic_fetch_or(&request->state, IO_STATE_COMPLETED);
        if (before & IO_STATE_ABANDONED)
            io_finish(request);
        else if (before & IO_STATE_RETURNED)
            hal_futex_wake(&request->state, 1);
        return;
    }
    if (atomic_fetch_or(&request->state, IO_STATE_COMPLETED) & (IO_STATE_RETURNED | IO_STATE_ABANDONED))
        io_finish(request);
}

// NTAPI, as everything IofCompleteRequest calls: a call of the other convention would have it save ten XMM registers
// each time.
static NTAPI __attribute__((noinline, cold)) void refuse(PIRP irp)
{
    if (irp->Type != IO_TYPE_IRP || irp->CurrentLocation > irp->StackCount + 1)
        ke_bugcheck(MULTIPLE_IRP_COMPLETE_REQUESTS, (ULONG_PTR)irp, 0, 0, 0,
                    "a request was completed that had been completed before");
    if (irp->IoStatus.Status == STATUS_PENDING || irp->IoStatus.Status == -1)
        ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x6, (ULONG_PTR)(ULONG)irp->IoStatus.Status, (ULONG_PTR)irp, 0,
                    "IoCompleteRequest with IoStatus.Status STATUS_PENDING or -1");
    if (irp->CancelRoutine)
        ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x7, (ULONG_PTR)irp->CancelRoutine, (ULONG_PTR)irp, 0,
                    "IoCompleteRequest of a request whose cancel routine is still set");
    ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0xe, ke_irql(), (ULONG_PTR)irp, 0,
                "IoCompleteRequest above DISPATCH_LEVEL");
}

static bool may_complete(PIRP irp)
{
    return irp->Type == IO_TYPE_IRP && irp->CurrentLocation <= irp->StackCount + 1 &&
           irp->IoStatus.Status != STATUS_PENDING && irp->IoStatus.Status != -1 &&
           !__atomic_load_n(&irp->CancelRoutine, __ATOMIC_RELAXED) && ke_irql() <= DISPATCH_LEVEL;
}

// Not the common end: an associated IRP, a driver's own, or a request whose requester may be elsewhere.
static NTAPI __attribute__((noinline)) void complete_elsewhere(PIRP irp)
{
    if (irp->Flags & IRP_ASSOCIATED_IRP) {
        complete_associated(irp);
        return;
    }
    if (!(irp->AllocationFlags & IO_IRP_HAS_REQUEST) || !io_request(irp)->threaded)
        ke_bugcheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, 0x1, (ULONG_PTR)irp, 0, 0,
                    "a driver's own IRP was completed and no completion routine took it back "
                    "(return STATUS_MORE_PROCESSING_REQUIRED and free it)");
    arrive(io_request(irp));
}

// Within the dispatch routine that the requesting thread called: nobody else can change the state.
static bool is_inline(PIRP irp)
{
    if ((irp->Flags & IRP_ASSOCIATED_IRP) || !(irp->AllocationFlags & IO_IRP_HAS_REQUEST))
        return false;
    struct io_request *request = io_request(irp);
    return request->threaded && atomic_load_explicit(&request->state, memory_order_relaxed) == 0 &&
           request->thread == ps_current_thread();
}

void NTAPI IofCompleteRequest(PIRP irp, CCHAR boost)
{
    (void)boost;
    if (hal_unlikely(!may_complete(irp)))
        refuse(irp);
    if (!walk_up(irp, __builtin_return_address(0)))
        return;
    if (irp->AllocationFlags & IO_IRP_HAS_REQUEST)
        io_request(irp)->pended = irp->PendingReturned;
    if (hal_likely(is_inline(irp)))
        atomic_store_explicit(&io_request(irp)->state, IO_STATE_COMPLETED, memory_order_relaxed);
    else
        complete_elsewhere(irp);
}
