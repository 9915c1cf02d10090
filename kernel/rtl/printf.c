// The one formatter: DbgPrint, the sprintf family of ntoskrnl and its wide twins.
//
//     %[flags][width][.precision][size]type
//
//     flags      - left, + sign, blank for a plus, # prefix (0, 0x, 0X), 0 pads with zeros (strings too)
//     size       hh h l ll I I32 I64 w L j z t; long is 32 bits, I alone is the size of a pointer
//     d i u o x X   integers
//     p          a pointer: 16 hexadecimal digits, capital
//     c s        a character or string of the format's own width; C S of the other; h makes it char, l and w
//     WCHAR Z          a counted string: ANSI_STRING *, with w or l UNICODE_STRING *; the precision has no
//     say n          refused: its argument is skipped and the text "%n" appears e f g a    no floating point,
//     as documented for DbgPrint: the argument is skipped, the specification appears
//
// A NULL string prints as (null). Precision bounds what is read of a string, so it need not be terminated.
// Width and precision count units of the string that is given, as the CRT counts them. char text is UTF-8,
// the ANSI code page of nthost; WCHARs become UTF-8 with surrogate pairs joined, a lone surrogate becomes
// U+FFFD.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-dbgprint
// https://learn.microsoft.com/cpp/c-runtime-library/format-specification-syntax-printf-and-wprintf-functions
#include "rtl/rtl.h"

#include <limits.h>
#include <string.h>

enum { LEFT = 1, PLUS = 2, BLANK = 4, ALTERNATE = 8, ZERO = 16 };

enum size { SIZE_NONE, SIZE_CHAR, SIZE_SHORT, SIZE_LONG, SIZE_WIDE, SIZE_64 };

struct specification {
    unsigned flags;
    int width;
    int precision; // -1: none
    enum size size;
    unsigned type;
};

// One walk over a format string.
struct walk {
    struct rtl_output *output;
    const void *format;
    size_t at; // the next unit of the format
    __builtin_ms_va_list arguments;
};

static unsigned unit_at(const struct walk *walk, size_t index)
{
    if (!walk->output->wide)
        return ((const unsigned char *)walk->format)[index];
    WCHAR unit;
    memcpy(&unit, (const WCHAR *)walk->format + index, sizeof unit);
    return unit;
}

static void put(struct rtl_output *output, unsigned unit)
{
    if (output->length < output->capacity) {
        WCHAR wide = (WCHAR)unit;
        if (output->wide)
            memcpy((WCHAR *)output->buffer + output->length, &wide, sizeof wide);
        else
            ((char *)output->buffer)[output->length] = (char)unit;
    }
    output->length++;
}

static void put_repeated(struct rtl_output *output, unsigned unit, int count)
{
    while (count > 0 && output->length < output->capacity) {
        put(output, unit);
        count--;
    }
    if (count > 0)
        output->length += (size_t)count;
}

static void put_code(struct rtl_output *output, uint32_t code)
{
    char narrow[4];
    WCHAR wide[2];
    unsigned count = output->wide ? rtl_utf16_encode(code, wide) : rtl_utf8_encode(code, narrow);
    for (unsigned i = 0; i < count; i++)
        put(output, output->wide ? wide[i] : (unsigned char)narrow[i]);
}

static void put_narrow(struct rtl_output *output, const char *text, size_t length)
{
    bool valid;
    for (const char *end = text + length; text < end;) {
        if (output->wide)
            put_code(output, rtl_utf8_decode(&text, end, &valid));
        else
            put(output, (unsigned char)*text++);
    }
}

static void put_wide(struct rtl_output *output, const WCHAR *text, size_t length)
{
    bool valid;
    for (const WCHAR *end = text + length; text < end;) {
        if (!output->wide) {
            put_code(output, rtl_utf16_decode(&text, end, &valid));
            continue;
        }
        WCHAR unit;
        memcpy(&unit, text++, sizeof unit);
        put(output, unit);
    }
}

// A text of `length` units, padded to the width.
static void put_padded(struct rtl_output *output, const struct specification *spec, const void *text, size_t length,
                       bool wide)
{
    int pad = (size_t)spec->width > length ? spec->width - (int)length : 0;
    if (!(spec->flags & LEFT))
        put_repeated(output, spec->flags & ZERO ? '0' : ' ', pad);
    if (wide)
        put_wide(output, text, length);
    else
        put_narrow(output, text, length);
    if (spec->flags & LEFT)
        put_repeated(output, ' ', pad);
}

// ---- the conversions ----------------------------------------------------------------------------------------------

// Are the characters of this conversion WCHARs?
static bool is_wide(const struct walk *walk, const struct specification *spec)
{
    if (spec->size == SIZE_CHAR || spec->size == SIZE_SHORT)
        return false;
    if (spec->size == SIZE_LONG || spec->size == SIZE_WIDE)
        return true;
    return walk->output->wide == (spec->type == 'c' || spec->type == 's');
}

static size_t narrow_length(const char *text, size_t limit)
{
    size_t length = 0;
    while (length < limit && text[length])
        length++;
    return length;
}

static size_t wide_length(const WCHAR *text, size_t limit)
{
    WCHAR unit = 1;
    size_t length = 0;
    for (; length < limit; length++) {
        memcpy(&unit, text + length, sizeof unit);
        if (!unit)
            break;
    }
    return length;
}

static void put_null(struct walk *walk, const struct specification *spec, size_t limit)
{
    put_padded(walk->output, spec, "(null)", limit < 6 ? limit : 6, false);
}

static void convert_string(struct walk *walk, const struct specification *spec)
{
    const void *text = __builtin_va_arg(walk->arguments, const void *);
    size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
    bool wide = is_wide(walk, spec);
    if (!text)
        put_null(walk, spec, limit);
    else
        put_padded(walk->output, spec, text, wide ? wide_length(text, limit) : narrow_length(text, limit), wide);
}

static void convert_character(struct walk *walk, const struct specification *spec)
{
    int given = __builtin_va_arg(walk->arguments, int);
    char narrow = (char)given;
    WCHAR wide = (WCHAR)given;
    bool is = is_wide(walk, spec);
    put_padded(walk->output, spec, is ? (const void *)&wide : &narrow, 1, is);
}

static void convert_counted(struct walk *walk, const struct specification *spec)
{
    // Both kinds have the same shape.
    const UNICODE_STRING *string = __builtin_va_arg(walk->arguments, const UNICODE_STRING *);
    bool wide = spec->size == SIZE_LONG || spec->size == SIZE_WIDE;
    if (!string || !string->Buffer)
        put_null(walk, spec, SIZE_MAX);
    else
        put_padded(walk->output, spec, string->Buffer, wide ? string->Length / sizeof(WCHAR) : string->Length, wide);
}

static uint64_t integer_argument(struct walk *walk, const struct specification *spec, bool is_signed)
{
    if (spec->size == SIZE_64)
        return __builtin_va_arg(walk->arguments, uint64_t);
    uint32_t value = __builtin_va_arg(walk->arguments, uint32_t);
    if (spec->size == SIZE_SHORT)
        return is_signed ? (uint64_t)(int16_t)value : (uint16_t)value;
    if (spec->size == SIZE_CHAR)
        return is_signed ? (uint64_t)(int8_t)value : (uint8_t)value;
    return is_signed ? (uint64_t)(int32_t)value : value;
}

// Sign or prefix, zeros, digits; blanks around them.
static void put_number(struct walk *walk, const struct specification *spec, const char *prefix, uint64_t value,
                       unsigned base)
{
    char digits[RTL_DIGITS];
    struct rtl_output *output = walk->output;
    int count = 0;
    if (value || spec->precision != 0)
        count = (int)rtl_digits(digits, value, base, spec->type == 'x' ? 'a' : 'A');
    int zeros = spec->precision > count ? spec->precision - count : 0;
    if (base == 8 && spec->flags & ALTERNATE && !zeros && (!count || digits[0] != '0'))
        zeros = 1;
    int prefixed = (int)strlen(prefix);
    int pad = spec->width - prefixed - count; // may be far below zero with many zeros
    pad = pad > zeros ? pad - zeros : 0;
    if (spec->flags & ZERO && !(spec->flags & LEFT) && spec->precision < 0) {
        zeros += pad;
        pad = 0;
    }
    if (!(spec->flags & LEFT))
        put_repeated(output, ' ', pad);
    put_narrow(output, prefix, (size_t)prefixed);
    put_repeated(output, '0', zeros);
    put_narrow(output, digits, (size_t)count);
    if (spec->flags & LEFT)
        put_repeated(output, ' ', pad);
}

static void convert_signed(struct walk *walk, const struct specification *spec)
{
    int64_t value = (int64_t)integer_argument(walk, spec, true);
    const char *prefix = value < 0 ? "-" : spec->flags & PLUS ? "+" : spec->flags & BLANK ? " " : "";
    put_number(walk, spec, prefix, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

static void convert_hexadecimal(struct walk *walk, const struct specification *spec)
{
    uint64_t value = integer_argument(walk, spec, false);
    const char *prefix = !(spec->flags & ALTERNATE) || !value ? "" : spec->type == 'x' ? "0x" : "0X";
    put_number(walk, spec, prefix, value, 16);
}

static void convert_pointer(struct walk *walk, struct specification *spec)
{
    spec->size = SIZE_64;
    spec->precision = 2 * sizeof(void *);
    convert_hexadecimal(walk, spec);
}

// Not known here: the specification itself appears, from its percent sign on.
static void put_verbatim(struct walk *walk, size_t from)
{
    while (from < walk->at)
        put(walk->output, unit_at(walk, from++));
}

static void convert(struct walk *walk, struct specification *spec, size_t from)
{
    switch (spec->type) {
    case 'd':
    case 'i':
        convert_signed(walk, spec);
        break;
    case 'u':
        put_number(walk, spec, "", integer_argument(walk, spec, false), 10);
        break;
    case 'o':
        put_number(walk, spec, "", integer_argument(walk, spec, false), 8);
        break;
    case 'x':
    case 'X':
        convert_hexadecimal(walk, spec);
        break;
    case 'p':
        convert_pointer(walk, spec);
        break;
    case 'c':
    case 'C':
        convert_character(walk, spec);
        break;
    case 's':
    case 'S':
        convert_string(walk, spec);
        break;
    case 'Z':
        convert_counted(walk, spec);
        break;
    case 'n':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        (void)__builtin_va_arg(walk->arguments, uint64_t);
        put_verbatim(walk, from);
        break;
    default:
        put_verbatim(walk, from);
    }
}

// ---- reading a specification --------------------------------------------------------------------------------------

static unsigned flag_of(unsigned unit)
{
    switch (unit) {
    case '-':
        return LEFT;
    case '+':
        return PLUS;
    case ' ':
        return BLANK;
    case '#':
        return ALTERNATE;
    case '0':
        return ZERO;
    default:
        return 0;
    }
}

// Digits or a star; a number too large for an int becomes INT_MAX.
static int parse_number(struct walk *walk)
{
    if (unit_at(walk, walk->at) == '*') {
        walk->at++;
        return __builtin_va_arg(walk->arguments, int);
    }
    int number = 0;
    for (unsigned unit; (unit = unit_at(walk, walk->at)) >= '0' && unit <= '9'; walk->at++) {
        int digit = (int)unit - '0';
        number = number > (INT_MAX - digit) / 10 ? INT_MAX : number * 10 + digit;
    }
    return number;
}

static enum size parse_size(struct walk *walk)
{
    unsigned first = unit_at(walk, walk->at);
    switch (first) {
    case 'h':
    case 'l': {
        walk->at++;
        if (unit_at(walk, walk->at) != first)
            return first == 'h' ? SIZE_SHORT : SIZE_LONG;
        walk->at++;
        return first == 'h' ? SIZE_CHAR : SIZE_64;
    }
    case 'w':
        walk->at++;
        return SIZE_WIDE;
    case 'L':
        walk->at++;
        return SIZE_NONE;
    case 'j':
    case 'z':
    case 't':
        walk->at++;
        return SIZE_64;
    case 'I': {
        walk->at++;
        unsigned tens = unit_at(walk, walk->at);
        unsigned ones = tens ? unit_at(walk, walk->at + 1) : 0;
        bool is_32 = tens == '3' && ones == '2';
        if (is_32 || (tens == '6' && ones == '4'))
            walk->at += 2;
        return is_32 ? SIZE_NONE : SIZE_64;
    }
    default:
        return SIZE_NONE;
    }
}

// From behind the percent sign to behind the type; type 0 when the format ends before.
static struct specification parse(struct walk *walk)
{
    struct specification spec = {.precision = -1};
    for (unsigned flag; (flag = flag_of(unit_at(walk, walk->at))); walk->at++)
        spec.flags |= flag;
    spec.width = parse_number(walk);
    if (spec.width < 0) {
        spec.flags |= LEFT;
        spec.width = spec.width == INT_MIN ? INT_MAX : -spec.width;
    }
    if (unit_at(walk, walk->at) == '.') {
        walk->at++;
        spec.precision = parse_number(walk);
    }
    if (spec.precision < -1)
        spec.precision = -1;
    spec.size = parse_size(walk);
    spec.type = unit_at(walk, walk->at);
    if (spec.type)
        walk->at++;
    return spec;
}

// ---- public -------------------------------------------------------------------------------------------------------

void rtl_format(struct rtl_output *output, const void *format, __builtin_ms_va_list arguments)
{
    // Copied by assignment: without optimisation, gcc 12's __builtin_ms_va_copy gives NULL.
    struct walk walk = {.output = output, .format = format, .arguments = arguments};
    for (unsigned unit; (unit = unit_at(&walk, walk.at));) {
        size_t from = walk.at++;
        if (unit != '%') {
            put(output, unit);
            continue;
        }
        struct specification spec = parse(&walk);
        if (spec.type == '%')
            put(output, '%');
        else
            convert(&walk, &spec, from);
    }
}

int rtl_vformat(char *out, size_t size, const char *format, __builtin_ms_va_list arguments)
{
    struct rtl_output output = {.buffer = out, .capacity = size ? size - 1 : 0};
    rtl_format(&output, format, arguments);
    if (size)
        out[output.length < size ? output.length : size - 1] = 0;
    return output.length > INT_MAX ? INT_MAX : (int)output.length;
}
