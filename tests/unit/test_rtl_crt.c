// The C run-time names that ntoskrnl exports.
#include <nt/crt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

// All short lengths, all overlaps, some long ones; what lies around must stay.
static void moves(void **state)
{
    (void)state;
    enum { ROOM = 5000 };
    static unsigned char before[ROOM], expected[ROOM], got[ROOM];
    static const int lengths[] = {255, 256, 257, 1023, 1024, 1025, 2000};
    for (int i = 0; i < ROOM; i++)
        before[i] = (unsigned char)rand();
    for (int step = 0; step < 140 + 7; step++) {
        int length = step < 140 ? step : lengths[step - 140];
        for (int shift = -140; shift <= 140; shift += step < 140 ? 1 : 7) {
            memcpy(expected, before, ROOM);
            memcpy(got, before, ROOM);
            memmove(expected + 200 + shift, expected + 200, (size_t)length);
            assert_ptr_equal(nt_memmove(got + 200 + shift, got + 200, (SIZE_T)length), got + 200 + shift);
            if (memcmp(expected, got, ROOM) != 0)
                fail_msg("memmove of %d bytes by %d", length, shift);
            memcpy(got, before, ROOM);
            nt_memcpy(got + 200 + shift, got + 200, (SIZE_T)length); // on x64 the same
            if (memcmp(expected, got, ROOM) != 0)
                fail_msg("memcpy of %d bytes by %d", length, shift);
        }
        memcpy(expected, before, ROOM);
        memcpy(got, before, ROOM);
        memset(expected + 3, 0xA5, (size_t)length);
        assert_ptr_equal(nt_memset(got + 3, 0x1A5, (SIZE_T)length), got + 3);
        assert_memory_equal(expected, got, ROOM);
    }
}

static void memory(void **state)
{
    (void)state;
    char to[4] = "abc";
    assert_true(nt_memcmp("ab\xff", "ab\x01", 3) > 0);
    assert_int_equal(nt_memcmp("a", "b", 0), 0);
    assert_ptr_equal(nt_memchr(to, 'c', 3), to + 2);
    assert_null(nt_memchr(to, 'c', 2));
    assert_int_equal(nt_memcpy_s(to, 4, "xyz", 4), 0);
    assert_string_equal(to, "xyz");
    assert_int_equal(nt_memcpy_s(to, 2, "abc", 3), CRT_ERANGE);
    assert_int_equal(to[0], 0); // the destination is cleared
    assert_int_equal(nt_memcpy_s(to, 4, NULL, 1), CRT_EINVAL);
    assert_int_equal(nt_memcpy_s(NULL, 0, NULL, 0), 0);
    assert_int_equal(nt_memmove_s(to, 2, "abc", 3), CRT_ERANGE);
    nt_zero_memory(to, 4);
    nt_fill_memory(to, 3, 'q');
    assert_string_equal(to, "qqq");
}

static void copies(void **state)
{
    (void)state;
    char to[8];
    assert_ptr_equal(nt_strcpy(to, "abc"), to);
    nt_strcat(to, "de");
    assert_string_equal(to, "abcde");
    nt_strncat(to, "fgh", 1);
    assert_string_equal(to, "abcdef");
    memset(to, '~', sizeof to);
    nt_strncpy(to, "ab", 4);
    assert_memory_equal(to, "ab\0\0~", 5);
    nt_strncpy(to, "xyz", 2);
    assert_memory_equal(to, "xy\0\0~", 5);

    WCHAR wide[8];
    nt_wcscpy(wide, L"abc");
    nt_wcsncat(wide, L"def", 2);
    assert_memory_equal(wide, L"abcde", 12);
    nt_wcsncpy(wide, L"xy", 2);
    assert_memory_equal(wide, L"xycde", 12);
    assert_int_equal(nt_wcslen(wide), 5);
    assert_int_equal(nt_wcsnlen(wide, 3), 3);
    assert_int_equal(nt_strnlen("abc", 9), 3);
}

static void secure_copies(void **state)
{
    (void)state;
    char to[4];
    assert_int_equal(nt_strcpy_s(to, 4, "abc"), 0);
    assert_int_equal(nt_strcpy_s(to, 3, "abc"), CRT_ERANGE);
    assert_string_equal(to, "");
    assert_int_equal(nt_strcpy_s(to, 4, NULL), CRT_EINVAL);
    assert_int_equal(nt_strcpy_s(NULL, 4, "abc"), CRT_EINVAL);
    assert_int_equal(nt_strcpy_s(to, 0, "abc"), CRT_EINVAL);
    assert_int_equal(nt_strncpy_s(to, 4, "abcdef", 3), 0);
    assert_string_equal(to, "abc");
    assert_int_equal(nt_strncpy_s(to, 4, "abcdef", 4), CRT_ERANGE);
    assert_string_equal(to, "");
    assert_int_equal(nt_strncpy_s(to, 4, "abcdef", CRT_TRUNCATE), CRT_STRUNCATE);
    assert_string_equal(to, "abc");
    assert_int_equal(nt_strcpy_s(to, 4, "a"), 0);
    assert_int_equal(nt_strcat_s(to, 4, "bc"), 0);
    assert_string_equal(to, "abc");
    assert_int_equal(nt_strcat_s(to, 4, "d"), CRT_ERANGE);
    assert_string_equal(to, "");
    memset(to, '~', sizeof to);
    assert_int_equal(nt_strcat_s(to, 4, "d"), CRT_EINVAL); // no terminator within the size
    assert_int_equal(nt_strcpy_s(to, 4, "a"), 0);
    assert_int_equal(nt_strncat_s(to, 4, "bcdef", CRT_TRUNCATE), CRT_STRUNCATE);
    assert_string_equal(to, "abc");

    WCHAR wide[4];
    assert_int_equal(nt_wcscpy_s(wide, 4, L"abc"), 0);
    assert_int_equal(nt_wcscpy_s(wide, 3, L"abc"), CRT_ERANGE);
    assert_int_equal(nt_wcsncpy_s(wide, 4, L"abcdef", 2), 0);
    assert_memory_equal(wide, L"ab", 6);
    assert_int_equal(nt_wcsncat_s(wide, 4, L"cdef", 1), 0);
    assert_memory_equal(wide, L"abc", 8);
}

static void comparisons(void **state)
{
    (void)state;
    assert_true(nt_strcmp("a", "b") < 0);
    assert_true(nt_strcmp("\x80", "a") > 0); // bytes are unsigned
    assert_int_equal(nt_strncmp("abc", "abd", 2), 0);
    assert_int_equal(nt_stricmp("HeLLo", "hEllO"), 0);
    assert_true(nt_stricmp("a_", "aB") < 0); // '_' lies before 'b', not before 'B'
    assert_int_equal(nt_strnicmp("ABCx", "abcy", 3), 0);
    assert_int_equal(nt_wcscmp(L"abc", L"abc"), 0);
    assert_true(nt_wcsncmp(L"abc", L"abd", 3) < 0);
    assert_int_equal(nt_wcsicmp(L"HeLLo", L"hEllO"), 0);
    assert_int_equal(nt_wcsnicmp(L"ABCx", L"abcy", 3), 0);
}

static void searches(void **state)
{
    (void)state;
    const char *text = "abcabc";
    const WCHAR *wide = L"abcabc";
    assert_ptr_equal(nt_strchr(text, 'b'), text + 1);
    assert_ptr_equal(nt_strrchr(text, 'b'), text + 4);
    assert_ptr_equal(nt_strchr(text, 0), text + 6);
    assert_null(nt_strchr(text, 'x'));
    assert_ptr_equal(nt_strstr(text, "ca"), text + 2);
    assert_ptr_equal(nt_strstr(text, ""), text);
    assert_null(nt_strstr(text, "abcabcd"));
    assert_int_equal(nt_strspn(text, "ba"), 2);
    assert_int_equal(nt_strcspn(text, "c"), 2);
    assert_ptr_equal(nt_wcschr(wide, 'c'), wide + 2);
    assert_ptr_equal(nt_wcsrchr(wide, 'a'), wide + 3);
    assert_ptr_equal(nt_wcsstr(wide, L"bca"), wide + 1);
    assert_int_equal(nt_wcscspn(wide, L"xc"), 2);

    char list[] = ",,a,b,;c;;", *next = NULL;
    assert_string_equal(nt_strtok_s(list, ",;", &next), "a");
    assert_string_equal(nt_strtok_s(NULL, ",;", &next), "b");
    assert_string_equal(nt_strtok_s(NULL, ",;", &next), "c");
    assert_null(nt_strtok_s(NULL, ",;", &next));
    assert_null(nt_strtok_s(NULL, ",;", &next));
}

static void changes(void **state)
{
    (void)state;
    char text[] = "aBc1";
    WCHAR wide[] = {'a', 'B', 0xe9, 0};
    assert_string_equal(nt_strupr(text), "ABC1");
    assert_string_equal(nt_strlwr(text), "abc1");
    assert_string_equal(nt_strrev(text), "1cba");
    assert_string_equal(nt_strnset(text, 'x', 2), "xxba");
    assert_string_equal(nt_strset(text, 'y'), "yyyy");
    nt_wcsupr(wide);
    assert_int_equal(wide[0], 'A');
    assert_int_equal(wide[2], 0xe9); // ASCII letters only
    assert_int_equal(nt_towupper(0xe9), 0xc9);
    assert_int_equal(nt_towlower(0xc9), 0xe9);
    assert_int_equal(nt_toupper('z'), 'Z');
    assert_int_equal(nt_tolower('['), '[');
    assert_true(nt_isdigit('7') && nt_isxdigit('F') && nt_isspace('\v') && nt_isprint('~') && nt_islower('q'));
    assert_false(nt_isdigit('a') || nt_isxdigit('g') || nt_isspace('x') || nt_isprint(0x7f) || nt_isupper('q'));
}

static void multibyte(void **state)
{
    (void)state;
    WCHAR wide[8];
    char text[8];
    assert_int_equal(nt_mbstowcs(wide, "aé中", 8), 3);
    assert_memory_equal(wide, L"a\u00e9\u4e2d", 8);
    assert_int_equal(nt_mbstowcs(NULL, "aé中", 0), 3);
    assert_int_equal(nt_mbstowcs(wide, "abc", 2), 2);
    assert_int_equal(nt_mbstowcs(wide, "\xff", 2), (SIZE_T)-1);
    assert_int_equal(nt_wcstombs(text, L"a\u00e9\u4e2d", 8), 6);
    assert_string_equal(text, "aé中");
    assert_int_equal(nt_wcstombs(text, L"\u4e2d\u4e2d", 5), 3); // whole characters
    assert_int_equal(nt_wcstombs(NULL, L"\u4e2d", 0), 3);
    assert_int_equal(nt_wcstombs(text, L"\xd800", 8), (SIZE_T)-1);
    assert_int_equal(nt_mbtowc(wide, "中", 3), 3);
    assert_int_equal(nt_mbtowc(wide, "中", 2), -1);
    assert_int_equal(nt_mbtowc(wide, "", 1), 0);
    assert_int_equal(nt_wctomb(text, 0xe9), 2);
}

static void numbers(void **state)
{
    (void)state;
    char text[66];
    WCHAR wide[66], *wide_end;
    char *end;
    assert_int_equal(nt_atoi(" \t-12x"), -12);
    assert_int_equal(nt_atoi("4294967297"), 1); // wraps, as in ntoskrnl
    assert_int_equal(nt_atol("+5"), 5);
    assert_int_equal(nt_wtoi(L"42"), 42);
    assert_int_equal(nt_wtol(L""), 0);
    assert_int_equal(nt_wcstoul(L"0x1fz", &wide_end, 0), 0x1f);
    assert_int_equal(*wide_end, 'z');
    assert_int_equal(nt_wcstoul(L"4294967296", NULL, 10), MAXULONG);
    assert_int_equal(nt_wcstoul(L"017", NULL, 0), 15);
    assert_int_equal(nt_wcstoul(L"-1", NULL, 0), MAXULONG);
    const WCHAR *none = L"  x";
    assert_int_equal(nt_wcstoul(none, &wide_end, 0), 0);
    assert_ptr_equal(wide_end, none); // nothing was read
    assert_int_equal(nt_strtoui64("18446744073709551615;", &end, 10), UINT64_MAX);
    assert_int_equal(*end, ';');
    assert_int_equal(nt_strtoui64("18446744073709551616", NULL, 10), UINT64_MAX);

    assert_string_equal(nt_itoa(-42, text, 10), "-42");
    assert_string_equal(nt_itoa(-1, text, 16), "ffffffff");
    nt_itow(255, wide, 16);
    assert_memory_equal(wide, L"ff", 6);
    assert_int_equal(nt_itoa_s(-42, text, 4, 10), 0);
    assert_int_equal(nt_itoa_s(-42, text, 3, 10), CRT_ERANGE);
    assert_string_equal(text, "");
    assert_int_equal(nt_itoa_s(1, text, 9, 1), CRT_EINVAL);
    assert_int_equal(nt_i64toa_s((-9223372036854775807 - 1), text, sizeof text, 10), 0);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(nt_i64toa_s(-1, text, sizeof text, 2), 0);
    assert_int_equal(strlen(text), 64);
    assert_int_equal(nt_ui64toa_s(UINT64_MAX, text, sizeof text, 36), 0);
    assert_string_equal(text, "3w5e11264sgsf");
    assert_int_equal(nt_ultow_s(7, wide, 2, 10), 0);
}

static int NTAPI by_value(const void *one, const void *two)
{
    int a = *(const int *)one, b = *(const int *)two;
    return (a > b) - (a < b);
}

static void sorting(void **state)
{
    (void)state;
    int values[200];
    for (int round = 0; round < 2000; round++) {
        int count = round % 200;
        long sum = 0;
        for (int i = 0; i < count; i++)
            sum += values[i] = round % 3 ? rand() % 50 : round % 2 ? i : count - i;
        nt_qsort(values, (SIZE_T)count, sizeof *values, by_value);
        for (int i = 0; i < count; i++) {
            sum -= values[i];
            assert_true(i == 0 || values[i - 1] <= values[i]);
            int *found = nt_bsearch(&values[i], values, (SIZE_T)count, sizeof *values, by_value);
            assert_true(found && *found == values[i]);
        }
        assert_int_equal(sum, 0);
        int absent = 1000;
        assert_null(nt_bsearch(&absent, values, (SIZE_T)count, sizeof *values, by_value));
    }
}

// The well-known beginning of Microsoft's sequence.
static void rand_sequence(void **state)
{
    (void)state;
    nt_srand(1);
    assert_int_equal(nt_rand(), 41);
    assert_int_equal(nt_rand(), 18467);
    assert_int_equal(nt_rand(), 6334);
}

// Called as a compiler calls it: the size in RAX, every register kept.
static void stack_probe(void **state)
{
    (void)state;
    for (unsigned long long size = 0; size < 100000; size += 1000) {
        unsigned long long rax = size, rcx = 0x1234, moved;
        __asm__ volatile("mov %%rsp, %%rbx\n\t"
                         "sub $4096, %%rsp\n\t" // beyond the red zone
                         "and $-16, %%rsp\n\t"
                         "mov %%rsp, %%rdx\n\t"
                         "call __chkstk\n\t"
                         "sub %%rsp, %%rdx\n\t"
                         "mov %%rbx, %%rsp"
                         : "+a"(rax), "+c"(rcx), "=&d"(moved)
                         :
                         : "rbx", "memory", "cc");
        assert_int_equal(rax, size);
        assert_int_equal(rcx, 0x1234);
        assert_int_equal(moved, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),         cmocka_unit_test(memory),        cmocka_unit_test(copies),
        cmocka_unit_test(secure_copies), cmocka_unit_test(comparisons),   cmocka_unit_test(searches),
        cmocka_unit_test(changes),       cmocka_unit_test(multibyte),     cmocka_unit_test(numbers),
        cmocka_unit_test(sorting),       cmocka_unit_test(rand_sequence), cmocka_unit_test(stack_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
