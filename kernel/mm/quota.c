// Quotas: how much of the kernel's memory a client may hold. What it asks for and is not freed by its own calls is
// charged: system buffers, requests that wait, packets, APCs. A process without a quota (the system's, one in the same
// process as the kernel) is charged nothing.
//
// The account outlives the process: a driver may complete a request, and so free its buffer, later than that.
#include "mm/mm.h"

struct mm_quota {
    _Atomic uint32_t references; // the process's, and one for each charge
    _Atomic size_t used;
    size_t limit;
};

static void dereference(struct mm_quota *quota)
{
    if (atomic_fetch_sub(&quota->references, 1) == 1)
        hal_free(quota);
}

bool mm_set_quota(struct _KPROCESS *process, size_t bytes)
{
    struct mm_quota *quota = hal_alloc(sizeof *quota);
    if (!quota)
        return false;
    atomic_store(&quota->references, 1);
    quota->limit = bytes;
    process->quota = quota;
    return true;
}

void mm_drop_quota(struct _KPROCESS *process)
{
    if (process->quota)
        dereference(process->quota);
    process->quota = NULL;
}

bool mm_quota_is_full(void)
{
    const struct mm_quota *quota = ke_current_thread()->Process->quota;
    return quota && atomic_load_explicit(&quota->used, memory_order_relaxed) > quota->limit;
}

void mm_charge_anyway(struct mm_charge *charge, size_t bytes)
{
    struct mm_quota *quota = charge->quota ? charge->quota : ke_current_thread()->Process->quota;
    if (!quota)
        return;
    if (!charge->quota)
        atomic_fetch_add(&quota->references, 1);
    atomic_fetch_add(&quota->used, bytes);
    charge->quota = quota;
    charge->bytes += bytes;
}

NTSTATUS mm_charge(struct mm_charge *charge, size_t bytes)
{
    mm_charge_anyway(charge, bytes);
    if (!charge->quota || atomic_load(&charge->quota->used) <= charge->quota->limit)
        return STATUS_SUCCESS;
    mm_uncharge(charge);
    return STATUS_QUOTA_EXCEEDED;
}

void mm_uncharge(struct mm_charge *charge)
{
    if (!charge->quota)
        return;
    atomic_fetch_sub(&charge->quota->used, charge->bytes);
    dereference(charge->quota);
    *charge = (struct mm_charge){0};
}
