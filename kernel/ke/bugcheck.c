// Bugchecks: the end of a driver, not of the program around it.
//
//      KeBugCheckEx, a fault in a driver, a broken rule
//          -> reporter (the log and stderr get stop code, parameters, driver)
//          -> the thread's recovery point: the call into the driver ends with an error
//          -> no recovery point: the process ends
#include "ke/ke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ke_bugcheck_reporter report_bugcheck;
static struct ke_driver_finder find;

void ke_set_bugcheck_reporter(ke_bugcheck_reporter reporter)
{
    report_bugcheck = reporter;
}

void ke_set_driver_finder(const struct ke_driver_finder *finder)
{
    find = *finder;
}

void ke_assertion_failed(const char *file, int line, const char *condition, const char *message)
{
    fprintf(stderr, "nthost: %s (%s, %s:%d)\n", message, condition, file, line);
    abort();
}

struct stop_code {
    ULONG code;
    const char *name;
};

static const struct stop_code stop_codes[] = {
#define STOP_CODE(value, name) {value, #name},
#include "ke/stop_codes.def"
#undef STOP_CODE
};

enum {
#define STOP_CODE(value, name) STOP_##name = value,
#include "ke/stop_codes.def"
#undef STOP_CODE
};

struct meanings {
    ULONG code;
    const char *parameters[4];
};

static const struct meanings meanings[] = {
#define BUGCHECK(name, p1, p2, p3, p4) {STOP_##name, {p1, p2, p3, p4}},
#include "ke/bugcheck.def"
#undef BUGCHECK
};

const char *ke_bugcheck_name(ULONG code)
{
    for (size_t i = 0; i < sizeof stop_codes / sizeof *stop_codes; i++)
        if (stop_codes[i].code == code)
            return stop_codes[i].name;
    return "stop code";
}

const char *ke_bugcheck_parameter(ULONG code, unsigned index)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return meanings[i].parameters[index];
    return NULL;
}

ULONG_PTR KiBugCheckData[5]; // exported: the last stop code and its parameters

void ke_stop(struct ke_bugcheck *bugcheck)
{
    struct _KTHREAD *thread = ke_current_thread();
    struct ke_recovery *recovery = thread->recovery;
    KiBugCheckData[0] = bugcheck->code;
    memcpy(&KiBugCheckData[1], bugcheck->parameters, sizeof bugcheck->parameters);
    if (find.image_name && bugcheck->instruction)
        bugcheck->driver = find.image_name(bugcheck->instruction);
    hal_mutex_abandon(recovery ? recovery->held : 0); // others must go on, and so must the report
    if (report_bugcheck)
        report_bugcheck(bugcheck);
    if (!recovery) {
        fprintf(stderr, "nthost: bugcheck %s (0x%X) outside a call into a driver: %s\n",
                ke_bugcheck_name(bugcheck->code), bugcheck->code, bugcheck->what ? bugcheck->what : "");
        abort();
    }
    ke_reset_irql(recovery->irql);
    thread->PreviousMode = recovery->previous_mode;
    if (thread->Process != recovery->process)
        thread->attached_from = NULL;
    thread->Process = recovery->process;
    thread->kernel_apc_disable = recovery->kernel_apc_disable;
    thread->special_apc_disable = recovery->special_apc_disable;
    __builtin_longjmp(recovery->jump, 1);
}

void ke_bugcheck_at(void *instruction, ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                    const char *what)
{
    struct ke_bugcheck bugcheck = {
        .code = code, .parameters = {p1, p2, p3, p4}, .what = what, .instruction = instruction};
    ke_stop(&bugcheck);
}

void ke_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4, const char *what)
{
    ke_bugcheck_at(find.caller ? find.caller() : NULL, code, p1, p2, p3, p4, what);
}

NTAPI_NORETURN void KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    struct ke_bugcheck bugcheck = {
        .code = code, .parameters = {p1, p2, p3, p4}, .instruction = __builtin_return_address(0)};
    ke_stop(&bugcheck);
}

NTAPI_NORETURN void KeBugCheck(ULONG code)
{
    struct ke_bugcheck bugcheck = {.code = code, .instruction = __builtin_return_address(0)};
    ke_stop(&bugcheck);
}
