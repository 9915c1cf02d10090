// Queues: entries that threads take one by one; the dispatcher object below completion ports.
// SignalState is the number of entries nobody has reserved. Who waits in order to take reserves an entry, and takes it
// when it runs; other waits take nothing.
// wdm/nf-ntifs-keinitializequeue, -keinsertqueue, -keremovequeue.
#include "ke/ke.h"

void NTAPI KeInitializeQueue(PRKQUEUE queue, ULONG count)
{
    ke_initialize_header(&queue->Header, QueueObject, sizeof *queue, 0);
    InitializeListHead(&queue->EntryListHead);
    InitializeListHead(&queue->ThreadListHead);
    queue->CurrentCount = 0;
    queue->MaximumCount = count ? count : hal_processor_count();
}

static LONG insert(PRKQUEUE queue, PLIST_ENTRY entry, bool head)
{
    ke_lock_dispatcher();
    LONG before = queue->Header.SignalState++;
    if (head)
        InsertHeadList(&queue->EntryListHead, entry);
    else
        InsertTailList(&queue->EntryListHead, entry);
    ke_release_waiters(&queue->Header);
    ke_unlock_dispatcher();
    return before;
}

// The number of entries before.
LONG NTAPI KeInsertQueue(PRKQUEUE queue, PLIST_ENTRY entry)
{
    return insert(queue, entry, false);
}

LONG NTAPI KeInsertHeadQueue(PRKQUEUE queue, PLIST_ENTRY entry)
{
    return insert(queue, entry, true);
}

// The entry that was reserved, and more as far as there are.
static ULONG take(PRKQUEUE queue, PLIST_ENTRY *entries, ULONG count)
{
    ULONG taken = 0;
    ke_lock_dispatcher();
    while (taken < count && (taken == 0 || queue->Header.SignalState > 0) && !IsListEmpty(&queue->EntryListHead)) {
        if (taken)
            queue->Header.SignalState--;
        entries[taken++] = RemoveHeadList(&queue->EntryListHead);
    }
    ke_unlock_dispatcher();
    return taken;
}

// The number of entries taken, or the status of the wait: STATUS_TIMEOUT, STATUS_USER_APC, STATUS_ALERTED, ...
NTSTATUS ke_remove_queue(PRKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                         PLIST_ENTRY *entries, ULONG count, ULONG *taken)
{
    *taken = 0;
    NTSTATUS status = ke_reserve_entry(queue, mode, alertable, timeout);
    if (status == STATUS_SUCCESS && !(*taken = take(queue, entries, count)))
        status = STATUS_ABANDONED; // the queue was run down
    return status;
}

// An entry; or STATUS_TIMEOUT, STATUS_USER_APC cast to a pointer, as documented.
PLIST_ENTRY NTAPI KeRemoveQueue(PRKQUEUE queue, KPROCESSOR_MODE mode, PLARGE_INTEGER timeout)
{
    PLIST_ENTRY entry;
    ULONG taken;
    NTSTATUS status = ke_remove_queue(queue, mode, FALSE, timeout, &entry, 1, &taken);
    return taken ? entry : (PLIST_ENTRY)(ULONG_PTR)(ULONG)status;
}

// How many entries there are in the array; a wait that ended otherwise leaves its status in the first, and 1.
ULONG NTAPI KeRemoveQueueEx(PKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                            PLIST_ENTRY *entries, ULONG count)
{
    ULONG taken;
    NTSTATUS status = ke_remove_queue(queue, mode, alertable, timeout, entries, count, &taken);
    if (taken)
        return taken;
    entries[0] = (PLIST_ENTRY)(ULONG_PTR)(ULONG)status;
    return 1;
}

LONG NTAPI KeReadStateQueue(PRKQUEUE queue)
{
    ke_lock_dispatcher();
    LONG state = queue->Header.SignalState;
    ke_unlock_dispatcher();
    return state;
}

// The list of entries, without a head; NULL when empty. Who still waits goes on waiting.
PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE queue)
{
    ke_lock_dispatcher();
    PLIST_ENTRY first = IsListEmpty(&queue->EntryListHead) ? NULL : queue->EntryListHead.Flink;
    if (first)
        RemoveEntryList(&queue->EntryListHead);
    InitializeListHead(&queue->EntryListHead);
    queue->Header.SignalState = 0;
    ke_unlock_dispatcher();
    return first;
}
