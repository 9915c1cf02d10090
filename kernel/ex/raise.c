// Raising a status. Until drivers' exception handlers are unwound (kernel/ldr), a raised status nobody can catch
// is what it is on Windows without a handler: a bugcheck.
#include "ex/ex.h"

NTAPI_NORETURN void ExRaiseStatus(NTSTATUS status)
{
    ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)status, (ULONG_PTR)__builtin_return_address(0), 0, 0,
                "a status was raised and no exception handler took it");
}

NTAPI_NORETURN void ExRaiseAccessViolation(void)
{
    ExRaiseStatus(STATUS_ACCESS_VIOLATION);
}

NTAPI_NORETURN void ExRaiseDatatypeMisalignment(void)
{
    ExRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
}
