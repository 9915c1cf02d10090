// Remove locks, and work items.

#include "driver.h"

void AskRemoveLock(void)
{
    static IO_REMOVE_LOCK lock;
    int a, b; // their addresses are the tags

    IoInitializeRemoveLock(&lock, TAG, 0, 0);
    DbgPrint("IoAcquireRemoveLock: %08lX\n", IoAcquireRemoveLock(&lock, &a));
    DbgPrint("IoAcquireRemoveLock: %08lX\n", IoAcquireRemoveLock(&lock, &b));
    IoReleaseRemoveLock(&lock, &b);
    IoReleaseRemoveLockAndWait(&lock, &a); // nobody else has it, so nobody is waited for
    DbgPrint("IoAcquireRemoveLock after IoReleaseRemoveLockAndWait: %08lX\n", IoAcquireRemoveLock(&lock, &a));
}

static KEVENT Worked;

static void NTAPI Work(DEVICE_OBJECT *device, void *asker)
{
    DbgPrint("  work: the device %d, level %d, in another thread %d\n", device == Plain, KeGetCurrentIrql(),
             KeGetCurrentThread() != asker);
    KeSetEvent(&Worked, IO_NO_INCREMENT, FALSE);
}

void AskWorkItem(void)
{
    PIO_WORKITEM item = IoAllocateWorkItem(Plain);

    if (!item)
        return;
    DbgPrint("IoQueueWorkItem:\n");
    KeInitializeEvent(&Worked, NotificationEvent, FALSE);
    IoQueueWorkItem(item, Work, DelayedWorkQueue, KeGetCurrentThread());
    WaitFor(&Worked);
    IoFreeWorkItem(item);
}
