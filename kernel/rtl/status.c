// NTSTATUS values and Win32 errors: names, texts, and how one becomes the other.
//
// The facts stand in status.def and winerror.def, both sorted. What the table does not say, by rule:
//
//     customer bit set (0x2...)         an application's own code: returned as it is
//     0xDxxxxxxx                        the HRESULT form of 0xCxxxxxxx
//     0xC001, 0xC007, 0x8007 on top     a Win32 error in the low word
//     anything else unknown             317, ERROR_MR_MID_NOT_FOUND
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlntstatustodoserror
// Facts: semantics 53.
#include "rtl/rtl.h"

#include <nt/rtl.h>

struct status_line {
    ULONG status;
    ULONG win32;
    const char *name;
};

struct win32_line {
    ULONG error;
    const char *name;
    const char *text;
};

static const struct status_line statuses[] = {
#define STATUS(name, value, win32) {value, win32, #name},
#include "rtl/status.def"
#undef STATUS
};

static const struct win32_line errors[] = {
#define WINERROR(name, number, text) {number, #name, text},
#include "rtl/winerror.def"
#undef WINERROR
};

enum { CUSTOMER_BIT = 0x20000000, NO_WIN32_ERROR = 317 };

// The first line of the value: the preferred name where there are several.
static const struct status_line *find_status(ULONG status)
{
    size_t low = 0, high = RTL_NUMBER_OF(statuses);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (statuses[middle].status < status)
            low = middle + 1;
        else
            high = middle;
    }
    return low < RTL_NUMBER_OF(statuses) && statuses[low].status == status ? &statuses[low] : NULL;
}

static const struct win32_line *find_error(ULONG error)
{
    size_t low = 0, high = RTL_NUMBER_OF(errors);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (errors[middle].error < error)
            low = middle + 1;
        else
            high = middle;
    }
    return low < RTL_NUMBER_OF(errors) && errors[low].error == error ? &errors[low] : NULL;
}

const char *rtl_status_name(NTSTATUS status)
{
    const struct status_line *line = find_status((ULONG)status);
    return line ? line->name : "unknown NTSTATUS";
}

const char *rtl_win32_name(ULONG error)
{
    const struct win32_line *line = find_error(error);
    return line ? line->name : "unknown Win32 error";
}

const char *rtl_win32_text(ULONG error)
{
    const struct win32_line *line = find_error(error);
    return line ? line->text : NULL;
}

// The TEB's last status is the caller's business here; nothing in a kernel has a TEB.
ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS status)
{
    ULONG value = (ULONG)status;
    if (value & CUSTOMER_BIT)
        return value;
    if (value >> 28 == 0xD)
        value &= ~0x10000000u;
    const struct status_line *line = find_status(value);
    if (line)
        return line->win32;
    ULONG top = value >> 16;
    return top == 0xC001 || top == 0xC007 || top == 0x8007 ? value & 0xFFFF : NO_WIN32_ERROR;
}

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS status)
{
    return RtlNtStatusToDosErrorNoTeb(status);
}
