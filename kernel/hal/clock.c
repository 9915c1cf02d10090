// Clocks: monotonic time for deadlines and the log, system time as NT counts it.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <time.h>

static const uint64_t unix_epoch_100ns = 116444736000000000ull; // 1601-01-01 to 1970-01-01

uint64_t hal_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t hal_system_time_100ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return unix_epoch_100ns + (uint64_t)now.tv_sec * 10000000u + (uint64_t)now.tv_nsec / 100u;
}

int64_t hal_zone_100ns(void)
{
    time_t now = time(NULL);
    struct tm parts;
    return localtime_r(&now, &parts) ? (int64_t)parts.tm_gmtoff * 10000000 : 0;
}
