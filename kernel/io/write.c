// Writing to a device: IRP_MJ_WRITE, the mirror image of read.c; the caller's bytes are in SystemBuffer before the
// driver is called. Facts: semantics 1, 2, 6-8, 11-16, 35.
#include "io/offset.h"

NTSTATUS NTAPI NtWriteFile(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
                           PVOID buffer, ULONG length, PLARGE_INTEGER user_offset, PULONG user_key)
{
    struct io_parameters parameters = {file, event, (PVOID)apc, apc_context, iosb};
    struct io_call call;
    LARGE_INTEGER offset;
    ULONG key;
    NTSTATUS status = io_begin(&call, IRP_MJ_WRITE, &parameters, FILE_WRITE_DATA | FILE_APPEND_DATA, true);
    if (!NT_SUCCESS(status))
        return status;
    status = io_offset(&call, user_offset, user_key, true, &offset, &key);
    if (NT_SUCCESS(status))
        status = io_prepare(&call);
    if (NT_SUCCESS(status))
        status = io_attach_buffer(&call, buffer, length, false);
    if (!NT_SUCCESS(status))
        return io_abandon(&call, status);
    call.irp->Flags |= IRP_WRITE_OPERATION | IRP_DEFER_IO_COMPLETION;
    if (call.file->Flags & FO_WRITE_THROUGH)
        call.stack->Flags = SL_WRITE_THROUGH;
    call.stack->Parameters.Write.Length = length;
    call.stack->Parameters.Write.Key = key;
    call.stack->Parameters.Write.ByteOffset = offset;
    return io_dispatch(&call);
}
