// UTF-8 and UTF-16, FormatMessage, GetFullPathName, heaps.

#include "win32_test.h"

#include "../../win32/last_error.c"
#include "../../win32/string.c"
#include "../../win32/message.c"
#include "../../win32/path.c"
#include "../../win32/memory.c"

static void to_wide(void **state)
{
    (void)state;
    WCHAR wide[8];
    // 4 bytes, one surrogate pair; with the terminator
    assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "h\xC3\xA9\xF0\x9F\x98\x80", -1, wide, 8), 5);
    assert_memory_equal(wide, ((WCHAR[]){'h', 0xE9, 0xD83D, 0xDE00, 0}), 10);
    assert_int_equal(MultiByteToWideChar(CP_ACP, 0, "abc", 2, wide, 8), 2); // counted: no terminator
    assert_int_equal(MultiByteToWideChar(CP_ACP, 0, "abc", -1, NULL, 0), 4);

    assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 3), 0);
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "a\xFF", -1, wide, 8), 0);
    assert_int_equal(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(MultiByteToWideChar(CP_UTF8, 0,
                                         "a\xFF"
                                         "b",
                                         -1, wide, 8),
                     4);
    assert_int_equal(wide[1], 0xFFFD);
    assert_int_equal(MultiByteToWideChar(CP_UTF8, MB_PRECOMPOSED, "a", -1, wide, 8), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_FLAGS);
    assert_int_equal(MultiByteToWideChar(1252, 0, "a", -1, wide, 8), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, "a", 0, wide, 8), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void to_utf8(void **state)
{
    (void)state;
    char text[16];
    BOOL used = TRUE;
    WCHAR lone[] = {'a', 0xD83D, 'b', 0};
    assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"驱动", -1, text, 16, NULL, NULL), 7);
    assert_string_equal(text, "驱动");
    assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, lone, -1, text, 16, NULL, NULL), 6);
    assert_string_equal(text, "a\xEF\xBF\xBD"
                              "b");
    assert_int_equal(WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, lone, -1, text, 16, NULL, NULL), 0);
    assert_int_equal(GetLastError(), ERROR_NO_UNICODE_TRANSLATION);
    assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"a", -1, text, 16, "?", &used), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    assert_int_equal(WideCharToMultiByte(CP_ACP, 0, L"a", -1, text, 16, "?", &used), 2);
    assert_false(used);
    assert_int_equal(WideCharToMultiByte(CP_UTF8, 0, L"驱动", -1, text, 6, NULL, NULL), 0);
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(lstrcmpiW(L"LySharkDriver", L"lysharkdriver"), 0);
    assert_true(lstrcmpA("a", "b") < 0);
}

static void system_messages(void **state)
{
    (void)state;
    char text[200];
    char *allocated = NULL;
    WCHAR wide[200];
    const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS;
    DWORD length = FormatMessageA(flags, NULL, ERROR_FILE_NOT_FOUND, 0, text, sizeof(text), NULL);
    assert_string_equal(text, "The system cannot find the file specified.\r\n");
    assert_int_equal(length, strlen(text));

    length = FormatMessageA(flags | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, ERROR_ACCESS_DENIED, 0, (LPSTR)&allocated, 0,
                            NULL);
    assert_string_equal(allocated, "Access is denied.\r\n");
    assert_int_equal(length, strlen(allocated));
    assert_null(LocalFree(allocated));

    length =
        FormatMessageW(flags, NULL, ERROR_ACCESS_DENIED, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), wide, 200, NULL);
    assert_int_equal(length, 19);
    assert_int_equal(lstrcmpW(wide, L"Access is denied.\r\n"), 0);

    FormatMessageA(flags | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL, ERROR_ACCESS_DENIED, 0, text, sizeof(text), NULL);
    assert_string_equal(text, "Access is denied. ");
    FormatMessageA(flags, NULL, ERROR_BAD_EXE_FORMAT, 0, text, sizeof(text), NULL);
    assert_string_equal(text, "%1 is not a valid Win32 application.\r\n");

    static const struct {
        const char *name;
        DWORD flags, message, language, size, error;
    } failures[] = {
        {"no such message", FORMAT_MESSAGE_FROM_SYSTEM, 0xdeadbeef, 0, 200, ERROR_MR_MID_NOT_FOUND},
        {"German", FORMAT_MESSAGE_FROM_SYSTEM, 5, MAKELANGID(7, 1), 200, ERROR_RESOURCE_LANG_NOT_FOUND},
        {"no room", FORMAT_MESSAGE_FROM_SYSTEM, 5, 0, 19, ERROR_INSUFFICIENT_BUFFER},
        {"an insert, no arguments", FORMAT_MESSAGE_FROM_SYSTEM, ERROR_BAD_EXE_FORMAT, 0, 200, ERROR_INVALID_PARAMETER},
        {"no source", 0, 5, 0, 200, ERROR_INVALID_PARAMETER},
        {"no string", FORMAT_MESSAGE_FROM_STRING, 0, 0, 200, ERROR_INVALID_PARAMETER},
        {"no module", FORMAT_MESSAGE_FROM_HMODULE, 5, 0, 200, ERROR_MR_MID_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAYSIZE(failures); i++) {
        length = FormatMessageA(failures[i].flags, NULL, failures[i].message, failures[i].language, text,
                                failures[i].size, NULL);
        expect_equal(failures[i].name, "length", length, 0);
        expect_equal(failures[i].name, "last error", GetLastError(), failures[i].error);
        length = FormatMessageW(failures[i].flags, NULL, failures[i].message, failures[i].language, wide,
                                failures[i].size, NULL);
        expect_equal(failures[i].name, "length of W", length, 0);
        expect_equal(failures[i].name, "last error of W", GetLastError(), failures[i].error);
    }
    all_right();
    assert_int_equal(FormatMessageA(flags, NULL, 5, 0, NULL, 0, NULL), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static const char *formatted(DWORD flags, const char *format, ...)
{
    static char text[256];
    va_list arguments;
    va_start(arguments, format);
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_STRING | flags, format, 0, 0, text, sizeof(text), &arguments);
    va_end(arguments);
    return length ? text : "(failed)";
}

static const WCHAR *formatted_wide(const WCHAR *format, ...)
{
    static WCHAR text[256];
    va_list arguments;
    va_start(arguments, format);
    FormatMessageW(FORMAT_MESSAGE_FROM_STRING, format, 0, 0, text, 256, &arguments);
    va_end(arguments);
    return text;
}

static void inserts(void **state)
{
    (void)state;
    assert_string_equal(formatted(0, "%2 and %1", "one", "two"), "two and one");
    assert_string_equal(formatted(0, "[%1!5s!|%1!-5s!|%1!.2s!]", "abc"), "[  abc|abc  |ab]");
    assert_string_equal(formatted(0, "%1!d! %2!x! %3!08X! %4!u!", -5, 0xbeef, 0xabc, 7), "-5 beef 00000ABC 7");
    assert_string_equal(formatted(0, "%1!I64d! %2!llx! %3!c!", -5LL, 0x123456789aULL, 'z'), "-5 123456789a z");
    assert_string_equal(formatted(0, "%1!*d!", 6, 42), "    42");
    assert_string_equal(formatted(0, "%1!S! %2!ls! %3!hs!", L"wide", L"too", "narrow"), "wide too narrow");
    assert_string_equal(formatted(0, "a%nb%tc%bd%re%%f%!g%."), "a\r\nb\tc d\re%f!g.");
    assert_string_equal(formatted(0, "one\ntwo\r\nthree\r"), "one\r\ntwo\r\nthree\r\n");
    assert_string_equal(formatted(FORMAT_MESSAGE_MAX_WIDTH_MASK, "one\ntwo%nthree"), "one two\r\nthree");
    assert_string_equal(formatted(0, "kept%0dropped"), "kept");
    assert_string_equal(formatted(FORMAT_MESSAGE_IGNORE_INSERTS, "%1 %2!d! 100%%"), "%1 %2!d! 100%");
    assert_string_equal(formatted(0, "bad %1!f!", 1), "(failed)");
    assert_string_equal(formatted(0, "bad %"), "(failed)");
    assert_int_equal(lstrcmpW(formatted_wide(L"%1 %2!hs! %3!S!", L"宽", "a", "b"), L"宽 a b"), 0);

    char text[64];
    DWORD_PTR array[] = {(DWORD_PTR) "x", 12};
    FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%2!d!%1", 0, 0, text, sizeof(text),
                   (va_list *)array);
    assert_string_equal(text, "12x");
}

static void full_paths(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/a/b", "/a/b"}, {"/a//b/./c", "/a/b/c"}, {"/a/../b", "/b"},        {"/..", "/"},       {"/", "/"},
        {"/a/", "/a/"},   {"/a/b/..", "/a"},       {"\\\\.\\X", "\\\\.\\X"}, {"C:\\x", "C:\\x"},
    };
    char buffer[256], *part;
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        assert_int_equal(GetFullPathNameA(cases[i][0], sizeof(buffer), buffer, &part), strlen(cases[i][1]));
        assert_string_equal(buffer, cases[i][1]);
    }
    assert_int_equal(GetFullPathNameA("/a/b.sys", sizeof(buffer), buffer, &part), 8);
    assert_string_equal(part, "b.sys");
    GetFullPathNameA("/a/", sizeof(buffer), buffer, &part);
    assert_null(part);
    assert_int_equal(GetFullPathNameA("/a/b", 4, buffer, NULL), 5); // too small: the size with the terminator
    assert_int_equal(GetFullPathNameA("/a/b", 5, buffer, NULL), 4);
    assert_int_equal(GetFullPathNameA("", 5, buffer, NULL), 0);
    assert_int_equal(GetLastError(), ERROR_INVALID_NAME);

    char *directory = getcwd(NULL, 0), expected[4096];
    snprintf(expected, sizeof(expected), "%s%s", strcmp(directory, "/") ? directory : "", "/y/驱动.sys");
    free(directory);
    char longer[4096];
    assert_int_equal(GetFullPathNameA("x/../y/驱动.sys", sizeof(longer), longer, &part), strlen(expected));
    assert_string_equal(longer, expected);
    WCHAR wide[4096], *wide_part;
    DWORD length = GetFullPathNameW(L"y/驱动.sys", 4096, wide, &wide_part);
    assert_int_equal(length, base_wcslen(wide));
    assert_int_equal(lstrcmpW(wide_part, L"驱动.sys"), 0);
    assert_int_equal(GetFullPathNameW(L"/a/b", 4, wide, NULL), 5);
}

static void heaps(void **state)
{
    (void)state;
    HANDLE heap = GetProcessHeap();
    char *memory = HeapAlloc(heap, HEAP_ZERO_MEMORY, 10);
    assert_int_equal(HeapSize(heap, 0, memory), 10);
    assert_int_equal(memory[9], 0);
    assert_int_equal((uintptr_t)memory % 16, 0);
    memset(memory, 'x', 10);
    memory = HeapReAlloc(heap, HEAP_ZERO_MEMORY, memory, 100);
    assert_int_equal(HeapSize(heap, 0, memory), 100);
    assert_int_equal(memory[9], 'x');
    assert_int_equal(memory[10], 0);
    assert_true(HeapFree(heap, 0, memory));
    assert_true(HeapFree(heap, 0, NULL));
    assert_null(HeapAlloc(heap, 0, (SIZE_T)-8));
    assert_null(LocalAlloc(LPTR, (SIZE_T)-8));
    assert_int_equal(GetLastError(), ERROR_NOT_ENOUGH_MEMORY);
    assert_true(HeapFree(heap, 0, LocalAlloc(LPTR, 1))); // one heap
    char not_ours[64] __attribute__((aligned(16))) = {0};
    assert_ptr_equal(LocalFree(not_ours + 16), not_ours + 16);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_wide), cmocka_unit_test(to_utf8),    cmocka_unit_test(system_messages),
        cmocka_unit_test(inserts), cmocka_unit_test(full_paths), cmocka_unit_test(heaps),
    };
    return cmocka_run_group_tests_name("win32 strings", tests, NULL, NULL);
}
