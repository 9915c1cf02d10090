// Dispatcher objects and waits.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/introduction-to-kernel-dispatcher-objects
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-kewaitformultipleobjects
#include "sync.h"

void SyncEvents(void)
{
    KEVENT manual, automatic;
    KeInitializeEvent(&manual, NotificationEvent, FALSE);
    KeInitializeEvent(&automatic, SynchronizationEvent, TRUE);
    CHECK_IS(Poll(&manual), STATUS_TIMEOUT);
    CHECK_IS(KeSetEvent(&manual, IO_NO_INCREMENT, FALSE), 0); // the state before
    CHECK(KeSetEvent(&manual, IO_NO_INCREMENT, FALSE) != 0);
    CHECK_IS(Poll(&manual), STATUS_SUCCESS);
    CHECK_IS(Poll(&manual), STATUS_SUCCESS); // stays
    CHECK(KeResetEvent(&manual) != 0);
    CHECK_IS(KeResetEvent(&manual), 0);
    CHECK_IS(KeReadStateEvent(&manual), 0);
    CHECK_IS(Poll(&automatic), STATUS_SUCCESS);
    CHECK_IS(Poll(&automatic), STATUS_TIMEOUT); // the first wait took it
    CHECK_IS(KePulseEvent(&manual, IO_NO_INCREMENT, FALSE), 0);
    CHECK_IS(KeReadStateEvent(&manual), 0);
}

void SyncMutexes(void)
{
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK_IS(KeReadStateMutex(&mutex), 1); // 1: free
    CHECK_IS(Poll(&mutex), STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled()); // holding a mutex is a critical region
    CHECK_IS(KeReadStateMutex(&mutex), 0);
    CHECK_IS(Poll(&mutex), STATUS_SUCCESS); // its owner may, once more
    CHECK_IS(KeReadStateMutex(&mutex), -1);
    CHECK(KeReleaseMutex(&mutex, FALSE) != 0); // still held
    CHECK_IS(KeReleaseMutex(&mutex, FALSE), 0);
    CHECK_IS(KeReadStateMutex(&mutex), 1);
    CHECK(!KeAreApcsDisabled());
    CHECK_RAISES(KeReleaseMutex(&mutex, FALSE), STATUS_MUTANT_NOT_OWNED);
}

void SyncSemaphores(void)
{
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, 1, 3);
    CHECK_IS(KeReadStateSemaphore(&semaphore), 1);
    CHECK_IS(KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 2, FALSE), 1); // the count before
    for (int i = 0; i < 3; i++)
        CHECK_IS(Poll(&semaphore), STATUS_SUCCESS);
    CHECK_IS(Poll(&semaphore), STATUS_TIMEOUT);
    CHECK_IS(KeReadStateSemaphore(&semaphore), 0);
    CHECK_RAISES(KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 4, FALSE), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_IS(KeReadStateSemaphore(&semaphore), 0);
}

void SyncTimers(void)
{
    KTIMER timer;
    LARGE_INTEGER soon = {.QuadPart = -10000}, never = {.QuadPart = -600LL * 10000000};
    KeInitializeTimerEx(&timer, NotificationTimer);
    CHECK(!KeReadStateTimer(&timer));
    CHECK(!KeSetCoalescableTimer(&timer, soon, 0, 1, NULL)); // false: it was not set before
    CHECK_IS(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeReadStateTimer(&timer));
    CHECK(!KeSetCoalescableTimer(&timer, never, 0, 0, NULL));
    CHECK(!KeReadStateTimer(&timer));
    CHECK(KeSetCoalescableTimer(&timer, never, 0, 0, NULL));
    CHECK(KeCancelTimer(&timer));
    CHECK(!KeCancelTimer(&timer));
}

void SyncMany(void)
{
    KEVENT events[3];
    PVOID objects[3];
    LARGE_INTEGER now = {.QuadPart = 0}, moment = {.QuadPart = -1};
    for (int i = 0; i < 3; i++) {
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
        objects[i] = &events[i];
    }
    CHECK_IS(KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, &now, NULL), STATUS_TIMEOUT);
    KeSetEvent(&events[2], 0, FALSE);
    KeSetEvent(&events[1], 0, FALSE);
    CHECK_IS(KeWaitForMultipleObjects(3, objects, WaitAny, Executive, KernelMode, FALSE, &now, NULL), STATUS_WAIT_1);
    CHECK_IS(KeReadStateEvent(&events[1]), 0);
    CHECK(KeReadStateEvent(&events[2]) != 0); // only the one that ended the wait is taken
    KeSetEvent(&events[0], 0, FALSE);
    CHECK_IS(KeWaitForMultipleObjects(3, objects, WaitAll, Executive, KernelMode, FALSE, &now, NULL), STATUS_TIMEOUT);
    CHECK(KeReadStateEvent(&events[0]) != 0); // all or nothing
    KeSetEvent(&events[1], 0, FALSE);
    CHECK_IS(KeWaitForMultipleObjects(3, objects, WaitAll, Executive, KernelMode, FALSE, &now, NULL), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
        CHECK_IS(KeReadStateEvent(&events[i]), 0);
    CHECK_IS(KeDelayExecutionThread(KernelMode, FALSE, &moment), STATUS_SUCCESS);
}
