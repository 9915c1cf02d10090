// Virtual memory of applications: NtAllocateVirtualMemory, NtFreeVirtualMemory, NtProtectVirtualMemory.
//
//      free --MEM_RESERVE--> reserved --MEM_COMMIT--> committed --MEM_DECOMMIT--> reserved --MEM_RELEASE--> free
//
// A process of the server allocates out of the part of its slice that is kept for this: driver and application see
// the memory at the same address, and no request copies it on its way. That part is mapped readable and writable as a
// whole, so that no client can make a driver fault in pages it has locked: reserving, decommitting and protection are
// book-keeping there, which probes ask (mm_may_touch); in-process they are real.
// ntifs/nf-ntifs-ntallocatevirtualmemory, -ntfreevirtualmemory.
#include "mm/mm.h"

enum { GRANULARITY = 64 * 1024 };

struct mm_region {
    struct mm_region *next; // by address
    uintptr_t base;
    size_t bytes;
    ULONG protection;        // that it was allocated with
    ULONG *page_protections; // once a part of it has got another; NULL before
    void *kernel;            // of mm_show_pages: the kernel's address of the pages; NULL otherwise
};

void mm_set_virtual_range(struct _KPROCESS *process, uintptr_t base, uintptr_t end)
{
    process->virtual_base = base;
    process->virtual_end = end;
}

static bool is_shared(const struct _KPROCESS *process)
{
    return process->virtual_base != 0;
}

unsigned mm_hal_protection(ULONG protection)
{
    switch (protection & 0xff) {
    case PAGE_READONLY:
        return HAL_READ;
    case PAGE_READWRITE:
    case PAGE_WRITECOPY:
        return HAL_READ | HAL_WRITE;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ:
        return HAL_READ | HAL_EXECUTE;
    case PAGE_EXECUTE_READWRITE:
    case PAGE_EXECUTE_WRITECOPY:
        return HAL_READ | HAL_WRITE | HAL_EXECUTE;
    default:
        return HAL_NONE;
    }
}

bool mm_is_protection(ULONG protection)
{
    ULONG kind = protection & 0xff;
    return kind && !(kind & (kind - 1)) &&
           !(protection & ~(ULONG)(0xff | PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE));
}

// ---- the list of regions, under the process's lock ------------------------------------------------------------

static struct mm_region *region_of(struct _KPROCESS *process, uintptr_t address, size_t bytes)
{
    for (struct mm_region *region = process->regions; region; region = region->next)
        if (address >= region->base && address - region->base < region->bytes &&
            bytes <= region->bytes - (address - region->base))
            return region;
    return NULL;
}

static bool is_free(struct _KPROCESS *process, uintptr_t base, size_t bytes)
{
    for (struct mm_region *region = process->regions; region; region = region->next)
        if (base < region->base + region->bytes && region->base < base + bytes)
            return false;
    return true;
}

// First fit within the range; 0 when it is full.
static uintptr_t find_gap(struct _KPROCESS *process, size_t bytes)
{
    uintptr_t at = hal_round_up(process->virtual_base, GRANULARITY);
    for (struct mm_region *region = process->regions; region && region->base < at + bytes; region = region->next)
        at = hal_round_up(region->base + region->bytes, GRANULARITY);
    return at + bytes <= process->virtual_end && at + bytes > at ? at : 0;
}

static uintptr_t place(struct _KPROCESS *process, uintptr_t wanted, size_t bytes, bool commit, ULONG protection)
{
    if (!is_shared(process))
        return (uintptr_t)hal_map_application(wanted, bytes, commit ? mm_hal_protection(protection) : HAL_NONE);
    if (!wanted)
        return find_gap(process, bytes);
    bool inside = wanted >= process->virtual_base && wanted + bytes <= process->virtual_end && wanted + bytes > wanted;
    return inside && is_free(process, wanted, bytes) ? wanted : 0;
}

static ULONG *protection_of_page(struct mm_region *region, uintptr_t address)
{
    return region->page_protections ? &region->page_protections[(address - region->base) / HAL_PAGE]
                                    : &region->protection;
}

static bool set_protection(struct mm_region *region, uintptr_t begin, size_t bytes, ULONG protection)
{
    if (bytes == region->bytes && !region->page_protections) {
        region->protection = protection;
        return true;
    }
    size_t pages = region->bytes / HAL_PAGE;
    if (!region->page_protections) {
        if (!(region->page_protections = hal_alloc(pages * sizeof *region->page_protections)))
            return false;
        for (size_t i = 0; i < pages; i++)
            region->page_protections[i] = region->protection;
    }
    for (uintptr_t page = begin; page < begin + bytes; page += HAL_PAGE)
        *protection_of_page(region, page) = protection;
    return true;
}

static bool allows(ULONG protection, bool write)
{
    return mm_hal_protection(protection) & (write ? HAL_WRITE : HAL_READ);
}

bool mm_may_touch(const void *address, size_t length, bool write)
{
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t begin = (uintptr_t)address, end = begin + length;
    bool allowed = true;
    if (!__atomic_load_n(&process->protects, __ATOMIC_RELAXED) || end <= process->virtual_base ||
        begin >= process->virtual_end)
        return true;
    hal_mutex_lock(&process->regions_lock);
    for (uintptr_t page = begin / HAL_PAGE * HAL_PAGE; allowed && page < end; page += HAL_PAGE) {
        struct mm_region *region = region_of(process, page, HAL_PAGE);
        allowed = !region || allows(*protection_of_page(region, page), write);
    }
    hal_mutex_unlock(&process->regions_lock);
    return allowed;
}

static NTSTATUS reserve(struct _KPROCESS *process, uintptr_t *base, size_t *bytes, bool commit, ULONG protection)
{
    uintptr_t wanted = *base / GRANULARITY * GRANULARITY;
    size_t size = hal_round_up(*bytes + (*base - wanted), HAL_PAGE);
    struct mm_region *region = size < *bytes ? NULL : hal_alloc(sizeof *region);
    if (!region)
        return STATUS_NO_MEMORY;
    hal_mutex_lock(&process->regions_lock);
    uintptr_t address = place(process, wanted, size, commit, protection);
    if (address) {
        struct mm_region **link = &process->regions;
        while (*link && (*link)->base < address)
            link = &(*link)->next;
        *region = (struct mm_region){.next = *link, .base = address, .bytes = size, .protection = protection};
        *link = region;
        if (is_shared(process) && !allows(protection, true))
            __atomic_store_n(&process->protects, true, __ATOMIC_RELAXED);
    }
    hal_mutex_unlock(&process->regions_lock);
    if (!address) {
        hal_free(region);
        return wanted ? STATUS_CONFLICTING_ADDRESSES : STATUS_NO_MEMORY;
    }
    *base = address;
    *bytes = size;
    return STATUS_SUCCESS;
}

// The pages of [base, base + bytes) within a region; STATUS_MEMORY_NOT_ALLOCATED outside.
static NTSTATUS change(struct _KPROCESS *process, uintptr_t *base, size_t *bytes, bool forget, ULONG protection,
                       ULONG *before)
{
    uintptr_t begin = *base / HAL_PAGE * HAL_PAGE;
    size_t size = hal_round_up(*bytes + (*base - begin), HAL_PAGE);
    NTSTATUS status = STATUS_SUCCESS;
    hal_mutex_lock(&process->regions_lock);
    struct mm_region *region = size < *bytes ? NULL : region_of(process, begin, size);
    if (!region) {
        status = STATUS_MEMORY_NOT_ALLOCATED;
    } else {
        *before = *protection_of_page(region, begin);
        if (forget)
            hal_discard((void *)begin, size, is_shared(process));
        else if (!set_protection(region, begin, size, protection))
            status = STATUS_NO_MEMORY;
        if (is_shared(process) && !allows(protection, true))
            __atomic_store_n(&process->protects, true, __ATOMIC_RELAXED);
        if (!is_shared(process) && NT_SUCCESS(status) &&
            !hal_protect((void *)begin, size, forget ? HAL_NONE : mm_hal_protection(protection)))
            status = STATUS_NO_MEMORY;
    }
    hal_mutex_unlock(&process->regions_lock);
    *base = begin;
    *bytes = size;
    return status;
}

static void give_back(const struct _KPROCESS *process, struct mm_region *region)
{
    if (region->kernel)
        hal_unalias(region->kernel, region->bytes);
    if (is_shared(process))
        hal_discard((void *)region->base, region->bytes, true);
    else
        hal_unmap((void *)region->base, region->bytes);
    hal_free(region->page_protections);
    hal_free(region);
}

// bytes 0: whatever its size is. Pages of the kernel are taken back by the kernel only.
static NTSTATUS release(struct _KPROCESS *process, uintptr_t base, size_t *bytes, bool of_kernel)
{
    hal_mutex_lock(&process->regions_lock);
    struct mm_region **link = &process->regions;
    while (*link && (*link)->base != base)
        link = &(*link)->next;
    struct mm_region *region = *link && ((*link)->kernel != NULL) == of_kernel ? *link : NULL;
    bool whole = region && (*bytes == 0 || hal_round_up(*bytes, HAL_PAGE) == region->bytes);
    if (whole)
        *link = region->next;
    hal_mutex_unlock(&process->regions_lock);
    if (!whole)
        return region ? STATUS_UNABLE_TO_FREE_VM : STATUS_MEMORY_NOT_ALLOCATED;
    *bytes = region->bytes;
    give_back(process, region);
    return STATUS_SUCCESS;
}

void *mm_show_pages(void *kernel, size_t bytes)
{
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t base = 0;
    size_t any = 0;
    if (!is_shared(process) || !NT_SUCCESS(reserve(process, &base, &bytes, true, PAGE_READWRITE)))
        return NULL;
    if (!hal_alias(kernel, (void *)base, bytes)) {
        release(process, base, &any, false);
        return NULL;
    }
    hal_mutex_lock(&process->regions_lock);
    region_of(process, base, bytes)->kernel = kernel;
    hal_mutex_unlock(&process->regions_lock);
    return (void *)base;
}

bool mm_hide_pages(void *user)
{
    size_t any = 0;
    return NT_SUCCESS(release(ke_current_thread()->Process, (uintptr_t)user, &any, true));
}

void mm_release_process(struct _KPROCESS *process)
{
    while (process->regions) {
        struct mm_region *region = process->regions;
        process->regions = region->next;
        give_back(process, region);
    }
}

static ULONG page_protection(unsigned protection)
{
    bool writes = protection & HAL_WRITE;
    if (protection & HAL_EXECUTE)
        return writes ? PAGE_EXECUTE_READWRITE : PAGE_EXECUTE_READ;
    return writes ? PAGE_READWRITE : protection & HAL_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

static MEMORY_BASIC_INFORMATION describe_mapping(uintptr_t page)
{
    struct hal_mapping mapping;
    if (!hal_find_mapping(page, &mapping)) // free up to the next one
        return (MEMORY_BASIC_INFORMATION){
            .RegionSize = mapping.end - page, .State = MEM_FREE, .Protect = PAGE_NOACCESS};
    return (MEMORY_BASIC_INFORMATION){.AllocationBase = (PVOID)mapping.begin,
                                      .AllocationProtect = page_protection(mapping.protection),
                                      .RegionSize = mapping.end - page,
                                      .State = MEM_COMMIT,
                                      .Protect = page_protection(mapping.protection),
                                      .Type = mapping.shared ? MEM_MAPPED : MEM_PRIVATE};
}

// ---- the services -----------------------------------------------------------------------------------------------

static NTSTATUS capture(HANDLE process, PVOID *user_base, PSIZE_T user_size, uintptr_t *base, size_t *bytes)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    if (process != NtCurrentProcess())
        return STATUS_NOT_SUPPORTED;
    NTSTATUS status = mm_copy_in(base, user_base, sizeof *base, mode);
    return NT_SUCCESS(status) ? mm_copy_in(bytes, user_size, sizeof *bytes, mode) : status;
}

static NTSTATUS deliver(PVOID *user_base, PSIZE_T user_size, uintptr_t base, size_t bytes)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    NTSTATUS status = mm_copy_out(user_base, &base, sizeof base, mode);
    return NT_SUCCESS(status) ? mm_copy_out(user_size, &bytes, sizeof bytes, mode) : status;
}

// What is at an address: a region of the process, else what Linux has mapped or left free there. STATUS_INVALID_PARAMETER
// for addresses of the kernel, STATUS_INVALID_INFO_CLASS for all but MemoryBasicInformation.
NTSTATUS NTAPI NtQueryVirtualMemory(HANDLE process_handle, PVOID address, MEMORY_INFORMATION_CLASS class, PVOID buffer,
                                    SIZE_T length, PSIZE_T returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t page = (uintptr_t)address / HAL_PAGE * HAL_PAGE;
    MEMORY_BASIC_INFORMATION answer;
    SIZE_T bytes = sizeof answer;
    if (process_handle != NtCurrentProcess())
        return STATUS_NOT_SUPPORTED;
    if (class != MemoryBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (hal_is_kernel_address(address) || (uintptr_t)address >= KI_USER_SHARED_DATA)
        return STATUS_INVALID_PARAMETER;
    if (length < sizeof answer)
        return STATUS_INFO_LENGTH_MISMATCH;
    hal_mutex_lock(&process->regions_lock);
    struct mm_region *region = region_of(process, page, HAL_PAGE);
    if (region)
        answer = (MEMORY_BASIC_INFORMATION){.AllocationBase = (PVOID)region->base,
                                            .AllocationProtect = region->protection,
                                            .RegionSize = region->bytes - (page - region->base),
                                            .State = MEM_COMMIT,
                                            .Protect = *protection_of_page(region, page),
                                            .Type = MEM_PRIVATE};
    hal_mutex_unlock(&process->regions_lock);
    if (!region)
        answer = describe_mapping(page);
    answer.BaseAddress = (PVOID)page;
    NTSTATUS status = mm_copy_out(buffer, &answer, sizeof answer, mode);
    if (NT_SUCCESS(status) && returned)
        status = mm_copy_out(returned, &bytes, sizeof bytes, mode);
    return status;
}

NTSTATUS NTAPI NtAllocateVirtualMemory(HANDLE process_handle, PVOID *user_base, ULONG_PTR zero_bits, PSIZE_T user_size,
                                       ULONG type, ULONG protection)
{
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t base;
    size_t bytes;
    ULONG before;
    (void)zero_bits;
    NTSTATUS status = capture(process_handle, user_base, user_size, &base, &bytes);
    if (!NT_SUCCESS(status))
        return status;
    if (!(type & (MEM_COMMIT | MEM_RESERVE)) || bytes == 0)
        return STATUS_INVALID_PARAMETER;
    if (!mm_is_protection(protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    bool fresh = (type & MEM_RESERVE) || base == 0; // committing nowhere reserves as well
    status = fresh ? reserve(process, &base, &bytes, type & MEM_COMMIT, protection)
                   : change(process, &base, &bytes, false, protection, &before);
    return NT_SUCCESS(status) ? deliver(user_base, user_size, base, bytes) : status;
}

NTSTATUS NTAPI NtFreeVirtualMemory(HANDLE process_handle, PVOID *user_base, PSIZE_T user_size, ULONG type)
{
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t base;
    size_t bytes;
    ULONG before;
    NTSTATUS status = capture(process_handle, user_base, user_size, &base, &bytes);
    if (!NT_SUCCESS(status))
        return status;
    if (type == MEM_RELEASE)
        status = release(process, base, &bytes, false);
    else if (type == MEM_DECOMMIT)
        status = change(process, &base, &bytes, true, 0, &before);
    else
        status = STATUS_INVALID_PARAMETER;
    return NT_SUCCESS(status) ? deliver(user_base, user_size, base, bytes) : status;
}

NTSTATUS NTAPI NtProtectVirtualMemory(HANDLE process_handle, PVOID *user_base, PSIZE_T user_size, ULONG protection,
                                      PULONG user_before)
{
    struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t base;
    size_t bytes;
    ULONG before;
    NTSTATUS status = capture(process_handle, user_base, user_size, &base, &bytes);
    if (!NT_SUCCESS(status))
        return status;
    if (!mm_is_protection(protection))
        return STATUS_INVALID_PAGE_PROTECTION;
    status = change(process, &base, &bytes, false, protection, &before);
    if (NT_SUCCESS(status))
        status = mm_copy_out(user_before, &before, sizeof before, ExGetPreviousMode());
    return NT_SUCCESS(status) ? deliver(user_base, user_size, base, bytes) : status;
}
