// Walks over imports, relocations and exports of a checked PE32+ file.
//
// Every table ends by its own terminator or size and, whatever the file says, by a limit: the cost of a walk
// is bounded by the size of the file, also when tables overlap or lead back to themselves.
//
// Facts: "PE Format", sections .idata, .reloc and .edata.
#include "ldr/pe.h"

#include "ldr/pe_internal.h"

#include <string.h>

enum {
    ORDINAL_FLAG_BIT = 63,
    RELOCATION_TYPE_SHIFT = 12,
    RELOCATION_OFFSET = 0xFFF,
    SLOT = 8, // bytes of an import address or lookup entry
    HINT = 2, // bytes before an imported name
};

static enum ldr_step bad(struct ldr_reason *reason, const char *what, uint32_t rva)
{
    ldr_pe_refuse(reason, STATUS_INVALID_IMAGE_FORMAT, "%s (RVA 0x%X)", what, rva);
    return LDR_STEP_BAD;
}

// ---- imports --------------------------------------------------------------

// Begin the next descriptor; END behind the last.
static enum ldr_step next_descriptor(struct ldr_import_walk *walk, struct ldr_reason *reason)
{
    IMAGE_IMPORT_DESCRIPTOR descriptor;
    uint32_t table = walk->pe->optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    uint64_t rva = table + (uint64_t)walk->descriptor * sizeof descriptor;
    if (table == 0)
        return LDR_STEP_END;
    if (rva > UINT32_MAX || !ldr_pe_read(walk->pe, (uint32_t)rva, &descriptor, sizeof descriptor))
        return bad(reason, "the import descriptors are not terminated", (uint32_t)rva);
    if (descriptor.Name == 0 || descriptor.FirstThunk == 0)
        return LDR_STEP_END;
    if (walk->descriptor++ >= LDR_MAX_IMPORTS)
        return bad(reason, "too many import descriptors", table);
    walk->module = ldr_pe_string(walk->pe, descriptor.Name);
    if (!walk->module)
        return bad(reason, "the name of an imported module is missing or not terminated", descriptor.Name);
    walk->slot = descriptor.FirstThunk;
    walk->lookup = descriptor.OriginalFirstThunk ? descriptor.OriginalFirstThunk : descriptor.FirstThunk;
    return LDR_STEP_ITEM;
}

// The import that lookup entry `entry` of the current descriptor describes.
static enum ldr_step read_import(struct ldr_import_walk *walk, uint64_t entry, struct ldr_import *import,
                                 struct ldr_reason *reason)
{
    size_t available;
    uint32_t size = walk->pe->optional.SizeOfImage;
    if (size < SLOT || walk->slot > size - SLOT)
        return bad(reason, "an import address lies outside the image", walk->slot);
    if (walk->count++ >= LDR_MAX_IMPORTS)
        return bad(reason, "too many imports", walk->slot);
    *import = (struct ldr_import){.module = walk->module, .slot = walk->slot};
    walk->slot += SLOT;
    walk->lookup += SLOT;
    if (entry >> ORDINAL_FLAG_BIT) {
        import->ordinal = (uint16_t)entry;
        return LDR_STEP_ITEM;
    }
    if (entry > UINT32_MAX - HINT || !ldr_pe_bytes(walk->pe, (uint32_t)entry, &available))
        return bad(reason, "an imported name lies outside the image's data", (uint32_t)entry);
    import->name = ldr_pe_string(walk->pe, (uint32_t)entry + HINT);
    if (!import->name)
        return bad(reason, "an imported name is not terminated", (uint32_t)entry);
    return LDR_STEP_ITEM;
}

enum ldr_step ldr_pe_next_import(struct ldr_import_walk *walk, struct ldr_import *import, struct ldr_reason *reason)
{
    for (;;) {
        uint64_t entry;
        if (!walk->module) {
            enum ldr_step step = next_descriptor(walk, reason);
            if (step != LDR_STEP_ITEM)
                return step;
        }
        if (!ldr_pe_read(walk->pe, walk->lookup, &entry, sizeof entry))
            return bad(reason, "the list of imports of a module is not terminated", walk->lookup);
        if (entry != 0)
            return read_import(walk, entry, import, reason);
        walk->module = NULL;
    }
}

// ---- relocations ----------------------------------------------------------

static enum ldr_step open_relocations(struct ldr_relocation_walk *walk, struct ldr_reason *reason)
{
    IMAGE_DATA_DIRECTORY directory;
    size_t available;
    if (!walk->pe->relocatable || !ldr_pe_directory(walk->pe, IMAGE_DIRECTORY_ENTRY_BASERELOC, &directory))
        return LDR_STEP_END;
    walk->table = ldr_pe_bytes(walk->pe, directory.VirtualAddress, &available);
    if (!walk->table || available < directory.Size)
        return bad(reason, "the relocations are cut off", directory.VirtualAddress);
    walk->size = directory.Size;
    return LDR_STEP_ITEM;
}

// Begin the block at walk->next; END behind the last, and at a block of zeros (padding).
static enum ldr_step next_block(struct ldr_relocation_walk *walk, struct ldr_reason *reason)
{
    IMAGE_BASE_RELOCATION block;
    uint32_t at = walk->next;
    if (walk->size - at < sizeof block)
        return LDR_STEP_END;
    memcpy(&block, walk->table + at, sizeof block);
    if (block.VirtualAddress == 0 && block.SizeOfBlock == 0)
        return LDR_STEP_END;
    if (block.SizeOfBlock < sizeof block || block.SizeOfBlock % 2 || block.SizeOfBlock > walk->size - at)
        return bad(reason, "a relocation block has a bad size", block.VirtualAddress);
    walk->page = block.VirtualAddress;
    walk->next = at + (uint32_t)sizeof block;
    walk->block_end = at + block.SizeOfBlock;
    return LDR_STEP_ITEM;
}

enum ldr_step ldr_pe_next_relocation(struct ldr_relocation_walk *walk, uint32_t *rva, struct ldr_reason *reason)
{
    if (!walk->table) {
        enum ldr_step step = open_relocations(walk, reason);
        if (step != LDR_STEP_ITEM)
            return step;
    }
    for (;;) {
        uint16_t entry;
        uint64_t target;
        if (walk->next == walk->block_end) {
            enum ldr_step step = next_block(walk, reason);
            if (step != LDR_STEP_ITEM)
                return step;
            continue; // it may be an empty one
        }
        memcpy(&entry, walk->table + walk->next, sizeof entry);
        walk->next += (uint32_t)sizeof entry;
        target = (uint64_t)walk->page + (entry & RELOCATION_OFFSET);
        if (entry >> RELOCATION_TYPE_SHIFT == IMAGE_REL_BASED_ABSOLUTE)
            continue;
        if (entry >> RELOCATION_TYPE_SHIFT != IMAGE_REL_BASED_DIR64)
            return bad(reason, "a relocation is neither DIR64 nor ABSOLUTE", (uint32_t)target);
        if (target + sizeof(uint64_t) > walk->pe->optional.SizeOfImage)
            return bad(reason, "a relocation points outside the image", (uint32_t)target);
        *rva = (uint32_t)target;
        return LDR_STEP_ITEM;
    }
}

// ---- exports --------------------------------------------------------------

static enum ldr_step open_exports(struct ldr_pe_export_walk *walk, struct ldr_reason *reason)
{
    IMAGE_DATA_DIRECTORY directory;
    if (!ldr_pe_directory(walk->pe, IMAGE_DIRECTORY_ENTRY_EXPORT, &directory))
        return LDR_STEP_END;
    if (!ldr_pe_read(walk->pe, directory.VirtualAddress, &walk->directory, sizeof walk->directory))
        return bad(reason, "the export directory is cut off", directory.VirtualAddress);
    if (walk->directory.NumberOfFunctions > LDR_MAX_EXPORTS || walk->directory.NumberOfNames > LDR_MAX_EXPORTS)
        return bad(reason, "too many exports", directory.VirtualAddress);
    walk->begun = true;
    return LDR_STEP_ITEM;
}

// Element `index` of one of the export tables; false outside the image.
static bool export_element(const struct ldr_pe *pe, uint32_t table, uint32_t index, void *to, size_t size)
{
    uint64_t rva = table + (uint64_t)index * size;
    return rva <= UINT32_MAX && ldr_pe_read(pe, (uint32_t)rva, to, size);
}

enum ldr_step ldr_pe_next_export(struct ldr_pe_export_walk *walk, struct ldr_pe_export *item, struct ldr_reason *reason)
{
    const IMAGE_DATA_DIRECTORY *place = &walk->pe->optional.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT];
    uint32_t name, rva;
    uint16_t index;
    if (!walk->begun) {
        enum ldr_step step = open_exports(walk, reason);
        if (step != LDR_STEP_ITEM)
            return step;
    }
    if (walk->next >= walk->directory.NumberOfNames)
        return LDR_STEP_END;
    if (!export_element(walk->pe, walk->directory.AddressOfNames, walk->next, &name, sizeof name) ||
        !export_element(walk->pe, walk->directory.AddressOfNameOrdinals, walk->next, &index, sizeof index) ||
        index >= walk->directory.NumberOfFunctions ||
        !export_element(walk->pe, walk->directory.AddressOfFunctions, index, &rva, sizeof rva))
        return bad(reason, "the export tables are cut off or contradict each other", place->VirtualAddress);
    walk->next++;
    *item = (struct ldr_pe_export){
        .name = ldr_pe_string(walk->pe, name), .ordinal = walk->directory.Base + index, .rva = rva};
    if (!item->name)
        return bad(reason, "the name of an export is missing or not terminated", name);
    if (rva >= walk->pe->optional.SizeOfImage)
        return bad(reason, "an export lies outside the image", rva);
    if (rva - place->VirtualAddress < place->Size && rva >= place->VirtualAddress &&
        !(item->forwarder = ldr_pe_string(walk->pe, rva)))
        return bad(reason, "the forwarder of an export is not terminated", rva);
    return LDR_STEP_ITEM;
}
