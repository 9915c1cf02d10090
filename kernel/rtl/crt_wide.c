// wcslen, wcscpy, wcscmp ...: strings of WCHAR.
#define CHARACTER          WCHAR
#define ARGUMENT           WCHAR
#define VALUE              WCHAR
#define NAME(narrow, wide) nt_##wide
#include "rtl/crt_string_template.h"
