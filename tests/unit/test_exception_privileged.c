// Privileged instructions in a driver, and KUSER_SHARED_DATA: carried out, by traps or by what the loader put in their
// place. The driver is tests/drivers/exceptions.c.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "exception_harness.h"

static void irql_is_raised_and_lowered(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_IRQL});
    assert_int_equal(reply.values[0], PASSIVE_LEVEL);
    assert_int_equal(reply.values[1], APC_LEVEL);
    assert_int_equal(reply.values[2], DISPATCH_LEVEL);
    assert_int_equal(reply.values[3], APC_LEVEL);
    assert_int_equal(reply.values[4], PASSIVE_LEVEL);
    assert_int_equal(reply.values[5], PASSIVE_LEVEL);
    assert_int_equal(reply.values[6], APC_LEVEL);
}

static void shared_data_is_up_to_date(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_SHARED_DATA});
    assert_int_equal(reply.values[0], 10);                           // NtMajorVersion
    assert_in_range(reply.values[2] - reply.values[1], 0, 1);        // ticks: shared data, then KeQueryTickCount
    assert_in_range(reply.values[4] - reply.values[3], 0, 10000000); // within a second
    assert_int_equal(reply.values[5], 'C' + ':');
    assert_int_equal((int64_t)reply.values[6], (int16_t)0x8664); // ImageNumberLow, sign extended
    assert_int_equal(reply.values[7], 1);
}

static void shared_data_can_be_copied(void **state)
{
    (void)state;
    if (HAL_ASAN)
        skip(); // it looks at the address before memcpy does
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_SHARED_COPY});
    assert_int_equal(reply.values[0], 10);
    assert_int_equal(reply.values[1], 10);
    assert_int_equal(reply.values[2], 2 * strlen("C:\\Windows"));
}

static void privileged_instructions_are_carried_out(void **state)
{
    (void)state;
    struct exceptions_reply reply = run((struct exceptions_request){.what = CASE_PRIVILEGED});
    assert_int_equal(reply.values[0], 0x80050033); // cr0
    assert_int_not_equal(reply.values[1], 0);
    assert_int_equal(reply.values[2], UINT32_MAX); // an empty bus
    assert_int_equal(reply.values[3], 3 * 0xFF);
    assert_int_equal(reply.values[4] & 0x500, 0x500); // EFER: long mode
    assert_true(reply.values[5]);
    assert_int_equal(reply.values[6], 0x400); // dr7
    assert_true(reply.values[7]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(irql_is_raised_and_lowered),
        cmocka_unit_test(shared_data_is_up_to_date),
        cmocka_unit_test(shared_data_can_be_copied),
        cmocka_unit_test(privileged_instructions_are_carried_out),
    };
    return cmocka_run_group_tests_name("privileged instructions of a driver", tests, boot, shut_down);
}
