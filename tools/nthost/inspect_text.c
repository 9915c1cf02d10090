// nthost inspect: the facts for people.
#include "inspect.h"

#include "ldr/exports.h"

#include <string.h>

// Strings from the file go through here: nothing in them moves the terminal's cursor.
static void put(FILE *out, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == 0x7F ? '?' : *text, out);
}

static void label(FILE *out, const char *text)
{
    fprintf(out, "  %-16s", text);
}

static void put_flags(FILE *out, const struct inspect_flag *flag, uint32_t bits)
{
    const char *between = "";
    for (; flag->name; flag++) {
        if (!(bits & flag->mask))
            continue;
        fprintf(out, "%s%s", between, flag->name);
        between = " ";
    }
    fputc('\n', out);
}

static const char *kind(const struct ldr_pe *pe)
{
    if (pe->optional.Subsystem != IMAGE_SUBSYSTEM_NATIVE)
        return ldr_pe_subsystem_name(pe->optional.Subsystem);
    if (pe->header.Characteristics & IMAGE_FILE_DLL)
        return "a Windows kernel-mode library";
    return pe->optional.DllCharacteristics & IMAGE_DLLCHARACTERISTICS_WDM_DRIVER ? "a Windows driver (WDM)"
                                                                                 : "a Windows driver";
}

static void put_headers(FILE *out, const struct ldr_pe *pe)
{
    const IMAGE_OPTIONAL_HEADER64 *optional = &pe->optional;
    const struct ldr_section *section = ldr_pe_section_of(pe, optional->AddressOfEntryPoint);
    label(out, "machine");
    fprintf(out, "%s (0x%04X)\n", ldr_pe_machine_name(pe->header.Machine), pe->header.Machine);
    label(out, "subsystem");
    fprintf(out, "%u (%s), version %u.%u\n", optional->Subsystem, ldr_pe_subsystem_name(optional->Subsystem),
            optional->MajorSubsystemVersion, optional->MinorSubsystemVersion);
    label(out, "versions");
    fprintf(out, "linker %u.%u, operating system %u.%u, image %u.%u\n", optional->MajorLinkerVersion,
            optional->MinorLinkerVersion, optional->MajorOperatingSystemVersion, optional->MinorOperatingSystemVersion,
            optional->MajorImageVersion, optional->MinorImageVersion);
    label(out, "timestamp");
    fprintf(out, "0x%08X\n", pe->header.TimeDateStamp);
    label(out, "entry point");
    fprintf(out, "RVA 0x%X in %s\n", optional->AddressOfEntryPoint, section ? section->name : "no section");
    label(out, "base");
    fprintf(out, "0x%llX, %u bytes in memory\n", (unsigned long long)optional->ImageBase, optional->SizeOfImage);
    label(out, "flags");
    put_flags(out, inspect_file_flags, pe->header.Characteristics);
    label(out, "");
    put_flags(out, inspect_dll_flags, optional->DllCharacteristics);
}

static void put_count(FILE *out, const char **between, unsigned count, const char *what)
{
    if (count == 0)
        return;
    fprintf(out, "%s%u %s", *between, count, what);
    *between = ", ";
}

static void put_signature(FILE *out, const struct inspect_facts *facts)
{
    IMAGE_DATA_DIRECTORY directory;
    label(out, "signature");
    if (facts->signature && *facts->signer) {
        put(out, facts->signer);
        fprintf(out, " (%zu bytes, not verified)\n", facts->signature_bytes);
    } else if (facts->signature) {
        fprintf(out, "%zu bytes, not verified\n", facts->signature_bytes);
    } else {
        bool present = ldr_pe_directory(facts->pe, IMAGE_DIRECTORY_ENTRY_SECURITY, &directory);
        fputs(present ? "present, and cannot be read\n" : "none\n", out);
    }
}

static void put_symbols(FILE *out, const struct ldr_pe *pe)
{
    const char *pdb = ldr_pe_pdb(pe), *between = "";
    label(out, "debug symbols");
    if (pdb) {
        put(out, pdb);
        between = ", ";
    }
    if (ldr_pe_has_dwarf(pe)) {
        fprintf(out, "%sDWARF", between);
        between = ", ";
    }
    put_count(out, &between, pe->header.NumberOfSymbols, "COFF symbols");
    fputs(*between ? "\n" : "none\n", out);
}

static void put_extras(FILE *out, const struct inspect_facts *facts)
{
    const struct ldr_pe *pe = facts->pe;
    IMAGE_DATA_DIRECTORY directory;
    uint32_t sum = ldr_pe_checksum(pe);
    label(out, "checksum");
    fprintf(out, "0x%08X, ", pe->optional.CheckSum);
    if (pe->optional.CheckSum == sum)
        fputs("valid\n", out);
    else
        fprintf(out, "wrong: Windows wants 0x%08X\n", sum);
    put_signature(out, facts);
    put_symbols(out, pe);
    label(out, "relocations");
    fprintf(out, "%u%s\n", facts->relocations, pe->relocatable ? "" : ", stripped");
    label(out, "unwind data");
    if (ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &directory))
        fprintf(out, "%u entries\n", directory.Size / 12);
    else
        fputs("none\n", out);
    label(out, "load config");
    if (facts->has_config)
        fprintf(out, "%u bytes; /GS cookie: %s; control flow guard: %s\n", facts->config.Size,
                facts->config.SecurityCookie ? "yes" : "no", facts->config.GuardCFCheckFunctionPointer ? "yes" : "no");
    else
        fputs("none\n", out);
}

// As far as the code can be followed from its functions.
static void put_privileged(FILE *out, const struct ldr_privileged *counts)
{
    const char *between = "";
    unsigned moves = counts->irql_reads + counts->irql_writes;
    label(out, "privileged");
    put_count(out, &between, counts->irql_reads, "IRQL reads");
    put_count(out, &between, counts->irql_writes, "IRQL writes");
    if (moves)
        fprintf(out, " (%u replaced at load, %u trapped)", counts->patched, moves - counts->patched);
    put_count(out, &between, counts->control, "control registers");
    put_count(out, &between, counts->interrupts, "cli/sti");
    put_count(out, &between, counts->msr, "MSR");
    put_count(out, &between, counts->port, "ports");
    put_count(out, &between, counts->software, "software interrupts");
    put_count(out, &between, counts->other, "other");
    fputs(*between ? "\n" : "none\n", out);
}

static void put_padded(FILE *out, const char *name)
{
    enum { COLUMN = 15 };
    fputs("  ", out);
    put(out, name);
    int room = COLUMN - (int)strlen(name);
    fprintf(out, "%*s", room > 1 ? room : 1, "");
}

static void put_sections(FILE *out, const struct ldr_pe *pe)
{
    fputs("sections\n", out);
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct ldr_section *section = &pe->sections[i];
        put_padded(out, ldr_pe_section_name(pe, section));
        fprintf(out, "RVA 0x%06X  %8u bytes, %8u of them in the file  ", section->rva, section->extent,
                section->file_size < section->extent ? section->file_size : section->extent);
        put_flags(out, inspect_section_flags, section->characteristics);
    }
}

static void put_imports(FILE *out, const struct ldr_pe *pe)
{
    struct ldr_import_walk walk = {.pe = pe};
    struct ldr_import import;
    struct ldr_reason reason;
    uint32_t descriptor = 0;
    while (ldr_pe_next_import(&walk, &import, &reason) == LDR_STEP_ITEM) {
        if (walk.descriptor != descriptor) {
            fputs("imports from ", out);
            put(out, import.module);
            fputs(ldr_export_module_exists(import.module) ? "\n" : " (not part of nthost; a loaded driver may be it)\n",
                  out);
            descriptor = walk.descriptor;
        }
        fprintf(out, "  %-8s  ", inspect_state_names[inspect_import_state(&import)]);
        if (import.name)
            put(out, import.name);
        else
            fprintf(out, "#%u", import.ordinal);
        fputs(import.name && ldr_is_data_name(import.name) ? " (variable)\n" : "\n", out);
    }
}

static void put_exports(FILE *out, const struct inspect_facts *facts)
{
    struct ldr_pe_export_walk walk = {.pe = facts->pe};
    struct ldr_pe_export item;
    struct ldr_reason reason;
    if (facts->exports)
        fputs("exports\n", out);
    while (ldr_pe_next_export(&walk, &item, &reason) == LDR_STEP_ITEM) {
        fprintf(out, "  #%-6u   ", item.ordinal);
        put(out, item.name);
        if (item.forwarder) {
            fputs(" -> ", out);
            put(out, item.forwarder);
        }
        fputc('\n', out);
    }
}

void inspect_write_text(FILE *out, const struct inspect_facts *facts)
{
    put(out, facts->name);
    if (facts->well_formed) {
        fprintf(out, ": %s\n", kind(facts->pe));
        put_headers(out, facts->pe);
        put_extras(out, facts);
        put_privileged(out, &facts->privileged);
        put_sections(out, facts->pe);
        put_imports(out, facts->pe);
        put_exports(out, facts);
        put(out, facts->name);
    }
    fprintf(out, ": %s\n", facts->sentence);
}
