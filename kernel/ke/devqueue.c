// Device queues: requests waiting for a device that serves one at a time. Busy is the state; an entry is queued
// only while the device is busy. wdm/nf-wdm-keinsertdevicequeue and siblings. Callable at DISPATCH_LEVEL.
#include "ke/ke.h"

void NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE queue)
{
    queue->Type = 0x14; // DeviceQueueObject
    queue->Size = sizeof *queue;
    queue->Busy = FALSE;
    KeInitializeSpinLock(&queue->Lock);
    InitializeListHead(&queue->DeviceListHead);
}

// FALSE when the queue was not busy: it is now, and the entry was not queued.
BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry)
{
    KeAcquireSpinLockAtDpcLevel(&queue->Lock);
    entry->Inserted = queue->Busy;
    if (queue->Busy)
        InsertTailList(&queue->DeviceListHead, &entry->DeviceListEntry);
    queue->Busy = TRUE;
    KeReleaseSpinLockFromDpcLevel(&queue->Lock);
    return entry->Inserted;
}

BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, ULONG key)
{
    KeAcquireSpinLockAtDpcLevel(&queue->Lock);
    entry->SortKey = key;
    entry->Inserted = queue->Busy;
    if (queue->Busy) {
        LIST_ENTRY *at = queue->DeviceListHead.Blink;
        while (at != &queue->DeviceListHead &&
               CONTAINING_RECORD(at, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey > key)
            at = at->Blink;
        InsertHeadList(at, &entry->DeviceListEntry);
    }
    queue->Busy = TRUE;
    KeReleaseSpinLockFromDpcLevel(&queue->Lock);
    return entry->Inserted;
}

static PKDEVICE_QUEUE_ENTRY take(LIST_ENTRY *at)
{
    PKDEVICE_QUEUE_ENTRY entry = CONTAINING_RECORD(at, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
    RemoveEntryList(at);
    entry->Inserted = FALSE;
    return entry;
}

// The next entry; NULL when there is none, and the queue is not busy any more.
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE queue)
{
    PKDEVICE_QUEUE_ENTRY entry = NULL;
    KeAcquireSpinLockAtDpcLevel(&queue->Lock);
    if (IsListEmpty(&queue->DeviceListHead))
        queue->Busy = FALSE;
    else
        entry = take(queue->DeviceListHead.Flink);
    KeReleaseSpinLockFromDpcLevel(&queue->Lock);
    return entry;
}

// The first entry with a key of at least `key`; the first of all when there is none.
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE queue, ULONG key)
{
    PKDEVICE_QUEUE_ENTRY entry = NULL;
    KeAcquireSpinLockAtDpcLevel(&queue->Lock);
    if (IsListEmpty(&queue->DeviceListHead)) {
        queue->Busy = FALSE;
    } else {
        LIST_ENTRY *at = queue->DeviceListHead.Flink;
        while (at != &queue->DeviceListHead &&
               CONTAINING_RECORD(at, KDEVICE_QUEUE_ENTRY, DeviceListEntry)->SortKey < key)
            at = at->Flink;
        entry = take(at == &queue->DeviceListHead ? queue->DeviceListHead.Flink : at);
    }
    KeReleaseSpinLockFromDpcLevel(&queue->Lock);
    return entry;
}

BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry)
{
    KeAcquireSpinLockAtDpcLevel(&queue->Lock);
    BOOLEAN queued = entry->Inserted;
    if (queued)
        take(&entry->DeviceListEntry);
    KeReleaseSpinLockFromDpcLevel(&queue->Lock);
    return queued;
}
