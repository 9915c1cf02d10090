// The results of ReadFile and WriteFile, and the completion routines of ReadFileEx and WriteFileEx.
//
//     status                  without OVERLAPPED                with OVERLAPPED
//     success, informational  TRUE, bytes                       TRUE, bytes
//     STATUS_PENDING          (waited for)                      FALSE, ERROR_IO_PENDING, bytes 0
//     STATUS_END_OF_FILE      TRUE, 0 bytes                     FALSE, ERROR_HANDLE_EOF, bytes 0
//     warning                 FALSE, the bytes, its error       FALSE, bytes 0, its error
//     error                   FALSE, bytes 0, its error         FALSE, bytes 0, its error
//
// *bytes has been set to 0 before the call. Facts: semantics 49 to 53.

#include "transfer.h"

BOOL base_finish_transfer(NTSTATUS status, ULONG_PTR information, DWORD *bytes)
{
    if (status == STATUS_END_OF_FILE)
        return TRUE;
    if (bytes && !NT_ERROR(status))
        *bytes = (DWORD)information;
    return base_result(status);
}

BOOL base_finish_overlapped_transfer(NTSTATUS status, const OVERLAPPED *overlapped, DWORD *bytes)
{
    if (!NT_SUCCESS(status) || status == STATUS_PENDING)
        return base_set_nt_status(status);
    if (bytes)
        *bytes = (DWORD)overlapped->InternalHigh;
    return TRUE;
}

void NTAPI base_completion_apc(PVOID routine, PIO_STATUS_BLOCK iosb, ULONG reserved)
{
    (void)reserved;
    LPOVERLAPPED_COMPLETION_ROUTINE call = (LPOVERLAPPED_COMPLETION_ROUTINE)routine;
    OVERLAPPED *overlapped = CONTAINING_RECORD(iosb, OVERLAPPED, Internal);
    DWORD bytes = NT_ERROR(iosb->Status) ? 0 : (DWORD)iosb->Information;
    call(RtlNtStatusToDosError(iosb->Status), bytes, overlapped);
}
