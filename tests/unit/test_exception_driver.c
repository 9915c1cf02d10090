// Structured exceptions of a real driver: what its __try blocks catch, and what becomes of what they do not.
// The driver is tests/drivers/exceptions.c.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "exception_harness.h"

#define BAD_ADDRESS    0x10ull // a user address where nothing is
#define KERNEL_ADDRESS 0xFFFF800000001000ull

static char user_data[8192] __attribute__((aligned(4096)));

// ---- raised in software ---------------------------------------------------------------------------------------------

static void caught(enum exceptions_case what, uint64_t argument, NTSTATUS expected)
{
    struct exceptions_reply reply = run((struct exceptions_request){.what = what, .argument = argument});
    assert_status(reply.status, expected);
    assert_status(reply.code, expected);
    assert_int_equal(reply.step_count, 1);
    assert_int_equal(reply.steps[0], 2);
    assert_true(reply.in_driver);
}

static void raised_statuses_are_caught(void **state)
{
    (void)state;
    caught(CASE_RAISE_STATUS, (ULONG)STATUS_DEVICE_NOT_READY, STATUS_DEVICE_NOT_READY);
    assert_int_equal(last.flags & EXCEPTION_NONCONTINUABLE, EXCEPTION_NONCONTINUABLE);
    caught(CASE_RAISE_RTL_STATUS, (ULONG)STATUS_NO_MEMORY, STATUS_NO_MEMORY);
    caught(CASE_RAISE_VIOLATION, 0, STATUS_ACCESS_VIOLATION);
    caught(CASE_RAISE_MISALIGNMENT, 0, STATUS_DATATYPE_MISALIGNMENT);
}

static void a_raised_record_is_what_filters_see(void **state)
{
    (void)state;
    caught(CASE_RAISE_RECORD, 0xE0001234, (NTSTATUS)0xE0001234);
    assert_int_equal(last.parameters, 3);
    assert_int_equal(last.information[0], 11);
    assert_int_equal(last.information[2], 33);
    assert_int_equal(last.flags & EXCEPTION_NONCONTINUABLE, 0);
}

static void continuing_returns_from_the_raise(void **state)
{
    (void)state;
    struct exceptions_reply reply =
        run((struct exceptions_request){.what = CASE_RAISE_CONTINUED, .argument = 0xE0000001});
    assert_status(reply.status, STATUS_SUCCESS);
    assert_int_equal(reply.step_count, 3); // the filter's, then behind the raise, then the end of the __try
    assert_int_equal(reply.steps[1], 77);
    assert_int_equal(reply.steps[2], 1);
}

static void continuing_a_noncontinuable_exception_raises_another(void **state)
{
    (void)state;
    struct exceptions_reply reply =
        run((struct exceptions_request){.what = CASE_RAISE_NONCONTINUABLE, .argument = (ULONG)STATUS_DATA_ERROR});
    assert_status(reply.status, STATUS_NONCONTINUABLE_EXCEPTION);
    assert_int_equal(reply.flags & EXCEPTION_NONCONTINUABLE, EXCEPTION_NONCONTINUABLE);
}

// ---- faults -----------------------------------------------------------------------------------------------------------

static void access_violations_of_user_addresses_are_caught(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_READ_CAUGHT, .address = BAD_ADDRESS});
    assert_status(reply.status, STATUS_ACCESS_VIOLATION);
    assert_int_equal(reply.parameters, 2);
    assert_int_equal(reply.information[0], 0);
    assert_int_equal(reply.information[1], BAD_ADDRESS);
    assert_true(reply.in_driver);
    reply = run((struct exceptions_request){.what = CASE_WRITE_CAUGHT, .address = BAD_ADDRESS + 4});
    assert_status(reply.status, STATUS_ACCESS_VIOLATION);
    assert_int_equal(reply.information[0], 1);
    assert_int_equal(reply.information[1], BAD_ADDRESS + 4);
    reply = run((struct exceptions_request){.what = CASE_READ_CAUGHT, .address = (uintptr_t)user_data});
    assert_status(reply.status, STATUS_SUCCESS);
    assert_int_equal(reply.steps[0], 1);
}

static void the_other_faults_have_their_codes(void **state)
{
    (void)state;
    caught(CASE_DIVIDE, 0, STATUS_INTEGER_DIVIDE_BY_ZERO);
    caught(CASE_DIVIDE_OVERFLOW, 0, STATUS_INTEGER_OVERFLOW);
    caught(CASE_ILLEGAL, 0, STATUS_ILLEGAL_INSTRUCTION);
    caught(CASE_BREAK_CAUGHT, 0, STATUS_BREAKPOINT);
    caught(CASE_ASSERT, 0, STATUS_ASSERTION_FAILURE);
    caught(CASE_WILD, 0, STATUS_ACCESS_VIOLATION);
    assert_int_equal(last.information[1], UINT64_MAX);
    caught(CASE_UNKNOWN_MSR, 0x12345678, STATUS_ACCESS_VIOLATION);
}

static void a_call_into_nowhere_is_an_execute_fault(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_CALL_NOWHERE, .address = 0});
    assert_status(reply.status, STATUS_ACCESS_VIOLATION);
    assert_int_equal(reply.information[0], 8);
    assert_int_equal(reply.information[1], 0);
}

static void a_filter_may_repair_and_continue(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_CONTINUE, .address = BAD_ADDRESS});
    assert_status(reply.status, STATUS_SUCCESS);
    assert_int_equal(reply.values[0], 4711);
    assert_status(reply.code, STATUS_ACCESS_VIOLATION);
}

static void break_points_that_nobody_handles_go_on(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_BREAK});
    assert_status(reply.status, STATUS_SUCCESS);
    assert_int_equal(reply.step_count, 3);
    assert_non_null(strstr(log_text, "break point"));
}

// ---- through kernel code ------------------------------------------------------------------------------------------------

static void a_bad_pointer_in_a_copy_is_the_drivers_exception(void **state)
{
    static const enum exceptions_case cases[] = {CASE_COPY, CASE_INIT_STRING, CASE_PRINT};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct exceptions_reply reply =
            run((struct exceptions_request){.what = cases[i], .address = BAD_ADDRESS, .length = 200});
        assert_status(reply.status, STATUS_ACCESS_VIOLATION);
        assert_true(reply.information[1] >= BAD_ADDRESS && reply.information[1] < BAD_ADDRESS + 200);
    }
}

static void lock_pages_raises_and_finally_runs(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){
        .what = CASE_LOCK_PAGES, .address = BAD_ADDRESS, .length = 100, .argument = IoWriteAccess});
    assert_status(reply.status, STATUS_ACCESS_VIOLATION);
    reply = run((struct exceptions_request){.what = CASE_LOCK_PAGES, .address = (uintptr_t)user_data, .length = 8000});
    assert_status(reply.status, STATUS_SUCCESS);
}

static void exceptions_pass_through_IoCallDriver(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_THROUGH_CALL});
    assert_status(reply.status, STATUS_DEVICE_BUSY);
}

static void nonvolatile_registers_survive(void **state)
{
    (void)state;
    struct exceptions_reply reply =
        run((struct exceptions_request){.what = CASE_REGISTERS, .address = KERNEL_ADDRESS, .length = 8, .argument = 1});
    assert_int_equal(reply.values[0], 0); // raised by ProbeForWrite
    assert_int_equal(reply.values[1], 0); // a fault in memcpy
    assert_int_equal(reply.values[2], 0); // a fault in the driver
}

// ---- probing --------------------------------------------------------------------------------------------------------------

static void probes_follow_the_rules(void **state)
{
    static const struct {
        const char *name;
        uint64_t address;
        uint32_t length, alignment;
        NTSTATUS read, write;
    } rows[] = {
        {"length 0: no check at all", KERNEL_ADDRESS + 1, 0, 8, STATUS_SUCCESS, STATUS_SUCCESS},
        {"kernel address", KERNEL_ADDRESS, 1, 1, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION},
        {"kernel pool", HAL_KERNEL_BASE + 4096, 1, 1, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION},
        {"end wraps around", UINT64_MAX - 4, 16, 1, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION},
        {"into the kernel", HAL_KERNEL_BASE - 8, 16, 1, STATUS_ACCESS_VIOLATION, STATUS_ACCESS_VIOLATION},
        {"misaligned", 0x10001, 4, 4, STATUS_DATATYPE_MISALIGNMENT, STATUS_DATATYPE_MISALIGNMENT},
        {"misaligned comes before the range", KERNEL_ADDRESS + 1, 4, 4, STATUS_DATATYPE_MISALIGNMENT,
         STATUS_DATATYPE_MISALIGNMENT},
        {"user half, not there: only a write probe touches", 0x10000, 4, 4, STATUS_SUCCESS, STATUS_ACCESS_VIOLATION},
        {"NULL lies in the user half", 0, 1, 1, STATUS_SUCCESS, STATUS_ACCESS_VIOLATION},
        {"memory of the application", 0, 8192, 4, STATUS_SUCCESS, STATUS_SUCCESS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t address = strstr(rows[i].name, "application") ? (uintptr_t)user_data : rows[i].address;
        struct exceptions_request request = {
            .what = CASE_PROBE_READ, .address = address, .length = rows[i].length, .argument = rows[i].alignment};
        NTSTATUS read = run(request).status;
        request.what = CASE_PROBE_WRITE;
        NTSTATUS write = run(request).status;
        if (read != rows[i].read || write != rows[i].write)
            fail_msg("fact 41: %s: ProbeForRead %s, ProbeForWrite %s", rows[i].name, rtl_status_name(read),
                     rtl_status_name(write));
    }
}

static void addresses_are_valid_or_not(void **state)
{
    (void)state;
    assert_true(run((struct exceptions_request){.what = CASE_VALID, .address = (uintptr_t)user_data}).values[0]);
    assert_true(run((struct exceptions_request){.what = CASE_VALID, .address = KI_USER_SHARED_DATA}).values[0]);
    assert_false(run((struct exceptions_request){.what = CASE_VALID, .address = BAD_ADDRESS}).values[0]);
    assert_false(run((struct exceptions_request){.what = CASE_VALID, .address = KERNEL_ADDRESS}).values[0]);
}

// ---- order ----------------------------------------------------------------------------------------------------------------

static void steps_are(enum exceptions_case what, NTSTATUS status, const char *expected)
{
    char got[256] = "";
    struct exceptions_reply reply =
        run((struct exceptions_request){.what = what, .argument = (ULONG)STATUS_DEVICE_NOT_READY});
    for (unsigned i = 0; i < reply.step_count; i++)
        sprintf(got + strlen(got), "%s%u", i ? " " : "", reply.steps[i]);
    assert_string_equal(got, expected);
    assert_status(reply.status, status);
}

static void filters_run_before_termination_handlers(void **state)
{
    (void)state;
    steps_are(CASE_NESTED, STATUS_DEVICE_NOT_READY, "1 2 3 1 4 5 6");
    steps_are(CASE_FINALLY, STATUS_SUCCESS, "1 2");
}

// The first exception: asked at (2) "is it a data error?", no; taken by the outermost. On the way the inner __finally
// (1) raises the second: (2) yes. The remaining termination handler (3), then the handler (4).
static void an_unwind_may_collide_with_another(void **state)
{
    (void)state;
    steps_are(CASE_COLLIDED, STATUS_DATA_ERROR, "2 1 2 3 4 6");
}

static void filters_and_handlers_may_raise(void **state)
{
    (void)state;
    steps_are(CASE_FILTER_RAISES, STATUS_DEVICE_NOT_READY, "1 2 3 4");
    steps_are(CASE_HANDLER_RAISES, STATUS_DATA_ERROR, "1 2 3");
}

static void drivers_may_unwind_and_restore_themselves(void **state)
{
    (void)state;
    steps_are(CASE_RESTORE, STATUS_SUCCESS, "1 2 3");
    steps_are(CASE_UNWIND, STATUS_SUCCESS, "1 2 3");
    assert_int_equal(last.values[0], 42);
}

static void the_stack_can_be_walked(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_BACKTRACE});
    assert_true(reply.values[0] >= 2); // Backtrace, DispatchControl; more when nothing is inlined
    assert_int_equal(reply.values[0], reply.values[1]);
    for (int i = 2; i < 6; i++)
        assert_true(reply.values[i]);
    assert_true(reply.values[6]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raised_statuses_are_caught),
        cmocka_unit_test(a_raised_record_is_what_filters_see),
        cmocka_unit_test(continuing_returns_from_the_raise),
        cmocka_unit_test(continuing_a_noncontinuable_exception_raises_another),
        cmocka_unit_test(access_violations_of_user_addresses_are_caught),
        cmocka_unit_test(the_other_faults_have_their_codes),
        cmocka_unit_test(a_call_into_nowhere_is_an_execute_fault),
        cmocka_unit_test(a_filter_may_repair_and_continue),
        cmocka_unit_test(break_points_that_nobody_handles_go_on),
        cmocka_unit_test(a_bad_pointer_in_a_copy_is_the_drivers_exception),
        cmocka_unit_test(lock_pages_raises_and_finally_runs),
        cmocka_unit_test(exceptions_pass_through_IoCallDriver),
        cmocka_unit_test(nonvolatile_registers_survive),
        cmocka_unit_test(probes_follow_the_rules),
        cmocka_unit_test(addresses_are_valid_or_not),
        cmocka_unit_test(filters_run_before_termination_handlers),
        cmocka_unit_test(an_unwind_may_collide_with_another),
        cmocka_unit_test(filters_and_handlers_may_raise),
        cmocka_unit_test(drivers_may_unwind_and_restore_themselves),
        cmocka_unit_test(the_stack_can_be_walked),
    };
    return cmocka_run_group_tests_name("exceptions of a driver", tests, boot, shut_down);
}
