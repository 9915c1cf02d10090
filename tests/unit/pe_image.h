// A small good driver image, built in memory as one C structure, so that a test breaks it by naming a field.
//
//     headers | .text | .rdata | .data | INIT | .reloc
//
// It imports by name and by ordinal from two modules, exports one routine and one forwarder, has a load
// configuration with cookie and control flow guard, a PDB name, relocations of both legal kinds, and
// zero-filled data. Its entry returns 42; its routines reach each import and variable that the tests look at.
#pragma once

#include <nt/ntdef.h>
#include <nt/pe.h>

#include <stddef.h>
#include <string.h>

#define GOOD_BASE 0x140000000ull

enum {
    GOOD_HEADERS = 0x400,
    GOOD_TEXT = 0x1000,
    GOOD_RDATA = 0x2000,
    GOOD_DATA = 0x3000,
    GOOD_INIT = 0x5000,
    GOOD_RELOC = 0x6000,
    GOOD_SIZE = 0x7000,
    GOOD_SECTIONS = 5,
    GOOD_ENTRY_RESULT = 42,
};

struct good_name {
    uint16_t hint;
    char text[30];
};

struct good_text {
    // Each routine is at most 16 bytes of machine code.
    uint8_t call_first[16], call_second[16], call_ordinal[16], call_other[16]; // tail calls through the IAT
    uint8_t check_guard[16];                                                   // calls the guard check, then returns
    uint8_t read_variable[16];
    uint8_t exported[16]; // returns 7
    uint8_t rest[0x200 - 7 * 16];
};

struct good_rdata {
    uint64_t iat[5];       // first, second, ordinal, variable, terminator
    uint64_t iat_other[2]; // of the second module
    uint64_t lookup[5], lookup_other[2];
    uint64_t guard_check, guard_dispatch;
    IMAGE_IMPORT_DESCRIPTOR descriptors[3];
    struct good_name first, second, variable, other;
    char module[16], other_module[16];
    IMAGE_LOAD_CONFIG_DIRECTORY64 config;
    IMAGE_EXPORT_DIRECTORY exports;
    uint32_t functions[2], names[2];
    uint16_t ordinals[2];
    char export_module[16], export_names[2][16], forwarder[32];
    uint32_t exports_end;
    IMAGE_DEBUG_DIRECTORY debug;
    struct {
        char signature[4];
        uint8_t guid[16];
        uint32_t age;
        char path[24];
    } codeview;
};

struct good_data {
    uint64_t cookie;
    uint64_t pointer; // relocated: the address of the cookie
    uint8_t filled[16];
};

struct good_reloc {
    IMAGE_BASE_RELOCATION data;
    uint16_t data_entries[2]; // one DIR64, one ABSOLUTE as padding
    IMAGE_BASE_RELOCATION rdata;
    uint16_t rdata_entries[4]; // the three addresses of the load configuration
};

struct good_image {
    IMAGE_DOS_HEADER dos;
    uint8_t stub[64];
    IMAGE_NT_HEADERS64 nt;
    IMAGE_SECTION_HEADER sections[GOOD_SECTIONS];
    uint8_t rest[GOOD_HEADERS - sizeof(IMAGE_DOS_HEADER) - 64 - sizeof(IMAGE_NT_HEADERS64) -
                 GOOD_SECTIONS * sizeof(IMAGE_SECTION_HEADER)];
    struct good_text text; // 0x200
    union {
        struct good_rdata rdata;
        uint8_t rdata_bytes[0x600];
    };
    union {
        struct good_data data;
        uint8_t data_bytes[0x200];
    };
    union {
        uint8_t entry[16];
        uint8_t init_bytes[0x200];
    };
    union {
        struct good_reloc reloc;
        uint8_t reloc_bytes[0x200];
    };
};
_Static_assert(sizeof(struct good_image) == GOOD_HEADERS + 0x200 + 0x600 + 3 * 0x200, "the image has no gaps");
_Static_assert(sizeof(struct good_rdata) <= 0x600, ".rdata fits");

// RVA of a field of a section's structure.
#define GOOD_RDATA_RVA(field) (GOOD_RDATA + (uint32_t)offsetof(struct good_rdata, field))
#define GOOD_DATA_RVA(field)  (GOOD_DATA + (uint32_t)offsetof(struct good_data, field))
#define GOOD_TEXT_RVA(field)  (GOOD_TEXT + (uint32_t)offsetof(struct good_text, field))

// jmp [rip + slot], at the RVA `at`
static inline void good_jump(uint8_t *code, uint32_t at, uint32_t slot)
{
    uint32_t distance = slot - (at + 6);
    code[0] = 0xFF;
    code[1] = 0x25;
    memcpy(code + 2, &distance, 4);
}

static inline void good_section(struct good_image *image, unsigned index, const char *name, uint32_t rva, uint32_t size,
                                uint32_t offset, uint32_t file_size, uint32_t characteristics)
{
    IMAGE_SECTION_HEADER *section = &image->sections[index];
    strncpy((char *)section->Name, name, sizeof section->Name);
    section->Misc.VirtualSize = size;
    section->VirtualAddress = rva;
    section->PointerToRawData = offset;
    section->SizeOfRawData = file_size;
    section->Characteristics = characteristics;
}

static inline void good_directory(struct good_image *image, unsigned index, uint32_t rva, size_t size)
{
    image->nt.OptionalHeader.DataDirectory[index].VirtualAddress = rva;
    image->nt.OptionalHeader.DataDirectory[index].Size = (uint32_t)size;
}

static inline void good_headers(struct good_image *image)
{
    const uint32_t read = IMAGE_SCN_MEM_READ, write = IMAGE_SCN_MEM_WRITE, execute = IMAGE_SCN_MEM_EXECUTE;
    IMAGE_OPTIONAL_HEADER64 *optional = &image->nt.OptionalHeader;
    image->dos.e_magic = IMAGE_DOS_SIGNATURE;
    image->dos.e_lfanew = offsetof(struct good_image, nt);
    image->nt.Signature = IMAGE_NT_SIGNATURE;
    image->nt.FileHeader.Machine = IMAGE_FILE_MACHINE_AMD64;
    image->nt.FileHeader.NumberOfSections = GOOD_SECTIONS;
    image->nt.FileHeader.TimeDateStamp = 0x12345678;
    image->nt.FileHeader.SizeOfOptionalHeader = sizeof *optional;
    image->nt.FileHeader.Characteristics = IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_LARGE_ADDRESS_AWARE;
    optional->Magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC;
    optional->AddressOfEntryPoint = GOOD_INIT;
    optional->ImageBase = GOOD_BASE;
    optional->SectionAlignment = 0x1000;
    optional->FileAlignment = 0x200;
    optional->MajorSubsystemVersion = 10;
    optional->SizeOfImage = GOOD_SIZE;
    optional->SizeOfHeaders = GOOD_HEADERS;
    optional->Subsystem = IMAGE_SUBSYSTEM_NATIVE;
    optional->DllCharacteristics = IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | IMAGE_DLLCHARACTERISTICS_NX_COMPAT;
    optional->NumberOfRvaAndSizes = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    good_section(image, 0, ".text", GOOD_TEXT, 0x200, offsetof(struct good_image, text), 0x200, read | execute);
    good_section(image, 1, ".rdata", GOOD_RDATA, sizeof(struct good_rdata), offsetof(struct good_image, rdata), 0x600,
                 read);
    good_section(image, 2, ".data", GOOD_DATA, 0x1800, offsetof(struct good_image, data), 0x200, read | write);
    good_section(image, 3, "INIT", GOOD_INIT, 16, offsetof(struct good_image, entry), 0x200,
                 read | execute | IMAGE_SCN_MEM_DISCARDABLE);
    good_section(image, 4, ".reloc", GOOD_RELOC, sizeof(struct good_reloc), offsetof(struct good_image, reloc), 0x200,
                 read | IMAGE_SCN_MEM_DISCARDABLE);
}

static inline void good_imports(struct good_image *image)
{
    struct good_rdata *rdata = &image->rdata;
    const uint64_t lookup[] = {GOOD_RDATA_RVA(first), GOOD_RDATA_RVA(second), IMAGE_ORDINAL_FLAG64 | 123,
                               GOOD_RDATA_RVA(variable), 0};
    memcpy(rdata->lookup, lookup, sizeof lookup);
    memcpy(rdata->iat, lookup, sizeof lookup);
    rdata->lookup_other[0] = rdata->iat_other[0] = GOOD_RDATA_RVA(other);
    strcpy(rdata->first.text, "FirstRoutine");
    strcpy(rdata->second.text, "SecondRoutine");
    strcpy(rdata->variable.text, "NtBuildNumber");
    strcpy(rdata->other.text, "OtherRoutine");
    strcpy(rdata->module, "ntoskrnl.exe");
    strcpy(rdata->other_module, "other.sys");
    rdata->descriptors[0].OriginalFirstThunk = GOOD_RDATA_RVA(lookup);
    rdata->descriptors[0].Name = GOOD_RDATA_RVA(module);
    rdata->descriptors[0].FirstThunk = GOOD_RDATA_RVA(iat);
    rdata->descriptors[1].OriginalFirstThunk = GOOD_RDATA_RVA(lookup_other);
    rdata->descriptors[1].Name = GOOD_RDATA_RVA(other_module);
    rdata->descriptors[1].FirstThunk = GOOD_RDATA_RVA(iat_other);
    good_directory(image, IMAGE_DIRECTORY_ENTRY_IMPORT, GOOD_RDATA_RVA(descriptors), sizeof rdata->descriptors);
}

static inline void good_exports(struct good_image *image)
{
    struct good_rdata *rdata = &image->rdata;
    rdata->exports.Name = GOOD_RDATA_RVA(export_module);
    rdata->exports.Base = 1;
    rdata->exports.NumberOfFunctions = rdata->exports.NumberOfNames = 2;
    rdata->exports.AddressOfFunctions = GOOD_RDATA_RVA(functions);
    rdata->exports.AddressOfNames = GOOD_RDATA_RVA(names);
    rdata->exports.AddressOfNameOrdinals = GOOD_RDATA_RVA(ordinals);
    rdata->functions[0] = GOOD_TEXT_RVA(exported);
    rdata->functions[1] = GOOD_RDATA_RVA(forwarder);
    rdata->names[0] = GOOD_RDATA_RVA(export_names[0]);
    rdata->names[1] = GOOD_RDATA_RVA(export_names[1]);
    rdata->ordinals[1] = 1;
    strcpy(rdata->export_module, "good.sys");
    strcpy(rdata->export_names[0], "Exported");
    strcpy(rdata->export_names[1], "Forwarded");
    strcpy(rdata->forwarder, "ntoskrnl.FirstRoutine");
    good_directory(image, IMAGE_DIRECTORY_ENTRY_EXPORT, GOOD_RDATA_RVA(exports),
                   offsetof(struct good_rdata, exports_end) - offsetof(struct good_rdata, exports));
}

static inline void good_facts(struct good_image *image)
{
    struct good_rdata *rdata = &image->rdata;
    rdata->config.Size = sizeof rdata->config;
    rdata->config.SecurityCookie = GOOD_BASE + GOOD_DATA_RVA(cookie);
    rdata->config.GuardCFCheckFunctionPointer = GOOD_BASE + GOOD_RDATA_RVA(guard_check);
    rdata->config.GuardCFDispatchFunctionPointer = GOOD_BASE + GOOD_RDATA_RVA(guard_dispatch);
    good_directory(image, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, GOOD_RDATA_RVA(config), sizeof rdata->config);
    rdata->debug.Type = IMAGE_DEBUG_TYPE_CODEVIEW;
    rdata->debug.SizeOfData = sizeof rdata->codeview;
    rdata->debug.AddressOfRawData = GOOD_RDATA_RVA(codeview);
    rdata->debug.PointerToRawData = offsetof(struct good_image, rdata.codeview);
    memcpy(rdata->codeview.signature, "RSDS", 4);
    strcpy(rdata->codeview.path, "C:\\good\\good.pdb");
    good_directory(image, IMAGE_DIRECTORY_ENTRY_DEBUG, GOOD_RDATA_RVA(debug), sizeof rdata->debug);
    image->data.cookie = 0x00002B992DDFA232;
    image->data.pointer = GOOD_BASE + GOOD_DATA_RVA(cookie);
    memset(image->data.filled, 0xA5, sizeof image->data.filled);
}

static inline void good_relocations(struct good_image *image)
{
    const uint16_t dir64 = IMAGE_REL_BASED_DIR64 << 12;
    struct good_reloc *reloc = &image->reloc;
    reloc->data.VirtualAddress = GOOD_DATA;
    reloc->data.SizeOfBlock = sizeof reloc->data + sizeof reloc->data_entries;
    reloc->data_entries[0] = dir64 | offsetof(struct good_data, pointer);
    reloc->rdata.VirtualAddress = GOOD_RDATA;
    reloc->rdata.SizeOfBlock = sizeof reloc->rdata + sizeof reloc->rdata_entries;
    reloc->rdata_entries[0] = dir64 | offsetof(struct good_rdata, config.SecurityCookie);
    reloc->rdata_entries[1] = dir64 | offsetof(struct good_rdata, config.GuardCFCheckFunctionPointer);
    reloc->rdata_entries[2] = dir64 | offsetof(struct good_rdata, config.GuardCFDispatchFunctionPointer);
    good_directory(image, IMAGE_DIRECTORY_ENTRY_BASERELOC, GOOD_RELOC, sizeof *reloc);
}

static inline void good_code(struct good_image *image)
{
    static const uint8_t entry[] = {0xB8, GOOD_ENTRY_RESULT, 0, 0, 0, 0xC3};     // mov eax, 42; ret
    static const uint8_t seven[] = {0xB8, 7, 0, 0, 0, 0xC3};                     // mov eax, 7; ret
    static const uint8_t read[] = {0x48, 0x8B, 0x05, 0, 0, 0, 0, 0x8B, 0, 0xC3}; // mov rax, [iat]; mov eax, [rax]; ret
    struct good_text *text = &image->text;
    uint32_t distance = GOOD_RDATA_RVA(iat[3]) - (GOOD_TEXT_RVA(read_variable) + 7);
    memset(text, 0xCC, sizeof *text);
    memcpy(image->entry, entry, sizeof entry);
    memcpy(text->exported, seven, sizeof seven);
    memcpy(text->read_variable, read, sizeof read);
    memcpy(text->read_variable + 3, &distance, sizeof distance);
    good_jump(text->call_first, GOOD_TEXT_RVA(call_first), GOOD_RDATA_RVA(iat[0]));
    good_jump(text->call_second, GOOD_TEXT_RVA(call_second), GOOD_RDATA_RVA(iat[1]));
    good_jump(text->call_ordinal, GOOD_TEXT_RVA(call_ordinal), GOOD_RDATA_RVA(iat[2]));
    good_jump(text->call_other, GOOD_TEXT_RVA(call_other), GOOD_RDATA_RVA(iat_other[0]));
    good_jump(text->check_guard, GOOD_TEXT_RVA(check_guard), GOOD_RDATA_RVA(guard_check));
}

static inline void good_image(struct good_image *image)
{
    memset(image, 0, sizeof *image);
    good_headers(image);
    good_imports(image);
    good_exports(image);
    good_facts(image);
    good_relocations(image);
    good_code(image);
}
