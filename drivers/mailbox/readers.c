// The pending reads, in a cancel-safe queue.
//
//     ReadersAdd --> queued --ReadersTake-----------> the taker's, who completes it with a letter
//                      |
//                      +-----cancelled-------------> STATUS_CANCELLED  (CancelIo, exit of the thread or
//                      process)
//                      +-----ReadersCancel---------> STATUS_CANCELLED  (the handle was closed)
//
// A request leaves the queue exactly once. That is the hard part of cancellation: a request may be cancelled
// at the moment in which a letter for it arrives, and one of the two must win. The IoCsq routines settle it;
// this file only gives them a list and a lock. What they return is ours alone and cannot be cancelled any
// more.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/cancel-safe-irp-queues

#include "driver.h"

static struct mailbox *BoxOf(IO_CSQ *queue)
{
    return CONTAINING_RECORD(queue, struct mailbox, queue);
}

// The callbacks between this line and CompleteCancelled: called with the lock held, or to take it.
static void NTAPI AcquireLock(IO_CSQ *queue, KIRQL *irql)
{
    KeAcquireSpinLock(&BoxOf(queue)->readers_lock, irql);
}

static void NTAPI ReleaseLock(IO_CSQ *queue, KIRQL irql)
{
    KeReleaseSpinLock(&BoxOf(queue)->readers_lock, irql);
}

static void NTAPI InsertReader(IO_CSQ *queue, IRP *irp)
{
    struct mailbox *box = BoxOf(queue);

    InsertTailList(&box->readers, &irp->Tail.Overlay.ListEntry);
    box->reader_count++;
}

static void NTAPI RemoveReader(IO_CSQ *queue, IRP *irp)
{
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    BoxOf(queue)->reader_count--;
}

// The first reader after `irp`, or the first of all when it is NULL; only those of a file, when one is given.
static IRP *NTAPI PeekReader(IO_CSQ *queue, IRP *irp, void *file)
{
    LIST_ENTRY *head = &BoxOf(queue)->readers;
    LIST_ENTRY *entry = irp ? irp->Tail.Overlay.ListEntry.Flink : head->Flink;

    for (; entry != head; entry = entry->Flink) {
        IRP *next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (!file || IoGetCurrentIrpStackLocation(next)->FileObject == file)
            return next;
    }
    return NULL;
}

static void NTAPI CompleteCancelled(IO_CSQ *queue, IRP *irp)
{
    InterlockedIncrement64(&BoxOf(queue)->cancelled);
    Complete(irp, STATUS_CANCELLED, 0);
}

void ReadersInitialize(struct mailbox *box)
{
    KeInitializeSpinLock(&box->readers_lock);
    InitializeListHead(&box->readers);
    IoCsqInitialize(&box->queue, InsertReader, RemoveReader, PeekReader, AcquireLock, ReleaseLock, CompleteCancelled);
}

// STATUS_PENDING, always: the queue marks the request pending, and it may be complete before this returns.
//
// A read can arrive after the cleanup of its handle, when a thread was on its way in while another one closed
// it; nobody would cancel that one any more. So cleanup leaves a mark in the file object and then empties the
// queue, and this inserts and then looks for the mark: whichever is second finds the request. The file object
// is referenced meanwhile, because the request's reference ends with the request.
NTSTATUS ReadersAdd(struct mailbox *box, IRP *irp, FILE_OBJECT *file)
{
    ObReferenceObject(file);
    IoCsqInsertIrp(&box->queue, irp, NULL);
    if (InterlockedCompareExchangePointer(&file->FsContext, NULL, NULL))
        ReadersCancel(box, file);
    ObDereferenceObject(file);
    return STATUS_PENDING;
}

IRP *ReadersTake(struct mailbox *box)
{
    return IoCsqRemoveNextIrp(&box->queue, NULL);
}

void ReadersCancel(struct mailbox *box, FILE_OBJECT *file)
{
    IRP *irp;

    InterlockedExchangePointer(&file->FsContext, box);
    while ((irp = IoCsqRemoveNextIrp(&box->queue, file)) != NULL)
        CompleteCancelled(&box->queue, irp);
}
