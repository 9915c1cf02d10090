// Bugchecks: the end of a driver, not of the program around it.
//
//      KeBugCheckEx, a fault in a driver, a broken rule
//          -> reporter (the log and stderr get stop code, parameters, driver)
//          -> the thread's recovery point: the call into the driver ends with an error
//          -> no recovery point: the process ends
#include "ke/ke.h"

#include <stdio.h>
#include <stdlib.h>

static ke_bugcheck_reporter report_bugcheck;
static const char *(*find_image)(const void *address);

void ke_set_bugcheck_reporter(ke_bugcheck_reporter reporter)
{
    report_bugcheck = reporter;
}

void ke_set_image_finder(const char *(*finder)(const void *address))
{
    find_image = finder;
}

void ke_assertion_failed(const char *file, int line, const char *condition, const char *message)
{
    fprintf(stderr, "nthost: %s (%s, %s:%d)\n", message, condition, file, line);
    abort();
}

const char *ke_bugcheck_name(ULONG code)
{
    static const struct {
        ULONG code;
        const char *name;
    } names[] = {
        {APC_INDEX_MISMATCH, "APC_INDEX_MISMATCH"},
        {IRQL_NOT_GREATER_OR_EQUAL, "IRQL_NOT_GREATER_OR_EQUAL"},
        {IRQL_NOT_LESS_OR_EQUAL, "IRQL_NOT_LESS_OR_EQUAL"},
        {MAXIMUM_WAIT_OBJECTS_EXCEEDED, "MAXIMUM_WAIT_OBJECTS_EXCEEDED"},
        {BAD_POOL_CALLER, "BAD_POOL_CALLER"},
        {BAD_POOL_HEADER, "BAD_POOL_HEADER"},
        {KMODE_EXCEPTION_NOT_HANDLED, "KMODE_EXCEPTION_NOT_HANDLED"},
        {NO_MORE_IRP_STACK_LOCATIONS, "NO_MORE_IRP_STACK_LOCATIONS"},
        {MULTIPLE_IRP_COMPLETE_REQUESTS, "MULTIPLE_IRP_COMPLETE_REQUESTS"},
        {CANCEL_STATE_IN_COMPLETED_IRP, "CANCEL_STATE_IN_COMPLETED_IRP"},
        {PAGE_FAULT_IN_NONPAGED_AREA, "PAGE_FAULT_IN_NONPAGED_AREA"},
        {DRIVER_VERIFIER_DETECTED_VIOLATION, "DRIVER_VERIFIER_DETECTED_VIOLATION"},
        {DRIVER_VERIFIER_IOMANAGER_VIOLATION, "DRIVER_VERIFIER_IOMANAGER_VIOLATION"},
        {REFERENCE_BY_POINTER, "REFERENCE_BY_POINTER"},
        {MANUALLY_INITIATED_CRASH, "MANUALLY_INITIATED_CRASH"},
        {SYSTEM_SERVICE_EXCEPTION, "SYSTEM_SERVICE_EXCEPTION"},
        {SYSTEM_THREAD_EXCEPTION_NOT_HANDLED, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"},
        {DRIVER_IRQL_NOT_LESS_OR_EQUAL, "DRIVER_IRQL_NOT_LESS_OR_EQUAL"},
        {KERNEL_SECURITY_CHECK_FAILURE, "KERNEL_SECURITY_CHECK_FAILURE"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            return names[i].name;
    return "stop code";
}

static _Noreturn void stop(struct ke_bugcheck *bugcheck)
{
    struct _KTHREAD *thread = ke_current_thread();
    struct ke_recovery *recovery = thread->recovery;
    if (find_image && bugcheck->instruction)
        bugcheck->driver = find_image(bugcheck->instruction);
    if (report_bugcheck)
        report_bugcheck(bugcheck);
    if (!recovery) {
        fprintf(stderr, "nthost: bugcheck %s (0x%X) outside a call into a driver: %s\n",
                ke_bugcheck_name(bugcheck->code), bugcheck->code, bugcheck->what ? bugcheck->what : "");
        abort();
    }
    ke_set_irql(recovery->irql);
    thread->PreviousMode = recovery->previous_mode;
    thread->kernel_apc_disable = recovery->kernel_apc_disable;
    thread->special_apc_disable = recovery->special_apc_disable;
    __builtin_longjmp(recovery->jump, 1);
}

// The caller that is a driver: the first return address, up the frames, that lies in an image.
static void *driver_instruction(void)
{
    void **frame = __builtin_frame_address(0);
    for (int depth = 0; depth < 16 && find_image; depth++) {
        void *step[2];
        if (!hal_copy(step, frame, sizeof step))
            break;
        if (find_image(step[1]))
            return step[1];
        if ((uintptr_t)step[0] <= (uintptr_t)frame)
            break;
        frame = step[0];
    }
    return NULL;
}

void ke_bugcheck_at(void *instruction, ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4, const char *what)
{
    struct ke_bugcheck bugcheck = {.code = code, .parameters = {p1, p2, p3, p4}, .what = what, .instruction = instruction};
    stop(&bugcheck);
}

void ke_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4, const char *what)
{
    ke_bugcheck_at(driver_instruction(), code, p1, p2, p3, p4, what);
}

NTAPI_NORETURN void KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    struct ke_bugcheck bugcheck = {
        .code = code, .parameters = {p1, p2, p3, p4}, .instruction = __builtin_return_address(0)};
    stop(&bugcheck);
}

NTAPI_NORETURN void KeBugCheck(ULONG code)
{
    struct ke_bugcheck bugcheck = {.code = code, .instruction = __builtin_return_address(0)};
    stop(&bugcheck);
}
