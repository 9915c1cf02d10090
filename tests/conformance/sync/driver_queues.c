// Queues of devices, queues of work, and DPCs.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-keinsertbykeydevicequeue
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-keinsertqueue
#include "sync.h"

void SyncDeviceQueues(void)
{
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY entries[4];
    KeInitializeDeviceQueue(&queue);
    CHECK(!KeInsertDeviceQueue(&queue, &entries[0])); // not busy: the caller starts the device itself
    CHECK(KeInsertDeviceQueue(&queue, &entries[1]));
    CHECK(KeInsertDeviceQueue(&queue, &entries[2]));
    CHECK(KeRemoveDeviceQueue(&queue) == &entries[1]);
    CHECK(KeRemoveDeviceQueue(&queue) == &entries[2]);
    CHECK(KeInsertByKeyDeviceQueue(&queue, &entries[1], 20));
    CHECK(KeInsertByKeyDeviceQueue(&queue, &entries[2], 10));
    CHECK(KeInsertByKeyDeviceQueue(&queue, &entries[3], 30));
    CHECK(KeRemoveByKeyDeviceQueue(&queue, 15) == &entries[1]); // the first whose key is as large
    CHECK(KeRemoveByKeyDeviceQueue(&queue, 35) == &entries[2]); // none: from the beginning
    CHECK(KeRemoveDeviceQueue(&queue) == &entries[3]);
    CHECK(KeRemoveDeviceQueue(&queue) == NULL); // empty: not busy from now on
    CHECK(!KeInsertByKeyDeviceQueue(&queue, &entries[0], 1));
}

void SyncQueues(void)
{
    KQUEUE queue;
    LIST_ENTRY entries[3];
    LARGE_INTEGER now = {.QuadPart = 0};
    KeInitializeQueue(&queue, 0);
    CHECK_IS(KeReadStateQueue(&queue), 0);
    CHECK_IS((ULONG_PTR)KeRemoveQueue(&queue, KernelMode, &now), STATUS_TIMEOUT);
    CHECK_IS(KeInsertQueue(&queue, &entries[0]), 0); // how many there were
    CHECK_IS(KeInsertQueue(&queue, &entries[1]), 1);
    CHECK_IS(KeInsertHeadQueue(&queue, &entries[2]), 2);
    CHECK_IS(KeReadStateQueue(&queue), 3);
    CHECK(KeRemoveQueue(&queue, KernelMode, NULL) == &entries[2]);
    CHECK(KeRemoveQueue(&queue, KernelMode, NULL) == &entries[0]);
    CHECK(KeRundownQueue(&queue) == &entries[1]); // what is left, as a ring without a head
    CHECK(entries[1].Flink == &entries[1] && entries[1].Blink == &entries[1]);
}

static KDEFERRED_ROUTINE Deferred;
static void Deferred(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    UNREFERENCED_PARAMETER(dpc);
    CHECK(one == (PVOID)1 && two == (PVOID)2);
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

void SyncDpcs(void)
{
    KEVENT done;
    KDPC dpc;
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    KeInitializeDpc(&dpc, Deferred, &done);
    KeSetImportanceDpc(&dpc, HighImportance);
    KeSetTargetProcessorDpc(&dpc, 0);
    CHECK(!KeRemoveQueueDpc(&dpc)); // it is in no queue
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    CHECK_IS(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    KeFlushQueuedDpcs();
    CHECK(!KeRemoveQueueDpc(&dpc));
}
