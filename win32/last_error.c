// The thread's last error.
//
// Calls that succeed leave it alone, except where Windows documents a value.

#include "win32.h"

static _Thread_local DWORD last_error;

BOOL base_fail(DWORD error)
{
    last_error = error;
    return FALSE;
}

BOOL base_set_nt_status(NTSTATUS status)
{
    last_error = RtlNtStatusToDosError(status);
    return FALSE;
}

BOOL base_result(NTSTATUS status)
{
    return NT_SUCCESS(status) ? TRUE : base_set_nt_status(status);
}

DWORD WINAPI GetLastError(void)
{
    return last_error;
}

void WINAPI SetLastError(DWORD error)
{
    last_error = error;
}
