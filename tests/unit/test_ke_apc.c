// What interrupts a wait: alerts, APCs, the end of the thread. Facts: semantics 25.
#include "kernel_test.h"

static LARGE_INTEGER now_or_never; // a timeout of zero: do not wait

static NTSTATUS poll(void *object)
{
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &now_or_never);
}

// ---- alerts and APCs ----------------------------------------------------------------------------------------------

static void alerts_end_only_alertable_waits(void **state)
{
    static const struct {
        KPROCESSOR_MODE wait;
        BOOLEAN alertable;
        KPROCESSOR_MODE alert;
        bool ends;
    } cases[] = {
        {UserMode, TRUE, UserMode, true},    {UserMode, TRUE, KernelMode, true}, {KernelMode, TRUE, KernelMode, true},
        {KernelMode, TRUE, UserMode, false}, {UserMode, FALSE, UserMode, false}, {KernelMode, FALSE, KernelMode, false},
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

static void NTAPI kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1,
                                 PVOID *argument2)
{
    (void)apc, (void)routine, (void)context, (void)argument1, (void)argument2;
    CHECK(KeGetCurrentIrql() == APC_LEVEL);
    atomic_fetch_add(&kernel_routines, 1);
}

static void NTAPI user_kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1,
                                      PVOID *argument2)
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
    KeInitializeApc(&normal, thread, OriginalApcEnvironment, kernel_routine, NULL, normal_routine, KernelMode,
                    (PVOID)1);
    assert_true(KeInsertQueueApc(&special, NULL, NULL, 0));
    assert_true(KeInsertQueueApc(&normal, (PVOID)2, (PVOID)3, 0));
    until_count(&kernel_routines, 2);
    until_count(&normal_routines, 1);
    assert_false(atomic_load(&waiter.done));
    until_waiting(&waiter.thread);
    KeSetEvent(&event, 0, FALSE);
    assert_int_equal(KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    assert_false(KeInsertQueueApc(&special, NULL, NULL, 0)); // the thread has ended
    assert_int_equal(join_waiter(&waiter), STATUS_SUCCESS);
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
    } cases[] = {
        {UserMode, TRUE, true}, {UserMode, FALSE, false}, {KernelMode, TRUE, false}, {KernelMode, FALSE, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        start_waiter(&waiter, &event, cases[i].mode, cases[i].alertable);
        KeInitializeApc(&apc, &waiter.thread.nt->Tcb, OriginalApcEnvironment, user_kernel_routine, rundown,
                        normal_routine, UserMode, (PVOID)1);
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
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, user_kernel_routine, NULL, normal_routine,
                    UserMode, (PVOID)1);
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

static void NTAPI slow_kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1,
                                      PVOID *argument2)
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
        KeInitializeApc(apc, &thread->nt->Tcb, OriginalApcEnvironment, user_kernel_routine, rundown, normal_routine,
                        UserMode, NULL);
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
            KeInitializeApc(&apc, &waiter.thread.nt->Tcb, OriginalApcEnvironment, slow_kernel_routine, NULL, NULL,
                            KernelMode, NULL);
            assert_true(KeInsertQueueApc(&apc, NULL, NULL, 0));
            while (!atomic_load(&in_apc))
                hal_yield();
            interrupt(&waiter.thread, &user, how);
            atomic_store(&leave_apc, true);
            assert_int_equal(join_waiter(&waiter), expected[how]);
        }
}

// ---- termination ------------------------------------------------------------------------------------------

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

#define APC_TEST(name) cmocka_unit_test_setup_teardown(name, reset_counts, shut_down_after_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(alerts_end_only_alertable_waits),           KERNEL_TEST(an_alert_waits_for_the_next_alertable_wait),
        APC_TEST(kernel_apcs_run_in_a_wait_and_do_not_end_it),  APC_TEST(regions_hold_kernel_apcs_back),
        APC_TEST(user_apcs_end_alertable_user_waits_only),      APC_TEST(a_user_apc_is_taken_once_with_its_arguments),
        APC_TEST(what_comes_during_a_kernel_apc_ends_the_wait), KERNEL_TEST(termination_ends_user_mode_waits_only),
        KERNEL_TEST(one_can_wait_for_the_end_of_a_thread),
    };
    return cmocka_run_group_tests_name("ke: alerts and APCs", tests, NULL, NULL);
}
