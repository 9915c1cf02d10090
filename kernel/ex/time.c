// Local time and the clock's resolution. wdm/nf-wdm-exsystemtimetolocaltime, -exlocaltimetosystemtime,
// -exsettimerresolution, -exquerytimerresolution.
#include "ex/ex.h"

enum { COARSEST_100NS = 156250, FINEST_100NS = 5000 };

static _Atomic ULONG finer_requests;
static _Atomic ULONG finest_request = COARSEST_100NS;

// By today's difference between the two, whatever the date.
void NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER system_time, PLARGE_INTEGER local_time)
{
    local_time->QuadPart = system_time->QuadPart + hal_zone_100ns();
}

void NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER local_time, PLARGE_INTEGER system_time)
{
    system_time->QuadPart = local_time->QuadPart - hal_zone_100ns();
}

// 100 ns. Timers here are exact whatever the resolution; what is asked for is only kept and told.
void NTAPI ExQueryTimerResolution(PULONG maximum, PULONG minimum, PULONG current)
{
    *maximum = COARSEST_100NS;
    *minimum = FINEST_100NS;
    *current = atomic_load(&finest_request);
}

// set: asks for at most `desired` between two ticks; otherwise takes the caller's wish back. The resolution from now on.
ULONG NTAPI ExSetTimerResolution(ULONG desired, BOOLEAN set)
{
    if (set) {
        ULONG wanted = desired < FINEST_100NS ? FINEST_100NS : desired > COARSEST_100NS ? COARSEST_100NS : desired;
        ULONG seen = atomic_load(&finest_request);
        atomic_fetch_add(&finer_requests, 1);
        while (wanted < seen && !atomic_compare_exchange_weak(&finest_request, &seen, wanted))
            ;
    } else if (atomic_load(&finer_requests) && atomic_fetch_sub(&finer_requests, 1) == 1) {
        atomic_store(&finest_request, COARSEST_100NS);
    }
    return atomic_load(&finest_request);
}
