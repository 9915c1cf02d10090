// Waits: dispatcher objects, timeouts, several objects, contention. Alerts and APCs: test_ke_apc.c.
#include "kernel_test.h"

static LARGE_INTEGER now_or_never; // a timeout of zero: do not wait

static NTSTATUS poll(void *object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &now_or_never);
}

// ---- events -----------------------------------------------------------------------------------------------

static void notification_events_stay_and_synchronization_events_let_one_go(void **state)
{
    KEVENT stays, lets_one_go;
    (void)state;
    KeInitializeEvent(&stays, NotificationEvent, TRUE);
    KeInitializeEvent(&lets_one_go, SynchronizationEvent, TRUE);
    assert_int_equal(poll(&stays), STATUS_SUCCESS);
    assert_int_equal(poll(&stays), STATUS_SUCCESS);
    assert_int_equal(poll(&lets_one_go), STATUS_SUCCESS);
    assert_int_equal(poll(&lets_one_go), STATUS_TIMEOUT);
    assert_int_equal(KeSetEvent(&lets_one_go, 0, FALSE), 0);
    assert_int_equal(KeSetEvent(&lets_one_go, 0, FALSE), 1);
    assert_int_equal(KeReadStateEvent(&lets_one_go), 1);
    assert_int_equal(KeResetEvent(&lets_one_go), 1);
    assert_int_equal(KeResetEvent(&lets_one_go), 0);
    KeClearEvent(&stays);
    assert_int_equal(poll(&stays), STATUS_TIMEOUT);
}

static void a_set_event_lets_one_or_all_go(void **state)
{
    struct waiter waiters[3];
    KEVENT one, all;
    (void)state;
    KeInitializeEvent(&one, SynchronizationEvent, FALSE);
    KeInitializeEvent(&all, NotificationEvent, FALSE);
    for (int i = 0; i < 3; i++)
        start_waiter(&waiters[i], &one, KernelMode, FALSE);
    for (int i = 0; i < 3; i++) {
        KeSetEvent(&one, 0, FALSE);
        assert_int_equal(join_waiter(&waiters[i]), STATUS_SUCCESS); // in the order they came
    }
    assert_int_equal(KeReadStateEvent(&one), 0);
    for (int i = 0; i < 3; i++)
        start_waiter(&waiters[i], &all, KernelMode, FALSE);
    KeSetEvent(&all, 0, FALSE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(join_waiter(&waiters[i]), STATUS_SUCCESS);
}

static void a_pulse_lets_go_who_waits_and_leaves_the_event_reset(void **state)
{
    struct waiter waiters[2];
    KEVENT all, one;
    (void)state;
    KeInitializeEvent(&all, NotificationEvent, FALSE);
    KeInitializeEvent(&one, SynchronizationEvent, FALSE);
    start_waiter(&waiters[0], &all, KernelMode, FALSE);
    start_waiter(&waiters[1], &all, KernelMode, FALSE);
    assert_int_equal(KePulseEvent(&all, 0, FALSE), 0);
    assert_int_equal(join_waiter(&waiters[0]), STATUS_SUCCESS);
    assert_int_equal(join_waiter(&waiters[1]), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&all), 0);
    start_waiter(&waiters[0], &one, KernelMode, FALSE);
    start_waiter(&waiters[1], &one, KernelMode, FALSE);
    KePulseEvent(&one, 0, FALSE);
    assert_int_equal(join_waiter(&waiters[0]), STATUS_SUCCESS);
    assert_false(atomic_load(&waiters[1].done));
    KeSetEvent(&one, 0, FALSE);
    assert_int_equal(join_waiter(&waiters[1]), STATUS_SUCCESS);
    KePulseEvent(&one, 0, FALSE); // nobody waits: nothing is kept
    assert_int_equal(poll(&one), STATUS_TIMEOUT);
}

// ---- timeouts ---------------------------------------------------------------------------------------------

static void timeouts_are_relative_absolute_or_zero(void **state)
{
    KEVENT never;
    LARGE_INTEGER timeout, now;
    (void)state;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    uint64_t begin = hal_monotonic_ns();
    assert_int_equal(poll(&never), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 0, 2000));

    begin = hal_monotonic_ns();
    timeout = after_ms(20);
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 20, 5000));

    begin = hal_monotonic_ns();
    KeQuerySystemTime(&now);
    timeout.QuadPart = now.QuadPart + 200000; // 20 ms from now
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 19, 5000));

    begin = hal_monotonic_ns();
    timeout.QuadPart = now.QuadPart - 10000000; // past
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 0, 2000));
}

static void the_longest_timeouts_do_not_overflow(void **state)
{
    static const LONGLONG longest[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};
    struct waiter waiter;
    KEVENT event;
    (void)state;
    for (size_t i = 0; i < sizeof longest / sizeof *longest; i++) {
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        waiter = (struct waiter){.object = &event, .timeout.QuadPart = longest[i]};
        start_thread(&waiter.thread, wait_once, &waiter);
        until_waiting(&waiter.thread);
        KeSetEvent(&event, 0, FALSE);
        assert_int_equal(join_waiter(&waiter), STATUS_SUCCESS);
    }
}

static void a_delay_lasts_as_long_as_asked(void **state)
{
    (void)state;
    uint64_t begin = hal_monotonic_ns();
    LARGE_INTEGER interval = after_ms(15);
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
    assert_true(within(hal_monotonic_ns() - begin, 15, 5000));
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &now_or_never), STATUS_SUCCESS);
}

// ---- several objects --------------------------------------------------------------------------------------

static NTSTATUS poll_many(ULONG count, PVOID *objects, WAIT_TYPE type)
{
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    return KeWaitForMultipleObjects(count, objects, type, Executive, KernelMode, FALSE, &now_or_never, blocks);
}

static void any_tells_the_first_that_is_signalled(void **state)
{
    KEVENT events[MAXIMUM_WAIT_OBJECTS];
    PVOID objects[MAXIMUM_WAIT_OBJECTS];
    (void)state;
    for (int i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
        objects[i] = &events[i];
    }
    assert_int_equal(poll_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny), STATUS_TIMEOUT);
    KeSetEvent(&events[63], 0, FALSE);
    KeSetEvent(&events[5], 0, FALSE);
    assert_int_equal(poll_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny), STATUS_WAIT_0 + 5);
    assert_int_equal(poll_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny), STATUS_WAIT_0 + 63);
    assert_int_equal(poll_many(MAXIMUM_WAIT_OBJECTS, objects, WaitAny), STATUS_TIMEOUT);
}

static void all_takes_nothing_until_it_takes_everything(void **state)
{
    KEVENT event;
    KSEMAPHORE semaphore;
    KMUTEX mutex;
    PVOID objects[3] = {&event, &semaphore, &mutex};
    (void)state;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    KeInitializeSemaphore(&semaphore, 0, 2);
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(poll_many(3, objects, WaitAll), STATUS_TIMEOUT);
    assert_int_equal(KeReadStateEvent(&event), 1);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
    KeReleaseSemaphore(&semaphore, 0, 1, FALSE);
    assert_int_equal(poll_many(3, objects, WaitAll), STATUS_SUCCESS);
    assert_int_equal(KeReadStateEvent(&event), 0);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 0);
    assert_int_equal(KeReadStateMutex(&mutex), 0);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), 0);
}

struct many {
    struct thread thread;
    PVOID objects[3];
    WAIT_TYPE type;
    NTSTATUS status;
};

static void wait_for_three(void *argument)
{
    struct many *many = argument;
    many->status = KeWaitForMultipleObjects(3, many->objects, many->type, Executive, KernelMode, FALSE, NULL, NULL);
}

static void a_sleeping_thread_gets_what_any_and_all_promise(void **state)
{
    KEVENT events[3];
    struct many many = {.objects = {&events[0], &events[1], &events[2]}};
    (void)state;
    for (int i = 0; i < 3; i++)
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
    many.type = WaitAny;
    start_thread(&many.thread, wait_for_three, &many);
    until_waiting(&many.thread);
    KeSetEvent(&events[2], 0, FALSE);
    join_thread(&many.thread);
    assert_int_equal(many.status, STATUS_WAIT_0 + 2);

    many.type = WaitAll;
    start_thread(&many.thread, wait_for_three, &many);
    until_waiting(&many.thread);
    KeSetEvent(&events[0], 0, FALSE);
    KeSetEvent(&events[2], 0, FALSE);
    assert_int_equal(KeReadStateEvent(&events[0]), 1); // not taken yet
    KeSetEvent(&events[1], 0, FALSE);
    join_thread(&many.thread);
    assert_int_equal(many.status, STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
        assert_int_equal(KeReadStateEvent(&events[i]), 0);
}

static void too_many(void *unused)
{
    PVOID objects[4] = {0};
    (void)unused;
    KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}

static void wait_at_dispatch_level(void *event)
{
    KeRaiseIrqlToDpcLevel();
    KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL);
}

static void wrong_waits_are_bugchecks(void **state)
{
    KEVENT event;
    (void)state;
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    assert_int_equal(bugcheck_of(too_many, NULL), MAXIMUM_WAIT_OBJECTS_EXCEEDED);
    assert_int_equal(bugcheck_of(wait_at_dispatch_level, &event), IRQL_NOT_LESS_OR_EQUAL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL); // the recovery point's
    KIRQL irql = KeRaiseIrqlToDpcLevel();
    assert_int_equal(poll(&event), STATUS_SUCCESS); // without sleeping it is allowed
    KeLowerIrql(irql);
}

// ---- mutexes and semaphores -------------------------------------------------------------------------------

static void a_mutex_is_recursive_and_its_owners_alone(void **state)
{
    struct waiter waiter;
    KMUTEX mutex;
    (void)state;
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(poll(&mutex), STATUS_SUCCESS);
    assert_true(KeAreApcsDisabled());
    assert_int_equal(poll(&mutex), STATUS_SUCCESS);
    assert_int_equal(KeReadStateMutex(&mutex), -1);
    start_waiter(&waiter, &mutex, KernelMode, FALSE);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), -1);
    assert_false(atomic_load(&waiter.done));
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), 0);
    assert_false(KeAreApcsDisabled());
    assert_int_equal(join_waiter(&waiter), STATUS_SUCCESS);
    assert_int_equal(KeReadStateMutex(&mutex), 1); // the waiter ended with it
    assert_int_equal(poll(&mutex), STATUS_ABANDONED);
    assert_int_equal(poll(&mutex), STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
    KeReleaseMutex(&mutex, FALSE);
}

static void an_abandoned_mutex_says_so_to_one_waiter_only(void **state)
{
    struct waiter owner, waiter;
    KMUTEX mutex;
    PVOID objects[2];
    KEVENT event;
    (void)state;
    KeInitializeMutex(&mutex, 0);
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    owner = (struct waiter){.object = &mutex, .forever = true};
    start_thread(&owner.thread, wait_once, &owner);
    join_waiter(&owner); // ends as the owner
    objects[0] = &event, objects[1] = &mutex;
    assert_int_equal(poll_many(2, objects, WaitAll), STATUS_ABANDONED);
    KeReleaseMutex(&mutex, FALSE);
    start_waiter(&waiter, &event, KernelMode, FALSE);
    assert_int_equal(poll(&mutex), STATUS_SUCCESS);
    KeReleaseMutex(&mutex, FALSE);
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(join_waiter(&waiter), STATUS_SUCCESS);
}

static void release_too_much(void *semaphore)
{
    KeReleaseSemaphore(semaphore, 0, 2, FALSE);
}

static void release_not_owned(void *mutex)
{
    KeReleaseMutex(mutex, FALSE);
}

static void limits_are_kept(void **state)
{
    KSEMAPHORE semaphore;
    KMUTEX mutex;
    LONG before;
    (void)state;
    KeInitializeSemaphore(&semaphore, 1, 2);
    assert_int_equal(KeReleaseSemaphore(&semaphore, 0, 1, FALSE), 1);
    assert_int_equal(bugcheck_of(release_too_much, &semaphore), SYSTEM_SERVICE_EXCEPTION);
    assert_int_equal(last_bugcheck.parameters[0], (ULONG)STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 2);
    assert_false(ke_release_semaphore(&semaphore, INT32_MAX, &before));
    assert_false(ke_release_semaphore(&semaphore, -1, &before));
    assert_int_equal(poll(&semaphore), STATUS_SUCCESS);
    assert_int_equal(poll(&semaphore), STATUS_SUCCESS);
    assert_int_equal(poll(&semaphore), STATUS_TIMEOUT);
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(bugcheck_of(release_not_owned, &mutex), SYSTEM_SERVICE_EXCEPTION);
    assert_int_equal(last_bugcheck.parameters[0], (ULONG)STATUS_MUTANT_NOT_OWNED);
}

static void a_semaphore_lets_as_many_go_as_it_counts(void **state)
{
    struct waiter waiters[3];
    KSEMAPHORE semaphore;
    (void)state;
    KeInitializeSemaphore(&semaphore, 0, 10);
    for (int i = 0; i < 3; i++)
        start_waiter(&waiters[i], &semaphore, KernelMode, FALSE);
    KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    assert_int_equal(join_waiter(&waiters[0]), STATUS_SUCCESS);
    assert_int_equal(join_waiter(&waiters[1]), STATUS_SUCCESS);
    assert_false(atomic_load(&waiters[2].done));
    KeReleaseSemaphore(&semaphore, 0, 2, FALSE);
    assert_int_equal(join_waiter(&waiters[2]), STATUS_SUCCESS);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 1);
}

// ---- contention -------------------------------------------------------------------------------------------

enum { THREADS = 4 };

struct contest {
    KMUTEX mutex;
    KSEMAPHORE items;
    KEVENT turn[2];
    bool lock_free;
    int rounds;
    long shared, taken[THREADS]; // shared is protected by the mutex alone
    _Atomic int next;
    _Atomic bool stop;
};

static void add_under_mutex(void *argument)
{
    struct contest *contest = argument;
    for (int i = 0; i < contest->rounds; i++) {
        CHECK(KeWaitForSingleObject(&contest->mutex, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
        contest->shared++;
        KeReleaseMutex(&contest->mutex, FALSE);
    }
}

static void a_mutex_excludes(void **state)
{
    struct contest contest = {.rounds = 3000 * RACES};
    struct thread threads[THREADS];
    (void)state;
    KeInitializeMutex(&contest.mutex, 0);
    for (int i = 0; i < THREADS; i++)
        start_thread(&threads[i], add_under_mutex, &contest);
    for (int i = 0; i < THREADS; i++)
        join_thread(&threads[i]);
    assert_int_equal(contest.shared, THREADS * contest.rounds);
}

// The I/O manager signals a file's event without the dispatcher lock.
static void signal_turn(struct contest *contest, int turn)
{
    if (contest->lock_free)
        ke_signal_event(&contest->turn[turn]);
    else
        KeSetEvent(&contest->turn[turn], 0, FALSE);
}

static void wait_turn(struct contest *contest, int turn)
{
    LARGE_INTEGER timeout = after_ms(10000);
    CHECK(KeWaitForSingleObject(&contest->turn[turn], Executive, KernelMode, FALSE, &timeout) == STATUS_SUCCESS);
    if (contest->lock_free)
        KeClearEvent(&contest->turn[turn]);
}

static void play_ping_pong(void *argument)
{
    struct contest *contest = argument;
    for (int i = 0; i < contest->rounds; i++) {
        wait_turn(contest, 1);
        signal_turn(contest, 0);
    }
}

static void no_wake_up_gets_lost(void **state)
{
    struct thread thread;
    (void)state;
    for (int lock_free = 0; lock_free < 2; lock_free++) {
        struct contest contest = {.rounds = 5000 * RACES, .lock_free = lock_free};
        for (int turn = 0; turn < 2; turn++)
            KeInitializeEvent(&contest.turn[turn], lock_free ? NotificationEvent : SynchronizationEvent, FALSE);
        start_thread(&thread, play_ping_pong, &contest);
        for (int i = 0; i < contest.rounds; i++) {
            signal_turn(&contest, 1);
            wait_turn(&contest, 0);
        }
        join_thread(&thread);
    }
}

static void take_items(void *argument)
{
    struct contest *contest = argument;
    int self = atomic_fetch_add(&contest->next, 1);
    for (;;) {
        LARGE_INTEGER timeout = after_ms(self % 2 ? 1 : 50); // some wait so shortly that timeouts race with releases
        NTSTATUS status = KeWaitForSingleObject(&contest->items, Executive, KernelMode, FALSE, &timeout);
        if (status == STATUS_SUCCESS)
            contest->taken[self]++;
        else if (atomic_load(&contest->stop))
            return;
    }
}

static void timeouts_that_race_with_releases_lose_nothing(void **state)
{
    struct contest contest = {.rounds = 1500 * RACES};
    struct thread threads[THREADS];
    long taken = 0;
    (void)state;
    KeInitializeSemaphore(&contest.items, 0, INT32_MAX);
    for (int i = 0; i < THREADS; i++)
        start_thread(&threads[i], take_items, &contest);
    for (int i = 0; i < contest.rounds; i++) {
        KeReleaseSemaphore(&contest.items, 0, 1, FALSE);
        if (i % 64 == 0)
            pause_ms(1);
    }
    atomic_store(&contest.stop, true);
    for (int i = 0; i < THREADS; i++)
        join_thread(&threads[i]);
    for (int i = 0; i < THREADS; i++)
        taken += contest.taken[i];
    assert_int_equal(taken + KeReadStateSemaphore(&contest.items), contest.rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(notification_events_stay_and_synchronization_events_let_one_go),
        KERNEL_TEST(a_set_event_lets_one_or_all_go),
        KERNEL_TEST(a_pulse_lets_go_who_waits_and_leaves_the_event_reset),
        KERNEL_TEST(timeouts_are_relative_absolute_or_zero),
        KERNEL_TEST(the_longest_timeouts_do_not_overflow),
        KERNEL_TEST(a_delay_lasts_as_long_as_asked),
        KERNEL_TEST(any_tells_the_first_that_is_signalled),
        KERNEL_TEST(all_takes_nothing_until_it_takes_everything),
        KERNEL_TEST(a_sleeping_thread_gets_what_any_and_all_promise),
        KERNEL_TEST(wrong_waits_are_bugchecks),
        KERNEL_TEST(a_mutex_is_recursive_and_its_owners_alone),
        KERNEL_TEST(an_abandoned_mutex_says_so_to_one_waiter_only),
        KERNEL_TEST(limits_are_kept),
        KERNEL_TEST(a_semaphore_lets_as_many_go_as_it_counts),
        KERNEL_TEST(a_mutex_excludes),
        KERNEL_TEST(no_wake_up_gets_lost),
        KERNEL_TEST(timeouts_that_race_with_releases_lose_nothing),
    };
    return cmocka_run_group_tests_name("ke: waits", tests, NULL, NULL);
}
