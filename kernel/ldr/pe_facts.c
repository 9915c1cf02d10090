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
