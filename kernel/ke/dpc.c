// Deferred procedure calls: queued from anywhere, run one after the other at DISPATCH_LEVEL.
// wdm/nf-wdm-keinitializedpc, -keinsertqueuedpc, -keremovequeuedpc, -keflushqueueddpcs.
#include "ke/ke.h"

static LIST_ENTRY queue; // under the dispatcher lock
static _Atomic uint32_t running_word;

void ke_dpc_init(void)
{
    InitializeListHead(&queue);
    atomic_store(&running_word, 0);
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

// Everything queued before the call has run when it returns.
void NTAPI KeFlushQueuedDpcs(void)
{
    for (;;) {
        ke_lock_dispatcher();
        bool idle = IsListEmpty(&queue) && !atomic_load(&running_word);
        ke_unlock_dispatcher();
        if (idle)
            return;
        uint64_t soon = hal_monotonic_ns() + 1000000;
        hal_futex_wait(&running_word, 1, &soon);
    }
}

// With the dispatcher lock, which is released around the routine. False when there was nothing to run.
bool ke_run_one_dpc(void)
{
    if (IsListEmpty(&queue))
        return false;
    KDPC *dpc = CONTAINING_RECORD(RemoveHeadList(&queue), KDPC, DpcListEntry);
    KDPC call = *dpc; // the routine may free or queue it again
    dpc->DpcData = NULL;
    atomic_store(&running_word, 1);
    ke_unlock_dispatcher();
    struct ke_recovery recovery = {.what = "a DPC routine"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        ke_set_irql(DISPATCH_LEVEL);
        call.DeferredRoutine(dpc, call.DeferredContext, call.SystemArgument1, call.SystemArgument2);
        KE_ASSERT(ke_irql() == DISPATCH_LEVEL, "a DPC routine returned at another IRQL than DISPATCH_LEVEL");
    }
    ke_pop_recovery(&recovery);
    ke_set_irql(PASSIVE_LEVEL);
    atomic_store(&running_word, 0);
    hal_futex_wake(&running_word, INT32_MAX);
    ke_lock_dispatcher();
    return true;
}
