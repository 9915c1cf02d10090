// Attaching: the current thread sees the memory and the handles of another process for a while.
//
// KPROCESS is all there is to switch: what probing accepts, the handle table, the token. The caller holds a reference to
// the process. Attachments nest, each with a KAPC_STATE of the caller's that remembers the process before.
// ntifs/nf-ntifs-kestackattachprocess, -keunstackdetachprocess.
#include "ke/ke.h"

// KAPC_STATE.Process when there was nothing to do: the thread was there already.
static struct _KPROCESS *const same = (struct _KPROCESS *)1;

// IRQL <= APC_LEVEL.
void NTAPI KeStackAttachProcess(PKPROCESS process, PRKAPC_STATE state)
{
    struct _KTHREAD *thread = ke_current_thread();
    if (ke_irql() >= DISPATCH_LEVEL)
        ke_bugcheck(INVALID_PROCESS_ATTACH_ATTEMPT, (ULONG_PTR)process, (ULONG_PTR)thread->Process, 0, 0,
                    "KeStackAttachProcess at DISPATCH_LEVEL or above");
    *state = (KAPC_STATE){.Process = thread->Process == process ? same : thread->Process};
    thread->Process = process;
}

void NTAPI KeUnstackDetachProcess(PRKAPC_STATE state)
{
    if (ke_irql() >= DISPATCH_LEVEL || !state->Process)
        ke_bugcheck(INVALID_PROCESS_DETACH_ATTEMPT, (ULONG_PTR)state, ke_irql(), 0, 0,
                    "KeUnstackDetachProcess at DISPATCH_LEVEL or above, or without KeStackAttachProcess");
    if (state->Process != same)
        ke_current_thread()->Process = state->Process;
    state->Process = NULL;
}

// The older pair does not nest.
void NTAPI KeAttachProcess(PKPROCESS process)
{
    struct _KTHREAD *thread = ke_current_thread();
    if (thread->Process == process)
        return;
    if (thread->attached_from || ke_irql() >= DISPATCH_LEVEL)
        ke_bugcheck(INVALID_PROCESS_ATTACH_ATTEMPT, (ULONG_PTR)process, (ULONG_PTR)thread->Process, 0, 0,
                    "KeAttachProcess by a thread that is attached already, or at DISPATCH_LEVEL or above");
    thread->attached_from = thread->Process;
    thread->Process = process;
}

void NTAPI KeDetachProcess(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    if (!thread->attached_from)
        return;
    thread->Process = thread->attached_from;
    thread->attached_from = NULL;
}
