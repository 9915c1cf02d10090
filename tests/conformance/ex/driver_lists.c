// Sequenced singly linked lists and lookaside lists. The routines that drivers allocate and free with are inline: they
// rely on the fields of the list.

#include "ex.h"

enum { TAG = 'xenN', BLOCK = 48 };

static int Allocated, Freed;

void SequencedLists(void)
{
    DECLSPEC_ALIGN(16) SLIST_HEADER list;
    DECLSPEC_ALIGN(16) SLIST_ENTRY entries[3];

    InitializeSListHead(&list);
    DbgPrint("a new list: depth %u, pop %p\n", ExQueryDepthSList(&list), ExInterlockedPopEntrySList(&list, NULL));
    DbgPrint("push: before it %p\n", ExInterlockedPushEntrySList(&list, &entries[0], NULL));
    DbgPrint("push: before it the first: %d\n", ExInterlockedPushEntrySList(&list, &entries[1], NULL) == &entries[0]);
    ExInterlockedPushEntrySList(&list, &entries[2], NULL);
    DbgPrint("depth %u\n", ExQueryDepthSList(&list));
    DbgPrint("pop gives the last: %d\n", ExInterlockedPopEntrySList(&list, NULL) == &entries[2]);
    SLIST_ENTRY *all = ExInterlockedFlushSList(&list);
    DbgPrint("flush gives the rest in order: %d, depth %u\n",
             all == &entries[1] && all->Next == &entries[0] && !all->Next->Next, ExQueryDepthSList(&list));
    DbgPrint("flush of nothing: %p\n", ExInterlockedFlushSList(&list));
}

static void *NTAPI Allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
    Allocated++;
    DbgPrint("allocate: type %d, %lu bytes, tag %.4s\n", type, (ULONG)bytes, (char *)&tag);
    return ExAllocatePoolWithTag(type, bytes, tag);
}

static void NTAPI Free(void *block)
{
    Freed++;
    ExFreePool(block);
}

void LookasideLists(void)
{
    static NPAGED_LOOKASIDE_LIST list;
    static PAGED_LOOKASIDE_LIST paged;

    ExInitializeNPagedLookasideList(&list, Allocate, Free, 0, BLOCK, TAG, 0);
    void *first = ExAllocateFromNPagedLookasideList(&list);
    RtlFillMemory(first, BLOCK, 0x5a);
    ExFreeToNPagedLookasideList(&list, first);
    void *again = ExAllocateFromNPagedLookasideList(&list);
    DbgPrint("a freed block comes back: %d, allocated %d, freed %d\n", first == again, Allocated, Freed);
    DbgPrint("allocations %lu, misses %lu, frees %lu\n", list.L.TotalAllocates, list.L.AllocateMisses,
             list.L.TotalFrees);
    ExFreeToNPagedLookasideList(&list, again);
    ExDeleteNPagedLookasideList(&list);
    DbgPrint("after the deletion freed %d\n", Freed);

    ExInitializePagedLookasideList(&paged, NULL, NULL, 0, BLOCK, TAG, 0);
    first = ExAllocateFromPagedLookasideList(&paged);
    RtlFillMemory(first, BLOCK, 0x5a);
    ExFreeToPagedLookasideList(&paged, first);
    DbgPrint("paged: depth %u, size %lu\n", ExQueryDepthSList(&paged.L.ListHead), paged.L.Size);
    ExDeletePagedLookasideList(&paged);
}
