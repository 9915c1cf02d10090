// Asynchronous procedure calls: routines that run in the context of one thread.
//
// Kernel APCs are delivered at once to the thread that queues them to itself, otherwise when the target thread waits,
// calls KeLeaveCriticalRegion or lowers its IRQL; user APCs when it waits alertably in user mode, by the gate, which
// calls the routine where user code runs. Once taken, the KAPC is its kernel routine's: nothing here looks at it again.
// wdm; https://learn.microsoft.com/windows-hardware/drivers/kernel/types-of-apcs, waits-and-apcs.
#include "ke/ke.h"

void NTAPI KeInitializeApc(PKAPC apc, PKTHREAD thread, KAPC_ENVIRONMENT environment, PKKERNEL_ROUTINE kernel_routine,
                           PKRUNDOWN_ROUTINE rundown_routine, PKNORMAL_ROUTINE normal_routine, KPROCESSOR_MODE mode,
                           PVOID context)
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
        if (apc->ApcMode == KernelMode) {
            atomic_fetch_add(&thread->kernel_apcs, 1);
            ke_end_wait(thread, STATUS_KERNEL_APC);
        } else if (thread->waiting && thread->wait_alertable && thread->wait_mode == UserMode) {
            thread->user_apc_due = true;
            ke_end_wait(thread, STATUS_USER_APC);
        }
    }
    ke_unlock_dispatcher();
    if (queued && thread == ke_current_thread())
        ke_deliver_kernel_apcs(); // nothing holds it back: at once
    return queued;
}

// With the dispatcher lock.
static void unqueue(PKAPC apc)
{
    RemoveEntryList(&apc->ApcListEntry);
    apc->Inserted = FALSE;
    if (apc->ApcMode == KernelMode)
        atomic_fetch_sub(&apc->Thread->kernel_apcs, 1);
}

BOOLEAN NTAPI KeRemoveQueueApc(PKAPC apc)
{
    ke_lock_dispatcher();
    bool queued = apc->Inserted;
    if (queued)
        unqueue(apc);
    ke_unlock_dispatcher();
    return queued;
}

// Takes the next APC out; its fields are in *copy. NULL when there is none.
static KAPC *take(struct _KTHREAD *thread, KPROCESSOR_MODE mode, bool special_only, KAPC *copy)
{
    KAPC *taken = NULL;
    ke_lock_dispatcher();
    LIST_ENTRY *list = &thread->apcs[(int)mode];
    for (LIST_ENTRY *entry = list->Flink; !taken && entry != list; entry = entry->Flink) {
        KAPC *apc = CONTAINING_RECORD(entry, KAPC, ApcListEntry);
        if (!special_only || !apc->NormalRoutine)
            taken = apc;
    }
    if (taken) {
        *copy = *taken;
        unqueue(taken);
    }
    ke_unlock_dispatcher();
    return taken;
}

void ke_deliver_kernel_apcs(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    KAPC *apc, call;
    if (hal_likely(!atomic_load_explicit(&thread->kernel_apcs, memory_order_relaxed)) || ke_irql() >= APC_LEVEL ||
        thread->special_apc_disable)
        return;
    while ((apc = take(thread, KernelMode, thread->kernel_apc_disable != 0, &call))) {
        ke_set_irql(APC_LEVEL);
        call.KernelRoutine(apc, &call.NormalRoutine, &call.NormalContext, &call.SystemArgument1, &call.SystemArgument2);
        ke_set_irql(PASSIVE_LEVEL);
        if (call.NormalRoutine)
            call.NormalRoutine(call.NormalContext, call.SystemArgument1, call.SystemArgument2);
    }
}

bool ke_kernel_apc_waits(struct _KTHREAD *thread)
{
    if (hal_likely(!atomic_load_explicit(&thread->kernel_apcs, memory_order_relaxed)) || ke_irql() >= APC_LEVEL ||
        thread->special_apc_disable)
        return false;
    LIST_ENTRY *list = &thread->apcs[KernelMode], *entry = list->Flink;
    while (thread->kernel_apc_disable && entry != list && CONTAINING_RECORD(entry, KAPC, ApcListEntry)->NormalRoutine)
        entry = entry->Flink;
    return entry != list;
}

void (*ke_run_user_apcs)(void);

bool ke_take_user_apc(PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    KAPC *apc, call;
    while ((apc = take(ke_current_thread(), UserMode, false, &call))) {
        *routine = call.NormalRoutine;
        *context = call.NormalContext;
        *argument1 = call.SystemArgument1;
        *argument2 = call.SystemArgument2;
        call.KernelRoutine(apc, routine, context, argument1, argument2);
        if (*routine)
            return true;
    }
    ke_current_thread()->user_apc_due = false;
    return false;
}

void ke_rundown_apcs(struct _KTHREAD *thread)
{
    KAPC *apc, call;
    for (int mode = KernelMode; mode <= UserMode; mode++)
        while ((apc = take(thread, (KPROCESSOR_MODE)mode, false, &call)))
            if (call.RundownRoutine)
                call.RundownRoutine(apc);
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
    if (hal_unlikely(thread->kernel_apc_disable <= 0))
        ke_bugcheck(APC_INDEX_MISMATCH, 0, 0, (ULONG_PTR)thread->kernel_apc_disable, 0,
                    "KeLeaveCriticalRegion without KeEnterCriticalRegion");
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
    if (hal_unlikely(thread->special_apc_disable <= 0))
        ke_bugcheck(APC_INDEX_MISMATCH, 0, 0, (ULONG_PTR)thread->special_apc_disable, 0,
                    "KeLeaveGuardedRegion without KeEnterGuardedRegion");
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
