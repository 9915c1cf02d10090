// Deferred procedure calls: each processor has a queue, and runs it at DISPATCH_LEVEL, one after the other.
//
// A DPC goes to its target processor, without one to the caller's. Who runs it, and when:
//
//     the processor is held (somebody is at DISPATCH_LEVEL on it)    the holder, when it lowers IRQL
//     it is the caller's own, and the caller is below                the caller, before KeInsertQueueDpc returns
//     it is another                                                  that processor's thread
//
// wdm/nf-wdm-keinitializedpc, -keinsertqueuedpc, -keremovequeuedpc, -keflushqueueddpcs, -kesettargetprocessordpc;
// https://learn.microsoft.com/windows-hardware/drivers/kernel/organization-of-dpc-queues
#include "ke/ke.h"

enum { MOST_AT_ONCE = 1000 }; // the rest, and a DPC that queues itself for ever, is left to the processor's thread
enum { DPC_OBJECT = 0x13, THREADED_DPC_OBJECT = 0x18, TARGET_BASE = 0x500 }; // as debuggers read the fields

void NTAPI KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    *dpc = (KDPC){.DeferredRoutine = routine, .DeferredContext = context};
    dpc->Type = DPC_OBJECT;
    dpc->Importance = MediumImportance;
}

// Runs as an ordinary DPC, which the documentation allows: wdm/nf-wdm-keinitializethreadeddpc.
void NTAPI KeInitializeThreadedDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    KeInitializeDpc(dpc, routine, context);
    dpc->Type = THREADED_DPC_OBJECT;
}

static struct ke_processor *target(const KDPC *dpc)
{
    USHORT number = dpc->Number;
    return number >= TARGET_BASE ? ke_processor(number - TARGET_BASE) : ke_current_thread()->pcr->processor;
}

// With the dispatcher lock: put it into a queue; NULL when it is in one already.
static struct ke_processor *enqueue(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    struct ke_processor *processor = target(dpc);
    if (dpc->DpcData)
        return NULL;
    LIST_ENTRY *entry = (LIST_ENTRY *)&dpc->DpcListEntry;
    dpc->DpcData = processor;
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    if (dpc->Importance == HighImportance)
        InsertHeadList(&processor->dpcs, entry);
    else
        InsertTailList(&processor->dpcs, entry);
    atomic_fetch_or(&processor->state, KE_PROCESSOR_DPCS);
    return processor;
}

bool ke_queue_dpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    struct ke_processor *processor = enqueue(dpc, argument1, argument2);
    if (processor && !(atomic_load(&processor->state) & KE_PROCESSOR_HELD))
        ke_wake_processor(processor);
    return processor != NULL;
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    struct ke_pcr *pcr = ke_current_thread()->pcr;
    ke_lock_dispatcher();
    struct ke_processor *processor = enqueue(dpc, argument1, argument2);
    bool mine = processor == pcr->processor && ke_irql() < DISPATCH_LEVEL;
    if (processor && !mine && !(atomic_load(&processor->state) & KE_PROCESSOR_HELD))
        ke_wake_processor(processor);
    ke_unlock_dispatcher();
    if (mine)
        ke_processor_released(pcr, true);
    return processor != NULL;
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

// With wait_if_active (at PASSIVE_LEVEL) the routine is not running any more either when this returns.
BOOLEAN NTAPI KeRemoveQueueDpcEx(PRKDPC dpc, BOOLEAN wait_if_active)
{
    BOOLEAN removed = KeRemoveQueueDpc(dpc);
    if (wait_if_active)
        KeFlushQueuedDpcs();
    return removed;
}

void NTAPI KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance)
{
    dpc->Importance = (UCHAR)importance;
}

void NTAPI KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number)
{
    dpc->Number = (USHORT)(TARGET_BASE + number);
}

NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC dpc, PPROCESSOR_NUMBER number)
{
    if (number->Group != 0 || number->Number >= ke_processor_count() || number->Reserved != 0)
        return STATUS_INVALID_PARAMETER;
    dpc->Number = (USHORT)(TARGET_BASE + number->Number);
    return STATUS_SUCCESS;
}

static void NTAPI pass(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)argument1, (void)argument2;
    KeSetEvent(context, 0, FALSE);
}

static void flush(struct ke_processor *processor)
{
    KEVENT passed;
    KDPC marker;
    KeInitializeEvent(&passed, NotificationEvent, FALSE);
    KeInitializeDpc(&marker, pass, &passed);
    KeSetTargetProcessorDpc(&marker, (CCHAR)processor->number);
    ke_lock_dispatcher();
    bool busy = processor->running || !IsListEmpty(&processor->dpcs);
    if (busy)
        ke_queue_dpc(&marker, NULL, NULL);
    ke_unlock_dispatcher();
    if (busy)
        KeWaitForSingleObject(&passed, Executive, KernelMode, FALSE, NULL);
}

// Everything queued before the call has run when it returns: a DPC at the end of each queue tells. PASSIVE_LEVEL.
void NTAPI KeFlushQueuedDpcs(void)
{
    for (unsigned i = 0; i < ke_processor_count(); i++)
        flush(ke_processor(i));
}

static void run(PKDPC dpc, const KDPC *call)
{
    struct ke_recovery recovery = {.what = "a DPC routine"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        call->DeferredRoutine(dpc, call->DeferredContext, call->SystemArgument1, call->SystemArgument2);
        if (ke_irql() != DISPATCH_LEVEL)
            ke_bugcheck_at((void *)call->DeferredRoutine, IRQL_NOT_DISPATCH_LEVEL, (ULONG_PTR)call->DeferredRoutine,
                           ke_irql(), DISPATCH_LEVEL, 0, "a DPC routine returned at another IRQL than DISPATCH_LEVEL");
    }
    ke_pop_recovery(&recovery);
}

void ke_run_dpcs(struct ke_processor *processor)
{
    ke_lock_dispatcher();
    for (int left = MOST_AT_ONCE; left && !IsListEmpty(&processor->dpcs); left--) {
        KDPC *dpc = CONTAINING_RECORD(RemoveHeadList(&processor->dpcs), KDPC, DpcListEntry);
        KDPC call = *dpc; // the routine may free or queue it again
        dpc->DpcData = NULL;
        processor->running = true;
        ke_unlock_dispatcher();
        run(dpc, &call);
        ke_lock_dispatcher();
        processor->running = false;
    }
    if (IsListEmpty(&processor->dpcs))
        atomic_fetch_and(&processor->state, ~(uint32_t)KE_PROCESSOR_DPCS);
    ke_unlock_dispatcher();
}
