// Comparing memory. RtlCopyMemory and the like are the C routines of crt_memory.c.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlcomparememory
#include "rtl/rtl.h"

#include <string.h>

#include <nt/rtl.h>

// How many bytes are equal, from the start.
SIZE_T NTAPI RtlCompareMemory(const VOID *one, const VOID *two, SIZE_T bytes)
{
    const char *a = one, *b = two;
    SIZE_T equal = 0;
    for (; bytes - equal >= sizeof(uint64_t); equal += sizeof(uint64_t)) {
        uint64_t x, y;
        memcpy(&x, a + equal, sizeof x);
        memcpy(&y, b + equal, sizeof y);
        if (x != y)
            return equal + (SIZE_T)__builtin_ctzll(x ^ y) / 8;
    }
    while (equal < bytes && a[equal] == b[equal])
        equal++;
    return equal;
}

// How many bytes, from the start, repeat the pattern; the address and the length are multiples of four.
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID source, SIZE_T bytes, ULONG pattern)
{
    const ULONG *at = source;
    SIZE_T count = 0;
    while (count < bytes / sizeof(ULONG) && at[count] == pattern)
        count++;
    return count * sizeof(ULONG);
}
