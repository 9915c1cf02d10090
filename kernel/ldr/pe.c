// Headers and sections of a PE32+ file, checked in the order they lie in the file.
//
// Facts: "PE Format", learn.microsoft.com/windows/win32/debug/pe-format.
#include "ldr/pe.h"

#include "ldr/pe_internal.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

bool ldr_pe_refuse(struct ldr_reason *reason, NTSTATUS status, const char *format, ...)
{
    va_list arguments;
    reason->status = status;
    va_start(arguments, format);
    vsnprintf(reason->text, sizeof reason->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool in_file(const struct ldr_pe *pe, uint64_t offset, uint64_t bytes)
{
    return offset <= pe->size && bytes <= pe->size - offset;
}

static bool in_image(const struct ldr_pe *pe, uint64_t rva, uint64_t bytes)
{
    return rva <= pe->optional.SizeOfImage && bytes <= pe->optional.SizeOfImage - rva;
}

static bool power_of_two(uint32_t value)
{
    return value && !(value & (value - 1));
}

static uint64_t round_up(uint64_t value, uint32_t unit)
{
    return (value + unit - 1) / unit * unit;
}

// What a file without "MZ" is, for those that are likely to be handed over by mistake.
static const char *other_kind(const struct ldr_pe *pe)
{
    static const struct {
        const char *magic, *kind;
    } kinds[] = {
        {"\177ELF", "it is a Linux (ELF) file"}, {"PK\3\4", "it is a zip archive"},
        {"MSCF", "it is a cabinet archive"},     {"\x64\x86", "it is an object file (link it first)"},
        {"!<arch>\n", "it is a library"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t length = strlen(kinds[i].magic);
        if (in_file(pe, 0, length) && memcmp(pe->file, kinds[i].magic, length) == 0)
            return kinds[i].kind;
    }
    return pe->size == 0 ? "it is empty" : "it does not begin with \"MZ\"";
}

static bool read_dos_header(struct ldr_pe *pe, struct ldr_reason *reason)
{
    IMAGE_DOS_HEADER dos;
    if (pe->size > LDR_MAX_FILE)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "too large: %zu bytes, at most %u MiB", pe->size,
                             LDR_MAX_FILE >> 20);
    if (!in_file(pe, 0, 2) || memcmp(pe->file, "MZ", 2) != 0)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_NOT_MZ,
                             "not a Windows executable: %s; a driver is a PE32+ file, mostly .sys", other_kind(pe));
    if (!in_file(pe, 0, sizeof dos))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "truncated: the DOS header ends after %zu bytes",
                             pe->size);
    memcpy(&dos, pe->file, sizeof dos);
    pe->nt_offset = (uint32_t)dos.e_lfanew;
    return true;
}

static bool refuse_signature(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    const uint8_t *signature = pe->file + pe->nt_offset;
    if (memcmp(signature, "NE", 2) == 0)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_NE_FORMAT, "a 16-bit Windows file (NE), not PE32+");
    if (memcmp(signature, "LE", 2) == 0)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_LE_FORMAT, "a Windows 9x VxD (LE), not PE32+");
    return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "no PE header: no \"PE\" signature at offset 0x%X",
                         pe->nt_offset);
}

static bool read_file_header(struct ldr_pe *pe, struct ldr_reason *reason)
{
    static const char signature[4] = {'P', 'E', 0, 0};
    if (!in_file(pe, pe->nt_offset, sizeof signature))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "no PE header: e_lfanew (0x%X) points beyond the file's %zu bytes", pe->nt_offset,
                             pe->size);
    if (memcmp(pe->file + pe->nt_offset, signature, sizeof signature) != 0)
        return refuse_signature(pe, reason);
    if (!in_file(pe, pe->nt_offset + sizeof signature, sizeof pe->header))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "truncated in the PE file header");
    memcpy(&pe->header, pe->file + pe->nt_offset + sizeof signature, sizeof pe->header);
    if (pe->header.Machine != IMAGE_FILE_MACHINE_AMD64)
        return ldr_pe_refuse(reason,
                             pe->header.Machine == IMAGE_FILE_MACHINE_I386 ? STATUS_INVALID_IMAGE_WIN_32
                                                                           : STATUS_INVALID_IMAGE_FORMAT,
                             "made for %s (machine 0x%04X); only x86-64 (0x8664) runs here: take its x64 build",
                             ldr_pe_machine_name(pe->header.Machine), pe->header.Machine);
    if (!(pe->header.Characteristics & IMAGE_FILE_EXECUTABLE_IMAGE))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "not marked executable (IMAGE_FILE_EXECUTABLE_IMAGE): its link failed");
    return true;
}

static bool read_optional_header(struct ldr_pe *pe, struct ldr_reason *reason)
{
    enum { FIXED = offsetof(IMAGE_OPTIONAL_HEADER64, DataDirectory) };
    uint32_t offset = pe->nt_offset + 4 + sizeof pe->header;
    uint32_t size = pe->header.SizeOfOptionalHeader, directories;
    uint16_t magic;
    if (size < sizeof magic || !in_file(pe, offset, size))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "truncated in the optional header (%u bytes of it)",
                             size);
    memcpy(&magic, pe->file + offset, sizeof magic);
    if (magic != IMAGE_NT_OPTIONAL_HDR64_MAGIC)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "not PE32+ (optional header magic 0x%03X, needed 0x20B)", magic);
    if (size < FIXED)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "optional header too small: %u bytes, at least %u",
                             size, (unsigned)FIXED);
    memcpy(&pe->optional, pe->file + offset, FIXED);
    directories = pe->optional.NumberOfRvaAndSizes;
    if (directories > IMAGE_NUMBEROF_DIRECTORY_ENTRIES)
        directories = IMAGE_NUMBEROF_DIRECTORY_ENTRIES;
    if (size - FIXED < directories * sizeof(IMAGE_DATA_DIRECTORY))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "optional header too small for its %u data directories: %u bytes", directories, size);
    memcpy(pe->optional.DataDirectory, pe->file + offset + FIXED, directories * sizeof(IMAGE_DATA_DIRECTORY));
    return true;
}

static bool check_sizes(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    const IMAGE_OPTIONAL_HEADER64 *optional = &pe->optional;
    uint32_t section = optional->SectionAlignment, file = optional->FileAlignment;
    if (!power_of_two(section) || !power_of_two(file) || file > section || (file < 512 && file != section))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "bad alignments: SectionAlignment 0x%X, FileAlignment 0x%X", section, file);
    if (section < LDR_PAGE && section != file)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "SectionAlignment 0x%X is below a page and differs from FileAlignment 0x%X", section,
                             file);
    if (optional->SizeOfImage == 0 || optional->SizeOfImage > LDR_MAX_IMAGE)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "SizeOfImage 0x%X is not between 1 byte and %u MiB",
                             optional->SizeOfImage, LDR_MAX_IMAGE >> 20);
    if (optional->SizeOfHeaders > pe->size || optional->SizeOfHeaders > optional->SizeOfImage)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "SizeOfHeaders 0x%X is beyond the file (%zu bytes) or the image (0x%X)",
                             optional->SizeOfHeaders, pe->size, optional->SizeOfImage);
    if (optional->ImageBase % 0x10000 || optional->ImageBase + optional->SizeOfImage < optional->ImageBase)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "bad ImageBase 0x%llX (a multiple of 64 KiB is needed)",
                             (unsigned long long)optional->ImageBase);
    return true;
}

// A section's place in memory: in order, aligned, clear of its predecessor (which ends at `end`) and in the
// image.
static bool check_section_memory(const struct ldr_pe *pe, const struct ldr_section *section, uint64_t end,
                                 struct ldr_reason *reason)
{
    if (section->rva % pe->optional.SectionAlignment)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "section \"%s\" at RVA 0x%X is not aligned to SectionAlignment 0x%X", section->name,
                             section->rva, pe->optional.SectionAlignment);
    if (section->rva < end)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "section \"%s\" at RVA 0x%X overlaps what lies before it (up to 0x%llX)", section->name,
                             section->rva, (unsigned long long)end);
    if (!in_image(pe, section->rva, section->extent))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "section \"%s\" (RVA 0x%X, 0x%X bytes) reaches beyond SizeOfImage 0x%X", section->name,
                             section->rva, section->extent, pe->optional.SizeOfImage);
    return true;
}

static bool check_section_file(const struct ldr_pe *pe, struct ldr_section *section, const IMAGE_SECTION_HEADER *header,
                               struct ldr_reason *reason)
{
    uint64_t mapped = pe->optional.SectionAlignment < LDR_PAGE ? section->extent : round_up(section->extent, LDR_PAGE);
    if (header->PointerToRawData == 0 || header->SizeOfRawData == 0)
        return true;
    if (header->PointerToRawData % pe->optional.FileAlignment)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "data of section \"%s\" at offset 0x%X is not aligned to FileAlignment 0x%X",
                             section->name, header->PointerToRawData, pe->optional.FileAlignment);
    if (!in_file(pe, header->PointerToRawData, header->SizeOfRawData))
        return ldr_pe_refuse(
            reason, STATUS_INVALID_IMAGE_FORMAT,
            "truncated: data of section \"%s\" (offset 0x%X, 0x%X bytes) ends beyond the file's %zu bytes; "
            "copy the file again",
            section->name, header->PointerToRawData, header->SizeOfRawData, pe->size);
    section->offset = header->PointerToRawData;
    section->file_size = header->SizeOfRawData < mapped ? header->SizeOfRawData : (uint32_t)mapped;
    return true;
}

// The name as text a terminal can take: anything else than printable ASCII becomes '?'.
static void copy_section_name(char *to, const uint8_t *from)
{
    for (size_t i = 0; i < IMAGE_SIZEOF_SHORT_NAME && from[i]; i++)
        *to++ = from[i] >= ' ' && from[i] < 0x7F ? (char)from[i] : '?';
    *to = 0;
}

static bool read_sections(struct ldr_pe *pe, struct ldr_reason *reason)
{
    uint64_t table = (uint64_t)pe->nt_offset + 4 + sizeof pe->header + pe->header.SizeOfOptionalHeader;
    uint64_t bytes = (uint64_t)pe->header.NumberOfSections * sizeof(IMAGE_SECTION_HEADER);
    uint64_t end = pe->optional.SizeOfHeaders;
    if (pe->header.NumberOfSections == 0 || pe->header.NumberOfSections > LDR_MAX_SECTIONS)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "%u sections; 1 to %d are possible",
                             pe->header.NumberOfSections, LDR_MAX_SECTIONS);
    if (!in_file(pe, table, bytes))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "truncated: the section table ends beyond the file");
    if (table + bytes > pe->optional.SizeOfHeaders)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "the section table ends at 0x%llX, beyond SizeOfHeaders 0x%X",
                             (unsigned long long)(table + bytes), pe->optional.SizeOfHeaders);
    for (unsigned i = 0; i < pe->header.NumberOfSections; i++) {
        IMAGE_SECTION_HEADER header;
        struct ldr_section *section = &pe->sections[pe->section_count++];
        memcpy(&header, pe->file + table + i * sizeof header, sizeof header);
        copy_section_name(section->name, header.Name);
        section->rva = header.VirtualAddress;
        section->extent = header.Misc.VirtualSize ? header.Misc.VirtualSize : header.SizeOfRawData;
        section->characteristics = header.Characteristics;
        if (!check_section_memory(pe, section, end, reason) || !check_section_file(pe, section, &header, reason))
            return false;
        end = round_up((uint64_t)section->rva + section->extent, pe->optional.SectionAlignment);
    }
    return true;
}

static bool check_directories(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    static const char *const names[IMAGE_NUMBEROF_DIRECTORY_ENTRIES] = {
        "export",         "import",       "resource",       "exception", "certificate",        "relocation",
        "debug",          "architecture", "global pointer", "TLS",       "load configuration", "bound import",
        "import address", "delay import", ".NET",           "reserved",
    };
    for (unsigned i = 0; i < IMAGE_NUMBEROF_DIRECTORY_ENTRIES; i++) {
        IMAGE_DATA_DIRECTORY directory;
        if (!ldr_pe_directory(pe, i, &directory))
            continue;
        if (i == IMAGE_DIRECTORY_ENTRY_SECURITY ? !in_file(pe, directory.VirtualAddress, directory.Size)
                                                : !in_image(pe, directory.VirtualAddress, directory.Size))
            return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                                 "the %s directory (0x%X, 0x%X bytes) lies outside the %s", names[i],
                                 directory.VirtualAddress, directory.Size,
                                 i == IMAGE_DIRECTORY_ENTRY_SECURITY ? "file" : "image");
    }
    return true;
}

static bool walk_all(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    struct ldr_import_walk imports = {.pe = pe};
    struct ldr_relocation_walk relocations = {.pe = pe};
    struct ldr_pe_export_walk exports = {.pe = pe};
    struct ldr_import import;
    struct ldr_pe_export item;
    enum ldr_step step;
    uint32_t rva;
    while ((step = ldr_pe_next_import(&imports, &import, reason)) == LDR_STEP_ITEM)
        ;
    while (step == LDR_STEP_END && (step = ldr_pe_next_relocation(&relocations, &rva, reason)) == LDR_STEP_ITEM)
        step = LDR_STEP_END;
    while (step == LDR_STEP_END && (step = ldr_pe_next_export(&exports, &item, reason)) == LDR_STEP_ITEM)
        step = LDR_STEP_END;
    return step == LDR_STEP_END;
}

static bool check_load_config(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    IMAGE_LOAD_CONFIG_DIRECTORY64 config;
    IMAGE_DATA_DIRECTORY directory;
    if (!ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, &directory) || ldr_pe_load_config(pe, &config))
        return true;
    return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "the load configuration at RVA 0x%X is cut off",
                         directory.VirtualAddress);
}

bool ldr_pe_open(struct ldr_pe *pe, const void *file, size_t size, struct ldr_reason *reason)
{
    memset(pe, 0, sizeof *pe);
    pe->file = file;
    pe->size = size;
    if (!read_dos_header(pe, reason) || !read_file_header(pe, reason) || !read_optional_header(pe, reason) ||
        !check_sizes(pe, reason) || !read_sections(pe, reason) || !check_directories(pe, reason))
        return false;
    pe->relocatable = !(pe->header.Characteristics & IMAGE_FILE_RELOCS_STRIPPED);
    return walk_all(pe, reason) && check_load_config(pe, reason);
}

bool ldr_pe_check_driver(const struct ldr_pe *pe, struct ldr_reason *reason)
{
    const IMAGE_OPTIONAL_HEADER64 *optional = &pe->optional;
    const struct ldr_section *section;
    IMAGE_DATA_DIRECTORY directory;
    if (optional->Subsystem != IMAGE_SUBSYSTEM_NATIVE)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "not a driver but %s (subsystem %u); a driver is linked with /SUBSYSTEM:NATIVE",
                             ldr_pe_subsystem_name(optional->Subsystem), optional->Subsystem);
    if (optional->AddressOfEntryPoint == 0)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "no entry point, so there is no DriverEntry to call");
    section = ldr_pe_section_of(pe, optional->AddressOfEntryPoint);
    if (!section || !(section->characteristics & IMAGE_SCN_MEM_EXECUTE))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "the entry point (RVA 0x%X) does not lie in an executable section",
                             optional->AddressOfEntryPoint);
    if (ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_TLS, &directory))
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "uses thread-local storage (a TLS directory), which kernel images cannot have");
    if (!pe->relocatable && optional->ImageBase == 0)
        return ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT,
                             "has no relocations and ImageBase 0: it runs nowhere");
    return true;
}

const struct ldr_section *ldr_pe_section_of(const struct ldr_pe *pe, uint32_t rva)
{
    for (unsigned i = 0; i < pe->section_count; i++)
        if (rva >= pe->sections[i].rva && rva - pe->sections[i].rva < pe->sections[i].extent)
            return &pe->sections[i];
    return NULL;
}

const uint8_t *ldr_pe_bytes(const struct ldr_pe *pe, uint32_t rva, size_t *available)
{
    const struct ldr_section *section;
    if (rva < pe->optional.SizeOfHeaders) {
        *available = pe->optional.SizeOfHeaders - rva;
        return pe->file + rva;
    }
    for (section = pe->sections; section < pe->sections + pe->section_count; section++) {
        if (rva < section->rva || rva - section->rva >= section->file_size)
            continue;
        *available = section->file_size - (rva - section->rva);
        return pe->file + section->offset + (rva - section->rva);
    }
    return NULL;
}

bool ldr_pe_read(const struct ldr_pe *pe, uint32_t rva, void *to, size_t bytes)
{
    size_t available = 0;
    const uint8_t *from = ldr_pe_bytes(pe, rva, &available);
    const struct ldr_section *section;
    if (from && available >= bytes) {
        memcpy(to, from, bytes);
        return true;
    }
    section = ldr_pe_section_of(pe, rva);
    if (!section || section->extent - (rva - section->rva) < bytes)
        return false;
    memset(to, 0, bytes);
    if (from)
        memcpy(to, from, available);
    return true;
}

const char *ldr_pe_string(const struct ldr_pe *pe, uint32_t rva)
{
    size_t available = 0;
    const uint8_t *from = ldr_pe_bytes(pe, rva, &available);
    if (!from || !memchr(from, 0, available < LDR_MAX_NAME ? available : LDR_MAX_NAME))
        return NULL;
    return (const char *)from;
}

bool ldr_pe_rva_of(const struct ldr_pe *pe, uint64_t address, size_t bytes, uint32_t *rva)
{
    uint64_t distance = address - pe->optional.ImageBase;
    if (!in_image(pe, distance, bytes))
        return false;
    *rva = (uint32_t)distance;
    return true;
}

bool ldr_pe_directory(const struct ldr_pe *pe, unsigned index, IMAGE_DATA_DIRECTORY *directory)
{
    *directory = pe->optional.DataDirectory[index];
    return directory->VirtualAddress != 0 && directory->Size != 0;
}
