// Memory for devices: contiguous, non-cached, or single pages behind an MDL. All of it is low memory (physical.c), so
// that a driver which wants addresses below 4 GiB or 16 MiB gets them. It belongs to nobody; what is still allocated
// when the kernel ends goes with it.
//
// wdm/nf-wdm-mmallocatecontiguousmemory, -mmallocatecontiguousmemoryspecifycache, -mmallocatepagesformdlex,
// -mmfreepagesfrommdl; ntddk/nf-ntddk-mmallocatenoncachedmemory.
#include "mm/mm.h"

// NULL when nothing is left between lowest and highest; boundary 0, or what the block must not cross.
PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T bytes, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest,
                                                   PHYSICAL_ADDRESS boundary, MEMORY_CACHING_TYPE cache)
{
    (void)cache;
    const struct mm_low_block *block =
        mm_allocate_low(bytes, (uint64_t)lowest.QuadPart, (uint64_t)highest.QuadPart, (uint64_t)boundary.QuadPart);
    return block ? block->address : NULL;
}

PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T bytes, PHYSICAL_ADDRESS lowest, PHYSICAL_ADDRESS highest,
                                                       PHYSICAL_ADDRESS boundary, MEMORY_CACHING_TYPE cache, ULONG node)
{
    (void)node;
    return MmAllocateContiguousMemorySpecifyCache(bytes, lowest, highest, boundary, cache);
}

PVOID NTAPI MmAllocateContiguousMemory(SIZE_T bytes, PHYSICAL_ADDRESS highest)
{
    PHYSICAL_ADDRESS zero = {.QuadPart = 0};
    return MmAllocateContiguousMemorySpecifyCache(bytes, zero, highest, zero, MmCached);
}

PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T bytes)
{
    PHYSICAL_ADDRESS highest = {.QuadPart = MM_LOW_END - 1};
    return MmAllocateContiguousMemory(bytes, highest);
}

static void give_back(void *address, const char *routine)
{
    if (!mm_free_low(address))
        ke_bugcheck(BAD_POOL_CALLER, 0x46, (ULONG_PTR)address, 0, 0, routine);
}

VOID NTAPI MmFreeContiguousMemory(PVOID address)
{
    give_back(address, "MmFreeContiguousMemory of what MmAllocateContiguousMemory did not give");
}

VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID address, SIZE_T bytes, MEMORY_CACHING_TYPE cache)
{
    (void)bytes, (void)cache;
    MmFreeContiguousMemory(address);
}

VOID NTAPI MmFreeNonCachedMemory(PVOID address, SIZE_T bytes)
{
    (void)bytes;
    give_back(address, "MmFreeNonCachedMemory of what MmAllocateNonCachedMemory did not give");
}

// ---- pages behind an MDL ----------------------------------------------------------------------------------------

// Zeroed pages, locked; in [low, high] or in a range that is skip bytes further. NULL when there are none. The caller
// gives the pages back with MmFreePagesFromMdl and the MDL with ExFreePool.
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes,
                                   MEMORY_CACHING_TYPE cache, ULONG flags)
{
    const struct mm_low_block *block = NULL;
    uint64_t first = (uint64_t)low.QuadPart, last = (uint64_t)high.QuadPart, step = (uint64_t)skip.QuadPart;
    (void)cache, (void)flags;
    if (bytes > MAXULONG - HAL_PAGE)
        return NULL;
    while (!block && first < MM_LOW_END) {
        block = mm_allocate_low(bytes, first, last, 0);
        if (!step)
            break;
        first += step;
        last += step;
    }
    if (!block)
        return NULL;
    PMDL mdl = IoAllocateMdl(block->address, (ULONG)block->bytes, FALSE, FALSE, NULL);
    if (!mdl) {
        mm_free_low(block->address);
        return NULL;
    }
    mm_describe_pages(mdl);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    return mdl;
}

PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes)
{
    return MmAllocatePagesForMdlEx(low, high, skip, bytes, MmCached, 0);
}

VOID NTAPI MmFreePagesFromMdl(PMDL mdl)
{
    if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
    give_back(mdl->StartVa, "MmFreePagesFromMdl of pages that MmAllocatePagesForMdl did not give");
    mdl->MdlFlags &= (CSHORT)~MDL_PAGES_LOCKED;
    mdl->ByteCount = 0;
}
