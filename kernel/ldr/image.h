// What the loader's files share about an image. Everything here is changed under ldr_images_lock only.
#pragma once

#include "ldr/ldr.h"
#include "ldr/pe.h"

enum {
    LDR_MAX_IMAGES = 256,  // loaded at the same time
    LDR_THUNK_BYTES = 32,  // one missing function
    LDR_GUARD_STRIDE = 64, // one missing variable
};

struct ldr_loaded {
    struct ldr_image image; // first: a ldr_image of ours is a ldr_loaded
    size_t mapped;          // bytes mapped at image.base: the image, thunks, patches' stubs, limits, guard pages
    unsigned references;    // its own load, and each image that imports from it
    unsigned slot;          // in the list of find.c
    bool listed;
    uint64_t dependencies[LDR_MAX_IMAGES / 64]; // slots of the images it imports from

    // missing imports: functions first get thunks, variables addresses in pages that fault
    struct ldr_missing *missing;     // the names stand behind the array
    unsigned missing_count;          // recorded so far
    char *missing_names;             // where the next name goes
    size_t thunk_bytes, guard_bytes; // whole pages
    unsigned thunks, guards;         // given out so far

    unsigned limits;    // imports with an IRQL limit that is checked: given out so far
    size_t limit_bytes; // whole pages

    struct ldr_patch *patches; // instructions that were replaced, by address
    unsigned patch_count;
    size_t patch_bytes; // whole pages

    struct ldr_pe_export *exports; // named exports of its own; the names stand behind the array
    unsigned export_count;

    struct ldr_symbol *symbols; // functions by address; the names stand behind the array
    unsigned symbol_count;

    bool shared_pages; // SectionAlignment below a page: sections have no protection of their own
    unsigned section_count;
    struct {
        uint32_t rva, extent, characteristics;
    } sections[LDR_MAX_SECTIONS];
};

// report.c
void ldr_say(struct ldr_report *report, enum ldr_severity severity, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// imports.c: how much there is to do for missing imports (before mapping), the addresses (after it), the
// undoing.
NTSTATUS ldr_survey_imports(struct ldr_loaded *loaded, const struct ldr_pe *pe, unsigned flags,
                            struct ldr_report *report);
void ldr_bind_imports(struct ldr_loaded *loaded, const struct ldr_pe *pe);
void ldr_release_dependencies(struct ldr_loaded *loaded);

// image_exports.c: a copy of the image's own export table, for other images.
NTSTATUS ldr_copy_exports(struct ldr_loaded *loaded, const struct ldr_pe *pe);
const struct ldr_pe_export *ldr_image_export(const struct ldr_loaded *loaded, const char *name, unsigned ordinal);

// symbols.c: the names of functions, as far as the image has any.
void ldr_copy_symbols(struct ldr_loaded *loaded, const struct ldr_pe *pe);

// find.c: the list
void ldr_images_lock(void);
void ldr_images_unlock(void);
bool ldr_list_add(struct ldr_loaded *loaded); // false: full
void ldr_list_remove(struct ldr_loaded *loaded);
struct ldr_loaded *ldr_list_at(unsigned slot);
struct ldr_loaded *ldr_list_named(const char *name);

// image.c: drop one reference; the last one unmaps and frees. The lock is held.
void ldr_release(struct ldr_loaded *loaded);
