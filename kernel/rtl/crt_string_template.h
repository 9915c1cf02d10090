// The string routines of the C run time, for one width of character. Included twice:
//
//     CHARACTER            char or WCHAR
//     ARGUMENT             how one character is passed: int or WCHAR
//     VALUE                the type characters compare as: unsigned char or WCHAR
//     NAME(narrow, wide)   the routine's name
//
// Case is that of ASCII letters. The *_s routines follow
// https://learn.microsoft.com/cpp/c-runtime-library/reference/strcpy-s-wcscpy-s-mbscpy-s and the pages beside
// it.
#include <nt/crt.h>

#include <stdbool.h>

static VALUE lower(CHARACTER c)
{
    return (VALUE)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static VALUE upper(CHARACTER c)
{
    return (VALUE)(c >= 'a' && c <= 'z' ? c - 32 : c);
}

static SIZE_T length_within(const CHARACTER *string, SIZE_T limit)
{
    SIZE_T length = 0;
    while (length < limit && string[length])
        length++;
    return length;
}

static int compare(const CHARACTER *one, const CHARACTER *two, SIZE_T count, bool ignore_case)
{
    for (; count; one++, two++, count--) {
        VALUE a = ignore_case ? lower(*one) : (VALUE)*one;
        VALUE b = ignore_case ? lower(*two) : (VALUE)*two;
        if (a != b)
            return a < b ? -1 : 1;
        if (!a)
            return 0;
    }
    return 0;
}

// How many characters at the start are (or are not) of the set.
static SIZE_T span(const CHARACTER *string, const CHARACTER *set, bool wanted)
{
    SIZE_T length = 0;
    for (; string[length]; length++) {
        const CHARACTER *at = set;
        while (*at && *at != string[length])
            at++;
        if ((*at != 0) != wanted)
            break;
    }
    return length;
}

static CHARACTER *replace(CHARACTER *string, CHARACTER with, SIZE_T count)
{
    for (CHARACTER *at = string; count && *at; at++, count--)
        *at = with;
    return string;
}

static CHARACTER *map(CHARACTER *string, VALUE (*change)(CHARACTER))
{
    for (CHARACTER *at = string; *at; at++)
        *at = (CHARACTER)change(*at);
    return string;
}

// At most `count` characters of `from` to the end of the first `used` ones of `to`, which has room for
// `size`.
static int append_s(CHARACTER *to, SIZE_T size, SIZE_T used, const CHARACTER *from, SIZE_T count)
{
    if (!from && count) {
        *to = 0;
        return CRT_EINVAL;
    }
    SIZE_T room = size - used;
    SIZE_T length = count ? length_within(from, count < room ? count : room) : 0;
    bool cut = length == room;
    if (cut && count != CRT_TRUNCATE) {
        *to = 0;
        return CRT_ERANGE;
    }
    if (cut)
        length--;
    nt_memmove(to + used, from, length * sizeof(CHARACTER));
    to[used + length] = 0;
    return cut ? CRT_STRUNCATE : 0;
}

static int concatenate_s(CHARACTER *to, SIZE_T size, const CHARACTER *from, SIZE_T count)
{
    if (!to || !size)
        return CRT_EINVAL;
    SIZE_T used = length_within(to, size);
    if (used < size)
        return append_s(to, size, used, from, count);
    *to = 0; // not a string
    return CRT_EINVAL;
}

SIZE_T NTAPI NAME(strlen, wcslen)(const CHARACTER *string)
{
    const CHARACTER *end = string;
    while (*end)
        end++;
    return (SIZE_T)(end - string);
}

SIZE_T NTAPI NAME(strnlen, wcsnlen)(const CHARACTER *string, SIZE_T limit)
{
    return length_within(string, limit);
}

CHARACTER *NTAPI NAME(strcpy, wcscpy)(CHARACTER *to, const CHARACTER *from)
{
    for (CHARACTER *at = to; (*at++ = *from++);)
        ;
    return to;
}

CHARACTER *NTAPI NAME(strncpy, wcsncpy)(CHARACTER *to, const CHARACTER *from, SIZE_T count)
{
    SIZE_T length = length_within(from, count);
    nt_memmove(to, from, length * sizeof(CHARACTER));
    nt_memset(to + length, 0, (count - length) * sizeof(CHARACTER));
    return to;
}

CHARACTER *NTAPI NAME(strcat, wcscat)(CHARACTER *to, const CHARACTER *from)
{
    NAME(strcpy, wcscpy)(to + NAME(strlen, wcslen)(to), from);
    return to;
}

CHARACTER *NTAPI NAME(strncat, wcsncat)(CHARACTER *to, const CHARACTER *from, SIZE_T count)
{
    CHARACTER *end = to + NAME(strlen, wcslen)(to);
    SIZE_T length = length_within(from, count);
    nt_memmove(end, from, length * sizeof(CHARACTER));
    end[length] = 0;
    return to;
}

int NTAPI NAME(strcmp, wcscmp)(const CHARACTER *one, const CHARACTER *two)
{
    return compare(one, two, (SIZE_T)-1, false);
}

int NTAPI NAME(strncmp, wcsncmp)(const CHARACTER *one, const CHARACTER *two, SIZE_T count)
{
    return compare(one, two, count, false);
}

int NTAPI NAME(stricmp, wcsicmp)(const CHARACTER *one, const CHARACTER *two)
{
    return compare(one, two, (SIZE_T)-1, true);
}

int NTAPI NAME(strnicmp, wcsnicmp)(const CHARACTER *one, const CHARACTER *two, SIZE_T count)
{
    return compare(one, two, count, true);
}

CHARACTER *NTAPI NAME(strchr, wcschr)(const CHARACTER *string, ARGUMENT character)
{
    for (;; string++) {
        if (*string == (CHARACTER)character)
            return (CHARACTER *)string;
        if (!*string)
            return NULL;
    }
}

CHARACTER *NTAPI NAME(strrchr, wcsrchr)(const CHARACTER *string, ARGUMENT character)
{
    const CHARACTER *found = NULL;
    for (;; string++) {
        if (*string == (CHARACTER)character)
            found = string;
        if (!*string)
            return (CHARACTER *)found;
    }
}

CHARACTER *NTAPI NAME(strstr, wcsstr)(const CHARACTER *string, const CHARACTER *wanted)
{
    SIZE_T length = NAME(strlen, wcslen)(wanted);
    for (;; string++) {
        if (compare(string, wanted, length, false) == 0)
            return (CHARACTER *)string;
        if (!*string)
            return NULL;
    }
}

SIZE_T NTAPI NAME(strspn, wcsspn)(const CHARACTER *string, const CHARACTER *set)
{
    return span(string, set, true);
}

SIZE_T NTAPI NAME(strcspn, wcscspn)(const CHARACTER *string, const CHARACTER *set)
{
    return span(string, set, false);
}

CHARACTER *NTAPI NAME(strlwr, wcslwr)(CHARACTER *string)
{
    return map(string, lower);
}

CHARACTER *NTAPI NAME(strupr, wcsupr)(CHARACTER *string)
{
    return map(string, upper);
}

CHARACTER *NTAPI NAME(strrev, wcsrev)(CHARACTER *string)
{
    CHARACTER *from = string, *to = string + NAME(strlen, wcslen)(string);
    while (from < to) {
        CHARACTER kept = *from;
        *from++ = *--to;
        *to = kept;
    }
    return string;
}

CHARACTER *NTAPI NAME(strset, wcsset)(CHARACTER *string, ARGUMENT character)
{
    return replace(string, (CHARACTER)character, (SIZE_T)-1);
}

CHARACTER *NTAPI NAME(strnset, wcsnset)(CHARACTER *string, ARGUMENT character, SIZE_T count)
{
    return replace(string, (CHARACTER)character, count);
}

int NTAPI NAME(strcpy_s, wcscpy_s)(CHARACTER *to, SIZE_T size, const CHARACTER *from)
{
    if (!to || !size)
        return CRT_EINVAL;
    return append_s(to, size, 0, from, CRT_TRUNCATE - 1);
}

int NTAPI NAME(strncpy_s, wcsncpy_s)(CHARACTER *to, SIZE_T size, const CHARACTER *from, SIZE_T count)
{
    if (!count && !to && !size)
        return 0;
    if (!to || !size)
        return CRT_EINVAL;
    return append_s(to, size, 0, from, count);
}

int NTAPI NAME(strcat_s, wcscat_s)(CHARACTER *to, SIZE_T size, const CHARACTER *from)
{
    return concatenate_s(to, size, from, CRT_TRUNCATE - 1);
}

int NTAPI NAME(strncat_s, wcsncat_s)(CHARACTER *to, SIZE_T size, const CHARACTER *from, SIZE_T count)
{
    if (!count && !to && !size)
        return 0;
    return concatenate_s(to, size, from, count);
}

CHARACTER *NTAPI NAME(strtok_s, wcstok_s)(CHARACTER *string, const CHARACTER *delimiters, CHARACTER **next)
{
    if (!next || !delimiters || (!string && !*next))
        return NULL;
    CHARACTER *token = string ? string : *next;
    token += span(token, delimiters, true);
    CHARACTER *end = token + span(token, delimiters, false);
    *next = *end ? end + 1 : end;
    *end = 0;
    return end == token ? NULL : token;
}
