// User APCs and alerts for threads: NtQueueApcThread, NtAlertThread.
#include "ps/ps.h"

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
