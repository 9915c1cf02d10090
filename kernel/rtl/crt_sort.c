// qsort, bsearch: in place, without recursion or memory, so at any IRQL. Heap sort: n log n for every input;
// like that of Windows it does not keep equal elements in order.
#include <nt/crt.h>

static void swap(char *one, char *two, SIZE_T width)
{
    for (; width; one++, two++, width--) {
        char kept = *one;
        *one = *two;
        *two = kept;
    }
}

// Let the element at `root` sink until none below it is greater.
static void sift(char *base, SIZE_T root, SIZE_T count, SIZE_T width, crt_compare compare)
{
    for (SIZE_T child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(base + child * width, base + (child + 1) * width) < 0)
            child++;
        if (compare(base + root * width, base + child * width) >= 0)
            return;
        swap(base + root * width, base + child * width, width);
    }
}

VOID NTAPI nt_qsort(void *base, SIZE_T count, SIZE_T width, crt_compare compare)
{
    for (SIZE_T root = count / 2; root--;)
        sift(base, root, count, width, compare);
    while (count > 1) {
        count--;
        swap(base, (char *)base + count * width, width);
        sift(base, 0, count, width, compare);
    }
}

void *NTAPI nt_bsearch(const void *key, const void *base, SIZE_T count, SIZE_T width, crt_compare compare)
{
    const char *from = base;
    while (count) {
        const char *middle = from + count / 2 * width;
        int relation = compare(key, middle);
        if (!relation)
            return (void *)middle;
        if (relation > 0)
            from = middle + width;
        count = relation > 0 ? count - count / 2 - 1 : count / 2;
    }
    return NULL;
}
