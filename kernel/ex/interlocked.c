// Interlocked lists: doubly linked ones under the caller's spin lock, singly linked ones lock-free.
// wdm/nf-wdm-exinterlockedinsertheadlist and siblings. Callable at any IRQL.
#include "ex/ex.h"

static KIRQL enter(PKSPIN_LOCK lock)
{
    KIRQL irql = ke_irql();
    if (irql < DISPATCH_LEVEL)
        ke_set_irql(DISPATCH_LEVEL);
    KeAcquireSpinLockAtDpcLevel(lock);
    return irql;
}

static void leave(PKSPIN_LOCK lock, KIRQL irql)
{
    KeReleaseSpinLockFromDpcLevel(lock);
    ke_set_irql(irql);
}

// The previous first entry, NULL when the list was empty.
PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY list, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
    KIRQL irql = enter(lock);
    PLIST_ENTRY first = IsListEmpty(list) ? NULL : list->Flink;
    InsertHeadList(list, entry);
    leave(lock, irql);
    return first;
}

// The previous last entry, NULL when the list was empty.
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY list, PLIST_ENTRY entry, PKSPIN_LOCK lock)
{
    KIRQL irql = enter(lock);
    PLIST_ENTRY last = IsListEmpty(list) ? NULL : list->Blink;
    InsertTailList(list, entry);
    leave(lock, irql);
    return last;
}

PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY list, PKSPIN_LOCK lock)
{
    KIRQL irql = enter(lock);
    PLIST_ENTRY first = IsListEmpty(list) ? NULL : RemoveHeadList(list);
    leave(lock, irql);
    return first;
}

LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER addend, LARGE_INTEGER increment, PKSPIN_LOCK lock)
{
    KIRQL irql = enter(lock);
    LARGE_INTEGER before = *addend;
    addend->QuadPart += increment.QuadPart;
    leave(lock, irql);
    return before;
}

ULONG NTAPI ExInterlockedAddUlong(PULONG addend, ULONG increment, PKSPIN_LOCK lock)
{
    KIRQL irql = enter(lock);
    ULONG before = *addend;
    *addend += increment;
    leave(lock, irql);
    return before;
}
