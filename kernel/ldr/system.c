// What drivers ask about code that is loaded: routines of the kernel by name, and sections of their own image that they
// want in memory or out of it.
//
// ntddk/nf-wdm-mmgetsystemroutineaddress, wdm/nf-wdm-mmlockpagabledatasection, -mmunlockpagableimagesection,
// ntddk/nf-ntddk-mmpageentiredriver, -mmresetdriverpaging.
#include "ldr/exports.h"
#include "ldr/ldr.h"

#include <nt/mm.h>

enum { LONGEST_NAME = 128 };

// The address of what ntoskrnl or hal exports by that name, NULL when they do not have it. PASSIVE_LEVEL.
PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING name)
{
    char text[LONGEST_NAME];
    size_t length = name->Length / sizeof(WCHAR);
    if (length >= sizeof text)
        return NULL;
    for (size_t i = 0; i < length; i++) {
        if (name->Buffer[i] > 0x7e)
            return NULL;
        text[i] = (char)name->Buffer[i];
    }
    text[length] = 0;
    const struct ldr_export *found = ldr_find_export("ntoskrnl", text);
    return found ? (void *)(uintptr_t)found->address : NULL;
}

static void *image_of(void *address)
{
    const struct ldr_image *image = ldr_find_image(address);
    return image ? image->base : NULL;
}

// Images are never paged out, so locking a section is knowing whose it is. Returns a handle for the two below.
PVOID NTAPI MmLockPagableDataSection(PVOID address)
{
    return image_of(address);
}

VOID NTAPI MmLockPagableSectionByHandle(PVOID section)
{
    (void)section;
}

VOID NTAPI MmUnlockPagableImageSection(PVOID section)
{
    (void)section;
}

// The base of the image; all of it may be paged now, and none of it ever is.
PVOID NTAPI MmPageEntireDriver(PVOID address)
{
    return image_of(address);
}

VOID NTAPI MmResetDriverPaging(PVOID address)
{
    (void)address;
}
