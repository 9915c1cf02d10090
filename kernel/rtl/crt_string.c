// strlen, strcpy, strcmp ...: strings of char.
#define CHARACTER          char
#define ARGUMENT           int
#define VALUE              unsigned char
#define NAME(narrow, wide) nt_##narrow
#include "rtl/crt_string_template.h"
