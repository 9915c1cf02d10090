// System time (100 ns units since 1601-01-01, proleptic Gregorian) and calendar fields.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtltimetotimefields
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtltimefieldstotime
#include "rtl/rtl.h"

#include <nt/rtl.h>

enum {
    FIRST_YEAR = 1601,
    LAST_YEAR = 30827,
    DAYS_OF_400_YEARS = 146097,
    MONDAY = 1, // 1601-01-01 was one
};

#define UNITS_PER_MILLISECOND 10000ll
#define UNITS_PER_SECOND      10000000ll
#define UNITS_PER_DAY         (86400 * UNITS_PER_SECOND)
#define SECONDS_TO_1970       11644473600ll
#define SECONDS_TO_1980       11960006400ll

// Days of a year before the first of a month, when years begin in March and the leap day ends them.
static int64_t days_before_month(int month)
{
    return (153 * ((month + 9) % 12) + 2) / 5;
}

static int64_t days_since_1601(int year, int month, int day)
{
    int64_t march_year = month <= 2 ? year - 1 : year;
    int64_t days = march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400;
    return days + days_before_month(month) + day - 1 - 584694; // the same of 1601-01-01
}

static bool is_leap_year(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year));
}

static bool seconds_since(const LARGE_INTEGER *time, int64_t epoch_seconds, ULONG *seconds)
{
    int64_t since = time->QuadPart / UNITS_PER_SECOND - epoch_seconds;
    if (time->QuadPart < 0 || since < 0 || since > MAXULONG)
        return false;
    *seconds = (ULONG)since;
    return true;
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER time, PTIME_FIELDS fields)
{
    int64_t days = time->QuadPart / UNITS_PER_DAY;
    int64_t rest = time->QuadPart % UNITS_PER_DAY / UNITS_PER_MILLISECOND;
    fields->Weekday = (CSHORT)((days + MONDAY) % 7);
    fields->Milliseconds = (CSHORT)(rest % 1000);
    fields->Second = (CSHORT)(rest / 1000 % 60);
    fields->Minute = (CSHORT)(rest / 60000 % 60);
    fields->Hour = (CSHORT)(rest / 3600000);

    int year = (int)(FIRST_YEAR + days * 400 / DAYS_OF_400_YEARS) + 1; // right, or a little too many
    while (days < days_since_1601(year, 1, 1))
        year--;
    int month = 1;
    int64_t day = days - days_since_1601(year, 1, 1);
    for (; day >= days_of_month(year, month); month++)
        day -= days_of_month(year, month);
    fields->Year = (CSHORT)year;
    fields->Month = (CSHORT)month;
    fields->Day = (CSHORT)(day + 1);
}

BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS fields, PLARGE_INTEGER time)
{
    if (fields->Year < FIRST_YEAR || fields->Year > LAST_YEAR || fields->Month < 1 || fields->Month > 12 ||
        fields->Day < 1 || fields->Day > days_of_month(fields->Year, fields->Month) || fields->Hour < 0 ||
        fields->Hour > 23 || fields->Minute < 0 || fields->Minute > 59 || fields->Second < 0 || fields->Second > 59 ||
        fields->Milliseconds < 0 || fields->Milliseconds > 999)
        return FALSE;
    int64_t seconds = (fields->Hour * 60ll + fields->Minute) * 60 + fields->Second;
    time->QuadPart = days_since_1601(fields->Year, fields->Month, fields->Day) * UNITS_PER_DAY +
                     seconds * UNITS_PER_SECOND + fields->Milliseconds * UNITS_PER_MILLISECOND;
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER time, PULONG seconds)
{
    return seconds_since(time, SECONDS_TO_1970, seconds);
}

BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER time, PULONG seconds)
{
    return seconds_since(time, SECONDS_TO_1980, seconds);
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG seconds, PLARGE_INTEGER time)
{
    time->QuadPart = (seconds + SECONDS_TO_1970) * UNITS_PER_SECOND;
}

VOID NTAPI RtlSecondsSince1980ToTime(ULONG seconds, PLARGE_INTEGER time)
{
    time->QuadPart = (seconds + SECONDS_TO_1980) * UNITS_PER_SECOND;
}
