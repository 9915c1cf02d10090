// Asynchronous procedure calls: routines that run in the context of one thread.
//
// Kernel APCs are delivered when the target thread waits, calls KeLeaveCriticalRegion or returns from a service;
// user APCs when it waits alertably in user mode, by the gate, which calls the routine where user code runs.
// wdm; https://learn.microsoft.com/windows-hardware/drivers/kernel/types-of-apcs, waits-and-apcs.
#include "ke/ke.h"

void NTAPI KeInitializeApc(PKAPC apc, PKTHREAD thread, KAPC_ENVIRONMENT environment, PKKERNEL_ROUTINE kernel_routine,
                           PKRUNDOWN_ROUTINE rundown_routine, PKNORMAL_ROUTINE normal_routine,
                           KPROCESSOR_MODE mode, PVOID context)
{
    *apc = (KAPC){.Type = 0x12, .Size = sizeof *apc, .Thread = thread};
    apc->ApcStateIndex = (CCHAR)environment;
    apc->KernelRoutine = kernel_routine;
    apc->RundownRoutine = rundown_routine;
    apc->NormalRoutine = normal_routine;
    apc->ApcMode = normal_routine ? mode : KernelMode;
    apc->NormalContext = normal_routine ? context : NULL;
}

// FALSE when it is queued already or the thread has ended.
BOOLEAN NTAPI KeInsertQueueApc(PKAPC apc, PVOID argument1, PVOID argument2, KPRIORITY increment)
{
    PKTHREAD thread = apc->Thread;
    (void)increment;
    ke_lock_dispatcher();
    bool queued = !apc->Inserted && !thread->Header.SignalState;
    if (queued) {
        apc->Inserted = TRUE;
        apc->SystemArgument1 = argument1;
        apc->SystemArgument2 = argument2;
        InsertTailList(&thread->apcs[(int)apc->ApcMode], &apc->ApcListEntry);
        if (apc->ApcMode == KernelMode)
            ke_end_wait(thread, STATUS_KERNEL_APC);
        else if (thread->waiting && thread->wait_alertable && thread->wait_mode == UserMode)
            ke_end_wait(thread, STATUS_USER_APC);
    }
    ke_unlock_dispatcher();
    return queued;
}

BOOLEAN NTAPI KeRemoveQueueApc(PKAPC apc)
{
    ke_lock_dispatcher();
    bool queued = apc->Inserted;
    if (queued) {
        RemoveEntryList(&apc->ApcListEntry);
        apc->Inserted = FALSE;
    }
    ke_unlock_dispatcher();
    return queued;
}

static KAPC *take(struct _KTHREAD *thread, KPROCESSOR_MODE mode, bool special_only)
{
    for (LIST_ENTRY *entry = thread->apcs[(int)mode].Flink; entry != &thread->apcs[(int)mode]; entry = entry->Flink) {
        KAPC *apc = CONTAINING_RECORD(entry, KAPC, ApcListEntry);
        if (special_only && apc->NormalRoutine)
            continue;
        RemoveEntryList(entry);
        apc->Inserted = FALSE;
        return apc;
    }
    return NULL;
}

void ke_deliver_kernel_apcs(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    if (hal_likely(thread->apcs[KernelMode].Flink == &thread->apcs[KernelMode]) || ke_irql() >= APC_LEVEL ||
        thread->special_apc_disable)
        return;
    for (;;) {
        ke_lock_dispatcher();
        KAPC *apc = take(thread, KernelMode, thread->kernel_apc_disable != 0);
        ke_unlock_dispatcher();
        if (!apc)
            return;
        PKNORMAL_ROUTINE routine = apc->NormalRoutine;
        PVOID context = apc->NormalContext, argument1 = apc->SystemArgument1, argument2 = apc->SystemArgument2;
        ke_set_irql(APC_LEVEL);
        apc->KernelRoutine(apc, &routine, &context, &argument1, &argument2);
        ke_set_irql(PASSIVE_LEVEL);
        if (routine)
            routine(context, argument1, argument2);
    }
}

bool ke_take_user_apc(PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    struct _KTHREAD *thread = ke_current_thread();
    for (;;) {
        ke_lock_dispatcher();
        KAPC *apc = take(thread, UserMode, false);
        ke_unlock_dispatcher();
        if (!apc)
            return false;
        *routine = apc->NormalRoutine;
        *context = apc->NormalContext;
        *argument1 = apc->SystemArgument1;
        *argument2 = apc->SystemArgument2;
        apc->KernelRoutine(apc, routine, context, argument1, argument2);
        if (*routine)
            return true;
    }
}

BOOLEAN NTAPI KeAreApcsDisabled(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    return thread->kernel_apc_disable || thread->special_apc_disable || ke_irql() >= APC_LEVEL;
}

BOOLEAN NTAPI KeAreAllApcsDisabled(void)
{
    return ke_current_thread()->special_apc_disable || ke_irql() >= APC_LEVEL;
}

void NTAPI KeEnterCriticalRegion(void)
{
    ke_current_thread()->kernel_apc_disable++;
}

void NTAPI KeLeaveCriticalRegion(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    KE_ASSERT(thread->kernel_apc_disable > 0, "KeLeaveCriticalRegion without KeEnterCriticalRegion");
    thread->kernel_apc_disable--;
    ke_deliver_kernel_apcs();
}

void NTAPI KeEnterGuardedRegion(void)
{
    ke_current_thread()->special_apc_disable++;
}

void NTAPI KeLeaveGuardedRegion(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    KE_ASSERT(thread->special_apc_disable > 0, "KeLeaveGuardedRegion without KeEnterGuardedRegion");
    thread->special_apc_disable--;
    ke_deliver_kernel_apcs();
}

// Wake a thread from an alertable wait. Returns whether it was alerted already.
BOOLEAN NTAPI KeAlertThread(PKTHREAD thread, KPROCESSOR_MODE mode)
{
    ke_lock_dispatcher();
    bool before = thread->alerted[(int)mode];
    if (thread->waiting && thread->wait_alertable && mode <= thread->wait_mode)
        ke_end_wait(thread, STATUS_ALERTED);
    else
        thread->alerted[(int)mode] = true;
    ke_unlock_dispatcher();
    return before;
}

BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE mode)
{
    struct _KTHREAD *thread = ke_current_thread();
    ke_lock_dispatcher();
    bool before = thread->alerted[(int)mode];
    thread->alerted[(int)mode] = false;
    ke_unlock_dispatcher();
    return before;
}
