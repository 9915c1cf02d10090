// Opening and ending processes and threads: NtOpenProcess, NtOpenThread, NtTerminateProcess, NtTerminateThread.
// ntddk/nf-ntddk-zwopenprocess, -zwterminateprocess.
#include "ps/ps.h"

// One of them by the client ID, referenced.
typedef NTSTATUS finder(PCLIENT_ID id, void **object);

static NTSTATUS open_by_id(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID user_id,
                           finder *find)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    CLIENT_ID id;
    void *object;
    HANDLE made;
    if (!user_id)
        return STATUS_INVALID_PARAMETER_MIX; // neither has a name
    NTSTATUS status = mm_copy_in(&id, user_id, sizeof id, mode);
    if (NT_SUCCESS(status))
        status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = captured.name.Length ? STATUS_INVALID_PARAMETER_MIX : find(&id, &object);
    if (NT_SUCCESS(status)) {
        status = ob_check_access(object, access, mode, &access);
        if (NT_SUCCESS(status))
            status = ob_insert_handle(object, access, captured.attributes, &made);
        if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(handle, &made, sizeof made, mode)))
            ob_close_handle(made, mode);
        ob_dereference(object);
    }
    ob_release_attributes(&captured);
    return status;
}

static NTSTATUS find_process(PCLIENT_ID id, void **object)
{
    PETHREAD thread;
    if (!id->UniqueThread)
        return PsLookupProcessByProcessId(id->UniqueProcess, (PEPROCESS *)object);
    NTSTATUS status = PsLookupProcessThreadByCid(id, (PEPROCESS *)object, &thread);
    if (NT_SUCCESS(status))
        ob_dereference(thread);
    return status;
}

static NTSTATUS find_thread(PCLIENT_ID id, void **object)
{
    if (id->UniqueProcess)
        return PsLookupProcessThreadByCid(id, NULL, (PETHREAD *)object);
    return NT_SUCCESS(PsLookupThreadByThreadId(id->UniqueThread, (PETHREAD *)object)) ? STATUS_SUCCESS
                                                                                      : STATUS_INVALID_CID;
}

// STATUS_INVALID_CID: there is none.
NTSTATUS NTAPI NtOpenProcess(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID id)
{
    return open_by_id(handle, access, attributes, id, find_process);
}

NTSTATUS NTAPI NtOpenThread(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID id)
{
    return open_by_id(handle, access, attributes, id, find_thread);
}

// The process ends at once, as if it had been killed. A handle of 0: the other threads of the calling process, which is
// nothing here because an application ends its threads itself.
NTSTATUS NTAPI NtTerminateProcess(HANDLE handle, NTSTATUS exit_status)
{
    void *object;
    if (!handle)
        return STATUS_SUCCESS;
    NTSTATUS status =
        ob_reference_by_handle(handle, PROCESS_TERMINATE, &ps_process_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = ps_kill_process(object, exit_status);
    ob_dereference(object);
    return status;
}

// The calling thread: its exit status is noted, and it returns to end itself. Another thread: its user-mode waits
// end, and it is expected to go.
NTSTATUS NTAPI NtTerminateThread(HANDLE handle, NTSTATUS exit_status)
{
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle ? handle : NtCurrentThread(), THREAD_TERMINATE, &ps_thread_type,
                                             ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct _ETHREAD *thread = object;
    if (thread->system) {
        status = STATUS_INVALID_PARAMETER;
    } else {
        thread->exit_status = exit_status;
        if (thread != ps_current_thread())
            ke_terminate_thread(&thread->Tcb);
    }
    ob_dereference(object);
    return status;
}
