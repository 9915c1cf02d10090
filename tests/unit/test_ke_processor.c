// Virtual processors: DISPATCH_LEVEL and DPCs exclude each other on each, and nobody waits for ever.
#include "kernel_test.h"

enum { ROUNDS = 3000, THREADS = 4 };

static NTSTATUS wait_ms(void *object, int milliseconds)
{
    LARGE_INTEGER timeout = after_ms(milliseconds);
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout);
}

static void until(_Atomic bool *flag)
{
    while (!atomic_load(flag))
        hal_yield();
}

// ---- exclusion ----------------------------------------------------------------------------------------------------------

static int plain, inside; // without any lock of their own

static void count_at_dispatch_level(void)
{
    CHECK(inside == 0);
    inside = 1;
    plain++;
    inside = 0;
}

static void NTAPI count_in_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)context, (void)argument1, (void)argument2;
    CHECK(KeGetCurrentProcessorNumberEx(NULL) == 1);
    count_at_dispatch_level();
}

static void raise_and_count(void *argument)
{
    (void)argument;
    KeSetSystemAffinityThread(2); // processor 1
    for (int i = 0; i < ROUNDS; i++) {
        KIRQL irql = KfRaiseIrql(i % 2 ? DISPATCH_LEVEL : HIGH_LEVEL);
        count_at_dispatch_level();
        KeLowerIrql(irql);
    }
}

static void threads_and_dpcs_of_one_processor_exclude_each_other(void **state)
{
    struct thread threads[THREADS];
    KDPC dpc;
    int queued = 0;
    (void)state;
    plain = 0;
    KeInitializeDpc(&dpc, count_in_dpc, NULL);
    KeSetTargetProcessorDpc(&dpc, 1);
    for (int i = 0; i < THREADS; i++)
        start_thread(&threads[i], raise_and_count, NULL);
    for (int i = 0; i < ROUNDS; i++)
        queued += KeInsertQueueDpc(&dpc, NULL, NULL);
    for (int i = 0; i < THREADS; i++)
        join_thread(&threads[i]);
    KeFlushQueuedDpcs();
    KeSetSystemAffinityThread(2);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL); // makes what they wrote visible
    int counted = plain;
    KeLowerIrql(irql);
    KeRevertToUserAffinityThread();
    assert_int_equal(counted, THREADS * ROUNDS + queued);
}

// ---- when a DPC runs ------------------------------------------------------------------------------------------------------

struct call {
    KDPC dpc;
    KEVENT done;
    _Atomic int count;
    _Atomic(PKTHREAD) thread;
    _Atomic ULONG processor;
};

static void NTAPI note(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct call *call = context;
    (void)dpc, (void)argument1, (void)argument2;
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    atomic_store(&call->thread, KeGetCurrentThread());
    atomic_store(&call->processor, KeGetCurrentProcessorNumberEx(NULL));
    atomic_fetch_add(&call->count, 1);
    KeSetEvent(&call->done, 0, FALSE);
}

static void prepare(struct call *call)
{
    *call = (struct call){0};
    KeInitializeDpc(&call->dpc, note, call);
    KeInitializeEvent(&call->done, NotificationEvent, FALSE);
}

static void a_dpc_waits_until_its_queuer_lowers(void **state)
{
    struct call call;
    (void)state;
    prepare(&call);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    assert_true(KeInsertQueueDpc(&call.dpc, NULL, NULL));
    assert_false(KeInsertQueueDpc(&call.dpc, NULL, NULL));
    KIRQL higher = KfRaiseIrql(HIGH_LEVEL);
    KeLowerIrql(higher);
    for (int i = 0; i < 100; i++)
        hal_yield();
    assert_int_equal(atomic_load(&call.count), 0);
    KeLowerIrql(irql);
    assert_int_equal(atomic_load(&call.count), 1);
    assert_ptr_equal(atomic_load(&call.thread), KeGetCurrentThread());
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(KeInsertQueueDpc(&call.dpc, NULL, NULL)); // below: at once
    assert_int_equal(atomic_load(&call.count), 2);
}

static void a_dpc_of_another_processor_does_not_wait_for_this_one(void **state)
{
    struct call call;
    (void)state;
    prepare(&call);
    KeSetTargetProcessorDpc(&call.dpc, 1);
    KeSetSystemAffinityThread(1);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 0);
    assert_true(KeInsertQueueDpc(&call.dpc, NULL, NULL));
    while (!atomic_load(&call.count))
        hal_yield();
    KeLowerIrql(irql);
    KeRevertToUserAffinityThread();
    assert_int_equal(atomic_load(&call.processor), 1);
    assert_ptr_not_equal(atomic_load(&call.thread), KeGetCurrentThread());
    PROCESSOR_NUMBER number = {.Number = 1};
    assert_int_equal(KeSetTargetProcessorDpcEx(&call.dpc, &number), STATUS_SUCCESS);
    number.Number = (UCHAR)KeQueryActiveProcessorCount(NULL);
    assert_int_equal(KeSetTargetProcessorDpcEx(&call.dpc, &number), STATUS_INVALID_PARAMETER);
}

struct holder {
    struct thread thread;
    KAFFINITY affinity;
    _Atomic bool holds, let_go;
};

static void hold(void *argument)
{
    struct holder *holder = argument;
    KeSetSystemAffinityThread(holder->affinity);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    atomic_store(&holder->holds, true);
    until(&holder->let_go);
    KeLowerIrql(irql);
}

static void start_holder(struct holder *holder, KAFFINITY affinity)
{
    *holder = (struct holder){.affinity = affinity};
    start_thread(&holder->thread, hold, holder);
    until(&holder->holds);
}

static void stop_holder(struct holder *holder)
{
    atomic_store(&holder->let_go, true);
    join_thread(&holder->thread);
}

static void a_dpc_of_a_held_processor_is_run_by_its_holder(void **state)
{
    struct holder holder;
    struct call call;
    (void)state;
    prepare(&call);
    KeSetTargetProcessorDpc(&call.dpc, 1);
    start_holder(&holder, 2);
    assert_true(KeInsertQueueDpc(&call.dpc, NULL, NULL));
    assert_int_equal(wait_ms(&call.done, 10), STATUS_TIMEOUT);
    PKTHREAD thread = &holder.thread.nt->Tcb;
    atomic_store(&holder.let_go, true);
    assert_int_equal(wait_ms(&call.done, 5000), STATUS_SUCCESS);
    assert_ptr_equal(atomic_load(&call.thread), thread);
    join_thread(&holder.thread);
}

// ---- homes and affinity -----------------------------------------------------------------------------------------------------

static void who_finds_its_processor_held_takes_another(void **state)
{
    struct holder holder;
    (void)state;
    KeSetSystemAffinityThread(2);
    KeRevertToUserAffinityThread(); // home is processor 1 still
    start_holder(&holder, 2);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    assert_int_not_equal(KeGetCurrentProcessorNumberEx(NULL), 1);
    KeLowerIrql(irql);
    stop_holder(&holder);
}

static void affinity_moves_a_thread(void **state)
{
    PROCESSOR_NUMBER number = {.Group = 9, .Reserved = 9};
    (void)state;
    assert_in_range(KeQueryActiveProcessorCount(NULL), 2, 64);
    assert_int_equal(KeNumberProcessors, (int)KeQueryActiveProcessorCount(NULL));
    assert_int_equal(KeSetSystemAffinityThreadEx(2), 0);
    assert_int_equal(KeGetCurrentProcessorNumberEx(&number), 1);
    assert_true(number.Group == 0 && number.Number == 1 && number.Reserved == 0);
    assert_int_equal(KeSetSystemAffinityThreadEx(1), 2);
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 0);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    assert_int_equal(KeSetSystemAffinityThreadEx(2), 1);
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 0); // not before it lowers
    KeLowerIrql(irql);
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 1);
    assert_int_equal(KeSetSystemAffinityThreadEx(0), 2); // no processor: ignored
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 1);
    KeRevertToUserAffinityThreadEx(1);
    assert_int_equal(KeGetCurrentProcessorNumberEx(NULL), 0);
    KeRevertToUserAffinityThreadEx(0);
    assert_int_equal(KeSetSystemAffinityThreadEx(1), 0);
    KeRevertToUserAffinityThread();
}

// ---- ends at a raised IRQL ----------------------------------------------------------------------------------------------------

static void end_raised(void *argument)
{
    (void)argument;
    KeSetSystemAffinityThread(2);
    KfRaiseIrql(DISPATCH_LEVEL);
}

static void fail_raised(void *argument)
{
    struct ke_recovery recovery = {.what = "a test"};
    (void)argument;
    KeSetSystemAffinityThread(2);
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        KfRaiseIrql(DISPATCH_LEVEL);
        KeBugCheckEx(MANUALLY_INITIATED_CRASH, 1, 2, 3, 4);
    }
    ke_pop_recovery(&recovery);
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

static void a_thread_that_ends_or_fails_gives_its_processor_back(void **state)
{
    struct thread thread;
    (void)state;
    ke_set_bugcheck_reporter(note_bugcheck);
    start_thread(&thread, end_raised, NULL);
    join_thread(&thread);
    start_thread(&thread, fail_raised, NULL);
    join_thread(&thread);
    KeSetSystemAffinityThread(2);
    KIRQL irql = KfRaiseIrql(DISPATCH_LEVEL);
    KeLowerIrql(irql);
    KeRevertToUserAffinityThread();
}

// ---- all of it together -------------------------------------------------------------------------------------------------------

static KSPIN_LOCK lock;
static int under_lock;
static KEVENT event;

static void NTAPI lock_in_dpc(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    LARGE_INTEGER at_once = {0};
    (void)dpc, (void)context, (void)argument1, (void)argument2;
    KeAcquireSpinLockAtDpcLevel(&lock);
    under_lock++;
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &at_once);
}

static void do_everything(void *argument)
{
    LARGE_INTEGER at_once = {0};
    KDPC dpc;
    KTIMER timer;
    KLOCK_QUEUE_HANDLE handle;
    KeInitializeDpc(&dpc, lock_in_dpc, NULL);
    KeInitializeTimer(&timer);
    if (argument)
        KeSetTargetProcessorDpc(&dpc, 1);
    for (int i = 0; i < ROUNDS / 10; i++) {
        KIRQL irql = KeAcquireSpinLockRaiseToDpc(&lock);
        under_lock++;
        KeInsertQueueDpc(&dpc, NULL, NULL);
        KeSetEvent(&event, 0, FALSE);
        KeReleaseSpinLock(&lock, irql);
        KeAcquireInStackQueuedSpinLock(&lock, &handle);
        under_lock++;
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &at_once);
        KeReleaseInStackQueuedSpinLock(&handle);
        KeSetTimer(&timer, (LARGE_INTEGER){.QuadPart = -100}, &dpc);
        if (i % 20 == 0)
            wait_ms(&timer, 5000);
    }
    KeCancelTimer(&timer);
    KeFlushQueuedDpcs();
}

static void locks_dpcs_timers_and_waits_go_on(void **state)
{
    struct thread threads[THREADS];
    (void)state;
    under_lock = 0;
    KeInitializeSpinLock(&lock);
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    for (int i = 0; i < THREADS; i++)
        start_thread(&threads[i], do_everything, (void *)(intptr_t)(i % 2));
    for (int i = 0; i < THREADS; i++)
        join_thread(&threads[i]);
    KIRQL irql = KeAcquireSpinLockRaiseToDpc(&lock);
    assert_true(under_lock >= 2 * THREADS * (ROUNDS / 10));
    KeReleaseSpinLock(&lock, irql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(threads_and_dpcs_of_one_processor_exclude_each_other),
        KERNEL_TEST(a_dpc_waits_until_its_queuer_lowers),
        KERNEL_TEST(a_dpc_of_another_processor_does_not_wait_for_this_one),
        KERNEL_TEST(a_dpc_of_a_held_processor_is_run_by_its_holder),
        KERNEL_TEST(who_finds_its_processor_held_takes_another),
        KERNEL_TEST(affinity_moves_a_thread),
        KERNEL_TEST(a_thread_that_ends_or_fails_gives_its_processor_back),
        KERNEL_TEST(locks_dpcs_timers_and_waits_go_on),
    };
    return cmocka_run_group_tests_name("ke: processors", tests, NULL, NULL);
}
