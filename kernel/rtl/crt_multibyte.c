// mbstowcs, wcstombs and the single-character forms. The multibyte text is UTF-8.
//
// https://learn.microsoft.com/cpp/c-runtime-library/reference/mbstowcs-mbstowcs-l
#include <nt/crt.h>

#include <string.h>

#include "rtl/rtl.h"

#define FAILED ((SIZE_T)-1)

// Counts or stores at most `count` WCHARs, with the terminator if it fits; how many without it.
SIZE_T NTAPI nt_mbstowcs(WCHAR *to, const char *from, SIZE_T count)
{
    SIZE_T stored = 0;
    for (const char *end = from + nt_strlen(from); from < end;) {
        bool valid;
        WCHAR piece[2];
        unsigned length = rtl_utf16_encode(rtl_utf8_decode(&from, end, &valid), piece);
        if (!valid)
            return FAILED;
        if (to && count - stored < length)
            return stored;
        if (to)
            memcpy(to + stored, piece, length * sizeof(WCHAR));
        stored += length;
    }
    if (to && stored < count)
        to[stored] = 0;
    return stored;
}

SIZE_T NTAPI nt_wcstombs(char *to, const WCHAR *from, SIZE_T count)
{
    SIZE_T stored = 0;
    for (const WCHAR *end = from + nt_wcslen(from); from < end;) {
        bool valid;
        char piece[4];
        unsigned length = rtl_utf8_encode(rtl_utf16_decode(&from, end, &valid), piece);
        if (!valid)
            return FAILED;
        if (to && count - stored < length)
            return stored;
        if (to)
            memcpy(to + stored, piece, length);
        stored += length;
    }
    if (to && stored < count)
        to[stored] = 0;
    return stored;
}

// A character outside the first plane does not fit in one WCHAR: -1, like one that is not valid.
int NTAPI nt_mbtowc(WCHAR *to, const char *from, SIZE_T count)
{
    bool valid;
    WCHAR units[2];
    const char *at = from;
    if (!from || !count)
        return 0;
    uint32_t code = rtl_utf8_decode(&at, from + count, &valid);
    if (!valid || rtl_utf16_encode(code, units) != 1)
        return -1;
    if (to)
        *to = units[0];
    return code ? (int)(at - from) : 0;
}

int NTAPI nt_wctomb(char *to, WCHAR character)
{
    bool valid;
    const WCHAR *at = &character;
    if (!to)
        return 0;
    uint32_t code = rtl_utf16_decode(&at, at + 1, &valid);
    return valid ? (int)rtl_utf8_encode(code, to) : -1;
}
