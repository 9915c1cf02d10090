// The Windows that nthost says it is: 10.0 build 19045, a workstation without service packs.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlgetversion
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlverifyversioninfo
#include "rtl/rtl.h"

#include <nt/ntstatus.h>
#include <nt/rtl.h>

enum {
    MAJOR = 10,
    MINOR = 0,
    BUILD = 19045,
    PLATFORM = 2,            // VER_PLATFORM_WIN32_NT
    SUITE = 0x100,           // VER_SUITE_SINGLEUSERTS
    WORKSTATION = 1,         // VER_NT_WORKSTATION
    CONDITION_BITS = 3,      // per bit of the type mask
    NTDDI_LAST = 0x0A000008, // NTDDI_WIN10_VB: versions 2004 to 22H2
};

static unsigned condition_of(ULONGLONG mask, ULONG type)
{
    return mask >> CONDITION_BITS * (unsigned)__builtin_ctz(type) & 7;
}

// Is `ours` in the given relation to `wanted`?
static bool holds(ULONG ours, ULONG wanted, unsigned condition)
{
    switch (condition) {
    case VER_EQUAL:
        return ours == wanted;
    case VER_GREATER:
        return ours > wanted;
    case VER_GREATER_EQUAL:
        return ours >= wanted;
    case VER_LESS:
        return ours < wanted;
    case VER_LESS_EQUAL:
        return ours <= wanted;
    default:
        return false;
    }
}

static bool suite_holds(unsigned wanted, unsigned condition)
{
    if (condition == VER_AND)
        return (SUITE & wanted) == wanted;
    return condition == VER_OR && ((SUITE & wanted) != 0 || !wanted);
}

// Major, minor and service pack are one number with several digits: the first that differs decides.
static bool release_holds(const RTL_OSVERSIONINFOEXW *wanted, ULONG types, ULONGLONG conditions)
{
    const struct {
        ULONG type, ours, wanted;
    } digits[] = {
        {VER_MAJORVERSION, MAJOR, wanted->dwMajorVersion},
        {VER_MINORVERSION, MINOR, wanted->dwMinorVersion},
        {VER_SERVICEPACKMAJOR, 0, wanted->wServicePackMajor},
        {VER_SERVICEPACKMINOR, 0, wanted->wServicePackMinor},
    };
    bool result = true;
    for (size_t i = 0; i < RTL_NUMBER_OF(digits); i++) {
        if (!(types & digits[i].type))
            continue;
        result = holds(digits[i].ours, digits[i].wanted, condition_of(conditions, digits[i].type));
        if (digits[i].ours != digits[i].wanted)
            break;
    }
    return result;
}

// Not every driver sets the size: it decides only whether the longer structure is filled.
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW information)
{
    information->dwMajorVersion = MAJOR;
    information->dwMinorVersion = MINOR;
    information->dwBuildNumber = BUILD;
    information->dwPlatformId = PLATFORM;
    information->szCSDVersion[0] = 0;
    if (information->dwOSVersionInfoSize != sizeof(RTL_OSVERSIONINFOEXW))
        return STATUS_SUCCESS;
    RTL_OSVERSIONINFOEXW *more = (RTL_OSVERSIONINFOEXW *)information;
    more->wServicePackMajor = 0;
    more->wServicePackMinor = 0;
    more->wSuiteMask = SUITE;
    more->wProductType = WORKSTATION;
    more->wReserved = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW wanted, ULONG types, ULONGLONG conditions)
{
    if (!types || !conditions)
        return STATUS_INVALID_PARAMETER;
    const struct {
        ULONG type, ours, wanted;
    } numbers[] = {
        {VER_BUILDNUMBER, BUILD, wanted->dwBuildNumber},
        {VER_PLATFORMID, PLATFORM, wanted->dwPlatformId},
        {VER_PRODUCT_TYPE, WORKSTATION, wanted->wProductType},
    };
    for (size_t i = 0; i < RTL_NUMBER_OF(numbers); i++)
        if (types & numbers[i].type &&
            !holds(numbers[i].ours, numbers[i].wanted, condition_of(conditions, numbers[i].type)))
            return STATUS_REVISION_MISMATCH;
    if (types & VER_SUITENAME && !suite_holds(wanted->wSuiteMask, condition_of(conditions, VER_SUITENAME)))
        return STATUS_REVISION_MISMATCH;
    return release_holds(wanted, types, conditions) ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
}

ULONGLONG NTAPI VerSetConditionMask(ULONGLONG conditions, ULONG types, UCHAR condition)
{
    for (; types; types &= types - 1)
        conditions |= (ULONGLONG)(condition & 7) << CONDITION_BITS * (unsigned)__builtin_ctz(types);
    return conditions;
}

// Is this Windows at least the NTDDI version?
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG version)
{
    return version <= NTDDI_LAST;
}
