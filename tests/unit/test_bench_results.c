// What bench writes it reads again, so that a run stands beside the ones before.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "../../bench/results.c"

#include <unistd.h>

static char path[] = "/tmp/nthost-bench-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    struct results written = {0}, read = {0};
    *add_result(&written) =
        (struct result){.name = "server.read", .unit = "ns", .value = 12.5, .peer = "futex", .peer_value = 10.25};
    *add_result(&written) = (struct result){.name = "boot", .unit = "ms", .value = 0.5};
    assert_true(write_results(&written, path));
    read_results(&read, path);
    assert_int_equal(read.count, 2);
    const struct result *first = find_result(&read, "server.read"), *second = find_result(&read, "boot");
    assert_non_null(first);
    assert_non_null(second);
    assert_string_equal(first->peer, "futex");
    assert_true(first->value == 12.5 && first->peer_value == 10.25);
    assert_string_equal(second->peer, "");
    assert_string_equal(second->unit, "ms");
    assert_true(second->value == 0.5);
    assert_null(find_result(&read, "nothing"));
}

static void no_file_no_results(void **state)
{
    (void)state;
    struct results read = {0};
    read_results(&read, "/nonexistent/bench.json");
    assert_int_equal(read.count, 0);
    assert_false(write_results(&read, "/nonexistent/bench.json"));
}

// Every entry of the committed results can be compared with.
static void the_baseline_is_readable(void **state)
{
    (void)state;
    struct results baseline = {0};
    read_results(&baseline, NTHOST_SOURCE_DIR "/bench/baseline.json");
    assert_non_null(find_result(&baseline, "inproc.buffered_read_5"));
    assert_non_null(find_result(&baseline, "server.buffered_read_5.hot"));
    assert_non_null(find_result(&baseline, "boot.cycle"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_wrote, make_file, remove_file),
        cmocka_unit_test(no_file_no_results),
        cmocka_unit_test(the_baseline_is_readable),
    };
    return cmocka_run_group_tests_name("bench_results", tests, NULL, NULL);
}
