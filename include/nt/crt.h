// The C run-time routines that ntoskrnl exports. libc has the plain names, so here they are nt_NAME; drivers
// import them under the plain one. Text is UTF-8 (the ANSI code page of nthost); case and classes are those
// of the "C" locale.
//
// The routines whose name ends in _s answer 0 or an error number and leave an empty string behind on an
// error; the others trust their caller, as the C standard has it.
#pragma once

#include <nt/ntdef.h>

enum { CRT_EINVAL = 22, CRT_ERANGE = 34, CRT_EILSEQ = 42, CRT_STRUNCATE = 80 };

#define CRT_TRUNCATE ((SIZE_T)-1) // a count that means "as much as fits"

// memory
void *NTAPI nt_memcpy(void *to, const void *from, SIZE_T bytes);
void *NTAPI nt_memmove(void *to, const void *from, SIZE_T bytes);
void *NTAPI nt_memset(void *to, int value, SIZE_T bytes);
int NTAPI nt_memcmp(const void *one, const void *two, SIZE_T bytes);
void *NTAPI nt_memchr(const void *in, int value, SIZE_T bytes);
int NTAPI nt_memcpy_s(void *to, SIZE_T size, const void *from, SIZE_T bytes);
int NTAPI nt_memmove_s(void *to, SIZE_T size, const void *from, SIZE_T bytes);
VOID NTAPI nt_fill_memory(void *to, SIZE_T bytes, int value); // RtlFillMemory, which nt/rtl.h makes a macro
VOID NTAPI nt_zero_memory(void *to, SIZE_T bytes);            // RtlZeroMemory

// strings of char
SIZE_T NTAPI nt_strlen(const char *string);
SIZE_T NTAPI nt_strnlen(const char *string, SIZE_T limit);
char *NTAPI nt_strcpy(char *to, const char *from);
char *NTAPI nt_strncpy(char *to, const char *from, SIZE_T count);
char *NTAPI nt_strcat(char *to, const char *from);
char *NTAPI nt_strncat(char *to, const char *from, SIZE_T count);
int NTAPI nt_strcmp(const char *one, const char *two);
int NTAPI nt_strncmp(const char *one, const char *two, SIZE_T count);
int NTAPI nt_stricmp(const char *one, const char *two);
int NTAPI nt_strnicmp(const char *one, const char *two, SIZE_T count);
char *NTAPI nt_strchr(const char *string, int character);
char *NTAPI nt_strrchr(const char *string, int character);
char *NTAPI nt_strstr(const char *string, const char *wanted);
SIZE_T NTAPI nt_strspn(const char *string, const char *set);
SIZE_T NTAPI nt_strcspn(const char *string, const char *set);
char *NTAPI nt_strlwr(char *string);
char *NTAPI nt_strupr(char *string);
char *NTAPI nt_strrev(char *string);
char *NTAPI nt_strset(char *string, int character);
char *NTAPI nt_strnset(char *string, int character, SIZE_T count);
int NTAPI nt_strcpy_s(char *to, SIZE_T size, const char *from);
int NTAPI nt_strncpy_s(char *to, SIZE_T size, const char *from, SIZE_T count);
int NTAPI nt_strcat_s(char *to, SIZE_T size, const char *from);
int NTAPI nt_strncat_s(char *to, SIZE_T size, const char *from, SIZE_T count);
char *NTAPI nt_strtok_s(char *string, const char *delimiters, char **next);

// strings of WCHAR
SIZE_T NTAPI nt_wcslen(const WCHAR *string);
SIZE_T NTAPI nt_wcsnlen(const WCHAR *string, SIZE_T limit);
WCHAR *NTAPI nt_wcscpy(WCHAR *to, const WCHAR *from);
WCHAR *NTAPI nt_wcsncpy(WCHAR *to, const WCHAR *from, SIZE_T count);
WCHAR *NTAPI nt_wcscat(WCHAR *to, const WCHAR *from);
WCHAR *NTAPI nt_wcsncat(WCHAR *to, const WCHAR *from, SIZE_T count);
int NTAPI nt_wcscmp(const WCHAR *one, const WCHAR *two);
int NTAPI nt_wcsncmp(const WCHAR *one, const WCHAR *two, SIZE_T count);
int NTAPI nt_wcsicmp(const WCHAR *one, const WCHAR *two);
int NTAPI nt_wcsnicmp(const WCHAR *one, const WCHAR *two, SIZE_T count);
WCHAR *NTAPI nt_wcschr(const WCHAR *string, WCHAR character);
WCHAR *NTAPI nt_wcsrchr(const WCHAR *string, WCHAR character);
WCHAR *NTAPI nt_wcsstr(const WCHAR *string, const WCHAR *wanted);
SIZE_T NTAPI nt_wcsspn(const WCHAR *string, const WCHAR *set);
SIZE_T NTAPI nt_wcscspn(const WCHAR *string, const WCHAR *set);
WCHAR *NTAPI nt_wcslwr(WCHAR *string);
WCHAR *NTAPI nt_wcsupr(WCHAR *string);
WCHAR *NTAPI nt_wcsrev(WCHAR *string);
WCHAR *NTAPI nt_wcsset(WCHAR *string, WCHAR character);
WCHAR *NTAPI nt_wcsnset(WCHAR *string, WCHAR character, SIZE_T count);
int NTAPI nt_wcscpy_s(WCHAR *to, SIZE_T size, const WCHAR *from);
int NTAPI nt_wcsncpy_s(WCHAR *to, SIZE_T size, const WCHAR *from, SIZE_T count);
int NTAPI nt_wcscat_s(WCHAR *to, SIZE_T size, const WCHAR *from);
int NTAPI nt_wcsncat_s(WCHAR *to, SIZE_T size, const WCHAR *from, SIZE_T count);
WCHAR *NTAPI nt_wcstok_s(WCHAR *string, const WCHAR *delimiters, WCHAR **next);

// between the two
SIZE_T NTAPI nt_mbstowcs(WCHAR *to, const char *from, SIZE_T count);
SIZE_T NTAPI nt_wcstombs(char *to, const WCHAR *from, SIZE_T count);
int NTAPI nt_mbtowc(WCHAR *to, const char *from, SIZE_T count);
int NTAPI nt_wctomb(char *to, WCHAR character);

// characters
int NTAPI nt_isdigit(int c);
int NTAPI nt_isxdigit(int c);
int NTAPI nt_islower(int c);
int NTAPI nt_isupper(int c);
int NTAPI nt_isspace(int c);
int NTAPI nt_isprint(int c);
int NTAPI nt_tolower(int c);
int NTAPI nt_toupper(int c);
WCHAR NTAPI nt_towlower(WCHAR c);
WCHAR NTAPI nt_towupper(WCHAR c);

// numbers
int NTAPI nt_atoi(const char *string);
LONG NTAPI nt_atol(const char *string);
int NTAPI nt_wtoi(const WCHAR *string);
LONG NTAPI nt_wtol(const WCHAR *string);
ULONG NTAPI nt_wcstoul(const WCHAR *string, WCHAR **end, int base);
ULONGLONG NTAPI nt_strtoui64(const char *string, char **end, int base);
char *NTAPI nt_itoa(int value, char *to, int base);
WCHAR *NTAPI nt_itow(int value, WCHAR *to, int base);
int NTAPI nt_itoa_s(int value, char *to, SIZE_T size, int base);
int NTAPI nt_itow_s(int value, WCHAR *to, SIZE_T size, int base);
int NTAPI nt_ltoa_s(LONG value, char *to, SIZE_T size, int base);
int NTAPI nt_ltow_s(LONG value, WCHAR *to, SIZE_T size, int base);
int NTAPI nt_ultoa_s(ULONG value, char *to, SIZE_T size, int base);
int NTAPI nt_ultow_s(ULONG value, WCHAR *to, SIZE_T size, int base);
int NTAPI nt_i64toa_s(LONGLONG value, char *to, SIZE_T size, int base);
int NTAPI nt_i64tow_s(LONGLONG value, WCHAR *to, SIZE_T size, int base);
int NTAPI nt_ui64toa_s(ULONGLONG value, char *to, SIZE_T size, int base);
int NTAPI nt_ui64tow_s(ULONGLONG value, WCHAR *to, SIZE_T size, int base);
int NTAPI nt_rand(void);
VOID NTAPI nt_srand(unsigned seed);

// sorting and searching
typedef int(NTAPI *crt_compare)(const void *one, const void *two);
VOID NTAPI nt__purecall(void);
VOID NTAPI nt_qsort(void *base, SIZE_T count, SIZE_T width, crt_compare compare);
void *NTAPI nt_bsearch(const void *key, const void *base, SIZE_T count, SIZE_T width, crt_compare compare);

// formatting
int NTAPI nt_sprintf(char *to, const char *format, ...);
int NTAPI nt_vsprintf(char *to, const char *format, __builtin_ms_va_list arguments);
int NTAPI nt_snprintf(char *to, SIZE_T count, const char *format, ...);
int NTAPI nt_vsnprintf(char *to, SIZE_T count, const char *format, __builtin_ms_va_list arguments);
int NTAPI nt_sprintf_s(char *to, SIZE_T size, const char *format, ...);
int NTAPI nt_vsprintf_s(char *to, SIZE_T size, const char *format, __builtin_ms_va_list arguments);
int NTAPI nt_snprintf_s(char *to, SIZE_T size, SIZE_T count, const char *format, ...);
int NTAPI nt_vsnprintf_s(char *to, SIZE_T size, SIZE_T count, const char *format, __builtin_ms_va_list arguments);
int NTAPI nt_swprintf(WCHAR *to, const WCHAR *format, ...);
int NTAPI nt_vswprintf(WCHAR *to, const WCHAR *format, __builtin_ms_va_list arguments);
int NTAPI nt_snwprintf(WCHAR *to, SIZE_T count, const WCHAR *format, ...);
int NTAPI nt_vsnwprintf(WCHAR *to, SIZE_T count, const WCHAR *format, __builtin_ms_va_list arguments);
int NTAPI nt_swprintf_s(WCHAR *to, SIZE_T size, const WCHAR *format, ...);
int NTAPI nt_vswprintf_s(WCHAR *to, SIZE_T size, const WCHAR *format, __builtin_ms_va_list arguments);
int NTAPI nt_snwprintf_s(WCHAR *to, SIZE_T size, SIZE_T count, const WCHAR *format, ...);
int NTAPI nt_vsnwprintf_s(WCHAR *to, SIZE_T size, SIZE_T count, const WCHAR *format, __builtin_ms_va_list arguments);
