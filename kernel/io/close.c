// Closing: IRP_MJ_CLEANUP when the last handle goes, IRP_MJ_CLOSE when the last reference goes.
//
//      open --last handle closed: CLEANUP, in the closer's context--> referenced only
//           --last reference dropped: CLOSE, at PASSIVE_LEVEL--> gone; the device counts one open less
//
// Requests may still arrive between the two. What the driver answers to either is ignored.
// Facts: semantics 32, 33.
#include "io/io.h"
#include "dbg/dbg.h"

struct io_request *io_allocate_patiently(CCHAR stack_size)
{
    enum { MOST_TRIES = 1000, PAUSE_NS = 1000000 };
    struct io_request *request = io_allocate_request(stack_size);
    _Atomic uint32_t never = 0;
    for (int tries = 0; !request && tries < MOST_TRIES; tries++) {
        uint64_t soon = hal_monotonic_ns() + PAUSE_NS;
        hal_futex_wait(&never, 0, &soon);
        request = io_allocate_request(stack_size);
    }
    return request;
}

static NTSTATUS send(PFILE_OBJECT file, UCHAR major, ULONG flags)
{
    PDEVICE_OBJECT top = io_related_device(file);
    IO_STATUS_BLOCK iosb = {0};
    struct io_request *request = io_allocate_patiently(top->StackSize);
    if (!request) {
        dbg_kernel_message("%s: no memory for %s; it is not told\n", io_driver_name(top), io_major_name(major));
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PIRP irp = &request->irp;
    irp->RequestorMode = KernelMode;
    irp->Flags = flags | IRP_SYNCHRONOUS_API;
    irp->Tail.Overlay.OriginalFileObject = file;
    irp->UserIosb = &iosb;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    stack->MajorFunction = major;
    stack->FileObject = file;
    return io_send_and_wait(top, request, &iosb);
}

void io_close_handle(void *object, const struct ob_close *close)
{
    PFILE_OBJECT file = object;
    if (close->system_handles != 1 || !file->DeviceObject) // a driver may make a file object without one
        return;
    bool locked = (file->Flags & FO_SYNCHRONOUS_IO) && NT_SUCCESS(io_lock_file(file, KernelMode));
    __atomic_fetch_or(&file->Flags, FO_CLEANUP_COMPLETE, __ATOMIC_RELAXED);
    send(file, IRP_MJ_CLEANUP, IRP_CLOSE_OPERATION);
    if (locked)
        io_unlock_file(file);
}

void io_destroy_file(void *object)
{
    PFILE_OBJECT file = object;
    PDEVICE_OBJECT device = file->DeviceObject;
    if (device) {
        // The driver may look at the file object during CLOSE, so it must not be destroyed twice.
        atomic_store(&ob_header(file)->pointers, 0x40000000);
        send(file, IRP_MJ_CLOSE, IRP_CLOSE_OPERATION);
        atomic_store(&ob_header(file)->pointers, 0);
    }
    if (file->FileName.Buffer)
        ex_free(file->FileName.Buffer);
    if (file->CompletionContext) {
        ob_dereference(file->CompletionContext->Port);
        ex_free(file->CompletionContext);
    }
    if (device) {
        io_dereference_device(device);
        ob_dereference(device);
    }
}
