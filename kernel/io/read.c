// Reading from a device.
//
// NtReadFile turns a read into an IRP_MJ_READ request in the caller's context. How the caller's buffer reaches
// the driver is the device's choice:
//
//     DO_BUFFERED_IO   SystemBuffer in pool; io_finish copies Information bytes back
//     DO_DIRECT_IO     an MDL over the caller's locked pages
//     neither          the caller's address as it is
//
// Facts: semantics 1-8, 11-16, 35.
#include "io/offset.h"

NTSTATUS NTAPI NtReadFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
                          PVOID buffer, ULONG length, PLARGE_INTEGER user_offset, PULONG user_key)
{
    struct io_parameters parameters = {file, event, (PVOID)apc, apc_context, iosb};
    struct io_call call;
    LARGE_INTEGER offset;
    ULONG key;
    NTSTATUS status = io_begin(&call, IRP_MJ_READ, &parameters, FILE_READ_DATA, false);
    if (!NT_SUCCESS(status))
        return status;
    status = io_offset(&call, user_offset, user_key, false, &offset, &key);
    if (NT_SUCCESS(status))
        status = io_prepare(&call);
    if (NT_SUCCESS(status))
        status = io_attach_buffer(&call, buffer, length, true);
    if (!NT_SUCCESS(status))
        return io_abandon(&call, status);
    call.irp->Flags |= IRP_READ_OPERATION | IRP_DEFER_IO_COMPLETION;
    call.stack->Parameters.Read.Length = length;
    call.stack->Parameters.Read.Key = key;
    call.stack->Parameters.Read.ByteOffset = offset;
    return io_dispatch(&call);
}
