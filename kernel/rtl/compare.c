// Comparing and hashing UNICODE_STRINGs, unit by unit; without case by the capital of each unit (upcase.c).
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlcompareunicodestring
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlhashunicodestring
#include "rtl/rtl.h"

#include <nt/ntstatus.h>
#include <nt/rtl.h>

enum { HASH_DEFAULT = 0, HASH_X65599 = 1 };

LONG NTAPI RtlCompareUnicodeStrings(PCWCH one, SIZE_T one_length, PCWCH two, SIZE_T two_length, BOOLEAN ignore_case)
{
    SIZE_T common = one_length < two_length ? one_length : two_length;
    for (SIZE_T i = 0; i < common; i++) {
        WCHAR a = one[i], b = two[i];
        if (a != b && ignore_case)
            a = rtl_upcase(a), b = rtl_upcase(b);
        if (a != b)
            return (LONG)a - (LONG)b;
    }
    return one_length < two_length ? -1 : one_length > two_length;
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING one, PCUNICODE_STRING two, BOOLEAN ignore_case)
{
    return RtlCompareUnicodeStrings(one->Buffer, one->Length / sizeof(WCHAR), two->Buffer, two->Length / sizeof(WCHAR),
                                    ignore_case);
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING one, PCUNICODE_STRING two, BOOLEAN ignore_case)
{
    return one->Length == two->Length && RtlCompareUnicodeString(one, two, ignore_case) == 0;
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING string, BOOLEAN ignore_case)
{
    SIZE_T length = prefix->Length / sizeof(WCHAR);
    return prefix->Length <= string->Length &&
           RtlCompareUnicodeStrings(prefix->Buffer, length, string->Buffer, length, ignore_case) == 0;
}

NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING string, BOOLEAN ignore_case, ULONG algorithm, PULONG hash)
{
    if (!string || !hash || (algorithm != HASH_DEFAULT && algorithm != HASH_X65599))
        return STATUS_INVALID_PARAMETER;
    ULONG value = 0;
    for (unsigned i = 0; i < string->Length / sizeof(WCHAR); i++)
        value = value * 65599 + (ignore_case ? rtl_upcase(string->Buffer[i]) : string->Buffer[i]);
    *hash = value;
    return STATUS_SUCCESS;
}
