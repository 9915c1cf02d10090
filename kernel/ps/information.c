// NtQueryInformationProcess, NtSetInformationProcess, NtQueryInformationThread, NtSetInformationThread.
// winternl/nf-winternl-ntqueryinformationprocess, procthread/zwqueryinformationprocess, ntifs/nf-ntifs-zwsetinformationthread.
#include "ps/ps.h"

#include <string.h>

enum { LOWEST_PRIORITY = 1, HIGHEST_PRIORITY = 31 };

// A UNICODE_STRING and its characters behind it, in the caller's buffer.
static NTSTATUS deliver_string(const UNICODE_STRING *text, PVOID buffer, ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    ULONG needed = (ULONG)sizeof *text + text->Length + (text->Length ? (ULONG)sizeof(WCHAR) : 0);
    UNICODE_STRING head = {.Length = text->Length,
                           .MaximumLength = (USHORT)(needed - sizeof *text),
                           .Buffer = text->Length ? (PWSTR)((char *)buffer + sizeof *text) : NULL};
    NTSTATUS status = returned ? mm_copy_out(returned, &needed, sizeof needed, mode) : STATUS_SUCCESS;
    if (!NT_SUCCESS(status))
        return status;
    if (length < needed)
        return STATUS_INFO_LENGTH_MISMATCH;
    status = mm_copy_out(buffer, &head, sizeof head, mode);
    if (NT_SUCCESS(status) && text->Length)
        status = mm_copy_out((char *)buffer + sizeof head, text->Buffer, text->Length + sizeof(WCHAR), mode);
    return status;
}

static NTSTATUS deliver_basic(struct _EPROCESS *process, PVOID buffer, ULONG length, PULONG returned)
{
    PROCESS_BASIC_INFORMATION answer = {.ExitStatus = PsGetProcessExitStatus(process),
                                        .AffinityMask = KeQueryActiveProcessors(),
                                        .BasePriority = process->priority,
                                        .UniqueProcessId = (ULONG_PTR)process->id,
                                        .InheritedFromUniqueProcessId =
                                            (ULONG_PTR)PsGetProcessInheritedFromUniqueProcessId(process)};
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}

// The classes that Microsoft documents, and those that drivers use to look for debuggers.
static NTSTATUS query_process(struct _EPROCESS *process, PROCESSINFOCLASS class, PVOID buffer, ULONG length,
                              PULONG returned)
{
    const ULONG_PTR none = 0;
    const ULONG flags = 1, break_on_end = process->break_on_end;
    switch (class) {
    case ProcessBasicInformation:
        return deliver_basic(process, buffer, length, returned);
    case ProcessDebugPort:
    case ProcessWow64Information:
        return ob_deliver(&none, sizeof none, buffer, length, returned);
    case ProcessImageFileName:
        ps_describe_process(process);
        return deliver_string(&process->image, buffer, length, returned);
    case ProcessCommandLineInformation:
        ps_describe_process(process);
        return deliver_string(&process->command_line, buffer, length, returned);
    case ProcessBreakOnTermination:
        return ob_deliver(&break_on_end, sizeof break_on_end, buffer, length, returned);
    case ProcessDebugObjectHandle:
        return STATUS_PORT_NOT_SET;
    case ProcessDebugFlags:
        return ob_deliver(&flags, sizeof flags, buffer, length, returned);
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI NtQueryInformationProcess(HANDLE handle, PROCESSINFOCLASS class, PVOID buffer, ULONG length,
                                         PULONG returned)
{
    void *process;
    NTSTATUS status = ob_reference_by_handle(handle, PROCESS_QUERY_LIMITED_INFORMATION, &ps_process_type,
                                             ExGetPreviousMode(), &process, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = query_process(process, class, buffer, length, returned);
    ob_dereference(process);
    return status;
}

// What a caller sets has a fixed size: STATUS_INFO_LENGTH_MISMATCH otherwise.
static NTSTATUS take(void *value, ULONG bytes, const void *buffer, ULONG length)
{
    return length == bytes ? mm_copy_in(value, buffer, bytes, ExGetPreviousMode()) : STATUS_INFO_LENGTH_MISMATCH;
}

static NTSTATUS take_priority(KPRIORITY *priority, const void *buffer, ULONG length)
{
    KPRIORITY wanted;
    NTSTATUS status = take(&wanted, sizeof wanted, buffer, length);
    if (NT_SUCCESS(status) && (wanted < LOWEST_PRIORITY || wanted > HIGHEST_PRIORITY))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        *priority = wanted;
    return status;
}

// Any processors there are: threads run where Linux puts them.
static NTSTATUS take_affinity(const void *buffer, ULONG length)
{
    KAFFINITY wanted;
    NTSTATUS status = take(&wanted, sizeof wanted, buffer, length);
    if (NT_SUCCESS(status) && (!wanted || (wanted & ~KeQueryActiveProcessors())))
        status = STATUS_INVALID_PARAMETER;
    return status;
}

static NTSTATUS set_process(struct _EPROCESS *process, PROCESSINFOCLASS class, PVOID buffer, ULONG length)
{
    ULONG number;
    NTSTATUS status;
    switch (class) {
    case ProcessBasePriority:
        return take_priority(&process->priority, buffer, length);
    case ProcessAffinityMask:
        return take_affinity(buffer, length);
    case ProcessBreakOnTermination:
        status = take(&number, sizeof number, buffer, length);
        if (NT_SUCCESS(status))
            process->break_on_end = number != 0;
        return status;
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI NtSetInformationProcess(HANDLE handle, PROCESSINFOCLASS class, PVOID buffer, ULONG length)
{
    void *process;
    NTSTATUS status =
        ob_reference_by_handle(handle, PROCESS_SET_INFORMATION, &ps_process_type, ExGetPreviousMode(), &process, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = set_process(process, class, buffer, length);
    ob_dereference(process);
    return status;
}

static NTSTATUS query_thread(struct _ETHREAD *thread, THREADINFOCLASS class, PVOID buffer, ULONG length,
                             PULONG returned)
{
    THREAD_BASIC_INFORMATION basic = {.ExitStatus = PsGetThreadExitStatus(thread),
                                      .ClientId = thread->Cid,
                                      .AffinityMask = KeQueryActiveProcessors(),
                                      .Priority = thread->Tcb.priority,
                                      .BasePriority = thread->Tcb.priority};
    const ULONG_PTR start = (ULONG_PTR)thread->start; // an application's thread is Linux's, which does not tell
    const BOOLEAN hidden = thread->hidden;
    switch ((int)class) {
    case ThreadBasicInformation:
        return ob_deliver(&basic, sizeof basic, buffer, length, returned);
    case ThreadQuerySetWin32StartAddress:
        return ob_deliver(&start, sizeof start, buffer, length, returned);
    case ThreadHideFromDebugger:
        return ob_deliver(&hidden, sizeof hidden, buffer, length, returned);
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI NtQueryInformationThread(HANDLE handle, THREADINFOCLASS class, PVOID buffer, ULONG length,
                                        PULONG returned)
{
    void *thread;
    NTSTATUS status =
        ob_reference_by_handle(handle, THREAD_QUERY_INFORMATION, &ps_thread_type, ExGetPreviousMode(), &thread, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = query_thread(thread, class, buffer, length, returned);
    ob_dereference(thread);
    return status;
}

// What is asked for is a distance from the process's.
static NTSTATUS take_base_priority(struct _ETHREAD *thread, const void *buffer, ULONG length)
{
    LONG increment;
    NTSTATUS status = take(&increment, sizeof increment, buffer, length);
    if (!NT_SUCCESS(status))
        return status;
    if (increment < -HIGHEST_PRIORITY || increment > HIGHEST_PRIORITY)
        return STATUS_INVALID_PARAMETER;
    KPRIORITY wanted = thread->process->priority + increment;
    thread->Tcb.priority = wanted < LOWEST_PRIORITY    ? LOWEST_PRIORITY
                           : wanted > HIGHEST_PRIORITY ? HIGHEST_PRIORITY
                                                       : wanted;
    return STATUS_SUCCESS;
}

static NTSTATUS set_thread(struct _ETHREAD *thread, THREADINFOCLASS class, PVOID buffer, ULONG length)
{
    switch ((int)class) {
    case ThreadPriority:
        return take_priority(&thread->Tcb.priority, buffer, length);
    case ThreadBasePriority:
        return take_base_priority(thread, buffer, length);
    case ThreadAffinityMask:
        return take_affinity(buffer, length);
    case ThreadHideFromDebugger:
        if (length)
            return STATUS_INFO_LENGTH_MISMATCH;
        thread->hidden = true;
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI NtSetInformationThread(HANDLE handle, THREADINFOCLASS class, PVOID buffer, ULONG length)
{
    void *thread;
    NTSTATUS status =
        ob_reference_by_handle(handle, THREAD_SET_INFORMATION, &ps_thread_type, ExGetPreviousMode(), &thread, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = set_thread(thread, class, buffer, length);
    ob_dereference(thread);
    return status;
}
