// RTL_BITMAP: an array of ULONGs the caller owns, bit 0 lowest. Indexes and counts are bits.
//
// A search that finds nothing answers 0xFFFFFFFF. The searches that take a hint begin there, look to the end,
// and then once more from the start.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlinitializebitmap and the pages
// beside it
#include "rtl/rtl.h"

#include <string.h>

#include <nt/rtl.h>

enum { ULONG_BITS = 32 };

#define NOT_FOUND MAXULONG

static bool bit_at(PRTL_BITMAP map, ULONG index)
{
    return map->Buffer[index / ULONG_BITS] >> index % ULONG_BITS & 1;
}

// The first index from `index` on whose bit is `set`, or the size of the map. Whole words at a time.
static ULONG next_bit(PRTL_BITMAP map, ULONG index, bool set)
{
    while (index < map->SizeOfBitMap) {
        ULONG word = map->Buffer[index / ULONG_BITS];
        word = (set ? word : ~word) >> index % ULONG_BITS;
        if (word) {
            index += (ULONG)__builtin_ctz(word);
            return index < map->SizeOfBitMap ? index : map->SizeOfBitMap;
        }
        index = (index / ULONG_BITS + 1) * ULONG_BITS;
    }
    return map->SizeOfBitMap;
}

static void change(PRTL_BITMAP map, ULONG index, ULONG count, bool set)
{
    while (count) {
        ULONG shift = index % ULONG_BITS;
        ULONG here = count < ULONG_BITS - shift ? count : ULONG_BITS - shift;
        ULONG mask = (here == ULONG_BITS ? MAXULONG : (1u << here) - 1) << shift;
        if (set)
            map->Buffer[index / ULONG_BITS] |= mask;
        else
            map->Buffer[index / ULONG_BITS] &= ~mask;
        index += here;
        count -= here;
    }
}

// A run of `count` bits that begins in [from, to).
static ULONG find_run(PRTL_BITMAP map, ULONG count, ULONG from, ULONG to, bool set)
{
    ULONG start = next_bit(map, from, set);
    while (start < to && map->SizeOfBitMap - start >= count) {
        ULONG end = next_bit(map, start, !set);
        if (end - start >= count)
            return start;
        start = next_bit(map, end, set);
    }
    return NOT_FOUND;
}

static ULONG find(PRTL_BITMAP map, ULONG count, ULONG hint, bool set)
{
    if (hint >= map->SizeOfBitMap)
        hint = 0;
    if (!count)
        return hint & ~7u; // as Windows answers
    ULONG found = find_run(map, count, hint, map->SizeOfBitMap, set);
    return found == NOT_FOUND ? find_run(map, count, 0, hint, set) : found;
}

static ULONG find_and_change(PRTL_BITMAP map, ULONG count, ULONG hint, bool set)
{
    ULONG found = find(map, count, hint, set);
    if (found != NOT_FOUND)
        change(map, found, count, !set);
    return found;
}

static bool are_all(PRTL_BITMAP map, ULONG index, ULONG count, bool set)
{
    return count && index < map->SizeOfBitMap && count <= map->SizeOfBitMap - index &&
           next_bit(map, index, !set) >= index + count;
}

static ULONG count_set(PRTL_BITMAP map)
{
    ULONG count = 0, whole = map->SizeOfBitMap / ULONG_BITS, rest = map->SizeOfBitMap % ULONG_BITS;
    for (ULONG i = 0; i < whole; i++)
        count += (ULONG)__builtin_popcount(map->Buffer[i]);
    return rest ? count + (ULONG)__builtin_popcount(map->Buffer[whole] & ((1u << rest) - 1)) : count;
}

static size_t bytes_of(PRTL_BITMAP map)
{
    return (map->SizeOfBitMap + (size_t)ULONG_BITS - 1) / ULONG_BITS * sizeof(ULONG);
}

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP map, PULONG buffer, ULONG size)
{
    map->SizeOfBitMap = size;
    map->Buffer = buffer;
}

VOID NTAPI RtlClearAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0, bytes_of(map));
}

VOID NTAPI RtlSetAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0xFF, bytes_of(map));
}

VOID NTAPI RtlClearBit(PRTL_BITMAP map, ULONG index)
{
    change(map, index, 1, false);
}

VOID NTAPI RtlSetBit(PRTL_BITMAP map, ULONG index)
{
    change(map, index, 1, true);
}

BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP map, ULONG index)
{
    return bit_at(map, index);
}

VOID NTAPI RtlClearBits(PRTL_BITMAP map, ULONG index, ULONG count)
{
    change(map, index, count, false);
}

VOID NTAPI RtlSetBits(PRTL_BITMAP map, ULONG index, ULONG count)
{
    change(map, index, count, true);
}

BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP map, ULONG index, ULONG count)
{
    return are_all(map, index, count, false);
}

BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP map, ULONG index, ULONG count)
{
    return are_all(map, index, count, true);
}

ULONG NTAPI RtlFindClearBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, false);
}

ULONG NTAPI RtlFindSetBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, true);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find_and_change(map, count, hint, false);
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find_and_change(map, count, hint, true);
}

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP map)
{
    return count_set(map);
}

ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP map)
{
    return map->SizeOfBitMap - count_set(map);
}

// The length of the first clear run from `from` on; its start in *start (the size of the map when there is
// none).
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP map, ULONG from, PULONG start)
{
    ULONG first = next_bit(map, from, false);
    *start = first;
    return next_bit(map, first, true) - first;
}

ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP map, PULONG start)
{
    return RtlFindNextForwardRunClear(map, 0, start);
}

ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP map, PULONG start)
{
    ULONG longest = 0, first, length;
    *start = 0;
    for (ULONG from = 0; (length = RtlFindNextForwardRunClear(map, from, &first)) != 0; from = first + length) {
        if (length <= longest)
            continue;
        longest = length;
        *start = first;
    }
    return longest;
}

// The length of the clear run that ends at or before `from`, going down.
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP map, ULONG from, PULONG start)
{
    if (from >= map->SizeOfBitMap)
        from = map->SizeOfBitMap - 1;
    ULONG end = from + 1; // one past the last index in question
    while (end && bit_at(map, end - 1))
        end--;
    ULONG first = end;
    while (first && !bit_at(map, first - 1))
        first--;
    *start = first;
    return end - first;
}

// Fills `runs` with at most `count` clear runs: the first ones, or the longest ones, longest first. How many.
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP map, PRTL_BITMAP_RUN runs, ULONG count, BOOLEAN longest)
{
    ULONG found = 0, first, length;
    for (ULONG from = 0; (length = RtlFindNextForwardRunClear(map, from, &first)) != 0; from = first + length) {
        ULONG place = found;
        while (longest && place && runs[place - 1].NumberOfBits < length)
            place--;
        if (place == count) {
            if (!longest)
                break;
            continue;
        }
        found += found < count;
        for (ULONG i = found - 1; i > place; i--)
            runs[i] = runs[i - 1];
        runs[place] = (RTL_BITMAP_RUN){first, length};
    }
    return found;
}

CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG value)
{
    return value ? (CCHAR)__builtin_ctzll(value) : -1;
}

CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG value)
{
    return value ? (CCHAR)(63 - __builtin_clzll(value)) : -1;
}
