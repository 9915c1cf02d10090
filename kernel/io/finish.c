// The end of a request: what the driver answered goes to whoever asked.
//
// The completing side and the requesting side both come by; the second of them runs this, so neither touches the
// request when the other may have freed it. Every kernel thread sees the requester's memory at the same
// addresses, so no APC to the requesting thread is needed for that.
//
// Facts: semantics 4, 5, 11, 12, 15-17.
#include "io/io.h"
#include "dbg/dbg.h"

// The thread that finishes a request may belong to another process than the one that asked.
static NTSTATUS copy_to_requester(const struct io_request *request, void *to, const void *from, size_t bytes)
{
    if (request->mode == KernelMode)
        return mm_copy_out(to, from, bytes, KernelMode);
    return mm_copy_to_process(&request->thread->process->Pcb, to, from, bytes);
}

// SystemBuffer -> the caller, Information bytes of it.
static void copy_back(struct io_request *request)
{
    PIRP irp = &request->irp;
    NTSTATUS status = irp->IoStatus.Status;
    if (!(irp->Flags & IRP_INPUT_OPERATION) || NT_ERROR(status) || status == STATUS_VERIFY_REQUIRED)
        return;
    if (!irp->AssociatedIrp.SystemBuffer || irp->IoStatus.Information == 0)
        return;
    size_t bytes = irp->IoStatus.Information;
    size_t capacity = request->user_length;
    if (bytes > capacity) {
        dbg_kernel_message("%s answered %zu bytes into a buffer of %zu (IoStatus.Information is too large); "
                           "%zu bytes were copied. On Windows this leaks kernel memory to the application.\n",
                           request->file ? io_driver_name(request->file->DeviceObject) : "a driver", bytes, capacity,
                           capacity);
        bytes = capacity;
        irp->IoStatus.Information = bytes;
    }
    if (!NT_SUCCESS(copy_to_requester(request, irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, bytes)))
        irp->IoStatus.Status = STATUS_ACCESS_VIOLATION;
}

static void write_iosb(struct io_request *request)
{
    IO_STATUS_BLOCK iosb = request->irp.IoStatus;
    if (!request->user_iosb)
        return;
    // Status last: who polls it must find Information there.
    copy_to_requester(request, &request->user_iosb->Information, &iosb.Information, sizeof iosb.Information);
    atomic_thread_fence(memory_order_release);
    copy_to_requester(request, &request->user_iosb->Status, &iosb.Status, sizeof iosb.Status);
}

static void signal(struct io_request *request)
{
    PFILE_OBJECT file = request->file;
    if (request->built_event)
        KeSetEvent(request->built_event, 0, FALSE);
    if (request->event)
        KeSetEvent(request->event, 0, FALSE);
    if (!file || (request->event && !request->synchronous))
        return;
    // Others may finish requests of the same file, or close it, at the same time.
    __atomic_store_n(&file->FinalStatus, request->irp.IoStatus.Status, __ATOMIC_RELAXED);
    if (request->synchronous || !(__atomic_load_n(&file->Flags, __ATOMIC_RELAXED) & FO_SKIP_SET_EVENT))
        ke_signal_event(&file->Event);
}

// Windows 8 and later skip the packet only for success statuses (semantics 17).
static bool skips_packet(const struct io_request *request)
{
    return !request->pended && request->returned != STATUS_PENDING && NT_SUCCESS(request->irp.IoStatus.Status) &&
           (request->file->Flags & FO_SKIP_COMPLETION_PORT);
}

static void post(struct io_request *request)
{
    struct io_packet *packet = request->packet;
    if (!packet || skips_packet(request))
        return;
    packet->information = (FILE_IO_COMPLETION_INFORMATION){
        .KeyContext = request->port_key, .ApcContext = request->apc_context, .IoStatusBlock = request->irp.IoStatus};
    request->packet = NULL;
    io_post_packet(request->port, packet);
}

static void NTAPI free_apc(PKAPC apc)
{
    ex_free(apc);
}

static void NTAPI apc_taken(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)routine, (void)context, (void)argument1, (void)argument2;
    ex_free(apc);
}

// IoApcRoutine(context, iosb, 0), in the thread that asked.
static void queue_apc(struct io_request *request)
{
    PKAPC apc = request->user_apc;
    request->user_apc = NULL;
    if (!apc)
        return;
    KeInitializeApc(apc, &request->thread->Tcb, OriginalApcEnvironment, apc_taken, free_apc, request->apc, UserMode,
                    request->apc_context);
    if (!KeInsertQueueApc(apc, request->user_iosb, NULL, 0))
        ex_free(apc);
}

static void report(struct io_request *request)
{
    NTSTATUS status = request->irp.IoStatus.Status;
    bool pended = request->pended || request->returned == STATUS_PENDING;
    if (hal_unlikely(pended && !request->pended) && request->file)
        dbg_kernel_message("%s returned STATUS_PENDING for a request that it had not marked with IoMarkIrpPending\n",
                           io_driver_name(request->file->DeviceObject));
    bool tell = request->synchronous ? !NT_ERROR(status) : !NT_ERROR(status) || pended;
    if (tell)
        write_iosb(request);
    if (tell || request->synchronous || request->built_event)
        signal(request);
    if (tell) {
        post(request);
        queue_apc(request);
    }
}

void io_finish(struct io_request *request)
{
    bool abandoned = atomic_load(&request->state) & IO_STATE_ABANDONED;
    if (!abandoned)
        copy_back(request);
    io_release_buffers(&request->irp);
    if (!abandoned)
        report(request);
    if (request->event)
        ob_dereference(request->event);
    if (request->port)
        ob_dereference(request->port);
    if (request->packet)
        ex_free(request->packet);
    if (request->user_apc)
        ex_free(request->user_apc);
    PFILE_OBJECT file = request->synchronous && !abandoned ? NULL : request->file;
    if (io_dequeue_request(request))
        io_free_request(request);
    if (file)
        ob_dereference(file);
}
