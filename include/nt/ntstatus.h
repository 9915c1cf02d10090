// NTSTATUS values, all of them from the one table kernel/rtl/status.def.
//
// They are enumerators (int, the type NTSTATUS has), so they cannot be tested with #ifdef.
#pragma once

#include <nt/ntdef.h>

enum {
#define STATUS(name, value, win32) name = (int)(value),
#include "../../kernel/rtl/status.def"
#undef STATUS
};
