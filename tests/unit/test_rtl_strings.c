// Counted strings, conversions, numbers and GUIDs. The expectations about full buffers, NULL and overflow are
// those Windows's ntdll gives.
#include "pool_fake.h"

#include <nt/ntstatus.h>
#include <nt/rtl.h>

#include "rtl/rtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static UNICODE_STRING wide(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static ANSI_STRING narrow(const char *text)
{
    ANSI_STRING string;
    RtlInitAnsiString(&string, text);
    return string;
}

static void assert_wide(PCUNICODE_STRING string, const WCHAR *expected)
{
    assert_int_equal(string->Length, nt_wcslen(expected) * sizeof(WCHAR));
    assert_memory_equal(string->Buffer, expected, string->Length);
}

static int nothing_leaked(void **state)
{
    (void)state;
    pool_fail_after = -1;
    assert_int_equal(pool_out, 0);
    return 0;
}

static void initialise(void **state)
{
    (void)state;
    static WCHAR longest[40000];
    for (size_t i = 0; i < RTL_NUMBER_OF(longest) - 1; i++)
        longest[i] = 'a';
    UNICODE_STRING string = wide(L"abc");
    assert_int_equal(string.Length, 6);
    assert_int_equal(string.MaximumLength, 8);
    string = wide(NULL);
    assert_int_equal(string.Length + string.MaximumLength, 0);
    assert_null(string.Buffer);
    string = wide(longest);
    assert_int_equal(string.Length, 0xFFFC);
    assert_int_equal(string.MaximumLength, 0xFFFE);
    assert_int_equal(RtlInitUnicodeStringEx(&string, longest), STATUS_NAME_TOO_LONG);
    longest[0xFFFC / 2] = 0;
    assert_int_equal(RtlInitUnicodeStringEx(&string, longest), STATUS_SUCCESS);
    assert_int_equal(string.Length, 0xFFFC);

    STRING bytes;
    RtlInitString(&bytes, "abc");
    assert_int_equal(bytes.Length, 3);
    assert_int_equal(bytes.MaximumLength, 4);
    assert_int_equal(RtlInitAnsiStringEx(&bytes, NULL), STATUS_SUCCESS);
    assert_int_equal(bytes.MaximumLength, 0);
}

// What fits, and the terminator only where there is room for it.
static void copy_and_append(void **state)
{
    (void)state;
    UNICODE_STRING source = wide(L"xyz");
    for (USHORT room = 0; room <= 10; room += 2) {
        WCHAR *buffer = malloc(room + 1u);
        UNICODE_STRING string = {0, room, buffer};
        RtlCopyUnicodeString(&string, &source);
        assert_int_equal(string.Length, room < 6 ? room : 6);
        if (room > 6)
            assert_int_equal(buffer[3], 0);
        string.Length = 0;
        NTSTATUS expected = room < 6 ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
        assert_int_equal(RtlAppendUnicodeToString(&string, L"xyz"), expected);
        assert_int_equal(string.Length, room < 6 ? 0 : 6);
        string.Length = 0;
        assert_int_equal(RtlAppendUnicodeStringToString(&string, &source), expected);
        free(buffer);
    }
    WCHAR buffer[8] = {0};
    UNICODE_STRING string = {4, sizeof buffer, buffer};
    RtlCopyUnicodeString(&string, NULL);
    assert_int_equal(string.Length, 0);
    assert_int_equal(RtlAppendUnicodeToString(&string, NULL), STATUS_SUCCESS);

    char bytes[6];
    ANSI_STRING appended = {0, sizeof bytes, bytes}, tail = narrow("abcd");
    assert_int_equal(RtlAppendStringToString(&appended, &tail), STATUS_SUCCESS);
    assert_int_equal(RtlAppendStringToString(&appended, &tail), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(appended.Length, 4);
    RtlUpperString(&appended, &tail);
    assert_memory_equal(bytes, "ABCD", 4);
}

static void compare(void **state)
{
    (void)state;
    UNICODE_STRING lower = wide(L"\\device\\\u00e9\u0436"), upper = wide(L"\\DEVICE\\\u00c9\u0416");
    UNICODE_STRING shorter = wide(L"\\Device"), empty = wide(L"");
    assert_true(RtlEqualUnicodeString(&lower, &upper, TRUE));
    assert_false(RtlEqualUnicodeString(&lower, &upper, FALSE));
    assert_int_equal(RtlCompareUnicodeString(&lower, &upper, TRUE), 0);
    assert_true(RtlCompareUnicodeString(&lower, &upper, FALSE) > 0);
    assert_true(RtlCompareUnicodeString(&shorter, &lower, TRUE) < 0);
    assert_true(RtlPrefixUnicodeString(&shorter, &lower, TRUE));
    assert_false(RtlPrefixUnicodeString(&lower, &shorter, TRUE));
    assert_true(RtlPrefixUnicodeString(&empty, &shorter, FALSE));

    ULONG one, two;
    assert_int_equal(RtlHashUnicodeString(&lower, TRUE, 0, &one), STATUS_SUCCESS);
    assert_int_equal(RtlHashUnicodeString(&upper, TRUE, 1, &two), STATUS_SUCCESS);
    assert_int_equal(one, two);
    assert_int_equal(RtlHashUnicodeString(&upper, TRUE, 2, &two), STATUS_INVALID_PARAMETER);

    ANSI_STRING a = narrow("Abc"), b = narrow("aBC");
    assert_true(RtlEqualString(&a, &b, TRUE));
    assert_true(RtlCompareString(&a, &b, FALSE) < 0);
}

// Both directions of the table agree, and ASCII is what everybody thinks.
static void letter_case(void **state)
{
    (void)state;
    int changed = 0;
    for (unsigned c = 0; c < 0x10000; c++) {
        WCHAR up = RtlUpcaseUnicodeChar((WCHAR)c), down = RtlDowncaseUnicodeChar((WCHAR)c);
        if (up != c)
            assert_int_equal(RtlDowncaseUnicodeChar(up), c);
        if (down != c)
            assert_int_equal(RtlUpcaseUnicodeChar(down), c);
        if (c < 0x80) {
            assert_int_equal(up, c >= 'a' && c <= 'z' ? c - 32 : c);
            assert_int_equal(down, c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
        changed += up != c;
    }
    assert_int_equal(changed, 1163);
    assert_int_equal(RtlUpcaseUnicodeChar(0xff), 0x178);
    assert_int_equal(RtlUpcaseUnicodeChar(0xdf), 0xdf);
    assert_int_equal(RtlUpcaseUnicodeChar(0x131), 0x131);
    assert_int_equal(RtlUpcaseUnicodeChar(0x4e2d), 0x4e2d);
    assert_int_equal(RtlUpcaseUnicodeChar(0xff41), 0xff21);

    WCHAR buffer[3];
    UNICODE_STRING target = {0, sizeof buffer, buffer}, source = wide(L"ab\u00e9");
    assert_int_equal(RtlUpcaseUnicodeString(&target, &source, FALSE), STATUS_SUCCESS);
    assert_wide(&target, L"AB\u00c9");
    target.MaximumLength = 4;
    assert_int_equal(RtlUpcaseUnicodeString(&target, &source, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlDowncaseUnicodeString(&target, &source, TRUE), STATUS_SUCCESS);
    assert_wide(&target, L"ab\u00e9");
    RtlFreeUnicodeString(&target);
    assert_null(target.Buffer);
}

static void utf8(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        const WCHAR *units;
        NTSTATUS status;
    } cases[] = {
        {"ASCII", "abc", L"abc", STATUS_SUCCESS},
        {"two and three bytes", "\xc3\xa9\xe4\xb8\xad", L"\u00e9\u4e2d", STATUS_SUCCESS},
        {"four bytes are a pair", "\xf0\x9f\x98\x80", L"\xd83d\xde00", STATUS_SUCCESS},
        {"largest", "\xf4\x8f\xbf\xbf", L"\xdbff\xdfff", STATUS_SUCCESS},
        {"a lone continuation", "a\x80z", L"a\xfffdz", STATUS_SOME_NOT_MAPPED},
        {"truncated", "a\xe4\xb8", L"a\xfffd", STATUS_SOME_NOT_MAPPED},
        {"truncated before a letter", "\xe4\xb8z", L"\xfffdz", STATUS_SOME_NOT_MAPPED},
        {"overlong", "\xc0\xaf", L"\xfffd\xfffd", STATUS_SOME_NOT_MAPPED},
        {"above the last plane", "\xf5z", L"\xfffdz", STATUS_SOME_NOT_MAPPED},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(cases); i++) {
        WCHAR units[16];
        ULONG used, length = (ULONG)strlen(cases[i].bytes), expected = (ULONG)nt_wcslen(cases[i].units) * 2;
        NTSTATUS status = RtlUTF8ToUnicodeN(units, sizeof units, &used, cases[i].bytes, length);
        if (status != cases[i].status || used != expected || memcmp(units, cases[i].units, used) != 0)
            fail_msg("UTF-8 to UTF-16, %s: %s, %u bytes", cases[i].name, rtl_status_name(status), used);
        assert_int_equal(RtlUTF8ToUnicodeN(NULL, 0, &used, cases[i].bytes, length), cases[i].status);
        assert_int_equal(used, expected);
        if (cases[i].status != STATUS_SUCCESS)
            continue;
        char bytes[16];
        assert_int_equal(RtlUnicodeToUTF8N(bytes, sizeof bytes, &used, cases[i].units, expected), STATUS_SUCCESS);
        assert_int_equal(used, length);
        assert_memory_equal(bytes, cases[i].bytes, used);
    }
    char bytes[8];
    WCHAR units[2];
    ULONG used;
    assert_int_equal(RtlUnicodeToUTF8N(bytes, sizeof bytes, &used, L"a\xd83dz", 6), STATUS_SOME_NOT_MAPPED);
    assert_memory_equal(bytes, "a\xef\xbf\xbdz", used);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 4, &used, L"a\xd83d\xde00", 6), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(used, 1); // whole characters only
    assert_int_equal(RtlUTF8ToUnicodeN(units, 3, &used, "\xf0\x9f\x98\x80", 4), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(used, 0);
    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, NULL, L"a", 2), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 8, &used, NULL, 2), STATUS_INVALID_PARAMETER_4);
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 8, &used, L"a", 1), STATUS_INVALID_PARAMETER_5);
    assert_int_equal(RtlUTF8ToUnicodeN(NULL, 0, NULL, "a", 1), STATUS_INVALID_PARAMETER);
}

static void ansi_and_unicode(void **state)
{
    (void)state;
    ANSI_STRING bytes = narrow("传入é"), result;
    UNICODE_STRING text;
    assert_int_equal(RtlxAnsiStringToUnicodeSize(&bytes), 8);
    assert_int_equal(RtlAnsiStringToUnicodeString(&text, &bytes, TRUE), STATUS_SUCCESS);
    assert_int_equal(text.MaximumLength, 8);
    assert_wide(&text, L"\u4f20\u5165\u00e9");
    assert_int_equal(text.Buffer[3], 0);
    assert_int_equal(RtlxUnicodeStringToAnsiSize(&text), 9);
    assert_int_equal(RtlUnicodeStringToAnsiString(&result, &text, TRUE), STATUS_SUCCESS);
    assert_string_equal(result.Buffer, "传入é");
    RtlFreeAnsiString(&result);

    char small[6];
    result = (ANSI_STRING){0, sizeof small, small};
    assert_int_equal(RtlUnicodeStringToAnsiString(&result, &text, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(result.Length, 3); // the second character did not fit whole
    assert_string_equal(small, "传");
    WCHAR units[3];
    UNICODE_STRING few = {0, sizeof units, units};
    assert_int_equal(RtlAnsiStringToUnicodeString(&few, &bytes, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlFreeUnicodeString(&text);

    PUCHAR at = (PUCHAR) "é中";
    assert_int_equal(RtlAnsiCharToUnicodeChar(&at), 0xe9);
    assert_int_equal(RtlAnsiCharToUnicodeChar(&at), 0x4e2d);
    assert_int_equal(*at, 0);
}

static void duplicate(void **state)
{
    (void)state;
    UNICODE_STRING source = wide(L"abc"), empty = wide(L""), none = wide(NULL), copy;
    assert_int_equal(RtlDuplicateUnicodeString(0, &source, &copy), STATUS_SUCCESS);
    assert_int_equal(copy.MaximumLength, 6);
    assert_wide(&copy, L"abc");
    RtlFreeUnicodeString(&copy);
    assert_int_equal(RtlDuplicateUnicodeString(1, &source, &copy), STATUS_SUCCESS);
    assert_int_equal(copy.Buffer[3], 0);
    RtlFreeUnicodeString(&copy);
    assert_int_equal(RtlDuplicateUnicodeString(1, &empty, &copy), STATUS_SUCCESS);
    assert_null(copy.Buffer);
    assert_int_equal(RtlDuplicateUnicodeString(3, &none, &copy), STATUS_SUCCESS);
    assert_int_equal(copy.MaximumLength, 2);
    assert_int_equal(copy.Buffer[0], 0);
    RtlFreeUnicodeString(&copy);
    assert_int_equal(RtlDuplicateUnicodeString(2, &source, &copy), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDuplicateUnicodeString(4, &source, &copy), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDuplicateUnicodeString(0, NULL, &copy), STATUS_INVALID_PARAMETER);
    assert_true(RtlCreateUnicodeString(&copy, L"xyz"));
    assert_wide(&copy, L"xyz");
    RtlFreeUnicodeString(&copy);
}

static void no_memory(void **state)
{
    (void)state;
    UNICODE_STRING source = wide(L"abc"), text;
    ANSI_STRING bytes = narrow("abc");
    GUID guid = {0};
    pool_fail_after = 0;
    assert_int_equal(RtlUpcaseUnicodeString(&text, &source, TRUE), STATUS_NO_MEMORY);
    pool_fail_after = 0;
    assert_int_equal(RtlAnsiStringToUnicodeString(&text, &bytes, TRUE), STATUS_NO_MEMORY);
    pool_fail_after = 0;
    assert_int_equal(RtlUnicodeStringToAnsiString(&bytes, &source, TRUE), STATUS_NO_MEMORY);
    pool_fail_after = 0;
    assert_int_equal(RtlDuplicateUnicodeString(1, &source, &text), STATUS_NO_MEMORY);
    pool_fail_after = 0;
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_NO_MEMORY);
    pool_fail_after = 0;
    assert_false(RtlCreateUnicodeString(&text, L"abc"));
}

static void read_numbers(void **state)
{
    static const struct {
        const char *text;
        ULONG base, value;
    } cases[] = {
        {"", 0, 0},        {"12", 0, 12},  {" \t12", 10, 12},        {"-1", 0, 0xFFFFFFFF}, {"+7", 0, 7},
        {"0x1f", 0, 0x1f}, {"0X1f", 0, 0}, {"0b101", 0, 5},          {"0o17", 0, 15},       {"017", 0, 17},
        {"0x10", 16, 0},   {"12z", 0, 12}, {"4294967296", 10, 0},    {"ff", 16, 255},       {"FF", 16, 255},
        {"129", 8, 10},    {"102", 2, 2},  {"-0x10", 0, 0xFFFFFFF0}, {"- 1", 0, 0},         {"0xg", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < RTL_NUMBER_OF(cases); i++) {
        WCHAR units[32];
        ULONG value = 99, wide_value = 99;
        nt_mbstowcs(units, cases[i].text, 32);
        UNICODE_STRING string = wide(units);
        assert_int_equal(RtlCharToInteger(cases[i].text, cases[i].base, &value), STATUS_SUCCESS);
        assert_int_equal(RtlUnicodeStringToInteger(&string, cases[i].base, &wide_value), STATUS_SUCCESS);
        if (value != cases[i].value || wide_value != value)
            fail_msg("\"%s\" in base %u: expected %u, came %u and %u", cases[i].text, cases[i].base, cases[i].value,
                     value, wide_value);
    }
    ULONG value;
    assert_int_equal(RtlCharToInteger("1", 7, &value), STATUS_INVALID_PARAMETER);
}

static void write_numbers(void **state)
{
    (void)state;
    WCHAR buffer[66];
    UNICODE_STRING string = {0, sizeof buffer, buffer};
    assert_int_equal(RtlIntegerToUnicodeString(4294967295u, 0, &string), STATUS_SUCCESS);
    assert_wide(&string, L"4294967295");
    assert_int_equal(RtlIntegerToUnicodeString(0xBEEF, 16, &string), STATUS_SUCCESS);
    assert_wide(&string, L"BEEF");
    assert_int_equal(RtlInt64ToUnicodeString(0xFFFFFFFFFFFFFFFF, 2, &string), STATUS_SUCCESS);
    assert_int_equal(string.Length, 128);
    assert_int_equal(RtlIntegerToUnicodeString(1, 3, &string), STATUS_INVALID_PARAMETER);
    string.MaximumLength = 8; // four digits and no terminator
    assert_int_equal(RtlIntegerToUnicodeString(1234, 10, &string), STATUS_BUFFER_OVERFLOW);
    string.MaximumLength = 10;
    assert_int_equal(RtlIntegerToUnicodeString(1234, 10, &string), STATUS_SUCCESS);
}

static void guids(void **state)
{
    (void)state;
    const WCHAR *good = L"{01020304-0506-0708-090A-0B0C0D0E0F10}";
    const WCHAR *bad[] = {L"", L"{01020304-0506-0708-090A-0B0C0D0E0F1}", L"01020304-0506-0708-090A-0B0C0D0E0F10}",
                          L"{0102030g-0506-0708-090A-0B0C0D0E0F10}", L"{01020304+0506-0708-090A-0B0C0D0E0F10}"};
    UNICODE_STRING text = wide(good);
    GUID guid;
    assert_int_equal(RtlGUIDFromString(&text, &guid), STATUS_SUCCESS);
    assert_int_equal(guid.Data1, 0x01020304);
    assert_int_equal(guid.Data3, 0x0708);
    assert_int_equal(guid.Data4[7], 0x10);
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_wide(&text, good);
    assert_int_equal(text.MaximumLength, 78);
    RtlFreeUnicodeString(&text);
    for (size_t i = 0; i < RTL_NUMBER_OF(bad); i++) {
        text = wide(bad[i]);
        assert_int_equal(RtlGUIDFromString(&text, &guid), STATUS_INVALID_PARAMETER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(initialise),   cmocka_unit_test(copy_and_append),
        cmocka_unit_test(compare),      cmocka_unit_test(letter_case),
        cmocka_unit_test(utf8),         cmocka_unit_test(ansi_and_unicode),
        cmocka_unit_test(duplicate),    cmocka_unit_test(no_memory),
        cmocka_unit_test(read_numbers), cmocka_unit_test(write_numbers),
        cmocka_unit_test(guids),
    };
    return cmocka_run_group_tests(tests, NULL, nothing_leaked);
}
