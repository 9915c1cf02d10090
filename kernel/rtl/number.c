// Numbers and text: RtlUnicodeStringToInteger, RtlIntegerToUnicodeString and their relatives.
//
// Reading skips blanks and control characters, takes one sign, and with base 0 a prefix 0b, 0o or 0x; it ends
// at the first unit that is no digit of the base, and what does not fit in 32 bits wraps. No digits at all
// give 0.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlunicodestringtointeger
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlintegertounicodestring
#include "rtl/rtl.h"

#include <string.h>

#include <nt/ntstatus.h>
#include <nt/rtl.h>

// A text of either width, bounded by its length or its terminator.
struct text {
    const char *narrow;
    const WCHAR *wide;
    size_t length;
};

static unsigned peek(const struct text *text, size_t at)
{
    if (at >= text->length)
        return 0;
    return text->wide ? text->wide[at] : (unsigned char)text->narrow[at];
}

static unsigned digit_of(unsigned unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    unit |= 0x20;
    return unit >= 'a' && unit <= 'f' ? unit - 'a' + 10 : 16;
}

static unsigned prefix_base(unsigned unit)
{
    return unit == 'b' ? 2 : unit == 'o' ? 8 : unit == 'x' ? 16 : 0;
}

static bool base_is_legal(ULONG base)
{
    return base == 2 || base == 8 || base == 10 || base == 16;
}

static NTSTATUS read_number(const struct text *text, ULONG base, ULONG *value)
{
    size_t at = 0;
    while (peek(text, at) && peek(text, at) <= ' ')
        at++;
    bool negative = peek(text, at) == '-';
    if (negative || peek(text, at) == '+')
        at++;
    if (base == 0) {
        base = 10;
        if (peek(text, at) == '0' && prefix_base(peek(text, at + 1))) {
            base = prefix_base(peek(text, at + 1));
            at += 2;
        }
    } else if (!base_is_legal(base)) {
        return STATUS_INVALID_PARAMETER;
    }
    ULONG number = 0;
    for (unsigned digit; (digit = digit_of(peek(text, at))) < base; at++)
        number = number * base + digit;
    *value = negative ? 0 - number : number;
    return STATUS_SUCCESS;
}

static NTSTATUS write_number(uint64_t value, ULONG base, UNICODE_STRING *string)
{
    char digits[RTL_DIGITS];
    if (base == 0)
        base = 10;
    if (!base_is_legal(base))
        return STATUS_INVALID_PARAMETER;
    unsigned count = rtl_digits(digits, value, base, 'A');
    if ((count + 1) * sizeof(WCHAR) > string->MaximumLength) // the terminator must fit too
        return STATUS_BUFFER_OVERFLOW;
    for (unsigned i = 0; i < count; i++)
        string->Buffer[i] = (WCHAR)digits[i];
    string->Length = (USHORT)(count * sizeof(WCHAR));
    string->Buffer[count] = 0;
    return STATUS_SUCCESS;
}

unsigned rtl_digits(char out[RTL_DIGITS], uint64_t value, unsigned base, char ten)
{
    char reversed[RTL_DIGITS];
    unsigned count = 0;
    do {
        unsigned digit = (unsigned)(value % base);
        reversed[count++] = (char)(digit < 10 ? '0' + digit : ten + digit - 10);
        value /= base;
    } while (value);
    for (unsigned i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING string, ULONG base, PULONG value)
{
    struct text text = {.wide = string->Buffer, .length = string->Length / sizeof(WCHAR)};
    return read_number(&text, base, value);
}

NTSTATUS NTAPI RtlCharToInteger(PCSZ string, ULONG base, PULONG value)
{
    struct text text = {.narrow = string, .length = strlen(string)};
    return read_number(&text, base, value);
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING string)
{
    return write_number(value, base, string);
}

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING string)
{
    return write_number(value, base, string);
}
