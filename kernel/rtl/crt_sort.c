// qsort, bsearch: in place, without recursion or memory, so at any IRQL. Heap sort: n log n for every input;
// like that of Windows it does not keep equal elements in order.
#include <nt/crt.h>

// One comparison routine or the other.
struct order {
    crt_compare compare;
    crt_compare_s compare_s;
    void *context;
};

static int ordered(const struct order *order, const void *one, const void *two)
{
    return order->compare ? order->compare(one, two) : order->compare_s(order->context, one, two);
}

static void swap(char *one, char *two, SIZE_T width)
{
    for (; width; one++, two++, width--) {
        char kept = *one;
        *one = *two;
        *two = kept;
    }
}

// Let the element at `root` sink until none below it is greater.
static void sift(char *base, SIZE_T root, SIZE_T count, SIZE_T width, const struct order *order)
{
    for (SIZE_T child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && ordered(order, base + child * width, base + (child + 1) * width) < 0)
            child++;
        if (ordered(order, base + root * width, base + child * width) >= 0)
            return;
        swap(base + root * width, base + child * width, width);
    }
}

static void sort(char *base, SIZE_T count, SIZE_T width, const struct order *order)
{
    for (SIZE_T root = count / 2; root--;)
        sift(base, root, count, width, order);
    while (count > 1) {
        count--;
        swap(base, base + count * width, width);
        sift(base, 0, count, width, order);
    }
}

static void *find(const void *key, const char *base, SIZE_T count, SIZE_T width, const struct order *order)
{
    while (count) {
        const char *middle = base + count / 2 * width;
        int relation = ordered(order, key, middle);
        if (!relation)
            return (void *)middle;
        if (relation > 0)
            base = middle + width;
        count = relation > 0 ? count - count / 2 - 1 : count / 2;
    }
    return NULL;
}

VOID NTAPI nt_qsort(void *base, SIZE_T count, SIZE_T width, crt_compare compare)
{
    struct order order = {.compare = compare};
    sort(base, count, width, &order);
}

VOID NTAPI nt_qsort_s(void *base, SIZE_T count, SIZE_T width, crt_compare_s compare, void *context)
{
    struct order order = {.compare_s = compare, .context = context};
    sort(base, count, width, &order);
}

void *NTAPI nt_bsearch(const void *key, const void *base, SIZE_T count, SIZE_T width, crt_compare compare)
{
    struct order order = {.compare = compare};
    return find(key, base, count, width, &order);
}

void *NTAPI nt_bsearch_s(const void *key, const void *base, SIZE_T count, SIZE_T width, crt_compare_s compare,
                         void *context)
{
    struct order order = {.compare_s = compare, .context = context};
    return find(key, base, count, width, &order);
}
