// A driver calls a routine at an IRQL above the routine's limit (kernel/exports.def): what is said, and what happens.
//
//     at DISPATCH_LEVEL and above    IRQL_NOT_LESS_OR_EQUAL, which Windows has when the routine's pages are not there
//     at APC_LEVEL                   a line in the log, once a place: on Windows this works until something waits
//     it only computes (Rtl, CRT)    at DISPATCH_LEVEL and above a line in the log: on Windows it works while it is
//                                    in memory, and drivers live with that
#include "init/report.h"

#include "dbg/dbg.h"
#include "ke/ke.h"
#include "ldr/ldr.h"

#include <stdio.h>
#include <string.h>

enum { PLACES = 256, EXECUTE = 8 };

static bool only_computes(const char *name)
{
    return (name[0] >= 'a' && name[0] <= 'z') || (strncmp(name, "Rtl", 3) == 0 && !strstr(name, "Registry"));
}

// False when this place has been told of before.
static bool is_new(void *caller)
{
    static _Atomic(void *) places[PLACES];
    return atomic_exchange(&places[(uintptr_t)caller * 0x9E3779B1u / 16 % PLACES], caller) != caller;
}

static const char *level_name(unsigned irql)
{
    return irql == PASSIVE_LEVEL ? "PASSIVE_LEVEL" : irql == APC_LEVEL ? "APC_LEVEL" : "DISPATCH_LEVEL";
}

void init_irql_limit(const char *name, unsigned limit, void *routine, void *caller)
{
    static __thread char what[256];
    KIRQL irql = ke_irql();
    bool stops = irql >= DISPATCH_LEVEL && !only_computes(name);
    if (!stops && ((irql < DISPATCH_LEVEL && only_computes(name)) || !is_new(caller)))
        return;
    snprintf(what, sizeof what, "%s called at IRQL %u (%s); it may be called at %s%s only", name, irql,
             irql > DISPATCH_LEVEL ? "above DISPATCH_LEVEL" : level_name(irql), level_name(limit),
             limit == PASSIVE_LEVEL ? "" : " and below");
    if (stops)
        ke_bugcheck_at(caller, IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)routine, irql, EXECUTE, (ULONG_PTR)caller, what);
    char where[160];
    ldr_describe(caller, where, sizeof where);
    dbg_kernel_message("%s: %s\n", where, what);
}
