// More stack, and the floating-point and vector state, for a driver's own code.
//
// Threads of the kernel have more stack from the start than Windows gives after expanding, so the callout runs where the
// caller stands. The vector registers hold nothing that others still need: calls do not preserve them, and a DPC or APC
// between two instructions saves them itself (irql.c), so there is nothing to save.
// wdm/nf-wdm-kesaveextendedprocessorstate, -kesavefloatingpointstate; ntddk/nf-ntddk-keexpandkernelstackandcallout.
#include "ke/ke.h"

enum { MAXIMUM_EXPANSION_SIZE = 72 * 1024 - 4096 / 2 };

NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(VOID(NTAPI *callout)(PVOID), PVOID parameter, SIZE_T size, BOOLEAN wait,
                                               PVOID context)
{
    char *here = __builtin_frame_address(0);
    (void)wait, (void)context;
    if (size > MAXIMUM_EXPANSION_SIZE)
        return STATUS_INVALID_PARAMETER_3;
    if (!hal_touch_write(here - size, 1))
        return STATUS_NO_MEMORY;
    callout(parameter);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeExpandKernelStackAndCallout(VOID(NTAPI *callout)(PVOID), PVOID parameter, SIZE_T size)
{
    return KeExpandKernelStackAndCalloutEx(callout, parameter, size, FALSE, NULL);
}

NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE save)
{
    (void)save;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE save)
{
    (void)save;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI KeSaveExtendedProcessorState(ULONG64 mask, PXSTATE_SAVE save)
{
    *save = (XSTATE_SAVE){.Thread = ke_current_thread(), .Level = ke_irql(), .XStateContext.Mask = mask};
    return STATUS_SUCCESS;
}

void NTAPI KeRestoreExtendedProcessorState(PXSTATE_SAVE save)
{
    (void)save;
}
