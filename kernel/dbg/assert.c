// RtlAssert: what ASSERT of a checked driver calls when it fails.
//
// Windows prints and asks the person at the debugger what to do; without one the assertion is a break point
// nobody handles. nthost prints, names the driver (the record does) and goes on, as if the person had
// answered "ignore".
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlassert
#include "dbg/dbg.h"

#include <nt/rtl.h>

VOID NTAPI RtlAssert(PVOID assertion, PVOID file, ULONG line, PSTR message)
{
    DbgPrintEx(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, "*** Assertion failed: %s%s\n***   Source File: %s, line %u\n",
               message ? message : "", (const char *)assertion, (const char *)file, line);
}
