// What ReadFile, WriteFile and DeviceIoControl have in common: the OVERLAPPED as an I/O status block,
// waiting, and the results of facts 49 to 52.
#pragma once

#include "win32.h"

// Internal and InternalHigh are the status block of the request: the same place, the same layout.
static inline IO_STATUS_BLOCK *base_iosb(OVERLAPPED *overlapped)
{
    return (IO_STATUS_BLOCK *)&overlapped->Internal;
}

// The completion port gets the OVERLAPPED as its context, unless the application opted out by setting the
// lowest bit of hEvent.
static inline PVOID base_port_context(OVERLAPPED *overlapped)
{
    return (ULONG_PTR)overlapped->hEvent & 1 ? NULL : overlapped;
}

// The request's status as another thread may be writing it; a result that waits to be fetched is.
static inline NTSTATUS base_overlapped_status(const OVERLAPPED *overlapped)
{
    NTSTATUS status = (NTSTATUS)__atomic_load_n(&overlapped->Internal, __ATOMIC_ACQUIRE);
    if (status != STATUS_PENDING)
        return status;
    gate_collect();
    return (NTSTATUS)__atomic_load_n(&overlapped->Internal, __ATOMIC_ACQUIRE);
}

// A synchronous call on a handle whose request was pended: waits on the file, gives the final status.
static inline NTSTATUS base_wait_for_file(HANDLE file, NTSTATUS status, const IO_STATUS_BLOCK *iosb)
{
    if (status != STATUS_PENDING)
        return status;
    status = nt()->NtWaitForSingleObject(file, FALSE, NULL);
    return NT_SUCCESS(status) ? iosb->Status : status;
}

// The end of ReadFile and WriteFile (transfer.c). `bytes` may be NULL.
BOOL base_finish_transfer(NTSTATUS status, ULONG_PTR information, DWORD *bytes);
BOOL base_finish_overlapped_transfer(NTSTATUS status, const OVERLAPPED *overlapped, DWORD *bytes);

// The I/O APC behind ReadFileEx and WriteFileEx: calls the application's completion routine.
void NTAPI base_completion_apc(PVOID routine, PIO_STATUS_BLOCK iosb, ULONG reserved);
