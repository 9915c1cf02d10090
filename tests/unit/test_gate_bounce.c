// The allocator of the client's slice: runs do not overlap, and everything comes back as one gap.
#include "bounce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BASE = 0x100000, BYTES = 64 * HAL_PAGE };

static void test_all_of_it(void **state)
{
    struct bounce bounce;
    (void)state;
    assert_true(bounce_init(&bounce, BASE, BYTES));
    void *all = bounce_allocate(&bounce, BYTES);
    assert_ptr_equal(all, (void *)BASE);
    assert_null(bounce_allocate(&bounce, 1));
    bounce_free(&bounce, all, BYTES);
    assert_ptr_equal(bounce_allocate(&bounce, BYTES), all);
    bounce_free(&bounce, all, BYTES);
    assert_null(bounce_allocate(&bounce, 0));
    assert_null(bounce_allocate(&bounce, SIZE_MAX));
    bounce_destroy(&bounce);
}

static void test_neighbours_join(void **state)
{
    struct bounce bounce;
    (void)state;
    assert_true(bounce_init(&bounce, BASE, 3 * HAL_PAGE));
    char *a = bounce_allocate(&bounce, 1), *b = bounce_allocate(&bounce, HAL_PAGE), *c = bounce_allocate(&bounce, 2);
    assert_ptr_equal(b, a + HAL_PAGE);
    assert_ptr_equal(c, b + HAL_PAGE);
    bounce_free(&bounce, a, 1);
    bounce_free(&bounce, c, 2);
    assert_null(bounce_allocate(&bounce, 2 * HAL_PAGE));
    bounce_free(&bounce, b, HAL_PAGE);
    assert_ptr_equal(bounce_allocate(&bounce, 3 * HAL_PAGE), a);
    bounce_destroy(&bounce);
}

static void test_random(void **state)
{
    enum { RUNS = 24, ROUNDS = 20000 };
    struct bounce bounce;
    char *runs[RUNS] = {0};
    size_t bytes[RUNS] = {0};
    unsigned seed = 1;
    (void)state;
    assert_true(bounce_init(&bounce, BASE, BYTES));
    for (int round = 0; round < ROUNDS; round++) {
        int i = rand_r(&seed) % RUNS;
        if (runs[i]) {
            bounce_free(&bounce, runs[i], bytes[i]);
            runs[i] = NULL;
            continue;
        }
        bytes[i] = 1 + (size_t)(rand_r(&seed) % (5 * HAL_PAGE));
        runs[i] = bounce_allocate(&bounce, bytes[i]);
        for (int j = 0; j < RUNS && runs[i]; j++)
            if (j != i && runs[j] && runs[i] < runs[j] + bytes[j] && runs[j] < runs[i] + bytes[i])
                fail_msg("two runs overlap in round %d", round);
    }
    for (int i = 0; i < RUNS; i++)
        if (runs[i])
            bounce_free(&bounce, runs[i], bytes[i]);
    assert_ptr_equal(bounce_allocate(&bounce, BYTES), (void *)BASE);
    bounce_destroy(&bounce);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it),
        cmocka_unit_test(test_neighbours_join),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
