// The result of overlapped requests, and cancelling them.
// https://learn.microsoft.com/windows/win32/api/ioapiset/nf-ioapiset-getoverlappedresultex

#include "transfer.h"

// True when the request is complete. Otherwise the last error says why not: ERROR_IO_INCOMPLETE (no waiting
// asked for), WAIT_TIMEOUT, WAIT_IO_COMPLETION (an APC came first).
static bool wait_for_overlapped(HANDLE file, OVERLAPPED *overlapped, DWORD milliseconds, BOOL alertable)
{
    if (milliseconds == 0)
        return base_fail(ERROR_IO_INCOMPLETE);
    HANDLE signal = overlapped->hEvent ? overlapped->hEvent : file;
    DWORD result = WaitForSingleObjectEx(signal, milliseconds, alertable);
    if (result == WAIT_OBJECT_0)
        return true;
    return result == WAIT_FAILED ? false : base_fail(result);
}

BOOL WINAPI GetOverlappedResultEx(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, DWORD milliseconds,
                                  BOOL alertable)
{
    NTSTATUS status = base_overlapped_status(overlapped);
    if (status == STATUS_PENDING) {
        if (!wait_for_overlapped(file, overlapped, milliseconds, alertable))
            return FALSE;
        status = base_overlapped_status(overlapped);
    }
    *bytes = (DWORD)overlapped->InternalHigh;
    return base_result(status);
}

BOOL WINAPI GetOverlappedResult(HANDLE file, LPOVERLAPPED overlapped, LPDWORD bytes, BOOL wait)
{
    return GetOverlappedResultEx(file, overlapped, bytes, wait ? INFINITE : 0, FALSE);
}

BOOL WINAPI nthost_overlapped_completed(const OVERLAPPED *overlapped)
{
    return base_overlapped_status(overlapped) != STATUS_PENDING;
}

// This thread's requests on the handle.
BOOL WINAPI CancelIo(HANDLE file)
{
    IO_STATUS_BLOCK iosb;
    return base_result(nt()->NtCancelIoFile(file, &iosb));
}

// One request of the process, or all of them on the handle; ERROR_NOT_FOUND when there is none.
BOOL WINAPI CancelIoEx(HANDLE file, LPOVERLAPPED overlapped)
{
    IO_STATUS_BLOCK iosb;
    return base_result(nt()->NtCancelIoFileEx(file, overlapped ? base_iosb(overlapped) : NULL, &iosb));
}

// What another thread is waiting for; ERROR_NOT_FOUND when it is not in synchronous I/O.
BOOL WINAPI CancelSynchronousIo(HANDLE thread)
{
    IO_STATUS_BLOCK iosb;
    return base_result(nt()->NtCancelSynchronousIoFile(thread, NULL, &iosb));
}
