// FormatMessage: the texts of Win32 errors, and strings with inserts.
//
// The message is made in UTF-8 in a buffer that grows; FormatMessageA copies it, FormatMessageW converts it.
//
//     %1 .. %99       an insert; %1!format! has a printf format, by default !s!, a string like the call
//     %0              ends the message without a line break
//     %n %r %t %b     line break, carriage return, tab, space
//     %. %! %% %x     the character itself
//     line breaks     "\r\n" always; with FORMAT_MESSAGE_MAX_WIDTH_MASK those of the text become spaces
//
// System texts are English; other languages are refused with ERROR_RESOURCE_LANG_NOT_FOUND. A maximal line
// width between 1 and 254 is taken as 0: lines are not wrapped. FORMAT_MESSAGE_FROM_HMODULE finds nothing,
// there are no message tables.
// https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-formatmessagew

#include "win32.h"
#include "rtl/rtl.h"

#include <stdio.h>
#include <stdlib.h>

#define MAXIMUM_INSERT 99
#define FORMAT_MAXIMUM 32 // characters of a printf format between the exclamation marks

struct message {
    char *text;
    size_t length, size;
    DWORD error; // the first that happened; nothing is added after it

    DWORD flags;
    bool wide; // FormatMessageW: plain strings are WCHAR
    va_list *arguments;
    unsigned fetched;
    ULONG_PTR inserts[MAXIMUM_INSERT + 2]; // and two more for "*" in a format
};

// --- output --------------------------------------------------------------------------------------

static void refuse(struct message *message, DWORD error)
{
    if (!message->error)
        message->error = error;
}

static void add_bytes(struct message *message, const char *text, size_t length)
{
    if (message->error)
        return;
    if (message->length + length + 1 > message->size) {
        size_t size = 2 * (message->length + length + 1);
        char *grown = realloc(message->text, size);
        if (!grown) {
            refuse(message, ERROR_NOT_ENOUGH_MEMORY);
            return;
        }
        message->text = grown;
        message->size = size;
    }
    memcpy(message->text + message->length, text, length);
    message->length += length;
    message->text[message->length] = 0;
}

static void add_text(struct message *message, const char *text)
{
    add_bytes(message, text, strlen(text));
}

// --- inserts -------------------------------------------------------------------------------------

// Insert number `index` (from 1). The arguments of a va_list can only be taken in order, so all up to it are.
static ULONG_PTR insert(struct message *message, unsigned index)
{
    if (!message->arguments || index > MAXIMUM_INSERT + 2) {
        refuse(message, ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (message->flags & FORMAT_MESSAGE_ARGUMENT_ARRAY)
        return ((ULONG_PTR *)message->arguments)[index - 1];
    while (message->fetched < index)
        message->inserts[message->fetched++] = va_arg(*message->arguments, ULONG_PTR);
    return message->inserts[index - 1];
}

struct conversion {
    char flags[8];
    int width, precision; // -1: not given
    bool wide, narrow, long_long;
    char letter;
};

static const char *read_number(struct message *message, const char *format, unsigned *next, int *number)
{
    if (*format == '*') {
        *number = (int)insert(message, (*next)++);
        return format + 1;
    }
    if (*format < '0' || *format > '9')
        return format;
    for (*number = 0; *format >= '0' && *format <= '9'; format++)
        if (*number < 10000)
            *number = *number * 10 + (*format - '0');
    return format;
}

static const char *read_size(const char *format, struct conversion *conversion)
{
    if (!strncmp(format, "I64", 3) || !strncmp(format, "ll", 2)) {
        conversion->long_long = true;
        return format + (*format == 'I' ? 3 : 2);
    }
    conversion->wide = *format == 'l' || *format == 'w';
    conversion->narrow = *format == 'h';
    return format + (conversion->wide || conversion->narrow);
}

// Reads a printf format without its '%'. `next` is the insert that the first "*" takes.
static bool read_conversion(struct message *message, const char *format, unsigned *next, struct conversion *conversion)
{
    *conversion = (struct conversion){.width = -1, .precision = -1};
    size_t flags = strspn(format, "-+ #0");
    if (flags >= sizeof(conversion->flags))
        return false;
    memcpy(conversion->flags, format, flags);
    format = read_number(message, format + flags, next, &conversion->width);
    if (*format == '.') {
        conversion->precision = 0;
        format = read_number(message, format + 1, next, &conversion->precision);
    }
    format = read_size(format, conversion);
    conversion->letter = *format;
    return *format && strchr("sScCdiuxXop", *format) && !format[1];
}

// Strings and characters are padded and cut by the count of bytes.
static void add_padded(struct message *message, const struct conversion *conversion, const char *text)
{
    size_t length = conversion->precision >= 0 ? strnlen(text, (size_t)conversion->precision) : strlen(text);
    size_t padding = conversion->width > (int)length ? (size_t)conversion->width - length : 0;
    bool left = strchr(conversion->flags, '-') != NULL;
    for (size_t i = 0; !left && i < padding; i++)
        add_bytes(message, " ", 1);
    add_bytes(message, text, length);
    for (size_t i = 0; left && i < padding; i++)
        add_bytes(message, " ", 1);
}

static void add_string(struct message *message, const struct conversion *conversion, ULONG_PTR value)
{
    bool capital = conversion->letter == 'S';
    bool wide = conversion->wide || (!conversion->narrow && message->wide != capital);
    if (!value) {
        add_padded(message, conversion, "(null)");
    } else if (!wide) {
        add_padded(message, conversion, (const char *)value);
    } else {
        char *text = base_utf8((const WCHAR *)value);
        if (text)
            add_padded(message, conversion, text);
        else
            refuse(message, ERROR_NOT_ENOUGH_MEMORY);
        free(text);
    }
}

static void add_character(struct message *message, const struct conversion *conversion, ULONG_PTR value)
{
    WCHAR wide[2] = {(WCHAR)value, 0};
    char text[8];
    WideCharToMultiByte(CP_UTF8, 0, wide, 2, text, sizeof(text), NULL, NULL);
    add_padded(message, conversion, text);
}

static void add_integer(struct message *message, const struct conversion *conversion, ULONG_PTR value)
{
    char format[32], text[320];
    bool is_signed = conversion->letter == 'd' || conversion->letter == 'i';
    if (!conversion->long_long && conversion->letter != 'p')
        value = is_signed ? (ULONG_PTR)(LONG_PTR)(LONG)value : (ULONG)value;
    int width = conversion->width < 0 ? 0 : conversion->width > 256 ? 256 : conversion->width;
    int precision = conversion->precision > 256 ? 256 : conversion->precision;
    if (conversion->letter == 'p')
        snprintf(format, sizeof(format), "%%016llX");
    else
        snprintf(format, sizeof(format), "%%%s*.*ll%c", conversion->flags, conversion->letter);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (conversion->letter == 'p')
        snprintf(text, sizeof(text), format, (unsigned long long)value);
    else
        snprintf(text, sizeof(text), format, width, precision, (unsigned long long)value);
#pragma GCC diagnostic pop
    add_text(message, text);
}

static void add_insert(struct message *message, unsigned number, const char *format)
{
    struct conversion conversion;
    unsigned next = number;
    if (!read_conversion(message, format, &next, &conversion)) {
        refuse(message, ERROR_INVALID_PARAMETER);
        return;
    }
    ULONG_PTR value = insert(message, next);
    if (message->error)
        return;
    if (conversion.letter == 's' || conversion.letter == 'S')
        add_string(message, &conversion, value);
    else if (conversion.letter == 'c' || conversion.letter == 'C')
        add_character(message, &conversion, value);
    else
        add_integer(message, &conversion, value);
}

// --- the template --------------------------------------------------------------------------------

// `at` is on the first digit after '%'. Gives the place after the insert.
static const char *expand_insert(struct message *message, const char *at)
{
    const char *start = at - 1;
    unsigned number = (unsigned)(*at++ - '0');
    if (*at >= '0' && *at <= '9')
        number = number * 10 + (unsigned)(*at++ - '0');
    char format[FORMAT_MAXIMUM + 1] = "s";
    if (*at == '!') {
        const char *end = strchr(at + 1, '!');
        if (!end || end - at - 1 > FORMAT_MAXIMUM) {
            refuse(message, ERROR_INVALID_PARAMETER);
            return at + strlen(at);
        }
        memcpy(format, at + 1, (size_t)(end - at - 1));
        format[end - at - 1] = 0;
        at = end + 1;
    }
    if (message->flags & FORMAT_MESSAGE_IGNORE_INSERTS)
        add_bytes(message, start, (size_t)(at - start));
    else
        add_insert(message, number, format);
    return at;
}

// `at` is on the character after '%'. Gives the place to go on from, NULL for "%0".
static const char *expand_escape(struct message *message, const char *at)
{
    if (*at >= '1' && *at <= '9')
        return expand_insert(message, at);
    switch (*at) {
    case '0':
        return NULL;
    case 0:
        refuse(message, ERROR_INVALID_PARAMETER);
        return NULL;
    case 'n':
        add_text(message, "\r\n");
        break;
    case 'r':
        add_text(message, "\r");
        break;
    case 't':
        add_text(message, "\t");
        break;
    case 'b':
        add_text(message, " ");
        break;
    default:
        add_bytes(message, at, 1);
    }
    return at + 1;
}

static void expand(struct message *message, const char *at)
{
    bool one_line = (message->flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == FORMAT_MESSAGE_MAX_WIDTH_MASK;
    while (at && *at && !message->error) {
        size_t plain = strcspn(at, "%\r\n");
        add_bytes(message, at, plain);
        at += plain;
        if (*at == '%') {
            at = expand_escape(message, at + 1);
        } else if (*at) {
            add_text(message, one_line ? " " : "\r\n");
            at += at[0] == '\r' && at[1] == '\n' ? 2 : 1;
        }
    }
}

static bool is_english(DWORD language)
{
    DWORD primary = language & 0x3FF;
    return primary == LANG_NEUTRAL || language == MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
}

static void expand_system_text(struct message *message, DWORD number, DWORD language)
{
    const char *text = rtl_win32_text(number);
    if (!is_english(language)) {
        refuse(message, ERROR_RESOURCE_LANG_NOT_FOUND);
    } else if (!text) {
        refuse(message, ERROR_MR_MID_NOT_FOUND);
    } else {
        expand(message, text);
        expand(message, "\r\n");
    }
}

// Fills message->text; the last error and false otherwise. `source` is UTF-8 already.
static bool make_message(struct message *message, const char *source, DWORD number, DWORD language)
{
    add_bytes(message, "", 0);
    if (message->flags & FORMAT_MESSAGE_FROM_STRING) {
        if (source)
            expand(message, source);
        else
            refuse(message, ERROR_INVALID_PARAMETER);
    } else if (message->flags & FORMAT_MESSAGE_FROM_SYSTEM) {
        expand_system_text(message, number, language);
    } else {
        refuse(message,
               message->flags & FORMAT_MESSAGE_FROM_HMODULE ? ERROR_MR_MID_NOT_FOUND : ERROR_INVALID_PARAMETER);
    }
    return !message->error || base_fail(message->error);
}

// The place for `needed` bytes: the caller's buffer of `size` bytes, or a new one of at least that size.
static void *place(DWORD flags, void *buffer, size_t size, size_t needed)
{
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
        void *memory = LocalAlloc(LMEM_FIXED, needed > size ? needed : size);
        *(void **)buffer = memory;
        return memory;
    }
    if (needed <= size)
        return buffer;
    base_fail(ERROR_INSUFFICIENT_BUFFER);
    return NULL;
}

static bool check_buffer(DWORD flags, void *buffer)
{
    if (buffer)
        return true;
    return base_fail(flags & FORMAT_MESSAGE_ALLOCATE_BUFFER ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
}

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD number, DWORD language, LPSTR buffer, DWORD size,
                            va_list *arguments)
{
    struct message message = {.flags = flags, .arguments = arguments};
    DWORD length = 0;
    if (!check_buffer(flags, buffer))
        return 0;
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
        *(void **)buffer = NULL;
    if (make_message(&message, source, number, language) && message.text) {
        char *out = place(flags, buffer, size, message.length + 1);
        if (out) {
            memcpy(out, message.text, message.length + 1);
            length = (DWORD)message.length;
        }
    }
    free(message.text);
    return length;
}

DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD number, DWORD language, LPWSTR buffer, DWORD size,
                            va_list *arguments)
{
    struct message message = {.flags = flags, .wide = true, .arguments = arguments};
    DWORD length = 0;
    if (!check_buffer(flags, buffer))
        return 0;
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER)
        *(void **)buffer = NULL;
    char *text = NULL;
    if ((flags & FORMAT_MESSAGE_FROM_STRING) && source && !(text = base_utf8(source)))
        return 0;
    if (make_message(&message, text, number, language)) {
        int needed = MultiByteToWideChar(CP_UTF8, 0, message.text, (int)message.length + 1, NULL, 0);
        WCHAR *out = place(flags, buffer, size * sizeof(WCHAR), (size_t)needed * sizeof(WCHAR));
        if (out)
            length = (DWORD)MultiByteToWideChar(CP_UTF8, 0, message.text, (int)message.length + 1, out, needed) - 1;
    }
    free(message.text);
    free(text);
    return length;
}
