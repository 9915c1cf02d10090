// Memory management as drivers see it: user addresses, probing, MDLs.
#pragma once

#include "ex/ex.h"

// Whether [address, address + length) may be user memory of the current process; touches nothing.
bool mm_is_user_range(const void *address, size_t length);
// The same of another process.
bool mm_is_range_of(const struct _KPROCESS *process, const void *address, size_t length);
// What a service does with a caller's pointer. In KernelMode they trust it; in UserMode a bad range or a page
// that faults is STATUS_ACCESS_VIOLATION.
NTSTATUS mm_copy_in(void *to, const void *user, size_t length, KPROCESSOR_MODE mode);
NTSTATUS mm_copy_out(void *user, const void *from, size_t length, KPROCESSOR_MODE mode);
// mm_copy_out in UserMode to another process than the current one.
NTSTATUS mm_copy_to_process(const struct _KPROCESS *process, void *user, const void *from, size_t length);
// As ProbeForRead/ProbeForWrite, but every page is touched, and the answer is a status.
NTSTATUS mm_probe_read(const void *user, size_t length, KPROCESSOR_MODE mode);
NTSTATUS mm_probe_write(void *user, size_t length, KPROCESSOR_MODE mode);
// MmProbeAndLockPages with a status instead of an exception.
NTSTATUS mm_lock_pages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation);

// Fills the frame numbers behind an MDL from its StartVa.
void mm_describe_pages(PMDL mdl);
// PAGE_READONLY and so on, one of them, with or without PAGE_GUARD, PAGE_NOCACHE, PAGE_WRITECOMBINE.
bool mm_is_protection(ULONG protection);
// HAL_READ and so on for PAGE_READONLY and so on.
unsigned mm_hal_protection(ULONG protection);

// ---- physical addresses (physical.c) ----------------------------------------------------------------------------

#define MM_LOW_BASE 0x00100000ull
#define MM_LOW_END  0x80000000ull

// A block of low memory, contiguous in both address spaces.
struct mm_low_block {
    struct mm_low_block *next;
    void *address;
    uint64_t physical;
    size_t bytes; // whole pages
};

// Zeroed; physical within [low, high], not across a multiple of boundary (0: anywhere). NULL when there is no room.
struct mm_low_block *mm_allocate_low(size_t bytes, uint64_t low, uint64_t high, uint64_t boundary);
bool mm_free_low(void *address); // false: not the address of such a block
// The frame number of a page: its physical address in pages.
PFN_NUMBER mm_frame_of(const void *address);
// Gives back what drivers left.
void mm_shutdown(void);

// ---- virtual memory of applications (virtual.c) ------------------------------------------------------------------

// NtAllocateVirtualMemory of this process gives memory out of [base, end), which is mapped already and shared with
// the process; without this call it maps memory of its own.
void mm_set_virtual_range(struct _KPROCESS *process, uintptr_t base, uintptr_t end);
// What the protection of such memory of the current process says, where it has one; touches nothing.
bool mm_may_touch(const void *address, size_t length, bool write);
// Makes kernel pages (page-aligned) visible to the current process, which must be a client's: the same memory at a user address,
// until it is taken back or the process ends. NULL when there is no room.
void *mm_show_pages(void *kernel, size_t bytes);
bool mm_hide_pages(void *user); // false: not what mm_show_pages returned to this process
// Gives back what the process allocated.
void mm_release_process(struct _KPROCESS *process);

// ---- quotas (quota.c) ---------------------------------------------------------------------------

struct mm_charge { // what something has been charged; zero: nothing
    struct mm_quota *quota;
    size_t bytes;
};

// The process may hold so much; before its first thread comes. False: no memory. mm_drop_quota after the last has gone.
bool mm_set_quota(struct _KPROCESS *process, size_t bytes);
void mm_drop_quota(struct _KPROCESS *process);
// Adds to what the calling process is charged. STATUS_QUOTA_EXCEEDED: nothing is charged any more.
NTSTATUS mm_charge(struct mm_charge *charge, size_t bytes);
// The same beyond the limit, where it is too late to refuse; new requests are refused then: mm_quota_is_full.
void mm_charge_anyway(struct mm_charge *charge, size_t bytes);
bool mm_quota_is_full(void);
// By anybody, also when the process has gone.
void mm_uncharge(struct mm_charge *charge);
