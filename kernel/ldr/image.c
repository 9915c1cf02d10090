// Loading and unloading: from a checked file to pages that run.
//
//     ldr_load_image: check -> survey -> map -> copy -> relocate -> bind -> security -> patch -> protect -> list
//
// The whole load happens under the list's lock, because an import may come from another image. Whatever
// fails, one call of destroy() undoes what was done.
//
// A mapping is [image | thunks of missing functions | stubs of patches | limits of imports | guard pages of missing
// variables], in whole pages.
#include "ldr/image.h"

#include "hal/hal.h"
#include "ldr/patch.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_COOKIE 0x00002B992DDFA232ull // what a linker leaves in __security_cookie
#define COOKIE_MASK    0x0000FFFFFFFFFFFFull // the compilers' run time expects 16 zero bits on top

// Control flow guard's two functions, harmless: check the target in rcx (nothing to say), call the target in
// rax.
__attribute__((naked)) static void guard_check(void)
{
    __asm__("ret");
}

__attribute__((naked)) static void guard_dispatch(void)
{
    __asm__("jmp *%rax");
}

// ---- mapping --------------------------------------------------------------

static NTSTATUS map(struct ldr_loaded *loaded, const struct ldr_pe *pe, struct ldr_report *report)
{
    struct ldr_image *image = &loaded->image;
    uint64_t place = pe->relocatable ? 0 : pe->optional.ImageBase;
    image->size = hal_round_up(pe->optional.SizeOfImage, LDR_PAGE);
    loaded->mapped =
        image->size + loaded->thunk_bytes + loaded->patch_bytes + loaded->limit_bytes + loaded->guard_bytes;
    image->base = hal_map(place, loaded->mapped, HAL_READ | HAL_WRITE);
    if (image->base)
        return STATUS_SUCCESS;
    if (pe->relocatable) {
        ldr_say(report, LDR_ERROR, image->name, "cannot load: no memory for %zu bytes", loaded->mapped);
        return STATUS_NO_MEMORY;
    }
    ldr_say(report, LDR_ERROR, image->name,
            "cannot load: no relocations, and its base 0x%llX is not free; link it with /DYNAMICBASE (no /FIXED)",
            (unsigned long long)place);
    return STATUS_CONFLICTING_ADDRESSES;
}

static void copy_file(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    char *base = loaded->image.base;
    memcpy(base, pe->file, pe->optional.SizeOfHeaders);
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct ldr_section *section = &pe->sections[i];
        memcpy(base + section->rva, pe->file + section->offset, section->file_size);
        loaded->sections[i].rva = section->rva;
        loaded->sections[i].extent = section->extent;
        loaded->sections[i].characteristics = section->characteristics;
    }
    loaded->section_count = pe->section_count;
    loaded->shared_pages = pe->optional.SectionAlignment < LDR_PAGE;
}

static void relocate(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    struct ldr_relocation_walk walk = {.pe = pe};
    struct ldr_reason reason;
    uint64_t distance = (uint64_t)(uintptr_t)loaded->image.base - pe->optional.ImageBase, address;
    uint32_t rva;
    while (ldr_pe_next_relocation(&walk, &rva, &reason) == LDR_STEP_ITEM) {
        memcpy(&address, (char *)loaded->image.base + rva, sizeof address);
        address += distance;
        memcpy((char *)loaded->image.base + rva, &address, sizeof address);
    }
    // The mapped header says where the image is, as on Windows.
    memcpy((char *)loaded->image.base + pe->nt_offset + offsetof(IMAGE_NT_HEADERS64, OptionalHeader.ImageBase),
           &loaded->image.base, sizeof loaded->image.base);
}

static void fill_facts(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    struct ldr_image *image = &loaded->image;
    IMAGE_DATA_DIRECTORY pdata;
    image->entry = (char *)image->base + pe->optional.AddressOfEntryPoint;
    image->preferred_base = pe->optional.ImageBase;
    image->timestamp = pe->header.TimeDateStamp;
    image->checksum = pe->optional.CheckSum;
    if (ldr_pe_directory(pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &pdata)) {
        image->pdata = (char *)image->base + pdata.VirtualAddress;
        image->pdata_size = pdata.Size;
    }
}

// ---- security -------------------------------------------------------------

static uint64_t new_cookie(void)
{
    uint64_t cookie;
    do
        cookie = hal_random() & COOKIE_MASK;
    while (cookie == 0 || cookie == DEFAULT_COOKIE);
    return cookie;
}

// Write `value` to the variable of the image that a load configuration field (an address, 0: none) names.
static void set_variable(struct ldr_loaded *loaded, const struct ldr_pe *pe, uint64_t field, uint64_t value)
{
    uint32_t rva;
    if (field && ldr_pe_rva_of(pe, field, sizeof value, &rva))
        memcpy((char *)loaded->image.base + rva, &value, sizeof value);
}

// The /GS cookie, unless the image has chosen one, and control flow guard's pointers.
static void set_security(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    IMAGE_LOAD_CONFIG_DIRECTORY64 config;
    uint64_t cookie;
    uint32_t rva;
    if (!ldr_pe_load_config(pe, &config))
        return;
    if (config.SecurityCookie && ldr_pe_rva_of(pe, config.SecurityCookie, sizeof cookie, &rva)) {
        memcpy(&cookie, (char *)loaded->image.base + rva, sizeof cookie);
        if (cookie == 0 || cookie == DEFAULT_COOKIE)
            set_variable(loaded, pe, config.SecurityCookie, new_cookie());
    }
    set_variable(loaded, pe, config.GuardCFCheckFunctionPointer, (uintptr_t)guard_check);
    set_variable(loaded, pe, config.GuardCFDispatchFunctionPointer, (uintptr_t)guard_dispatch);
}

// ---- protection -----------------------------------------------------------

static unsigned protection_of(uint32_t characteristics)
{
    return (characteristics & IMAGE_SCN_MEM_READ ? HAL_READ : 0u) |
           (characteristics & IMAGE_SCN_MEM_WRITE ? HAL_READ | HAL_WRITE : 0u) |
           (characteristics & IMAGE_SCN_MEM_EXECUTE ? HAL_READ | HAL_EXECUTE : 0u);
}

static bool protect_section(const struct ldr_loaded *loaded, unsigned i, unsigned protection)
{
    return loaded->sections[i].extent == 0 ||
           hal_protect((char *)loaded->image.base + loaded->sections[i].rva,
                       hal_round_up(loaded->sections[i].extent, LDR_PAGE), protection);
}

static bool protect_sections(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    char *base = loaded->image.base;
    if (loaded->shared_pages) // everything is allowed everywhere, as on Windows
        return hal_protect(base, loaded->image.size, HAL_READ | HAL_WRITE | HAL_EXECUTE);
    if (!hal_protect(base, loaded->image.size, HAL_NONE) ||
        !hal_protect(base, hal_round_up(pe->optional.SizeOfHeaders, LDR_PAGE), HAL_READ))
        return false;
    for (unsigned i = 0; i < loaded->section_count; i++)
        if (!protect_section(loaded, i, protection_of(loaded->sections[i].characteristics)))
            return false;
    return true;
}

static bool protect(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    char *thunks = (char *)loaded->image.base + loaded->image.size;
    size_t code = loaded->thunk_bytes + loaded->patch_bytes + loaded->limit_bytes;
    return protect_sections(loaded, pe) && (!code || hal_protect(thunks, code, HAL_READ | HAL_EXECUTE)) &&
           (!loaded->guard_bytes || hal_protect(thunks + code, loaded->guard_bytes, HAL_NONE));
}

// ---- from beginning to end ------------------------------------------------

static void destroy(struct ldr_loaded *loaded)
{
    ldr_withdraw(&loaded->image);
    if (loaded->listed)
        ldr_list_remove(loaded);
    ldr_release_dependencies(loaded);
    if (loaded->image.base)
        hal_unmap(loaded->image.base, loaded->mapped);
    hal_free(loaded->patches);
    hal_free(loaded->exports);
    hal_free(loaded->symbols);
    hal_free(loaded->missing);
    hal_free(loaded);
}

static NTSTATUS build(struct ldr_loaded *loaded, const struct ldr_pe *pe, unsigned flags, struct ldr_report *report)
{
    NTSTATUS status = ldr_survey_imports(loaded, pe, flags, report);
    if (!NT_SUCCESS(status))
        return status;
    ldr_survey_patches(loaded, pe);
    status = map(loaded, pe, report);
    if (!NT_SUCCESS(status))
        return status;
    copy_file(loaded, pe);
    relocate(loaded, pe);
    ldr_bind_imports(loaded, pe);
    set_security(loaded, pe);
    fill_facts(loaded, pe);
    ldr_copy_symbols(loaded, pe);
    loaded->image.debug = ldr_pe_has_dwarf(pe) || ldr_pe_pdb(pe);
    ldr_apply_patches(loaded, pe);
    status = ldr_copy_exports(loaded, pe);
    if (!NT_SUCCESS(status))
        return status;
    if (!protect(loaded, pe))
        return STATUS_NO_MEMORY;
    if (!ldr_list_add(loaded)) {
        ldr_say(report, LDR_ERROR, loaded->image.name, "cannot load: %d images are loaded already", LDR_MAX_IMAGES);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

NTSTATUS ldr_load_image(const void *file, size_t size, const char *name, unsigned flags, struct ldr_image **image,
                        struct ldr_report *report)
{
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct ldr_loaded *loaded;
    NTSTATUS status;
    *image = NULL;
    if (report)
        report->missing_imports = 0;
    if (!ldr_pe_open(&pe, file, size, &reason) || !ldr_pe_check_driver(&pe, &reason)) {
        ldr_say(report, LDR_ERROR, name, "cannot load: %s", reason.text);
        return reason.status;
    }
    loaded = hal_alloc(sizeof *loaded);
    if (!loaded)
        return STATUS_NO_MEMORY;
    snprintf(loaded->image.name, sizeof loaded->image.name, "%s", name);
    loaded->references = 1;
    ldr_images_lock();
    status = build(loaded, &pe, flags, report);
    if (NT_SUCCESS(status))
        *image = &loaded->image;
    else
        destroy(loaded);
    ldr_images_unlock();
    return status;
}

void ldr_discard_init(struct ldr_image *image)
{
    struct ldr_loaded *loaded = (struct ldr_loaded *)image;
    for (unsigned i = 0; i < loaded->section_count; i++)
        if (!loaded->shared_pages && loaded->sections[i].characteristics & IMAGE_SCN_MEM_DISCARDABLE)
            protect_section(loaded, i, HAL_NONE);
}

void ldr_release(struct ldr_loaded *loaded)
{
    if (--loaded->references == 0)
        destroy(loaded);
}

void ldr_unload_image(struct ldr_image *image)
{
    ldr_images_lock();
    ldr_release((struct ldr_loaded *)image);
    ldr_images_unlock();
}
