// The trace of requests: what the kernel records while it is watched, and how records become requests. The records of one request
// may come in many orders; each case is one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../tools/nthost/trace_assemble.c"

enum { MOST = 16 };

static struct trace_request done[MOST];
static unsigned done_count;
static struct trace_assembly *assembly;

static void keep(const struct trace_request *request, void *context)
{
    assert_ptr_equal(context, &done_count);
    assert_true(done_count < MOST);
    done[done_count++] = *request;
}

static int set_up(void **state)
{
    (void)state;
    done_count = 0;
    assembly = trace_assembly_new(keep, &done_count);
    return assembly ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    trace_assembly_free(assembly);
    return 0;
}

static void call(uint64_t id, unsigned depth, const char *driver, uint64_t at)
{
    struct io_trace_record record = {
        .head.time_ns = at, .id = id, .kind = IO_TRACE_CALL, .depth = (uint8_t)depth, .thread = 7};
    strcpy(record.driver, driver);
    trace_assembly_add(assembly, &record);
}

static void up(uint64_t id, unsigned depth, const char *completer, int32_t status, uint64_t at)
{
    struct io_trace_record record = {
        .head.time_ns = at, .id = id, .kind = IO_TRACE_UP, .depth = (uint8_t)depth, .status = status, .thread = 8};
    strcpy(record.driver, completer);
    trace_assembly_add(assembly, &record);
}

static void one_device(void **state)
{
    (void)state;
    call(1, 0, "A", 100);
    assert_int_equal(done_count, 0);
    up(1, 0, "A", 5, 130);
    assert_int_equal(done_count, 1);
    assert_int_equal(trace_took_ns(&done[0]), 30);
    assert_int_equal(done[0].status, 5);
    assert_string_equal(done[0].completed_by, "A");
    assert_int_equal(done[0].completed_thread, 8);
    assert_int_equal(done[0].hop_count, 1);
}

static void two_devices(void **state)
{
    (void)state;
    call(1, 0, "Upper", 100);
    call(1, 1, "Lower", 110);
    up(1, 1, "Lower", 0, 120);
    up(1, 0, "", 0, 150);
    assert_int_equal(done_count, 1);
    assert_int_equal(done[0].hop_count, 2);
    assert_int_equal(done[0].hops[1].level, 1);
    assert_int_equal(done[0].hops[1].ended_ns - done[0].hops[1].begun_ns, 10);
    assert_int_equal(trace_took_ns(&done[0]), 50);
    assert_string_equal(done[0].completed_by, "Lower");
}

// IoSkipCurrentIrpStackLocation: both devices see the same location, and both are left at once.
static void skipped_location(void **state)
{
    (void)state;
    call(1, 0, "Upper", 100);
    call(1, 0, "Lower", 110);
    up(1, 0, "Lower", 0, 120);
    assert_int_equal(done_count, 1);
    assert_int_equal(done[0].hop_count, 2);
    assert_int_equal(done[0].hops[1].level, 1);
    assert_int_equal(done[0].hops[1].ended_ns, 120);
}

// A completion routine keeps the request; its driver completes it later.
static void kept_and_completed_again(void **state)
{
    (void)state;
    call(1, 0, "Upper", 100);
    call(1, 1, "Lower", 110);
    up(1, 1, "Lower", 0, 120);
    assert_int_equal(done_count, 0);
    up(1, 0, "Upper", -5, 150);
    assert_int_equal(done_count, 1);
    assert_int_equal(done[0].status, -5);
    assert_int_equal(done[0].hops[1].status, 0);
    assert_string_equal(done[0].completed_by, "Lower");
}

// A completion routine sends the request down a second time.
static void sent_down_twice(void **state)
{
    (void)state;
    call(1, 0, "Upper", 100);
    call(1, 1, "Lower", 110);
    up(1, 1, "Lower", -5, 120);
    call(1, 1, "Lower", 130);
    up(1, 1, "Lower", 0, 140);
    up(1, 0, "", 0, 150);
    assert_int_equal(done_count, 1);
    assert_int_equal(done[0].hop_count, 3);
    assert_int_equal(done[0].hops[2].level, 1);
    assert_int_equal(done[0].hops[1].status, -5);
    assert_int_equal(done[0].hops[2].status, 0);
}

static void several_at_once(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= MOST; id++)
        call(id * 1024, 0, "A", id); // all in one bucket
    for (uint64_t id = MOST; id; id--)
        up(id * 1024, 0, "A", (int32_t)id, 100);
    assert_int_equal(done_count, MOST);
    for (unsigned i = 0; i < MOST; i++)
        assert_int_equal(done[i].status, MOST - i);
}

static void ends_without_a_beginning(void **state)
{
    (void)state;
    up(9, 0, "A", 0, 100);
    up(9, 1, "A", 0, 100);
    assert_int_equal(done_count, 0);
}

static void more_devices_than_are_kept(void **state)
{
    (void)state;
    for (unsigned depth = 0; depth < 2 * TRACE_HOPS; depth++)
        call(1, depth, "A", depth);
    for (unsigned depth = 2 * TRACE_HOPS; depth--;)
        up(1, depth, "A", 0, 100);
    assert_int_equal(done_count, 1);
    assert_int_equal(done[0].hop_count, TRACE_HOPS);
}

static void abandoned(void **state)
{
    (void)state;
    call(1, 0, "A", 100);
    struct io_trace_record record = {.head.time_ns = 120, .id = 1, .kind = IO_TRACE_ABANDONED, .status = 3};
    trace_assembly_add(assembly, &record);
    assert_int_equal(done_count, 1);
    assert_true(done[0].abandoned);
}

static void fast_io(void **state)
{
    (void)state;
    struct io_trace_record record = {.head.time_ns = 120, .kind = IO_TRACE_FAST, .offset = 20, .driver = "A"};
    trace_assembly_add(assembly, &record);
    assert_int_equal(done_count, 1);
    assert_true(done[0].fast);
    assert_int_equal(trace_took_ns(&done[0]), 20);
}

static void under_way_at_the_end(void **state)
{
    (void)state;
    call(1, 0, "A", 100);
    call(2, 0, "A", 100);
    trace_assembly_free(assembly);
    assembly = NULL;
    assert_int_equal(done_count, 2);
    assert_int_equal(done[0].ended_ns, 0);
}

static void records_are_missing(void **state)
{
    (void)state;
    call(1, 0, "A", 100);
    trace_assembly_forget(assembly);
    up(1, 0, "A", 0, 120);
    assert_int_equal(done_count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(one_device),      CASE(two_devices),     CASE(skipped_location),         CASE(kept_and_completed_again),
        CASE(sent_down_twice), CASE(several_at_once), CASE(ends_without_a_beginning), CASE(more_devices_than_are_kept),
        CASE(abandoned),       CASE(fast_io),         CASE(under_way_at_the_end),     CASE(records_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
