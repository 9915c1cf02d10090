// Interlocked lists: doubly linked ones under the caller's spin lock, singly linked ones lock-free.
// wdm/nf-wdm-exinterlockedinsertheadlist and siblings. Callable at any IRQL.
#include "ex/ex.h"

// The previous first entry, NULL when the list was empty.
PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY list, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
    PLIST_ENTRY first = IsListEmpty(list) ? NULL : list->Flink;
    InsertHeadList(list, entry);
    KeReleaseSpinLockFromDpcLevel(lock);
    return first;
}

// The previous last entry, NULL when the list was empty.
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY list, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
    PLIST_ENTRY last = IsListEmpty(list) ? NULL : list->Blink;
    InsertTailList(list, entry);
    KeReleaseSpinLockFromDpcLevel(lock);
    return last;
}

PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY list, PKSPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
    PLIST_ENTRY first = IsListEmpty(list) ? NULL : RemoveHeadList(list);
    KeReleaseSpinLockFromDpcLevel(lock);
    return first;
}

LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER addend, LARGE_INTEGER increment, PKSPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
    LARGE_INTEGER before = *addend;
    addend->QuadPart += increment.QuadPart;
    KeReleaseSpinLockFromDpcLevel(lock);
    return before;
}

ULONG NTAPI ExInterlockedAddUlong(PULONG addend, ULONG increment, PKSPIN_LOCK lock)
{
    KeAcquireSpinLockAtDpcLevel(lock);
    ULONG before = *addend;
    *addend += increment;
    KeReleaseSpinLockFromDpcLevel(lock);
    return before;
}
