// What the other rooms may use of the run-time library besides its exports (nt/rtl.h).
#pragma once

#include <stdbool.h>

#include <nt/ntdef.h>

// ---- formatting (printf.c) -------------------------------------------------------------------------------

// Where formatted text goes. At most `capacity` units are stored; `length` counts all that were produced, so
// length > capacity says that the text was cut. Nothing is terminated here.
struct rtl_output {
    void *buffer;    // char or WCHAR units
    size_t capacity; // units
    size_t length;   // units
    bool wide;       // the buffer and the format are WCHAR
};

// The one formatter. `format` is a char or a WCHAR string, as output->wide says.
void rtl_format(struct rtl_output *output, const void *format, __builtin_ms_va_list arguments);
// Like C's vsnprintf with the conversions of Windows: always terminated when size > 0; the length of the
// whole text.
int rtl_vformat(char *out, size_t size, const char *format, __builtin_ms_va_list arguments);

// ---- status and error texts (status.c) ----------------------------------------------------------------------------

// "STATUS_SUCCESS"; "unknown NTSTATUS" for a value without a name. Never NULL.
const char *rtl_status_name(NTSTATUS status);
// "ERROR_FILE_NOT_FOUND"; "unknown Win32 error". Never NULL.
const char *rtl_win32_name(ULONG error);
// The text FormatMessage gives, without the line end; NULL for a code without one.
const char *rtl_win32_text(ULONG error);

// ---- text encodings (utf.c) ---------------------------------------------------------------------------------------

enum { RTL_REPLACEMENT = 0xFFFD };

// One code point from *at, which moves past it; there is at least one unit. What is not valid becomes
// RTL_REPLACEMENT, clears *valid and moves past the longest part that could have begun a character. WCHARs
// may be unaligned.
uint32_t rtl_utf8_decode(const char **at, const char *end, bool *valid);
uint32_t rtl_utf16_decode(const WCHAR **at, const WCHAR *end, bool *valid);
// The units of a code point; how many.
unsigned rtl_utf8_encode(uint32_t code, char out[4]);
unsigned rtl_utf16_encode(uint32_t code, WCHAR out[2]);

// ---- case (upcase.c) ----------------------------------------------------------------------------------------------

WCHAR rtl_upcase(WCHAR c);
WCHAR rtl_downcase(WCHAR c);

static inline char rtl_upcase_ascii(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static inline char rtl_downcase_ascii(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

// ---- numbers (number.c) -------------------------------------------------------------------------------------------

enum { RTL_DIGITS = 65 }; // 64 binary digits and a sign

// The digits of value in base 2 to 36, not terminated; how many. Digits above 9 begin at `ten` ('a' or 'A').
unsigned rtl_digits(char out[RTL_DIGITS], uint64_t value, unsigned base, char ten);

// The tag of the strings this room allocates; pool listings show it as "Strg".
#define RTL_STRING_TAG 0x67727453u
