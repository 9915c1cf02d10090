// Reading.
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-readfile

#include "transfer.h"

static BOOL read_overlapped(HANDLE file, LPVOID buffer, DWORD length, DWORD *bytes, OVERLAPPED *overlapped)
{
    LARGE_INTEGER offset = {.LowPart = overlapped->Offset, .HighPart = (LONG)overlapped->OffsetHigh};
    overlapped->Internal = STATUS_PENDING;
    NTSTATUS status = nt()->NtReadFile(file, overlapped->hEvent, NULL, base_port_context(overlapped),
                                       base_iosb(overlapped), buffer, length, &offset, NULL);
    return base_finish_overlapped_transfer(status, overlapped, bytes);
}

BOOL WINAPI ReadFile(HANDLE file, LPVOID buffer, DWORD length, LPDWORD bytes, LPOVERLAPPED overlapped)
{
    if (bytes)
        *bytes = 0;
    if (overlapped)
        return read_overlapped(file, buffer, length, bytes, overlapped);
    IO_STATUS_BLOCK iosb = {0};
    NTSTATUS status = nt()->NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, length, NULL, NULL);
    status = base_wait_for_file(file, status, &iosb);
    return base_finish_transfer(status, iosb.Information, bytes);
}

BOOL WINAPI ReadFileEx(HANDLE file, LPVOID buffer, DWORD length, LPOVERLAPPED overlapped,
                       LPOVERLAPPED_COMPLETION_ROUTINE routine)
{
    LARGE_INTEGER offset = {.LowPart = overlapped->Offset, .HighPart = (LONG)overlapped->OffsetHigh};
    overlapped->Internal = STATUS_PENDING;
    NTSTATUS status = nt()->NtReadFile(file, NULL, base_completion_apc, (PVOID)routine, base_iosb(overlapped), buffer,
                                       length, &offset, NULL);
    return NT_ERROR(status) ? base_set_nt_status(status) : TRUE;
}
