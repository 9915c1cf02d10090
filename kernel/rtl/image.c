// Images in memory. undocumented in the driver kit; as published drivers use it.
#include "rtl/rtl.h"

#include <nt/pe.h>
#include <nt/rtl.h>

// The NT headers of an image at base; NULL when there is none.
PVOID NTAPI RtlImageNtHeader(PVOID base)
{
    enum { MZ = 0x5A4D, PE = 0x4550, FARTHEST = 0x10000000 };
    const IMAGE_DOS_HEADER *dos = base;
    if (!base || base == (PVOID)-1 || dos->e_magic != MZ || (ULONG)dos->e_lfanew >= FARTHEST)
        return NULL;
    IMAGE_NT_HEADERS64 *headers = (void *)((char *)base + dos->e_lfanew);
    return headers->Signature == PE ? headers : NULL;
}
