// What a process's program is: read from Linux when somebody asks for the first time.
#include "ps/ps.h"

#include <string.h>

enum { LONGEST_PATH = 4096, LONGEST_UNITS = 0x7ffe, TAG = EX_TAG('P', 's', 'I', 'm') };

// prefix and UTF-8 text into pool, terminated; left empty on exhaustion.
static void make_string(const char *prefix, const char *text, UNICODE_STRING *out)
{
    size_t head = strlen(prefix), units = head + strlen(text);
    if (units > LONGEST_UNITS)
        units = LONGEST_UNITS;
    WCHAR *buffer = ex_allocate((units + 1) * sizeof(WCHAR), TAG);
    ULONG bytes = 0;
    if (!buffer)
        return;
    for (size_t i = 0; i < head; i++)
        buffer[i] = (WCHAR)prefix[i];
    RtlUTF8ToUnicodeN(buffer + head, (ULONG)((units - head) * sizeof(WCHAR)), &bytes, text, (ULONG)strlen(text));
    bytes += (ULONG)(head * sizeof(WCHAR));
    buffer[bytes / sizeof(WCHAR)] = 0;
    *out =
        (UNICODE_STRING){.Length = (USHORT)bytes, .MaximumLength = (USHORT)(bytes + sizeof(WCHAR)), .Buffer = buffer};
}

// Once; later calls find it done. The strings stay as they are until the process is gone.
void ps_describe_process(struct _EPROCESS *process)
{
    char path[LONGEST_PATH];
    uint32_t number = (uint32_t)(ULONG_PTR)process->id;
    hal_mutex_lock(&process->lock);
    if (!process->described && process != ps_system_process()) {
        process->parent = (HANDLE)(ULONG_PTR)hal_parent_process(number);
        if (hal_program_path(number, path, sizeof path)) {
            make_string("\\??\\", path, &process->image);
            hal_program_range(number, path, &process->image_base, &process->image_bytes);
        }
        char *line = hal_command_line(number);
        if (line)
            make_string("", line, &process->command_line);
        hal_free(line);
    }
    process->described = true;
    hal_mutex_unlock(&process->lock);
}

void ps_forget_description(struct _EPROCESS *process)
{
    if (process->image.Buffer)
        ex_free(process->image.Buffer);
    if (process->command_line.Buffer)
        ex_free(process->command_line.Buffer);
}

// ---- what drivers call ---------------------------------------------------------------------------------------------

// The program's file name, 14 characters of it at most; owned by the process.
PCHAR NTAPI PsGetProcessImageFileName(PEPROCESS process)
{
    return process->image_name;
}

// Where the program is mapped in the process's own address space; NULL for the system process.
PVOID NTAPI PsGetProcessSectionBaseAddress(PEPROCESS process)
{
    ps_describe_process(process);
    return (PVOID)process->image_base;
}

HANDLE NTAPI PsGetProcessInheritedFromUniqueProcessId(PEPROCESS process)
{
    ps_describe_process(process);
    return process->parent;
}

// No process has a process environment block here, none is a 32-bit one, none is in a job.
PVOID NTAPI PsGetProcessPeb(PEPROCESS process)
{
    (void)process;
    return NULL;
}

PVOID NTAPI PsGetProcessWow64Process(PEPROCESS process)
{
    (void)process;
    return NULL;
}

PVOID NTAPI PsGetProcessJob(PEPROCESS process)
{
    (void)process;
    return NULL;
}

// The program's name in pool, which the caller frees with ExFreePool. STATUS_UNSUCCESSFUL: the system process has none.
NTSTATUS NTAPI SeLocateProcessImageName(PEPROCESS process, PUNICODE_STRING *image_name)
{
    ps_describe_process(process);
    const UNICODE_STRING *image = &process->image;
    if (!image->Buffer)
        return STATUS_UNSUCCESSFUL;
    UNICODE_STRING *copy = ex_allocate(sizeof *copy + image->MaximumLength, TAG);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    *copy =
        (UNICODE_STRING){.Length = image->Length, .MaximumLength = image->MaximumLength, .Buffer = (WCHAR *)(copy + 1)};
    memcpy(copy->Buffer, image->Buffer, image->MaximumLength);
    *image_name = copy;
    return STATUS_SUCCESS;
}

static bool has_ended(DISPATCHER_HEADER *header)
{
    return __atomic_load_n(&header->SignalState, __ATOMIC_ACQUIRE);
}

// STATUS_PENDING until it has ended.
NTSTATUS NTAPI PsGetProcessExitStatus(PEPROCESS process)
{
    return has_ended(&process->Pcb.Header) ? process->exit_status : STATUS_PENDING;
}

NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD thread)
{
    return has_ended(&thread->Tcb.Header) ? thread->exit_status : STATUS_PENDING;
}

ULONG NTAPI PsGetCurrentProcessSessionId(void)
{
    ULONG session = 0;
    void *token = ps_current_process()->Pcb.token;
    if (token)
        SeQuerySessionIdToken(token, &session);
    return session;
}

// TRUE: a checked build. This is Windows 10's free one.
BOOLEAN NTAPI PsGetVersion(PULONG major, PULONG minor, PULONG build, PUNICODE_STRING service_pack)
{
    RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    RtlGetVersion(&version);
    if (major)
        *major = version.dwMajorVersion;
    if (minor)
        *minor = version.dwMinorVersion;
    if (build)
        *build = version.dwBuildNumber;
    if (service_pack)
        service_pack->Length = 0;
    return FALSE;
}
