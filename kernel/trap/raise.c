// Raising an exception in software, and what becomes of one that nobody handles.
//
// The routines drivers call (ExRaiseStatus, RtlRaiseException, ...) stand in entry.S: they save the caller's
// registers in a struct trap and come here. They may also be called by kernel routines on behalf of a driver; the walk
// finds the driver's frame.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-exraisestatus
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0x3b--system-service-exception
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0x7e--system-thread-exception-not-handled
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0x1e--kmode-exception-not-handled
#include "trap/trap.h"

#include "ldr/patch.h"
#include "rtl/rtl.h"

#include <stdio.h>
#include <string.h>

// What entry.S takes for granted.
_Static_assert(sizeof(struct trap) == 0x5A0, "TRAP_BYTES");
_Static_assert(offsetof(struct trap, argument) == 0x568, "TRAP_ARGUMENT");
_Static_assert(offsetof(struct trap, exact) == 0x570, "TRAP_EXACT");
_Static_assert(offsetof(struct trap, extended) == 0x598, "TRAP_EXTENDED");
_Static_assert(offsetof(CONTEXT, ContextFlags) == 0x30 && offsetof(CONTEXT, SegCs) == 0x38, "CONTEXT");
_Static_assert(offsetof(CONTEXT, Rax) == 0x78 && offsetof(CONTEXT, Rip) == 0xF8, "CONTEXT");
_Static_assert(offsetof(CONTEXT, FltSave) == 0x100, "CONTEXT");
_Static_assert(offsetof(DISPATCHER_CONTEXT, LanguageHandler) == 48, "DISPATCHER_HANDLER");

_Noreturn void trap_raise_status(struct trap *trap);
_Noreturn void trap_raise_access_violation(struct trap *trap);
_Noreturn void trap_raise_misalignment(struct trap *trap);
_Noreturn void trap_raise_record(struct trap *trap);

// ---- going on -------------------------------------------------------------------------------------------------

// The components CONTEXT has come from it, the others from the image that was saved with the fault.
void trap_resume(struct trap *trap)
{
    enum { COMPONENTS = 512, X87_AND_SSE = 3 };
    hal_leave_frames();
    trap->context.Rip = (uint64_t)(uintptr_t)ldr_patch_resume((const void *)(uintptr_t)trap->context.Rip);
    if (!trap->extended)
        RtlRestoreContext(&trap->context, NULL);
    uint64_t components;
    char *image = trap->extended;
    memcpy(image, &trap->context.FltSave, offsetof(XMM_SAVE_AREA32, Reserved4));
    memcpy(&components, image + COMPONENTS, sizeof components);
    components |= X87_AND_SSE;
    memcpy(image + COMPONENTS, &components, sizeof components);
    trap_restore_extended(&trap->context, image, trap->extended_mask | X87_AND_SSE);
}

static _Noreturn void dispatch(struct trap *trap, PEXCEPTION_RECORD record)
{
    if (trap_dispatch(record, &trap->context, trap->exact))
        trap_resume(trap);
    trap_unhandled(record, &trap->context, trap->exact);
}

void trap_raise(struct trap *trap)
{
    dispatch(trap, &trap->record);
}

// ---- nobody handles it ------------------------------------------------------------------------------------------

static const char *describe(const EXCEPTION_RECORD *record)
{
    static __thread char what[256];
    const char *name = rtl_status_name(record->ExceptionCode);
    ULONG code = (ULONG)record->ExceptionCode;
    if ((record->ExceptionCode == STATUS_ACCESS_VIOLATION || record->ExceptionCode == STATUS_IN_PAGE_ERROR) &&
        record->NumberParameters >= 2)
        snprintf(what, sizeof what, "%s (0x%08X), %s address 0x%llX, and no __except took it", name, code,
                 record->ExceptionInformation[0] == 8   ? "execution of"
                 : record->ExceptionInformation[0] == 1 ? "write to"
                                                        : "read of",
                 (unsigned long long)record->ExceptionInformation[1]);
    else
        snprintf(what, sizeof what, "%s (0x%08X), and no __except took it", name, code);
    return what;
}

// In a system thread 0x7E, in a request 0x3B, above APC_LEVEL (a DPC) 0x1E, as on Windows.
void trap_unhandled(PEXCEPTION_RECORD record, PCONTEXT context, bool exact)
{
    const struct _KPROCESS *process = ke_current_thread()->Process;
    bool system_thread = process->user_end < process->user_base;
    CONTEXT at = *context; // the reporter walks from there
    struct ke_bugcheck bugcheck = {
        .code = KMODE_EXCEPTION_NOT_HANDLED,
        .parameters = {(ULONG)record->ExceptionCode, (ULONG_PTR)record->ExceptionAddress,
                       record->NumberParameters > 0 ? record->ExceptionInformation[0] : 0,
                       record->NumberParameters > 1 ? record->ExceptionInformation[1] : 0},
        .what = describe(record),
        .context = &at,
        .exact = exact,
        .instruction = (void *)(uintptr_t)trap_driver_pc(context, exact, NULL),
    };
    if (ke_irql() < DISPATCH_LEVEL) {
        bugcheck.code = system_thread ? SYSTEM_THREAD_EXCEPTION_NOT_HANDLED : SYSTEM_SERVICE_EXCEPTION;
        bugcheck.parameters[2] = system_thread ? (ULONG_PTR)record : (ULONG_PTR)context;
        bugcheck.parameters[3] = system_thread ? (ULONG_PTR)context : 0;
    }
    ke_stop(&bugcheck);
}

// ---- what the routines of entry.S do -------------------------------------------------------------------

static _Noreturn void raise_status(struct trap *trap, NTSTATUS status)
{
    trap->record = (EXCEPTION_RECORD){.ExceptionCode = status,
                                      .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                                      .ExceptionAddress = (PVOID)(uintptr_t)trap->context.Rip};
    trap_raise(trap);
}

void trap_raise_status(struct trap *trap)
{
    raise_status(trap, (NTSTATUS)trap->argument);
}

void trap_raise_access_violation(struct trap *trap)
{
    raise_status(trap, STATUS_ACCESS_VIOLATION);
}

void trap_raise_misalignment(struct trap *trap)
{
    raise_status(trap, STATUS_DATATYPE_MISALIGNMENT);
}

// The caller's own record is what filters see.
void trap_raise_record(struct trap *trap)
{
    PEXCEPTION_RECORD record = (PEXCEPTION_RECORD)(uintptr_t)trap->argument;
    record->ExceptionAddress = (PVOID)(uintptr_t)trap->context.Rip;
    dispatch(trap, record);
}

// A pure virtual function of a C++ driver was called: raises STATUS_NOT_IMPLEMENTED.
VOID NTAPI nt__purecall(void)
{
    ExRaiseStatus(STATUS_NOT_IMPLEMENTED);
}
