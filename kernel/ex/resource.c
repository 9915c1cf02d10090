// Resources (ERESOURCE): one exclusive owner or many shared ones, each as often as it likes.
//
//      free --first owner--> exclusive | shared --last release--> handed to waiters, or free
//
// A waiter stands on its own stack, in the list of its kind, and has an entry among the owners with a count of 0, so that
// whoever releases can hand the resource over without memory. wdm/nf-wdm-exacquireresourceexclusivelite and siblings;
// kernel/introduction-to-eresource-routines. Normal kernel APCs should be disabled by the caller; that is not checked.
#include "ex/ex.h"

// ERESOURCE.SharedWaiters and ExclusiveWaiters are private; here they are such lists, the first comer first.
struct waiter {
    struct waiter *next;
    ERESOURCE_THREAD thread;
    KEVENT granted;
};

enum { FIRST_TABLE = 4, TAG = EX_TAG('R', 'e', 's', 'o'), PAUSE_100NS = 10000 };

static void lock(PERESOURCE resource)
{
    hal_mutex_lock((struct hal_mutex *)&resource->SpinLock);
}

static void unlock(PERESOURCE resource)
{
    hal_mutex_unlock((struct hal_mutex *)&resource->SpinLock);
}

static ERESOURCE_THREAD current(void)
{
    return (ERESOURCE_THREAD)ke_current_thread();
}

static bool is_exclusive(const ERESOURCE *resource)
{
    return resource->Flag & ResourceOwnedExclusive;
}

// ---- owners, with the lock ----------------------------------------------------------------------------------------

// OwnerEntry is the exclusive owner's or the first shared one's; the table (its first entry says how long it is) has the
// others.
static ULONG table_size(const ERESOURCE *resource)
{
    return resource->OwnerTable ? resource->OwnerTable[0].TableSize : 0;
}

static POWNER_ENTRY find_owner(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    if (resource->OwnerEntry.OwnerThread == thread)
        return &resource->OwnerEntry;
    for (ULONG i = 1; i < table_size(resource); i++)
        if (resource->OwnerTable[i].OwnerThread == thread)
            return &resource->OwnerTable[i];
    return NULL;
}

// Lets go of the lock to make the table longer: false, and everything may have changed.
static bool claim_entry(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    POWNER_ENTRY entry = find_owner(resource, thread);
    if (!entry && (entry = find_owner(resource, 0)))
        *entry = (OWNER_ENTRY){.OwnerThread = thread};
    if (entry)
        return true;
    ULONG old = table_size(resource), size = old ? old * 2 : FIRST_TABLE;
    unlock(resource);
    POWNER_ENTRY table = ex_allocate_zeroed(size * sizeof *table, TAG);
    if (!table) {
        LARGE_INTEGER pause = {.QuadPart = -PAUSE_100NS};
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    lock(resource);
    if (table && table_size(resource) < size) {
        if (old)
            __builtin_memcpy(table, resource->OwnerTable, table_size(resource) * sizeof *table);
        table[0].TableSize = size;
        POWNER_ENTRY gone = resource->OwnerTable;
        resource->OwnerTable = table;
        table = gone;
    }
    unlock(resource);
    if (table)
        ex_free(table);
    lock(resource);
    return false;
}

static void own(PERESOURCE resource, POWNER_ENTRY entry)
{
    if (entry->OwnerCount++ == 0)
        resource->ActiveEntries++;
    resource->ActiveCount = 1;
}

// ---- waiting and granting ------------------------------------------------------------------------------------------

static void grant(PERESOURCE resource, struct waiter *waiter)
{
    own(resource, find_owner(resource, waiter->thread));
    KeSetEvent(&waiter->granted, 0, FALSE); // the waiter's stack may be gone after this
}

static void grant_shared(PERESOURCE resource)
{
    struct waiter *waiter = (void *)resource->SharedWaiters;
    resource->SharedWaiters = NULL;
    resource->NumberOfSharedWaiters = 0;
    for (struct waiter *after; waiter; waiter = after) {
        after = waiter->next;
        grant(resource, waiter);
    }
}

static void grant_exclusive(PERESOURCE resource)
{
    struct waiter *waiter = (void *)resource->ExclusiveWaiters;
    resource->ExclusiveWaiters = (void *)waiter->next;
    resource->NumberOfExclusiveWaiters--;
    resource->Flag |= ResourceOwnedExclusive;
    grant(resource, waiter);
}

// Shared and exclusive owners take turns.
static void pass_on(PERESOURCE resource, bool was_exclusive)
{
    if (resource->SharedWaiters && (was_exclusive || !resource->ExclusiveWaiters))
        grant_shared(resource);
    else if (resource->ExclusiveWaiters)
        grant_exclusive(resource);
}

// With the lock, which is released.
static BOOLEAN wait_in(PERESOURCE resource, struct waiter **list, ULONG *count)
{
    struct waiter waiter = {.thread = current()};
    KeInitializeEvent(&waiter.granted, SynchronizationEvent, FALSE);
    while (*list)
        list = &(*list)->next;
    *list = &waiter;
    ++*count;
    resource->ContentionCount++;
    unlock(resource);
    KeWaitForSingleObject(&waiter.granted, WrResource, KernelMode, FALSE, NULL);
    return TRUE;
}

enum wish { EXCLUSIVE, SHARED, STARVE_EXCLUSIVE, WAIT_FOR_EXCLUSIVE };

// Whether the current thread, an owner already when owner is not NULL, gets it at once.
static bool may_have(const ERESOURCE *resource, const OWNER_ENTRY *owner, enum wish wish)
{
    if (!resource->ActiveEntries || (is_exclusive(resource) && owner))
        return true;
    if (is_exclusive(resource) || wish == EXCLUSIVE)
        return false;
    return wish == STARVE_EXCLUSIVE || !resource->ExclusiveWaiters || (wish == SHARED && owner);
}

static BOOLEAN acquire(PERESOURCE resource, BOOLEAN wait, enum wish wish)
{
    ERESOURCE_THREAD thread = current();
    lock(resource);
    for (;;) {
        POWNER_ENTRY owner = find_owner(resource, thread);
        bool granted = may_have(resource, owner, wish);
        if (!granted && !wait) {
            unlock(resource);
            return FALSE;
        }
        if (!claim_entry(resource, thread))
            continue;
        if (!granted)
            break;
        if (wish == EXCLUSIVE)
            resource->Flag |= ResourceOwnedExclusive;
        own(resource, find_owner(resource, thread));
        unlock(resource);
        return TRUE;
    }
    return wish == EXCLUSIVE
               ? wait_in(resource, (struct waiter **)&resource->ExclusiveWaiters, &resource->NumberOfExclusiveWaiters)
               : wait_in(resource, (struct waiter **)&resource->SharedWaiters, &resource->NumberOfSharedWaiters);
}

static void release(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    lock(resource);
    POWNER_ENTRY owner = find_owner(resource, thread);
    if (!owner || !owner->OwnerCount) {
        unlock(resource);
        ke_bugcheck(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, thread, (ULONG_PTR)resource->OwnerTable, 0,
                    "a resource was released by a thread that does not own it");
    }
    if (--owner->OwnerCount == 0) {
        owner->OwnerThread = 0;
        if (--resource->ActiveEntries == 0) {
            bool was_exclusive = is_exclusive(resource);
            resource->Flag &= (USHORT)~ResourceOwnedExclusive;
            resource->ActiveCount = 0;
            pass_on(resource, was_exclusive);
        }
    }
    unlock(resource);
}

// ---- what drivers call ---------------------------------------------------------------------------------------------

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE resource)
{
    *resource = (ERESOURCE){0};
    InitializeListHead(&resource->SystemResourcesList);
    return STATUS_SUCCESS;
}

// As after ExInitializeResourceLite, whatever it was; the table stays.
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE resource)
{
    POWNER_ENTRY table = resource->OwnerTable;
    ExInitializeResourceLite(resource);
    if (table)
        ex_free(table);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE resource)
{
    return ExReinitializeResourceLite(resource);
}

BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait)
{
    return acquire(resource, wait, EXCLUSIVE);
}

// An owner gets it again at once; others wait behind those who wait for exclusive access.
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait)
{
    return acquire(resource, wait, SHARED);
}

BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE resource, BOOLEAN wait)
{
    return acquire(resource, wait, STARVE_EXCLUSIVE);
}

// Even who owns it waits behind those who wait for exclusive access.
BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE resource, BOOLEAN wait)
{
    return acquire(resource, wait, WAIT_FOR_EXCLUSIVE);
}

void NTAPI ExReleaseResourceLite(PERESOURCE resource)
{
    release(resource, current());
}

// thread: what ExGetCurrentResourceThread gave, or the owner of ExSetResourceOwnerPointer.
void NTAPI ExReleaseResourceForThreadLite(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    release(resource, thread);
}

// The caller is the exclusive owner; those who wait for shared access come in.
void NTAPI ExConvertExclusiveToSharedLite(PERESOURCE resource)
{
    lock(resource);
    bool owned = is_exclusive(resource) && find_owner(resource, current());
    if (owned) {
        resource->Flag &= (USHORT)~ResourceOwnedExclusive;
        grant_shared(resource);
    }
    unlock(resource);
    if (!owned)
        ke_bugcheck(RESOURCE_NOT_OWNED, (ULONG_PTR)resource, current(), (ULONG_PTR)resource->OwnerTable, 0,
                    "ExConvertExclusiveToSharedLite by a thread that does not own the resource exclusively");
}

BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE resource)
{
    lock(resource);
    bool owned = is_exclusive(resource) && find_owner(resource, current());
    unlock(resource);
    return owned;
}

// How often the current thread owns it, in either way.
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE resource)
{
    lock(resource);
    const OWNER_ENTRY *owner = find_owner(resource, current());
    ULONG count = owner ? owner->OwnerCount : 0;
    unlock(resource);
    return count;
}

ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE resource)
{
    lock(resource);
    ULONG count = resource->NumberOfExclusiveWaiters;
    unlock(resource);
    return count;
}

ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE resource)
{
    lock(resource);
    ULONG count = resource->NumberOfSharedWaiters;
    unlock(resource);
    return count;
}

// What the current thread owns is owner's from now on: an address with its two low bits set.
void NTAPI ExSetResourceOwnerPointer(PERESOURCE resource, PVOID owner)
{
    lock(resource);
    POWNER_ENTRY entry = find_owner(resource, current());
    if (entry)
        entry->OwnerThread = (ERESOURCE_THREAD)owner;
    unlock(resource);
}

// Nothing is boosted here.
void NTAPI ExDisableResourceBoostLite(PERESOURCE resource)
{
    (void)resource;
}

// The result is the thread's Win32 part on Windows; there is none here.
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(resource, TRUE);
    return NULL;
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(resource, TRUE);
    return NULL;
}

void NTAPI ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource)
{
    ExReleaseResourceLite(resource);
    KeLeaveCriticalRegion();
}
