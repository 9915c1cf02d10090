// The formatter: a table of cases, each with the text Windows gives for it, and the CRT routines built on it.
#include <nt/crt.h>

#include "rtl/rtl.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static int failures;

static void NTAPI expect(const char *name, const char *expected, const char *format, ...)
{
    char got[128];
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    memset(got, '~', sizeof got);
    int length = rtl_vformat(got, sizeof got, format, arguments);
    __builtin_ms_va_end(arguments);
    if (strcmp(got, expected) == 0 && length == (int)strlen(expected))
        return;
    failures++;
    fprintf(stderr, "%s: \"%s\": expected \"%s\" (%zu), came \"%s\" (%d)\n", name, format, expected, strlen(expected),
            got, length);
}

static void NTAPI expect_wide(const char *name, const char *expected, const WCHAR *format, ...)
{
    WCHAR got[128];
    char narrow[256];
    struct rtl_output output = {.buffer = got, .capacity = 127, .wide = true};
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    rtl_format(&output, format, arguments);
    __builtin_ms_va_end(arguments);
    got[output.length < 127 ? output.length : 127] = 0;
    nt_wcstombs(narrow, got, sizeof narrow);
    if (strcmp(narrow, expected) == 0)
        return;
    failures++;
    fprintf(stderr, "%s: expected L\"%s\", came L\"%s\"\n", name, expected, narrow);
}

static void done(void)
{
    int failed = failures;
    failures = 0;
    assert_int_equal(failed, 0);
}

static void integers(void **state)
{
    (void)state;
    expect("plain", "42 -42 42 2a 2A 52", "%d %i %u %x %X %o", 42, -42, 42, 42, 42, 42);
    expect("largest", "2147483647 -2147483648 4294967295", "%d %d %u", INT_MAX, INT_MIN, UINT_MAX);
    expect("long is 32 bits", "-1 4294967295 ffffffff", "%ld %lu %lx", -1, -1, -1);
    expect("I64", "9223372036854775807 -9223372036854775808", "%I64d %I64d", INT64_MAX, INT64_MIN);
    expect("ll", "18446744073709551615 ffffffffffffffff", "%llu %llx", UINT64_MAX, UINT64_MAX);
    expect("I32", "-1 ffffffff", "%I32d %I32x", -1, -1);
    expect("I alone is a pointer's size", "123456789abcdef0 -1", "%Ix %Id", 0x123456789abcdef0, (int64_t)-1);
    expect("z j t", "ffffffffffffffff 1 2", "%zx %jd %td", UINT64_MAX, (int64_t)1, (int64_t)2);
    expect("h cuts to 16 bits", "-1 65535 ffff", "%hd %hu %hx", 0x1ffff, 0x1ffff, 0x1ffff);
    expect("hh cuts to 8 bits", "-1 255 ff", "%hhd %hhu %hhx", 0x1ff, 0x1ff, 0x1ff);
    expect("w and L say nothing of an integer", "7 7", "%wd %Ld", 7, 7);
    expect("width", "[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42, 42);
    expect("zeros stand behind the sign", "[-0042][+0042]", "[%05d][%+05d]", -42, 42);
    expect("- beats 0", "[42   ]", "[%-05d]", 42);
    expect("sign flags", "+1 -1  1 +0", "%+d %+d % d %+d", 1, -1, 1, 0);
    expect("+ beats blank", "+1", "% +d", 1);
    expect("no sign flag for unsigned", "1 1", "%+u % u", 1, 1);
    expect("precision", "[00042][   042][042   ]", "[%.5d][%6.3d][%-6.3d]", 42, 42, 42);
    expect("precision switches zeros off", "[   042]", "[%06.3d]", 42);
    expect("precision 0 of 0", "[][   ]", "[%.0d][%3.0d]", 0, 0);
    expect("precision without digits", "[][1]", "[%.d][%.d]", 0, 1);
    expect("star", "[   42][42   ][042]", "[%*d][%*d][%.*d]", 5, 42, -5, 42, 3, 42);
    expect("negative star precision is none", "[0]", "[%.*d]", -1, 0);
    expect("# of hexadecimal", "0x2a 0X2A 0", "%#x %#X %#x", 42, 42, 0);
    expect("# of octal", "052 0 052", "%#o %#o %#.3o", 42, 0, 42);
    expect("# counts in the width", "[  0x2a][0x002a]", "[%#6x][%#06x]", 42, 42);
    done();
}

static void pointers(void **state)
{
    (void)state;
    expect("16 capital digits", "00007FF612345678", "%p", (void *)0x7ff612345678);
    expect("NULL", "0000000000000000", "%p", NULL);
    expect("all bits", "FFFFF80012345678", "%p", (void *)0xfffff80012345678);
    expect("# adds 0X", "0X0000000000001000", "%#p", (void *)0x1000);
    expect("width", "[  0000000000001000]", "[%18p]", (void *)0x1000);
    done();
}

static void characters(void **state)
{
    (void)state;
    expect("c", "[A][  A][A  ]", "[%c][%3c][%-3c]", 'A', 'A', 'A');
    expect("C, lc, wc are WCHAR", "中中中", "%C%lc%wc", 0x4e2d, 0x4e2d, 0x4e2d);
    expect("hc, hC are char", "AA", "%hc%hC", 'A', 'A');
    expect("a lone surrogate", "\xEF\xBF\xBD", "%wc", 0xd800);
    expect("percent", "100%", "%d%%", 100);
    expect("percent with flags", "%", "%-5%");
    char got[8];
    assert_int_equal(nt_snprintf(got, sizeof got, "a%cb", 0), 3);
    assert_memory_equal(got, "a\0b", 4);
    done();
}

static void strings(void **state)
{
    (void)state;
    const WCHAR pair[] = {0xd83d, 0xde00, 0};
    const WCHAR lone[] = {'a', 0xd83d, 'b', 0xde00, 0};
    expect("s", "[ab][   ab][ab   ]", "[%s][%5s][%-5s]", "ab", "ab", "ab");
    expect("hs, hS are char", "abab", "%hs%hS", "ab", "ab");
    expect("S, ls, ws, lS are WCHAR", "ab ab ab ab", "%S %ls %ws %lS", L"ab", L"ab", L"ab", L"ab");
    expect("UTF-8 passes", "传入数据", "%s", "传入数据");
    expect("UTF-16 becomes UTF-8", "传入é", "%ws", L"\u4f20\u5165\u00e9");
    expect("surrogate pair", "\xF0\x9F\x98\x80", "%ws", pair);
    expect("lone surrogates",
           "a\xEF\xBF\xBD"
           "b\xEF\xBF\xBD",
           "%ws", lone);
    expect("precision", "[ab][   ab]", "[%.2s][%5.2s]", "abcdef", "abcdef");
    expect("precision of WCHARs counts WCHARs", "中文", "%.2ws", L"\u4e2d\u6587\u5b57");
    expect("precision 0", "[]", "[%.0s]", "ab");
    expect("zeros pad strings too", "[000ab]", "[%05s]", "ab");
    expect("NULL", "(null) (null) (null)", "%s %S %ws", NULL, NULL, NULL);
    expect("NULL with precision", "(nu", "%.3s", NULL);
    expect("the document's line", "传入长度: 13 传入数据: hello lyshark \n", "传入长度: %d 传入数据: %s \n", 13,
           "hello lyshark");
    done();
}

static void counted_strings(void **state)
{
    (void)state;
    UNICODE_STRING wide = {6, 8, (PWSTR)L"abcdef"};
    ANSI_STRING narrow = {2, 4, "abcdef"};
    UNICODE_STRING empty = {0, 0, NULL};
    expect("wZ", "[abc]", "[%wZ]", &wide);
    expect("lZ", "[abc]", "[%lZ]", &wide);
    expect("Z, hZ", "[ab][ab]", "[%Z][%hZ]", &narrow, &narrow);
    expect("width", "[  abc][abc  ]", "[%5wZ][%-5wZ]", &wide, &wide);
    expect("precision has no say", "[abc]", "[%.1wZ]", &wide);
    expect("NULL pointer, NULL buffer", "(null) (null)", "%wZ %wZ", NULL, &empty);
    done();
}

static void refused(void **state)
{
    (void)state;
    int untouched = 7;
    expect("n writes nothing and keeps the arguments in step", "a%nb5", "a%nb%d", &untouched, 5);
    assert_int_equal(untouched, 7);
    expect("no floating point, arguments in step", "%f %5.2f %e 3", "%f %5.2f %e %d", 1.5, 2.5, 3.5, 3);
    expect("unknown conversion", "%y 3", "%y %d", 3);
    expect("a format that ends early", "a%", "a%");
    expect("ends within", "a%-5l", "a%-5l");
    done();
}

static void wide_formats(void **state)
{
    (void)state;
    UNICODE_STRING wide = {6, 8, (PWSTR)L"abcdef"};
    expect_wide("numbers", "42 2a 000000000000002A", L"%d %x %p", 42, 42, (void *)42);
    expect_wide("s is WCHAR, S is char", "中 é", L"%s %S", L"\u4e2d", "\u00e9");
    expect_wide("hs ls ws", "ab cd ef", L"%hs %ls %ws", "ab", L"cd", L"ef");
    expect_wide("c is WCHAR, C is char", "中A", L"%c%C", 0x4e2d, 'A');
    expect_wide("wZ", "[ abc]", L"[%4wZ]", &wide);
    expect_wide("UTF-8 to UTF-16 with a pair", "\xF0\x9F\x98\x80", L"%S", "\xF0\x9F\x98\x80");
    expect_wide("UTF-8 that is none", "\xEF\xBF\xBD", L"%S", "\xFF");
    expect_wide("NULL", "(null)", L"%s", NULL);
    done();
}

// What precision allows, and not a byte more, may be read: each string ends where its allocation ends.
static void reads_no_further(void **state)
{
    (void)state;
    char *narrow = malloc(3);
    WCHAR *wide = malloc(3 * sizeof(WCHAR));
    memcpy(narrow, "abc", 3);
    memcpy(wide, L"abc", 3 * sizeof(WCHAR));
    UNICODE_STRING counted = {6, 6, wide};
    ANSI_STRING counted_narrow = {3, 3, narrow};
    expect("s", "abc", "%.3s", narrow);
    expect("ws", "abc", "%.3ws", wide);
    expect("wZ", "abc", "%wZ", &counted);
    expect("Z", "abc", "%Z", &counted_narrow);
    free(narrow);
    free(wide);
    done();
}

static void cut_at_every_size(void **state)
{
    (void)state;
    const char whole[] = "abc 00042 xyz";
    for (size_t size = 0; size <= sizeof whole; size++) {
        char *got = malloc(size + 1);
        memset(got, '~', size + 1);
        assert_int_equal(nt_snprintf(got, size, "%s %.5d %ws", "abc", 42, L"xyz"),
                         size < strlen(whole) ? -1 : (int)strlen(whole));
        assert_memory_equal(got, whole, size < strlen(whole) ? size : strlen(whole));
        assert_int_equal(got[size], '~');
        free(got);
    }
}

static void snprintf_family(void **state)
{
    (void)state;
    char to[8];
    WCHAR wide[8];
    memset(to, '~', sizeof to);
    assert_int_equal(nt_snprintf(to, 4, "abc"), 3);
    assert_memory_equal(to, "abc\0~", 5);
    assert_int_equal(nt_snprintf(to, 3, "xyz"), 3); // full, no terminator
    assert_memory_equal(to, "xyz\0~", 5);
    assert_int_equal(nt_snprintf(to, 2, "123"), -1);
    assert_memory_equal(to, "12z\0~", 5);
    assert_int_equal(nt_snprintf(NULL, 0, "%d", 12345), 5);
    assert_int_equal(nt_snprintf(to, 0, "abc"), -1);
    assert_int_equal(nt_snprintf(to, 0, ""), 0);
    assert_int_equal(nt_sprintf(to, "%d", 1234567), 7);
    assert_string_equal(to, "1234567");

    memset(wide, '~', sizeof wide);
    assert_int_equal(nt_snwprintf(wide, 3, L"xyz"), 3);
    assert_int_equal(wide[3], 0x7e7e);
    assert_int_equal(nt_snwprintf(wide, 2, L"123"), -1);
    assert_memory_equal(wide, L"12z", 6);
    assert_int_equal(nt_swprintf(wide, L"%s", L"abc"), 3);
    assert_memory_equal(wide, L"abc", 8);
}

static void secure_family(void **state)
{
    (void)state;
    char to[8];
    WCHAR wide[8];
    assert_int_equal(nt_sprintf_s(to, sizeof to, "%s", "1234567"), 7);
    assert_string_equal(to, "1234567");
    assert_int_equal(nt_sprintf_s(to, sizeof to, "%s", "12345678"), -1);
    assert_string_equal(to, "");
    assert_int_equal(nt_sprintf_s(NULL, 0, "x"), -1);
    assert_int_equal(nt_snprintf_s(to, sizeof to, 3, "%s", "abc"), 3);
    assert_string_equal(to, "abc");
    assert_int_equal(nt_snprintf_s(to, sizeof to, 3, "%s", "abcd"), -1);
    assert_string_equal(to, "abc");
    assert_int_equal(nt_snprintf_s(to, sizeof to, CRT_TRUNCATE, "%s", "123456789"), -1);
    assert_string_equal(to, "1234567");
    assert_int_equal(nt_snprintf_s(to, sizeof to, 20, "%s", "123456789"), -1);
    assert_string_equal(to, "");
    assert_int_equal(nt_swprintf_s(wide, 8, L"%s", L"1234567"), 7);
    assert_int_equal(nt_swprintf_s(wide, 8, L"%s", L"12345678"), -1);
    assert_int_equal(wide[0], 0);
    assert_int_equal(nt_snwprintf_s(wide, 8, CRT_TRUNCATE, L"%s", L"123456789"), -1);
    assert_memory_equal(wide, L"1234567", 16);
}

// What RtlStringCbVPrintfA of ntstrsafe.h does with _vsnprintf; its results are documented for drivers.
static void ntstrsafe_on_top(void **state)
{
    (void)state;
    char to[6];
    size_t room = sizeof to - 1;
    const struct {
        const char *text, *expected;
        bool overflow;
    } cases[] = {{"abc", "abc", false}, {"abcde", "abcde", false}, {"abcdef", "abcde", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(to, '~', sizeof to);
        int result = nt_snprintf(to, room, "%s", cases[i].text);
        bool overflow = result < 0 || (size_t)result > room;
        if (overflow || (size_t)result == room)
            to[room] = 0;
        assert_int_equal(overflow, cases[i].overflow);
        assert_string_equal(to, cases[i].expected);
    }
}

static void hostile_widths(void **state)
{
    (void)state;
    char to[4];
    assert_int_equal(nt_snprintf(to, sizeof to, "%2147483647d", 1), -1);
    assert_int_equal(nt_snprintf(to, sizeof to, "%.2147483647d", 1), -1);
    assert_int_equal(nt_snprintf(to, sizeof to, "%99999999999999999999d", 1), -1);
    assert_int_equal(nt_snprintf(to, sizeof to, "%*d", INT_MIN, 1), -1);
    assert_int_equal(nt_snprintf(to, sizeof to, "%#.2147483647o", 1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),        cmocka_unit_test(pointers),         cmocka_unit_test(characters),
        cmocka_unit_test(strings),         cmocka_unit_test(counted_strings),  cmocka_unit_test(refused),
        cmocka_unit_test(wide_formats),    cmocka_unit_test(reads_no_further), cmocka_unit_test(cut_at_every_size),
        cmocka_unit_test(snprintf_family), cmocka_unit_test(secure_family),    cmocka_unit_test(ntstrsafe_on_top),
        cmocka_unit_test(hostile_widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
