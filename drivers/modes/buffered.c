// Buffered transfer: DO_BUFFERED_IO for read and write, METHOD_BUFFERED for control codes.
//
// The I/O manager has made a buffer in kernel memory, irp->AssociatedIrp.SystemBuffer. What was written is in
// it already; what is read is copied out of it, IoStatus.Information bytes, when the request is completed
// without an error. The driver may touch it in any thread, at any IRQL, until then. With a length of 0 there
// is no buffer: SystemBuffer is NULL.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/using-buffered-i-o

#include "driver.h"

NTSTATUS BufferedRead(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    ULONG given;
    NTSTATUS status = StoreGet(store, 0, irp->AssociatedIrp.SystemBuffer, length, &given);

    // Exactly what was put into the buffer. The buffer is not zeroed: a larger number would give the caller
    // whatever this memory held before.
    *information = given;
    return status;
}

NTSTATUS BufferedWrite(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    NTSTATUS status = StoreReplace(store, irp->AssociatedIrp.SystemBuffer, length);

    *information = NT_SUCCESS(status) ? length : 0;
    return status;
}

// Input and output are one buffer, as long as the longer of the two: the input has to be taken out before the
// output is put in.
NTSTATUS BufferedSum(struct store *store, IRP *irp, IO_STACK_LOCATION *stack, ULONG_PTR *information)
{
    struct modes_range range;
    struct modes_sum sum;

    if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof range)
        return STATUS_INVALID_PARAMETER;
    if (stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof sum)
        return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(&range, irp->AssociatedIrp.SystemBuffer, sizeof range);

    NTSTATUS status = StoreSum(store, range, &sum);
    if (NT_SUCCESS(status)) {
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, &sum, sizeof sum);
        *information = sizeof sum;
    }
    return status;
}
