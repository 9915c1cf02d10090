// KTHREAD: the part of a thread that waits, and the processor control region at GS.
#include "ke/ke.h"
#include "ke/ke_mode.h"

enum { NORMAL_PRIORITY = 8 };

NTSTATUS ke_initialize_thread(struct _KTHREAD *thread, struct _KPROCESS *process, KPROCESSOR_MODE mode)
{
    struct ke_pcr *pcr = hal_alloc(sizeof *pcr);
    if (!pcr)
        return STATUS_INSUFFICIENT_RESOURCES;
    ke_initialize_header(&thread->Header, ThreadObject, sizeof *thread, 0);
    thread->Process = process;
    thread->PreviousMode = mode;
    thread->pcr = pcr;
    thread->priority = NORMAL_PRIORITY;
    thread->affinity = ~(KAFFINITY)0;
    InitializeListHead(&thread->apcs[KernelMode]);
    InitializeListHead(&thread->apcs[UserMode]);
    InitializeListHead(&thread->mutants);
    pcr->Pcr.Self = &pcr->Pcr;
    pcr->Pcr.CurrentPrcb = &pcr->Pcr.Prcb;
    pcr->Pcr.Prcb.CurrentThread = thread;
    ke_set_home(pcr, ke_next_home());
    return STATUS_SUCCESS;
}

void ke_delete_thread(struct _KTHREAD *thread)
{
    hal_free(thread->pcr);
    thread->pcr = NULL;
}

void ke_enter_thread(struct _KTHREAD *thread)
{
    hal_signal_stack_enter();
    hal_set_gs(thread->pcr);
}

void ke_leave_thread(void)
{
    hal_set_gs(NULL);
    hal_signal_stack_leave();
}

void ke_thread_ended(struct _KTHREAD *thread)
{
    ke_lock_dispatcher();
    ke_abandon_mutants(thread);
    ke_set_state(&thread->Header, 1); // no APC is queued from here on
    ke_release_waiters(&thread->Header);
    ke_unlock_dispatcher();
    ke_rundown_apcs(thread);
}

void ke_terminate_thread(struct _KTHREAD *thread)
{
    ke_lock_dispatcher();
    thread->terminating = true;
    if (thread->waiting && thread->wait_mode == UserMode)
        ke_end_wait(thread, STATUS_THREAD_IS_TERMINATING);
    ke_unlock_dispatcher();
}

PKTHREAD NTAPI KeGetCurrentThread(void)
{
    return ke_current_thread();
}

KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD thread, KPRIORITY priority)
{
    KPRIORITY before = thread->priority;
    thread->priority = priority;
    return before;
}

// The increment to the process's priority that was set before. Nothing is scheduled by priorities here.
LONG NTAPI KeSetBasePriorityThread(PKTHREAD thread, LONG increment)
{
    LONG before = thread->priority - NORMAL_PRIORITY, priority = NORMAL_PRIORITY + increment;
    thread->priority = priority < 1 ? 1 : priority > 31 ? 31 : priority;
    return before;
}

KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD thread)
{
    return thread->priority;
}

KPROCESSOR_MODE NTAPI ExGetPreviousMode(void)
{
    return ke_current_thread()->PreviousMode;
}

CCHAR ke_set_previous_mode(CCHAR mode)
{
    struct _KTHREAD *thread = ke_current_thread();
    CCHAR before = thread->PreviousMode;
    thread->PreviousMode = mode;
    return before;
}
