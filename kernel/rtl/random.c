// Pseudo-random numbers from a seed of the caller's: Lehmer's generator, which Microsoft names for
// RtlUniform. Uniform in 0 .. MAXLONG - 1; not for secrets. RtlRandom of Windows shuffles its results through
// a table; which numbers come is not documented, and here both routines give the same.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlrandomex
#include "rtl/rtl.h"

#include <nt/rtl.h>

static ULONG next(PULONG seed)
{
    uint64_t value = (*seed * 0x7FFFFFEDull + 0x7FFFFFC3ull) % MAXLONG;
    *seed = (ULONG)value;
    return (ULONG)value;
}

ULONG NTAPI RtlRandom(PULONG seed)
{
    return next(seed);
}

ULONG NTAPI RtlRandomEx(PULONG seed)
{
    return next(seed);
}
