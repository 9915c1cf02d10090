// Direct transfer: DO_DIRECT_IO for read and write, METHOD_IN_DIRECT and METHOD_OUT_DIRECT for control codes.
//
// The I/O manager has locked the pages of the caller's buffer into memory and describes them by an MDL,
// irp->MdlAddress; the driver asks for a kernel address of those pages. Nothing is copied, which pays off for
// large buffers. The I/O manager unmaps and unlocks the pages after the request is completed. With a length
// of 0 there is no MDL: MdlAddress is NULL.
//
// The pages stay the application's. Another thread of it may write into them at any moment, so the driver
// reads each byte once and decides nothing by a value that it would read a second time.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/using-direct-i-o

#include "driver.h"

// The kernel address of the caller's buffer. NULL is a valid answer only for 0 bytes; otherwise there was
// nowhere left to map the pages, which is an error of the request and not of the driver.
static NTSTATUS MapBuffer(IRP *irp, ULONG length, void **address)
{
    *address = NULL;
    if (length == 0)
        return STATUS_SUCCESS;
    *address = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
    return *address ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS DirectRead(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    void *buffer;
    ULONG given = 0;
    NTSTATUS status = MapBuffer(irp, length, &buffer);

    if (NT_SUCCESS(status))
        status = StoreGet(store, 0, buffer, length, &given);
    *information = given; // here the count is only reported: the bytes are where they belong already
    return status;
}

NTSTATUS DirectWrite(struct store *store, IRP *irp, ULONG length, ULONG_PTR *information)
{
    void *bytes;
    NTSTATUS status = MapBuffer(irp, length, &bytes);

    if (NT_SUCCESS(status))
        status = StoreReplace(store, bytes, length);
    *information = NT_SUCCESS(status) ? length : 0;
    return status;
}

// The input of both codes is buffered, whatever the name of the method says: SystemBuffer, a struct
// modes_place.
static NTSTATUS GetPlace(IRP *irp, IO_STACK_LOCATION *stack, ULONG *offset)
{
    const struct modes_place *place = irp->AssociatedIrp.SystemBuffer;

    if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof *place)
        return STATUS_INVALID_PARAMETER;
    *offset = place->offset;
    return STATUS_SUCCESS;
}

// METHOD_IN_DIRECT: the "output" buffer is a second input. Its pages were locked for reading only.
NTSTATUS DirectPut(struct store *store, IRP *irp, IO_STACK_LOCATION *stack, ULONG_PTR *information)
{
    ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG offset;
    void *bytes;
    NTSTATUS status = GetPlace(irp, stack, &offset);

    if (NT_SUCCESS(status))
        status = MapBuffer(irp, length, &bytes);
    if (NT_SUCCESS(status))
        status = StorePut(store, offset, bytes, length);
    *information = NT_SUCCESS(status) ? length : 0;
    return status;
}

// METHOD_OUT_DIRECT: the pages were locked for writing. A part of the message is a full answer here.
NTSTATUS DirectGet(struct store *store, IRP *irp, IO_STACK_LOCATION *stack, ULONG_PTR *information)
{
    ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG offset, given = 0;
    void *buffer;
    NTSTATUS status = GetPlace(irp, stack, &offset);

    if (NT_SUCCESS(status))
        status = MapBuffer(irp, length, &buffer);
    if (NT_SUCCESS(status))
        status = StoreGet(store, offset, buffer, length, &given);
    if (status == STATUS_BUFFER_OVERFLOW)
        status = STATUS_SUCCESS;
    if (NT_SUCCESS(status) && given == 0 && length > 0)
        status = STATUS_END_OF_FILE;
    *information = given;
    return status;
}
