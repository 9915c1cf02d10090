// Numbers and text of the C run time: atoi, _itoa, wcstoul and their relatives, rand.
//
// https://learn.microsoft.com/cpp/c-runtime-library/reference/itoa-s-itow-s
#include <nt/crt.h>

#include <stdatomic.h>
#include <stdbool.h>

#include "rtl/rtl.h"

enum { LARGEST_BASE = 36 };

// One unit of a text of either width.
static unsigned unit_at(const void *text, SIZE_T index, bool wide)
{
    return wide ? ((const WCHAR *)text)[index] : ((const unsigned char *)text)[index];
}

static unsigned digit_of(unsigned unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    unit |= 0x20;
    return unit >= 'a' && unit <= 'z' ? unit - 'a' + 10 : LARGEST_BASE;
}

// Behind the blanks and the sign.
static SIZE_T number_start(const void *text, bool wide, bool *negative)
{
    SIZE_T at = 0;
    while (nt_isspace((int)unit_at(text, at, wide)))
        at++;
    *negative = unit_at(text, at, wide) == '-';
    return at + (*negative || unit_at(text, at, wide) == '+');
}

// A number in any base; *end behind the last digit, or 0 when there is none. Beyond `limit`: limit.
static uint64_t read_number(const void *text, bool wide, unsigned base, uint64_t limit, bool *negative, SIZE_T *end)
{
    SIZE_T at = number_start(text, wide, negative);
    uint64_t value = 0;
    bool over = false;
    bool zero = unit_at(text, at, wide) == '0';
    bool prefixed = zero && (unit_at(text, at + 1, wide) | 0x20) == 'x' && digit_of(unit_at(text, at + 2, wide)) < 16;
    if (prefixed && (base == 0 || base == 16)) {
        base = 16;
        at += 2;
    }
    if (base == 0)
        base = zero ? 8 : 10;
    *end = 0;
    for (unsigned digit; (digit = digit_of(unit_at(text, at, wide))) < base; *end = ++at) {
        over = over || value > (limit - digit) / base;
        value = value * base + digit;
    }
    return over ? limit : value;
}

// What does not fit in 32 bits wraps, as in ntoskrnl.
static LONG read_signed(const void *text, bool wide)
{
    bool negative;
    ULONG value = 0;
    for (SIZE_T at = number_start(text, wide, &negative), digit; (digit = digit_of(unit_at(text, at, wide))) < 10; at++)
        value = value * 10 + (ULONG)digit;
    return (LONG)(negative ? 0 - value : value);
}

static int write_number(uint64_t magnitude, bool negative, void *to, SIZE_T size, int base, bool wide)
{
    char digits[RTL_DIGITS];
    if (!to || !size)
        return CRT_EINVAL;
    bool legal = base >= 2 && base <= LARGEST_BASE;
    unsigned count = legal ? rtl_digits(digits, magnitude, (unsigned)base, 'a') : 0;
    bool fits = count + negative < size;
    SIZE_T at = 0;
    for (unsigned i = 0; legal && fits && i < count + negative; i++, at++) {
        char digit = !negative ? digits[i] : i ? digits[i - 1] : '-';
        if (wide)
            ((WCHAR *)to)[at] = (WCHAR)digit;
        else
            ((char *)to)[at] = digit;
    }
    if (wide)
        ((WCHAR *)to)[at] = 0;
    else
        ((char *)to)[at] = 0;
    return !legal ? CRT_EINVAL : fits ? 0 : CRT_ERANGE;
}

// Only base 10 knows a minus sign; the others write the bits, of a 32-bit number 32.
static int write_signed(int64_t value, unsigned bits, void *to, SIZE_T size, int base, bool wide)
{
    bool negative = value < 0 && base == 10;
    uint64_t magnitude = negative ? 0 - (uint64_t)value : bits == 32 ? (uint32_t)value : (uint64_t)value;
    return write_number(magnitude, negative, to, size, base, wide);
}

int NTAPI nt_atoi(const char *string)
{
    return read_signed(string, false);
}

LONG NTAPI nt_atol(const char *string)
{
    return read_signed(string, false);
}

int NTAPI nt_wtoi(const WCHAR *string)
{
    return read_signed(string, true);
}

LONG NTAPI nt_wtol(const WCHAR *string)
{
    return read_signed(string, true);
}

ULONG NTAPI nt_wcstoul(const WCHAR *string, WCHAR **end, int base)
{
    bool negative;
    SIZE_T used;
    ULONG value = (ULONG)read_number(string, true, (unsigned)base, MAXULONG, &negative, &used);
    if (end)
        *end = (WCHAR *)string + used;
    return negative ? 0 - value : value;
}

ULONGLONG NTAPI nt_strtoui64(const char *string, char **end, int base)
{
    bool negative;
    SIZE_T used;
    ULONGLONG value = read_number(string, false, (unsigned)base, UINT64_MAX, &negative, &used);
    if (end)
        *end = (char *)string + used;
    return negative ? 0 - value : value;
}

// The caller's buffer is as large as the longest number: 33 characters in base 2, and a terminator.
char *NTAPI nt_itoa(int value, char *to, int base)
{
    write_signed(value, 32, to, RTL_DIGITS, base, false);
    return to;
}

WCHAR *NTAPI nt_itow(int value, WCHAR *to, int base)
{
    write_signed(value, 32, to, RTL_DIGITS, base, true);
    return to;
}

int NTAPI nt_itoa_s(int value, char *to, SIZE_T size, int base)
{
    return write_signed(value, 32, to, size, base, false);
}

int NTAPI nt_itow_s(int value, WCHAR *to, SIZE_T size, int base)
{
    return write_signed(value, 32, to, size, base, true);
}

int NTAPI nt_ltoa_s(LONG value, char *to, SIZE_T size, int base)
{
    return write_signed(value, 32, to, size, base, false);
}

int NTAPI nt_ltow_s(LONG value, WCHAR *to, SIZE_T size, int base)
{
    return write_signed(value, 32, to, size, base, true);
}

int NTAPI nt_ultoa_s(ULONG value, char *to, SIZE_T size, int base)
{
    return write_number(value, false, to, size, base, false);
}

int NTAPI nt_ultow_s(ULONG value, WCHAR *to, SIZE_T size, int base)
{
    return write_number(value, false, to, size, base, true);
}

int NTAPI nt_i64toa_s(LONGLONG value, char *to, SIZE_T size, int base)
{
    return write_signed(value, 64, to, size, base, false);
}

int NTAPI nt_i64tow_s(LONGLONG value, WCHAR *to, SIZE_T size, int base)
{
    return write_signed(value, 64, to, size, base, true);
}

int NTAPI nt_ui64toa_s(ULONGLONG value, char *to, SIZE_T size, int base)
{
    return write_number(value, false, to, size, base, false);
}

int NTAPI nt_ui64tow_s(ULONGLONG value, WCHAR *to, SIZE_T size, int base)
{
    return write_number(value, false, to, size, base, true);
}

static _Atomic unsigned random_state = 1;

VOID NTAPI nt_srand(unsigned seed)
{
    atomic_store_explicit(&random_state, seed, memory_order_relaxed);
}

// The sequence of Microsoft's C library.
int NTAPI nt_rand(void)
{
    unsigned before = atomic_load_explicit(&random_state, memory_order_relaxed), after;
    do {
        after = before * 214013 + 2531011;
    } while (!atomic_compare_exchange_weak_explicit(&random_state, &before, after, memory_order_relaxed,
                                                    memory_order_relaxed));
    return (int)(after >> 16 & 0x7FFF);
}
