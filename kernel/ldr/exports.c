// The export table: one entry a line of kernel/exports.def, searched by halving.
#include "ldr/exports.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

// A unit test brings its own list.
#ifndef LDR_EXPORTS_DEF
#define LDR_EXPORTS_DEF "../exports.def"
#endif

// The words of the column irql, and what they mean on x64.
enum { IRQL_PASSIVE_LEVEL = 0, IRQL_APC_LEVEL = 1, IRQL_DISPATCH_LEVEL = 2, IRQL_HIGH_LEVEL = 15 };

// Only the addresses matter here; the prototypes stand in include/nt/.
#define EXPORT(module, name, symbol, arguments, irql, state) extern const unsigned char symbol[];
#include LDR_EXPORTS_DEF
#undef EXPORT

static const struct ldr_export table[] = {
#define EXPORT(module, name, symbol, arguments, irql, state)                                                           \
    {#module, #name, symbol, arguments, IRQL_##irql, LDR_EXPORT_##state},
#include LDR_EXPORTS_DEF
#undef EXPORT
    {NULL, NULL, NULL, 0, 0, 0},
};
static const size_t table_count = sizeof table / sizeof *table - 1;

// What ntoskrnl.exe exports as variables, sorted: the names without a callable symbol in mingw-w64's import
// library, and PsLoadedModule* and PsSiloContext* of newer Windows versions.
static const char *const data_names[] = {
    "CcFastMdlReadWait",
    "CcFastReadNotPossible",
    "CcFastReadWait",
    "CmKeyObjectType",
    "ExDesktopObjectType",
    "ExEventObjectType",
    "ExSemaphoreObjectType",
    "ExWindowStationObjectType",
    "FsRtlLegalAnsiCharacterArray",
    "HalDispatchTable",
    "HalPrivateDispatchTable",
    "InitSafeBootMode",
    "IoAdapterObjectType",
    "IoDeviceHandlerObjectSize",
    "IoDeviceHandlerObjectType",
    "IoDeviceObjectType",
    "IoDriverObjectType",
    "IoFileObjectType",
    "IoReadOperationCount",
    "IoReadTransferCount",
    "IoStatisticsLock",
    "IoWriteOperationCount",
    "IoWriteTransferCount",
    "KdDebuggerEnabled",
    "KdDebuggerNotPresent",
    "KdEnteredDebugger",
    "KeLastBranchMSR",
    "KeLoaderBlock",
    "KeNumberProcessors",
    "KiBugCheckData",
    "LpcPortObjectType",
    "Mm64BitPhysicalAddress",
    "MmBadPointer",
    "MmHighestUserAddress",
    "MmSectionObjectType",
    "MmSystemRangeStart",
    "MmUserProbeAddress",
    "NlsAnsiCodePage",
    "NlsLeadByteInfo",
    "NlsMbCodePageTag",
    "NlsMbOemCodePageTag",
    "NlsOemCodePage",
    "NlsOemLeadByteInfo",
    "NtBuildGUID",
    "NtBuildLab",
    "NtBuildNumber",
    "NtGlobalFlag",
    "POGOBuffer",
    "PsInitialSystemProcess",
    "PsJobType",
    "PsLoadedModuleList",
    "PsLoadedModuleResource",
    "PsProcessType",
    "PsSiloContextNonPagedType",
    "PsSiloContextPagedType",
    "PsThreadType",
    "PsUILanguageComitted",
    "SeExports",
    "SePublicDefaultDacl",
    "SeSystemDefaultDacl",
    "SeTokenObjectType",
    "TmEnlistmentObjectType",
    "TmResourceManagerObjectType",
    "TmTransactionManagerObjectType",
    "TmTransactionObjectType",
    "psMUITest",
};

struct key {
    const char *module, *name;
};

static int compare_export(const void *left, const void *right)
{
    const struct key *key = left;
    const struct ldr_export *entry = right;
    int order = strcmp(key->module, entry->module);
    return order ? order : strcmp(key->name, entry->name);
}

static int compare_name(const void *left, const void *right)
{
    return strcmp(left, *(const char *const *)right);
}

static const struct ldr_export *find_in(const char *module, const char *name)
{
    return bsearch(&(struct key){module, name}, table, table_count, sizeof *table, compare_export);
}

// Bytes of a module's name without its extension.
static size_t stem_length(const char *module)
{
    const char *dot = strrchr(module, '.');
    if (dot && (!strcasecmp(dot, ".exe") || !strcasecmp(dot, ".dll") || !strcasecmp(dot, ".sys")))
        return (size_t)(dot - module);
    return strlen(module);
}

// The table's spelling of a module's name, or NULL.
static const char *table_module(const char *module)
{
    for (size_t i = 0; i < table_count; i++)
        if ((i == 0 || strcmp(table[i].module, table[i - 1].module) != 0) && ldr_same_module(table[i].module, module))
            return table[i].module;
    return NULL;
}

const struct ldr_export *ldr_find_export(const char *module, const char *name)
{
    if (ldr_same_module(module, "ntoskrnl") || ldr_same_module(module, "hal")) {
        const struct ldr_export *found = find_in("ntoskrnl", name);
        return found ? found : find_in("hal", name);
    }
    module = table_module(module);
    return module ? find_in(module, name) : NULL;
}

bool ldr_export_module_exists(const char *module)
{
    return ldr_same_module(module, "ntoskrnl") || ldr_same_module(module, "hal") || table_module(module);
}

const struct ldr_export *ldr_exports(size_t *count)
{
    *count = table_count;
    return table;
}

bool ldr_is_data_name(const char *name)
{
    return bsearch(name, data_names, sizeof data_names / sizeof *data_names, sizeof *data_names, compare_name);
}

bool ldr_same_module(const char *one, const char *other)
{
    size_t length = stem_length(one);
    return length == stem_length(other) && strncasecmp(one, other, length) == 0;
}
