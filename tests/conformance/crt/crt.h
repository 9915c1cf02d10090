// What the C run time of ntoskrnl.exe offers and the headers of a -ffreestanding driver do not declare.
//
// https://learn.microsoft.com/cpp/c-runtime-library/reference/crt-alphabetical-function-reference
#pragma once

#include "../check.h"

#include <stdarg.h>
#include <string.h>
#include <wchar.h>

// The headers declare some of them as a DLL's, others not at all.
#pragma clang diagnostic ignored "-Winconsistent-dllimport"
#undef sprintf
#undef swprintf
enum { INVALID = 22, RANGE = 34, TRUNCATED = 80 }; // errno_t
#define AS_MUCH_AS_FITS ((size_t)-1)               // _TRUNCATE

int sprintf(char *to, const char *format, ...);
int vsprintf(char *to, const char *format, va_list arguments);
int _snprintf(char *to, size_t count, const char *format, ...);
int _vsnprintf(char *to, size_t count, const char *format, va_list arguments);
int sprintf_s(char *to, size_t size, const char *format, ...);
int vsprintf_s(char *to, size_t size, const char *format, va_list arguments);
int _snprintf_s(char *to, size_t size, size_t count, const char *format, ...);
int _vsnprintf_s(char *to, size_t size, size_t count, const char *format, va_list arguments);
int _swprintf(WCHAR *to, const WCHAR *format, ...);
int _vswprintf(WCHAR *to, const WCHAR *format, va_list arguments);
int swprintf_s(WCHAR *to, size_t size, const WCHAR *format, ...);
int vswprintf_s(WCHAR *to, size_t size, const WCHAR *format, va_list arguments);
int _snwprintf_s(WCHAR *to, size_t size, size_t count, const WCHAR *format, ...);
int _vsnwprintf_s(WCHAR *to, size_t size, size_t count, const WCHAR *format, va_list arguments);

void CrtNarrow(void); // driver_narrow.c and driver_wide.c: the same checks, strings.h
void CrtWide(void);
void CrtFormats(void); // driver_formats.c
void CrtNumbers(void); // driver_numbers.c
