// Lookaside lists: blocks of one size that drivers keep for the next use. Drivers allocate and free inline: from and to
// ListHead, and through Allocate and Free when it is empty or holds Depth blocks. wdm/nf-wdm-exinitializelookasidelistex,
// -exinitializenpagedlookasidelist, -exinitializepagedlookasidelist. How many blocks a list keeps is the system's choice;
// here it is a constant.
#include "ex/ex.h"

enum { KEPT_BLOCKS = 64, MOST_BLOCKS = 256, SMALLEST_BLOCK = sizeof(SLIST_ENTRY) };

static PVOID NTAPI allocate_ex(POOL_TYPE type, SIZE_T bytes, ULONG tag, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    return ExAllocatePoolWithTag(type, bytes, tag);
}

static void NTAPI free_ex(PVOID block, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    ExFreePool(block);
}

// The plain lists and the Ex ones begin alike.
static PGENERAL_LOOKASIDE_POOL initialize(void *list, ULONG type, SIZE_T size, ULONG tag)
{
    PGENERAL_LOOKASIDE_POOL general = list;
    *general = (GENERAL_LOOKASIDE_POOL){.Depth = KEPT_BLOCKS,
                                        .MaximumDepth = MOST_BLOCKS,
                                        .Type = (POOL_TYPE)type,
                                        .Tag = tag,
                                        .Size = size < SMALLEST_BLOCK ? SMALLEST_BLOCK : (ULONG)size};
    InitializeSListHead(&general->ListHead);
    InitializeListHead(&general->ListEntry);
    return general;
}

static void initialize_plain(void *list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION release, ULONG type, SIZE_T size,
                             ULONG tag)
{
    PGENERAL_LOOKASIDE_POOL general = initialize(list, type, size, tag);
    general->Allocate = allocate ? allocate : ExAllocatePoolWithTag;
    general->Free = release ? release : ExFreePool;
}

// depth is reserved.
void NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                           PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT depth)
{
    (void)depth;
    initialize_plain(list, allocate, release, NonPagedPool | flags, size, tag);
}

void NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                          PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT depth)
{
    (void)depth;
    initialize_plain(list, allocate, release, PagedPool | (flags & ~(ULONG)POOL_NX_ALLOCATION), size, tag);
}

// STATUS_INVALID_PARAMETER_4 .. _8: the pool type, the flags (both, or RAISE_ON_FAIL's counterpart without a routine of
// the driver), the size, the depth, which is reserved.
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION_EX allocate,
                                           PFREE_FUNCTION_EX release, POOL_TYPE type, ULONG flags, SIZE_T size,
                                           ULONG tag, USHORT depth)
{
    const ULONG both = EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
    ULONG pool = (ULONG)type;
    if ((pool & ~(ULONG)POOL_NX_ALLOCATION) > PagedPool)
        return STATUS_INVALID_PARAMETER_4;
    if ((flags & ~both) || (flags & both) == both)
        return STATUS_INVALID_PARAMETER_5;
    if (size > MAXLONG)
        return STATUS_INVALID_PARAMETER_6;
    if (depth)
        return STATUS_INVALID_PARAMETER_8;
    pool |= flags & EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0;
    pool |= flags & EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE ? POOL_QUOTA_FAIL_INSTEAD_OF_RAISE : 0;
    PGENERAL_LOOKASIDE_POOL general = initialize(list, pool, size, tag);
    general->AllocateEx = allocate ? allocate : allocate_ex;
    general->FreeEx = release ? release : free_ex;
    return STATUS_SUCCESS;
}

static void delete_plain(void *list)
{
    PGENERAL_LOOKASIDE_POOL general = list;
    PSLIST_ENTRY block;
    while ((block = ExpInterlockedPopEntrySList(&general->ListHead)))
        general->Free(block);
}

void NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
    delete_plain(list);
}

void NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
    delete_plain(list);
}

// The list stays usable.
void NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX list)
{
    PSLIST_ENTRY block;
    while ((block = ExpInterlockedPopEntrySList(&list->L.ListHead)))
        list->L.FreeEx(block, list);
}

void NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX list)
{
    ExFlushLookasideListEx(list);
}
