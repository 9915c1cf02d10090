// Writing.
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-writefile

#include "transfer.h"

static BOOL write_overlapped(HANDLE file, LPCVOID buffer, DWORD length, DWORD *bytes, OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset = {.LowPart = overlapped->Offset, .HighPart = (LONG)overlapped->OffsetHigh};
    overlapped->Internal = STATUS_PENDING;
    NTSTATUS status = nt()->NtWriteFile(file, overlapped->hEvent, NULL, base_port_context(overlapped),
                                        base_iosb(overlapped), (PVOID)buffer, length, &offset, NULL);
    return base_finish_overlapped_transfer(status, overlapped, bytes);
}

BOOL WINAPI WriteFile(HANDLE file, LPCVOID buffer, DWORD length, LPDWORD bytes, LPOVERLAPPED overlapped)
{
    if (bytes)
        *bytes = 0;
    if (overlapped)
        return write_overlapped(file, buffer, length, bytes, overlapped);
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = nt()->NtWriteFile(file, NULL, NULL, NULL, &iosb, (PVOID)buffer, length, NULL, NULL);
    status = base_wait_for_file(file, status, &iosb);
    return base_finish_transfer(status, iosb.Information, bytes);
}

BOOL WINAPI WriteFileEx(HANDLE file, LPCVOID buffer, DWORD length, LPOVERLAPPED overlapped,
                        LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    LARGE_INTEGER offset = {.LowPart = overlapped->Offset, .HighPart = (LONG)overlapped->OffsetHigh};
    overlapped->Internal = STATUS_PENDING;
    NTSTATUS status = nt()->NtWriteFile(file, NULL, base_completion_apc, (PVOID)routine, base_iosb(overlapped),
                                        (PVOID)buffer, length, &offset, NULL);
    return NT_ERROR(status) ? base_set_nt_status(status) : TRUE;
}
