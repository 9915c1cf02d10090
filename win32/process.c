// Other processes: OpenProcess, TerminateProcess, GetExitCodeProcess, GetProcessId. With a server these are its clients,
// without one there is this process only. https://learn.microsoft.com/windows/win32/api/processthreadsapi

#include "win32.h"

HANDLE WINAPI OpenProcess(DWORD access, BOOL inherit, DWORD process_id)
{
    HANDLE process = NULL;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes), .Attributes = inherit ? OBJ_INHERIT : 0};
    CLIENT_ID id = {.UniqueProcess = (HANDLE)(ULONG_PTR)process_id};
    NTSTATUS status = nt()->NtOpenProcess(&process, access, &attributes, &id);
    if (status == STATUS_INVALID_CID) // the number, says Windows, is what is wrong
        status = STATUS_INVALID_PARAMETER;
    return base_result(status) ? process : NULL;
}

// The process is killed; it does not hear of it.
BOOL WINAPI TerminateProcess(HANDLE process, UINT exit_code)
{
    return base_result(nt()->NtTerminateProcess(process, (NTSTATUS)exit_code));
}

static bool process_information(HANDLE process, PROCESS_BASIC_INFORMATION *information)
{
    return base_result(
        nt()->NtQueryInformationProcess(process, ProcessBasicInformation, information, sizeof(*information), NULL));
}

// STILL_ACTIVE (the status STATUS_PENDING) while the process runs. What a client gave to exit() is not known: 0.
BOOL WINAPI GetExitCodeProcess(HANDLE process, LPDWORD exit_code)
{
    PROCESS_BASIC_INFORMATION information;
    if (!process_information(process, &information))
        return FALSE;
    *exit_code = (DWORD)information.ExitStatus;
    return TRUE;
}

DWORD WINAPI GetProcessId(HANDLE process)
{
    PROCESS_BASIC_INFORMATION information;
    return process_information(process, &information) ? (DWORD)information.UniqueProcessId : 0;
}
