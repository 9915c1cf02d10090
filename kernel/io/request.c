// What every request does: reference the file object, take the synchronous lock, allocate the IRP, send it,
// wait or return. Read, write, ioctl and the others say only what is theirs.
//
// Facts: semantics 8, 11-16, 20, 34, 42.
#include "io/io.h"
#include "io/trace.h"
#include "dbg/dbg.h"

PDEVICE_OBJECT io_related_device(PFILE_OBJECT file)
{
    if (hal_likely(!file->DeviceObject->AttachedDevice))
        return file->DeviceObject;
    return IoGetAttachedDevice(file->DeviceObject);
}

PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT file)
{
    return io_related_device(file);
}

// ---- the synchronous lock: one request at a time on a synchronous file object --------------------------------

NTSTATUS io_lock_file(PFILE_OBJECT file, KPROCESSOR_MODE mode)
{
    if (hal_likely(!__atomic_exchange_n(&file->Busy, 1, __ATOMIC_ACQUIRE)))
        return STATUS_SUCCESS;
    NTSTATUS status = STATUS_SUCCESS;
    __atomic_add_fetch(&file->Waiters, 1, __ATOMIC_SEQ_CST);
    while (__atomic_exchange_n(&file->Busy, 1, __ATOMIC_SEQ_CST)) {
        BOOLEAN alertable = (file->Flags & FO_ALERTABLE_IO) != 0;
        // User mode, so that the exit of the waiting thread ends the wait.
        status = KeWaitForSingleObject(&file->Lock, Executive, mode, alertable, NULL);
        if (status != STATUS_SUCCESS)
            break;
    }
    __atomic_sub_fetch(&file->Waiters, 1, __ATOMIC_SEQ_CST);
    return status;
}

void io_unlock_file(PFILE_OBJECT file)
{
    __atomic_store_n(&file->Busy, 0, __ATOMIC_SEQ_CST);
    if (hal_unlikely(__atomic_load_n(&file->Waiters, __ATOMIC_SEQ_CST)))
        KeSetEvent(&file->Lock, 0, FALSE);
}

// ---- begin --------------------------------------------------------------------------------------------------

static NTSTATUS take_event(struct io_call *call, HANDLE handle)
{
    void *event;
    if (hal_likely(!handle))
        return STATUS_SUCCESS;
    NTSTATUS status = ob_reference_by_handle(handle, EVENT_MODIFY_STATE, &ob_event_type, call->mode, &event, NULL);
    if (NT_SUCCESS(status)) {
        call->event = event;
        KeClearEvent(event);
    }
    return status;
}

NTSTATUS io_begin(struct io_call *call, UCHAR major, const struct io_parameters *parameters, ACCESS_MASK wanted,
                  bool any)
{
    void *file;
    *call = (struct io_call){.major = major,
                             .mode = ExGetPreviousMode(),
                             .iosb = parameters->iosb,
                             .apc = (PKNORMAL_ROUTINE)parameters->apc,
                             .apc_context = parameters->apc_context};
    if (call->mode != KernelMode && !(mm_is_user_range(parameters->iosb, sizeof *parameters->iosb) &&
                                      hal_touch_write_own(parameters->iosb, sizeof *parameters->iosb)))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status =
        ob_reference_by_handle(parameters->file, any ? 0 : wanted, &io_file_type, call->mode, &file, &call->granted);
    if (!NT_SUCCESS(status))
        return status;
    call->file = file;
    if (any && wanted && call->mode == UserMode && !(call->granted & wanted))
        status = STATUS_ACCESS_DENIED;
    else if (call->apc && call->file->CompletionContext)
        status = STATUS_INVALID_PARAMETER;
    else
        status = take_event(call, parameters->event);
    if (NT_SUCCESS(status) && (call->synchronous = (call->file->Flags & FO_SYNCHRONOUS_IO) != 0)) {
        status = io_lock_file(call->file, call->mode);
        call->locked = NT_SUCCESS(status);
    }
    if (status != STATUS_SUCCESS)
        return io_abandon(call, status);
    if (ke_state(&call->file->Event.Header))
        KeClearEvent(&call->file->Event);
    call->device = io_related_device(call->file);
    return status;
}

// What the end of the request will need, so that it cannot fail then: the packet of the port, the APC.
static NTSTATUS prepare_notification(struct io_call *call)
{
    struct io_request *request = call->request;
    PIO_COMPLETION_CONTEXT completion = call->file->CompletionContext;
    if (call->apc && !(request->user_apc = ex_allocate_zeroed(sizeof(KAPC), EX_TAG('I', 'o', 'A', 'p'))))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!completion || call->synchronous || !call->apc_context)
        return STATUS_SUCCESS;
    if (!(request->packet = io_allocate_packet()))
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(completion->Port);
    request->port = completion->Port;
    request->port_key = completion->Key;
    return STATUS_SUCCESS;
}

NTSTATUS io_prepare(struct io_call *call)
{
    if (hal_unlikely(call->mode == UserMode && mm_quota_is_full()))
        return STATUS_QUOTA_EXCEEDED;
    struct io_request *request = io_allocate_request(call->device->StackSize);
    if (!request)
        return STATUS_INSUFFICIENT_RESOURCES;
    PIRP irp = &request->irp;
    request->threaded = true;
    request->mode = call->mode;
    request->user_iosb = call->iosb;
    request->apc = call->apc;
    request->apc_context = call->apc_context;
    irp->RequestorMode = call->mode;
    irp->UserIosb = call->iosb;
    irp->UserEvent = call->event;
    irp->Tail.Overlay.OriginalFileObject = call->file;
    irp->Overlay.AsynchronousParameters.UserApcContext = call->apc_context;
    irp->Flags = call->synchronous ? IRP_SYNCHRONOUS_API : 0;
    call->request = request;
    call->irp = irp;
    call->stack = IoGetNextIrpStackLocation(irp);
    call->stack->MajorFunction = call->major;
    call->stack->FileObject = call->file;
    return hal_likely(!call->apc && !call->file->CompletionContext) ? STATUS_SUCCESS : prepare_notification(call);
}

NTSTATUS io_abandon(struct io_call *call, NTSTATUS status)
{
    if (call->request) {
        io_release_buffers(call->irp);
        if (call->request->port)
            ob_dereference(call->request->port);
        if (call->request->packet)
            ex_free(call->request->packet);
        if (call->request->user_apc)
            ex_free(call->request->user_apc);
        io_free_request(call->request);
    }
    if (call->locked)
        io_unlock_file(call->file);
    if (call->event)
        ob_dereference(call->event);
    ob_dereference(call->file);
    return status;
}

// ---- send ---------------------------------------------------------------------------------------------------

__attribute__((noinline)) NTSTATUS io_call_driver_guarded(PDEVICE_OBJECT device, PIRP irp, bool *failed)
{
    struct ke_recovery recovery = {.what = "a dispatch routine",
                                   .request = irp,
                                   .device = device,
                                   .major = IoGetNextIrpStackLocation(irp)->MajorFunction};
    struct io_driver *volatile driver = CONTAINING_RECORD(device->DriverObject, struct io_driver, object);
    NTSTATUS status;
    ke_push_recovery(&recovery);
    if (hal_likely(!__builtin_setjmp(recovery.jump))) {
        status = IofCallDriver(device, irp);
        *failed = false;
    } else {
        io_mark_failed(driver);
        status = STATUS_DRIVER_INTERNAL_ERROR;
        *failed = true;
    }
    ke_pop_recovery(&recovery);
    return status;
}

enum { PATIENCE_NS = 1000000000 };

static bool is_completed(struct io_request *request)
{
    return atomic_load_explicit(&request->state, memory_order_acquire) & IO_STATE_COMPLETED;
}

// The requester of a synchronous request waits in kernel mode. When its thread must go, it asks for cancellation once and
// waits a while longer; false: the driver does not let go of the request.
static bool wait_for_completion(struct io_request *request)
{
    struct _KTHREAD *thread = ke_current_thread();
    uint64_t cancelled_ns = 0;
    request->issued_ns = hal_monotonic_ns();
    atomic_fetch_or(&request->state, IO_STATE_RETURNED);
    while (!is_completed(request)) {
        uint64_t now = hal_monotonic_ns(), soon = now + 50000000;
        if (request->mode == UserMode && thread->terminating && !cancelled_ns) {
            cancelled_ns = now;
            IoCancelIrp(&request->irp);
            continue;
        }
        if (cancelled_ns && now - cancelled_ns > PATIENCE_NS)
            return false;
        hal_futex_wait(&request->state, IO_STATE_RETURNED, &soon);
    }
    return true;
}

// A driver that answered and kept the request would leave its caller hanging, or write into memory that is gone.
static NTSTATUS forget_request(struct io_call *call, NTSTATUS returned, bool failed)
{
    struct io_request *request = call->request;
    request->issued_ns = hal_monotonic_ns();
    if (io_tracing())
        io_trace_abandoned(call->device, request, returned);
    if (failed) {
        // The driver is stopped: nobody will complete it, so it must hold neither the file nor the thread's exit.
        io_dequeue_request(request);
        request->thread = NULL;
        if (request->file && !request->synchronous)
            ob_dereference(request->file);
        request->file = NULL;
    } else {
        dbg_kernel_message("%s returned 0x%08X from %s without completing the request (complete it, or mark it "
                           "pending and return STATUS_PENDING)\n",
                           io_driver_name(call->device), (unsigned)returned, io_major_name(call->major));
    }
    if (request->synchronous && request->file)
        ob_reference(request->file); // it is the request's own from here on
    uint32_t before = atomic_fetch_or(&request->state, IO_STATE_ABANDONED | IO_STATE_RETURNED);
    if (before & IO_STATE_COMPLETED)
        io_finish(request);
    return returned;
}

// Of a request that a device with nothing below it left pending. A stack may mark its topmost location later, in a
// completion routine.
static bool was_marked(struct io_request *request)
{
    PIRP irp = &request->irp;
    if (irp->StackCount > 1)
        return true;
    PIO_STACK_LOCATION only = (PIO_STACK_LOCATION)(irp + 1);
    return (__atomic_load_n(&only->Control, __ATOMIC_ACQUIRE) & SL_PENDING_RETURNED) ||
           __atomic_load_n(&irp->PendingReturned, __ATOMIC_RELAXED);
}

// Windows never ends such a request: it takes the end of reads, writes and creates for the requester's to finish
// (semantics 14). A control it does end, when the driver completes it.
static bool never_ends(struct io_request *request)
{
    return (request->irp.Flags & IRP_DEFER_IO_COMPLETION) && !is_completed(request) && !was_marked(request);
}

static NTSTATUS finish_synchronous(struct io_call *call, NTSTATUS returned, bool failed)
{
    struct io_request *request = call->request;
    if (hal_unlikely(returned == STATUS_PENDING && never_ends(request))) {
        forget_request(call, returned, failed);
        return STATUS_DRIVER_INTERNAL_ERROR;
    }
    if (hal_unlikely(returned == STATUS_PENDING && !wait_for_completion(request))) {
        io_leave_behind(request);
        return STATUS_CANCELLED;
    }
    if (hal_unlikely(!is_completed(request)))
        return forget_request(call, returned, failed);
    request->returned = returned;
    NTSTATUS status = returned == STATUS_PENDING ? request->irp.IoStatus.Status : returned;
    io_finish(request);
    return status;
}

enum { PENDED_BYTES = 1024 }; // what a request that waits takes, about

static NTSTATUS finish_asynchronous(struct io_call *call, NTSTATUS returned, bool failed)
{
    struct io_request *request = call->request;
    if (hal_unlikely(returned != STATUS_PENDING && failed && !is_completed(request)))
        return forget_request(call, returned, failed);
    request->returned = returned;
    request->issued_ns = returned == STATUS_PENDING ? hal_monotonic_ns() : 0;
    if (returned == STATUS_PENDING && request->mode == UserMode)
        mm_charge_anyway(&request->charge, PENDED_BYTES);
    if (atomic_fetch_or(&request->state, IO_STATE_RETURNED) & IO_STATE_COMPLETED)
        io_finish(request);
    return returned;
}

NTSTATUS io_dispatch(struct io_call *call)
{
    struct io_request *request = call->request;
    PFILE_OBJECT file = call->file;
    bool failed, locked = call->locked;
    KIRQL irql = ke_irql();
    request->synchronous = call->synchronous;
    request->event = call->event;
    request->file = file;
    io_queue_request(request, ps_current_thread());
    NTSTATUS status = io_call_driver_guarded(call->device, call->irp, &failed);
    if (hal_unlikely(ke_irql() != irql)) {
        dbg_kernel_message("%s returned from %s at IRQL %u, was called at %u\n", io_driver_name(call->device),
                           io_major_name(call->major), ke_irql(), irql);
        ke_set_irql(irql);
    }
    status = call->synchronous ? finish_synchronous(call, status, failed) : finish_asynchronous(call, status, failed);
    if (locked)
        io_unlock_file(file);
    if (call->synchronous)
        ob_dereference(file);
    // A driver's alertable wait in the caller's context may have been ended by one (semantics 25).
    if (hal_unlikely(ke_current_thread()->user_apc_due) && call->mode == UserMode && ke_run_user_apcs)
        ke_run_user_apcs();
    return status;
}

NTSTATUS io_send_and_wait(PDEVICE_OBJECT device, struct io_request *request, PIO_STATUS_BLOCK iosb)
{
    bool failed;
    request->synchronous = true;
    request->threaded = true;
    request->mode = KernelMode;
    io_queue_request(request, ps_current_thread());
    NTSTATUS status = io_call_driver_guarded(device, &request->irp, &failed);
    if (status == STATUS_PENDING) {
        wait_for_completion(request);
    } else if (!is_completed(request)) {
        struct io_call call = {.request = request, .device = device, .major = 0};
        iosb->Status = status;
        iosb->Information = 0;
        return forget_request(&call, status, failed);
    }
    *iosb = request->irp.IoStatus;
    if (status == STATUS_PENDING)
        status = iosb->Status;
    request->returned = status;
    io_finish(request);
    return status;
}
