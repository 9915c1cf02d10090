// The log ring: numbers without gaps, overwriting, lost counts, many writers, readers that sleep or see it
// from another process.
#include "dbg/dbg.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static struct rtl_ring *new_ring(size_t records)
{
    size_t bytes = (records + 1) * RTL_RING_SLOT_BYTES(sizeof(struct dbg_record));
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    struct rtl_ring *ring = dbg_ring_format(memory, bytes);
    assert_non_null(ring);
    return ring;
}

// A record whose text can be checked: the writer, a count, and a tail of a length that follows from the
// count.
static void say(struct rtl_ring *ring, unsigned writer, unsigned count)
{
    struct dbg_record record = {.component = writer, .level = count};
    unsigned tail = count * 7 % 490;
    int head = snprintf(record.text, 22, "%u %u ", writer, count);
    memset(record.text + head, 'a' + (int)(count % 26), tail);
    record.length = (uint32_t)head + tail;
    dbg_ring_write(ring, &record);
}

static void check(const struct dbg_record *record)
{
    char head[32];
    int length = snprintf(head, sizeof head, "%u %u ", record->component, record->level);
    assert_int_equal(record->length, (unsigned)length + record->level * 7 % 490);
    assert_memory_equal(record->text, head, (size_t)length);
    for (uint32_t i = (uint32_t)length; i < record->length; i++)
        assert_int_equal(record->text[i], 'a' + (int)(record->level % 26));
    assert_int_equal(record->text[record->length], 0);
}

static void in_order(void **state)
{
    (void)state;
    struct rtl_ring *ring = new_ring(64);
    struct dbg_record record;
    uint64_t lost, next = 0;
    assert_int_equal(dbg_ring_read(ring, 0, &record, &lost), 0);
    for (unsigned i = 1; i <= 1000; i++) {
        say(ring, 1, i);
        next = dbg_ring_read(ring, next, &record, &lost);
        assert_int_equal(next, i + 1);
        assert_int_equal(record.number, i);
        assert_int_equal(lost, 0);
        check(&record);
    }
    assert_int_equal(dbg_ring_read(ring, next, &record, &lost), 0);
    assert_int_equal(rtl_ring_last(ring), 1000);
    free(ring);
}

static void overwritten(void **state)
{
    (void)state;
    struct rtl_ring *ring = new_ring(64);
    struct dbg_record record;
    uint64_t lost;
    for (unsigned i = 1; i <= 100; i++)
        say(ring, 1, i);
    assert_int_equal(dbg_ring_read(ring, 1, &record, &lost), 38); // 37 .. 100 are there
    assert_int_equal(record.number, 37);
    assert_int_equal(lost, 36);
    assert_int_equal(dbg_ring_read(ring, 50, &record, &lost), 51);
    assert_int_equal(lost, 0);
    assert_int_equal(dbg_ring_read(ring, 101, &record, &lost), 0);
    free(ring);
}

static void sizes(void **state)
{
    (void)state;
    size_t bytes = 9 * RTL_RING_SLOT_BYTES(sizeof(struct dbg_record));
    char *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    assert_null(dbg_ring_format(NULL, bytes));
    assert_null(dbg_ring_format(memory, 100));
    assert_null(dbg_ring_open(memory, bytes)); // not a ring yet
    assert_non_null(dbg_ring_format(memory, bytes));
    assert_non_null(dbg_ring_open(memory, bytes));
    assert_null(dbg_ring_open(memory, bytes / 2)); // promises more than there is
    assert_null(dbg_ring_open(memory, 8));
    memory[0] ^= 1;
    assert_null(dbg_ring_open(memory, bytes));
    free(memory);

    struct rtl_ring *ring = dbg_ring_init(NULL, 0);
    assert_ptr_equal(dbg_ring_current(), ring);
    struct dbg_record record;
    uint64_t lost;
    for (unsigned i = 0; i < DBG_RING_RECORDS; i++)
        say(ring, 1, i);
    assert_int_equal(dbg_ring_read(ring, 1, &record, &lost), 2); // all of them fit
    dbg_ring_close();
    assert_null(dbg_ring_current());
}

struct crowd {
    struct rtl_ring *ring;
    unsigned writer;
    unsigned count;
    unsigned pause_every;
};

static void *write_many(void *argument)
{
    struct crowd *crowd = argument;
    for (unsigned i = 0; i < crowd->count; i++) {
        say(crowd->ring, crowd->writer, i);
        if (crowd->pause_every && i % crowd->pause_every == 0)
            sched_yield();
    }
    return NULL;
}

enum { WRITERS = 4, LINES = 20000 };

// Reads until every line was seen or counted as lost; each writer's lines come in the order it wrote them.
static uint64_t read_all(const struct rtl_ring *ring, uint64_t *lost_in_all)
{
    struct dbg_record record;
    uint64_t next = 1, lost, seen = 0;
    long latest[WRITERS];
    memset(latest, -1, sizeof latest);
    *lost_in_all = 0;
    while (next <= (uint64_t)WRITERS * LINES) {
        uint32_t bell = rtl_ring_bell(ring);
        uint64_t after = dbg_ring_read(ring, next, &record, &lost);
        if (!after) {
            uint64_t soon = hal_monotonic_ns() + 1000000;
            rtl_ring_wait(ring, bell, &soon);
            if (rtl_ring_last(ring) == (uint64_t)WRITERS * LINES && !dbg_ring_read(ring, next, &record, &lost))
                break; // the last ones were given up
            continue;
        }
        check(&record);
        assert_int_equal(record.number, next + lost);
        assert_true((long)record.level > latest[record.component]);
        latest[record.component] = record.level;
        *lost_in_all += lost;
        seen++;
        next = after;
    }
    return seen;
}

static void crowd_on(size_t records, uint64_t *seen, uint64_t *lost)
{
    struct rtl_ring *ring = new_ring(records);
    pthread_t threads[WRITERS];
    struct crowd crowds[WRITERS];
    for (unsigned i = 0; i < WRITERS; i++) {
        crowds[i] = (struct crowd){ring, i, LINES, 50};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &crowds[i]), 0);
    }
    *seen = read_all(ring, lost);
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(rtl_ring_last(ring), (uint64_t)WRITERS * LINES);
    free(ring);
}

static void many_writers(void **state)
{
    (void)state;
    uint64_t seen, lost;
    crowd_on((size_t)WRITERS * LINES * 2, &seen, &lost); // room for everything: nothing may be lost
    assert_int_equal(seen, WRITERS * LINES);
    assert_int_equal(lost, 0);
}

// Laps within a handful of slots: writers overtake each other, and what is read is still whole and accounted
// for.
static void tiny_ring(void **state)
{
    (void)state;
    for (size_t records = 1; records <= 16; records *= 4) {
        uint64_t seen, lost;
        crowd_on(records, &seen, &lost);
        assert_true(seen > 0 && seen + lost <= (uint64_t)WRITERS * LINES);
    }
}

struct pace {
    struct rtl_ring *ring;
    uint64_t lines;
    _Atomic uint64_t read;
};

// 100,000 lines a second, as evenly as sleeping in milliseconds allows; fewer where the reader cannot follow.
static void *write_steadily(void *argument)
{
    struct pace *pace = argument;
    uint64_t start = hal_monotonic_ns();
    for (uint64_t i = 0; i < pace->lines; i++) {
        while (i >= (hal_monotonic_ns() - start) / 10000 || i - pace->read >= DBG_RING_RECORDS / 2)
            usleep(1000);
        say(pace->ring, 1, (unsigned)i % 100);
    }
    return NULL;
}

// A reader that sleeps whenever there is nothing loses nothing and sees the last line.
static void keeps_up(void **state)
{
    (void)state;
    struct pace pace = {.ring = new_ring(DBG_RING_RECORDS), .lines = 100000};
    pthread_t thread;
    struct dbg_record record;
    uint64_t next = 1, lost = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_steadily, &pace), 0);
    while (next <= pace.lines && lost == 0) {
        uint32_t bell = rtl_ring_bell(pace.ring);
        uint64_t after = dbg_ring_read(pace.ring, next, &record, &lost);
        if (after)
            pace.read = (next = after) - 1;
        else
            rtl_ring_wait(pace.ring, bell, NULL);
    }
    pace.read = pace.lines;
    pthread_join(thread, NULL);
    assert_int_equal(lost, 0);
    assert_int_equal(next - 1, pace.lines);
    free(pace.ring);
}

// Another process, with the memory mapped read-only, is woken by the bell and reads what was said.
static void other_process(void **state)
{
    (void)state;
    size_t bytes = 65 * RTL_RING_SLOT_BYTES(sizeof(struct dbg_record));
    int fd = memfd_create("ring", 0);
    assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
    struct rtl_ring *ring = dbg_ring_format(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), bytes);
    pid_t child = fork();
    if (child == 0) {
        const struct rtl_ring *mine = dbg_ring_open(mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0), bytes);
        struct dbg_record record;
        uint64_t next = 1, after, lost, limit = hal_monotonic_ns() + 20000000000;
        while (mine && next <= 3 && hal_monotonic_ns() < limit) {
            uint32_t bell = rtl_ring_bell(mine);
            if ((after = dbg_ring_read(mine, next, &record, &lost)))
                next = after;
            else
                rtl_ring_wait(mine, bell, &limit);
        }
        _exit(next == 4 && record.length == 25 && strncmp(record.text, "9 3 dddd", 8) == 0 ? 0 : 1);
    }
    for (unsigned i = 1; i <= 3; i++) {
        usleep(20000);
        say(ring, 9, i);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    munmap(ring, bytes);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),      cmocka_unit_test(overwritten), cmocka_unit_test(sizes),
        cmocka_unit_test(many_writers),  cmocka_unit_test(tiny_ring),   cmocka_unit_test(keeps_up),
        cmocka_unit_test(other_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
