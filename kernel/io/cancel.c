// Cancellation. A driver that keeps a request sets a cancel routine; IoCancelIrp takes it out, under the cancel
// spin lock, and calls it; the routine releases the lock.
//
// Whoever cancels somebody's requests walks a thread's list. A request may end at any moment, so the walker holds
// it (holds, under the list's lock); a request that ends while held is freed by the last holder.
//
// Facts: semantics 22-24; wdm/nf-wdm-iocancelirp, -ioacquirecancelspinlock.
#include "io/io.h"
#include "dbg/dbg.h"

static KSPIN_LOCK cancel_lock;
static struct _KTHREAD *lock_owner; // under the lock

void NTAPI IoAcquireCancelSpinLock(PKIRQL irql)
{
    *irql = KeAcquireSpinLockRaiseToDpc(&cancel_lock);
    __atomic_store_n(&lock_owner, ke_current_thread(), __ATOMIC_RELAXED);
}

void NTAPI IoReleaseCancelSpinLock(KIRQL irql)
{
    __atomic_store_n(&lock_owner, NULL, __ATOMIC_RELAXED);
    KeReleaseSpinLock(&cancel_lock, irql);
}

// A cancel routine that ends in a bugcheck may have released the lock or not.
__attribute__((noinline)) static void call_cancel_routine(PDRIVER_CANCEL routine, PDEVICE_OBJECT device, PIRP irp)
{
    struct ke_recovery recovery = {.what = "a cancel routine"};
    PDEVICE_OBJECT volatile of_driver = device;
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        routine(device, irp);
    } else {
        if (__atomic_load_n(&lock_owner, __ATOMIC_RELAXED) == ke_current_thread()) {
            __atomic_store_n(&lock_owner, NULL, __ATOMIC_RELAXED);
            KeReleaseSpinLockFromDpcLevel(&cancel_lock);
        }
        if (of_driver)
            io_mark_failed(CONTAINING_RECORD(of_driver->DriverObject, struct io_driver, object));
    }
    ke_pop_recovery(&recovery);
}

// TRUE when there was a cancel routine and it has been called; Cancel stays TRUE either way.
BOOLEAN NTAPI IoCancelIrp(PIRP irp)
{
    KIRQL entered = ke_irql();
    KIRQL irql;
    IoAcquireCancelSpinLock(&irql);
    __atomic_store_n(&irp->Cancel, TRUE, __ATOMIC_SEQ_CST);
    PDRIVER_CANCEL routine = __atomic_exchange_n(&irp->CancelRoutine, NULL, __ATOMIC_SEQ_CST);
    if (!routine) {
        IoReleaseCancelSpinLock(irql);
        return FALSE;
    }
    if (irp->CurrentLocation > irp->StackCount + 1) {
        IoReleaseCancelSpinLock(irql); // other drivers go on
        ke_bugcheck(CANCEL_STATE_IN_COMPLETED_IRP, (ULONG_PTR)irp, 0, 0, 0, "a completed request is cancelled");
    }
    irp->CancelIrql = irql;
    call_cancel_routine(
        routine, irp->CurrentLocation <= irp->StackCount ? IoGetCurrentIrpStackLocation(irp)->DeviceObject : NULL, irp);
    ke_set_irql(entered);
    return TRUE;
}

// ---- walking a thread's requests ------------------------------------------------------------------------------

struct filter {
    PFILE_OBJECT file;     // NULL: any
    PIO_STATUS_BLOCK iosb; // NULL: any
    bool synchronous_only;
    unsigned pass; // so that one walk meets each request once
};

static unsigned next_pass(void)
{
    static _Atomic unsigned passes;
    return atomic_fetch_add(&passes, 1) + 1;
}

static bool matches(const struct io_request *request, const struct filter *filter)
{
    return request->cancel_pass != filter->pass && (!filter->file || request->file == filter->file) &&
           (!filter->iosb || request->user_iosb == filter->iosb) && (!filter->synchronous_only || request->synchronous);
}

// The next request of the thread that the filter wants, held; NULL none.
static struct io_request *hold_next(struct _ETHREAD *thread, const struct filter *filter)
{
    struct io_request *found = NULL;
    hal_spin_lock(&thread->irp_lock);
    for (LIST_ENTRY *entry = thread->irps.Flink; !found && entry != &thread->irps; entry = entry->Flink) {
        struct io_request *request = io_request(CONTAINING_RECORD(entry, IRP, ThreadListEntry));
        if (!matches(request, filter))
            continue;
        request->cancel_pass = filter->pass;
        request->holds++;
        found = request;
    }
    hal_spin_unlock(&thread->irp_lock);
    return found;
}

static void let_go(struct _ETHREAD *thread, struct io_request *request)
{
    hal_spin_lock(&thread->irp_lock);
    bool last = --request->holds == 0 && request->ended;
    hal_spin_unlock(&thread->irp_lock);
    if (last)
        io_free_request(request);
}

static unsigned cancel_matching(struct _ETHREAD *thread, const struct filter *filter)
{
    unsigned count = 0;
    struct io_request *request;
    while ((request = hold_next(thread, filter))) {
        IoCancelIrp(&request->irp);
        let_go(thread, request);
        count++;
    }
    return count;
}

// ---- the services ---------------------------------------------------------------------------------------------

static NTSTATUS answer(PIO_STATUS_BLOCK user, NTSTATUS status, KPROCESSOR_MODE mode)
{
    IO_STATUS_BLOCK iosb = {.Status = status};
    NTSTATUS copied = mm_copy_out(user, &iosb, sizeof iosb, mode);
    return NT_SUCCESS(copied) ? status : copied;
}

// This thread's requests on the file.
NTSTATUS NTAPI NtCancelIoFile(HANDLE handle, PIO_STATUS_BLOCK iosb)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *file;
    NTSTATUS status = mm_probe_write(iosb, sizeof *iosb, mode);
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, 0, &io_file_type, mode, &file, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct filter filter = {.file = file, .pass = next_pass()};
    cancel_matching(ps_current_thread(), &filter);
    ob_dereference(file);
    return answer(iosb, STATUS_SUCCESS, mode);
}

static unsigned cancel_in_process(struct _EPROCESS *process, const struct filter *filter)
{
    unsigned count = 0;
    for (struct _ETHREAD *thread = ps_next_thread(process, NULL); thread; thread = ps_next_thread(process, thread))
        count += cancel_matching(thread, filter);
    return count;
}

// Any thread's requests of this process on the file; one of them when request is its IOSB. STATUS_NOT_FOUND: none.
NTSTATUS NTAPI NtCancelIoFileEx(HANDLE handle, PIO_STATUS_BLOCK request, PIO_STATUS_BLOCK iosb)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *file;
    NTSTATUS status = mm_probe_write(iosb, sizeof *iosb, mode);
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, 0, &io_file_type, mode, &file, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct filter filter = {.file = file, .iosb = request, .pass = next_pass()};
    unsigned count = cancel_in_process(ps_current_process(), &filter);
    ob_dereference(file);
    return answer(iosb, count ? STATUS_SUCCESS : STATUS_NOT_FOUND, mode);
}

// The synchronous requests another thread is in.
NTSTATUS NTAPI NtCancelSynchronousIoFile(HANDLE handle, PIO_STATUS_BLOCK request, PIO_STATUS_BLOCK iosb)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *thread;
    NTSTATUS status = mm_probe_write(iosb, sizeof *iosb, mode);
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, THREAD_TERMINATE, &ps_thread_type, mode, &thread, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct filter filter = {.iosb = request, .synchronous_only = true, .pass = next_pass()};
    unsigned count = cancel_matching(thread, &filter);
    ob_dereference(thread);
    return answer(iosb, count ? STATUS_SUCCESS : STATUS_NOT_FOUND, mode);
}

void NTAPI IoCancelThreadIo(PETHREAD thread)
{
    struct filter filter = {.pass = next_pass()};
    cancel_matching(thread, &filter);
}

// ---- the end of a thread ----------------------------------------------------------------------------------------

// A request its driver will not let go of: named in the log, taken off the thread. Whoever completes it at last
// frees it.
static void disown(struct _ETHREAD *thread, struct io_request *request)
{
    PIRP irp = &request->irp;
    PIO_STACK_LOCATION stack = irp->CurrentLocation <= irp->StackCount ? IoGetCurrentIrpStackLocation(irp) : NULL;
    hal_spin_lock(&thread->irp_lock);
    if (!request->ended) {
        RemoveEntryList(&irp->ThreadListEntry);
        InitializeListHead(&irp->ThreadListEntry);
        request->thread = NULL;
    }
    hal_spin_unlock(&thread->irp_lock);
    dbg_kernel_message("%s keeps %s (IRP %p) of device %p, %llu ms old, after its thread has ended; it has no cancel "
                       "routine, or the routine did not complete it\n",
                       stack && stack->DeviceObject ? io_driver_name(stack->DeviceObject) : "a driver",
                       stack ? io_major_name(stack->MajorFunction) : "a request", (void *)irp,
                       stack ? (void *)stack->DeviceObject : NULL,
                       (unsigned long long)((hal_monotonic_ns() - request->issued_ns) / 1000000));
    let_go(thread, request);
    if (atomic_fetch_or(&request->state, IO_STATE_ABANDONED) & IO_STATE_COMPLETED)
        io_finish(request);
}

void io_leave_behind(struct io_request *request)
{
    struct _ETHREAD *thread = ps_current_thread();
    if (request->file)
        ob_reference(request->file); // it is the request's own from here on
    hal_spin_lock(&thread->irp_lock);
    request->holds++;
    hal_spin_unlock(&thread->irp_lock);
    disown(thread, request);
}

// Every request of a thread that ends is cancelled, and its completion waited for, up to a limit.
void io_cancel_thread_requests(struct _ETHREAD *thread)
{
    enum { ROUND_NS = 5000000, ROUNDS = 200 };
    _Atomic uint32_t never = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct filter filter = {.pass = next_pass()};
        if (cancel_matching(thread, &filter) == 0)
            return;
        uint64_t soon = hal_monotonic_ns() + (round < 3 ? 0 : ROUND_NS);
        hal_futex_wait(&never, 0, &soon);
    }
    struct filter filter = {.pass = next_pass()};
    struct io_request *request;
    while ((request = hold_next(thread, &filter)))
        disown(thread, request);
}
