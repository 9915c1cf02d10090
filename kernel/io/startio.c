// StartIo: one request at a time, in a device queue of the device object.
// wdm/nf-wdm-iostartpacket, -iostartnextpacket. The driver's StartIo runs at DISPATCH_LEVEL.
#include "io/io.h"

void NTAPI IoStartPacket(PDEVICE_OBJECT device, PIRP irp, PULONG key, PDRIVER_CANCEL cancel)
{
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL), cancel_irql = 0;
    if (cancel) {
        IoAcquireCancelSpinLock(&cancel_irql);
        irp->CancelRoutine = cancel;
    }
    PKDEVICE_QUEUE_ENTRY entry = &irp->Tail.Overlay.DeviceQueueEntry;
    BOOLEAN queued = key ? KeInsertByKeyDeviceQueue(&device->DeviceQueue, entry, *key)
                         : KeInsertDeviceQueue(&device->DeviceQueue, entry);
    if (!queued)
        device->CurrentIrp = irp;
    if (cancel) {
        bool cancelled_waiting = queued && irp->Cancel;
        if (cancelled_waiting) {
            irp->CancelIrql = cancel_irql;
            irp->CancelRoutine = NULL;
            cancel(device, irp); // releases the lock
        } else {
            IoReleaseCancelSpinLock(cancel_irql);
        }
    }
    if (!queued)
        device->DriverObject->DriverStartIo(device, irp);
    KeLowerIrql(irql);
}

static void start_next(PDEVICE_OBJECT device, BOOLEAN cancelable, const ULONG *key)
{
    KIRQL cancel_irql = 0;
    if (cancelable)
        IoAcquireCancelSpinLock(&cancel_irql);
    device->CurrentIrp = NULL;
    PKDEVICE_QUEUE_ENTRY entry =
        key ? KeRemoveByKeyDeviceQueue(&device->DeviceQueue, *key) : KeRemoveDeviceQueue(&device->DeviceQueue);
    PIRP irp = entry ? CONTAINING_RECORD(entry, IRP, Tail.Overlay.DeviceQueueEntry) : NULL;
    if (irp)
        device->CurrentIrp = irp;
    if (cancelable)
        IoReleaseCancelSpinLock(cancel_irql);
    if (irp)
        device->DriverObject->DriverStartIo(device, irp);
}

// At DISPATCH_LEVEL.
void NTAPI IoStartNextPacket(PDEVICE_OBJECT device, BOOLEAN cancelable)
{
    start_next(device, cancelable, NULL);
}

void NTAPI IoStartNextPacketByKey(PDEVICE_OBJECT device, BOOLEAN cancelable, ULONG key)
{
    start_next(device, cancelable, &key);
}
