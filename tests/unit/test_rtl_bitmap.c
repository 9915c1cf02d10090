// Bitmaps, against the plainest possible implementation: one byte a bit, on random maps.
#include <nt/rtl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { LARGEST = 130, ROUNDS = 20000 };

static ULONG words[(LARGEST + 31) / 32];
static bool plain[LARGEST];
static RTL_BITMAP map;

static void random_map(void)
{
    ULONG size = 1 + (ULONG)rand() % LARGEST;
    int density = 1 + rand() % 15;
    memset(words, rand(), sizeof words); // what lies beyond the size must not matter
    RtlInitializeBitMap(&map, words, size);
    for (ULONG i = 0; i < size; i++) {
        plain[i] = rand() % 16 < density;
        if (plain[i])
            RtlSetBit(&map, i);
        else
            RtlClearBit(&map, i);
    }
}

static void assert_same(void)
{
    for (ULONG i = 0; i < map.SizeOfBitMap; i++)
        assert_int_equal(RtlTestBit(&map, i), plain[i]);
}

static ULONG run_at(ULONG from, bool set)
{
    ULONG length = 0;
    while (from + length < map.SizeOfBitMap && plain[from + length] == set)
        length++;
    return length;
}

static ULONG find(ULONG count, ULONG hint, bool set)
{
    if (hint >= map.SizeOfBitMap)
        hint = 0;
    for (ULONG i = 0; i < map.SizeOfBitMap; i++) {
        ULONG at = (hint + i) % map.SizeOfBitMap;
        if (run_at(at, set) >= count)
            return at;
    }
    return MAXULONG;
}

static void searches(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_map();
        ULONG count = 1 + (ULONG)rand() % 12, hint = (ULONG)rand() % (LARGEST + 8), ones = 0;
        for (ULONG i = 0; i < map.SizeOfBitMap; i++)
            ones += plain[i];
        assert_int_equal(RtlNumberOfSetBits(&map), ones);
        assert_int_equal(RtlNumberOfClearBits(&map), map.SizeOfBitMap - ones);
        assert_int_equal(RtlFindClearBits(&map, count, hint), find(count, hint, false));
        assert_int_equal(RtlFindSetBits(&map, count, hint), find(count, hint, true));

        ULONG at = hint % map.SizeOfBitMap;
        assert_int_equal(RtlAreBitsClear(&map, at, count), run_at(at, false) >= count);
        assert_int_equal(RtlAreBitsSet(&map, at, count), run_at(at, true) >= count);

        ULONG found = RtlFindClearBitsAndSet(&map, count, hint);
        for (ULONG i = 0; found != MAXULONG && i < count; i++)
            plain[found + i] = true;
        assert_same();
        found = RtlFindSetBitsAndClear(&map, count, hint);
        for (ULONG i = 0; found != MAXULONG && i < count; i++)
            plain[found + i] = false;
        assert_same();
    }
}

static void runs(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_map();
        ULONG from = (ULONG)rand() % map.SizeOfBitMap, start, longest_start, longest = 0, first = from;
        while (first < map.SizeOfBitMap && plain[first])
            first++;
        ULONG length = RtlFindNextForwardRunClear(&map, from, &start);
        assert_int_equal(length, run_at(first, false));
        assert_int_equal(start, first);

        ULONG end = from + 1, back = 0;
        while (end && plain[end - 1])
            end--;
        while (back < end && !plain[end - 1 - back])
            back++;
        assert_int_equal(RtlFindLastBackwardRunClear(&map, from, &start), back);
        assert_int_equal(start, end - back);

        RTL_BITMAP_RUN in_order[LARGEST], by_length[3];
        ULONG count = RtlFindClearRuns(&map, in_order, LARGEST, FALSE), total = 0;
        for (ULONG i = 0; i < count; i++) {
            assert_int_equal(run_at(in_order[i].StartingIndex, false), in_order[i].NumberOfBits);
            total += in_order[i].NumberOfBits;
            longest = in_order[i].NumberOfBits > longest ? in_order[i].NumberOfBits : longest;
        }
        assert_int_equal(total, RtlNumberOfClearBits(&map));
        assert_int_equal(RtlFindLongestRunClear(&map, &longest_start), longest);
        ULONG few = RtlFindClearRuns(&map, by_length, 3, TRUE);
        assert_int_equal(few, count < 3 ? count : 3);
        if (few) {
            assert_int_equal(by_length[0].NumberOfBits, longest);
            assert_int_equal(by_length[0].StartingIndex, longest_start);
        }
        for (ULONG i = 1; i < few; i++)
            assert_true(by_length[i - 1].NumberOfBits >= by_length[i].NumberOfBits);
    }
}

static void ranges(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        random_map();
        ULONG from = (ULONG)rand() % map.SizeOfBitMap, count = (ULONG)rand() % (map.SizeOfBitMap - from + 1);
        bool set = rand() % 2;
        if (set)
            RtlSetBits(&map, from, count);
        else
            RtlClearBits(&map, from, count);
        for (ULONG i = 0; i < count; i++)
            plain[from + i] = set;
        assert_same();
    }
    RtlSetAllBits(&map);
    assert_int_equal(RtlNumberOfClearBits(&map), 0);
    RtlClearAllBits(&map);
    assert_int_equal(RtlNumberOfSetBits(&map), 0);
}

static void single_words(void **state)
{
    (void)state;
    assert_int_equal(RtlFindLeastSignificantBit(0), -1);
    assert_int_equal(RtlFindMostSignificantBit(0), -1);
    assert_int_equal(RtlFindLeastSignificantBit(0x8000000000000010), 4);
    assert_int_equal(RtlFindMostSignificantBit(0x8000000000000010), 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searches),
        cmocka_unit_test(runs),
        cmocka_unit_test(ranges),
        cmocka_unit_test(single_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
