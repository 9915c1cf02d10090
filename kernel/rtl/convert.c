// Between UTF-16 and the byte encodings. The ANSI and the OEM code page of nthost are both UTF-8 (65001), so
// all byte encodings are one; what is not valid becomes U+FFFD and is reported as STATUS_SOME_NOT_MAPPED
// where the routine can. Lengths are bytes. Whole characters only: a destination that is too small ends
// before the one that does not fit.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlunicodetoutf8n
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlunicodetomultibyten
#include "rtl/rtl.h"

#include <string.h>

#include <nt/ex.h>
#include <nt/ntstatus.h>
#include <nt/rtl.h>

BOOLEAN NlsMbCodePageTag = TRUE; // characters may take more than one byte
BOOLEAN NlsMbOemCodePageTag = TRUE;
USHORT NlsAnsiCodePage = 65001;
USHORT NlsOemCodePage = 65001;

enum { LONGEST = 0xFFFF };

// The conversions to bytes and to WCHARs; *used of the destination's `size`. With a NULL destination only
// counted.
static NTSTATUS to_bytes(char *destination, size_t size, size_t *used, const WCHAR *source, size_t units)
{
    NTSTATUS status = STATUS_SUCCESS;
    const WCHAR *end = source + units;
    size_t count = 0;
    while (source < end) {
        bool valid;
        char piece[4];
        unsigned length = rtl_utf8_encode(rtl_utf16_decode(&source, end, &valid), piece);
        if (destination && size - count < length) {
            status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (!valid)
            status = STATUS_SOME_NOT_MAPPED;
        if (destination)
            memcpy(destination + count, piece, length);
        count += length;
    }
    *used = count;
    return status;
}

static NTSTATUS to_wide(WCHAR *destination, size_t size, size_t *used, const char *source, size_t bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    const char *end = source + bytes;
    size_t count = 0;
    while (source < end) {
        bool valid;
        WCHAR piece[2];
        size_t length = sizeof(WCHAR) * rtl_utf16_encode(rtl_utf8_decode(&source, end, &valid), piece);
        if (destination && size - count < length) {
            status = STATUS_BUFFER_TOO_SMALL;
            break;
        }
        if (!valid)
            status = STATUS_SOME_NOT_MAPPED;
        if (destination)
            memcpy((char *)destination + count, piece, length);
        count += length;
    }
    *used = count;
    return status;
}

static void store(PULONG where, size_t value)
{
    if (where)
        *where = (ULONG)value;
}

// ---- UTF-8 --------------------------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR destination, ULONG size, PULONG used, PCWCH source, ULONG source_bytes)
{
    size_t count;
    if (!source)
        return STATUS_INVALID_PARAMETER_4;
    if (!destination && !used)
        return STATUS_INVALID_PARAMETER;
    if (destination && source_bytes % sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER_5;
    NTSTATUS status = to_bytes(destination, size, &count, source, source_bytes / sizeof(WCHAR));
    store(used, count);
    return status;
}

NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR destination, ULONG size, PULONG used, PCCHAR source, ULONG source_bytes)
{
    size_t count;
    if (!source)
        return STATUS_INVALID_PARAMETER_4;
    if (!destination && !used)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = to_wide(destination, size, &count, source, source_bytes);
    store(used, count);
    return status;
}

// ---- ANSI and OEM, counted ----------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR destination, ULONG size, PULONG used, PCWCH source, ULONG source_bytes)
{
    size_t count;
    NTSTATUS status = to_bytes(destination, size, &count, source, source_bytes / sizeof(WCHAR));
    store(used, count);
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH destination, ULONG size, PULONG used, const CHAR *source, ULONG source_bytes)
{
    size_t count;
    to_wide(destination, size, &count, source, source_bytes);
    store(used, count);
    return STATUS_SUCCESS; // documented as the only answer, cut or not
}

NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR destination, ULONG size, PULONG used, PCWCH source,
                                            ULONG source_bytes)
{
    const WCHAR *end = source + source_bytes / sizeof(WCHAR);
    size_t count = 0;
    while (source < end) {
        bool valid;
        char piece[4];
        uint32_t code = rtl_utf16_decode(&source, end, &valid);
        unsigned length = rtl_utf8_encode(code < 0x10000 ? rtl_upcase((WCHAR)code) : code, piece);
        if (size - count < length)
            break;
        memcpy(destination + count, piece, length);
        count += length;
    }
    store(used, count);
    return source < end ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR destination, ULONG size, PULONG used, PCWCH source, ULONG source_bytes)
{
    return RtlUnicodeToMultiByteN(destination, size, used, source, source_bytes);
}

NTSTATUS NTAPI RtlOemToUnicodeN(PWSTR destination, ULONG size, PULONG used, PCCHAR source, ULONG source_bytes)
{
    return RtlMultiByteToUnicodeN(destination, size, used, source, source_bytes);
}

NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG bytes, PCWCH source, ULONG source_bytes)
{
    size_t count;
    to_bytes(NULL, 0, &count, source, source_bytes / sizeof(WCHAR));
    *bytes = (ULONG)count;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG bytes, const CHAR *source, ULONG source_bytes)
{
    size_t count;
    to_wide(NULL, 0, &count, source, source_bytes);
    *bytes = (ULONG)count;
    return STATUS_SUCCESS;
}

// The character at *source, which moves past it; a blank for one that is no character.
WCHAR NTAPI RtlAnsiCharToUnicodeChar(PUCHAR *source)
{
    bool valid;
    WCHAR units[2];
    const char *at = (const char *)*source;
    const char *end = at;
    while (*end && end - at < 4)
        end++;
    uint32_t code = rtl_utf8_decode(&at, end > at ? end : at + 1, &valid);
    *source = (PUCHAR)at;
    return valid && rtl_utf16_encode(code, units) == 1 ? units[0] : ' ';
}

// ---- strings ------------------------------------------------------------------------------------------------------

// Sizes include the terminator.
ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING string)
{
    ULONG bytes;
    RtlMultiByteToUnicodeSize(&bytes, string->Buffer, string->Length);
    return bytes + sizeof(WCHAR);
}

ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING string)
{
    ULONG bytes;
    RtlUnicodeToMultiByteSize(&bytes, string->Buffer, string->Length);
    return bytes + 1;
}

ULONG NTAPI RtlxOemStringToUnicodeSize(PCOEM_STRING string)
{
    return RtlxAnsiStringToUnicodeSize(string);
}

ULONG NTAPI RtlxUnicodeStringToOemSize(PCUNICODE_STRING string)
{
    return RtlxUnicodeStringToAnsiSize(string);
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING destination, PCANSI_STRING source, BOOLEAN new_buffer)
{
    size_t used;
    ULONG bytes = RtlxAnsiStringToUnicodeSize(source);
    if (bytes > LONGEST)
        return STATUS_INVALID_PARAMETER_2;
    if (new_buffer) {
        destination->Buffer = ExAllocatePoolWithTag(PagedPool, bytes, RTL_STRING_TAG);
        if (!destination->Buffer)
            return STATUS_NO_MEMORY;
        destination->MaximumLength = (USHORT)bytes;
    } else if (bytes > destination->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    destination->Length = (USHORT)(bytes - sizeof(WCHAR));
    to_wide(destination->Buffer, destination->Length, &used, source->Buffer, source->Length);
    destination->Buffer[destination->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

// A buffer that is too small receives what fits, terminated, and STATUS_BUFFER_OVERFLOW.
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING destination, PCUNICODE_STRING source, BOOLEAN new_buffer)
{
    size_t used;
    ULONG bytes = RtlxUnicodeStringToAnsiSize(source);
    if (bytes > LONGEST)
        return STATUS_INVALID_PARAMETER_2;
    if (new_buffer) {
        destination->Buffer = ExAllocatePoolWithTag(PagedPool, bytes, RTL_STRING_TAG);
        if (!destination->Buffer)
            return STATUS_NO_MEMORY;
        destination->MaximumLength = (USHORT)bytes;
    }
    if (!destination->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    NTSTATUS status = to_bytes(destination->Buffer, destination->MaximumLength - 1u, &used, source->Buffer,
                               source->Length / sizeof(WCHAR));
    destination->Length = (USHORT)used;
    destination->Buffer[used] = 0;
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING destination, PCOEM_STRING source, BOOLEAN new_buffer)
{
    return RtlAnsiStringToUnicodeString(destination, source, new_buffer);
}

NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING destination, PCUNICODE_STRING source, BOOLEAN new_buffer)
{
    return RtlUnicodeStringToAnsiString(destination, source, new_buffer);
}
