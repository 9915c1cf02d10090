// Mutexes (the kernel's mutants).
// https://learn.microsoft.com/windows/win32/sync/mutex-objects

#include "win32.h"

HANDLE WINAPI CreateMutexExW(LPSECURITY_ATTRIBUTES security, LPCWSTR name, DWORD flags, DWORD access)
{
    if (flags & ~(DWORD)CREATE_MUTEX_INITIAL_OWNER) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct base_named named;
    if (!base_named_make(&named, security, name))
        return NULL;
    HANDLE mutex = NULL;
    NTSTATUS status =
        nt()->NtCreateMutant(&mutex, access, &named.attributes, flags & CREATE_MUTEX_INITIAL_OWNER ? TRUE : FALSE);
    base_named_drop(&named);
    return base_created(status, mutex);
}

HANDLE WINAPI CreateMutexExA(LPSECURITY_ATTRIBUTES security, LPCSTR name, DWORD flags, DWORD access)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE mutex = CreateMutexExW(security, wide.text, flags, access);
    base_wide_drop(&wide);
    return mutex;
}

HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES security, BOOL initial_owner, LPCWSTR name)
{
    return CreateMutexExW(security, name, initial_owner ? CREATE_MUTEX_INITIAL_OWNER : 0, MUTEX_ALL_ACCESS);
}

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES security, BOOL initial_owner, LPCSTR name)
{
    return CreateMutexExA(security, name, initial_owner ? CREATE_MUTEX_INITIAL_OWNER : 0, MUTEX_ALL_ACCESS);
}

HANDLE WINAPI OpenMutexW(DWORD access, BOOL inherit, LPCWSTR name)
{
    struct base_named named;
    if (!base_named_open(&named, inherit, name))
        return NULL;
    HANDLE mutex = NULL;
    NTSTATUS status = nt()->NtOpenMutant(&mutex, access, &named.attributes);
    base_named_drop(&named);
    return base_result(status) ? mutex : NULL;
}

HANDLE WINAPI OpenMutexA(DWORD access, BOOL inherit, LPCSTR name)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE mutex = OpenMutexW(access, inherit, wide.text);
    base_wide_drop(&wide);
    return mutex;
}

BOOL WINAPI ReleaseMutex(HANDLE mutex)
{
    return base_result(nt()->NtReleaseMutant(mutex, NULL));
}
