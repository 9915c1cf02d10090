// Bitmaps. https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlfindclearbits and its neighbours
#include "rtl.h"

enum { BITS = 40, NONE = -1 };
static ULONG Words[2];
static RTL_BITMAP Bitmap;

// Bits 0 to 39 as these words say; what lies behind must not count, so it is set.
static void Set(ULONG low, ULONG high)
{
    Words[0] = low;
    Words[1] = high;
    RtlInitializeBitMap(&Bitmap, Words, BITS);
}

void RtlBitmaps(void)
{
    Set(0, 0xFFFFFF00);
    CHECK_IS(RtlNumberOfSetBits(&Bitmap), 0);
    CHECK_IS(RtlNumberOfClearBits(&Bitmap), BITS);
    RtlSetBit(&Bitmap, 33);
    CHECK(RtlTestBit(&Bitmap, 33) && !RtlTestBit(&Bitmap, 32));
    CHECK_IS(Words[1], 0xFFFFFF02);
    RtlClearBit(&Bitmap, 33);
    RtlSetBits(&Bitmap, 30, 4);
    CHECK(Words[0] == 0xC0000000 && Words[1] == 0xFFFFFF03);
    CHECK(RtlAreBitsSet(&Bitmap, 30, 4) && !RtlAreBitsSet(&Bitmap, 30, 5) && !RtlAreBitsSet(&Bitmap, 30, 0));
    CHECK(RtlAreBitsClear(&Bitmap, 0, 30) && !RtlAreBitsClear(&Bitmap, 0, 31));
    CHECK(!RtlAreBitsSet(&Bitmap, 38, 4)); // beyond the end
    RtlClearBits(&Bitmap, 31, 2);
    CHECK(Words[0] == 0x40000000 && Words[1] == 0xFFFFFF02);
    RtlSetAllBits(&Bitmap);
    CHECK_IS(RtlNumberOfSetBits(&Bitmap), BITS);
    RtlClearAllBits(&Bitmap);
    CHECK_IS(RtlNumberOfSetBits(&Bitmap), 0);
    static const struct {
        ULONGLONG set;
        int least, most;
    } ends[] = {{0, -1, -1}, {1, 0, 0}, {0x8000000000000000, 63, 63}, {0x0000001000000040, 6, 36}};
    for (ULONG i = 0; i < RTL_NUMBER_OF(ends); i++) {
        CHECK_IS(RtlFindLeastSignificantBit(ends[i].set), ends[i].least);
        CHECK_IS(RtlFindMostSignificantBit(ends[i].set), ends[i].most);
    }
}

void RtlRuns(void)
{
    RTL_BITMAP_RUN runs[4] = {{0}};
    ULONG start = 0;
    // clear: 0-3, 8-15, 20-21, 36-39
    Set(0xFFCF00F0, 0xFFFFFF0F);
    CHECK_IS(RtlFindClearBits(&Bitmap, 3, 0), 0);
    CHECK_IS(RtlFindClearBits(&Bitmap, 5, 0), 8);
    CHECK_IS(RtlFindClearBits(&Bitmap, 2, 17), 20); // searched from the hint on
    CHECK_IS(RtlFindClearBits(&Bitmap, 8, 17), 8);  // and then from the beginning
    CHECK_IS(RtlFindClearBits(&Bitmap, 9, 0), (ULONG)NONE);
    CHECK_IS(RtlFindSetBits(&Bitmap, 5, 0), 22);
    CHECK_IS(RtlFindSetBits(&Bitmap, 15, 0), (ULONG)NONE);
    CHECK_IS(RtlFindFirstRunClear(&Bitmap, &start), 4);
    CHECK_IS(start, 0);
    CHECK_IS(RtlFindNextForwardRunClear(&Bitmap, 4, &start), 8);
    CHECK_IS(start, 8);
    CHECK_IS(RtlFindNextForwardRunClear(&Bitmap, 10, &start), 6);
    CHECK_IS(start, 10);
    CHECK_IS(RtlFindLongestRunClear(&Bitmap, &start), 8);
    CHECK_IS(start, 8);
    CHECK_IS(RtlFindLastBackwardRunClear(&Bitmap, 35, &start), 2);
    CHECK_IS(start, 20);
    CHECK_IS(RtlFindClearRuns(&Bitmap, runs, 2, FALSE), 2); // the first two
    CHECK(runs[0].StartingIndex == 0 && runs[0].NumberOfBits == 4 && runs[1].StartingIndex == 8);
    CHECK_IS(RtlFindClearRuns(&Bitmap, runs, 2, TRUE), 2); // the longest two, longest first
    CHECK(runs[0].NumberOfBits == 8 && runs[1].NumberOfBits == 4);
    CHECK_IS(RtlFindClearRuns(&Bitmap, runs, 4, FALSE), 4);
    CHECK_IS(RtlFindClearBitsAndSet(&Bitmap, 4, 0), 0);
    CHECK_IS(Words[0], 0xFFCF00FF);
    CHECK_IS(RtlFindSetBitsAndClear(&Bitmap, 9, 0), 22);
    CHECK_IS(Words[0], 0x800F00FF & 0x803F00FF);
    CHECK_IS(RtlFindClearBitsAndSet(&Bitmap, 33, 0), (ULONG)NONE);
}
