// The services on threads: NtOpenThread, NtTerminateThread, NtQueryInformationThread, NtQueueApcThread, NtAlertThread.
#include "ps/ps.h"

// A thread of the calling process by its id, referenced.
static struct _ETHREAD *find_thread(HANDLE id)
{
    struct _EPROCESS *process = ps_current_process();
    struct _ETHREAD *thread = ps_next_thread(process, NULL);
    while (thread && thread->Cid.UniqueThread != id)
        thread = ps_next_thread(process, thread);
    return thread;
}

NTSTATUS NTAPI NtOpenThread(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID user_id)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    CLIENT_ID id;
    HANDLE made;
    NTSTATUS status = mm_copy_in(&id, user_id, sizeof id, mode);
    if (NT_SUCCESS(status))
        status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    ULONG flags = captured.attributes;
    ob_release_attributes(&captured);
    if (id.UniqueProcess && id.UniqueProcess != ps_current_process()->id)
        return STATUS_ACCESS_DENIED; // other processes' threads are their own business
    struct _ETHREAD *thread = find_thread(id.UniqueThread);
    if (!thread)
        return STATUS_INVALID_CID;
    status = ob_insert_handle(thread, ob_map_access(access, &ps_thread_type), flags, &made);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(handle, &made, sizeof made, mode)))
        ob_close_handle(made, mode);
    ob_dereference(thread);
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

NTSTATUS NTAPI NtQueryInformationThread(HANDLE handle, THREADINFOCLASS class, PVOID buffer, ULONG length,
                                        PULONG returned)
{
    void *object;
    if (class != ThreadBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status =
        ob_reference_by_handle(handle, THREAD_QUERY_INFORMATION, &ps_thread_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct _ETHREAD *thread = object;
    bool ended = __atomic_load_n(&thread->Tcb.Header.SignalState, __ATOMIC_ACQUIRE);
    THREAD_BASIC_INFORMATION answer = {.ExitStatus = ended ? thread->exit_status : STATUS_PENDING,
                                       .ClientId = thread->Cid,
                                       .AffinityMask = KeQueryActiveProcessors(),
                                       .Priority = thread->Tcb.priority,
                                       .BasePriority = thread->Tcb.priority};
    ob_dereference(object);
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}

struct user_apc {
    KAPC apc;
    struct mm_charge charge;
};

static void NTAPI free_user_apc(PKAPC apc)
{
    struct user_apc *mine = CONTAINING_RECORD(apc, struct user_apc, apc);
    mm_uncharge(&mine->charge);
    ex_free(mine);
}

static void NTAPI apc_taken(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)routine, (void)context, (void)argument1, (void)argument2;
    free_user_apc(apc);
}

// Runs when the thread next waits alertably.
NTSTATUS NTAPI NtQueueApcThread(HANDLE handle, PKNORMAL_ROUTINE routine, PVOID context, PVOID argument1,
                                PVOID argument2)
{
    void *object;
    NTSTATUS status =
        ob_reference_by_handle(handle, THREAD_SET_CONTEXT, &ps_thread_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct _ETHREAD *thread = object;
    struct mm_charge charge = {0};
    struct user_apc *mine = NULL;
    status = thread->system ? STATUS_INVALID_HANDLE : mm_charge(&charge, sizeof *mine);
    if (NT_SUCCESS(status) && !(mine = ex_allocate(sizeof *mine, EX_TAG('P', 's', 'A', 'p'))))
        status = STATUS_NO_MEMORY;
    if (mine) {
        mine->charge = charge;
        KeInitializeApc(&mine->apc, &thread->Tcb, OriginalApcEnvironment, apc_taken, free_user_apc, routine, UserMode,
                        context);
        if (!KeInsertQueueApc(&mine->apc, argument1, argument2, 0)) {
            free_user_apc(&mine->apc);
            status = STATUS_UNSUCCESSFUL;
        }
    } else {
        mm_uncharge(&charge);
    }
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtAlertThread(HANDLE handle)
{
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle, THREAD_ALERT, &ps_thread_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    KeAlertThread(object, UserMode);
    ob_dereference(object);
    return status;
}
