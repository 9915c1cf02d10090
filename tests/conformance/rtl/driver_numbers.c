// Numbers, GUIDs, statuses, versions, time, random numbers.
#include "rtl.h"

static void ToNumbers(void)
{
    static const struct {
        const char *narrow;
        const WCHAR *wide;
        ULONG base, value;
    } table[] = {{"12", L"12", 10, 12},    {"0x1f", L"0x1f", 0, 0x1F},   {"0b101", L"0b101", 0, 5},
                 {"0o17", L"0o17", 0, 15}, {"-3", L"-3", 10, (ULONG)-3}, {" 7x", L" 7x", 10, 7},
                 {"ff", L"ff", 16, 255},   {"99", L"99", 0, 99}};
    UNICODE_STRING string;
    ULONG value;
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        RtlInitUnicodeString(&string, table[i].wide);
        CHECK_IS(RtlCharToInteger(table[i].narrow, table[i].base, &value), STATUS_SUCCESS);
        CHECK_IS(value, table[i].value);
        CHECK_IS(RtlUnicodeStringToInteger(&string, table[i].base, &value), STATUS_SUCCESS);
        CHECK_IS(value, table[i].value);
    }
    CHECK_IS(RtlCharToInteger("1", 7, &value), STATUS_INVALID_PARAMETER);
    CHECK_IS(RtlUnicodeStringToInteger(&string, 7, &value), STATUS_INVALID_PARAMETER);
}

static void FromNumbers(void)
{
    WCHAR room[24];
    UNICODE_STRING to = {.MaximumLength = sizeof room, .Buffer = room};
    CHECK_IS(RtlIntegerToUnicodeString(255, 16, &to), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"FF");
    CHECK_IS(RtlIntegerToUnicodeString(4294967295u, 0, &to), STATUS_SUCCESS); // base 0 is 10
    CHECK_UNICODE(&to, L"4294967295");
    CHECK_IS(RtlInt64ToUnicodeString(10000000000, 10, &to), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"10000000000");
    CHECK_IS(RtlInt64ToUnicodeString(5, 2, &to), STATUS_SUCCESS);
    CHECK_UNICODE(&to, L"101");
    to.MaximumLength = 4;
    CHECK_IS(RtlIntegerToUnicodeString(123, 10, &to), STATUS_BUFFER_OVERFLOW);
    CHECK_IS(RtlIntegerToUnicodeString(1, 3, &to), STATUS_INVALID_PARAMETER);
}

static void Guids(void)
{
    UNICODE_STRING text, bad = RTL_CONSTANT_STRING(L"{00112233-4455-6677-8899-AABBCCDDEEF}");
    GUID guid = {0x00112233, 0x4455, 0x6677, {0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}}, back = {0};
    CHECK_IS(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    CHECK_UNICODE(&text, L"{00112233-4455-6677-8899-AABBCCDDEEFF}");
    CHECK_IS(RtlGUIDFromString(&text, &back), STATUS_SUCCESS);
    CHECK_IS(memcmp(&guid, &back, sizeof guid), 0);
    RtlFreeUnicodeString(&text);
    CHECK_IS(RtlGUIDFromString(&bad, &back), STATUS_INVALID_PARAMETER);
}

static void Statuses(void)
{
    static const struct {
        NTSTATUS status;
        ULONG error;
    } table[] = {{STATUS_SUCCESS, 0},
                 {STATUS_ACCESS_DENIED, 5},
                 {STATUS_OBJECT_NAME_NOT_FOUND, 2},
                 {STATUS_INVALID_PARAMETER, 87},
                 {STATUS_BUFFER_OVERFLOW, 234},
                 {STATUS_PENDING, 997},
                 {STATUS_END_OF_FILE, 38}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        CHECK_IS(RtlNtStatusToDosError(table[i].status), table[i].error);
        CHECK_IS(RtlNtStatusToDosErrorNoTeb(table[i].status), table[i].error);
    }
}

static void Random(void)
{
    ULONG seed = 1, other = 1;
    ULONG first = RtlRandom(&seed), second = RtlRandom(&seed);
    CHECK(first <= MAXLONG && second <= MAXLONG && first != second);
    first = RtlRandomEx(&other), second = RtlRandomEx(&other);
    CHECK(first <= MAXLONG && second <= MAXLONG && first != second);
}

void RtlNumbers(void)
{
    ToNumbers();
    FromNumbers();
    Guids();
    Statuses();
    Random();
}

void RtlVersions(void)
{
    RTL_OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version}, wanted;
    CHECK_IS(RtlGetVersion((PRTL_OSVERSIONINFOW)&version), STATUS_SUCCESS);
    CHECK(version.dwMajorVersion >= 6);
    CHECK_IS(version.dwPlatformId, VER_PLATFORM_WIN32_NT);
    wanted = version;
    ULONGLONG at_least = VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER_EQUAL);
    ULONGLONG above = VerSetConditionMask(0, VER_MAJORVERSION, VER_GREATER);
    CHECK(at_least != 0 && at_least != above);
    CHECK_IS(RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, at_least), STATUS_SUCCESS);
    CHECK_IS(RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, above), STATUS_REVISION_MISMATCH);
    wanted.dwMajorVersion = 5;
    CHECK_IS(RtlVerifyVersionInfo(&wanted, VER_MAJORVERSION, above), STATUS_SUCCESS);
    CHECK_IS(RtlVerifyVersionInfo(&wanted, 0, 0), STATUS_INVALID_PARAMETER);
    CHECK(IoIsWdmVersionAvailable(1, 0x10));
    CHECK(IoIsWdmVersionAvailable(6, 0));
    CHECK(!IoIsWdmVersionAvailable(7, 0));
    CHECK(RtlIsNtDdiVersionAvailable(NTDDI_WIN7));
    CHECK(!RtlIsNtDdiVersionAvailable(0x7F000000));
}

void RtlTimes(void)
{
    static const struct {
        TIME_FIELDS fields;
        LONGLONG time;
    } table[] = {
        {{1601, 1, 1, 0, 0, 0, 0, 1}, 0},
        {{1970, 1, 1, 0, 0, 0, 0, 4}, 116444736000000000},
        {{2000, 2, 29, 23, 59, 59, 999, 2}, 125963423999990000},
    };
    LARGE_INTEGER time;
    TIME_FIELDS fields;
    ULONG seconds;
    for (ULONG i = 0; i < RTL_NUMBER_OF(table); i++) {
        TIME_FIELDS wanted = table[i].fields;
        time.QuadPart = table[i].time;
        RtlTimeToTimeFields(&time, &fields);
        CHECK_IS(memcmp(&fields, &wanted, sizeof fields), 0);
        CHECK(RtlTimeFieldsToTime(&wanted, &time));
        CHECK_IS(time.QuadPart, table[i].time);
    }
    fields = (TIME_FIELDS){.Year = 2001, .Month = 2, .Day = 29};
    CHECK(!RtlTimeFieldsToTime(&fields, &time));
    RtlSecondsSince1970ToTime(86400, &time);
    CHECK_IS(time.QuadPart, 116444736000000000 + 864000000000);
    CHECK(RtlTimeToSecondsSince1970(&time, &seconds));
    CHECK_IS(seconds, 86400);
    CHECK(!RtlTimeToSecondsSince1980(&time, &seconds));
    RtlSecondsSince1980ToTime(1, &time);
    CHECK_IS(time.QuadPart, 119600064000000000 + 10000000);
    CHECK(RtlTimeToSecondsSince1980(&time, &seconds));
    CHECK_IS(seconds, 1);
}
