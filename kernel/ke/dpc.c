// Deferred procedure calls: queued from anywhere, run one after the other at DISPATCH_LEVEL.
// wdm/nf-wdm-keinitializedpc, -keinsertqueuedpc, -keremovequeuedpc, -keflushqueueddpcs.
#include "ke/ke.h"

static LIST_ENTRY queue; // under the dispatcher lock
static bool running;     // a routine; under the dispatcher lock

void ke_dpc_init(void)
{
    InitializeListHead(&queue);
    running = false;
}

void NTAPI KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    *dpc = (KDPC){.DeferredRoutine = routine, .DeferredContext = context};
    dpc->Type = 0x13; // DpcObject
    dpc->Importance = MediumImportance;
}

// With the dispatcher lock; false when it is queued already.
bool ke_queue_dpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    if (dpc->DpcData)
        return false;
    LIST_ENTRY *entry = (LIST_ENTRY *)&dpc->DpcListEntry;
    dpc->DpcData = &queue;
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    if (dpc->Importance == HighImportance)
        InsertHeadList(&queue, entry);
    else
        InsertTailList(&queue, entry);
    ke_wake_processor();
    return true;
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    ke_lock_dispatcher();
    bool queued = ke_queue_dpc(dpc, argument1, argument2);
    ke_unlock_dispatcher();
    return queued;
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC dpc)
{
    ke_lock_dispatcher();
    bool queued = dpc->DpcData != NULL;
    if (queued) {
        RemoveEntryList((LIST_ENTRY *)&dpc->DpcListEntry);
        dpc->DpcData = NULL;
    }
    ke_unlock_dispatcher();
    return queued;
}

void NTAPI KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance)
{
    dpc->Importance = (UCHAR)importance;
}

void NTAPI KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number)
{
    dpc->Number = (USHORT)(0x500 + number); // MAXIMUM_PROCESSORS base, as the field is read by debuggers
}

static void NTAPI pass(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)argument1, (void)argument2;
    KeSetEvent(context, 0, FALSE);
}

// Everything queued before the call has run when it returns: a DPC at the end of the queue tells. PASSIVE_LEVEL.
void NTAPI KeFlushQueuedDpcs(void)
{
    KEVENT passed;
    KDPC marker;
    KeInitializeEvent(&passed, NotificationEvent, FALSE);
    KeInitializeDpc(&marker, pass, &passed);
    ke_lock_dispatcher();
    bool busy = running || !IsListEmpty(&queue);
    if (busy)
        ke_queue_dpc(&marker, NULL, NULL);
    ke_unlock_dispatcher();
    if (busy)
        KeWaitForSingleObject(&passed, Executive, KernelMode, FALSE, NULL);
}

// With the dispatcher lock, which is released around the routine. False when there was nothing to run.
bool ke_run_one_dpc(void)
{
    if (IsListEmpty(&queue))
        return false;
    KDPC *dpc = CONTAINING_RECORD(RemoveHeadList(&queue), KDPC, DpcListEntry);
    KDPC call = *dpc; // the routine may free or queue it again
    dpc->DpcData = NULL;
    running = true;
    ke_unlock_dispatcher();
    struct ke_recovery recovery = {.what = "a DPC routine"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        ke_set_irql(DISPATCH_LEVEL);
        call.DeferredRoutine(dpc, call.DeferredContext, call.SystemArgument1, call.SystemArgument2);
        if (ke_irql() != DISPATCH_LEVEL)
            ke_bugcheck_at((void *)call.DeferredRoutine, IRQL_NOT_DISPATCH_LEVEL, (ULONG_PTR)call.DeferredRoutine,
                           ke_irql(), DISPATCH_LEVEL, 0, "a DPC routine returned at another IRQL than DISPATCH_LEVEL");
    }
    ke_pop_recovery(&recovery);
    ke_set_irql(PASSIVE_LEVEL);
    ke_lock_dispatcher();
    running = false;
    return true;
}
