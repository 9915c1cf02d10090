// The tables of NTSTATUS values and Win32 errors: sorted, complete, and the mappings a driver meets
// (semantics 53).
#include "../../kernel/rtl/status.c"

#include <nt/ntstatus.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void tables_are_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < RTL_NUMBER_OF(statuses); i++)
        if (statuses[i - 1].status > statuses[i].status)
            fail_msg("status.def: %s stands after %s", statuses[i].name, statuses[i - 1].name);
    for (size_t i = 1; i < RTL_NUMBER_OF(errors); i++)
        if (errors[i - 1].error >= errors[i].error)
            fail_msg("winerror.def: %s stands after %s", errors[i].name, errors[i - 1].name);
}

// Each error the table maps to has a name and a text; values above 15999 are NTSTATUSes and HRESULTs
// themselves.
static void every_error_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(statuses); i++) {
        ULONG error = statuses[i].win32;
        if (error < 16000 && !rtl_win32_text(error))
            fail_msg("%s becomes %u, which winerror.def does not have", statuses[i].name, error);
    }
}

static void fact_53(void **state)
{
    static const struct {
        NTSTATUS status;
        ULONG error;
    } cases[] = {
        {STATUS_SUCCESS, 0},
        {STATUS_TIMEOUT, 1460},
        {STATUS_PENDING, 997},
        {STATUS_BUFFER_OVERFLOW, 234},
        {STATUS_NO_MORE_FILES, 18},
        {STATUS_NO_MORE_ENTRIES, 259},
        {STATUS_DATATYPE_MISALIGNMENT, 998},
        {STATUS_DEVICE_BUSY, 170},
        {STATUS_PARTIAL_COPY, 299},
        {STATUS_UNSUCCESSFUL, 31},
        {STATUS_NOT_IMPLEMENTED, 1},
        {STATUS_INVALID_DEVICE_REQUEST, 1},
        {STATUS_NOT_SUPPORTED, 50},
        {STATUS_INFO_LENGTH_MISMATCH, 24},
        {STATUS_ACCESS_VIOLATION, 998},
        {STATUS_INVALID_HANDLE, 6},
        {STATUS_OBJECT_TYPE_MISMATCH, 6},
        {STATUS_INVALID_PARAMETER, 87},
        {STATUS_NO_SUCH_DEVICE, 2},
        {STATUS_NO_SUCH_FILE, 2},
        {STATUS_OBJECT_NAME_NOT_FOUND, 2},
        {STATUS_OBJECT_PATH_NOT_FOUND, 3},
        {STATUS_OBJECT_NAME_INVALID, 123},
        {STATUS_OBJECT_PATH_SYNTAX_BAD, 161},
        {STATUS_OBJECT_NAME_COLLISION, 183},
        {STATUS_END_OF_FILE, 38},
        {STATUS_NO_MEMORY, 8},
        {STATUS_ACCESS_DENIED, 5},
        {STATUS_DELETE_PENDING, 5},
        {STATUS_BUFFER_TOO_SMALL, 122},
        {STATUS_SHARING_VIOLATION, 32},
        {STATUS_INSUFFICIENT_RESOURCES, 1450},
        {STATUS_QUOTA_EXCEEDED, 1816},
        {STATUS_WORKING_SET_QUOTA, 1453},
        {STATUS_DEVICE_NOT_READY, 21},
        {STATUS_DEVICE_DOES_NOT_EXIST, 55},
        {STATUS_IO_DEVICE_ERROR, 1117},
        {STATUS_IO_TIMEOUT, 121},
        {STATUS_INVALID_USER_BUFFER, 1784},
        {STATUS_INVALID_BUFFER_SIZE, 1784},
        {STATUS_CANCELLED, 995},
        {STATUS_PRIVILEGE_NOT_HELD, 1314},
        {STATUS_IMAGE_ALREADY_LOADED, 1056},
        {STATUS_INVALID_IMAGE_FORMAT, 193},
        {STATUS_DLL_NOT_FOUND, 126},
        {STATUS_PROCEDURE_NOT_FOUND, 127},
        {STATUS_ENTRYPOINT_NOT_FOUND, 127},
        {STATUS_DEVICE_REMOVED, 1617},
        {STATUS_NOT_FOUND, 1168},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(cases); i++) {
        ULONG error = RtlNtStatusToDosError(cases[i].status);
        if (error != cases[i].error)
            fail_msg("fact 53: %s: expected %u, came %u", rtl_status_name(cases[i].status), cases[i].error, error);
    }
}

static void rules_beside_the_table(void **state)
{
    (void)state;
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0xC0FFEE00), 317);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0x12345678), 317);
    assert_int_equal((ULONG)RtlNtStatusToDosError((NTSTATUS)0xE0000001), 0xE0000001);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0x20000005), 0x20000005);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0xD0000022), 5);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0x80070005), 5);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0xC0070005), 5);
    assert_int_equal(RtlNtStatusToDosError((NTSTATUS)0xC0010005), 5);
    assert_int_equal(RtlNtStatusToDosErrorNoTeb(STATUS_ACCESS_DENIED), 5);
}

static void names_and_texts(void **state)
{
    (void)state;
    assert_string_equal(rtl_status_name(0), "STATUS_SUCCESS"); // not STATUS_WAIT_0
    assert_string_equal(rtl_status_name(0x80), "STATUS_ABANDONED");
    assert_string_equal(rtl_status_name(STATUS_OBJECT_NAME_COLLISION), "STATUS_OBJECT_NAME_COLLISION");
    assert_string_equal(rtl_status_name((NTSTATUS)0xC0FFEE00), "unknown NTSTATUS");
    assert_string_equal(rtl_win32_name(2), "ERROR_FILE_NOT_FOUND");
    assert_string_equal(rtl_win32_name(1072), "ERROR_SERVICE_MARKED_FOR_DELETE");
    assert_string_equal(rtl_win32_name(0x7fffffff), "unknown Win32 error");
    assert_string_equal(rtl_win32_text(5), "Access is denied.");
    assert_string_equal(rtl_win32_text(1060), "The specified service does not exist as an installed service.");
    assert_null(rtl_win32_text(0x7fffffff));
    for (ULONG error = 1051; error <= 1079; error++) // what the service control manager answers
        assert_non_null(rtl_win32_text(error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sorted),      cmocka_unit_test(every_error_is_described), cmocka_unit_test(fact_53),
        cmocka_unit_test(rules_beside_the_table), cmocka_unit_test(names_and_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
