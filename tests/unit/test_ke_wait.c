// Waits: dispatcher objects, timeouts, alerts, APCs, termination.
#include "kernel_test.h"

static LARGE_INTEGER now_or_never; // a timeout of zero: do not wait

static NTSTATUS poll(void *object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &now_or_never);
}

// ---- events ---------------------------------------------------------------------------------------------------

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

struct waiter {
    struct thread thread;
    PVOID object;
    KPROCESSOR_MODE mode;
    BOOLEAN alertable;
    LARGE_INTEGER timeout;
    bool forever;
    _Atomic bool done;
    NTSTATUS status;
};

static void wait_once(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = KeWaitForSingleObject(waiter->object, Executive, waiter->mode, waiter->alertable,
                                           waiter->forever ? NULL : &waiter->timeout);
    atomic_store(&waiter->done, true);
}

static void start_waiter(struct waiter *waiter, PVOID object, KPROCESSOR_MODE mode, BOOLEAN alertable)
{
    *waiter = (struct waiter){.object = object, .mode = mode, .alertable = alertable, .forever = true};
    start_thread(&waiter->thread, wait_once, waiter);
    until_waiting(&waiter->thread);
}

static NTSTATUS join_waiter(struct waiter *waiter)
{
    join_thread(&waiter->thread);
    return waiter->status;
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

// ---- timeouts -------------------------------------------------------------------------------------------------

static void timeouts_are_relative_absolute_or_zero(void **state)
{
    KEVENT never;
    LARGE_INTEGER timeout, now;
    (void)state;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    uint64_t begin = hal_monotonic_ns();
    assert_int_equal(poll(&never), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 0, 100));

    begin = hal_monotonic_ns();
    timeout = after_ms(20);
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 20, 500));

    begin = hal_monotonic_ns();
    KeQuerySystemTime(&now);
    timeout.QuadPart = now.QuadPart + 200000; // 20 ms from now
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 19, 500));

    begin = hal_monotonic_ns();
    timeout.QuadPart = now.QuadPart - 10000000; // past
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &timeout), STATUS_TIMEOUT);
    assert_true(within(hal_monotonic_ns() - begin, 0, 100));
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
    assert_true(within(hal_monotonic_ns() - begin, 15, 500));
    assert_int_equal(KeDelayExecutionThread(KernelMode, FALSE, &now_or_never), STATUS_SUCCESS);
}

// ---- several objects --------------------------------------------------------------------------------------------

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

// ---- mutexes and semaphores ---------------------------------------------------------------------------------------

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
    assert_int_equal(bugcheck_of(release_too_much, &semaphore), KMODE_EXCEPTION_NOT_HANDLED);
    assert_int_equal(last_bugcheck.parameters[0], (ULONG)STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_int_equal(KeReadStateSemaphore(&semaphore), 2);
    assert_false(ke_release_semaphore(&semaphore, INT32_MAX, &before));
    assert_false(ke_release_semaphore(&semaphore, -1, &before));
    assert_int_equal(poll(&semaphore), STATUS_SUCCESS);
    assert_int_equal(poll(&semaphore), STATUS_SUCCESS);
    assert_int_equal(poll(&semaphore), STATUS_TIMEOUT);
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(bugcheck_of(release_not_owned, &mutex), KMODE_EXCEPTION_NOT_HANDLED);
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

// ---- alerts and APCs (semantics 25) ---------------------------------------------------------------------------------

static void alerts_end_only_alertable_waits(void **state)
{
    static const struct {
        KPROCESSOR_MODE wait;
        BOOLEAN alertable;
        KPROCESSOR_MODE alert;
        bool ends;
    } cases[] = {
        {UserMode, TRUE, UserMode, true},     {UserMode, TRUE, KernelMode, true},  {KernelMode, TRUE, KernelMode, true},
        {KernelMode, TRUE, UserMode, false},  {UserMode, FALSE, UserMode, false}, {KernelMode, FALSE, KernelMode, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct waiter waiter;
        KEVENT event;
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        start_waiter(&waiter, &event, cases[i].wait, cases[i].alertable);
        assert_false(KeAlertThread(&waiter.thread.nt->Tcb, cases[i].alert));
        if (!cases[i].ends) {
            assert_false(atomic_load(&waiter.done));
            KeSetEvent(&event, 0, FALSE);
        }
        assert_int_equal(join_waiter(&waiter), cases[i].ends ? STATUS_ALERTED : STATUS_SUCCESS);
    }
}

static void an_alert_waits_for_the_next_alertable_wait(void **state)
{
    KEVENT event;
    (void)state;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_false(KeAlertThread(KeGetCurrentThread(), UserMode));
    assert_true(KeAlertThread(KeGetCurrentThread(), UserMode));
    assert_int_equal(poll(&event), STATUS_TIMEOUT);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, UserMode, TRUE, &now_or_never), STATUS_ALERTED);
    assert_int_equal(KeWaitForSingleObject(&event, Executive, UserMode, TRUE, &now_or_never), STATUS_TIMEOUT);
    KeAlertThread(KeGetCurrentThread(), KernelMode);
    assert_true(KeTestAlertThread(KernelMode));
    assert_false(KeTestAlertThread(KernelMode));
    KeAlertThread(KeGetCurrentThread(), KernelMode);
    assert_int_equal(KeDelayExecutionThread(KernelMode, TRUE, &now_or_never), STATUS_ALERTED);
}

static _Atomic int kernel_routines, normal_routines, rundowns;

static void NTAPI kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)apc, (void)routine, (void)context, (void)argument1, (void)argument2;
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    atomic_fetch_add(&kernel_routines, 1);
}

static void NTAPI user_kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)apc, (void)routine, (void)context, (void)argument1, (void)argument2;
    atomic_fetch_add(&kernel_routines, 1);
}

static void NTAPI normal_routine(PVOID context, PVOID argument1, PVOID argument2)
{
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(context == (PVOID)1 && argument1 == (PVOID)2 && argument2 == (PVOID)3);
    atomic_fetch_add(&normal_routines, 1);
}

static void NTAPI rundown(PKAPC apc)
{
    (void)apc;
    atomic_fetch_add(&rundowns, 1);
}

static int reset_counts(void **state)
{
    atomic_store(&kernel_routines, 0);
    atomic_store(&normal_routines, 0);
    atomic_store(&rundowns, 0);
    return boot_for_test(state);
}

static void until_count(_Atomic int *count, int wanted)
{
    for (int i = 0; i < 5000 && atomic_load(count) < wanted; i++)
        pause_ms(1);
    assert_int_equal(atomic_load(count), wanted);
}

static void kernel_apcs_run_in_a_wait_and_do_not_end_it(void **state)
{
    struct waiter waiter;
    KAPC special, normal;
    KEVENT event;
    (void)state;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    start_waiter(&waiter, &event, KernelMode, FALSE);
    PKTHREAD thread = &waiter.thread.nt->Tcb;
    KeInitializeApc(&special, thread, OriginalApcEnvironment, kernel_routine, NULL, NULL, KernelMode, NULL);
    KeInitializeApc(&normal, thread, OriginalApcEnvironment, kernel_routine, NULL, normal_routine, KernelMode, (PVOID)1);
    assert_true(KeInsertQueueApc(&special, NULL, NULL, 0));
    assert_true(KeInsertQueueApc(&normal, (PVOID)2, (PVOID)3, 0));
    until_count(&kernel_routines, 2);
    until_count(&normal_routines, 1);
    assert_false(atomic_load(&waiter.done));
    until_waiting(&waiter.thread);
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(join_waiter(&waiter), STATUS_SUCCESS);
    assert_false(KeInsertQueueApc(&special, NULL, NULL, 0)); // the thread has ended
}

static void regions_hold_kernel_apcs_back(void **state)
{
    KAPC special, normal;
    PKTHREAD self = KeGetCurrentThread();
    (void)state;
    KeInitializeApc(&special, self, OriginalApcEnvironment, kernel_routine, NULL, NULL, KernelMode, NULL);
    KeInitializeApc(&normal, self, OriginalApcEnvironment, kernel_routine, NULL, normal_routine, KernelMode, (PVOID)1);
    KeEnterCriticalRegion();
    assert_true(KeInsertQueueApc(&normal, (PVOID)2, (PVOID)3, 0));
    assert_false(KeInsertQueueApc(&normal, (PVOID)2, (PVOID)3, 0));
    assert_true(KeInsertQueueApc(&special, NULL, NULL, 0));
    pause_ms(1);
    assert_int_equal(atomic_load(&kernel_routines), 1); // the special one
    assert_int_equal(atomic_load(&normal_routines), 0);
    KeLeaveCriticalRegion();
    assert_int_equal(atomic_load(&normal_routines), 1);
    KeEnterGuardedRegion();
    assert_true(KeAreAllApcsDisabled());
    assert_true(KeInsertQueueApc(&special, NULL, NULL, 0));
    pause_ms(1);
    assert_int_equal(atomic_load(&kernel_routines), 2);
    KeLeaveGuardedRegion();
    assert_int_equal(atomic_load(&kernel_routines), 3);
    KIRQL irql;
    KeRaiseIrql(APC_LEVEL, &irql);
    assert_true(KeInsertQueueApc(&special, NULL, NULL, 0));
    assert_int_equal(atomic_load(&kernel_routines), 3);
    KeLowerIrql(irql);
    assert_int_equal(atomic_load(&kernel_routines), 4);
    KeEnterCriticalRegion();
    assert_true(KeInsertQueueApc(&normal, (PVOID)2, (PVOID)3, 0));
    assert_true(KeRemoveQueueApc(&normal));
    assert_false(KeRemoveQueueApc(&normal));
    KeLeaveCriticalRegion();
    assert_int_equal(atomic_load(&normal_routines), 1);
}

static void user_apcs_end_alertable_user_waits_only(void **state)
{
    struct waiter waiter;
    KAPC apc;
    KEVENT event;
    (void)state;
    static const struct {
        KPROCESSOR_MODE mode;
        BOOLEAN alertable;
        bool ends;
    } cases[] = {{UserMode, TRUE, true}, {UserMode, FALSE, false}, {KernelMode, TRUE, false}, {KernelMode, FALSE, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        start_waiter(&waiter, &event, cases[i].mode, cases[i].alertable);
        KeInitializeApc(&apc, &waiter.thread.nt->Tcb, OriginalApcEnvironment, user_kernel_routine, rundown, normal_routine,
                        UserMode, (PVOID)1);
        assert_true(KeInsertQueueApc(&apc, (PVOID)2, (PVOID)3, 0));
        if (!cases[i].ends) {
            assert_false(atomic_load(&waiter.done));
            KeSetEvent(&event, 0, FALSE);
        }
        assert_int_equal(join_waiter(&waiter), cases[i].ends ? STATUS_USER_APC : STATUS_SUCCESS);
        assert_int_equal(atomic_load(&rundowns), i + 1); // nobody took it: run down with the thread
    }
}

static void a_user_apc_is_taken_once_with_its_arguments(void **state)
{
    PKNORMAL_ROUTINE routine;
    PVOID context, argument1, argument2;
    KAPC apc;
    (void)state;
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, user_kernel_routine, NULL, normal_routine, UserMode, (PVOID)1);
    assert_true(KeInsertQueueApc(&apc, (PVOID)2, (PVOID)3, 0));
    LARGE_INTEGER long_time = after_ms(10000);
    assert_int_equal(KeDelayExecutionThread(UserMode, TRUE, &long_time), STATUS_USER_APC);
    assert_true(ke_take_user_apc(&routine, &context, &argument1, &argument2));
    assert_int_equal(atomic_load(&kernel_routines), 1);
    routine(context, argument1, argument2);
    assert_false(ke_take_user_apc(&routine, &context, &argument1, &argument2));
}

// A kernel APC's routine runs outside the wait: what comes meanwhile must not be missed.
static _Atomic bool in_apc, leave_apc;

static void NTAPI slow_kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)apc, (void)routine, (void)context, (void)argument1, (void)argument2;
    atomic_store(&in_apc, true);
    while (!atomic_load(&leave_apc))
        hal_yield();
}

enum interruption { ALERTED, USER_APC, TERMINATED, INTERRUPTIONS };

static void interrupt(struct thread *thread, KAPC *apc, enum interruption how)
{
    switch (how) {
    case ALERTED:
        KeAlertThread(&thread->nt->Tcb, UserMode);
        break;
    case USER_APC:
        KeInitializeApc(apc, &thread->nt->Tcb, OriginalApcEnvironment, user_kernel_routine, rundown, normal_routine, UserMode, NULL);
        assert_true(KeInsertQueueApc(apc, NULL, NULL, 0));
        break;
    default:
        ke_terminate_thread(&thread->nt->Tcb);
    }
}

static void delay_long(void *argument)
{
    struct waiter *waiter = argument;
    LARGE_INTEGER long_time = after_ms(3000);
    waiter->status = KeDelayExecutionThread(UserMode, TRUE, &long_time);
}

static void what_comes_during_a_kernel_apc_ends_the_wait(void **state)
{
    static const NTSTATUS expected[] = {STATUS_ALERTED, STATUS_USER_APC, STATUS_THREAD_IS_TERMINATING};
    (void)state;
    for (int delay = 0; delay < 2; delay++)
        for (enum interruption how = ALERTED; how < INTERRUPTIONS; how++) {
            struct waiter waiter = {.mode = UserMode, .alertable = TRUE, .timeout = after_ms(3000)};
            KAPC apc, user;
            KEVENT event;
            KeInitializeEvent(&event, SynchronizationEvent, FALSE);
            waiter.object = &event;
            atomic_store(&in_apc, false);
            atomic_store(&leave_apc, false);
            start_thread(&waiter.thread, delay ? delay_long : wait_once, &waiter);
            until_waiting(&waiter.thread);
            KeInitializeApc(&apc, &waiter.thread.nt->Tcb, OriginalApcEnvironment, slow_kernel_routine, NULL, NULL, KernelMode, NULL);
            assert_true(KeInsertQueueApc(&apc, NULL, NULL, 0));
            while (!atomic_load(&in_apc))
                hal_yield();
            interrupt(&waiter.thread, &user, how);
            atomic_store(&leave_apc, true);
            assert_int_equal(join_waiter(&waiter), expected[how]);
        }
}

// ---- termination ----------------------------------------------------------------------------------------------------

static void termination_ends_user_mode_waits_only(void **state)
{
    struct waiter user, kernel;
    KEVENT event;
    (void)state;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    start_waiter(&user, &event, UserMode, FALSE);
    start_waiter(&kernel, &event, KernelMode, FALSE);
    ke_terminate_thread(&user.thread.nt->Tcb);
    ke_terminate_thread(&kernel.thread.nt->Tcb);
    assert_int_equal(join_waiter(&user), STATUS_THREAD_IS_TERMINATING);
    assert_false(atomic_load(&kernel.done));
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(join_waiter(&kernel), STATUS_SUCCESS);
}

static void one_can_wait_for_the_end_of_a_thread(void **state)
{
    struct waiter waiter;
    KEVENT event;
    (void)state;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    start_waiter(&waiter, &event, KernelMode, FALSE);
    assert_int_equal(poll(waiter.thread.nt), STATUS_TIMEOUT);
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(KeWaitForSingleObject(waiter.thread.nt, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    assert_int_equal(poll(waiter.thread.nt), STATUS_SUCCESS);
    join_waiter(&waiter);
}

// ---- contention -----------------------------------------------------------------------------------------------------

enum { THREADS = 4 };

struct contest {
    KMUTEX mutex;
    KSEMAPHORE items;
    KEVENT turn[2];
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

static void play_ping_pong(void *argument)
{
    struct contest *contest = argument;
    for (int i = 0; i < contest->rounds; i++) {
        CHECK(KeWaitForSingleObject(&contest->turn[1], Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
        KeSetEvent(&contest->turn[0], 0, FALSE);
    }
}

static void no_wake_up_gets_lost(void **state)
{
    struct contest contest = {.rounds = 5000 * RACES};
    struct thread thread;
    (void)state;
    KeInitializeEvent(&contest.turn[0], SynchronizationEvent, FALSE);
    KeInitializeEvent(&contest.turn[1], SynchronizationEvent, FALSE);
    start_thread(&thread, play_ping_pong, &contest);
    for (int i = 0; i < contest.rounds; i++) {
        LARGE_INTEGER timeout = after_ms(10000);
        KeSetEvent(&contest.turn[1], 0, FALSE);
        assert_int_equal(KeWaitForSingleObject(&contest.turn[0], Executive, KernelMode, FALSE, &timeout), STATUS_SUCCESS);
    }
    join_thread(&thread);
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

#define APC_TEST(name) cmocka_unit_test_setup_teardown(name, reset_counts, shut_down_after_test)

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
        KERNEL_TEST(alerts_end_only_alertable_waits),
        KERNEL_TEST(an_alert_waits_for_the_next_alertable_wait),
        APC_TEST(kernel_apcs_run_in_a_wait_and_do_not_end_it),
        APC_TEST(regions_hold_kernel_apcs_back),
        APC_TEST(user_apcs_end_alertable_user_waits_only),
        APC_TEST(a_user_apc_is_taken_once_with_its_arguments),
        APC_TEST(what_comes_during_a_kernel_apc_ends_the_wait),
        KERNEL_TEST(termination_ends_user_mode_waits_only),
        KERNEL_TEST(one_can_wait_for_the_end_of_a_thread),
        KERNEL_TEST(a_mutex_excludes),
        KERNEL_TEST(no_wake_up_gets_lost),
        KERNEL_TEST(timeouts_that_race_with_releases_lose_nothing),
    };
    return cmocka_run_group_tests_name("ke: waits", tests, NULL, NULL);
}
