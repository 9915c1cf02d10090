// The clocks drivers read. Time units are 100 ns unless said otherwise.
#include "ke/ke.h"

enum { TICK_100NS = 156250 }; // 15.625 ms, the increment Windows reports by default

void NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER now)
{
    now->QuadPart = (LONGLONG)hal_system_time_100ns();
}

void NTAPI KeQuerySystemTime(PLARGE_INTEGER now)
{
    KeQuerySystemTimePrecise(now);
}

ULONGLONG NTAPI KeQueryInterruptTime(void)
{
    return ke_interrupt_time();
}

ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 counter)
{
    *counter = hal_monotonic_ns() / 100;
    return ke_interrupt_time();
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(void)
{
    return ke_interrupt_time();
}

void NTAPI KeQueryTickCount(PLARGE_INTEGER ticks)
{
    ticks->QuadPart = (LONGLONG)(ke_interrupt_time() / TICK_100NS);
}

ULONG NTAPI KeQueryTimeIncrement(void)
{
    return TICK_100NS;
}

// 10 MHz, as on today's Windows.
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER frequency)
{
    LARGE_INTEGER counter = {.QuadPart = (LONGLONG)(hal_monotonic_ns() / 100)};
    if (frequency)
        frequency->QuadPart = 10000000;
    return counter;
}

void NTAPI KeStallExecutionProcessor(ULONG microseconds)
{
    uint64_t end = hal_monotonic_ns() + microseconds * 1000ull;
    while (hal_monotonic_ns() < end)
        hal_pause();
}
