// The parts of conformance-rtl.sys, and what mingw-w64's headers lack for them.
#pragma once

#include "../check.h"

#undef RtlCopyMemory
#undef RtlMoveMemory
#undef RtlFillMemory
#undef RtlZeroMemory
#undef RtlIsNtDdiVersionAvailable
VOID NTAPI RtlCopyMemory(PVOID to, const VOID *from, SIZE_T bytes);
VOID NTAPI RtlMoveMemory(PVOID to, const VOID *from, SIZE_T bytes);
VOID NTAPI RtlFillMemory(PVOID to, SIZE_T bytes, INT value);
VOID NTAPI RtlZeroMemory(PVOID to, SIZE_T bytes);
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG version);
WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR *at);
BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN ignore_case);

void RtlStrings(void); // driver_strings.c
void RtlCases(void);
void RtlConversions(void); // driver_convert.c
void RtlNumbers(void);     // driver_numbers.c
void RtlVersions(void);
void RtlTimes(void);
void RtlBitmaps(void); // driver_bitmap.c
void RtlRuns(void);
void RtlMemory(void); // driver_memory.c
