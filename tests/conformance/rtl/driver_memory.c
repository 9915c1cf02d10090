// Memory, and the probe for large stack frames.
#include "rtl.h"

// A frame of more than a page: clang calls __chkstk with its size in rax, which must not change it.
static ULONG_PTR ProbeStack(ULONG_PTR bytes)
{
    __asm__ volatile("call __chkstk" : "+a"(bytes) : : "memory", "cc");
    return bytes;
}

void RtlMemory(void)
{
    ULONG words[4] = {7, 7, 8, 7};
    char text[9] = "abcdefgh";
    CHECK_IS(RtlCompareMemoryUlong(words, sizeof words, 7), 8);
    CHECK_IS(RtlCompareMemoryUlong(words, sizeof words, 9), 0);
    CHECK_IS(RtlCompareMemoryUlong(words, 7, 7), 4); // whole ULONGs only
    RtlCopyMemory(text, "12", 2);
    CHECK_TEXT(text, "12cdefgh");
    RtlMoveMemory(text + 2, text, 6);
    CHECK_TEXT(text, "1212cdef");
    RtlFillMemory(text, 3, 'x');
    CHECK_TEXT(text, "xxx2cdef");
    RtlZeroMemory(text + 3, 5);
    CHECK_TEXT(text, "xxx");
    CHECK_IS(ProbeStack(8192), 8192);
}
