// Where in the file a read or write begins. Facts: semantics 35, 36.
#include "io/offset.h"

static bool is_special(const LARGE_INTEGER *offset, ULONG low)
{
    return offset->HighPart == -1 && offset->LowPart == low;
}

NTSTATUS io_offset(struct io_call *call, PLARGE_INTEGER user, PULONG user_key, bool is_write, LARGE_INTEGER *offset,
                   ULONG *key)
{
    NTSTATUS status = STATUS_SUCCESS;
    *key = 0;
    if (user_key)
        status = mm_copy_in(key, user_key, sizeof *key, call->mode);
    if (NT_SUCCESS(status) && user)
        status = mm_copy_in(offset, user, sizeof *offset, call->mode);
    if (!NT_SUCCESS(status))
        return status;
    bool append_only = is_write && (call->granted & FILE_APPEND_DATA) && !(call->granted & FILE_WRITE_DATA);
    if (append_only) {
        offset->LowPart = FILE_WRITE_TO_END_OF_FILE;
        offset->HighPart = -1;
    } else if (call->synchronous && (!user || is_special(offset, FILE_USE_FILE_POINTER_POSITION))) {
        *offset = call->file->CurrentByteOffset;
    } else if (!user) {
        if (!(call->file->Flags & (FO_NAMED_PIPE | FO_MAILSLOT)))
            return STATUS_INVALID_PARAMETER;
        offset->QuadPart = 0;
    } else if (offset->QuadPart < 0 && !(is_write && is_special(offset, FILE_WRITE_TO_END_OF_FILE))) {
        return STATUS_INVALID_PARAMETER;
    }
    return status;
}
