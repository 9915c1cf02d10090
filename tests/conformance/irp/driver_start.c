// IoStartPacket and IoStartNextPacket: one request at a time reaches StartIo, the others wait in the device's
// queue.

#include "driver.h"

enum { PACKETS = 4 };

static IRP *Packets[PACKETS];
static ULONG *Key; // of the next packet

static ULONG NumberOf(const IRP *irp)
{
    for (ULONG i = 0; i < PACKETS; i++)
        if (Packets[i] == irp)
            return i;
    return PACKETS;
}

static void NTAPI CancelPacket(DEVICE_OBJECT *device, IRP *irp)
{
    BOOLEAN queued = KeRemoveEntryDeviceQueue(&device->DeviceQueue, &irp->Tail.Overlay.DeviceQueueEntry);

    IoReleaseCancelSpinLock(irp->CancelIrql);
    DbgPrint("  packet %lu is cancelled, queued %d\n", NumberOf(irp), queued);
    Complete(irp, STATUS_CANCELLED, 0);
}

NTSTATUS StartDispatch(DEVICE_OBJECT *device, IRP *irp)
{
    IoMarkIrpPending(irp);
    IoStartPacket(device, irp, Key, CancelPacket);
    return STATUS_PENDING;
}

// Called at DISPATCH_LEVEL, with the packet as the device's current one.
void StartIo(DEVICE_OBJECT *device, IRP *irp)
{
    KIRQL irql;

    IoAcquireCancelSpinLock(&irql);
    IoSetCancelRoutine(irp, NULL);
    IoReleaseCancelSpinLock(irql);
    DbgPrint("  StartIo: packet %lu, current %d, level %d\n", NumberOf(irp), device->CurrentIrp == irp,
             KeGetCurrentIrql());
}

// As a device would when it has finished: the next packet begins, then the old one is completed.
static void Finish(BOOLEAN by_key, ULONG key)
{
    IRP *irp = Plain->CurrentIrp;
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    if (by_key)
        IoStartNextPacketByKey(Plain, TRUE, key);
    else
        IoStartNextPacket(Plain, TRUE);
    KeLowerIrql(irql);
    Complete(irp, STATUS_SUCCESS, 0);
}

void AskStartIo(void)
{
    BOOLEAN done[PACKETS];
    ULONG keys[PACKETS] = {0, 30, 10, 20};

    PlainDoes = TO_START_IO;
    DbgPrint("IoStartPacket, in order:\n");
    for (ULONG i = 0; i < PACKETS; i++) {
        Packets[i] = MakeIrp(&done[i]);
        if (!Packets[i])
            return;
        IoCallDriver(Plain, Packets[i]);
    }
    DbgPrint("  IoCancelIrp of the third: %d\n", IoCancelIrp(Packets[2]));
    for (ULONG i = 0; i < 3; i++)
        Finish(FALSE, 0);
    DbgPrint("  done %d %d %d %d, current %d\n", done[0], done[1], done[2], done[3], Plain->CurrentIrp != NULL);

    DbgPrint("IoStartPacket, by key:\n");
    for (ULONG i = 0; i < PACKETS; i++) {
        IoFreeIrp(Packets[i]);
        Packets[i] = MakeIrp(&done[i]);
        if (!Packets[i])
            return;
        Key = &keys[i];
        IoCallDriver(Plain, Packets[i]);
    }
    Finish(FALSE, 0);
    Finish(TRUE, 25);
    Finish(FALSE, 0);
    Finish(FALSE, 0);
    for (ULONG i = 0; i < PACKETS; i++)
        IoFreeIrp(Packets[i]);
    Key = NULL;
}
