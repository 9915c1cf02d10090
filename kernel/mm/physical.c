// Physical addresses. There is no physical memory of our own, so an address space is made up that is consistent:
//
//     0x00100000 .. 0x80000000    low memory: what MmAllocateContiguousMemory and MmAllocatePagesForMdl gave, each
//                                 block where its caller allows it (contiguous.c)
//     everything else             the physical address is the virtual one
//
// so MmGetPhysicalAddress and MmGetVirtualForPhysical are inverse, the frame numbers in MDLs are those of
// MmGetPhysicalAddress, and MmMapIoSpace of memory that exists gives that memory. No device decodes any address:
// MmMapIoSpace of one that is not memory returns NULL, and the log says so.
//
// ntddk/nf-ntddk-mmgetphysicaladdress, -mmgetvirtualforphysical, -mmgetphysicalmemoryranges,
// wdm/nf-wdm-mmmapiospace, -mmunmapiospace.
#include "dbg/dbg.h"
#include "mm/mm.h"

// Blocks of low memory, in the order of their physical addresses.
static struct hal_mutex lock;
static struct mm_low_block *blocks;

// ---- the blocks of low memory ---------------------------------------------------------------------------------

static bool crosses(uint64_t at, size_t bytes, uint64_t boundary)
{
    return boundary && at / boundary != (at + bytes - 1) / boundary;
}

// First fit in [low, high]; 0 when there is no room. boundary 0, or a power of two that the block must not cross.
static uint64_t find_room(uint64_t low, uint64_t high, uint64_t boundary, size_t bytes, struct mm_low_block ***link)
{
    uint64_t at = hal_round_up(low > MM_LOW_BASE ? low : MM_LOW_BASE, HAL_PAGE);
    uint64_t end = high < MM_LOW_END - 1 ? high + 1 : MM_LOW_END;
    struct mm_low_block **next = &blocks;
    for (;;) {
        while (*next && (*next)->physical + (*next)->bytes <= at)
            next = &(*next)->next;
        if (crosses(at, bytes, boundary))
            at = hal_round_up(at, boundary);
        if (at + bytes > end || at + bytes < at)
            return 0;
        if (!*next || at + bytes <= (*next)->physical)
            break;
        at = (*next)->physical + (*next)->bytes;
    }
    *link = next;
    return at;
}

struct mm_low_block *mm_allocate_low(size_t bytes, uint64_t low, uint64_t high, uint64_t boundary)
{
    struct mm_low_block **link;
    size_t size = hal_round_up(bytes, HAL_PAGE);
    struct mm_low_block *block = bytes && size >= bytes ? hal_alloc(sizeof *block) : NULL;
    if (!block)
        return NULL;
    block->bytes = size;
    block->address = hal_map(0, size, HAL_READ | HAL_WRITE);
    hal_mutex_lock(&lock);
    block->physical = block->address ? find_room(low, high, boundary, size, &link) : 0;
    if (block->physical) {
        block->next = *link;
        *link = block;
    }
    hal_mutex_unlock(&lock);
    if (!block->physical) {
        hal_unmap(block->address, size);
        hal_free(block);
        return NULL;
    }
    return block;
}

bool mm_free_low(void *address)
{
    hal_mutex_lock(&lock);
    struct mm_low_block **link = &blocks;
    while (*link && (*link)->address != address)
        link = &(*link)->next;
    struct mm_low_block *block = *link;
    if (block)
        *link = block->next;
    hal_mutex_unlock(&lock);
    if (!block)
        return false;
    hal_unmap(block->address, block->bytes);
    hal_free(block);
    return true;
}

void mm_shutdown(void)
{
    while (blocks)
        mm_free_low(blocks->address);
}

// ---- translation ----------------------------------------------------------------------------------------------

static uint64_t physical_of(const void *address)
{
    uint64_t found = (uint64_t)(uintptr_t)address;
    hal_mutex_lock(&lock);
    for (const struct mm_low_block *block = blocks; block; block = block->next)
        if ((uintptr_t)address - (uintptr_t)block->address < block->bytes)
            found = block->physical + ((uintptr_t)address - (uintptr_t)block->address);
    hal_mutex_unlock(&lock);
    return found;
}

PFN_NUMBER mm_frame_of(const void *address)
{
    return physical_of(address) / HAL_PAGE;
}

// NULL when no memory is there.
static void *virtual_of(uint64_t physical, size_t bytes)
{
    uint64_t found = 0;
    hal_mutex_lock(&lock);
    for (const struct mm_low_block *block = blocks; block; block = block->next)
        if (physical - block->physical < block->bytes && bytes <= block->bytes - (physical - block->physical))
            found = (uintptr_t)block->address + (physical - block->physical);
    hal_mutex_unlock(&lock);
    if (!found && physical >= MM_LOW_END && hal_touch_read((void *)physical, bytes))
        found = physical;
    return (void *)found;
}

// 0 when nothing is there. Any IRQL.
PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID address)
{
    PHYSICAL_ADDRESS physical = {.QuadPart = 0};
    if (MmIsAddressValid(address))
        physical.QuadPart = (LONGLONG)physical_of(address);
    return physical;
}

PVOID NTAPI MmGetVirtualForPhysical(PHYSICAL_ADDRESS address)
{
    return virtual_of((uint64_t)address.QuadPart, 1);
}

PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS address, SIZE_T bytes, ULONG protection)
{
    (void)protection;
    void *found = bytes ? virtual_of((uint64_t)address.QuadPart, bytes) : NULL;
    if (!found)
        dbg_kernel_message(
            "MmMapIoSpace: neither a device nor memory is at physical address 0x%llX, %zu bytes (NULL)\n",
            (unsigned long long)address.QuadPart, (size_t)bytes);
    return found;
}

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS address, SIZE_T bytes, MEMORY_CACHING_TYPE cache)
{
    (void)cache;
    return MmMapIoSpaceEx(address, bytes, PAGE_READWRITE);
}

// The mapping was the memory itself.
VOID NTAPI MmUnmapIoSpace(PVOID address, SIZE_T bytes)
{
    (void)address, (void)bytes;
}

// Low memory, and the kernel's range as large as the machine's memory; a list in pool that ends with zeros, NULL without
// memory.
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(void)
{
    PPHYSICAL_MEMORY_RANGE ranges = ex_allocate_zeroed(3 * sizeof *ranges, EX_TAG('M', 'm', 'P', 'h'));
    if (!ranges)
        return NULL;
    ranges[0].BaseAddress.QuadPart = MM_LOW_BASE;
    ranges[0].NumberOfBytes.QuadPart = MM_LOW_END - MM_LOW_BASE;
    ranges[1].BaseAddress.QuadPart = (LONGLONG)HAL_KERNEL_BASE;
    ranges[1].NumberOfBytes.QuadPart = (LONGLONG)hal_memory_bytes();
    return ranges;
}

// By the machine's memory, as Windows has it: small below 1 GiB, large from 4 GiB on.
MM_SYSTEMSIZE NTAPI MmQuerySystemSize(void)
{
    uint64_t gigabytes = hal_memory_bytes() >> 30;
    return gigabytes < 1 ? MmSmallSystem : gigabytes < 4 ? MmMediumSystem : MmLargeSystem;
}

BOOLEAN NTAPI MmIsThisAnNtAsSystem(void)
{
    return FALSE; // a workstation, as the version says
}

BOOLEAN nt_Mm64BitPhysicalAddress_value = TRUE;
