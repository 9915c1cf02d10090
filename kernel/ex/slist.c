// Sequenced singly linked lists: lock-free stacks with a depth, changed by one 16-byte compare-exchange whose sequence
// number tells a list from the same list later. wdm/nf-wdm-exinterlockedpopentryslist, -exinterlockedpushentryslist,
// -exinterlockedflushslist, -exquerydepthslist, -initializeslisthead. Callable at any IRQL.
#include "ex/ex.h"

// Not -mcx16: the compiler would call a library for it.
static bool exchange(PSLIST_HEADER head, SLIST_HEADER *seen, SLIST_HEADER wanted)
{
    bool done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*head), "+a"(seen->Alignment), "+d"(seen->Region)
                     : "b"(wanted.Alignment), "c"(wanted.Region)
                     : "memory");
    return done;
}

// The two halves may belong to different moments; exchange finds out.
static SLIST_HEADER look(PSLIST_HEADER head)
{
    return (SLIST_HEADER){.Alignment = __atomic_load_n(&head->Alignment, __ATOMIC_ACQUIRE),
                          .Region = __atomic_load_n(&head->Region, __ATOMIC_ACQUIRE)};
}

static PSLIST_ENTRY first(SLIST_HEADER header)
{
    return (PSLIST_ENTRY)(uintptr_t)(header.HeaderX64.NextEntry << 4);
}

static SLIST_HEADER changed(SLIST_HEADER header, PSLIST_ENTRY entry, unsigned depth)
{
    header.HeaderX64.Depth = depth & 0xffff;
    header.HeaderX64.Sequence++;
    header.HeaderX64.Reserved = 1; // an x64 header
    header.HeaderX64.NextEntry = (uintptr_t)entry >> 4;
    return header;
}

void NTAPI InitializeSListHead(PSLIST_HEADER head)
{
    *head = (SLIST_HEADER){0};
}

// The entry that was first, NULL when there was none.
PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry)
{
    SLIST_HEADER seen = look(head);
    do
        entry->Next = first(seen);
    while (!exchange(head, &seen, changed(seen, entry, (unsigned)seen.HeaderX64.Depth + 1)));
    return first(seen);
}

// The entry that is looked into may be another thread's by now, its memory gone even; the exchange fails then.
PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER head)
{
    SLIST_HEADER seen = look(head);
    for (PSLIST_ENTRY entry; (entry = first(seen));) {
        PSLIST_ENTRY next = NULL;
        bool there = hal_copy(&next, &entry->Next, sizeof next);
        if (!there)
            seen = look(head);
        else if (exchange(head, &seen, changed(seen, next, (unsigned)seen.HeaderX64.Depth - 1)))
            return entry;
    }
    return NULL;
}

// All entries, the last pushed first.
PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER head)
{
    SLIST_HEADER seen = look(head);
    while (first(seen) && !exchange(head, &seen, changed(seen, NULL, 0)))
        ;
    return first(seen);
}

USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER head)
{
    return (USHORT)__atomic_load_n(&head->Alignment, __ATOMIC_RELAXED);
}
