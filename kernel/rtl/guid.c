// GUIDs and their text: {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}, 38 characters, capital when written.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlguidfromstring
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlstringfromguid
#include "rtl/rtl.h"

#include <string.h>

#include <nt/ex.h>
#include <nt/ntstatus.h>
#include <nt/rtl.h>

enum { CHARACTERS = 38 };

// The bytes of a GUID in the order their digits stand in the text.
static const unsigned char order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

// What stands at a place of the text: 'x' for a digit.
static const char shape[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";

static int digit_of(WCHAR unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    unit |= 0x20;
    return unit >= 'a' && unit <= 'f' ? unit - 'a' + 10 : -1;
}

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING string, GUID *guid)
{
    unsigned char bytes[16] = {0};
    if (string->Length < CHARACTERS * sizeof(WCHAR))
        return STATUS_INVALID_PARAMETER;
    for (unsigned i = 0, digits = 0; i < CHARACTERS; i++) {
        WCHAR unit = string->Buffer[i];
        int digit = digit_of(unit);
        if (shape[i] == 'x' ? digit < 0 : unit != (WCHAR)shape[i])
            return STATUS_INVALID_PARAMETER;
        if (shape[i] != 'x')
            continue;
        unsigned char *byte = &bytes[order[digits++ / 2]];
        *byte = (unsigned char)(*byte << 4 | digit);
    }
    memcpy(guid, bytes, sizeof bytes);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUID(const GUID *guid, PUNICODE_STRING string)
{
    unsigned char bytes[16];
    memcpy(bytes, guid, sizeof bytes);
    WCHAR *text = ExAllocatePoolWithTag(PagedPool, sizeof shape * sizeof(WCHAR), RTL_STRING_TAG);
    if (!text)
        return STATUS_NO_MEMORY;
    for (unsigned i = 0, digits = 0; i < sizeof shape; i++) {
        text[i] = (WCHAR)shape[i];
        if (shape[i] != 'x')
            continue;
        unsigned byte = bytes[order[digits / 2]];
        text[i] = (WCHAR) "0123456789ABCDEF"[digits++ % 2 ? byte & 15 : byte >> 4];
    }
    *string = (UNICODE_STRING){CHARACTERS * sizeof(WCHAR), sizeof shape * sizeof(WCHAR), text};
    return STATUS_SUCCESS;
}
