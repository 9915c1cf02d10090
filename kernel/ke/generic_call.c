// One DPC on every processor at the same time, for those who must stop or see them all.
//
//     KeGenericCallDpc   queues one to each processor and waits until all have called KeSignalCallDpcDone
//     argument 1         how many have not called it yet
//     argument 2         the meeting point: KeSignalCallDpcSynchronize returns when all have come, TRUE to one of them
//
// Exported and not documented by Microsoft; as ntddk.h declares them.
#include "ke/ke.h"

struct meeting {
    _Atomic LONG expected, arrived, generation;
};

struct generic_call {
    _Atomic LONG left;
    struct meeting meeting;
    KEVENT done;
    PKDEFERRED_ROUTINE routine;
    PVOID context;
    KDPC dpcs[KE_MOST_PROCESSORS];
};

static struct generic_call the_call;
static struct hal_mutex one_at_a_time; // two calls' DPCs would wait for each other

static void NTAPI call(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct generic_call *all = context;
    all->routine(dpc, all->context, argument1, argument2);
}

void NTAPI KeSignalCallDpcDone(PVOID argument1)
{
    struct generic_call *all = CONTAINING_RECORD(argument1, struct generic_call, left);
    if (atomic_fetch_sub(&all->left, 1) == 1)
        KeSetEvent(&all->done, 0, FALSE);
}

LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID argument2)
{
    struct meeting *meeting = argument2;
    LONG generation = atomic_load(&meeting->generation);
    if (atomic_fetch_add(&meeting->arrived, 1) + 1 == atomic_load(&meeting->expected)) {
        atomic_store(&meeting->arrived, 0);
        atomic_fetch_add(&meeting->generation, 1);
        return TRUE;
    }
    while (atomic_load(&meeting->generation) == generation)
        hal_yield();
    return FALSE;
}

// IRQL <= APC_LEVEL.
void NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE routine, PVOID context)
{
    struct generic_call *all = &the_call;
    unsigned count = ke_processor_count();
    hal_mutex_lock(&one_at_a_time);
    all->routine = routine;
    all->context = context;
    atomic_store(&all->left, (LONG)count);
    atomic_store(&all->meeting.expected, (LONG)count);
    KeInitializeEvent(&all->done, NotificationEvent, FALSE);
    for (unsigned i = 0; i < count; i++) {
        KeInitializeDpc(&all->dpcs[i], call, all);
        KeSetTargetProcessorDpc(&all->dpcs[i], (CCHAR)i);
        KeSetImportanceDpc(&all->dpcs[i], HighImportance);
    }
    ke_lock_dispatcher();
    for (unsigned i = 0; i < count; i++)
        ke_queue_dpc(&all->dpcs[i], &all->left, &all->meeting);
    ke_unlock_dispatcher();
    KeWaitForSingleObject(&all->done, Executive, KernelMode, FALSE, NULL);
    KeFlushQueuedDpcs(); // the last routine has returned
    hal_mutex_unlock(&one_at_a_time);
}
