// The parts of conformance-sync.sys, and what mingw-w64's headers lack for them.
#pragma once

#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"

typedef enum { OriginalApcEnvironment } KAPC_ENVIRONMENT;
typedef VOID(NTAPI *PKKERNEL_ROUTINE)(PRKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context, PVOID *one, PVOID *two);
typedef VOID(NTAPI *PKRUNDOWN_ROUTINE)(PRKAPC apc);
VOID NTAPI KeInitializeApc(PRKAPC apc, PKTHREAD thread, KAPC_ENVIRONMENT environment, PKKERNEL_ROUTINE kernel,
                           PKRUNDOWN_ROUTINE rundown, PKNORMAL_ROUTINE normal, KPROCESSOR_MODE mode, PVOID context);
BOOLEAN NTAPI KeInsertQueueApc(PRKAPC apc, PVOID one, PVOID two, KPRIORITY increment);
BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC apc);
BOOLEAN NTAPI KeAlertThread(PKTHREAD thread, KPROCESSOR_MODE mode);
BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE mode);

// The status of a wait that must not last.
static inline NTSTATUS Poll(PVOID object)
{
    LARGE_INTEGER now = {.QuadPart = 0};
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &now);
}

void SyncEvents(void); // driver_objects.c
void SyncMutexes(void);
void SyncSemaphores(void);
void SyncTimers(void);
void SyncMany(void);
void SyncLevels(void); // driver_levels.c
void SyncSpinLocks(void);
void SyncRegions(void);
void SyncProcessors(void);
void SyncClocks(void);
void SyncDeviceQueues(void); // driver_queues.c
void SyncQueues(void);
void SyncDpcs(void);
void SyncApcs(void); // driver_threads.c
void SyncAlerts(void);
void SyncThreads(void);
