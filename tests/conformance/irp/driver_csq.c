// Cancel-safe queues: IoCsq...

#include "driver.h"

static IO_CSQ Queue;
static LIST_ENTRY List;
static KSPIN_LOCK Lock;
static IO_CSQ_IRP_CONTEXT Context;
static IO_CSQ_IRP_CONTEXT *NextContext; // of the next request queued
static NTSTATUS NextAnswer;             // of the queue with IoCsqInitializeEx

static void NTAPI Acquire(IO_CSQ *queue, KIRQL *irql)
{
    UNREFERENCED_PARAMETER(queue);
    KeAcquireSpinLock(&Lock, irql);
}

static void NTAPI Release(IO_CSQ *queue, KIRQL irql)
{
    UNREFERENCED_PARAMETER(queue);
    KeReleaseSpinLock(&Lock, irql);
}

static void NTAPI Insert(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    InsertTailList(&List, &irp->Tail.Overlay.ListEntry);
}

static NTSTATUS NTAPI InsertEx(IO_CSQ *queue, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(queue);
    DbgPrint("  insert, context %d\n", context == &List);
    if (NT_SUCCESS(NextAnswer))
        InsertTailList(&List, &irp->Tail.Overlay.ListEntry);
    return NextAnswer;
}

static void NTAPI Remove(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
}

static IRP *NTAPI Peek(IO_CSQ *queue, IRP *irp, void *wanted)
{
    LIST_ENTRY *entry = irp ? irp->Tail.Overlay.ListEntry.Flink : List.Flink;

    UNREFERENCED_PARAMETER(queue);
    for (; entry != &List; entry = entry->Flink) {
        IRP *next = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        if (!wanted || next == wanted)
            return next;
    }
    return NULL;
}

static void NTAPI Cancelled(IO_CSQ *queue, IRP *irp)
{
    UNREFERENCED_PARAMETER(queue);
    DbgPrint("  a request is cancelled\n");
    Complete(irp, STATUS_CANCELLED, 0);
}

NTSTATUS CsqDispatch(IRP *irp)
{
    if (Queue.Type == 0)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    NTSTATUS status = IoCsqInsertIrpEx(&Queue, irp, NextContext, &List);
    if (!NT_SUCCESS(status))
        return Complete(irp, status, 0);
    return STATUS_PENDING;
}

static void Take(const char *what, IRP *irp, const IRP *expected)
{
    DbgPrint("  %s: %s\n", what, irp == NULL ? "none" : irp == expected ? "the right one" : "another one");
    if (irp)
        Complete(irp, STATUS_SUCCESS, 0);
}

static void ShowPlainQueue(void)
{
    BOOLEAN done[3];
    IRP *irps[3];

    DbgPrint("IoCsqInitialize: %08lX\n", IoCsqInitialize(&Queue, Insert, Remove, Peek, Acquire, Release, Cancelled));
    for (ULONG i = 0; i < 3; i++) {
        irps[i] = MakeIrp(&done[i]);
        if (!irps[i])
            return;
        NextContext = i == 1 ? &Context : NULL;
        DbgPrint("  queued: %08lX\n", IoCallDriver(Plain, irps[i]));
    }
    Take("IoCsqRemoveIrp", IoCsqRemoveIrp(&Queue, &Context), irps[1]);
    Take("IoCsqRemoveIrp again", IoCsqRemoveIrp(&Queue, &Context), NULL);
    Take("IoCsqRemoveNextIrp of the third", IoCsqRemoveNextIrp(&Queue, irps[2]), irps[2]);
    DbgPrint("  IoCancelIrp of the first: %d\n", IoCancelIrp(irps[0]));
    Take("IoCsqRemoveNextIrp", IoCsqRemoveNextIrp(&Queue, NULL), NULL);
    DbgPrint("  done %d %d %d, statuses %08lX %08lX %08lX\n", done[0], done[1], done[2], irps[0]->IoStatus.Status,
             irps[1]->IoStatus.Status, irps[2]->IoStatus.Status);
    for (ULONG i = 0; i < 3; i++)
        IoFreeIrp(irps[i]);
    NextContext = NULL;

    BOOLEAN early;
    IRP *irp = MakeIrp(&early);
    if (!irp)
        return;
    irp->Cancel = TRUE; // it was cancelled on its way
    NTSTATUS status = IoCallDriver(Plain, irp);
    DbgPrint("  cancelled before: %08lX, done %d, status %08lX\n", status, early, irp->IoStatus.Status);
    IoFreeIrp(irp);
}

static void ShowExtendedQueue(void)
{
    BOOLEAN done;
    IRP *irp = MakeIrp(&done);

    if (!irp)
        return;
    DbgPrint("IoCsqInitializeEx: %08lX\n",
             IoCsqInitializeEx(&Queue, InsertEx, Remove, Peek, Acquire, Release, Cancelled));
    NextAnswer = STATUS_DEVICE_BUSY;
    NTSTATUS status = IoCallDriver(Plain, irp);
    DbgPrint("  refused: %08lX, done %d, status %08lX\n", status, done, irp->IoStatus.Status);
    IoFreeIrp(irp);
    irp = MakeIrp(&done);
    if (!irp)
        return;
    NextAnswer = STATUS_SUCCESS;
    DbgPrint("  accepted: %08lX\n", IoCallDriver(Plain, irp));
    Take("IoCsqRemoveNextIrp", IoCsqRemoveNextIrp(&Queue, NULL), irp);
    IoFreeIrp(irp);
}

void AskCancelSafe(void)
{
    PlainDoes = TO_QUEUE;
    KeInitializeSpinLock(&Lock);
    InitializeListHead(&List);
    ShowPlainQueue();
    ShowExtendedQueue();
}
