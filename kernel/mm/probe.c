// User addresses: which they are, and access that survives bad ones.
#include "mm/mm.h"

bool mm_is_range_of(const struct _KPROCESS *process, const void *address, size_t length)
{
    uintptr_t begin = (uintptr_t)address, end = begin + length;
    if (end < begin || begin < process->user_base || end > process->user_end)
        return false;
    return !(begin < HAL_KERNEL_END && end > HAL_KERNEL_BASE);
}

bool mm_is_user_range(const void *address, size_t length)
{
    return mm_is_range_of(ke_current_thread()->Process, address, length);
}

NTSTATUS mm_copy_to_process(const struct _KPROCESS *process, void *user, const void *from, size_t length)
{
    if (length == 0 || (mm_is_range_of(process, user, length) && hal_copy(user, from, length)))
        return STATUS_SUCCESS;
    return STATUS_ACCESS_VIOLATION;
}

NTSTATUS mm_copy_in(void *to, const void *user, size_t length, KPROCESSOR_MODE mode)
{
    if (length == 0)
        return STATUS_SUCCESS;
    if (mode == KernelMode)
        __builtin_memcpy(to, user, length);
    else if (!mm_is_user_range(user, length) || !hal_copy(to, user, length))
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}

NTSTATUS mm_copy_out(void *user, const void *from, size_t length, KPROCESSOR_MODE mode)
{
    if (length == 0)
        return STATUS_SUCCESS;
    if (mode == KernelMode)
        __builtin_memcpy(user, from, length);
    else if (!mm_is_user_range(user, length) || !hal_copy(user, from, length))
        return STATUS_ACCESS_VIOLATION;
    return STATUS_SUCCESS;
}

NTSTATUS mm_probe_read(const void *user, size_t length, KPROCESSOR_MODE mode)
{
    if (mode == KernelMode || length == 0 ||
        (mm_is_user_range(user, length) && mm_may_touch(user, length, false) && hal_touch_read(user, length)))
        return STATUS_SUCCESS;
    return STATUS_ACCESS_VIOLATION;
}

NTSTATUS mm_probe_write(void *user, size_t length, KPROCESSOR_MODE mode)
{
    if (mode == KernelMode || length == 0 ||
        (mm_is_user_range(user, length) && mm_may_touch(user, length, true) && hal_touch_write(user, length)))
        return STATUS_SUCCESS;
    return STATUS_ACCESS_VIOLATION;
}

// What drivers import to compare addresses with.
ULONG_PTR nt_MmUserProbeAddress_value = HAL_USER_END - 0x10000;
PVOID nt_MmHighestUserAddress_value = (PVOID)(HAL_USER_END - 0x10000 - 1);
PVOID nt_MmSystemRangeStart_value = (PVOID)HAL_USER_END;

// ---- what drivers call --------------------------------------------------------------------------------------

// Windows only compares with the end of user mode. The memory of other clients and, in one process, the kernel's own
// ranges lie below that end here and are refused, too; what lies below both may be probed, and faults when touched.
static bool may_be_user(const volatile void *address, SIZE_T length)
{
    const struct _KPROCESS *process = ke_current_thread()->Process;
    uintptr_t begin = (uintptr_t)address, end = begin + length;
    if (end < begin)
        return false;
    if (end <= HAL_USER_BASE)
        return true;
    if (process->user_end < process->user_base) // the system process has no user memory of its own
        return end <= nt_MmUserProbeAddress_value;
    return mm_is_user_range((const void *)(uintptr_t)begin, length);
}

static void probe(const volatile void *address, SIZE_T length, ULONG alignment)
{
    if ((ULONG_PTR)address & (alignment - 1))
        ExRaiseDatatypeMisalignment();
    if (!may_be_user(address, length))
        ExRaiseAccessViolation();
}

// Raises STATUS_DATATYPE_MISALIGNMENT or STATUS_ACCESS_VIOLATION; touches nothing. Facts: semantics 41.
VOID NTAPI ProbeForRead(const volatile VOID *address, SIZE_T length, ULONG alignment)
{
    if (length)
        probe(address, length, alignment);
}

// Touches every page for writing, too.
VOID NTAPI ProbeForWrite(volatile VOID *address, SIZE_T length, ULONG alignment)
{
    if (length == 0)
        return;
    probe(address, length, alignment);
    if (!mm_may_touch((void *)(uintptr_t)address, length, true) || !hal_touch_write((void *)(uintptr_t)address, length))
        ExRaiseAccessViolation();
}

// Whether reading there would fault now; nothing promises the next moment.
BOOLEAN NTAPI MmIsAddressValid(PVOID address)
{
    return (ULONG_PTR)address - KI_USER_SHARED_DATA < HAL_PAGE || hal_touch_read(address, 1);
}
