// Requests that stay pending until the application has them finished, or cancels them.
//
// The list's lock and the cancel routine settle who ends a request: whoever takes the cancel routine out of
// the IRP.

#include "driver.h"

static KSPIN_LOCK Lock; // protects Kept
static LIST_ENTRY Kept; // IRPs by Tail.Overlay.ListEntry; the name is in DriverContext[0]

static ULONG NameOf(IRP *irp)
{
    return (ULONG)(ULONG_PTR)irp->Tail.Overlay.DriverContext[0];
}

static void NTAPI CancelKept(DEVICE_OBJECT *device, IRP *irp)
{
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    KeAcquireSpinLock(&Lock, &irql);
    RemoveEntryList(&irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Lock, irql);
    DbgPrint("a request is cancelled\n");
    Complete(irp, STATUS_CANCELLED, 0);
}

// The oldest one, of a file if one is given, that nobody is cancelling. Those that cannot be cancelled stay
// when only a file's are taken.
static IRP *Take(const FILE_OBJECT *file)
{
    KIRQL irql;
    IRP *taken = NULL;

    KeAcquireSpinLock(&Lock, &irql);
    for (LIST_ENTRY *entry = Kept.Flink; entry != &Kept && !taken; entry = entry->Flink) {
        IRP *irp = CONTAINING_RECORD(entry, IRP, Tail.Overlay.ListEntry);
        BOOLEAN hard = irp->Tail.Overlay.DriverContext[1] != NULL;
        if (file && (hard || IoGetCurrentIrpStackLocation(irp)->FileObject != file))
            continue;
        if (hard || IoSetCancelRoutine(irp, NULL))
            taken = irp;
    }
    if (taken)
        RemoveEntryList(&taken->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Lock, irql);
    return taken;
}

void KeepInitialize(void)
{
    KeInitializeSpinLock(&Lock);
    InitializeListHead(&Kept);
}

NTSTATUS Keep(IRP *irp, BOOLEAN cancellable, ULONG name)
{
    KIRQL irql;

    irp->Tail.Overlay.DriverContext[0] = (PVOID)(ULONG_PTR)name;
    irp->Tail.Overlay.DriverContext[1] = (PVOID)(ULONG_PTR)!cancellable;
    IoMarkIrpPending(irp);
    KeAcquireSpinLock(&Lock, &irql);
    InsertTailList(&Kept, &irp->Tail.Overlay.ListEntry);
    if (cancellable) {
        IoSetCancelRoutine(irp, CancelKept);
        if (irp->Cancel && IoSetCancelRoutine(irp, NULL)) { // cancelled before, and nobody has seen it
            RemoveEntryList(&irp->Tail.Overlay.ListEntry);
            KeReleaseSpinLock(&Lock, irql);
            Complete(irp, STATUS_CANCELLED, 0);
            return STATUS_PENDING;
        }
    }
    KeReleaseSpinLock(&Lock, irql);
    return STATUS_PENDING;
}

NTSTATUS FinishKept(NTSTATUS status, ULONG_PTR information)
{
    IRP *irp = Take(NULL);

    if (!irp)
        return STATUS_NOT_FOUND;
    Complete(irp, status, information);
    return STATUS_SUCCESS;
}

void CancelKeptOf(const FILE_OBJECT *file)
{
    IRP *irp;

    while ((irp = Take(file)) != NULL) {
        DbgPrint("request %lu ends with its handle\n", NameOf(irp));
        Complete(irp, STATUS_CANCELLED, 0);
    }
}

// Of the oldest one, which was kept with its pages.
void TouchKept(UCHAR byte)
{
    KIRQL irql;
    UCHAR before = 0;

    KeAcquireSpinLock(&Lock, &irql);
    if (!IsListEmpty(&Kept)) {
        UCHAR *bytes = MapMdl(CONTAINING_RECORD(Kept.Flink, IRP, Tail.Overlay.ListEntry));
        if (bytes) {
            before = *bytes;
            *bytes = byte;
        }
    }
    KeReleaseSpinLock(&Lock, irql);
    DbgPrint("fact 40: the page holds '%c', now '%c'\n", before, byte);
}

ULONG CountKept(void)
{
    ULONG count = 0;
    KIRQL irql;

    KeAcquireSpinLock(&Lock, &irql);
    for (LIST_ENTRY *entry = Kept.Flink; entry != &Kept; entry = entry->Flink)
        count++;
    KeReleaseSpinLock(&Lock, irql);
    return count;
}
