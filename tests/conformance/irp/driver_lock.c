// Remove locks, and work items.

#include "driver.h"

static IO_REMOVE_LOCK lock;
static LONG Held;

static void NTAPI HoldForAWhile(void *tag)
{
    LARGE_INTEGER while_ = {.QuadPart = -20 * 10000};

    KeDelayExecutionThread(KernelMode, FALSE, &while_);
    InterlockedExchange(&Held, 0);
    IoReleaseRemoveLock(&lock, tag);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// Somebody else has the lock, too, so the removal waits.
static void AskRemoveLockAndWait(void)
{
    HANDLE thread;
    int a, b;

    IoInitializeRemoveLock(&lock, TAG, 0, 0);
    IoAcquireRemoveLock(&lock, &a);
    IoAcquireRemoveLock(&lock, &b);
    Held = 1;
    if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, HoldForAWhile, &b)))
        return;
    ZwClose(thread);
    IoReleaseRemoveLockAndWait(&lock, &a);
    DbgPrint("IoReleaseRemoveLockAndWait: the other has let go %d\n", Held == 0);
}

void AskRemoveLock(void)
{
    int a, b; // their addresses are the tags

    IoInitializeRemoveLock(&lock, TAG, 0, 0);
    DbgPrint("IoAcquireRemoveLock: %08lX\n", IoAcquireRemoveLock(&lock, &a));
    DbgPrint("IoAcquireRemoveLock: %08lX\n", IoAcquireRemoveLock(&lock, &b));
    IoReleaseRemoveLock(&lock, &b);
    IoReleaseRemoveLockAndWait(&lock, &a); // nobody else has it, so nobody is waited for
    DbgPrint("IoAcquireRemoveLock after IoReleaseRemoveLockAndWait: %08lX\n", IoAcquireRemoveLock(&lock, &a));
    AskRemoveLockAndWait();
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
