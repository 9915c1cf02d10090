// What a client may hold of the kernel's memory: it is refused more, gets it again when it has let go, and owes nothing at
// its end.
#include "cm_test.h"

#include <setjmp.h>
#include <stdio.h>

enum { LIMIT = 64 * 1024 };

static int set_up(void **state)
{
    cm_test_boot(state);
    assert_true(mm_set_quota(&cm_application->Pcb, LIMIT));
    return 0;
}

static void charges_add_up(void **state)
{
    struct mm_charge one = {0}, two = {0}, three = {0};
    (void)state;
    assert_int_equal(mm_charge(&one, LIMIT / 2), STATUS_SUCCESS);
    assert_int_equal(mm_charge(&two, LIMIT / 2), STATUS_SUCCESS);
    assert_false(mm_quota_is_full());
    assert_int_equal(mm_charge(&three, 1), STATUS_QUOTA_EXCEEDED);
    mm_charge_anyway(&three, 1);
    assert_true(mm_quota_is_full());
    mm_uncharge(&one);
    assert_false(mm_quota_is_full());
    assert_int_equal(mm_charge(&two, LIMIT), STATUS_QUOTA_EXCEEDED); // takes back the first charge, too
    assert_int_equal(mm_charge(&two, LIMIT - 1), STATUS_SUCCESS);
    mm_uncharge(&two);
    mm_uncharge(&three);
    mm_uncharge(&three); // nothing
}

static void packets_that_nobody_takes(void **state)
{
    HANDLE port;
    NTSTATUS status = STATUS_SUCCESS;
    unsigned sent = 0;
    LARGE_INTEGER at_once = {0};
    PVOID key, context;
    IO_STATUS_BLOCK iosb;
    (void)state;
    assert_int_equal(NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, 1), STATUS_SUCCESS);
    while (sent < LIMIT && NT_SUCCESS(status = NtSetIoCompletion(port, NULL, NULL, 0, 0)))
        sent++;
    assert_int_equal(status, STATUS_QUOTA_EXCEEDED);
    assert_true(sent > 100);
    assert_int_equal(NtRemoveIoCompletion(port, &key, &context, &iosb, &at_once), STATUS_SUCCESS);
    assert_int_equal(NtSetIoCompletion(port, NULL, NULL, 0, 0), STATUS_SUCCESS);
    assert_int_equal(NtClose(port), STATUS_SUCCESS); // with its packets
    assert_false(mm_quota_is_full());
    assert_int_equal(NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, 1), STATUS_SUCCESS);
    assert_int_equal(NtSetIoCompletion(port, NULL, NULL, 0, 0), STATUS_SUCCESS);
    NtClose(port);
}

static void NTAPI never(PVOID context, PVOID argument1, PVOID argument2)
{
    (void)context, (void)argument1, (void)argument2;
}

static void apcs_that_never_run(void **state)
{
    NTSTATUS status = STATUS_SUCCESS;
    unsigned queued = 0;
    (void)state;
    while (queued < LIMIT && NT_SUCCESS(status = NtQueueApcThread(NtCurrentThread(), never, NULL, NULL, NULL)))
        queued++;
    assert_int_equal(status, STATUS_QUOTA_EXCEEDED);
    assert_true(queued > 100);
}

// A driver may free what a client was charged when the client is gone.
static void the_account_outlives_the_process(void **state)
{
    struct mm_charge charge = {0};
    (void)state;
    assert_int_equal(mm_charge(&charge, 1), STATUS_SUCCESS);
    ps_rundown_process(cm_application);
    ps_detach_thread();
    mm_uncharge(&charge);
    cm_application = ps_create_process(1001, "application", 0x10000, 0x7ffffffff000);
    ps_attach_thread(cm_application, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, cm_test_shut_down)
    const struct CMUnitTest tests[] = {
        TEST(charges_add_up),
        TEST(packets_that_nobody_takes),
        TEST(apcs_that_never_run),
        TEST(the_account_outlives_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
