// The table of what drivers can import, made from kernel/exports.def.
//
// Includes no NT header: exports.c declares every exported routine as bytes, which would clash with the
// prototypes.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum ldr_export_state { LDR_EXPORT_DONE, LDR_EXPORT_PARTIAL, LDR_EXPORT_DATA, LDR_EXPORT_REFUSES, LDR_EXPORT_STATES };

struct ldr_export {
    const char *module; // "ntoskrnl"
    const char *name;
    const void *address;   // the routine (NTAPI) or the variable
    signed char arguments; // -1 variadic
    unsigned char irql;    // highest legal
    unsigned char state;   // enum ldr_export_state
};

// module as a driver spells it: any case, extension optional ("NTOSKRNL.EXE"). NULL when it does not exist
// here. hal.dll and ntoskrnl.exe are one: since Windows 10 2004 each name of the one is reachable through the
// other.
const struct ldr_export *ldr_find_export(const char *module, const char *name);
// Whether any line of the table belongs to this module.
bool ldr_export_module_exists(const char *module);
// All lines in file order.
const struct ldr_export *ldr_exports(size_t *count);
// "KeNumberProcessors": a name that Windows exports as a variable, whether it exists here or not.
bool ldr_is_data_name(const char *name);
// Module names are compared without case and without extension.
bool ldr_same_module(const char *one, const char *other);
