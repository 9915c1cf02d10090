// nthost inspect --json: the facts for programs. Keys are only added, never renamed.
#include "inspect.h"

#include "json.h"

static void write_flags(struct json *json, const char *key, const struct inspect_flag *flag, uint32_t bits)
{
    json_begin(json, key, '[');
    for (; flag->name; flag++)
        if (bits & flag->mask)
            json_string(json, NULL, flag->name);
    json_end(json, ']');
}

static void write_version(struct json *json, const char *key, unsigned major, unsigned minor)
{
    char text[24];
    snprintf(text, sizeof text, "%u.%u", major, minor);
    json_string(json, key, text);
}

static void write_headers(struct json *json, const struct ldr_pe *pe)
{
    const IMAGE_OPTIONAL_HEADER64 *optional = &pe->optional;
    IMAGE_DATA_DIRECTORY directory;
    json_number(json, "machine", pe->header.Machine);
    json_number(json, "subsystem", optional->Subsystem);
    write_version(json, "subsystem_version", optional->MajorSubsystemVersion, optional->MinorSubsystemVersion);
    write_version(json, "system_version", optional->MajorOperatingSystemVersion, optional->MinorOperatingSystemVersion);
    write_version(json, "image_version", optional->MajorImageVersion, optional->MinorImageVersion);
    write_version(json, "linker_version", optional->MajorLinkerVersion, optional->MinorLinkerVersion);
    json_number(json, "timestamp", pe->header.TimeDateStamp);
    json_number(json, "entry_point", optional->AddressOfEntryPoint);
    json_number(json, "image_base", optional->ImageBase);
    json_number(json, "image_size", optional->SizeOfImage);
    json_number(json, "section_alignment", optional->SectionAlignment);
    json_number(json, "checksum", optional->CheckSum);
    json_bool(json, "checksum_valid", optional->CheckSum == ldr_pe_checksum(pe));
    json_bool(json, "signed", ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_SECURITY, &directory));
    json_string(json, "pdb", ldr_pe_pdb(pe));
    json_bool(json, "relocatable", pe->relocatable);
    json_number(json, "unwind_entries",
                ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &directory) ? directory.Size / 12 : 0);
    write_flags(json, "characteristics", inspect_file_flags, pe->header.Characteristics);
    write_flags(json, "dll_characteristics", inspect_dll_flags, optional->DllCharacteristics);
}

static void write_config(struct json *json, const IMAGE_LOAD_CONFIG_DIRECTORY64 *config)
{
    json_begin(json, "load_config", '{');
    json_number(json, "size", config->Size);
    json_bool(json, "security_cookie", config->SecurityCookie != 0);
    json_bool(json, "control_flow_guard", config->GuardCFCheckFunctionPointer != 0);
    json_end(json, '}');
}

static void write_sections(struct json *json, const struct ldr_pe *pe)
{
    json_begin(json, "sections", '[');
    for (unsigned i = 0; i < pe->section_count; i++) {
        json_begin(json, NULL, '{');
        json_string(json, "name", pe->sections[i].name);
        json_number(json, "rva", pe->sections[i].rva);
        json_number(json, "size", pe->sections[i].extent);
        json_number(json, "file_size", pe->sections[i].file_size);
        json_number(json, "characteristics", pe->sections[i].characteristics);
        write_flags(json, "flags", inspect_section_flags, pe->sections[i].characteristics);
        json_end(json, '}');
    }
    json_end(json, ']');
}

static void write_imports(struct json *json, const struct ldr_pe *pe)
{
    struct ldr_import_walk walk = {.pe = pe};
    struct ldr_import import;
    struct ldr_reason reason;
    json_begin(json, "imports", '[');
    while (ldr_pe_next_import(&walk, &import, &reason) == LDR_STEP_ITEM) {
        json_begin(json, NULL, '{');
        json_string(json, "module", import.module);
        json_string(json, "name", import.name);
        if (!import.name)
            json_number(json, "ordinal", import.ordinal);
        json_string(json, "state", inspect_state_names[inspect_import_state(&import)]);
        json_end(json, '}');
    }
    json_end(json, ']');
}

static void write_exports(struct json *json, const struct ldr_pe *pe)
{
    struct ldr_pe_export_walk walk = {.pe = pe};
    struct ldr_pe_export item;
    struct ldr_reason reason;
    json_begin(json, "exports", '[');
    while (ldr_pe_next_export(&walk, &item, &reason) == LDR_STEP_ITEM) {
        json_begin(json, NULL, '{');
        json_string(json, "name", item.name);
        json_number(json, "ordinal", item.ordinal);
        json_number(json, "rva", item.rva);
        json_string(json, "forwarder", item.forwarder);
        json_end(json, '}');
    }
    json_end(json, ']');
}

void inspect_write_json(FILE *out, const struct inspect_facts *facts)
{
    static const char *const verdicts[] = {
        [INSPECT_LOADS] = "loads", [INSPECT_MISSING] = "missing-imports", [INSPECT_REFUSED] = "refused"};
    struct json json = {.out = out};
    json_begin(&json, NULL, '{');
    json_string(&json, "file", facts->name);
    json_string(&json, "verdict", verdicts[facts->verdict]);
    json_string(&json, "sentence", facts->sentence);
    if (facts->well_formed) {
        write_headers(&json, facts->pe);
        if (facts->has_config)
            write_config(&json, &facts->config);
        json_number(&json, "relocations", facts->relocations);
        json_number(&json, "missing_imports", facts->missing);
        json_number(&json, "partial_imports", facts->partial);
        json_number(&json, "refusing_imports", facts->refusing);
        write_sections(&json, facts->pe);
        write_imports(&json, facts->pe);
        write_exports(&json, facts->pe);
    }
    json_end(&json, '}');
}
