// Memory descriptor lists: a range of bytes and the pages under it.
//
//      allocated --MmProbeAndLockPages--> locked --MmMapLockedPages*--> mapped --unmap--> locked --unlock--> ...
//                --MmBuildMdlForNonPagedPool--> describes pool, its address is the system address
//
// The memory of every process whose requests run here is in this address space, so the system address of a locked
// page is its user address, and locking is what it promises to drivers: the access was checked. The page frame
// numbers behind the structure are those of MmGetPhysicalAddress (physical.c).
//
// Facts: semantics 40; wdm/nf-wdm-ioallocatemdl, -mmprobeandlockpages, -mmmaplockedpagesspecifycache.
#include "mm/mm.h"
#include "dbg/dbg.h"

static size_t page_count(const void *address, size_t length)
{
    return ((uintptr_t)address % HAL_PAGE + length + HAL_PAGE - 1) / HAL_PAGE;
}

void mm_describe_pages(PMDL mdl)
{
    PFN_NUMBER *frames = (PFN_NUMBER *)(mdl + 1), first = mm_frame_of(mdl->StartVa);
    size_t pages = page_count((void *)(ULONG_PTR)mdl->ByteOffset, mdl->ByteCount);
    for (size_t i = 0; i < pages; i++)
        frames[i] = first + i; // a block of low memory is contiguous
}

SIZE_T NTAPI MmSizeOfMdl(PVOID base, SIZE_T length)
{
    return sizeof(MDL) + page_count(base, length) * sizeof(PFN_NUMBER);
}

static void initialize(PMDL mdl, PVOID address, ULONG length, CSHORT flags)
{
    mdl->Next = NULL;
    mdl->Size = (CSHORT)MmSizeOfMdl(address, length);
    mdl->MdlFlags = flags;
    mdl->Process = NULL;
    mdl->MappedSystemVa = NULL;
    mdl->StartVa = (PVOID)((ULONG_PTR)address & ~(ULONG_PTR)(HAL_PAGE - 1));
    mdl->ByteOffset = (ULONG)((ULONG_PTR)address % HAL_PAGE);
    mdl->ByteCount = length;
}

// With an IRP the MDL becomes irp->MdlAddress, or the end of its chain when secondary.
PMDL NTAPI IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN charge_quota, PIRP irp)
{
    (void)charge_quota;
    PMDL mdl = ex_allocate_zeroed(MmSizeOfMdl(address, length), EX_TAG('M', 'd', 'l', ' '));
    if (!mdl)
        return NULL;
    initialize(mdl, address, length, MDL_ALLOCATED_FIXED_SIZE);
    if (irp) {
        PMDL *link = &irp->MdlAddress;
        if (secondary)
            while (*link)
                link = &(*link)->Next;
        *link = mdl;
    }
    return mdl;
}

// Initializes the caller's MDL, or one from pool when it gives none (ExFreePool frees it). Obsolete.
PMDL NTAPI MmCreateMdl(PMDL mdl, PVOID base, SIZE_T length)
{
    if (!mdl)
        mdl = ex_allocate_zeroed(MmSizeOfMdl(base, length), EX_TAG('M', 'd', 'l', ' '));
    if (mdl)
        initialize(mdl, base, (ULONG)length, 0);
    return mdl;
}

void NTAPI IoFreeMdl(PMDL mdl)
{
    ex_free(mdl);
}

// A slice of a locked or built MDL.
void NTAPI IoBuildPartialMdl(PMDL source, PMDL target, PVOID address, ULONG length)
{
    ULONG_PTR begin = (ULONG_PTR)source->StartVa + source->ByteOffset;
    ULONG offset = (ULONG)((ULONG_PTR)address - begin);
    CSHORT flags = (CSHORT)(target->MdlFlags & (MDL_ALLOCATED_FIXED_SIZE | MDL_ALLOCATED_MUST_SUCCEED));
    PMDL next = target->Next;
    initialize(target, address, length ? length : source->ByteCount - offset, (CSHORT)(flags | MDL_PARTIAL));
    target->Next = next;
    target->Process = source->Process;
    if (source->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) {
        target->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
        target->MappedSystemVa = (char *)source->MappedSystemVa + offset;
    } else {
        target->MappedSystemVa = NULL;
    }
    mm_describe_pages(target);
}

void NTAPI MmBuildMdlForNonPagedPool(PMDL mdl)
{
    mdl->MappedSystemVa = (char *)mdl->StartVa + mdl->ByteOffset;
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    mm_describe_pages(mdl);
}

NTSTATUS mm_lock_pages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
    void *address = (void *)((uintptr_t)mdl->StartVa + mdl->ByteOffset); // StartVa is NULL for a bad address below 4096
    NTSTATUS status = operation == IoReadAccess ? mm_probe_read(address, mdl->ByteCount, mode)
                                                : mm_probe_write(address, mdl->ByteCount, mode);
    if (!NT_SUCCESS(status))
        return status;
    mdl->MdlFlags |= MDL_PAGES_LOCKED | (operation == IoReadAccess ? 0 : MDL_WRITE_OPERATION);
    struct _KPROCESS *process = ke_current_thread()->Process;
    mdl->Process = (PEPROCESS)process;
    if (process->virtual_base)
        atomic_fetch_add(&process->locked, 1);
    mm_describe_pages(mdl);
    return STATUS_SUCCESS;
}

// Raises what mm_lock_pages returns.
void NTAPI MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
    NTSTATUS status = mm_lock_pages(mdl, mode, operation);
    if (!NT_SUCCESS(status))
        ExRaiseStatus(status);
}

void NTAPI MmUnmapLockedPages(PVOID address, PMDL mdl)
{
    void *page = (void *)((uintptr_t)address & ~(uintptr_t)(HAL_PAGE - 1));
    if (page != mdl->StartVa && mm_hide_pages(page))
        return;
    mdl->MappedSystemVa = NULL;
    mdl->MdlFlags &= (CSHORT) ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
}

void NTAPI MmUnlockPages(PMDL mdl)
{
    if (!(mdl->MdlFlags & MDL_PAGES_LOCKED))
        ke_bugcheck(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x7c, (ULONG_PTR)mdl, (ULONG_PTR)mdl->MdlFlags, 0,
                    "MmUnlockPages of an MDL whose pages are not locked");
    if (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA)
        MmUnmapLockedPages(mdl->MappedSystemVa, mdl);
    mdl->MdlFlags &= (CSHORT) ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    struct _KPROCESS *process = (struct _KPROCESS *)mdl->Process;
    if (process && process->virtual_base)
        atomic_fetch_sub(&process->locked, 1);
    mdl->Process = NULL;
}

// The caller's own pages are where they are, and so is everything in one process. Kernel pages get a second address in the
// client's memory. Small blocks of pool have no page of their own: to share one would show the client the others.
static void *map_to_user(PMDL mdl)
{
    void *address = (void *)((uintptr_t)mdl->StartVa + mdl->ByteOffset);
    if (mm_is_user_range(address, mdl->ByteCount) || !ke_current_thread()->Process->virtual_base)
        return address;
    if (ex_pool_is_shared_page(mdl->StartVa)) {
        dbg_kernel_message(
            "MmMapLockedPages*: a block of pool smaller than a page cannot be mapped to user mode; allocate "
            "a page (%u bytes) or more\n",
            HAL_PAGE);
        return NULL;
    }
    bool is_kernel = (uintptr_t)address - HAL_KERNEL_BASE < HAL_KERNEL_END - HAL_KERNEL_BASE;
    char *user =
        is_kernel ? mm_show_pages(mdl->StartVa, hal_round_up(mdl->ByteOffset + mdl->ByteCount, HAL_PAGE)) : NULL;
    return user ? user + mdl->ByteOffset : NULL;
}

// In KernelMode the system address of the pages; in UserMode an address in the current process, which the driver unmaps in
// that process. A UserMode mapping that cannot be made raises STATUS_INSUFFICIENT_RESOURCES. IRQL: DISPATCH_LEVEL, in UserMode
// APC_LEVEL. wdm/nf-wdm-mmmaplockedpagesspecifycache.
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE caching, PVOID requested,
                                         ULONG bugcheck_on_failure, ULONG priority)
{
    (void)caching, (void)requested, (void)bugcheck_on_failure, (void)priority;
    if (mode == UserMode) {
        void *user = map_to_user(mdl);
        if (!user)
            ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        return user;
    }
    void *address = (void *)((uintptr_t)mdl->StartVa + mdl->ByteOffset); // StartVa is NULL for a bad address below 4096
    mdl->MappedSystemVa = address;
    mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    return address;
}

PVOID NTAPI MmMapLockedPages(PMDL mdl, KPROCESSOR_MODE mode)
{
    return MmMapLockedPagesSpecifyCache(mdl, mode, MmCached, NULL, TRUE, NormalPagePriority);
}

// The mapping has the protection of the memory it is; only PAGE_NOACCESS could be told from it, and drivers ask for less
// access to catch their own mistakes. STATUS_NOT_MAPPED_VIEW without a mapping, STATUS_INVALID_PAGE_PROTECTION for
// what is none.
NTSTATUS NTAPI MmProtectMdlSystemAddress(PMDL mdl, ULONG protection)
{
    if (!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA))
        return STATUS_NOT_MAPPED_VIEW;
    return mm_is_protection(protection) ? STATUS_SUCCESS : STATUS_INVALID_PAGE_PROTECTION;
}
