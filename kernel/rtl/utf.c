// UTF-8 and UTF-16, one code point at a time.
#include "rtl/rtl.h"

#include <string.h>

static WCHAR unit_of(const WCHAR *at)
{
    WCHAR unit;
    memcpy(&unit, at, sizeof unit);
    return unit;
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

uint32_t rtl_utf8_decode(const char **at, const char *end, bool *valid)
{
    uint32_t code = (unsigned char)*(*at)++;
    *valid = true;
    if (code < 0x80)
        return code;

    // The second byte has a narrower range after some leads: no overlong forms, no surrogates, nothing above
    // 10FFFF.
    unsigned more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : 1;
    unsigned low = code == 0xE0 ? 0xA0 : code == 0xF0 ? 0x90 : 0x80;
    unsigned high = code == 0xED ? 0x9F : code == 0xF4 ? 0x8F : 0xBF;
    *valid = code >= 0xC2 && code <= 0xF4;
    code &= 0x3Fu >> more;
    for (; *valid && more; more--) {
        unsigned byte = *at < end ? (unsigned char)**at : 0;
        *valid = byte >= low && byte <= high;
        if (*valid)
            code = code << 6 | (byte & 0x3F), ++*at;
        low = 0x80, high = 0xBF;
    }
    return *valid ? code : RTL_REPLACEMENT;
}

uint32_t rtl_utf16_decode(const WCHAR **at, const WCHAR *end, bool *valid)
{
    uint32_t unit = unit_of((*at)++);
    *valid = true;
    if (is_high(unit) && *at < end && is_low(unit_of(*at)))
        return 0x10000 + ((unit - 0xD800) << 10) + (unit_of((*at)++) - 0xDC00u);
    *valid = !is_high(unit) && !is_low(unit);
    return *valid ? unit : RTL_REPLACEMENT;
}

unsigned rtl_utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    unsigned more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (unsigned i = more; i; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char)(lead[more] | code);
    return more + 1;
}

unsigned rtl_utf16_encode(uint32_t code, WCHAR out[2])
{
    if (code < 0x10000) {
        out[0] = (WCHAR)code;
        return 1;
    }
    out[0] = (WCHAR)(0xD800 + ((code - 0x10000) >> 10));
    out[1] = (WCHAR)(0xDC00 + (code & 0x3FF));
    return 2;
}
