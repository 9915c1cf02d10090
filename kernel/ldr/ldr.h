// Loading driver images.
//
// A loaded image, from file to rest:
//
//     file in memory --ldr_pe_open--> checked --map, relocate--> writable pages --imports, cookie-->
//         --protect--> loaded, found by ldr_find_image --ldr_discard_init--> INIT gone --ldr_unload_image-->
//         nothing
//
// ldr_load_image either gives a loaded image or leaves nothing behind. An image is referenced by the images
// that import from it; it goes when its own load and the last of those are undone.
//
// Facts: the PE format specification; DESIGN decisions on missing imports and on images without relocations.
#pragma once

#include <nt/ntdef.h>
#include <nt/ntstatus.h>

#include <stdbool.h>

enum ldr_severity { LDR_NOTE, LDR_WARNING, LDR_ERROR };

// Where the loader says what it found: line() gets one-line messages, at most LDR_LINE bytes with the
// terminator, each beginning with the image's name, without newline; it must not load, unload or look for
// images by name. A zeroed report (or a NULL one) keeps quiet.
enum { LDR_LINE = 480 };
struct ldr_report {
    void (*line)(void *context, enum ldr_severity severity, const char *text);
    void *context;
    unsigned missing_imports; // filled in
};

// The fixed facts of a loaded image; image.h has what only the loader needs.
struct ldr_image {
    void *base;              // where it is mapped; the headers are here
    size_t size;             // SizeOfImage rounded up to pages
    void *entry;             // DriverEntry, never NULL
    uint64_t preferred_base; // ImageBase of the file, before relocation
    const void *pdata;       // RUNTIME_FUNCTION array (exception directory) or NULL
    size_t pdata_size;       // bytes
    uint32_t timestamp;      // TimeDateStamp and CheckSum of the file
    uint32_t checksum;
    char name[64]; // as other images import from it: "LySharkDriver.sys"
    bool debug;    // it has DWARF sections or names a PDB file
    void *owner;   // whoever loaded it may note there whose it is
};

// One import that exists nowhere.
struct ldr_missing {
    const struct ldr_image *image;
    const char *module;  // "ntoskrnl.exe", as the driver spells it
    const char *name;    // "IoFoo", or "#12" for an import by ordinal
    const void *address; // what the driver was given: a thunk, or for a variable an address that faults
    bool data;
};

enum {
    LDR_STRICT_IMPORTS = 1, // refuse an image with missing imports, as Windows does
};

// Map the PE file `file[0..size)` (not needed afterwards) as the driver image `name`.
//
// STATUS_INVALID_IMAGE_*        not a driver for this machine; the report says why
// STATUS_CONFLICTING_ADDRESSES  no relocations, and its preferred base is taken
// STATUS_PROCEDURE_NOT_FOUND    LDR_STRICT_IMPORTS and imports are missing; the report names all of them
// STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES
//
// Without LDR_STRICT_IMPORTS a missing function becomes a thunk that ends in ldr_missing_import_hook.
NTSTATUS ldr_load_image(const void *file, size_t size, const char *name, unsigned flags, struct ldr_image **image,
                        struct ldr_report *report);
// DriverEntry has returned: take the discardable sections (INIT) away. Touching them faults from now on.
void ldr_discard_init(struct ldr_image *image);
void ldr_unload_image(struct ldr_image *image);

// Tell a debugger that the image was loaded from that file, and that it goes (announce.c). ldr_unload_image withdraws.
void ldr_announce(const struct ldr_image *image, const char *path);
void ldr_withdraw(const struct ldr_image *image);
// That file, of the image at this base; false when it has not been announced or the path does not fit.
bool ldr_announced_path(const void *base, char *path, size_t size);

// Which image holds this address; NULL when none does. Takes no lock: fit for a fault handler.
const struct ldr_image *ldr_find_image(const void *address);
// By name, case-insensitive, extension optional on both sides; NULL when not loaded.
const struct ldr_image *ldr_find_image_by_name(const char *name);
// Each loaded image, in the order of their places; visit must not load, unload or look for one by name.
void ldr_for_each_image(void (*visit)(const struct ldr_image *image, void *context), void *context);
// The missing import that was given this address (a fault there is the driver touching a variable that does
// not exist); NULL when none. Takes no lock either.
const struct ldr_missing *ldr_find_missing(const void *address);

// Where an address lies.
struct ldr_place {
    const char *image; // its name
    const void *base;
    uint32_t rva;         // in it
    const char *function; // the one that begins at or before it; NULL: not known
    uint32_t offset;      // from its beginning
    bool debug;           // the file says where its debug information is
};
// False: in no image. Takes no lock.
bool ldr_place(const void *address, struct ldr_place *place);
// "driver.sys+0x1234 (Function+0x4)", as much of it as is known; false: no image's address. Takes no lock.
bool ldr_describe(const void *address, char *text, size_t size);

// Called in the driver's context when it calls a missing function; must not return. The default prints and
// aborts.
extern void (*ldr_missing_import_hook)(const char *driver, const char *module, const char *name);

// Called in the driver's context when it calls an import above the IRQL that exports.def allows; `caller` is the driver's
// return address. The call goes on when it returns. The default does nothing.
extern void (*ldr_irql_limit_hook)(const char *name, unsigned limit, void *routine, void *caller);
