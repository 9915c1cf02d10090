// Resolving imports, and what a driver gets for those that do not exist.
//
// An import is looked for in exports.def, then in the export tables of the images loaded so far. Two passes:
// the survey reads the file and counts, so that everything can be reported at once (and refused) before
// anything is mapped; the binding writes addresses. A missing function gets a thunk of its own that ends in
// ldr_missing_import_hook; a missing variable gets an address in a page that faults, and ldr_find_missing
// tells the fault handler whose it is.
#include "ldr/image.h"

#include "hal/hal.h"
#include "ldr/exports.h"
#include "ldr/limit.h"

#include <stdio.h>
#include <string.h>

enum { FORWARDS = 4 }; // how many forwarders are followed in a row

static void missing_import(const char *driver, const char *module, const char *name);
void (*ldr_missing_import_hook)(const char *driver, const char *module, const char *name) = missing_import;

static void missing_import(const char *driver, const char *module, const char *name)
{
    char text[LDR_LINE];
    snprintf(text, sizeof text, "%s called %s of %s, which does not exist here", driver, name, module);
    hal_panic(text);
}

// Where every thunk ends, in the driver's context.
static void NTAPI call_missing(const struct ldr_missing *missing)
{
    ldr_missing_import_hook(missing->image->name, missing->module, missing->name);
    hal_panic("a missing import was called and the hook returned");
}

// ---- looking for one import -----------------------------------------------

static const void *look_up(struct ldr_loaded *loaded, const char *module, const char *name, unsigned ordinal,
                           int forwards);

// "module.name" of a forwarder, the name may be "#ordinal".
static const void *follow(struct ldr_loaded *loaded, const char *forwarder, int forwards)
{
    const char *dot = strrchr(forwarder, '.');
    char module[64];
    unsigned ordinal = 0;
    if (!dot || (size_t)(dot - forwarder) >= sizeof module || forwards == 0)
        return NULL;
    memcpy(module, forwarder, (size_t)(dot - forwarder));
    module[dot - forwarder] = 0;
    if (dot[1] == '#' && sscanf(dot + 2, "%5u", &ordinal) == 1)
        return look_up(loaded, module, NULL, ordinal, forwards - 1);
    return look_up(loaded, module, dot + 1, 0, forwards - 1);
}

// The address of an import (name NULL: by ordinal) or NULL. Notes which image it came from.
static const void *look_up(struct ldr_loaded *loaded, const char *module, const char *name, unsigned ordinal,
                           int forwards)
{
    const struct ldr_export *found = name ? ldr_find_export(module, name) : NULL;
    const struct ldr_pe_export *item;
    struct ldr_loaded *other;
    if (found)
        return found->address;
    other = ldr_list_named(module);
    item = other ? ldr_image_export(other, name, ordinal) : NULL;
    if (!item)
        return NULL;
    if (item->forwarder)
        return follow(loaded, item->forwarder, forwards);
    if (!(loaded->dependencies[other->slot / 64] >> other->slot % 64 & 1)) {
        loaded->dependencies[other->slot / 64] |= 1ull << other->slot % 64;
        other->references++;
    }
    return (const char *)other->image.base + item->rva;
}

static const void *resolve(struct ldr_loaded *loaded, const struct ldr_import *import)
{
    return look_up(loaded, import->module, import->name, import->ordinal, FORWARDS);
}

// The export of the kernel's own whose calls are checked; NULL: none.
static const struct ldr_export *limited(const struct ldr_import *import)
{
    const struct ldr_export *export = import->name ? ldr_find_export(import->module, import->name) : NULL;
    return export && ldr_is_limited(export) ? export : NULL;
}

// ---- the survey -----------------------------------------------------------

// A line that lists the missing imports of one module, said when it is full or the module changes.
struct listing {
    struct ldr_report *report;
    enum ldr_severity severity;
    const char *driver, *module;
    size_t length;
    char text[LDR_LINE];
};

static void flush(struct listing *list)
{
    if (list->length)
        ldr_say(list->report, list->severity, list->driver, "missing from %s: %s", list->module, list->text);
    list->length = 0;
}

static const char *import_name(const struct ldr_import *import, char ordinal[static 8])
{
    if (import->name)
        return import->name;
    snprintf(ordinal, 8, "#%u", import->ordinal);
    return ordinal;
}

static void list_missing(struct listing *list, const struct ldr_import *import)
{
    char ordinal[8];
    const char *name = import_name(import, ordinal);
    size_t frame = strlen(list->driver) + strlen(import->module) + sizeof ": missing from : , ";
    if (list->length && (list->module != import->module || list->length + strlen(name) + frame > sizeof list->text))
        flush(list);
    list->module = import->module;
    list->length += (size_t)snprintf(list->text + list->length, sizeof list->text - list->length, "%s%s",
                                     list->length ? ", " : "", name);
    if (list->length >= sizeof list->text)
        list->length = sizeof list->text - 1;
}

static bool is_data(const struct ldr_import *import)
{
    return import->name && ldr_is_data_name(import->name);
}

NTSTATUS ldr_survey_imports(struct ldr_loaded *loaded, const struct ldr_pe *pe, unsigned flags,
                            struct ldr_report *report)
{
    struct ldr_import_walk walk = {.pe = pe};
    struct ldr_import import;
    struct ldr_reason reason;
    struct listing list = {.report = report,
                           .severity = flags & LDR_STRICT_IMPORTS ? LDR_ERROR : LDR_WARNING,
                           .driver = loaded->image.name};
    size_t names = 0, data = 0, limits = 0;
    unsigned count = 0;
    char ordinal[8];
    while (ldr_pe_next_import(&walk, &import, &reason) == LDR_STEP_ITEM) {
        limits += limited(&import) != NULL;
        if (resolve(loaded, &import))
            continue;
        list_missing(&list, &import);
        names += strlen(import.module) + strlen(import_name(&import, ordinal)) + 2;
        data += is_data(&import);
        count++;
    }
    flush(&list);
    loaded->limit_bytes = hal_round_up(limits * LDR_LIMIT_BYTES, LDR_PAGE);
    if (report)
        report->missing_imports = count;
    if (count == 0)
        return STATUS_SUCCESS;
    if (flags & LDR_STRICT_IMPORTS) {
        ldr_say(report, LDR_ERROR, list.driver,
                "cannot load: %u imports do not exist here, STATUS_PROCEDURE_NOT_FOUND (0xC000007A); "
                "without --strict-imports it starts anyway",
                count);
        return STATUS_PROCEDURE_NOT_FOUND;
    }
    ldr_say(report, LDR_WARNING, list.driver,
            "%u imports do not exist here; it starts, and calling one of them stops it", count);
    loaded->missing = hal_alloc(count * sizeof *loaded->missing + names);
    loaded->thunk_bytes = hal_round_up((count - data) * LDR_THUNK_BYTES, LDR_PAGE);
    loaded->guard_bytes = hal_round_up(data * LDR_GUARD_STRIDE, LDR_PAGE);
    if (!loaded->missing)
        return STATUS_NO_MEMORY;
    loaded->missing_names = (char *)(loaded->missing + count);
    return STATUS_SUCCESS;
}

// ---- the binding ----------------------------------------------------------

// mov rcx, missing; mov rax, call_missing; jmp rax: a tail call, so the return address is the driver's.
static const void *write_thunk(struct ldr_loaded *loaded, const struct ldr_missing *missing)
{
    uint8_t *thunk = (uint8_t *)loaded->image.base + loaded->image.size + loaded->thunks++ * LDR_THUNK_BYTES;
    const void *target = (const void *)(uintptr_t)call_missing;
    memcpy(thunk, "\x48\xB9", 2);
    memcpy(thunk + 2, &missing, 8);
    memcpy(thunk + 10, "\x48\xB8", 2);
    memcpy(thunk + 12, &target, 8);
    memcpy(thunk + 20, "\xFF\xE0", 2);
    memset(thunk + 22, 0xCC, LDR_THUNK_BYTES - 22);
    return thunk;
}

static const void *guarded_address(struct ldr_loaded *loaded)
{
    return (const char *)loaded->image.base + loaded->image.size + loaded->thunk_bytes + loaded->patch_bytes +
           loaded->limit_bytes + loaded->guards++ * LDR_GUARD_STRIDE;
}

// Record a missing import; its strings are copied, for the file goes and INIT may be discarded.
static const void *add_missing(struct ldr_loaded *loaded, const struct ldr_import *import)
{
    struct ldr_missing *missing = &loaded->missing[loaded->missing_count++];
    char ordinal[8];
    missing->image = &loaded->image;
    missing->module = loaded->missing_names;
    missing->name = stpcpy(loaded->missing_names, import->module) + 1;
    loaded->missing_names =
        stpcpy(loaded->missing_names + strlen(import->module) + 1, import_name(import, ordinal)) + 1;
    missing->data = is_data(import);
    missing->address = missing->data ? guarded_address(loaded) : write_thunk(loaded, missing);
    return missing->address;
}

void ldr_bind_imports(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    struct ldr_import_walk walk = {.pe = pe};
    struct ldr_import import;
    struct ldr_reason reason;
    while (ldr_pe_next_import(&walk, &import, &reason) == LDR_STEP_ITEM) {
        const struct ldr_export *export = limited(&import);
        const void *address = export ? ldr_limited_address(loaded, export) : resolve(loaded, &import);
        if (!address)
            address = add_missing(loaded, &import);
        memcpy((char *)loaded->image.base + import.slot, &address, sizeof address);
    }
}

void ldr_release_dependencies(struct ldr_loaded *loaded)
{
    for (unsigned slot = 0; slot < LDR_MAX_IMAGES; slot++)
        if (loaded->dependencies[slot / 64] >> slot % 64 & 1)
            ldr_release(ldr_list_at(slot));
}
