// UNICODE_STRING: make, copy, append, change case, free.
//
// Lengths are bytes. A terminator is written where there is room for one and never counted. What is allocated
// here comes from paged pool with the tag "Strg" and goes back through RtlFreeUnicodeString.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlinitunicodestring and the pages
// beside it
#include "rtl/rtl.h"

#include <string.h>

#include <nt/ex.h>
#include <nt/ntstatus.h>
#include <nt/rtl.h>

enum { LONGEST = 0xFFFE, ZERO_TERMINATE = 1, KEEP_EMPTY_BUFFER = 2 };

static WCHAR *allocate(size_t bytes)
{
    return ExAllocatePoolWithTag(PagedPool, bytes, RTL_STRING_TAG);
}

static void terminate(UNICODE_STRING *string)
{
    if (string->MaximumLength - string->Length >= (int)sizeof(WCHAR))
        memset((char *)string->Buffer + string->Length, 0, sizeof(WCHAR));
}

static NTSTATUS append(UNICODE_STRING *destination, const void *source, size_t bytes)
{
    if (destination->Length + bytes > destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove((char *)destination->Buffer + destination->Length, source, bytes);
    destination->Length = (USHORT)(destination->Length + bytes);
    terminate(destination);
    return STATUS_SUCCESS;
}

static NTSTATUS change_case(UNICODE_STRING *destination, PCUNICODE_STRING source, BOOLEAN new_buffer,
                            WCHAR (*change)(WCHAR))
{
    if (new_buffer) {
        destination->Buffer = allocate(source->Length ? source->Length : sizeof(WCHAR));
        if (!destination->Buffer)
            return STATUS_NO_MEMORY;
        destination->MaximumLength = source->Length;
    } else if (source->Length > destination->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (unsigned i = 0; i < source->Length / sizeof(WCHAR); i++)
        destination->Buffer[i] = change(source->Buffer[i]);
    destination->Length = source->Length;
    return STATUS_SUCCESS;
}

// A longer source than a UNICODE_STRING can count is cut, as documented for nobody and done by Windows.
VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING destination, PCWSTR source)
{
    size_t bytes = source ? nt_wcslen(source) * sizeof(WCHAR) : 0;
    bytes = bytes < LONGEST - sizeof(WCHAR) ? bytes : LONGEST - sizeof(WCHAR);
    destination->Length = (USHORT)bytes;
    destination->MaximumLength = (USHORT)(source ? bytes + sizeof(WCHAR) : 0);
    destination->Buffer = (PWSTR)source;
}

NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING destination, PCWSTR source)
{
    if (source && nt_wcslen(source) * sizeof(WCHAR) > LONGEST - sizeof(WCHAR))
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(destination, source);
    return STATUS_SUCCESS;
}

// Copies what fits; NULL makes the destination empty.
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
    USHORT bytes = source ? source->Length : 0;
    if (bytes > destination->MaximumLength)
        bytes = destination->MaximumLength;
    if (bytes)
        memmove(destination->Buffer, source->Buffer, bytes);
    destination->Length = bytes;
    if (source)
        terminate(destination);
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING destination, PCWSTR source)
{
    return source ? append(destination, source, nt_wcslen(source) * sizeof(WCHAR)) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING destination, PCUNICODE_STRING source)
{
    return source->Length ? append(destination, source->Buffer, source->Length) : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source, BOOLEAN new_buffer)
{
    return change_case(destination, source, new_buffer, rtl_upcase);
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING destination, PCUNICODE_STRING source, BOOLEAN new_buffer)
{
    return change_case(destination, source, new_buffer, rtl_downcase);
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING destination, PCWSTR source)
{
    size_t bytes = (nt_wcslen(source) + 1) * sizeof(WCHAR);
    if (bytes > LONGEST)
        return FALSE;
    destination->Buffer = allocate(bytes);
    if (!destination->Buffer)
        return FALSE;
    memcpy(destination->Buffer, source, bytes);
    destination->MaximumLength = (USHORT)bytes;
    destination->Length = (USHORT)(bytes - sizeof(WCHAR));
    return TRUE;
}

NTSTATUS NTAPI RtlValidateUnicodeString(ULONG flags, PCUNICODE_STRING string)
{
    if (flags)
        return STATUS_INVALID_PARAMETER;
    if (!string)
        return STATUS_SUCCESS;
    bool valid = string->Length % sizeof(WCHAR) == 0 && string->MaximumLength % sizeof(WCHAR) == 0 &&
                 string->Length <= string->MaximumLength && (string->Buffer || !string->MaximumLength);
    return valid ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG flags, PCUNICODE_STRING source, PUNICODE_STRING destination)
{
    if (!source || !destination || flags & ~(ZERO_TERMINATE | KEEP_EMPTY_BUFFER) || flags == KEEP_EMPTY_BUFFER ||
        !NT_SUCCESS(RtlValidateUnicodeString(0, source)))
        return STATUS_INVALID_PARAMETER;
    size_t length = source->Length;
    size_t bytes = flags & ZERO_TERMINATE ? length + sizeof(WCHAR) : length;
    if (!length && !(flags & KEEP_EMPTY_BUFFER))
        bytes = 0;
    if (bytes > LONGEST)
        return STATUS_NAME_TOO_LONG;
    WCHAR *buffer = bytes ? allocate(bytes) : NULL;
    if (bytes && !buffer)
        return STATUS_NO_MEMORY;
    *destination = (UNICODE_STRING){(USHORT)length, (USHORT)bytes, buffer};
    if (length)
        memcpy(buffer, source->Buffer, length);
    terminate(destination);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING string)
{
    if (string->Buffer)
        ExFreePoolWithTag(string->Buffer, 0);
    memset(string, 0, sizeof *string);
}
