// Which processors there are, which one a thread is on, and which ones it may be on. There is one group of processors.
// wdm/nf-wdm-kequeryactiveprocessorcountex, -kesetsystemaffinitythreadex, -kereverttouseraffinitythreadex;
// https://learn.microsoft.com/windows-hardware/drivers/kernel/processor-group-support
#include "ke/ke.h"

enum { ALL_GROUPS = 0xFFFF };

CCHAR KeNumberProcessors; // exported; ke_init fills it in

ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY active)
{
    if (active)
        *active = ke_active_processors();
    return ke_processor_count();
}

ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT group)
{
    return group == 0 || group == ALL_GROUPS ? ke_processor_count() : 0;
}

ULONG NTAPI KeQueryMaximumProcessorCount(void)
{
    return ke_processor_count(); // none is ever added
}

ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT group)
{
    return KeQueryActiveProcessorCountEx(group);
}

USHORT NTAPI KeQueryActiveGroupCount(void)
{
    return 1;
}

USHORT NTAPI KeQueryMaximumGroupCount(void)
{
    return 1;
}

KAFFINITY NTAPI KeQueryActiveProcessors(void)
{
    return ke_active_processors();
}

KAFFINITY NTAPI KeQueryGroupAffinity(USHORT group)
{
    return group == 0 ? ke_active_processors() : 0;
}

// One node, number 0, has all processors.
void NTAPI KeQueryNodeActiveAffinity(USHORT node, PGROUP_AFFINITY affinity, PUSHORT count)
{
    if (affinity)
        *affinity = (GROUP_AFFINITY){.Mask = node == 0 ? ke_active_processors() : 0};
    if (count)
        *count = node == 0 ? (USHORT)ke_processor_count() : 0;
}

// A thread below DISPATCH_LEVEL may be on another one a moment later.
ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number)
{
    ULONG index = ke_current_thread()->pcr->Pcr.Prcb.Number;
    if (number)
        *number = (PROCESSOR_NUMBER){.Number = (UCHAR)index};
    return index;
}

NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG index, PPROCESSOR_NUMBER number)
{
    if (index >= ke_processor_count())
        return STATUS_INVALID_PARAMETER;
    *number = (PROCESSOR_NUMBER){.Number = (UCHAR)index};
    return STATUS_SUCCESS;
}

ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER number)
{
    return number->Group == 0 && number->Number < ke_processor_count() ? number->Number : INVALID_PROCESSOR_INDEX;
}

// ---- where a thread may be --------------------------------------------------------------------------------------------

// On the current thread. At DISPATCH_LEVEL it stays where it is until it lowers IRQL.
static void move(struct _KTHREAD *thread, KAFFINITY affinity)
{
    struct ke_pcr *pcr = thread->pcr;
    thread->affinity = affinity;
    if (affinity >> pcr->processor->number & 1)
        return;
    if (ke_irql() >= DISPATCH_LEVEL)
        atomic_fetch_or(&pcr->processor->state, KE_PROCESSOR_WANTED); // so that giving it back is noticed
    else
        ke_set_home(pcr, ke_processor((unsigned)__builtin_ctzll(affinity)));
}

// The system affinity before; 0: none was set, and the thread may be anywhere. A set without a processor that exists
// changes nothing.
KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY affinity)
{
    struct _KTHREAD *thread = ke_current_thread();
    KAFFINITY before = thread->system_affinity;
    if (affinity & ke_active_processors()) {
        thread->system_affinity = affinity & ke_active_processors();
        move(thread, thread->system_affinity);
    }
    return before;
}

void NTAPI KeSetSystemAffinityThread(KAFFINITY affinity)
{
    KeSetSystemAffinityThreadEx(affinity);
}

// 0: back to where the thread may be without a system affinity; else that affinity is the system affinity again.
void NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY affinity)
{
    struct _KTHREAD *thread = ke_current_thread();
    if (affinity) {
        KeSetSystemAffinityThreadEx(affinity);
        return;
    }
    thread->system_affinity = 0;
    thread->affinity = ~(KAFFINITY)0;
}

void NTAPI KeRevertToUserAffinityThread(void)
{
    KeRevertToUserAffinityThreadEx(0);
}

void NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY affinity, PGROUP_AFFINITY previous)
{
    KAFFINITY before = affinity->Group == 0 ? KeSetSystemAffinityThreadEx(affinity->Mask) : 0;
    if (previous)
        *previous = (GROUP_AFFINITY){.Mask = before};
}

void NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY previous)
{
    KeRevertToUserAffinityThreadEx(previous->Group == 0 ? previous->Mask : 0);
}
