// nthost inspect --json: the facts for programs. Keys are only added, never renamed.
#include "inspect.h"

#include "rtl/json.h"

static void write_flags(struct rtl_json *json, const char *key, const struct inspect_flag *flag, uint32_t bits)
{
    rtl_json_begin(json, key, '[');
    for (; flag->name; flag++)
        if (bits & flag->mask)
            rtl_json_string(json, NULL, flag->name);
    rtl_json_end(json, ']');
}

static void write_version(struct rtl_json *json, const char *key, unsigned major, unsigned minor)
{
    char text[24];
    snprintf(text, sizeof text, "%u.%u", major, minor);
    rtl_json_string(json, key, text);
}

static void write_headers(struct rtl_json *json, const struct inspect_facts *facts)
{
    const struct ldr_pe *pe = facts->pe;
    const IMAGE_OPTIONAL_HEADER64 *optional = &pe->optional;
    IMAGE_DATA_DIRECTORY directory;
    rtl_json_number(json, "machine", pe->header.Machine);
    rtl_json_number(json, "subsystem", optional->Subsystem);
    write_version(json, "subsystem_version", optional->MajorSubsystemVersion, optional->MinorSubsystemVersion);
    write_version(json, "system_version", optional->MajorOperatingSystemVersion, optional->MinorOperatingSystemVersion);
    write_version(json, "image_version", optional->MajorImageVersion, optional->MinorImageVersion);
    write_version(json, "linker_version", optional->MajorLinkerVersion, optional->MinorLinkerVersion);
    rtl_json_number(json, "timestamp", pe->header.TimeDateStamp);
    rtl_json_number(json, "entry_point", optional->AddressOfEntryPoint);
    rtl_json_number(json, "image_base", optional->ImageBase);
    rtl_json_number(json, "image_size", optional->SizeOfImage);
    rtl_json_number(json, "section_alignment", optional->SectionAlignment);
    rtl_json_number(json, "checksum", optional->CheckSum);
    rtl_json_bool(json, "checksum_valid", optional->CheckSum == ldr_pe_checksum(pe));
    rtl_json_bool(json, "signed", ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_SECURITY, &directory));
    rtl_json_number(json, "signature_bytes", facts->signature_bytes);
    rtl_json_string(json, "signer", *facts->signer ? facts->signer : NULL);
    rtl_json_string(json, "pdb", ldr_pe_pdb(pe));
    rtl_json_bool(json, "dwarf", ldr_pe_has_dwarf(pe));
    rtl_json_number(json, "coff_symbols", pe->header.NumberOfSymbols);
    rtl_json_bool(json, "relocatable", pe->relocatable);
    rtl_json_number(json, "unwind_entries",
                    ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &directory) ? directory.Size / 12 : 0);
    write_flags(json, "characteristics", inspect_file_flags, pe->header.Characteristics);
    write_flags(json, "dll_characteristics", inspect_dll_flags, optional->DllCharacteristics);
}

static void write_config(struct rtl_json *json, const IMAGE_LOAD_CONFIG_DIRECTORY64 *config)
{
    rtl_json_begin(json, "load_config", '{');
    rtl_json_number(json, "size", config->Size);
    rtl_json_bool(json, "security_cookie", config->SecurityCookie != 0);
    rtl_json_bool(json, "control_flow_guard", config->GuardCFCheckFunctionPointer != 0);
    rtl_json_end(json, '}');
}

// How many instructions of a kind the code holds, as far as it can be followed.
static void write_privileged(struct rtl_json *json, const struct ldr_privileged *counts)
{
    rtl_json_begin(json, "privileged", '{');
    rtl_json_number(json, "irql_reads", counts->irql_reads);
    rtl_json_number(json, "irql_writes", counts->irql_writes);
    rtl_json_number(json, "irql_patched", counts->patched);
    rtl_json_number(json, "irql_trapped", counts->irql_reads + counts->irql_writes - counts->patched);
    rtl_json_number(json, "control_registers", counts->control);
    rtl_json_number(json, "interrupt_flag", counts->interrupts);
    rtl_json_number(json, "msr", counts->msr);
    rtl_json_number(json, "ports", counts->port);
    rtl_json_number(json, "software_interrupts", counts->software);
    rtl_json_number(json, "other", counts->other);
    rtl_json_end(json, '}');
}

static void write_sections(struct rtl_json *json, const struct ldr_pe *pe)
{
    rtl_json_begin(json, "sections", '[');
    for (unsigned i = 0; i < pe->section_count; i++) {
        rtl_json_begin(json, NULL, '{');
        rtl_json_string(json, "name", ldr_pe_section_name(pe, &pe->sections[i]));
        rtl_json_number(json, "rva", pe->sections[i].rva);
        rtl_json_number(json, "size", pe->sections[i].extent);
        rtl_json_number(json, "file_size", pe->sections[i].file_size);
        rtl_json_number(json, "characteristics", pe->sections[i].characteristics);
        write_flags(json, "flags", inspect_section_flags, pe->sections[i].characteristics);
        rtl_json_end(json, '}');
    }
    rtl_json_end(json, ']');
}

static void write_imports(struct rtl_json *json, const struct ldr_pe *pe)
{
    struct ldr_import_walk walk = {.pe = pe};
    struct ldr_import import;
    struct ldr_reason reason;
    rtl_json_begin(json, "imports", '[');
    while (ldr_pe_next_import(&walk, &import, &reason) == LDR_STEP_ITEM) {
        rtl_json_begin(json, NULL, '{');
        rtl_json_string(json, "module", import.module);
        rtl_json_string(json, "name", import.name);
        if (!import.name)
            rtl_json_number(json, "ordinal", import.ordinal);
        rtl_json_string(json, "state", inspect_state_names[inspect_import_state(&import)]);
        rtl_json_end(json, '}');
    }
    rtl_json_end(json, ']');
}

static void write_exports(struct rtl_json *json, const struct ldr_pe *pe)
{
    struct ldr_pe_export_walk walk = {.pe = pe};
    struct ldr_pe_export item;
    struct ldr_reason reason;
    rtl_json_begin(json, "exports", '[');
    while (ldr_pe_next_export(&walk, &item, &reason) == LDR_STEP_ITEM) {
        rtl_json_begin(json, NULL, '{');
        rtl_json_string(json, "name", item.name);
        rtl_json_number(json, "ordinal", item.ordinal);
        rtl_json_number(json, "rva", item.rva);
        rtl_json_string(json, "forwarder", item.forwarder);
        rtl_json_end(json, '}');
    }
    rtl_json_end(json, ']');
}

void inspect_write_json(FILE *out, const struct inspect_facts *facts)
{
    static const char *const verdicts[] = {
        [INSPECT_LOADS] = "loads", [INSPECT_MISSING] = "missing-imports", [INSPECT_REFUSED] = "refused"};
    struct rtl_json json = {.out = out};
    rtl_json_begin(&json, NULL, '{');
    rtl_json_string(&json, "file", facts->name);
    rtl_json_string(&json, "verdict", verdicts[facts->verdict]);
    rtl_json_string(&json, "sentence", facts->sentence);
    if (facts->well_formed) {
        write_headers(&json, facts);
        if (facts->has_config)
            write_config(&json, &facts->config);
        write_privileged(&json, &facts->privileged);
        rtl_json_number(&json, "relocations", facts->relocations);
        rtl_json_number(&json, "missing_imports", facts->missing);
        rtl_json_number(&json, "partial_imports", facts->partial);
        rtl_json_number(&json, "refusing_imports", facts->refusing);
        write_sections(&json, facts->pe);
        write_imports(&json, facts->pe);
        write_exports(&json, facts->pe);
    }
    rtl_json_end(&json, '}');
}
