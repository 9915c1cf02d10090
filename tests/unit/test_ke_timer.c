// Timers and deferred procedure calls.
#include "kernel_test.h"

#include <time.h>

static NTSTATUS wait_ms(void *object, int milliseconds)
{
    LARGE_INTEGER timeout = after_ms(milliseconds);
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &timeout);
}

static LARGE_INTEGER due(LONGLONG value)
{
    return (LARGE_INTEGER){.QuadPart = value};
}

struct calls {
    KDPC dpc;
    KEVENT done;
    _Atomic int count;
    int wanted; // the event is set at this count
    PVOID argument1, argument2;
    KTIMER *rearm; // set again in the routine
    KDPC *requeue;
    _Atomic bool stop; // requeueing
};

static void NTAPI count_call(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct calls *calls = context;
    CHECK(KeGetCurrentIrql() == DISPATCH_LEVEL);
    CHECK(dpc == &calls->dpc);
    calls->argument1 = argument1;
    calls->argument2 = argument2;
    int count = atomic_fetch_add(&calls->count, 1) + 1;
    if (calls->rearm && count < calls->wanted)
        CHECK(!KeSetTimer(calls->rearm, after_ms(1), &calls->dpc));
    if (calls->requeue && count < calls->wanted && !atomic_load(&calls->stop))
        CHECK(KeInsertQueueDpc(calls->requeue, NULL, NULL));
    if (count == calls->wanted)
        KeSetEvent(&calls->done, 0, FALSE);
}

static void prepare(struct calls *calls, int wanted)
{
    *calls = (struct calls){.wanted = wanted};
    KeInitializeDpc(&calls->dpc, count_call, calls);
    KeInitializeEvent(&calls->done, NotificationEvent, FALSE);
}

// ---- timers -----------------------------------------------------------------------------------------------

static void a_timer_becomes_signalled_when_due_and_not_before(void **state)
{
    KTIMER timer;
    (void)state;
    KeInitializeTimer(&timer);
    uint64_t begin = hal_monotonic_ns();
    assert_false(KeReadStateTimer(&timer));
    assert_false(KeSetTimer(&timer, after_ms(10000), NULL));
    assert_int_equal(wait_ms(&timer, 1), STATUS_TIMEOUT);
    assert_true(KeSetTimer(&timer, after_ms(20), NULL));
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
    assert_true(within(hal_monotonic_ns() - begin, 20, 5000));
    assert_true(KeReadStateTimer(&timer));
    assert_int_equal(wait_ms(&timer, 0), STATUS_SUCCESS); // a notification timer stays
    assert_false(KeCancelTimer(&timer));                  // it is not queued any more
    assert_true(KeReadStateTimer(&timer));                // and cancelling does not reset it
    assert_false(KeSetTimer(&timer, after_ms(10000), NULL));
    assert_false(KeReadStateTimer(&timer)); // setting does
    assert_true(KeSetTimer(&timer, after_ms(1), NULL));
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
}

static void absolute_past_and_zero_times(void **state)
{
    KTIMER timer;
    LARGE_INTEGER now;
    (void)state;
    KeInitializeTimer(&timer);
    uint64_t begin = hal_monotonic_ns();
    KeQuerySystemTime(&now);
    KeSetTimer(&timer, due(now.QuadPart + 200000), NULL);
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
    assert_true(within(hal_monotonic_ns() - begin, 19, 5000));
    KeSetTimer(&timer, due(now.QuadPart - 10000000), NULL);
    assert_true(KeReadStateTimer(&timer)); // at once
    KeSetTimer(&timer, due(0), NULL);
    assert_true(KeReadStateTimer(&timer));
}

static void a_synchronization_timer_lets_one_go(void **state)
{
    KTIMER timer;
    (void)state;
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    KeSetTimer(&timer, after_ms(1), NULL);
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
    assert_int_equal(wait_ms(&timer, 0), STATUS_TIMEOUT);
}

static void a_cancelled_timer_does_nothing(void **state)
{
    struct calls calls;
    KTIMER timer;
    (void)state;
    prepare(&calls, 1);
    KeInitializeTimer(&timer);
    KeSetTimer(&timer, after_ms(5), &calls.dpc);
    assert_true(KeCancelTimer(&timer));
    assert_false(KeCancelTimer(&timer));
    assert_int_equal(wait_ms(&timer, 20), STATUS_TIMEOUT);
    assert_int_equal(atomic_load(&calls.count), 0);
}

static void a_periodic_timer_comes_again_and_again(void **state)
{
    struct calls calls;
    KTIMER timer;
    (void)state;
    prepare(&calls, 5);
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    uint64_t begin = hal_monotonic_ns();
    KeSetTimerEx(&timer, after_ms(2), 3, &calls.dpc);
    assert_int_equal(wait_ms(&calls.done, 5000), STATUS_SUCCESS);
    assert_true(within(hal_monotonic_ns() - begin, 14, 5000)); // 2 + 4 * 3
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
    assert_true(KeCancelTimer(&timer)); // a periodic timer is always queued
    KeFlushQueuedDpcs();
    int count = atomic_load(&calls.count);
    pause_ms(10);
    assert_int_equal(atomic_load(&calls.count), count);
}

static void a_dpc_may_set_its_timer_again(void **state)
{
    struct calls calls;
    KTIMER timer;
    (void)state;
    prepare(&calls, 5);
    KeInitializeTimer(&timer);
    calls.rearm = &timer;
    KeSetTimer(&timer, after_ms(1), &calls.dpc);
    assert_int_equal(wait_ms(&calls.done, 5000), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&calls.count), 5);
    KeFlushQueuedDpcs();
}

static uint64_t processor_time_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

// Applications say "never" with the longest time there is.
static void a_timer_far_away_holds_nobody_up(void **state)
{
    static const LONGLONG far[] = {INT64_MIN, INT64_MIN + 1, INT64_MIN / 2, INT64_MAX, -1000000000000000000};
    KTIMER never, soon;
    (void)state;
    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        KeInitializeTimer(&never);
        KeInitializeTimer(&soon);
        KeSetTimer(&never, due(far[i]), NULL);
        KeSetTimer(&soon, after_ms(1), NULL);
        assert_int_equal(wait_ms(&soon, 2000), STATUS_SUCCESS);
        uint64_t busy = processor_time_ns();
        pause_ms(20);
        assert_true(within(processor_time_ns() - busy, 0, 10)); // nobody spins either
        assert_false(KeReadStateTimer(&never));
        assert_true(KeCancelTimer(&never));
    }
}

enum { TIMERS = 200 };

static void many_timers_expire_in_order(void **state)
{
    static KTIMER timers[TIMERS];
    uint64_t begin = hal_monotonic_ns();
    (void)state;
    for (int i = 0; i < TIMERS; i++) {
        KeInitializeTimer(&timers[i]);
        KeSetTimer(&timers[i], due(-10000 - (i * 37 % TIMERS) * 500), NULL); // 1 to 11 ms, in no order
    }
    for (int i = 0; i < TIMERS; i++) {
        uint64_t least = 1000000 + (uint64_t)(i * 37 % TIMERS) * 50000;
        assert_int_equal(wait_ms(&timers[i], 5000), STATUS_SUCCESS);
        assert_true(hal_monotonic_ns() - begin >= least);
    }
}

static void set_and_cancel(void *argument)
{
    KTIMER *timer = argument;
    for (int i = 0; i < 1000 * RACES; i++) {
        KeSetTimer(timer, due(-(i % 50) * 10), NULL);
        if (i % 3)
            KeCancelTimer(timer);
    }
}

static void threads_may_set_and_cancel_the_same_timer(void **state)
{
    struct thread threads[3];
    KTIMER timer;
    (void)state;
    KeInitializeTimer(&timer);
    for (int i = 0; i < 3; i++)
        start_thread(&threads[i], set_and_cancel, &timer);
    for (int i = 0; i < 3; i++)
        join_thread(&threads[i]);
    KeCancelTimer(&timer);
    KeSetTimer(&timer, after_ms(1), NULL);
    assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
}

// ---- DPCs -------------------------------------------------------------------------------------------------

static void a_dpc_runs_at_dispatch_level_with_its_arguments(void **state)
{
    struct calls calls;
    (void)state;
    prepare(&calls, 1);
    assert_true(KeInsertQueueDpc(&calls.dpc, (PVOID)1, (PVOID)2));
    assert_int_equal(wait_ms(&calls.done, 5000), STATUS_SUCCESS);
    assert_ptr_equal(calls.argument1, 1);
    assert_ptr_equal(calls.argument2, 2);
    assert_int_equal(atomic_load(&calls.count), 1);
}

// Holds processor 1, so that what is queued behind stays queued.
struct plug {
    KDPC dpc;
    _Atomic bool running, let_go;
};

static void NTAPI hold(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct plug *plug = context;
    (void)dpc, (void)argument1, (void)argument2;
    atomic_store(&plug->running, true);
    while (!atomic_load(&plug->let_go))
        hal_yield();
}

static void insert_plug(struct plug *plug)
{
    atomic_store(&plug->running, false);
    atomic_store(&plug->let_go, false);
    KeInitializeDpc(&plug->dpc, hold, plug);
    KeSetTargetProcessorDpc(&plug->dpc, 1);
    assert_true(KeInsertQueueDpc(&plug->dpc, NULL, NULL));
    while (!atomic_load(&plug->running))
        hal_yield();
}

static int order[4], ordered;

static void NTAPI note_order(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)argument1, (void)argument2;
    order[ordered++] = (int)(intptr_t)context;
}

static void queued_twice_is_queued_once_and_importance_orders(void **state)
{
    struct plug plug;
    struct calls calls;
    KDPC dpcs[4];
    (void)state;
    prepare(&calls, 1);
    KeSetTargetProcessorDpc(&calls.dpc, 1);
    KeSetSystemAffinityThread(1); // processor 0
    insert_plug(&plug);
    assert_true(KeInsertQueueDpc(&calls.dpc, (PVOID)1, NULL));
    assert_false(KeInsertQueueDpc(&calls.dpc, (PVOID)2, NULL));
    assert_true(KeRemoveQueueDpc(&calls.dpc));
    assert_false(KeRemoveQueueDpc(&calls.dpc));
    ordered = 0;
    for (int i = 0; i < 4; i++) {
        KeInitializeDpc(&dpcs[i], note_order, (PVOID)(intptr_t)i);
        KeSetImportanceDpc(&dpcs[i], i == 2 ? HighImportance : i == 1 ? LowImportance : MediumImportance);
        KeSetTargetProcessorDpc(&dpcs[i], 1);
        assert_true(KeInsertQueueDpc(&dpcs[i], NULL, NULL));
    }
    atomic_store(&plug.let_go, true);
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&calls.count), 0); // it was removed
    assert_int_equal(ordered, 4);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[3], 3);
    KeRevertToUserAffinityThread();
}

static void a_running_dpc_may_be_queued_again(void **state)
{
    struct calls calls;
    (void)state;
    prepare(&calls, 10);
    calls.requeue = &calls.dpc;
    KeInsertQueueDpc(&calls.dpc, NULL, NULL);
    assert_int_equal(wait_ms(&calls.done, 5000), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&calls.count), 10);
    KeFlushQueuedDpcs();
}

static void flushing_waits_for_what_was_queued_before(void **state)
{
    struct calls calls;
    (void)state;
    KeFlushQueuedDpcs(); // nothing is
    for (int i = 0; i < 100; i++) {
        prepare(&calls, 1);
        KeInsertQueueDpc(&calls.dpc, NULL, NULL);
        KeFlushQueuedDpcs();
        assert_int_equal(atomic_load(&calls.count), 1);
    }
}

static void flush(void *done)
{
    KeFlushQueuedDpcs();
    atomic_store((_Atomic bool *)done, true);
}

static void flushing_does_not_wait_for_what_is_queued_later(void **state)
{
    struct thread thread;
    struct calls calls;
    _Atomic bool done = false;
    (void)state;
    prepare(&calls, INT32_MAX);
    calls.requeue = &calls.dpc; // for ever
    KeInsertQueueDpc(&calls.dpc, NULL, NULL);
    start_thread(&thread, flush, &done);
    for (int i = 0; i < 2000 && !atomic_load(&done); i++)
        pause_ms(1);
    bool flushed = atomic_load(&done);
    atomic_store(&calls.stop, true);
    join_thread(&thread);
    KeFlushQueuedDpcs();
    assert_true(flushed);
}

static _Atomic int dpc_sum;

static void NTAPI add_one(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)context, (void)argument1, (void)argument2;
    atomic_fetch_add(&dpc_sum, 1);
}

static void queue_dpcs(void *argument)
{
    KDPC *dpc = argument;
    int queued = 0;
    for (int i = 0; i < 2000 * RACES; i++)
        queued += KeInsertQueueDpc(dpc, NULL, NULL);
    for (int i = 0; i < 200; i++)
        queued -= KeRemoveQueueDpc(dpc);
    atomic_fetch_sub(&dpc_sum, queued);
}

static void as_many_run_as_were_queued_and_not_removed(void **state)
{
    struct thread threads[3];
    KDPC dpc;
    (void)state;
    atomic_store(&dpc_sum, 0);
    KeInitializeDpc(&dpc, add_one, NULL);
    for (int i = 0; i < 3; i++)
        start_thread(&threads[i], queue_dpcs, &dpc);
    for (int i = 0; i < 3; i++)
        join_thread(&threads[i]);
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&dpc_sum), 0);
}

// ---- a DPC that fails -------------------------------------------------------------------------------------

static void NTAPI bugcheck(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)context, (void)argument1, (void)argument2;
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, 1, 2, 3, 4);
}

static void NTAPI lower_irql(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    (void)dpc, (void)context, (void)argument1, (void)argument2;
    KeLowerIrql(PASSIVE_LEVEL);
}

static void a_dpc_that_bugchecks_does_not_stop_the_others(void **state)
{
    struct calls calls;
    KDPC dpc;
    (void)state;
    ke_set_bugcheck_reporter(note_bugcheck);
    KeInitializeDpc(&dpc, bugcheck, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&last_code), MANUALLY_INITIATED_CRASH);
    KeInitializeDpc(&dpc, lower_irql, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    assert_int_equal(atomic_load(&last_code), IRQL_NOT_DISPATCH_LEVEL);
    prepare(&calls, 1);
    KeInsertQueueDpc(&calls.dpc, NULL, NULL);
    assert_int_equal(wait_ms(&calls.done, 5000), STATUS_SUCCESS);
}

// The thread that runs timers is started at their first use, and pool may be exhausted at that moment.
static void a_timer_expires_although_memory_was_short(void **state)
{
    KTIMER timer;
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        boot();
        ex_pool_fail_after(n);
        KeInitializeTimer(&timer);
        KeSetTimer(&timer, after_ms(1), NULL);
        assert_int_equal(wait_ms(&timer, 5000), STATUS_SUCCESS);
        ex_pool_fail_after(0);
        shut_down();
    }
}

// Whoever shuts down with a timer queued gets its memory back untouched.
static void shutting_down_forgets_queued_timers(void **state)
{
    static KTIMER timer;
    (void)state;
    KeInitializeTimer(&timer);
    KeSetTimerEx(&timer, after_ms(10000), 10000, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(a_timer_becomes_signalled_when_due_and_not_before),
        KERNEL_TEST(absolute_past_and_zero_times),
        KERNEL_TEST(a_synchronization_timer_lets_one_go),
        KERNEL_TEST(a_cancelled_timer_does_nothing),
        KERNEL_TEST(a_periodic_timer_comes_again_and_again),
        KERNEL_TEST(a_dpc_may_set_its_timer_again),
        KERNEL_TEST(a_timer_far_away_holds_nobody_up),
        KERNEL_TEST(many_timers_expire_in_order),
        KERNEL_TEST(threads_may_set_and_cancel_the_same_timer),
        KERNEL_TEST(a_dpc_runs_at_dispatch_level_with_its_arguments),
        KERNEL_TEST(queued_twice_is_queued_once_and_importance_orders),
        KERNEL_TEST(a_running_dpc_may_be_queued_again),
        KERNEL_TEST(flushing_waits_for_what_was_queued_before),
        KERNEL_TEST(flushing_does_not_wait_for_what_is_queued_later),
        KERNEL_TEST(as_many_run_as_were_queued_and_not_removed),
        KERNEL_TEST(a_dpc_that_bugchecks_does_not_stop_the_others),
        cmocka_unit_test(a_timer_expires_although_memory_was_short),
        KERNEL_TEST(shutting_down_forgets_queued_timers),
    };
    return cmocka_run_group_tests_name("ke: timers and DPCs", tests, NULL, NULL);
}
