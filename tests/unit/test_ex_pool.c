// Pool: sizes, alignment, contents, accounts, and what happens to blocks that are freed wrongly.
#include "kernel_test.h"

#define TAG EX_TAG('t', 'e', 's', 't')

static const size_t sizes[] = {
    0,    1,    15,   16,   17,   31,   32,    33,    100,     255,           256,     1000,          1024,
    2000, 2047, 2048, 2049, 3000, 3583, 4000,  4063,  4064,    4065,          4079,    4080,          4081,
    4095, 4096, 4097, 8191, 8192, 8193, 65536, 65537, 1 << 20, (1 << 20) + 1, 4 << 20, (4 << 20) + 1, 9 << 20};
enum { SIZES = sizeof sizes / sizeof *sizes };

static size_t blocks_in_use(void)
{
    return ex_pool_usage().blocks;
}

static void every_size_is_usable_to_its_last_byte(void **state)
{
    unsigned char *blocks[SIZES];
    (void)state;
    size_t before = blocks_in_use(), bytes = ex_pool_usage().bytes, sum = 0;
    for (int i = 0; i < SIZES; i++) {
        blocks[i] = ExAllocatePoolWithTag(NonPagedPool, sizes[i], TAG);
        assert_non_null(blocks[i]);
        assert_true(hal_is_kernel_address(blocks[i]));
        assert_int_equal(ex_pool_size(blocks[i]), sizes[i]);
        memset(blocks[i], i + 1, sizes[i]);
        sum += sizes[i];
    }
    assert_int_equal(blocks_in_use(), before + SIZES);
    assert_int_equal(ex_pool_usage().bytes, bytes + sum);
    for (int i = 0; i < SIZES; i++) {
        for (size_t at = 0; at < sizes[i]; at += at + 64 < sizes[i] ? 61 : 1)
            if (blocks[i][at] != i + 1)
                fail_msg("block of %zu bytes: byte %zu was overwritten", sizes[i], at);
        ExFreePoolWithTag(blocks[i], TAG);
    }
    assert_int_equal(blocks_in_use(), before);
    assert_int_equal(ex_pool_usage().bytes, bytes);
}

// nf-wdm-exallocatepoolwithtag: PAGE_SIZE or more begins on a page; less is aligned to 16 bytes and stays
// within one page.
static void blocks_are_aligned_and_small_ones_stay_in_a_page(void **state)
{
    void *blocks[40];
    (void)state;
    for (size_t bytes = 0; bytes < 3 * HAL_PAGE; bytes += bytes < 64 ? 1 : 61) {
        for (int i = 0; i < 40; i++) {
            blocks[i] = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
            uintptr_t first = (uintptr_t)blocks[i], last = first + (bytes ? bytes - 1 : 0);
            if (bytes >= HAL_PAGE ? first % HAL_PAGE != 0 : first % 16 != 0 || first / HAL_PAGE != last / HAL_PAGE)
                fail_msg("%zu bytes at %p", bytes, blocks[i]);
        }
        for (int i = 0; i < 40; i++)
            ExFreePool(blocks[i]);
    }
}

static bool all(const unsigned char *bytes, size_t count, unsigned char value)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static void allocate_pool_2_clears_unless_told_not_to(void **state)
{
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        if (!sizes[i])
            continue;
        for (int round = 0; round < (sizes[i] > 70000 ? 1 : 12); round++) { // used blocks come back
            unsigned char *dirty = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, sizes[i], TAG);
            memset(dirty, 0xEE, sizes[i]);
            ExFreePool(dirty);
            unsigned char *clean = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizes[i], TAG);
            assert_true(all(clean, sizes[i], 0));
            ExFreePool(clean);
        }
    }
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 0)); // a tag of zero is refused
}

struct seen {
    size_t blocks, bytes;
};

static void note_block(void *block, ULONG tag, size_t bytes, void *context)
{
    struct seen *seen = context;
    (void)block;
    if (tag != TAG)
        return;
    seen->blocks++;
    seen->bytes += bytes;
}

static void a_walk_meets_every_block(void **state)
{
    void *blocks[SIZES];
    struct seen seen = {0};
    size_t bytes = 0;
    (void)state;
    for (int i = 0; i < SIZES; i++) {
        blocks[i] = ExAllocatePoolWithTag(PagedPool, sizes[i], TAG);
        bytes += sizes[i];
    }
    ex_pool_walk(note_block, &seen);
    assert_int_equal(seen.blocks, SIZES);
    assert_int_equal(seen.bytes, bytes);
    for (int i = 0; i < SIZES; i++)
        ExFreePoolWithTag(blocks[i], TAG);
    seen = (struct seen){0};
    ex_pool_walk(note_block, &seen);
    assert_int_equal(seen.blocks, 0);
}

static void too_much_is_refused(void **state)
{
    static const size_t huge[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 4096, SIZE_MAX / 2, 1ull << 47, 1ull << 41};
    (void)state;
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
        assert_null(ExAllocatePoolWithTag(NonPagedPool, huge[i], TAG));
    void *block = ExAllocatePoolWithTag(NonPagedPool, 5000, TAG); // and does no harm
    assert_non_null(block);
    ExFreePool(block);
}

// ---- wrong frees ------------------------------------------------------------------------------------------

static void free_block(void *block)
{
    ExFreePoolWithTag(block, TAG);
}

static void freeing_twice_is_a_bugcheck_for_every_size(void **state)
{
    (void)state;
    arm_faults();
    for (int i = 0; i < SIZES; i++) {
        void *block = ExAllocatePoolWithTag(NonPagedPool, sizes[i], TAG);
        assert_int_equal(bugcheck_of(free_block, block), 0);
        if (bugcheck_of(free_block, block) != BAD_POOL_CALLER)
            fail_msg("%zu bytes freed twice: 0x%X", sizes[i], last_bugcheck.code);
    }
}

static void what_is_not_a_block_cannot_be_freed(void **state)
{
    char local[64];
    unsigned char *block = ExAllocatePoolWithTag(NonPagedPool, 256, TAG);
    void *mapped = hal_map(0, HAL_PAGE, HAL_READ | HAL_WRITE);
    (void)state;
    arm_faults();
    memset(block, 0, 256);
    assert_int_equal(bugcheck_of(free_block, NULL), BAD_POOL_CALLER);
    assert_int_equal(bugcheck_of(free_block, local), BAD_POOL_CALLER);
    assert_int_equal(bugcheck_of(free_block, block + 8), BAD_POOL_CALLER);
    assert_int_equal(bugcheck_of(free_block, block + 64), BAD_POOL_HEADER);
    assert_int_equal(bugcheck_of(free_block, mapped), BAD_POOL_CALLER); // the bytes before it are not there
    assert_int_equal(bugcheck_of(free_block, (void *)(HAL_KERNEL_END - 64)), BAD_POOL_CALLER);
    assert_int_equal(bugcheck_of(free_block, block), 0);
    hal_unmap(mapped, HAL_PAGE);
}

// ---- allocations that fail --------------------------------------------------------------------------------

static void raise_if_failing(void *flags)
{
    ExAllocatePoolWithTag((POOL_TYPE)(NonPagedPool | (ULONG)(ULONG_PTR)flags), 100, TAG);
}

static void raise_for_quota(void *unused)
{
    (void)unused;
    ExAllocatePoolWithQuotaTag(NonPagedPool, 100, TAG);
}

static void a_failing_allocation_is_null_or_raises(void **state)
{
    (void)state;
    size_t before = blocks_in_use();
    ex_pool_fail_after(2);
    void *block = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    assert_non_null(block);
    assert_null(ExAllocatePoolWithTag(NonPagedPool, 100, TAG)); // the second fails, once
    void *another = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    assert_non_null(another);
    ExFreePool(block);
    ExFreePool(another);
    ex_pool_fail_after(1);
    assert_int_equal(bugcheck_of(raise_if_failing, (PVOID)POOL_RAISE_IF_ALLOCATION_FAILURE), SYSTEM_SERVICE_EXCEPTION);
    assert_int_equal(last_bugcheck.parameters[0], (ULONG)STATUS_INSUFFICIENT_RESOURCES);
    ex_pool_fail_after(1);
    assert_int_equal(bugcheck_of(raise_for_quota, NULL), SYSTEM_SERVICE_EXCEPTION);
    ex_pool_fail_after(1);
    assert_null(ExAllocatePoolWithQuotaTag((POOL_TYPE)(NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE), 100, TAG));
    assert_int_equal(blocks_in_use(), before);
}

// ---- many threads -----------------------------------------------------------------------------------------

enum { KEPT = 32 };

static void allocate_and_free(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    unsigned char *kept[KEPT] = {0};
    size_t bytes[KEPT] = {0};
    for (int i = 0; i < 4000 * RACES; i++) {
        seed = seed * 1103515245 + 12345;
        unsigned at = seed >> 16 & (KEPT - 1);
        if (kept[at]) {
            CHECK(bytes[at] == 0 || (kept[at][0] == (at & 0xff) && kept[at][bytes[at] - 1] == (at & 0xff)));
            ExFreePoolWithTag(kept[at], TAG);
        }
        bytes[at] = (seed >> 8) % (i % 16 ? 600 : 20000);
        kept[at] = ExAllocatePoolWithTag(NonPagedPool, bytes[at], TAG);
        CHECK(kept[at]);
        if (bytes[at])
            kept[at][0] = kept[at][bytes[at] - 1] = (unsigned char)at;
        if (i % 512 == 0)
            ex_pool_usage();
    }
    for (int i = 0; i < KEPT; i++)
        if (kept[i])
            ExFreePoolWithTag(kept[i], TAG);
}

static void threads_do_not_get_each_others_blocks(void **state)
{
    struct thread threads[4];
    struct seen seen = {0};
    (void)state;
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], allocate_and_free, (void *)(uintptr_t)(i + 1));
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    ex_pool_walk(note_block, &seen);
    assert_int_equal(seen.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(every_size_is_usable_to_its_last_byte),
        KERNEL_TEST(blocks_are_aligned_and_small_ones_stay_in_a_page),
        KERNEL_TEST(allocate_pool_2_clears_unless_told_not_to),
        KERNEL_TEST(a_walk_meets_every_block),
        KERNEL_TEST(too_much_is_refused),
        KERNEL_TEST(freeing_twice_is_a_bugcheck_for_every_size),
        KERNEL_TEST(what_is_not_a_block_cannot_be_freed),
        KERNEL_TEST(a_failing_allocation_is_null_or_raises),
        KERNEL_TEST(threads_do_not_get_each_others_blocks),
    };
    return cmocka_run_group_tests_name("ex: pool", tests, NULL, NULL);
}
