// What the files of the Mailbox driver share.
#pragma once

#include <wdm.h>
#include <ddkcompat.h>
#include "mailbox.h"

// The device extension. Three spin locks, because a DPC posts letters. Taken in this order, and never held
// while a request is completed: completion calls into other drivers and may come back to this one.
struct mailbox {
    KSPIN_LOCK ticks_lock; // 1: the next four
    KTIMER timer;
    KDPC dpc;
    ULONG ticks_left;
    FILE_OBJECT *ticks_owner; // to be compared only

    KSPIN_LOCK letters_lock; // 2: the next four; also makes "take a letter and a reader" one step
    struct mailbox_letter letters[MAILBOX_LETTERS];
    ULONG first_letter, letter_count;
    ULONG64 posted;
    ULONG64 delivered;

    KSPIN_LOCK readers_lock; // 3: the next two
    LIST_ENTRY readers;
    ULONG reader_count;
    IO_CSQ queue; // of the pending reads; its callbacks work on `readers`

    volatile LONG64 cancelled;
};

NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information);

void ReadersInitialize(struct mailbox *box);
NTSTATUS ReadersAdd(struct mailbox *box, IRP *irp, FILE_OBJECT *file);
IRP *ReadersTake(struct mailbox *box); // the oldest one, no longer cancellable; NULL: there is none
void ReadersCancel(struct mailbox *box, FILE_OBJECT *file);

void LettersInitialize(struct mailbox *box);
NTSTATUS LettersAdd(struct mailbox *box, ULONG kind, const void *text, ULONG length);
void LettersDeliver(struct mailbox *box);

void TicksInitialize(struct mailbox *box);
NTSTATUS TicksStart(struct mailbox *box, FILE_OBJECT *file, const struct mailbox_ticks *wish);
void TicksStop(struct mailbox *box, FILE_OBJECT *file);
void TicksEnd(struct mailbox *box);
