// The letters, and how they meet their readers.
//
// After every change of either side somebody calls LettersDeliver, which pairs the oldest letter with the
// oldest reader until one side has none left. "Is there a letter, is there a reader, take both" is one step
// under letters_lock, so no letter is taken without a reader, and none stays behind while a reader waits.
//
// Letters live in an array of the device extension: posting one needs no allocation, so the timer's DPC can
// post and cannot fail for lack of memory.

#include "driver.h"

void LettersInitialize(struct mailbox *box)
{
    KeInitializeSpinLock(&box->letters_lock);
}

// IRQL: at most DISPATCH_LEVEL. Call LettersDeliver afterwards, without a lock.
NTSTATUS LettersAdd(struct mailbox *box, ULONG kind, const void *text, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    KIRQL irql;

    KeAcquireSpinLock(&box->letters_lock, &irql);
    if (box->letter_count == MAILBOX_LETTERS) {
        status = STATUS_DEVICE_BUSY;
    } else {
        ULONG slot = (box->first_letter + box->letter_count++) % MAILBOX_LETTERS;
        box->letters[slot] = (struct mailbox_letter){.number = ++box->posted, .kind = kind, .length = length};
        RtlCopyMemory(box->letters[slot].text, text, length);
    }
    KeReleaseSpinLock(&box->letters_lock, irql);
    return status;
}

// With letters_lock held and at least one letter there.
static void TakeLetter(struct mailbox *box, struct mailbox_letter *letter)
{
    *letter = box->letters[box->first_letter];
    box->first_letter = (box->first_letter + 1) % MAILBOX_LETTERS;
    box->letter_count--;
    box->delivered++;
}

// IRQL: at most DISPATCH_LEVEL, no lock held. Two callers may complete their requests in either order; a
// letter's number tells which one was posted first.
void LettersDeliver(struct mailbox *box)
{
    LIST_ENTRY ready; // requests with their letters; out of the queue, so their list entries are free
    KIRQL irql;
    IRP *irp;

    InitializeListHead(&ready);
    KeAcquireSpinLock(&box->letters_lock, &irql);
    while (box->letter_count > 0 && (irp = ReadersTake(box)) != NULL) {
        // The system buffer is kernel memory: it can be written in any thread and at this IRQL.
        TakeLetter(box, irp->AssociatedIrp.SystemBuffer);
        InsertTailList(&ready, &irp->Tail.Overlay.ListEntry);
    }
    KeReleaseSpinLock(&box->letters_lock, irql);

    while (!IsListEmpty(&ready)) {
        irp = CONTAINING_RECORD(RemoveHeadList(&ready), IRP, Tail.Overlay.ListEntry);
        Complete(irp, STATUS_SUCCESS, sizeof(struct mailbox_letter));
    }
}
