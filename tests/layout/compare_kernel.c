// Compiled for Windows: the DDK headers must agree with what emit printed.
#include <ntifs.h>
#include <ntimage.h>
#include <bugcodes.h>

#include "layout-kernel.h"

// The table of NTSTATUS values against <ntstatus.h>.
#define STATUS(name, value, win32)                                                                                     \
    _Static_assert((unsigned)(name) == (unsigned)(value), #name ": kernel/rtl/status.def has " #value);
#include "../../kernel/rtl/status.def"
