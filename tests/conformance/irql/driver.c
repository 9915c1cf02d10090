// conformance-irql.sys: what IRQL and processors mean. Raising and lowering is inline, as drivers are compiled.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/managing-hardware-priorities
// https://learn.microsoft.com/windows-hardware/drivers/kernel/organization-of-dpc-queues
#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"

BOOLEAN NTAPI KeRemoveQueueDpcEx(PRKDPC dpc, BOOLEAN wait);
VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE routine, PVOID context);
VOID NTAPI KeSignalCallDpcDone(PVOID argument);
LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID argument);
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT group);
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE save);
NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE save);
NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT callout, PVOID parameter, SIZE_T size,
                                               BOOLEAN wait, PVOID context);
USHORT NTAPI KeQueryMaximumGroupCount(void);

static void Processors(void)
{
    PROCESSOR_NUMBER number = {.Group = 7, .Number = 7, .Reserved = 7};
    GROUP_AFFINITY affinity;
    USHORT nodes;
    ULONG count = KeQueryActiveProcessorCount(NULL);
    CHECK(count >= 2); // two at least here; on Windows this case wants such a machine
    CHECK_IS((UCHAR)KeNumberProcessors, count);
    CHECK_IS(KeQueryActiveProcessorCountEx(0), count);
    CHECK_IS(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), count);
    CHECK(KeQueryMaximumProcessorCount() >= count);
    CHECK(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS) >= count);
    CHECK_IS(KeQueryActiveGroupCount(), 1);
    CHECK_IS(KeQueryMaximumGroupCount(), 1);
    CHECK_IS(KeQueryGroupAffinity(0), KeQueryActiveProcessors());
    CHECK_IS(KeQueryGroupAffinity(1), 0);
    KeQueryNodeActiveAffinity(0, &affinity, &nodes);
    CHECK(affinity.Group == 0 && (affinity.Mask & 1) && nodes >= 1);
    CHECK_IS(KeGetProcessorNumberFromIndex(1, &number), STATUS_SUCCESS);
    CHECK(number.Group == 0 && number.Number == 1 && number.Reserved == 0);
    CHECK_IS(KeGetProcessorIndexFromNumber(&number), 1);
    CHECK_IS(KeGetProcessorNumberFromIndex(count, &number), STATUS_INVALID_PARAMETER);
    number = (PROCESSOR_NUMBER){.Group = 5};
    CHECK_IS(KeGetProcessorIndexFromNumber(&number), INVALID_PROCESSOR_INDEX);
}

static void Affinity(void)
{
    GROUP_AFFINITY group = {.Mask = 2}, before;
    CHECK_IS(KeSetSystemAffinityThreadEx(2), 0);
    CHECK_IS(KeGetCurrentProcessorNumberEx(NULL), 1);
    CHECK_IS(KeGetCurrentProcessorNumber(), 1);
    CHECK_IS(KeSetSystemAffinityThreadEx(1), 2);
    CHECK_IS(KeGetCurrentProcessorNumberEx(NULL), 0);
    KeRevertToUserAffinityThreadEx(2);
    CHECK_IS(KeGetCurrentProcessorNumberEx(NULL), 1);
    KeRevertToUserAffinityThreadEx(0);
    KeSetSystemAffinityThread(1);
    CHECK_IS(KeGetCurrentProcessorNumberEx(NULL), 0);
    KeRevertToUserAffinityThread();
    CHECK_IS(KeSetSystemAffinityThreadEx(1), 0);
    KeRevertToUserAffinityThread();
    KeSetSystemGroupAffinityThread(&group, &before);
    CHECK_IS(KeGetCurrentProcessorNumberEx(NULL), 1);
    KeRevertToUserGroupAffinityThread(&before);
}

// ---- DPCs -----------------------------------------------------------------------------------------------------------

static volatile LONG Runs;
static volatile ULONG RanOn;
static volatile KIRQL RanAt;

static VOID NTAPI Note(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    UNREFERENCED_PARAMETER(dpc);
    CHECK(context == (PVOID)&Runs && one == (PVOID)1 && two == (PVOID)2);
    RanOn = KeGetCurrentProcessorNumberEx(NULL);
    RanAt = KeGetCurrentIrql();
    InterlockedIncrement(&Runs);
}

static void DpcWaits(void)
{
    KDPC dpc;
    KIRQL irql, higher;
    Runs = 0;
    KeInitializeDpc(&dpc, Note, (PVOID)&Runs);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    CHECK(!KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    KeRaiseIrql(HIGH_LEVEL, &higher);
    KeLowerIrql(higher);
    KeStallExecutionProcessor(50);
    CHECK_IS(Runs, 0);
    CHECK(KeRemoveQueueDpc(&dpc));
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    ULONG here = KeGetCurrentProcessorNumberEx(NULL);
    KeLowerIrql(irql);
    CHECK_IS(Runs, 1); // it has run when lowering returns
    CHECK_IS(RanOn, here);
    CHECK_IS(RanAt, DISPATCH_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &irql);
    KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2);
    CHECK_IS(Runs, 1);
    KeReleaseSpinLock(&lock, irql);
    CHECK_IS(Runs, 2);
}

static void DpcElsewhere(void)
{
    PROCESSOR_NUMBER number = {.Number = 1};
    KDPC dpc;
    KIRQL irql;
    Runs = 0;
    KeInitializeDpc(&dpc, Note, (PVOID)&Runs);
    KeSetImportanceDpc(&dpc, HighImportance);
    CHECK_IS(KeSetTargetProcessorDpcEx(&dpc, &number), STATUS_SUCCESS);
    KeSetSystemAffinityThread(1);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    while (Runs == 0) // this processor is at DISPATCH_LEVEL, the other runs it
        YieldProcessor();
    KeLowerIrql(irql);
    CHECK_IS(RanOn, 1);
    KeSetTargetProcessorDpc(&dpc, 0);
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    KeFlushQueuedDpcs();
    CHECK_IS(Runs, 2);
    CHECK_IS(RanOn, 0);
    KeRevertToUserAffinityThread();
    number.Group = 3;
    CHECK_IS(KeSetTargetProcessorDpcEx(&dpc, &number), STATUS_INVALID_PARAMETER);
}

// ---- exclusion --------------------------------------------------------------------------------------------------------

#define ROUNDS 20000

static ULONG Plain, Inside, Broken; // no lock, no interlocked operation: processor 1 at DISPATCH_LEVEL guards them

static void CountOnce(void)
{
    if (Inside++)
        Broken++;
    Plain++;
    Inside--;
}

static VOID NTAPI CountInDpc(PKDPC dpc, PVOID context, PVOID one, PVOID two)
{
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(one);
    UNREFERENCED_PARAMETER(two);
    CountOnce();
}

static VOID NTAPI Counter(PVOID context)
{
    KIRQL irql;
    UNREFERENCED_PARAMETER(context);
    KeSetSystemAffinityThread(2);
    for (ULONG i = 0; i < ROUNDS; i++) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        CountOnce();
        KeLowerIrql(irql);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void Exclusion(void)
{
    HANDLE handles[2];
    PVOID threads[2];
    KDPC dpc;
    ULONG queued = 0;
    Plain = Inside = Broken = 0;
    KeInitializeDpc(&dpc, CountInDpc, NULL);
    KeSetTargetProcessorDpc(&dpc, 1);
    for (int i = 0; i < 2; i++) {
        PsCreateSystemThread(&handles[i], THREAD_ALL_ACCESS, NULL, NULL, NULL, Counter, NULL);
        ObReferenceObjectByHandle(handles[i], SYNCHRONIZE, NULL, KernelMode, &threads[i], NULL);
        ZwClose(handles[i]);
    }
    for (ULONG i = 0; i < ROUNDS / 10; i++)
        queued += KeInsertQueueDpc(&dpc, NULL, NULL);
    KeWaitForMultipleObjects(2, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL);
    for (int i = 0; i < 2; i++)
        ObDereferenceObject(threads[i]);
    KeFlushQueuedDpcs();
    CHECK_IS(Plain, 2 * ROUNDS + queued);
    CHECK_IS(Broken, 0);
}

static void Threaded(void)
{
    KDPC dpc;
    Runs = 0;
    KeInitializeThreadedDpc(&dpc, Note, (PVOID)&Runs);
    CHECK(KeInsertQueueDpc(&dpc, (PVOID)1, (PVOID)2));
    KeRemoveQueueDpcEx(&dpc, TRUE); // it has run or never will
    CHECK(!KeRemoveQueueDpc(&dpc));
    CHECK(Runs <= 1);
    CHECK(Runs == 0 || RanAt <= DISPATCH_LEVEL);
}

// ---- all processors -----------------------------------------------------------------------------------------------------

static volatile LONG Firsts;
static volatile LONG64 Seen;

static VOID NTAPI Everywhere(PKDPC dpc, PVOID context, PVOID done, PVOID together)
{
    UNREFERENCED_PARAMETER(dpc);
    CHECK(context == (PVOID)&Seen);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    InterlockedOr64(&Seen, 1ll << KeGetCurrentProcessorNumberEx(NULL));
    if (KeSignalCallDpcSynchronize(together))
        InterlockedIncrement(&Firsts);
    CHECK_IS(Seen, KeQueryActiveProcessors()); // all are here
    KeSignalCallDpcDone(done);
}

static void AllAtOnce(void)
{
    for (int i = 0; i < 20; i++) {
        Firsts = 0;
        Seen = 0;
        KeGenericCallDpc(Everywhere, (PVOID)&Seen);
        CHECK_IS(Seen, KeQueryActiveProcessors());
        CHECK_IS(Firsts, 1);
    }
}

static void SpinLocks(void)
{
    KSPIN_LOCK lock;
    KeInitializeSpinLock(&lock);
    KIRQL irql = KeAcquireSpinLockForDpc(&lock);
    CHECK_IS(irql, PASSIVE_LEVEL);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeReleaseSpinLockForDpc(&lock, irql);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    irql = KeAcquireSpinLockRaiseToSynch(&lock);
    CHECK(KeGetCurrentIrql() >= DISPATCH_LEVEL);
    KeReleaseSpinLock(&lock, irql);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

// ---- queues, stacks, registers, callbacks --------------------------------------------------------------------------------

static VOID NTAPI DeepCallout(PVOID parameter)
{
    volatile UCHAR room[40000];
    room[0] = room[sizeof room - 1] = 1;
    *(ULONG *)parameter = room[0];
}

static void Queues(void)
{
    KQUEUE queue;
    LIST_ENTRY first, second, *entries[4] = {NULL};
    LARGE_INTEGER at_once = {.QuadPart = 0};
    KeInitializeQueue(&queue, 0);
    CHECK_IS(KeRemoveQueueEx(&queue, KernelMode, FALSE, &at_once, entries, 4), 1);
    CHECK_IS((ULONG_PTR)entries[0], STATUS_TIMEOUT);
    KeInsertQueue(&queue, &first);
    KeInsertQueue(&queue, &second);
    CHECK_IS(KeRemoveQueueEx(&queue, KernelMode, FALSE, &at_once, entries, 4), 2);
    CHECK(entries[0] == &first && entries[1] == &second);
    KeRundownQueue(&queue);
}

static void StacksAndRegisters(void)
{
    ULONG called = 0;
    KFLOATING_SAVE floating;
    XSTATE_SAVE extended;
    CHECK_IS(KeExpandKernelStackAndCallout(DeepCallout, &called, 64 * 1024), STATUS_SUCCESS);
    CHECK_IS(called, 1);
    CHECK_IS(KeExpandKernelStackAndCallout(DeepCallout, &called, 1024 * 1024), STATUS_INVALID_PARAMETER_3);
    called = 0;
    CHECK_IS(KeExpandKernelStackAndCalloutEx(DeepCallout, &called, 48 * 1024, TRUE, NULL), STATUS_SUCCESS);
    CHECK_IS(called, 1);
    CHECK_IS(KeSaveFloatingPointState(&floating), STATUS_SUCCESS);
    CHECK_IS(KeRestoreFloatingPointState(&floating), STATUS_SUCCESS);
    CHECK_IS(KeSaveExtendedProcessorState(4, &extended), STATUS_SUCCESS);
    KeRestoreExtendedProcessorState(&extended);
    LONG before = KeSetBasePriorityThread(KeGetCurrentThread(), 2);
    CHECK_IS(KeSetBasePriorityThread(KeGetCurrentThread(), before), 2);
}

static VOID NTAPI Stopped(PVOID buffer, ULONG length)
{
    UNREFERENCED_PARAMETER(buffer);
    UNREFERENCED_PARAMETER(length);
}

static VOID NTAPI StoppedWithReason(KBUGCHECK_CALLBACK_REASON reason, PKBUGCHECK_REASON_CALLBACK_RECORD record,
                                    PVOID data, ULONG length)
{
    UNREFERENCED_PARAMETER(reason);
    UNREFERENCED_PARAMETER(record);
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(length);
}

static void Callbacks(void)
{
    static KBUGCHECK_CALLBACK_RECORD record; // State 0, as KeInitializeCallbackRecord leaves it
    static KBUGCHECK_REASON_CALLBACK_RECORD reason;
    static UCHAR component[] = "irql";
    CHECK(!KeDeregisterBugCheckCallback(&record));
    CHECK(KeRegisterBugCheckCallback(&record, Stopped, NULL, 0, component));
    CHECK(!KeRegisterBugCheckCallback(&record, Stopped, NULL, 0, component));
    CHECK(KeDeregisterBugCheckCallback(&record));
    CHECK(KeRegisterBugCheckReasonCallback(&reason, StoppedWithReason, KbCallbackDumpIo, component));
    CHECK(KeDeregisterBugCheckReasonCallback(&reason));
    CHECK(!KeDeregisterBugCheckReasonCallback(&reason));
}

CHECK_DRIVER({"processors", Processors}, {"affinity", Affinity}, {"a DPC queued at DISPATCH_LEVEL", DpcWaits},
             {"a DPC of another processor", DpcElsewhere}, {"exclusion", Exclusion}, {"threaded DPCs", Threaded},
             {"all processors at once", AllAtOnce}, {"spin locks", SpinLocks}, {"queues", Queues},
             {"stacks and registers", StacksAndRegisters}, {"callbacks", Callbacks})
