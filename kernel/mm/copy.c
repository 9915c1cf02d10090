// Copying between address spaces, with a status instead of a fault; and pages of applications that shall keep their
// protection. ntddk/nf-ntddk-mmcopymemory, -mmsecurevirtualmemory.
#include "mm/mm.h"

// In the order of the addresses, until a page is not there.
static size_t copy_while_readable(void *target, const void *source, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        size_t to_page_end = HAL_PAGE - ((uintptr_t)source + done) % HAL_PAGE;
        size_t part = bytes - done < to_page_end ? bytes - done : to_page_end;
        if (!hal_copy((char *)target + done, (const char *)source + done, part))
            break;
        done += part;
    }
    return done;
}

// Copies from a virtual or a physical address that may be bad. STATUS_PARTIAL_COPY when not all was there: *copied says
// how much. STATUS_INVALID_PARAMETER unless exactly one kind of address is named.
NTSTATUS NTAPI MmCopyMemory(PVOID target, MM_COPY_ADDRESS source, SIZE_T bytes, ULONG flags, PSIZE_T copied)
{
    const void *from = source.VirtualAddress;
    *copied = 0;
    if (flags != MM_COPY_MEMORY_PHYSICAL && flags != MM_COPY_MEMORY_VIRTUAL)
        return STATUS_INVALID_PARAMETER;
    if (flags == MM_COPY_MEMORY_PHYSICAL && !(from = MmGetVirtualForPhysical(source.PhysicalAddress)))
        return STATUS_PARTIAL_COPY;
    *copied = copy_while_readable(target, from, bytes);
    return *copied == bytes ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
}

static bool may_touch(PEPROCESS process, const void *address, size_t bytes, KPROCESSOR_MODE mode)
{
    return mode == KernelMode || mm_is_range_of((const struct _KPROCESS *)process, address, bytes);
}

// From one process to another (not documented; as published drivers use it). STATUS_ACCESS_VIOLATION when an address is
// not the process's (UserMode), STATUS_PARTIAL_COPY when a page is not there.
NTSTATUS NTAPI MmCopyVirtualMemory(PEPROCESS from, PVOID source, PEPROCESS to, PVOID target, SIZE_T bytes,
                                   KPROCESSOR_MODE mode, PSIZE_T copied)
{
    *copied = 0;
    if (!may_touch(from, source, bytes, mode) || !may_touch(to, target, bytes, mode))
        return STATUS_ACCESS_VIOLATION;
    *copied = copy_while_readable(target, source, bytes);
    return *copied == bytes ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
}
