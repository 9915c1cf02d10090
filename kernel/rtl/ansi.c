// ANSI_STRING (STRING): make, copy, append, compare, free. The text is UTF-8, the ANSI code page of nthost;
// case changes for ASCII letters only.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlinitansistring and the pages beside
// it
#include "rtl/rtl.h"

#include <string.h>

#include <nt/ex.h>
#include <nt/ntstatus.h>
#include <nt/rtl.h>

enum { LONGEST = 0xFFFF };

static LONG compare(const char *one, size_t one_length, const char *two, size_t two_length, BOOLEAN ignore_case)
{
    size_t common = one_length < two_length ? one_length : two_length;
    for (size_t i = 0; i < common; i++) {
        char a = ignore_case ? rtl_upcase_ascii(one[i]) : one[i];
        char b = ignore_case ? rtl_upcase_ascii(two[i]) : two[i];
        if (a != b)
            return (LONG)(unsigned char)a - (unsigned char)b;
    }
    return (LONG)one_length - (LONG)two_length;
}

VOID NTAPI RtlInitAnsiString(PANSI_STRING destination, PCSZ source)
{
    size_t length = source ? strlen(source) : 0;
    length = length < LONGEST ? length : LONGEST - 1;
    destination->Length = (USHORT)length;
    destination->MaximumLength = (USHORT)(source ? length + 1 : 0);
    destination->Buffer = (PCHAR)source;
}

VOID NTAPI RtlInitString(PSTRING destination, PCSZ source)
{
    RtlInitAnsiString(destination, source);
}

NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING destination, PCSZ source)
{
    if (source && strlen(source) >= LONGEST)
        return STATUS_NAME_TOO_LONG;
    RtlInitAnsiString(destination, source);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlCopyString(PSTRING destination, const STRING *source)
{
    USHORT length = source ? source->Length : 0;
    if (length > destination->MaximumLength)
        length = destination->MaximumLength;
    if (length)
        memmove(destination->Buffer, source->Buffer, length);
    destination->Length = length;
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING destination, const STRING *source)
{
    if (!source->Length)
        return STATUS_SUCCESS;
    if (destination->Length + source->Length > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(destination->Buffer + destination->Length, source->Buffer, source->Length);
    destination->Length = (USHORT)(destination->Length + source->Length);
    return STATUS_SUCCESS;
}

LONG NTAPI RtlCompareString(const STRING *one, const STRING *two, BOOLEAN ignore_case)
{
    return compare(one->Buffer, one->Length, two->Buffer, two->Length, ignore_case);
}

BOOLEAN NTAPI RtlEqualString(const STRING *one, const STRING *two, BOOLEAN ignore_case)
{
    return one->Length == two->Length && RtlCompareString(one, two, ignore_case) == 0;
}

BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN ignore_case)
{
    return prefix->Length <= string->Length &&
           compare(prefix->Buffer, prefix->Length, string->Buffer, prefix->Length, ignore_case) == 0;
}

VOID NTAPI RtlUpperString(PSTRING destination, const STRING *source)
{
    USHORT length = source->Length < destination->MaximumLength ? source->Length : destination->MaximumLength;
    for (USHORT i = 0; i < length; i++)
        destination->Buffer[i] = rtl_upcase_ascii(source->Buffer[i]);
    destination->Length = length;
}

VOID NTAPI RtlFreeAnsiString(PANSI_STRING string)
{
    if (string->Buffer)
        ExFreePoolWithTag(string->Buffer, 0);
    memset(string, 0, sizeof *string);
}

VOID NTAPI RtlFreeOemString(POEM_STRING string)
{
    RtlFreeAnsiString(string);
}
