// System time and calendar fields, versions, random numbers.
#include <nt/ntstatus.h>
#include <nt/rtl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <cmocka.h>

#define SECOND 10000000ll

// Every day of nine centuries, counted one by one.
static void every_day(void **state)
{
    (void)state;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    LARGE_INTEGER at = {.QuadPart = 0}, back;
    TIME_FIELDS fields;
    int weekday = 1;
    for (int year = 1601; year < 2500; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= days[month - 1] + (leap && month == 2); day++) {
                RtlTimeToTimeFields(&at, &fields);
                if (fields.Year != year || fields.Month != month || fields.Day != day || fields.Weekday != weekday)
                    fail_msg("%d-%d-%d became %d-%d-%d", year, month, day, fields.Year, fields.Month, fields.Day);
                assert_true(RtlTimeFieldsToTime(&fields, &back));
                assert_int_equal(back.QuadPart, at.QuadPart);
                at.QuadPart += 86400 * SECOND;
                weekday = (weekday + 1) % 7;
            }
        }
    }
}

static void parts_of_a_day(void **state)
{
    (void)state;
    LARGE_INTEGER at, back;
    TIME_FIELDS fields;
    for (int i = 0; i < 100000; i++) {
        at.QuadPart = (((LONGLONG)rand() << 31 ^ rand()) & MAXLONGLONG) / 10000 * 10000;
        RtlTimeToTimeFields(&at, &fields);
        assert_true(fields.Hour < 24 && fields.Minute < 60 && fields.Second < 60 && fields.Milliseconds < 1000);
        assert_true(RtlTimeFieldsToTime(&fields, &back));
        assert_int_equal(back.QuadPart, at.QuadPart);
    }
    at.QuadPart = MAXLONGLONG;
    RtlTimeToTimeFields(&at, &fields);
    assert_int_equal(fields.Year, 30828);
}

static void invalid_fields(void **state)
{
    static const TIME_FIELDS bad[] = {
        {1600, 1, 1, 0, 0, 0, 0, 0},    {30828, 1, 1, 0, 0, 0, 0, 0}, {2000, 0, 1, 0, 0, 0, 0, 0},
        {2000, 13, 1, 0, 0, 0, 0, 0},   {2000, 1, 0, 0, 0, 0, 0, 0},  {2000, 1, 32, 0, 0, 0, 0, 0},
        {2001, 2, 29, 0, 0, 0, 0, 0},   {1900, 2, 29, 0, 0, 0, 0, 0}, {2000, 4, 31, 0, 0, 0, 0, 0},
        {2000, 1, 1, 24, 0, 0, 0, 0},   {2000, 1, 1, 0, 60, 0, 0, 0}, {2000, 1, 1, 0, 0, 60, 0, 0},
        {2000, 1, 1, 0, 0, 0, 1000, 0},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(bad); i++) {
        TIME_FIELDS fields = bad[i];
        LARGE_INTEGER time;
        assert_false(RtlTimeFieldsToTime(&fields, &time));
    }
    TIME_FIELDS leap = {2000, 2, 29, 0, 0, 0, 0, 99}; // the weekday does not matter
    LARGE_INTEGER time;
    assert_true(RtlTimeFieldsToTime(&leap, &time));
}

static void seconds(void **state)
{
    (void)state;
    LARGE_INTEGER at;
    ULONG count;
    RtlSecondsSince1970ToTime(0, &at);
    assert_int_equal(at.QuadPart, 116444736000000000);
    RtlSecondsSince1980ToTime(0, &at);
    assert_true(RtlTimeToSecondsSince1970(&at, &count));
    assert_int_equal(count, 315532800);
    assert_true(RtlTimeToSecondsSince1980(&at, &count));
    assert_int_equal(count, 0);
    at.QuadPart -= SECOND;
    assert_false(RtlTimeToSecondsSince1980(&at, &count));
    RtlSecondsSince1970ToTime(MAXULONG, &at);
    assert_true(RtlTimeToSecondsSince1970(&at, &count));
    assert_int_equal(count, MAXULONG);
    at.QuadPart += SECOND;
    assert_false(RtlTimeToSecondsSince1970(&at, &count));
}

static void version(void **state)
{
    (void)state;
    RTL_OSVERSIONINFOEXW information = {.dwOSVersionInfoSize = sizeof(RTL_OSVERSIONINFOW), .wProductType = 77};
    assert_int_equal(sizeof(RTL_OSVERSIONINFOW), 276);
    assert_int_equal(sizeof(RTL_OSVERSIONINFOEXW), 284);
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&information), STATUS_SUCCESS);
    assert_int_equal(information.dwMajorVersion, 10);
    assert_int_equal(information.dwBuildNumber, 19045);
    assert_int_equal(information.dwPlatformId, 2);
    assert_int_equal(information.wProductType, 77); // not asked for
    information.dwOSVersionInfoSize = sizeof information;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&information), STATUS_SUCCESS);
    assert_int_equal(information.wProductType, 1);
    assert_true(RtlIsNtDdiVersionAvailable(0x06010000));
    assert_true(RtlIsNtDdiVersionAvailable(0x0A000000));
    assert_false(RtlIsNtDdiVersionAvailable(0x0A00000C));
}

static NTSTATUS verify(ULONG major, ULONG minor, ULONG types, UCHAR condition)
{
    RTL_OSVERSIONINFOEXW wanted = {.dwMajorVersion = major, .dwMinorVersion = minor, .dwBuildNumber = 19041};
    ULONGLONG mask = 0;
    for (ULONG bit = 1; bit <= types; bit <<= 1)
        if (types & bit)
            mask = VerSetConditionMask(mask, bit, condition);
    return RtlVerifyVersionInfo(&wanted, types, mask);
}

static void verify_version(void **state)
{
    (void)state;
    const ULONG both = VER_MAJORVERSION | VER_MINORVERSION;
    assert_int_equal(VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL), 3 << 3);
    assert_int_equal(verify(10, 0, both, VER_EQUAL), STATUS_SUCCESS);
    assert_int_equal(verify(6, 3, both, VER_GREATER_EQUAL), STATUS_SUCCESS); // 10.0 is newer than 6.3
    assert_int_equal(verify(6, 3, both, VER_GREATER), STATUS_SUCCESS);
    assert_int_equal(verify(10, 0, both, VER_GREATER), STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(10, 1, both, VER_GREATER_EQUAL), STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(11, 0, both, VER_LESS), STATUS_SUCCESS);
    assert_int_equal(verify(0, 0, VER_BUILDNUMBER, VER_GREATER_EQUAL), STATUS_SUCCESS);
    assert_int_equal(verify(0, 0, VER_BUILDNUMBER, VER_LESS), STATUS_REVISION_MISMATCH);
    assert_int_equal(verify(10, 0, 0, VER_EQUAL), STATUS_INVALID_PARAMETER);
}

static void random_numbers(void **state)
{
    (void)state;
    ULONG seed = 1, other = 1, smallest = MAXULONG, largest = 0;
    for (int i = 0; i < 10000; i++) {
        ULONG value = RtlRandomEx(&seed);
        assert_int_equal(RtlRandomEx(&other), value); // from equal seeds the same
        smallest = value < smallest ? value : smallest;
        largest = value > largest ? value : largest;
    }
    assert_true(largest < MAXLONG && largest > MAXLONG / 2 && smallest < MAXLONG / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day),      cmocka_unit_test(parts_of_a_day), cmocka_unit_test(invalid_fields),
        cmocka_unit_test(seconds),        cmocka_unit_test(version),        cmocka_unit_test(verify_version),
        cmocka_unit_test(random_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
