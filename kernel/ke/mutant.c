// Mutants (mutexes): owned by a thread, recursively; abandoned when the owner ends.
//
//      free (1) --wait--> owned (0, -1, ...) --release--> free (1)
//                            |
//                            +-- owner ends --> free (1), Abandoned: the next wait returns STATUS_ABANDONED
//
// wdm/nf-wdm-keinitializemutex, -kereleasemutex.
#include "ke/ke.h"

void ke_initialize_mutant(PRKMUTANT mutant, BOOLEAN owned, UCHAR apc_disable)
{
    struct _KTHREAD *thread = ke_current_thread();
    ke_initialize_header(&mutant->Header, MutantObject, sizeof *mutant, owned ? 0 : 1);
    mutant->OwnerThread = NULL;
    mutant->Abandoned = FALSE;
    mutant->ApcDisable = apc_disable;
    InitializeListHead(&mutant->MutantListEntry);
    if (owned) {
        ke_lock_dispatcher();
        mutant->OwnerThread = thread;
        InsertTailList(&thread->mutants, &mutant->MutantListEntry);
        thread->kernel_apc_disable += apc_disable;
        ke_unlock_dispatcher();
    }
}

static void let_go(KMUTANT *mutant, struct _KTHREAD *owner)
{
    RemoveEntryList(&mutant->MutantListEntry);
    InitializeListHead(&mutant->MutantListEntry);
    if (owner->kernel_apc_disable) // a recovery point may have put it back already
        owner->kernel_apc_disable -= mutant->ApcDisable;
    mutant->OwnerThread = NULL;
    mutant->Header.SignalState = 1;
}

// One release by the current thread. STATUS_MUTANT_NOT_OWNED when it is not the owner.
NTSTATUS ke_release_mutant(PRKMUTANT mutant, LONG *before)
{
    struct _KTHREAD *thread = ke_current_thread();
    NTSTATUS status = STATUS_SUCCESS;
    ke_lock_dispatcher();
    *before = mutant->Header.SignalState;
    if (mutant->OwnerThread != thread) {
        status = mutant->Abandoned ? STATUS_ABANDONED : STATUS_MUTANT_NOT_OWNED;
    } else if (++mutant->Header.SignalState == 1) {
        let_go(mutant, thread);
        ke_release_waiters(&mutant->Header);
    }
    ke_unlock_dispatcher();
    return status;
}

void ke_abandon_mutants(struct _KTHREAD *thread)
{
    while (!IsListEmpty(&thread->mutants)) {
        KMUTANT *mutant = CONTAINING_RECORD(thread->mutants.Flink, KMUTANT, MutantListEntry);
        let_go(mutant, thread);
        mutant->Abandoned = TRUE;
        ke_release_waiters(&mutant->Header);
    }
}

void NTAPI KeInitializeMutex(PRKMUTEX mutex, ULONG level)
{
    (void)level;
    ke_initialize_mutant(mutex, FALSE, 1);
}

LONG NTAPI KeReleaseMutex(PRKMUTEX mutex, BOOLEAN wait)
{
    LONG before;
    (void)wait;
    NTSTATUS status = ke_release_mutant(mutex, &before);
    if (!NT_SUCCESS(status))
        ExRaiseStatus(status);
    return before;
}

LONG NTAPI KeReadStateMutex(PRKMUTEX mutex)
{
    ke_lock_dispatcher();
    LONG state = mutex->Header.SignalState;
    ke_unlock_dispatcher();
    return state;
}
