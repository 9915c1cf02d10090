// Waiting and sleeping.
//
// A wait's result is the wait status of the kernel, which has the same numbers: WAIT_OBJECT_0 + i,
// WAIT_ABANDONED_0 + i, WAIT_IO_COMPLETION (STATUS_USER_APC) and WAIT_TIMEOUT (STATUS_TIMEOUT). An alert
// without an APC does not end an alertable wait. The two forms without Ex are the Ex forms, not alertable.
// https://learn.microsoft.com/windows/win32/api/synchapi/nf-synchapi-waitforsingleobjectex

#include "win32.h"

LARGE_INTEGER *base_timeout(DWORD milliseconds, LARGE_INTEGER *storage)
{
    if (milliseconds == INFINITE)
        return NULL;
    storage->QuadPart = -(LONGLONG)milliseconds * 10000; // relative, in units of 100 ns
    return storage;
}

static DWORD wait_result(NTSTATUS status)
{
    if (NT_SUCCESS(status))
        return (DWORD)status;
    base_set_nt_status(status);
    return WAIT_FAILED;
}

DWORD WINAPI WaitForSingleObjectEx(HANDLE object, DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    NTSTATUS status;
    do
        status = nt()->NtWaitForSingleObject(object, alertable ? TRUE : FALSE, timeout);
    while (alertable && status == STATUS_ALERTED);
    return wait_result(status);
}

DWORD WINAPI WaitForSingleObject(HANDLE object, DWORD milliseconds)
{
    return WaitForSingleObjectEx(object, milliseconds, FALSE);
}

DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *objects, BOOL all, DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    NTSTATUS status;
    do
        status = nt()->NtWaitForMultipleObjects(count, (HANDLE *)objects, all ? WaitAll : WaitAny,
                                                alertable ? TRUE : FALSE, timeout);
    while (alertable && status == STATUS_ALERTED);
    return wait_result(status);
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *objects, BOOL all, DWORD milliseconds)
{
    return WaitForMultipleObjectsEx(count, objects, all, milliseconds, FALSE);
}

DWORD WINAPI SignalObjectAndWait(HANDLE signal, HANDLE wait, DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    NTSTATUS status = nt()->NtSignalAndWaitForSingleObject(signal, wait, alertable ? TRUE : FALSE, timeout);
    while (alertable && status == STATUS_ALERTED)
        status = nt()->NtWaitForSingleObject(wait, TRUE, timeout);
    return wait_result(status);
}

// WAIT_IO_COMPLETION when an APC ended the sleep, otherwise 0.
DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable)
{
    LARGE_INTEGER storage, *timeout = base_timeout(milliseconds, &storage);
    if (!timeout) {
        storage.QuadPart = INT64_MIN; // the longest relative time there is
        timeout = &storage;
    }
    NTSTATUS status;
    do
        status = nt()->NtDelayExecution(alertable ? TRUE : FALSE, timeout);
    while (alertable && status == STATUS_ALERTED);
    return status == STATUS_USER_APC ? WAIT_IO_COMPLETION : 0;
}

void WINAPI Sleep(DWORD milliseconds)
{
    SleepEx(milliseconds, FALSE);
}
