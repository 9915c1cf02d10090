// The sprintf family of ntoskrnl, on the one formatter (printf.c).
//
//                           fits              exactly `count`, no terminator     longer
//     sprintf               n, terminated     -                                  overruns, as in C
//     _snprintf(to, count)  n, terminated     n, not terminated                  -1, `count` units, not
//     terminated sprintf_s(to, size)   n, terminated     -                                  -1, an empty
//     string _snprintf_s(count)    n, terminated     -                                  -1, cut to `count`
//     and terminated; an
//                                                                                empty string if that does
//                                                                                not fit
//
// The v and the wide forms likewise. _snprintf(NULL, 0, ...) tells the length. RtlStringCbPrintf and its
// kind, inline in ntstrsafe.h, are built on _vsnprintf and _vsnwprintf and need just that: what fits is there
// when -1 comes.
//
// https://learn.microsoft.com/cpp/c-runtime-library/reference/vsnprintf-vsnprintf-vsnprintf-l-vsnwprintf-vsnwprintf-l
// https://learn.microsoft.com/cpp/c-runtime-library/reference/vsnprintf-s-vsnprintf-s-vsnprintf-s-l-vsnwprintf-s-vsnwprintf-s-l
#include <limits.h>
#include <stdint.h>

#include <nt/crt.h>

#include "rtl/rtl.h"

// Forward to the form that takes a list of arguments.
#define WITH_ARGUMENTS(call)                                                                                           \
    __builtin_ms_va_list arguments;                                                                                    \
    __builtin_ms_va_start(arguments, format);                                                                          \
    int result = call;                                                                                                 \
    __builtin_ms_va_end(arguments);                                                                                    \
    return result

static void set_unit(void *to, SIZE_T index, bool wide)
{
    if (wide)
        ((WCHAR *)to)[index] = 0;
    else
        ((char *)to)[index] = 0;
}

static SIZE_T format_into(void *to, SIZE_T capacity, const void *format, bool wide, __builtin_ms_va_list arguments)
{
    struct rtl_output output = {.buffer = to, .capacity = capacity, .wide = wide};
    rtl_format(&output, format, arguments);
    return output.length;
}

static int print_unbounded(void *to, const void *format, bool wide, __builtin_ms_va_list arguments)
{
    SIZE_T length = format_into(to, SIZE_MAX, format, wide, arguments);
    set_unit(to, length, wide);
    return (int)length;
}

static int print_counted(void *to, SIZE_T count, const void *format, bool wide, __builtin_ms_va_list arguments)
{
    SIZE_T length = format_into(to, to ? count : 0, format, wide, arguments);
    if (!to && !count)
        return length > INT_MAX ? -1 : (int)length;
    if (length > count || !to)
        return -1;
    if (length < count)
        set_unit(to, length, wide);
    return (int)length;
}

static int print_secure(void *to, SIZE_T size, SIZE_T count, const void *format, bool wide,
                        __builtin_ms_va_list arguments)
{
    if (!to || !size || !format)
        return -1;
    SIZE_T room = size - 1;
    SIZE_T length = format_into(to, room, format, wide, arguments);
    if (length <= room && length <= count) {
        set_unit(to, length, wide);
        return (int)length;
    }
    if (count == CRT_TRUNCATE)
        set_unit(to, room, wide);
    else
        set_unit(to, count <= room ? count : 0, wide);
    return -1;
}

int NTAPI nt_vsprintf(char *to, const char *format, __builtin_ms_va_list arguments)
{
    return print_unbounded(to, format, false, arguments);
}

int NTAPI nt_sprintf(char *to, const char *format, ...)
{
    WITH_ARGUMENTS(nt_vsprintf(to, format, arguments));
}

int NTAPI nt_vsnprintf(char *to, SIZE_T count, const char *format, __builtin_ms_va_list arguments)
{
    return print_counted(to, count, format, false, arguments);
}

int NTAPI nt_snprintf(char *to, SIZE_T count, const char *format, ...)
{
    WITH_ARGUMENTS(nt_vsnprintf(to, count, format, arguments));
}

// An exact count that cannot be reached stands for "no count": the text must fit.
int NTAPI nt_vsprintf_s(char *to, SIZE_T size, const char *format, __builtin_ms_va_list arguments)
{
    return print_secure(to, size, CRT_TRUNCATE - 1, format, false, arguments);
}

int NTAPI nt_sprintf_s(char *to, SIZE_T size, const char *format, ...)
{
    WITH_ARGUMENTS(nt_vsprintf_s(to, size, format, arguments));
}

int NTAPI nt_vsnprintf_s(char *to, SIZE_T size, SIZE_T count, const char *format, __builtin_ms_va_list arguments)
{
    return print_secure(to, size, count, format, false, arguments);
}

int NTAPI nt_snprintf_s(char *to, SIZE_T size, SIZE_T count, const char *format, ...)
{
    WITH_ARGUMENTS(nt_vsnprintf_s(to, size, count, format, arguments));
}

// ntoskrnl's swprintf takes no count.
int NTAPI nt_vswprintf(WCHAR *to, const WCHAR *format, __builtin_ms_va_list arguments)
{
    return print_unbounded(to, format, true, arguments);
}

int NTAPI nt_swprintf(WCHAR *to, const WCHAR *format, ...)
{
    WITH_ARGUMENTS(nt_vswprintf(to, format, arguments));
}

int NTAPI nt_vsnwprintf(WCHAR *to, SIZE_T count, const WCHAR *format, __builtin_ms_va_list arguments)
{
    return print_counted(to, count, format, true, arguments);
}

int NTAPI nt_snwprintf(WCHAR *to, SIZE_T count, const WCHAR *format, ...)
{
    WITH_ARGUMENTS(nt_vsnwprintf(to, count, format, arguments));
}

int NTAPI nt_vswprintf_s(WCHAR *to, SIZE_T size, const WCHAR *format, __builtin_ms_va_list arguments)
{
    return print_secure(to, size, CRT_TRUNCATE - 1, format, true, arguments);
}

int NTAPI nt_swprintf_s(WCHAR *to, SIZE_T size, const WCHAR *format, ...)
{
    WITH_ARGUMENTS(nt_vswprintf_s(to, size, format, arguments));
}

int NTAPI nt_vsnwprintf_s(WCHAR *to, SIZE_T size, SIZE_T count, const WCHAR *format, __builtin_ms_va_list arguments)
{
    return print_secure(to, size, count, format, true, arguments);
}

int NTAPI nt_snwprintf_s(WCHAR *to, SIZE_T size, SIZE_T count, const WCHAR *format, ...)
{
    WITH_ARGUMENTS(nt_vsnwprintf_s(to, size, count, format, arguments));
}
