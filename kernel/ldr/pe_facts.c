// Single facts about a checked PE32+ file: load configuration, PDB name, checksum, names of numbers.
#include "ldr/pe.h"

#include <stddef.h>
#include <string.h>

// The configuration states its own size; the directory's size is a fixed number in some images.
bool ldr_pe_load_config(const struct ldr_pe *pe, IMAGE_LOAD_CONFIG_DIRECTORY64 *config)
{
    IMAGE_DATA_DIRECTORY directory;
    uint32_t size;
    memset(config, 0, sizeof *config);
    if (!ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, &directory) ||
        !ldr_pe_read(pe, directory.VirtualAddress, &size, sizeof size))
        return false;
    if (size > sizeof *config)
        size = sizeof *config;
    return ldr_pe_read(pe, directory.VirtualAddress, config, size);
}

// A CodeView entry: "RSDS", a GUID, an age, and the terminated path.
static const char *codeview_path(const struct ldr_pe *pe, const IMAGE_DEBUG_DIRECTORY *entry)
{
    enum { PATH = 24 };
    const uint8_t *data;
    if (entry->PointerToRawData > pe->size || entry->SizeOfData > pe->size - entry->PointerToRawData ||
        entry->SizeOfData <= PATH)
        return NULL;
    data = pe->file + entry->PointerToRawData;
    if (memcmp(data, "RSDS", 4) != 0 || !memchr(data + PATH, 0, entry->SizeOfData - PATH))
        return NULL;
    return (const char *)data + PATH;
}

const char *ldr_pe_pdb(const struct ldr_pe *pe)
{
    enum { MOST = 64 }; // entries; linkers write a handful
    IMAGE_DATA_DIRECTORY directory;
    IMAGE_DEBUG_DIRECTORY entry;
    const char *path = NULL;
    if (!ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_DEBUG, &directory))
        return NULL;
    for (uint32_t i = 0; !path && i < MOST && i < directory.Size / sizeof entry; i++) {
        if (!ldr_pe_read(pe, directory.VirtualAddress + i * (uint32_t)sizeof entry, &entry, sizeof entry))
            return NULL;
        if (entry.Type == IMAGE_DEBUG_TYPE_CODEVIEW)
            path = codeview_path(pe, &entry);
    }
    return path;
}

const char *ldr_pe_section_name(const struct ldr_pe *pe, const struct ldr_section *section)
{
    enum { SYMBOL_BYTES = 18, SIZE_FIELD = 4 };
    size_t at = pe->header.PointerToSymbolTable, symbols = pe->header.NumberOfSymbols, offset = 0;
    if (section->name[0] != '/' || section->name[1] < '0' || section->name[1] > '9' || at == 0 || at > pe->size ||
        symbols > (pe->size - at) / SYMBOL_BYTES)
        return section->name;
    for (const char *digit = section->name + 1; *digit >= '0' && *digit <= '9'; digit++)
        offset = offset * 10 + (size_t)(*digit - '0');
    const char *strings = (const char *)pe->file + at + symbols * SYMBOL_BYTES;
    size_t size = pe->size - at - symbols * SYMBOL_BYTES;
    return offset >= SIZE_FIELD && offset < size && memchr(strings + offset, 0, size - offset) ? strings + offset
                                                                                               : section->name;
}

bool ldr_pe_has_dwarf(const struct ldr_pe *pe)
{
    for (unsigned i = 0; i < pe->section_count; i++)
        if (strcmp(ldr_pe_section_name(pe, &pe->sections[i]), ".debug_info") == 0)
            return true;
    return false;
}

// WIN_CERTIFICATE: length, revision, type, then the signature. Its directory holds an offset in the file, not an RVA.
const uint8_t *ldr_pe_signature(const struct ldr_pe *pe, size_t *bytes)
{
    enum { HEAD = 8, TYPE_PKCS7 = 2 };
    const IMAGE_DATA_DIRECTORY *directory = &pe->optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_SECURITY];
    uint32_t length;
    uint16_t type;
    if (directory->VirtualAddress > pe->size || pe->size - directory->VirtualAddress < HEAD)
        return NULL;
    const uint8_t *certificate = pe->file + directory->VirtualAddress;
    memcpy(&length, certificate, sizeof length);
    memcpy(&type, certificate + 6, sizeof type);
    if (!directory->VirtualAddress || type != TYPE_PKCS7 || length <= HEAD ||
        length > pe->size - directory->VirtualAddress)
        return NULL;
    *bytes = length - HEAD;
    return certificate + HEAD;
}

// The sum of all 16-bit words with end-around carry, the field itself counted as zero, plus the file's
// length.
uint32_t ldr_pe_checksum(const struct ldr_pe *pe)
{
    size_t field = pe->nt_offset + offsetof(IMAGE_NT_HEADERS64, OptionalHeader.CheckSum);
    uint32_t sum = 0;
    for (size_t at = 0; at < pe->size; at++) {
        uint32_t byte = at - field < sizeof(uint32_t) ? 0 : pe->file[at];
        sum += at % 2 ? byte << 8 : byte;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    return sum + (uint32_t)pe->size;
}

const char *ldr_pe_machine_name(uint16_t machine)
{
    switch (machine) {
    case 0x014C:
        return "32-bit x86";
    case 0x01C0:
    case 0x01C2:
    case 0x01C4:
        return "32-bit ARM";
    case 0x0200:
        return "Itanium";
    case 0x5064:
        return "64-bit RISC-V";
    case 0x8664:
        return "x86-64";
    case 0xA641:
    case 0xA64E:
    case 0xAA64:
        return "ARM64";
    default:
        return "another machine";
    }
}

const char *ldr_pe_subsystem_name(uint16_t subsystem)
{
    static const char *const names[] = {
        [0] = "a file without a subsystem", [1] = "a native image",          [2] = "a Windows program",
        [3] = "a console program",          [5] = "an OS/2 program",         [7] = "a POSIX program",
        [8] = "a Windows 9x driver",        [9] = "a Windows CE program",    [10] = "an EFI application",
        [11] = "an EFI boot driver",        [12] = "an EFI run-time driver", [13] = "an EFI ROM image",
        [14] = "an Xbox program",           [16] = "a boot application",
    };
    if (subsystem < sizeof names / sizeof *names && names[subsystem])
        return names[subsystem];
    return "a file of an unknown subsystem";
}
