// Names of functions, for reports: from the image's COFF symbol table where it has one (mingw's linkers and
// "lld-link /debug:symtab" leave it), else from its exports.
//
// The table lies behind the sections in the file and is not mapped, so what is needed of it is copied at load.
// Microsoft's linker puts symbols into a PDB file instead; such images have their exports only.
//
// PE format specification, "COFF Symbol Table".
#include "ldr/image.h"

#include "hal/hal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_BYTES = 18,
    SHORT_NAME = 8,
    CLASS_EXTERNAL = 2,
    CLASS_STATIC = 3,
    MAX_SYMBOLS = 1 << 16,
    MAX_SYMBOL_NAME = 255,
};

struct ldr_symbol {
    uint32_t rva;
    uint32_t name; // offset in the names behind the array
};

struct record {
    char name[SHORT_NAME]; // or 4 zero bytes and an offset in the string table
    uint32_t value;
    int16_t section; // from 1
    uint16_t type;
    uint8_t storage_class, auxiliary;
};

struct table {
    const uint8_t *records;
    size_t count;
    const char *strings; // begins with its own size
    size_t strings_size;
};

static bool open_table(const struct ldr_pe *pe, struct table *table)
{
    size_t at = pe->header.PointerToSymbolTable, count = pe->header.NumberOfSymbols;
    if (at == 0 || count == 0 || count > MAX_SYMBOLS || at > pe->size || count * RECORD_BYTES > pe->size - at)
        return false;
    table->records = pe->file + at;
    table->count = count;
    table->strings = (const char *)pe->file + at + count * RECORD_BYTES;
    table->strings_size = pe->size - at - count * RECORD_BYTES;
    return true;
}

static struct record record_at(const struct table *table, size_t index)
{
    const uint8_t *bytes = table->records + index * RECORD_BYTES;
    struct record record;
    memcpy(record.name, bytes, SHORT_NAME);
    memcpy(&record.value, bytes + 8, 4);
    memcpy(&record.section, bytes + 12, 2);
    memcpy(&record.type, bytes + 14, 2);
    record.storage_class = bytes[16];
    record.auxiliary = bytes[17];
    return record;
}

// The name in `text`, cut to MAX_SYMBOL_NAME; false when it lies outside the table.
static bool name_of(const struct table *table, const struct record *record, char *text)
{
    uint32_t zero, offset;
    memcpy(&zero, record->name, 4);
    memcpy(&offset, record->name + 4, 4);
    const char *name = record->name;
    size_t limit = SHORT_NAME;
    if (zero == 0) {
        if (offset < 4 || offset >= table->strings_size)
            return false;
        name = table->strings + offset;
        limit = table->strings_size - offset;
    }
    size_t length = strnlen(name, limit < MAX_SYMBOL_NAME ? limit : MAX_SYMBOL_NAME);
    memcpy(text, name, length);
    text[length] = 0;
    return length > 0;
}

// A function's symbol; labels of assembler sources have no type, so the section decides.
static bool is_function(const struct ldr_pe *pe, const struct record *record)
{
    if (record->storage_class != CLASS_EXTERNAL && record->storage_class != CLASS_STATIC)
        return false;
    if (record->section < 1 || (unsigned)record->section > pe->section_count || record->name[0] == '.')
        return false;
    const struct ldr_section *section = &pe->sections[record->section - 1];
    return section->characteristics & IMAGE_SCN_MEM_EXECUTE && record->value < section->extent;
}

struct gathering {
    struct ldr_symbol *symbols; // NULL: only count
    char *names;
    size_t count, name_bytes;
};

static void gather(const struct ldr_pe *pe, const struct table *table, struct gathering *out)
{
    char name[MAX_SYMBOL_NAME + 1];
    for (size_t i = 0; i < table->count; i++) {
        struct record record = record_at(table, i);
        if (is_function(pe, &record) && name_of(table, &record, name)) {
            size_t length = strlen(name) + 1;
            if (out->symbols) {
                out->symbols[out->count].rva = pe->sections[record.section - 1].rva + record.value;
                out->symbols[out->count].name = (uint32_t)out->name_bytes;
                memcpy(out->names + out->name_bytes, name, length);
            }
            out->count++;
            out->name_bytes += length;
        }
        i += record.auxiliary;
    }
}

static int by_address(const void *left, const void *right)
{
    const struct ldr_symbol *one = left, *other = right;
    return one->rva < other->rva ? -1 : one->rva > other->rva;
}

void ldr_copy_symbols(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    struct table table;
    struct gathering found = {0};
    if (!open_table(pe, &table))
        return;
    gather(pe, &table, &found);
    size_t array = found.count * sizeof *loaded->symbols;
    loaded->symbols = found.count ? hal_alloc(array + found.name_bytes) : NULL;
    if (!loaded->symbols)
        return; // reports do without
    found = (struct gathering){.symbols = loaded->symbols, .names = (char *)loaded->symbols + array};
    gather(pe, &table, &found);
    loaded->symbol_count = (unsigned)found.count;
    qsort(loaded->symbols, found.count, sizeof *loaded->symbols, by_address);
}

// ---- looking up ---------------------------------------------------------------------------------------------------

// The last symbol at or below the address.
static const char *symbol_below(const struct ldr_loaded *loaded, uint32_t rva, uint32_t *begin)
{
    size_t low = 0, high = loaded->symbol_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (loaded->symbols[middle].rva <= rva)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    *begin = loaded->symbols[low - 1].rva;
    return (const char *)(loaded->symbols + loaded->symbol_count) + loaded->symbols[low - 1].name;
}

static const char *export_below(const struct ldr_loaded *loaded, uint32_t rva, uint32_t *begin)
{
    const char *name = NULL;
    for (unsigned i = 0; i < loaded->export_count; i++) {
        const struct ldr_pe_export *item = &loaded->exports[i];
        if (!item->forwarder && item->rva <= rva && (!name || item->rva > *begin)) {
            name = item->name;
            *begin = item->rva;
        }
    }
    return name;
}

bool ldr_place(const void *address, struct ldr_place *place)
{
    const struct ldr_loaded *loaded = (const struct ldr_loaded *)ldr_find_image(address);
    uint32_t begin = 0;
    *place = (struct ldr_place){0};
    if (!loaded)
        return false;
    place->image = loaded->image.name;
    place->base = loaded->image.base;
    place->debug = loaded->image.debug;
    place->rva = (uint32_t)((uintptr_t)address - (uintptr_t)loaded->image.base);
    place->function = symbol_below(loaded, place->rva, &begin);
    if (!place->function)
        place->function = export_below(loaded, place->rva, &begin);
    place->offset = place->rva - begin;
    return true;
}

bool ldr_describe(const void *address, char *text, size_t size)
{
    struct ldr_place place;
    if (!ldr_place(address, &place))
        snprintf(text, size, "%p", address);
    else if (place.function)
        snprintf(text, size, "%s+0x%x (%s+0x%x)", place.image, place.rva, place.function, place.offset);
    else
        snprintf(text, size, "%s+0x%x", place.image, place.rva);
    return place.image != NULL;
}
