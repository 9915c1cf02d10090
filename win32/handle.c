// Handles.
//
// Whether a handle is valid is the kernel's to say: CloseHandle of NULL and of a closed handle give
// ERROR_INVALID_HANDLE. https://learn.microsoft.com/windows/win32/api/handleapi/nf-handleapi-duplicatehandle

#include "win32.h"

BOOL WINAPI CloseHandle(HANDLE object)
{
    return base_result(nt()->NtClose(object));
}

BOOL WINAPI DuplicateHandle(HANDLE source_process, HANDLE source, HANDLE target_process, LPHANDLE target, DWORD access,
                            BOOL inherit, DWORD options)
{
    return base_result(nt()->NtDuplicateObject(source_process, source, target_process, target, access,
                                               inherit ? OBJ_INHERIT : 0, options));
}

BOOL WINAPI GetHandleInformation(HANDLE object, LPDWORD flags)
{
    OBJECT_HANDLE_FLAG_INFORMATION information = {0};
    NTSTATUS status = nt()->NtQueryObject(object, ObjectHandleFlagInformation, &information, sizeof(information), NULL);
    if (!NT_SUCCESS(status))
        return base_set_nt_status(status);
    *flags = (information.Inherit ? HANDLE_FLAG_INHERIT : 0) |
             (information.ProtectFromClose ? HANDLE_FLAG_PROTECT_FROM_CLOSE : 0);
    return TRUE;
}

BOOL WINAPI SetHandleInformation(HANDLE object, DWORD mask, DWORD flags)
{
    DWORD old = 0;
    if (mask & ~(DWORD)(HANDLE_FLAG_INHERIT | HANDLE_FLAG_PROTECT_FROM_CLOSE))
        return base_fail(ERROR_INVALID_PARAMETER);
    if (!GetHandleInformation(object, &old))
        return FALSE;
    flags = (old & ~mask) | (flags & mask);
    OBJECT_HANDLE_FLAG_INFORMATION information = {
        .Inherit = flags & HANDLE_FLAG_INHERIT ? TRUE : FALSE,
        .ProtectFromClose = flags & HANDLE_FLAG_PROTECT_FROM_CLOSE ? TRUE : FALSE,
    };
    return base_result(
        nt()->NtSetInformationObject(object, ObjectHandleFlagInformation, &information, sizeof(information)));
}
