// What a driver does that no __except may catch: it ends in a readable report, and everything else goes on.
// Each test has a kernel of its own, for the driver does not survive it. The driver is tests/drivers/exceptions.c.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "exception_harness.h"

#define BAD_ADDRESS    0x10ull
#define KERNEL_ADDRESS 0xFFFF800000001000ull

static void other_drivers_go_on(void)
{
    HANDLE handle = open_path(L"\\??\\LySharkDriver");
    IO_STATUS_BLOCK iosb;
    char buffer[5];
    assert_status(NtReadFile(handle, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, NULL, NULL), STATUS_SUCCESS);
    assert_memory_equal(buffer, "hello", 5);
    assert_status(NtClose(handle), STATUS_SUCCESS);
}

static void log_has(const char *text)
{
    if (!strstr(log_text, text))
        fail_msg("\"%s\" is not in the log:\n%s", text, log_text);
}

// The request fails, the log names the stop code and has the words, the driver is stopped, others are not.
static void stops(struct exceptions_request request, const char *code, const char *words)
{
    char first[96];
    assert_status(try_run(request), STATUS_DRIVER_INTERNAL_ERROR);
    snprintf(first, sizeof first, "*** bugcheck %s in test-exceptions.sys+0x", code);
    log_has(first);
    log_has(words);
    log_has("stack: test-exceptions.sys+0x");
    assert_status(try_run((struct exceptions_request){.what = CASE_FINALLY}), STATUS_DRIVER_INTERNAL_ERROR);
    other_drivers_go_on();
}

static void an_unhandled_violation(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_READ, .address = BAD_ADDRESS}, "SYSTEM_SERVICE_EXCEPTION (0x3B)",
          "STATUS_ACCESS_VIOLATION (0xC0000005), read of address 0x10, and no __except took it");
}

static void the_report_has_parameters_and_registers(void **state)
{
    (void)state;
    assert_status(try_run((struct exceptions_request){.what = CASE_READ, .address = BAD_ADDRESS}),
                  STATUS_DRIVER_INTERNAL_ERROR);
    log_has("1: 0x00000000C0000005  exception code");
    log_has("rcx 0000000000000010");
    log_has("irql 0");
    log_has("ReadByRcx");
    log_has("DispatchControl");
}

static void a_kernel_address_within_a_try(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_READ_CAUGHT, .address = KERNEL_ADDRESS},
          "PAGE_FAULT_IN_NONPAGED_AREA (0x50)", "read of kernel address 0xFFFF800000001000");
}

static void freed_pool_within_a_try(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_WRITE_CAUGHT, .address = HAL_KERNEL_END - 4096},
          "PAGE_FAULT_IN_NONPAGED_AREA (0x50)", "write to kernel address");
}

static void a_kernel_address_in_a_copy_within_a_try(void **state)
{
    (void)state;
    if (HAL_ASAN)
        skip(); // it looks at the address before memcpy does
    stops((struct exceptions_request){.what = CASE_COPY, .address = KERNEL_ADDRESS, .length = 100},
          "PAGE_FAULT_IN_NONPAGED_AREA (0x50)", "read of kernel address 0xFFFF8000000010");
}

static void a_user_address_at_dispatch_level(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_IRQL_READ, .address = BAD_ADDRESS},
          "DRIVER_IRQL_NOT_LESS_OR_EQUAL (0xD1)", "at IRQL 2");
    assert_int_equal(ke_irql(), PASSIVE_LEVEL);
}

static void shared_data_cannot_be_written(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_SHARED_WRITE}, "ATTEMPTED_WRITE_TO_READONLY_MEMORY (0xBE)",
          "KUSER_SHARED_DATA");
}

static void a_fast_fail(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_FAST_FAIL}, "KERNEL_SECURITY_CHECK_FAILURE (0x139)",
          "a LIST_ENTRY is corrupt");
}

static void endless_recursion(void **state)
{
    (void)state;
    stops((struct exceptions_request){.what = CASE_OVERFLOW}, "UNEXPECTED_KERNEL_MODE_TRAP (0x7F)",
          "the kernel stack is used up");
}

// KeSetEvent takes the kernel's own lock before it looks at the event: nothing may stay locked.
static void a_bad_object_in_a_kernel_routine(void **state)
{
    LARGE_INTEGER no_time = {.QuadPart = 0};
    KEVENT event;
    (void)state;
    stops((struct exceptions_request){.what = CASE_SET_EVENT, .address = BAD_ADDRESS},
          "SYSTEM_SERVICE_EXCEPTION (0x3B)", "address 0x1");
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    assert_status(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &no_time), STATUS_TIMEOUT);
}

// The driver's own thread or DPC ends; the request that waited for it is answered.
static void a_system_thread(void **state)
{
    (void)state;
    assert_status(try_run((struct exceptions_request){.what = CASE_THREAD, .address = BAD_ADDRESS}), STATUS_SUCCESS);
    log_has("*** bugcheck SYSTEM_THREAD_EXCEPTION_NOT_HANDLED (0x7E) in test-exceptions.sys+0x");
    other_drivers_go_on();
}

static void a_dpc(void **state)
{
    (void)state;
    assert_status(try_run((struct exceptions_request){.what = CASE_DPC, .address = BAD_ADDRESS}), STATUS_SUCCESS);
    log_has("*** bugcheck DRIVER_IRQL_NOT_LESS_OR_EQUAL (0xD1) in test-exceptions.sys+0x");
    other_drivers_go_on();
}

// The request in which a driver was stopped stays behind: a thread or timer of the driver might still complete it.
#define CASE(name) cmocka_unit_test_setup_teardown(name, boot, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_unhandled_violation),
        CASE(the_report_has_parameters_and_registers),
        CASE(a_kernel_address_within_a_try),
        CASE(freed_pool_within_a_try),
        CASE(a_kernel_address_in_a_copy_within_a_try),
        CASE(a_user_address_at_dispatch_level),
        CASE(shared_data_cannot_be_written),
        CASE(a_fast_fail),
        CASE(endless_recursion),
        CASE(a_bad_object_in_a_kernel_routine),
        CASE(a_system_thread),
        CASE(a_dpc),
    };
    return cmocka_run_group_tests_name("bugchecks of a driver", tests, NULL, NULL);
}
