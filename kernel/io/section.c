// What DriverObject->DriverSection points to: the loader's entry of the driver's image, in the list of all of them.
//
// Windows documents neither; drivers walk the list to see what is loaded, and the flag LDRP_VALID_INTEGRITY of their
// own entry decides whether some of their routines may be registered. Layout: [symbols] KLDR_DATA_TABLE_ENTRY.
#include "io/io.h"
#include "dbg/dbg.h"

LIST_ENTRY PsLoadedModuleList = {&PsLoadedModuleList, &PsLoadedModuleList};
static struct hal_mutex list_lock;

// pool; left empty on exhaustion.
static void name_it(UNICODE_STRING *name, const char *prefix, const char *text)
{
    if (!NT_SUCCESS(io_wide_copy(prefix, text, name)))
        *name = (UNICODE_STRING){0};
}

static USHORT characteristics(const struct ldr_image *image)
{
    const IMAGE_DOS_HEADER *dos = image->base;
    const IMAGE_NT_HEADERS64 *headers = (const void *)((const char *)image->base + dos->e_lfanew);
    return headers->OptionalHeader.DllCharacteristics;
}

void io_enter_section(struct io_driver *driver, const char *path)
{
    KLDR_DATA_TABLE_ENTRY *section = &driver->section;
    const struct ldr_image *image = driver->image;
    *section = (KLDR_DATA_TABLE_ENTRY){.ExceptionTable = (PVOID)image->pdata,
                                       .ExceptionTableSize = (ULONG)image->pdata_size,
                                       .DllBase = image->base,
                                       .EntryPoint = image->entry,
                                       .SizeOfImage = (ULONG)image->size,
                                       .LoadCount = 1,
                                       .CheckSum = image->checksum,
                                       .TimeDateStamp = image->timestamp};
    if (characteristics(image) & IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY)
        section->Flags |= LDRP_VALID_INTEGRITY;
    name_it(&section->FullDllName, "\\??\\", path);
    name_it(&section->BaseDllName, "", image->name);
    driver->object.DriverSection = section;
    hal_mutex_lock(&list_lock);
    InsertTailList(&PsLoadedModuleList, &section->InLoadOrderLinks);
    hal_mutex_unlock(&list_lock);
    ps_tell_image(&section->FullDllName, NULL, image->base, image->size);
}

void io_leave_section(struct io_driver *driver)
{
    KLDR_DATA_TABLE_ENTRY *section = &driver->section;
    if (!section->DllBase)
        return;
    unsigned left = ex_hooks_forget(driver->image->base, driver->image->size);
    if (left)
        dbg_kernel_message(
            "%s: is unloaded and has %u routine(s) registered for processes, handles or the registry; they are not "
            "called any more (Windows would stop at the next event). Remove them in DriverUnload\n",
            driver->name, left);
    hal_mutex_lock(&list_lock);
    RemoveEntryList(&section->InLoadOrderLinks);
    hal_mutex_unlock(&list_lock);
    if (section->FullDllName.Buffer)
        ex_free(section->FullDllName.Buffer);
    if (section->BaseDllName.Buffer)
        ex_free(section->BaseDllName.Buffer);
    *section = (KLDR_DATA_TABLE_ENTRY){0};
    driver->object.DriverSection = NULL;
}

bool io_is_trusted_routine(const void *routine)
{
    const struct ldr_image *image = ldr_find_image(routine);
    const struct io_driver *driver = image ? image->owner : NULL;
    return driver && (driver->section.Flags & LDRP_VALID_INTEGRITY);
}
