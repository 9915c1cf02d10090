// A checked view of a PE32+ file in memory.
//
// ldr_pe_open believes nothing the file says about itself: every offset and size is compared with the file
// and with SizeOfImage before it is used, and imports, relocations and exports are walked once, so that what
// follows meets no surprise. It allocates nothing and maps nothing; strings and bytes it gives are the file's
// own.
//
//     RVA   relative virtual address: an offset in the mapped image
//     file  [headers | section data ...]; an RVA is backed by the file or by zeros (the rest of a section)
//
// Facts: "PE Format", learn.microsoft.com/windows/win32/debug/pe-format.
#pragma once

#include <nt/ntdef.h>
#include <nt/ntstatus.h>
#include <nt/pe.h>

#include <stdbool.h>

enum {
    LDR_PAGE = 4096,
    LDR_MAX_SECTIONS = 96,     // the limit of Windows's loader
    LDR_MAX_IMAGE = 256 << 20, // bytes of address space one driver may ask for
    LDR_MAX_FILE = 512 << 20,  // bytes of a file, debug information and certificates included
    LDR_MAX_IMPORTS = 1 << 14,
    LDR_MAX_EXPORTS = 1 << 14,
    LDR_MAX_NAME = 1024, // bytes of an imported or exported name, terminator included
};

// Why an image is refused: one sentence without the image's name, and the status that a load ends with.
struct ldr_reason {
    NTSTATUS status;
    char text[240];
};

struct ldr_section {
    char name[IMAGE_SIZEOF_SHORT_NAME + 1];
    uint32_t rva;
    uint32_t extent;    // bytes in memory; VirtualSize, or SizeOfRawData where that is 0
    uint32_t offset;    // in the file
    uint32_t file_size; // bytes to copy from there; the rest is zero
    uint32_t characteristics;
};

struct ldr_pe {
    const uint8_t *file;
    size_t size;
    uint32_t nt_offset; // of the "PE" signature
    IMAGE_FILE_HEADER header;
    IMAGE_OPTIONAL_HEADER64 optional; // directories the file does not have are zero
    unsigned section_count;
    struct ldr_section sections[LDR_MAX_SECTIONS];
    bool relocatable; // false: runs at its preferred base only
};

// False: not a well-formed PE32+ image for x86-64; reason says why.
bool ldr_pe_open(struct ldr_pe *pe, const void *file, size_t size, struct ldr_reason *reason);
// False: well-formed, and not something the kernel can run (subsystem, entry point, TLS, base address).
bool ldr_pe_check_driver(const struct ldr_pe *pe, struct ldr_reason *reason);

// ---- bytes ----------------------------------------------------------------

// The file's bytes at this RVA, and how many follow in the same section; NULL when the file has none there.
const uint8_t *ldr_pe_bytes(const struct ldr_pe *pe, uint32_t rva, size_t *available);
// Copy what the mapped image would hold, zeros behind a section's data included; false outside headers and
// sections.
bool ldr_pe_read(const struct ldr_pe *pe, uint32_t rva, void *to, size_t bytes);
// The terminated string at this RVA, at most LDR_MAX_NAME bytes long; NULL when there is none.
const char *ldr_pe_string(const struct ldr_pe *pe, uint32_t rva);
// The RVA of an address inside the image at its preferred base; false when [address, +bytes) is outside.
bool ldr_pe_rva_of(const struct ldr_pe *pe, uint64_t address, size_t bytes, uint32_t *rva);
// The section that holds this RVA, or NULL.
const struct ldr_section *ldr_pe_section_of(const struct ldr_pe *pe, uint32_t rva);
// A data directory; false when the image has none.
bool ldr_pe_directory(const struct ldr_pe *pe, unsigned index, IMAGE_DATA_DIRECTORY *directory);

// ---- walks: zero the walk and set pe; each call gives one item ------------

enum ldr_step { LDR_STEP_BAD = -1, LDR_STEP_END = 0, LDR_STEP_ITEM = 1 };

struct ldr_import {
    const char *module; // "ntoskrnl.exe"
    const char *name;   // NULL: by ordinal
    uint16_t ordinal;
    uint32_t slot; // RVA of the 8 bytes that receive the address
};
struct ldr_import_walk {
    const struct ldr_pe *pe;
    uint32_t descriptor; // how many were begun
    const char *module;  // NULL: between descriptors
    uint32_t lookup, slot;
    unsigned count;
};
enum ldr_step ldr_pe_next_import(struct ldr_import_walk *walk, struct ldr_import *import, struct ldr_reason *reason);

// A relocation is the RVA of 8 bytes that hold an address (DIR64, the only kind that means something here).
struct ldr_relocation_walk {
    const struct ldr_pe *pe;
    const uint8_t *table; // NULL before the first call
    uint32_t size, next;  // next: offset of the next entry or block
    uint32_t page, block_end;
};
enum ldr_step ldr_pe_next_relocation(struct ldr_relocation_walk *walk, uint32_t *rva, struct ldr_reason *reason);

struct ldr_pe_export {
    const char *name;
    const char *forwarder; // "module.name" when the export lives elsewhere, else NULL
    uint32_t ordinal;
    uint32_t rva;
};
// Named exports only.
struct ldr_pe_export_walk {
    const struct ldr_pe *pe;
    bool begun;
    IMAGE_EXPORT_DIRECTORY directory;
    uint32_t next;
};
enum ldr_step ldr_pe_next_export(struct ldr_pe_export_walk *walk, struct ldr_pe_export *item,
                                 struct ldr_reason *reason);

// ---- single facts ---------------------------------------------------------

// The load configuration, as much of it as the image has, the rest zero; false when it has none.
bool ldr_pe_load_config(const struct ldr_pe *pe, IMAGE_LOAD_CONFIG_DIRECTORY64 *config);
// The path of the PDB file from the CodeView debug entry, or NULL.
const char *ldr_pe_pdb(const struct ldr_pe *pe);
// Its DWARF sections; false when it has none.
bool ldr_pe_has_dwarf(const struct ldr_pe *pe);
// A section's name in full: one of more than eight characters stands in the COFF string table ("/4").
const char *ldr_pe_section_name(const struct ldr_pe *pe, const struct ldr_section *section);
// The PKCS#7 signature (Authenticode), in the file; NULL when there is none, or it is of another kind.
const uint8_t *ldr_pe_signature(const struct ldr_pe *pe, size_t *bytes);
// What OptionalHeader.CheckSum should say.
uint32_t ldr_pe_checksum(const struct ldr_pe *pe);
const char *ldr_pe_machine_name(uint16_t machine);
const char *ldr_pe_subsystem_name(uint16_t subsystem);
