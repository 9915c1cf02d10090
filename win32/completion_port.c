// I/O completion ports.
// https://learn.microsoft.com/windows/win32/fileio/i-o-completion-ports

#include "transfer.h"

_Static_assert(sizeof(OVERLAPPED_ENTRY) == sizeof(FILE_IO_COMPLETION_INFORMATION),
               "the kernel fills the application's array");
_Static_assert(offsetof(OVERLAPPED_ENTRY, Internal) == offsetof(FILE_IO_COMPLETION_INFORMATION, IoStatusBlock), "");

static NTSTATUS associate(HANDLE file, HANDLE port, ULONG_PTR key)
{
    FILE_COMPLETION_INFORMATION information = {.Port = port, .Key = (PVOID)key};
    IO_STATUS_BLOCK iosb;
    return nt()->NtSetInformationFile(file, &iosb, &information, sizeof(information), FileCompletionInformation);
}

// INVALID_HANDLE_VALUE as the file makes a port with nothing associated; `existing` must be NULL then.
HANDLE WINAPI CreateIoCompletionPort(HANDLE file, HANDLE existing, ULONG_PTR key, DWORD threads)
{
    if (file == INVALID_HANDLE_VALUE && existing) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    HANDLE port = existing;
    NTSTATUS status = STATUS_SUCCESS;
    if (!existing)
        status = nt()->NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, threads);
    if (NT_SUCCESS(status) && file != INVALID_HANDLE_VALUE) {
        status = associate(file, port, key);
        if (!NT_SUCCESS(status) && !existing)
            nt()->NtClose(port);
    }
    return base_result(status) ? port : NULL;
}

// FALSE with *overlapped NULL: no packet was taken. FALSE with one: the request it belongs to failed.
BOOL WINAPI GetQueuedCompletionStatus(HANDLE port, LPDWORD bytes, PULONG_PTR key, LPOVERLAPPED *overlapped,
                                      DWORD milliseconds)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    IO_STATUS_BLOCK iosb = {0};
    PVOID packet_key = NULL, context = NULL;
    NTSTATUS status = nt()->NtRemoveIoCompletion(port, &packet_key, &context, &iosb, timeout);
    if (!NT_SUCCESS(status) || status == STATUS_TIMEOUT) {
        *overlapped = NULL;
        return status == STATUS_TIMEOUT ? base_fail(WAIT_TIMEOUT) : base_set_nt_status(status);
    }
    *key = (ULONG_PTR)packet_key;
    *overlapped = context;
    *bytes = (DWORD)iosb.Information;
    return base_result(iosb.Status);
}

BOOL WINAPI GetQueuedCompletionStatusEx(HANDLE port, LPOVERLAPPED_ENTRY entries, ULONG count, PULONG removed,
                                        DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    NTSTATUS status;
    do
        status = nt()->NtRemoveIoCompletionEx(port, (FILE_IO_COMPLETION_INFORMATION *)entries, count, removed, timeout,
                                              alertable ? TRUE : FALSE);
    while (alertable && status == STATUS_ALERTED);
    if (status == STATUS_TIMEOUT)
        return base_fail(WAIT_TIMEOUT);
    if (status == STATUS_USER_APC)
        return base_fail(WAIT_IO_COMPLETION);
    return base_result(status);
}

BOOL WINAPI PostQueuedCompletionStatus(HANDLE port, DWORD bytes, ULONG_PTR key, LPOVERLAPPED overlapped)
{
    return base_result(nt()->NtSetIoCompletion(port, (PVOID)key, overlapped, STATUS_SUCCESS, bytes));
}

BOOL WINAPI SetFileCompletionNotificationModes(HANDLE file, UCHAR flags)
{
    if (flags & ~(FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE))
        return base_fail(ERROR_INVALID_PARAMETER);
    FILE_IO_COMPLETION_NOTIFICATION_INFORMATION information = {.Flags = flags};
    IO_STATUS_BLOCK iosb;
    return base_result(nt()->NtSetInformationFile(file, &iosb, &information, sizeof(information),
                                                  FileIoCompletionNotificationInformation));
}
