// Security identifiers: S-1-authority-subauthority-...
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtllengthsid and the pages beside
// it
#include "se/se.h"
#include "rtl/rtl.h"

#include <stdio.h>
#include <string.h>

size_t se_check_sid(const void *memory, size_t limit)
{
    const SID *sid = memory;
    if (limit < SE_SID_HEAD || sid->Revision != SID_REVISION || sid->SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return 0;
    size_t bytes = SE_SID_HEAD + sid->SubAuthorityCount * sizeof(ULONG);
    return bytes <= limit ? bytes : 0;
}

ULONG NTAPI RtlLengthRequiredSid(ULONG count)
{
    return SE_SID_HEAD + count * (ULONG)sizeof(ULONG);
}

ULONG NTAPI RtlLengthSid(PSID sid)
{
    return RtlLengthRequiredSid(((SID *)sid)->SubAuthorityCount);
}

BOOLEAN NTAPI RtlValidSid(PSID sid)
{
    return sid && se_check_sid(sid, SE_MAX_SID) != 0;
}

BOOLEAN NTAPI RtlEqualSid(PSID left, PSID right)
{
    const SID *a = left, *b = right;
    return a->Revision == b->Revision && a->SubAuthorityCount == b->SubAuthorityCount &&
           memcmp(a, b, RtlLengthSid(left)) == 0;
}

NTSTATUS NTAPI RtlInitializeSid(PSID memory, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count)
{
    SID *sid = memory;
    if (count > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_PARAMETER;
    sid->Revision = SID_REVISION;
    sid->SubAuthorityCount = count;
    sid->IdentifierAuthority = *authority;
    return STATUS_SUCCESS;
}

PULONG NTAPI RtlSubAuthoritySid(PSID sid, ULONG index)
{
    return (PULONG)((char *)sid + SE_SID_HEAD) + index;
}

PUCHAR NTAPI RtlSubAuthorityCountSid(PSID sid)
{
    return &((SID *)sid)->SubAuthorityCount;
}

NTSTATUS NTAPI RtlCopySid(ULONG length, PSID target, PSID source)
{
    ULONG bytes = RtlLengthSid(source);
    if (bytes > length)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(target, source, bytes);
    return STATUS_SUCCESS;
}

size_t se_sid_to_text(const SID *sid, char *text, size_t size)
{
    const UCHAR *a = sid->IdentifierAuthority.Value;
    uint64_t authority = 0;
    for (int i = 0; i < 6; i++)
        authority = authority << 8 | a[i];
    int used = snprintf(text, size, authority >> 32 ? "S-1-0x%012llx" : "S-1-%llu", (unsigned long long)authority);
    for (ULONG i = 0; i < sid->SubAuthorityCount; i++) {
        size_t at = (size_t)used < size ? (size_t)used : size;
        used += snprintf(text + at, size - at, "-%u", *RtlSubAuthoritySid((PSID)sid, i));
    }
    return (size_t)used;
}

// STATUS_BUFFER_OVERFLOW when the caller's string is too short, STATUS_INVALID_SID.
NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING string, PSID sid, BOOLEAN allocate)
{
    char text[SE_SID_TEXT];
    if (!RtlValidSid(sid))
        return STATUS_INVALID_SID;
    size_t length = se_sid_to_text(sid, text, sizeof text), bytes = length * sizeof(WCHAR);
    if (allocate) {
        string->Buffer = ExAllocatePoolWithTag(PagedPool, bytes + sizeof(WCHAR), RTL_STRING_TAG);
        if (!string->Buffer)
            return STATUS_NO_MEMORY;
        string->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    } else if (bytes > string->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    string->Length = (USHORT)bytes;
    for (size_t i = 0; i <= length && i * sizeof(WCHAR) < string->MaximumLength; i++)
        string->Buffer[i] = (WCHAR)(unsigned char)text[i];
    return STATUS_SUCCESS;
}
