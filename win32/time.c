// Clocks.

#include "win32.h"

#include <time.h>

#define TICKS_PER_SECOND  10000000ULL           // a FILETIME counts 100 ns
#define FROM_1601_TO_1970 116444736000000000ULL // in 100 ns

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Milliseconds since the machine was started, sleep included.
ULONGLONG WINAPI GetTickCount64(void)
{
    return clock_ns(CLOCK_BOOTTIME) / 1000000;
}

DWORD WINAPI GetTickCount(void)
{
    return (DWORD)GetTickCount64();
}

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count)
{
    count->QuadPart = (LONGLONG)(clock_ns(CLOCK_MONOTONIC) / 100);
    return TRUE;
}

BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    frequency->QuadPart = TICKS_PER_SECOND;
    return TRUE;
}

void WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time)
{
    uint64_t ticks = FROM_1601_TO_1970 + clock_ns(CLOCK_REALTIME) / 100;
    time->dwLowDateTime = (DWORD)ticks;
    time->dwHighDateTime = (DWORD)(ticks >> 32);
}

void WINAPI GetSystemTimeAsFileTime(LPFILETIME time)
{
    GetSystemTimePreciseAsFileTime(time);
}

static void fill_system_time(SYSTEMTIME *out, const struct tm *from, const struct timespec *now)
{
    *out = (SYSTEMTIME){
        .wYear = (WORD)(from->tm_year + 1900),
        .wMonth = (WORD)(from->tm_mon + 1),
        .wDayOfWeek = (WORD)from->tm_wday,
        .wDay = (WORD)from->tm_mday,
        .wHour = (WORD)from->tm_hour,
        .wMinute = (WORD)from->tm_min,
        .wSecond = (WORD)from->tm_sec,
        .wMilliseconds = (WORD)(now->tv_nsec / 1000000),
    };
}

void WINAPI GetSystemTime(LPSYSTEMTIME time)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    fill_system_time(time, gmtime_r(&now.tv_sec, &parts), &now);
}

void WINAPI GetLocalTime(LPSYSTEMTIME time)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    fill_system_time(time, localtime_r(&now.tv_sec, &parts), &now);
}
