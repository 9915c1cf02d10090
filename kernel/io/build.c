// IRPs that drivers make for other drivers.
//
// A threaded one (synchronous FSD, device control) belongs to the calling thread and is finished by the I/O manager:
// bytes copied, IOSB written, event set, IRP freed. An asynchronous FSD request and an associated IRP are the
// driver's own.
// wdm/nf-wdm-iobuilddeviceiocontrolrequest, -iobuildsynchronousfsdrequest, -iobuildasynchronousfsdrequest,
// ntifs/nf-ntifs-iomakeassociatedirp.
#include "io/io.h"

static struct io_request *new_request(PDEVICE_OBJECT device, UCHAR major)
{
    struct io_request *request = io_allocate_request(device->StackSize);
    if (!request)
        return NULL;
    request->irp.RequestorMode = KernelMode;
    IoGetNextIrpStackLocation(&request->irp)->MajorFunction = major;
    return request;
}

static void make_threaded(struct io_request *request, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    request->threaded = true;
    request->mode = KernelMode;
    request->user_iosb = iosb;
    request->built_event = event;
    request->irp.UserEvent = event;
    request->irp.UserIosb = iosb;
    // Nobody else comes by: the completing side finishes it.
    atomic_store(&request->state, IO_STATE_RETURNED);
    request->returned = STATUS_PENDING;
    io_queue_request(request, ps_current_thread());
}

static bool attach_system_buffer(struct io_request *request, ULONG size, const void *in, ULONG in_length, void *out,
                                 ULONG out_length)
{
    PIRP irp = &request->irp;
    if (size == 0)
        return true;
    if (!(irp->AssociatedIrp.SystemBuffer = ex_allocate(size, EX_TAG('I', 'o', 'S', 'B'))))
        return false;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER | (out ? IRP_INPUT_OPERATION : 0);
    irp->UserBuffer = out;
    request->user_length = out_length;
    if (in)
        __builtin_memcpy(irp->AssociatedIrp.SystemBuffer, in, in_length);
    return true;
}

static bool attach_mdl(struct io_request *request, void *buffer, ULONG length, LOCK_OPERATION operation)
{
    if (!buffer || length == 0)
        return true;
    PMDL mdl = IoAllocateMdl(buffer, length, FALSE, FALSE, &request->irp);
    return mdl && NT_SUCCESS(mm_lock_pages(mdl, KernelMode, operation));
}

static bool attach_control(struct io_request *request, ULONG code, void *in, ULONG in_length, void *out,
                           ULONG out_length)
{
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(&request->irp);
    stack->Parameters.DeviceIoControl.IoControlCode = code;
    stack->Parameters.DeviceIoControl.InputBufferLength = in_length;
    stack->Parameters.DeviceIoControl.OutputBufferLength = out_length;
    switch (code & 3) {
    case METHOD_BUFFERED:
        return attach_system_buffer(request, in_length > out_length ? in_length : out_length, in, in_length, out,
                                    out_length);
    case METHOD_NEITHER:
        request->irp.UserBuffer = out;
        stack->Parameters.DeviceIoControl.Type3InputBuffer = in;
        return true;
    default:
        return attach_system_buffer(request, in_length, in, in_length, NULL, 0) &&
               attach_mdl(request, out, out_length, (code & 3) == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
    }
}

static void discard(struct io_request *request)
{
    io_release_buffers(&request->irp);
    io_free_request(request);
}

// NULL on exhaustion.
PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG code, PDEVICE_OBJECT device, PVOID in, ULONG in_length, PVOID out,
                                         ULONG out_length, BOOLEAN internal, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    struct io_request *request = new_request(device, internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL);
    if (!request)
        return NULL;
    if (!attach_control(request, code, in, in_length, out, out_length)) {
        discard(request);
        return NULL;
    }
    make_threaded(request, event, iosb);
    return &request->irp;
}

static bool attach_transfer(struct io_request *request, PDEVICE_OBJECT device, UCHAR major, PVOID buffer, ULONG length,
                            PLARGE_INTEGER offset)
{
    bool is_read = major == IRP_MJ_READ;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(&request->irp);
    if (major != IRP_MJ_READ && major != IRP_MJ_WRITE)
        return true;
    stack->Parameters.Read.Length = length;
    if (offset)
        stack->Parameters.Read.ByteOffset = *offset;
    if (device->Flags & DO_BUFFERED_IO)
        return attach_system_buffer(request, length, is_read ? NULL : buffer, length, is_read ? buffer : NULL, length);
    if (device->Flags & DO_DIRECT_IO)
        return attach_mdl(request, buffer, length, is_read ? IoWriteAccess : IoReadAccess);
    request->irp.UserBuffer = buffer;
    return true;
}

// Freed by the driver's completion routine (IoFreeIrp), as documented.
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                         PLARGE_INTEGER offset, PIO_STATUS_BLOCK iosb)
{
    struct io_request *request = new_request(device, (UCHAR)major);
    if (!request)
        return NULL;
    if (!attach_transfer(request, device, (UCHAR)major, buffer, length, offset)) {
        discard(request);
        return NULL;
    }
    request->irp.UserIosb = iosb;
    request->irp.Tail.Overlay.Thread = ps_current_thread();
    return &request->irp;
}

PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                        PLARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    PIRP irp = IoBuildAsynchronousFsdRequest(major, device, buffer, length, offset, iosb);
    if (irp)
        make_threaded(io_request(irp), event, iosb);
    return irp;
}

PIRP NTAPI IoMakeAssociatedIrp(PIRP master, CCHAR stack_size)
{
    PIRP irp = IoAllocateIrp(stack_size, FALSE);
    if (!irp)
        return NULL;
    irp->Flags |= IRP_ASSOCIATED_IRP;
    irp->AssociatedIrp.MasterIrp = master;
    irp->Tail.Overlay.Thread = master->Tail.Overlay.Thread;
    return irp;
}

// ---- sending and waiting --------------------------------------------------------------------------------------

static NTSTATUS NTAPI catch_irp(PDEVICE_OBJECT device, PIRP irp, PVOID event)
{
    (void)device;
    if (irp->PendingReturned)
        KeSetEvent(event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// FALSE when there is no stack location for the driver below.
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT device, PIRP irp)
{
    KEVENT event;
    if (irp->CurrentLocation <= 1)
        return FALSE;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, catch_irp, &event, TRUE, TRUE, TRUE);
    if (IofCallDriver(device, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return TRUE;
}

// Context of IoSetCompletionRoutineEx: the driver's image must not go while its routine may be called.
struct held_routine {
    PIO_COMPLETION_ROUTINE routine;
    PVOID context;
    PDEVICE_OBJECT device;
};

static NTSTATUS NTAPI call_held(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct held_routine held = *(struct held_routine *)context;
    ex_free(context);
    NTSTATUS status = held.routine(device, irp, held.context);
    ob_dereference(held.device);
    return status;
}

NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT device, PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context,
                                        BOOLEAN on_success, BOOLEAN on_error, BOOLEAN on_cancel)
{
    struct held_routine *held = ex_allocate(sizeof *held, EX_TAG('I', 'o', 'C', 'r'));
    if (!held)
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(device);
    *held = (struct held_routine){.routine = routine, .context = context, .device = device};
    IoSetCompletionRoutine(irp, call_held, held, on_success, on_error, on_cancel);
    return STATUS_SUCCESS;
}
