// UTF-8 and UTF-16, and the lstr functions.
//
// The ANSI and OEM code pages are UTF-8 (65001), so CP_ACP, CP_OEMCP, CP_THREAD_ACP and CP_UTF8 mean the
// same; others are refused. What cannot be converted becomes U+FFFD, one for each longest broken piece as
// Unicode recommends, or fails with ERROR_NO_UNICODE_TRANSLATION when the caller asks for that.
// https://learn.microsoft.com/windows/win32/api/stringapiset/nf-stringapiset-multibytetowidechar

#include "win32.h"
#include "rtl/rtl.h"

#include <stdlib.h>

static bool is_utf8_page(UINT code_page)
{
    return code_page == CP_ACP || code_page == CP_OEMCP || code_page == CP_THREAD_ACP || code_page == CP_UTF8;
}

UINT WINAPI GetACP(void)
{
    return CP_UTF8;
}

UINT WINAPI GetOEMCP(void)
{
    return CP_UTF8;
}

// The sizes count the terminator when the input's does (-1). wide_size 0 asks for the size.
int WINAPI MultiByteToWideChar(UINT code_page, DWORD flags, LPCCH text, int text_size, LPWSTR wide, int wide_size)
{
    if (!text || !text_size || text_size < -1 || wide_size < 0 || (wide_size && !wide) || !is_utf8_page(code_page))
        return base_fail(ERROR_INVALID_PARAMETER);
    if (code_page == CP_UTF8 && (flags & ~(DWORD)MB_ERR_INVALID_CHARS))
        return base_fail(ERROR_INVALID_FLAGS);
    const char *end = text + (text_size == -1 ? strlen(text) + 1 : (size_t)text_size);
    size_t length = 0;
    bool valid = true;
    while (text < end) {
        WCHAR units[2];
        size_t count = rtl_utf16_encode(rtl_utf8_decode(&text, end, &valid), units);
        if (!valid && (flags & MB_ERR_INVALID_CHARS))
            return base_fail(ERROR_NO_UNICODE_TRANSLATION);
        if (wide_size && length + count > (size_t)wide_size)
            return base_fail(ERROR_INSUFFICIENT_BUFFER);
        if (wide_size)
            memcpy(wide + length, units, count * sizeof(WCHAR));
        length += count;
    }
    return (int)length;
}

int WINAPI WideCharToMultiByte(UINT code_page, DWORD flags, LPCWCH wide, int wide_size, LPSTR text, int text_size,
                               LPCCH default_char, LPBOOL used_default)
{
    if (!wide || !wide_size || wide_size < -1 || text_size < 0 || (text_size && !text) || !is_utf8_page(code_page))
        return base_fail(ERROR_INVALID_PARAMETER);
    if (code_page == CP_UTF8 && (default_char || used_default))
        return base_fail(ERROR_INVALID_PARAMETER); // UTF-8 has a character for everything
    if (code_page == CP_UTF8 && (flags & ~(DWORD)WC_ERR_INVALID_CHARS))
        return base_fail(ERROR_INVALID_FLAGS);
    if (used_default)
        *used_default = FALSE;
    const WCHAR *end = wide + (wide_size == -1 ? base_wcslen(wide) + 1 : (size_t)wide_size);
    size_t length = 0;
    bool valid = true;
    while (wide < end) {
        char bytes[4];
        size_t count = rtl_utf8_encode(rtl_utf16_decode(&wide, end, &valid), bytes);
        if (!valid && (flags & WC_ERR_INVALID_CHARS))
            return base_fail(ERROR_NO_UNICODE_TRANSLATION);
        if (text_size && length + count > (size_t)text_size)
            return base_fail(ERROR_INSUFFICIENT_BUFFER);
        if (text_size)
            memcpy(text + length, bytes, count);
        length += count;
    }
    return (int)length;
}

size_t base_wcslen(const WCHAR *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

bool base_wide_make(struct base_wide *wide, const char *text)
{
    wide->text = NULL;
    if (!text)
        return true;
    size_t bytes = strlen(text) + 1;
    if (bytes > 3 * (BASE_NAME_MAXIMUM + 1)) // more than 3 bytes never make one character
        return base_fail(ERROR_FILENAME_EXCED_RANGE);
    wide->text = wide->small;
    if (bytes > ARRAYSIZE(wide->small) && !(wide->text = malloc(bytes * sizeof(WCHAR))))
        return base_fail(ERROR_NOT_ENOUGH_MEMORY);
    MultiByteToWideChar(CP_UTF8, 0, text, (int)bytes, wide->text, (int)bytes);
    return true;
}

void base_wide_drop(struct base_wide *wide)
{
    if (wide->text != wide->small)
        free(wide->text);
}

char *base_utf8(const WCHAR *text)
{
    size_t size = 3 * base_wcslen(text) + 1;
    char *copy = malloc(size);
    if (!copy)
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    else
        WideCharToMultiByte(CP_UTF8, 0, text, -1, copy, (int)size, NULL, NULL);
    return copy;
}

// Case is the letters' that the kernel's name comparisons fold.
static int compare_wide(const WCHAR *first, const WCHAR *second, bool fold)
{
    for (;; first++, second++) {
        // NOLINTNEXTLINE(clang-analyzer-core.*): both texts end with a zero, which the analyzer loses on the way
        WCHAR a = fold ? rtl_upcase(*first) : *first, b = fold ? rtl_upcase(*second) : *second;
        if (a != b || !a)
            return (a > b) - (a < b);
    }
}

bool base_wcsequal_i(const WCHAR *first, const WCHAR *second)
{
    return compare_wide(first, second, true) == 0;
}

// NULL is the empty string of length 0 for lstrlen, and sorts before everything for lstrcmp.
int WINAPI lstrlenA(LPCSTR text)
{
    return text ? (int)strlen(text) : 0;
}

int WINAPI lstrlenW(LPCWSTR text)
{
    return text ? (int)base_wcslen(text) : 0;
}

// The comparisons are by value of the characters, not by the rules of a language as on Windows.
int WINAPI lstrcmpW(LPCWSTR first, LPCWSTR second)
{
    return first && second ? compare_wide(first, second, false) : !!first - !!second;
}

int WINAPI lstrcmpiW(LPCWSTR first, LPCWSTR second)
{
    return first && second ? compare_wide(first, second, true) : !!first - !!second;
}

static int compare_utf8(LPCSTR first, LPCSTR second, int(WINAPI *compare)(LPCWSTR, LPCWSTR))
{
    struct base_wide a, b;
    if (!base_wide_make(&a, first))
        return 0;
    int result = 0;
    if (base_wide_make(&b, second)) {
        result = compare(a.text, b.text);
        base_wide_drop(&b);
    }
    base_wide_drop(&a);
    return result;
}

int WINAPI lstrcmpA(LPCSTR first, LPCSTR second)
{
    return compare_utf8(first, second, lstrcmpW);
}

int WINAPI lstrcmpiA(LPCSTR first, LPCSTR second)
{
    return compare_utf8(first, second, lstrcmpiW);
}

LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from)
{
    return to && from ? strcpy(to, from) : NULL;
}

LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from)
{
    return to && from ? memcpy(to, from, (base_wcslen(from) + 1) * sizeof(WCHAR)) : NULL;
}

// Copies at most size - 1 characters and always terminates.
LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int size)
{
    if (!to || !from || size <= 0)
        return NULL;
    size_t length = strnlen(from, (size_t)size - 1);
    memcpy(to, from, length);
    to[length] = 0;
    return to;
}

LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int size)
{
    if (!to || !from || size <= 0)
        return NULL;
    int length = 0;
    for (; length < size - 1 && from[length]; length++)
        to[length] = from[length];
    to[length] = 0;
    return to;
}

LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from)
{
    return to && from ? strcat(to, from) : NULL;
}

LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from)
{
    return to && from && lstrcpyW(to + base_wcslen(to), from) ? to : NULL;
}
