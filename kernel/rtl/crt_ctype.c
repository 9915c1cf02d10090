// Classes and case of characters in the "C" locale: ASCII only. towupper and towlower go by the table of
// upcase.c.
#include <nt/crt.h>

#include "rtl/rtl.h"

int NTAPI nt_isdigit(int c)
{
    return c >= '0' && c <= '9';
}

int NTAPI nt_islower(int c)
{
    return c >= 'a' && c <= 'z';
}

int NTAPI nt_isupper(int c)
{
    return c >= 'A' && c <= 'Z';
}

int NTAPI nt_isxdigit(int c)
{
    return nt_isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int NTAPI nt_isspace(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

int NTAPI nt_isprint(int c)
{
    return c >= ' ' && c <= '~';
}

int NTAPI nt_tolower(int c)
{
    return nt_isupper(c) ? c + 32 : c;
}

int NTAPI nt_toupper(int c)
{
    return nt_islower(c) ? c - 32 : c;
}

WCHAR NTAPI nt_towlower(WCHAR c)
{
    return rtl_downcase(c);
}

WCHAR NTAPI nt_towupper(WCHAR c)
{
    return rtl_upcase(c);
}
