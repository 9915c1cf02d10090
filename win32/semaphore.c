// Semaphores.
// https://learn.microsoft.com/windows/win32/sync/semaphore-objects

#include "win32.h"

HANDLE WINAPI CreateSemaphoreExW(LPSECURITY_ATTRIBUTES security, LONG initial, LONG maximum, LPCWSTR name, DWORD flags,
                                 DWORD access)
{
    if (flags) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct base_named named;
    if (!base_named_make(&named, security, name))
        return NULL;
    HANDLE semaphore = NULL;
    NTSTATUS status = nt()->NtCreateSemaphore(&semaphore, access, &named.attributes, initial, maximum);
    base_named_drop(&named);
    return base_created(status, semaphore);
}

HANDLE WINAPI CreateSemaphoreExA(LPSECURITY_ATTRIBUTES security, LONG initial, LONG maximum, LPCSTR name, DWORD flags,
                                 DWORD access)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE semaphore = CreateSemaphoreExW(security, initial, maximum, wide.text, flags, access);
    base_wide_drop(&wide);
    return semaphore;
}

HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES security, LONG initial, LONG maximum, LPCWSTR name)
{
    return CreateSemaphoreExW(security, initial, maximum, name, 0, SEMAPHORE_ALL_ACCESS);
}

HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES security, LONG initial, LONG maximum, LPCSTR name)
{
    return CreateSemaphoreExA(security, initial, maximum, name, 0, SEMAPHORE_ALL_ACCESS);
}

HANDLE WINAPI OpenSemaphoreW(DWORD access, BOOL inherit, LPCWSTR name)
{
    struct base_named named;
    if (!base_named_open(&named, inherit, name))
        return NULL;
    HANDLE semaphore = NULL;
    NTSTATUS status = nt()->NtOpenSemaphore(&semaphore, access, &named.attributes);
    base_named_drop(&named);
    return base_result(status) ? semaphore : NULL;
}

HANDLE WINAPI OpenSemaphoreA(DWORD access, BOOL inherit, LPCSTR name)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE semaphore = OpenSemaphoreW(access, inherit, wide.text);
    base_wide_drop(&wide);
    return semaphore;
}

BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG count, LPLONG previous)
{
    return base_result(nt()->NtReleaseSemaphore(semaphore, count, previous));
}
