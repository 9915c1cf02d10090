// APCs, alerts, threads.
//
// A kernel APC runs at once in its own thread unless a critical region holds it back; a special one (without a normal
// routine) unless a guarded region does.
// https://learn.microsoft.com/windows-hardware/drivers/kernel/types-of-apcs
#include "sync.h"

IMPORTED(PEPROCESS, PsGetCurrentProcess, (void));
IMPORTED(PKTHREAD, KeGetCurrentThread, (void));

static ULONG KernelRuns, NormalRuns, SpecialRuns;

static VOID NTAPI KernelRoutine(PRKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context, PVOID *one, PVOID *two)
{
    UNREFERENCED_PARAMETER(apc);
    UNREFERENCED_PARAMETER(normal);
    CHECK(*one == (PVOID)1 && *two == (PVOID)2 && *context == &NormalRuns);
    CHECK_IS(KeGetCurrentIrql(), APC_LEVEL);
    KernelRuns++;
}

static VOID NTAPI SpecialRoutine(PRKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context, PVOID *one, PVOID *two)
{
    UNREFERENCED_PARAMETER(apc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(one);
    UNREFERENCED_PARAMETER(two);
    CHECK(*normal == NULL);
    SpecialRuns++;
}

static VOID NTAPI NormalRoutine(PVOID context, PVOID one, PVOID two)
{
    UNREFERENCED_PARAMETER(one);
    UNREFERENCED_PARAMETER(two);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ++*(PULONG)context;
}

void SyncApcs(void)
{
    KAPC apc;
    KernelRuns = NormalRuns = SpecialRuns = 0;
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, KernelRoutine, NULL, NormalRoutine, KernelMode,
                    &NormalRuns);
    KeEnterCriticalRegion();
    CHECK(KeInsertQueueApc(&apc, (PVOID)1, (PVOID)2, 0));
    CHECK(!KeInsertQueueApc(&apc, (PVOID)1, (PVOID)2, 0)); // once only
    CHECK_IS(KernelRuns, 0);
    CHECK(KeRemoveQueueApc(&apc));
    CHECK(!KeRemoveQueueApc(&apc));
    CHECK(KeInsertQueueApc(&apc, (PVOID)1, (PVOID)2, 0));
    KeLeaveCriticalRegion();
    CHECK(KernelRuns == 1 && NormalRuns == 1);
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, SpecialRoutine, NULL, NULL, KernelMode, NULL);
    KeEnterGuardedRegion();
    CHECK(KeInsertQueueApc(&apc, NULL, NULL, 0));
    CHECK_IS(SpecialRuns, 0);
    KeLeaveGuardedRegion();
    CHECK_IS(SpecialRuns, 1);
    KeEnterCriticalRegion(); // does not hold a special one back
    CHECK(KeInsertQueueApc(&apc, NULL, NULL, 0));
    CHECK_IS(SpecialRuns, 2);
    KeLeaveCriticalRegion();
}

void SyncAlerts(void)
{
    LARGE_INTEGER long_time = {.QuadPart = -600LL * 10000000};
    CHECK(!KeTestAlertThread(KernelMode));
    CHECK(!KeAlertThread(KeGetCurrentThread(), KernelMode)); // whether it was alerted before
    CHECK(KeAlertThread(KeGetCurrentThread(), KernelMode));
    CHECK(KeTestAlertThread(KernelMode)); // and takes the alert back
    CHECK(!KeTestAlertThread(KernelMode));
    KeAlertThread(KeGetCurrentThread(), KernelMode);
    CHECK_IS(KeDelayExecutionThread(KernelMode, TRUE, &long_time), STATUS_ALERTED);
}

struct thread_case {
    KEVENT started, leave;
    HANDLE id, process;
    PETHREAD object;
};

static KSTART_ROUTINE Thread;
static void Thread(PVOID context)
{
    struct thread_case *test = context;
    test->id = PsGetCurrentThreadId();
    test->process = PsGetCurrentProcessId();
    test->object = PsGetCurrentThread();
    CHECK_IS(KeSetPriorityThread(KeGetCurrentThread(), LOW_REALTIME_PRIORITY + 1), 8); // the one before: normal
    CHECK_IS(KeQueryPriorityThread(KeGetCurrentThread()), LOW_REALTIME_PRIORITY + 1);
    CHECK(PsIsSystemThread(PsGetCurrentThread()));
    KeSetEvent(&test->started, 0, FALSE);
    KeWaitForSingleObject(&test->leave, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

void SyncThreads(void)
{
    struct thread_case test;
    HANDLE handle;
    PEPROCESS process;
    PKTHREAD thread;
    KeInitializeEvent(&test.started, NotificationEvent, FALSE);
    KeInitializeEvent(&test.leave, NotificationEvent, FALSE);
    CHECK_IS(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Thread, &test), STATUS_SUCCESS);
    CHECK_IS(ObReferenceObjectByHandle(handle, SYNCHRONIZE, *PsThreadType, KernelMode, (PVOID *)&thread, NULL),
             STATUS_SUCCESS);
    ZwClose(handle);
    KeWaitForSingleObject(&test.started, Executive, KernelMode, FALSE, NULL);
    CHECK((PVOID)thread == (PVOID)test.object);
    CHECK(PsGetThreadId((PETHREAD)thread) == test.id);
    CHECK(PsGetThreadProcessId((PETHREAD)thread) == test.process);
    CHECK(!PsIsThreadTerminating((PETHREAD)thread));
    CHECK(test.id != PsGetCurrentThreadId());
    CHECK_IS(Poll(thread), STATUS_TIMEOUT);
    KeSetEvent(&test.leave, 0, FALSE);
    CHECK_IS(KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(thread);
    CHECK(PsGetProcessId(PsGetCurrentProcess()) == PsGetCurrentProcessId());
    CHECK(IoGetCurrentProcess() == Imported_PsGetCurrentProcess());
    CHECK(Imported_KeGetCurrentThread() == (PKTHREAD)PsGetCurrentThread());
    CHECK(IoThreadToProcess(PsGetCurrentThread()) == PsGetCurrentProcess());
    CHECK(IoIsSystemThread(PsGetCurrentThread()));
    CHECK(PsGetProcessCreateTimeQuadPart(PsGetCurrentProcess()) > 0);
    CHECK_IS(PsLookupProcessByProcessId(PsGetCurrentProcessId(), &process), STATUS_SUCCESS);
    CHECK(process == PsGetCurrentProcess());
    ObDereferenceObject(process);
    CHECK_IS(PsLookupProcessByProcessId((HANDLE)(ULONG_PTR)0x7FFFFFF0, &process), STATUS_INVALID_CID);
}
