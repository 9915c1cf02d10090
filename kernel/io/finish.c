// The end of a request: what the driver answered goes to whoever asked.
//
// The completing side and the requesting side both come by; the second of them runs this, so neither touches the
// request when the other may have freed it. Every kernel thread sees the requester's memory at the same
// addresses, so no APC to the requesting thread is needed for that.
//
// Facts: semantics 4, 5, 11, 12, 15-17.
#include "io/io.h"
#include "dbg/dbg.h"

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
                           request->file ? io_driver_name(request->file->DeviceObject) : "a driver", bytes, capacity, capacity);
        bytes = capacity;
        irp->IoStatus.Information = bytes;
    }
    if (!NT_SUCCESS(mm_copy_out(irp->UserBuffer, irp->AssociatedIrp.SystemBuffer, bytes, request->mode)))
        irp->IoStatus.Status = STATUS_ACCESS_VIOLATION;
}

static void write_iosb(struct io_request *request)
{
    IO_STATUS_BLOCK iosb = request->irp.IoStatus;
    if (!request->user_iosb)
        return;
    // Status last: who polls it must find Information there.
    mm_copy_out(&request->user_iosb->Information, &iosb.Information, sizeof iosb.Information, request->mode);
    atomic_thread_fence(memory_order_release);
    mm_copy_out(&request->user_iosb->Status, &iosb.Status, sizeof iosb.Status, request->mode);
}

static void tell(struct io_request *request)
{
    PFILE_OBJECT file = request->file;
    NTSTATUS status = request->irp.IoStatus.Status;
    if (request->event)
        KeSetEvent(request->event, 0, FALSE);
    if (file && (!request->event || request->synchronous)) {
        file->FinalStatus = status;
        KeSetEvent(&file->Event, 0, FALSE);
    }
}

void io_finish(struct io_request *request)
{
    PIRP irp = &request->irp;
    if (!(atomic_load(&request->state) & IO_STATE_ABANDONED)) {
        copy_back(request);
        NTSTATUS status = irp->IoStatus.Status;
        bool pended = request->pended || request->returned == STATUS_PENDING;
        bool report = request->synchronous ? !NT_ERROR(status) : !NT_ERROR(status) || pended;
        io_release_buffers(irp);
        if (report)
            write_iosb(request);
        if (report || request->synchronous)
            tell(request);
    } else {
        io_release_buffers(irp);
    }
    io_dequeue_request(request);
    if (request->event)
        ob_dereference(request->event);
    PFILE_OBJECT file = request->file;
    io_free_request(request);
    if (file)
        ob_dereference(file);
}
