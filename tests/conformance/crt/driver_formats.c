// The printf family: the bounds. What a format does, tests/conformance/formats checks with DbgPrint.
//
//     _snprintf    the length written; -1 when it did not fit, and then there is no terminator
//     _snprintf_s  always terminated; with _TRUNCATE -1 when it was cut
// https://learn.microsoft.com/cpp/c-runtime-library/reference/snprintf-snprintf-snprintf-l-snwprintf-snwprintf-l
#include "crt.h"

#define FORWARD(name, ...)                                                                                             \
    va_list arguments;                                                                                                 \
    va_start(arguments, format);                                                                                       \
    int result = name(__VA_ARGS__, format, arguments);                                                                 \
    va_end(arguments);                                                                                                 \
    return result

static int Vsprintf(char *to, const char *format, ...)
{
    FORWARD(vsprintf, to);
}
static int Vsnprintf(char *to, size_t count, const char *format, ...)
{
    FORWARD(_vsnprintf, to, count);
}
static int VsprintfS(char *to, size_t size, const char *format, ...)
{
    FORWARD(vsprintf_s, to, size);
}
static int VsnprintfS(char *to, size_t size, size_t count, const char *format, ...)
{
    FORWARD(_vsnprintf_s, to, size, count);
}
static int Vswprintf(WCHAR *to, const WCHAR *format, ...)
{
    FORWARD(_vswprintf, to);
}
static int Vsnwprintf(WCHAR *to, size_t count, const WCHAR *format, ...)
{
    FORWARD(_vsnwprintf, to, count);
}
static int VswprintfS(WCHAR *to, size_t size, const WCHAR *format, ...)
{
    FORWARD(vswprintf_s, to, size);
}
static int VsnwprintfS(WCHAR *to, size_t size, size_t count, const WCHAR *format, ...)
{
    FORWARD(_vsnwprintf_s, to, size, count);
}
static ULONG VDbg(ULONG level, const char *format, ...)
{
    FORWARD(vDbgPrintEx, DPFLTR_IHVDRIVER_ID, level);
}
static ULONG VDbgPrefix(ULONG level, const char *format, ...)
{
    FORWARD(vDbgPrintExWithPrefix, "prefix: ", DPFLTR_IHVDRIVER_ID, level);
}

IMPORTED(int, swprintf, (WCHAR *, const WCHAR *, ...)); // without a count, unlike the standard's

// A table of routines with the same arguments, so that each is held against the same expectations.
static void Narrow(void)
{
    static int (*const unbounded[])(char *, const char *, ...) = {sprintf, Vsprintf};
    static int (*const counted[])(char *, size_t, const char *, ...) = {_snprintf, Vsnprintf};
    static int (*const sized[])(char *, size_t, const char *, ...) = {sprintf_s, VsprintfS};
    static int (*const both[])(char *, size_t, size_t, const char *, ...) = {_snprintf_s, VsnprintfS};
    char to[16];
    for (ULONG i = 0; i < 2; i++) {
        CHECK_IS(unbounded[i](to, "%d %s %x", -1, "abc", 0xBEEF), 11);
        CHECK_TEXT(to, "-1 abc beef");
        CHECK_IS(counted[i](to, 16, "%05.1I64d|", 42LL), 6);
        CHECK_TEXT(to, "   42|");
        to[3] = '#';
        CHECK_IS(counted[i](to, 3, "abc"), 3); // fits, without terminator
        CHECK(to[2] == 'c' && to[3] == '#');
        CHECK_IS(counted[i](to, 3, "abcd"), -1);
        CHECK(to[2] == 'c' && to[3] == '#');
        CHECK_IS(sized[i](to, 4, "%s", "abc"), 3);
        CHECK_TEXT(to, "abc");
        CHECK_IS(both[i](to, 16, 4, "%d", 1234567), -1);
        CHECK_TEXT(to, "1234");
        CHECK_IS(both[i](to, 4, AS_MUCH_AS_FITS, "%d", 1234567), -1);
        CHECK_TEXT(to, "123");
        CHECK_IS(both[i](to, 16, AS_MUCH_AS_FITS, "%ws", L"wide"), 4);
        CHECK_TEXT(to, "wide");
    }
}

static void Wide(void)
{
    int (*const unbounded[])(WCHAR *, const WCHAR *, ...) = {Imported_swprintf, _swprintf, Vswprintf};
    static int (*const counted[])(WCHAR *, size_t, const WCHAR *, ...) = {_snwprintf, Vsnwprintf};
    static int (*const sized[])(WCHAR *, size_t, const WCHAR *, ...) = {swprintf_s, VswprintfS};
    static int (*const both[])(WCHAR *, size_t, size_t, const WCHAR *, ...) = {_snwprintf_s, VsnwprintfS};
    WCHAR to[16];
    for (ULONG i = 0; i < RTL_NUMBER_OF(unbounded); i++) {
        CHECK_IS(unbounded[i](to, L"%d %s %S", -1, L"abc", "def"), 10); // %s is wide here, %S narrow
        CHECK_WIDE(to, L"-1 abc def");
    }
    for (ULONG i = 0; i < 2; i++) {
        to[3] = '#';
        CHECK_IS(counted[i](to, 3, L"abcd"), -1);
        CHECK(to[2] == 'c' && to[3] == '#');
        CHECK_IS(sized[i](to, 4, L"%X", 0xABC), 3);
        CHECK_WIDE(to, L"ABC");
        CHECK_IS(both[i](to, 4, AS_MUCH_AS_FITS, L"%u", 1234567), -1);
        CHECK_WIDE(to, L"123");
    }
}

static void Debug(void)
{
    CHECK_IS(VDbg(DPFLTR_ERROR_LEVEL, "vDbgPrintEx %d\n", 1), STATUS_SUCCESS);
    CHECK_IS(VDbgPrefix(DPFLTR_ERROR_LEVEL, "vDbgPrintExWithPrefix %d\n", 2), STATUS_SUCCESS);
}

void CrtFormats(void)
{
    Narrow();
    Wide();
    Debug();
}
