// nthost inspect: the command line, the facts and the verdict.
#include "inspect.h"

#include "hal/hal.h"
#include "signer/signer.h"
#include "ldr/exports.h"

#include <getopt.h>
#include <string.h>

const struct inspect_flag inspect_file_flags[] = {
    {0x0001, "RELOCS_STRIPPED"},
    {0x0002, "EXECUTABLE_IMAGE"},
    {0x0020, "LARGE_ADDRESS_AWARE"},
    {0x0200, "DEBUG_STRIPPED"},
    {0x0800, "NET_RUN_FROM_SWAP"},
    {0x1000, "SYSTEM"},
    {0x2000, "DLL"},
    {0x4000, "UP_SYSTEM_ONLY"},
    {0, NULL},
};
const struct inspect_flag inspect_dll_flags[] = {
    {0x0020, "HIGH_ENTROPY_VA"}, {0x0040, "DYNAMIC_BASE"},          {0x0080, "FORCE_INTEGRITY"},
    {0x0100, "NX_COMPAT"},       {0x0200, "NO_ISOLATION"},          {0x0400, "NO_SEH"},
    {0x0800, "NO_BIND"},         {0x1000, "APPCONTAINER"},          {0x2000, "WDM_DRIVER"},
    {0x4000, "GUARD_CF"},        {0x8000, "TERMINAL_SERVER_AWARE"}, {0, NULL},
};
const struct inspect_flag inspect_section_flags[] = {
    {0x40000000, "read"},
    {0x80000000, "write"},
    {0x20000000, "execute"},
    {0x02000000, "discardable"},
    {0x08000000, "not paged"},
    {0x10000000, "shared"},
    {0, NULL},
};
const char *const inspect_state_names[] = {[INSPECT_PRESENT] = "present",
                                           [INSPECT_PARTIAL] = "PARTIAL",
                                           [INSPECT_REFUSES] = "REFUSES",
                                           [INSPECT_ABSENT] = "missing"};

static const char hint[] = "see \"nthost inspect --help\"\n";
static const char usage[] =
    "usage: nthost inspect [--json] FILE.sys\n"
    "\n"
    "Says what a driver file is, which of its imports exist here, and whether it would load.\n"
    "\n"
    "  --json   the same facts for programs\n"
    "  --help   this page\n"
    "\n"
    "Exit status: 0 it would load; 1 it would load with missing imports (calling one stops the driver,\n"
    "--strict-imports refuses the load); 2 it is not a driver for this machine, or cannot be read.\n";

enum inspect_state inspect_import_state(const struct ldr_import *import)
{
    const struct ldr_export *found = import->name ? ldr_find_export(import->module, import->name) : NULL;
    if (!found)
        return INSPECT_ABSENT;
    return found->state == LDR_EXPORT_PARTIAL   ? INSPECT_PARTIAL
           : found->state == LDR_EXPORT_REFUSES ? INSPECT_REFUSES
                                                : INSPECT_PRESENT;
}

static void count_tables(struct inspect_facts *facts)
{
    struct ldr_import_walk imports = {.pe = facts->pe};
    struct ldr_relocation_walk relocations = {.pe = facts->pe};
    struct ldr_pe_export_walk exports = {.pe = facts->pe};
    struct ldr_import import;
    struct ldr_pe_export item;
    struct ldr_reason reason;
    uint32_t rva;
    while (ldr_pe_next_import(&imports, &import, &reason) == LDR_STEP_ITEM) {
        enum inspect_state state = inspect_import_state(&import);
        facts->imports++;
        facts->missing += state == INSPECT_ABSENT;
        facts->partial += state == INSPECT_PARTIAL;
        facts->refusing += state == INSPECT_REFUSES;
    }
    while (ldr_pe_next_relocation(&relocations, &rva, &reason) == LDR_STEP_ITEM)
        facts->relocations++;
    while (ldr_pe_next_export(&exports, &item, &reason) == LDR_STEP_ITEM)
        facts->exports++;
}

static void judge(struct inspect_facts *facts, const struct ldr_reason *reason)
{
    size_t size = sizeof facts->sentence;
    int length;
    if (facts->verdict == INSPECT_REFUSED) {
        snprintf(facts->sentence, size, "would not load: %s", reason->text);
        return;
    }
    if (facts->missing) {
        facts->verdict = INSPECT_MISSING;
        length = snprintf(facts->sentence, size,
                          "would load with %u of %u imports missing: calling one of them stops the driver; "
                          "--strict-imports refuses the load",
                          facts->missing, facts->imports);
    } else {
        length = snprintf(facts->sentence, size, "would load: all %u imports exist here", facts->imports);
    }
    if (facts->partial)
        length += snprintf(facts->sentence + length, size - (size_t)length, ", %u of them PARTIAL", facts->partial);
    if (facts->refusing)
        length += snprintf(facts->sentence + length, size - (size_t)length, ", %u %s always", facts->refusing,
                           facts->refusing == 1 ? "REFUSES" : "REFUSE");
    if (!facts->pe->relocatable)
        snprintf(facts->sentence + length, size - (size_t)length, "; at its preferred base only (no relocations)");
}

int inspect_file(FILE *out, const char *name, const void *file, size_t size, bool as_json)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct inspect_facts facts = {.name = name, .pe = &pe};
    facts.well_formed = ldr_pe_open(&pe, file, size, &reason);
    facts.verdict = facts.well_formed && ldr_pe_check_driver(&pe, &reason) ? INSPECT_LOADS : INSPECT_REFUSED;
    if (facts.well_formed) {
        count_tables(&facts);
        ldr_count_privileged(&pe, &facts.privileged);
        facts.signature = ldr_pe_signature(&pe, &facts.signature_bytes);
        if (facts.signature)
            signer_subject(facts.signature, facts.signature_bytes, facts.signer, sizeof facts.signer);
        facts.has_config = ldr_pe_load_config(&pe, &facts.config);
    }
    judge(&facts, &reason);
    (as_json ? inspect_write_json : inspect_write_text)(out, &facts);
    return (int)facts.verdict;
}

int inspect_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    static char program[] = "nthost inspect"; // getopt's own messages begin with it
    bool as_json = false;
    const char *path, *slash;
    void *file;
    size_t size;
    int option, error;
    argv[0] = program;
    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return 0;
        }
        if (option != 'j')
            return fputs(hint, stderr), INSPECT_REFUSED;
        as_json = true;
    }
    if (optind + 1 != argc)
        return fprintf(stderr, "%s: one file is needed; %s", program, hint), INSPECT_REFUSED;
    path = argv[optind];
    error = hal_read_file(path, LDR_MAX_FILE, &file, &size);
    if (error)
        return fprintf(stderr, "%s: cannot read %s: %s\n", program, path, strerror(error)), INSPECT_REFUSED;
    slash = strrchr(path, '/');
    option = inspect_file(stdout, slash ? slash + 1 : path, file, size, as_json);
    hal_free(file);
    return option;
}
