// Which exported routines an exception may pass through.
//
// A driver that calls memcpy with an application's pointer in a __try gets the access violation as its own exception.
// That is safe where the routine holds no lock and has changed nothing that must be undone when it faults: the C
// library's names, the run-time library, and what only fills in a structure. In all other routines a bad pointer is a
// bugcheck of the driver.
#include "trap/trap.h"

#include "ldr/exports.h"

#include <ctype.h>
#include <string.h>

static const char *const leaf_prefixes[] = {"Rtl",     "DbgBreakPoint", "DbgPrint",   "vDbgPrint",   "KeInitialize",
                                            "KeQuery", "ExInitialize",  "Initialize", "IoInitialize"};

// These go through other rooms, whose locks they take.
static const char *const other_prefixes[] = {"RtlQueryRegistry",          "RtlWriteRegistry",  "RtlDeleteRegistry",
                                             "RtlCheckRegistry",          "RtlCreateRegistry", "RtlCreateUnicodeString",
                                             "RtlDuplicateUnicodeString", "RtlFree",           "ExInitializeResource",
                                             "ExInitializeNPaged",        "ExInitializePaged", "ExInitializeLookaside"};

static bool begins_with_one(const char *name, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

static bool is_leaf_name(const char *name)
{
    if (begins_with_one(name, other_prefixes, sizeof other_prefixes / sizeof *other_prefixes))
        return false;
    return islower((unsigned char)name[0]) || name[0] == '_' ||
           begins_with_one(name, leaf_prefixes, sizeof leaf_prefixes / sizeof *leaf_prefixes);
}

bool trap_is_leaf_routine(const void *routine)
{
    size_t count;
    const struct ldr_export *exports = ldr_exports(&count);
    for (size_t i = 0; i < count; i++)
        if (exports[i].address == routine && is_leaf_name(exports[i].name))
            return true;
    return false;
}
