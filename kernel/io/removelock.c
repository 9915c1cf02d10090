// Remove locks: a count of operations in flight that removal waits for.
//
//      Removed = FALSE --IoReleaseRemoveLockAndWait--> Removed = TRUE, waiting for IoCount 0 --> removed
//
// wdm/nf-wdm-ioinitializeremovelock, -ioacquireremovelock, -ioreleaseremovelockandwait. IoCount begins at 1.
#include "io/io.h"

void NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK lock, ULONG tag, ULONG max_minutes, ULONG high_watermark,
                                    ULONG size)
{
    (void)tag, (void)max_minutes, (void)high_watermark, (void)size;
    lock->Common.Removed = FALSE;
    lock->Common.IoCount = 1;
    KeInitializeEvent(&lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

static void release(PIO_REMOVE_LOCK lock)
{
    if (__atomic_sub_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST) == 0)
        KeSetEvent(&lock->Common.RemoveEvent, 0, FALSE);
}

// STATUS_DELETE_PENDING once removal has begun.
NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID tag, PCSTR file, ULONG line, ULONG size)
{
    (void)tag, (void)file, (void)line, (void)size;
    __atomic_add_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&lock->Common.Removed, __ATOMIC_SEQ_CST))
        return STATUS_SUCCESS;
    release(lock);
    return STATUS_DELETE_PENDING;
}

void NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size)
{
    (void)tag, (void)size;
    release(lock);
}

// The caller holds the lock once; waits for everybody else.
void NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size)
{
    (void)tag, (void)size;
    __atomic_store_n(&lock->Common.Removed, TRUE, __ATOMIC_SEQ_CST);
    release(lock);
    if (__atomic_sub_fetch(&lock->Common.IoCount, 1, __ATOMIC_SEQ_CST) > 0)
        KeWaitForSingleObject(&lock->Common.RemoveEvent, Executive, KernelMode, FALSE, NULL);
}
