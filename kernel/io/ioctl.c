// Device and file system control: IRP_MJ_DEVICE_CONTROL, IRP_MJ_FILE_SYSTEM_CONTROL.
//
// The low two bits of the code choose how the buffers travel:
//
//     METHOD_BUFFERED    one SystemBuffer of max(in, out): input copied in, Information bytes copied out
//     METHOD_IN_DIRECT   input in SystemBuffer, the output buffer locked for reading
//     METHOD_OUT_DIRECT  input in SystemBuffer, the output buffer locked for writing
//     METHOD_NEITHER     both addresses as they are
//
// Facts: semantics 8, 37-39.
#include "io/io.h"
#include "io/trace.h"

struct control {
    ULONG code;
    PVOID in, out;
    ULONG in_length, out_length;
};

static ULONG method(const struct control *control)
{
    return control->code & 3;
}

static NTSTATUS attach_input(struct io_call *call, const struct control *control, ULONG size)
{
    PIRP irp = call->irp;
    if (size == 0)
        return STATUS_SUCCESS;
    NTSTATUS status = io_charge_buffer(call, size);
    if (!NT_SUCCESS(status))
        return status;
    void *system = ex_allocate(size, EX_TAG('I', 'o', 'S', 'B'));
    if (!system)
        return STATUS_INSUFFICIENT_RESOURCES;
    irp->AssociatedIrp.SystemBuffer = system;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return mm_copy_in(system, control->in, control->in_length, call->mode);
}

static NTSTATUS attach_buffers(struct io_call *call, const struct control *control)
{
    NTSTATUS status;
    ULONG larger = control->in_length > control->out_length ? control->in_length : control->out_length;
    switch (method(control)) {
    case METHOD_BUFFERED:
        status = mm_probe_write(control->out, control->out_length, call->mode);
        if (NT_SUCCESS(status))
            status = attach_input(call, control, larger);
        call->irp->UserBuffer = control->out;
        call->request->user_length = control->out_length;
        if (control->out_length)
            call->irp->Flags |= IRP_INPUT_OPERATION;
        return status;
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        status = attach_input(call, control, control->in_length);
        if (NT_SUCCESS(status) && control->out)
            status = io_lock_buffer(call, control->out, control->out_length,
                                    method(control) == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess);
        return status;
    default:
        call->irp->UserBuffer = control->out;
        call->stack->Parameters.DeviceIoControl.Type3InputBuffer = control->in;
        return STATUS_SUCCESS;
    }
}

// FastIoDeviceControl first, where the driver has one; true when it did the work.
static bool try_fast(struct io_call *call, const struct control *control, NTSTATUS *status)
{
    PFAST_IO_DISPATCH fast = call->device->DriverObject->FastIoDispatch;
    IO_STATUS_BLOCK result = {0};
    if (call->major != IRP_MJ_DEVICE_CONTROL || !fast ||
        fast->SizeOfFastIoDispatch < offsetof(FAST_IO_DISPATCH, FastIoDeviceControl) + sizeof(PVOID) ||
        !fast->FastIoDeviceControl)
        return false;
    uint64_t begun_ns = io_tracing() ? hal_monotonic_ns() : 0;
    if (!fast->FastIoDeviceControl(call->file, TRUE, control->in, control->in_length, control->out, control->out_length,
                                   control->code, &result, call->device))
        return false;
    if (hal_unlikely(begun_ns != 0))
        io_trace_fast(&(struct io_trace_fast){call->device, call->file, control->code, control->in_length,
                                              control->out_length, &result, begun_ns});
    mm_copy_out(call->iosb, &result, sizeof result, call->mode);
    if (call->event)
        KeSetEvent(call->event, 0, FALSE);
    *status = result.Status;
    return true;
}

static NTSTATUS device_or_fs_control(UCHAR major, const struct io_parameters *parameters, struct control control)
{
    static const ACCESS_MASK access[4] = {0, FILE_READ_DATA, FILE_WRITE_DATA, FILE_READ_DATA | FILE_WRITE_DATA};
    struct io_call call;
    NTSTATUS status = io_begin(&call, major, parameters, access[(control.code >> 14) & 3], false);
    if (!NT_SUCCESS(status))
        return status;
    if (method(&control) != METHOD_NEITHER && !control.in)
        control.in_length = 0;
    if (method(&control) == METHOD_BUFFERED && !control.out)
        control.out_length = 0;
    if (try_fast(&call, &control, &status))
        return io_abandon(&call, status);
    status = io_prepare(&call);
    if (NT_SUCCESS(status)) {
        call.stack->Parameters.DeviceIoControl.OutputBufferLength = control.out_length;
        call.stack->Parameters.DeviceIoControl.InputBufferLength = control.in_length;
        call.stack->Parameters.DeviceIoControl.IoControlCode = control.code;
        status = attach_buffers(&call, &control);
    }
    if (!NT_SUCCESS(status))
        return io_abandon(&call, status);
    if (major == IRP_MJ_FILE_SYSTEM_CONTROL)
        call.irp->Flags |= IRP_DEFER_IO_COMPLETION;
    return io_dispatch(&call);
}

NTSTATUS NTAPI NtDeviceIoControlFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
                                     PIO_STATUS_BLOCK iosb, ULONG code, PVOID in, ULONG in_length, PVOID out,
                                     ULONG out_length)
{
    struct io_parameters parameters = {file, event, (PVOID)apc, apc_context, iosb};
    return device_or_fs_control(IRP_MJ_DEVICE_CONTROL, &parameters,
                                (struct control){code, in, out, in_length, out_length});
}

NTSTATUS NTAPI NtFsControlFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
                               ULONG code, PVOID in, ULONG in_length, PVOID out, ULONG out_length)
{
    struct io_parameters parameters = {file, event, (PVOID)apc, apc_context, iosb};
    return device_or_fs_control(IRP_MJ_FILE_SYSTEM_CONTROL, &parameters,
                                (struct control){code, in, out, in_length, out_length});
}
