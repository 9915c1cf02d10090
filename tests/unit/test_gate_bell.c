// Bells and the channel: two threads in turn, spinning, sleeping and both; what nonsense in the word does.
// Meant for ThreadSanitizer too.
#include "bell.h"
#include "wire.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 20000 };

struct pair {
    struct wire_channel channel;
    uint64_t sum;
};

// Twice what it is told, until it is told 0.
static void *twin(void *argument)
{
    struct pair *pair = argument;
    struct bell_waiter waiter = {0};
    while (bell_wait(&pair->channel.request, &waiter) == BELL_RUNG) {
        uint64_t word = pair->channel.words[0];
        pair->channel.status = (int32_t)(2 * word);
        bell_ring(&pair->channel.reply);
        if (word == 0)
            break;
    }
    return NULL;
}

static void talk(struct pair *pair, int rounds)
{
    struct bell_waiter waiter = {0};
    for (int i = rounds; i >= 0; i--) {
        pair->channel.words[0] = (uint64_t)i;
        bell_ring(&pair->channel.request);
        assert_int_equal(bell_wait(&pair->channel.reply, &waiter), BELL_RUNG);
        assert_int_equal(pair->channel.status, 2 * i);
    }
}

static void run_pair(int rounds)
{
    static struct pair pair;
    pthread_t thread;
    pair = (struct pair){0};
    assert_int_equal(pthread_create(&thread, NULL, twin, &pair), 0);
    talk(&pair, rounds);
    pthread_join(thread, NULL);
}

static void test_spinning(void **state)
{
    (void)state;
    bell_only_way = BELL_SPIN_FIRST;
    run_pair(ROUNDS);
    bell_only_way = -1;
}

static void test_sleeping(void **state)
{
    (void)state;
    bell_only_way = BELL_SLEEP_AT_ONCE;
    run_pair(ROUNDS / 4);
    bell_only_way = -1;
}

static void test_deciding(void **state)
{
    (void)state;
    run_pair(ROUNDS);
}

static void *talker(void *argument)
{
    (void)argument;
    struct pair *pair = argument;
    talk(pair, ROUNDS / 8);
    return NULL;
}

static void test_eight_pairs(void **state)
{
    enum { PAIRS = 8 };
    static struct pair pairs[PAIRS];
    pthread_t threads[2 * PAIRS];
    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = (struct pair){0};
        assert_int_equal(pthread_create(&threads[2 * i], NULL, twin, &pairs[i]), 0);
        assert_int_equal(pthread_create(&threads[2 * i + 1], NULL, talker, &pairs[i]), 0);
    }
    for (int i = 0; i < 2 * PAIRS; i++)
        pthread_join(threads[i], NULL);
}

static void *wait_once(void *bell)
{
    struct bell_waiter waiter = {0};
    return (void *)(uintptr_t)bell_wait(bell, &waiter);
}

static void ring_it(_Atomic uint32_t *bell)
{
    bell_ring(bell);
}

static enum bell_value waiter_gets(void (*act)(_Atomic uint32_t *bell), bool asleep)
{
    static _Atomic uint32_t bell;
    pthread_t thread;
    void *value;
    atomic_store(&bell, BELL_IDLE);
    assert_int_equal(pthread_create(&thread, NULL, wait_once, &bell), 0);
    while (asleep && atomic_load(&bell) != BELL_SLEEPING)
        usleep(100);
    act(&bell);
    pthread_join(thread, &value);
    return (enum bell_value)(uintptr_t)value;
}

static void write_nonsense(_Atomic uint32_t *bell)
{
    atomic_store(bell, 0xdeadbeef);
    hal_futex_wake_shared(bell, 1);
}

static void test_dead_and_broken(void **state)
{
    (void)state;
    assert_int_equal(waiter_gets(bell_kill, true), BELL_DEAD);
    assert_int_equal(waiter_gets(bell_kill, false), BELL_DEAD);
    assert_int_equal(waiter_gets(ring_it, true), BELL_RUNG);
    assert_int_equal(waiter_gets(write_nonsense, true), BELL_BROKEN);
    assert_int_equal(waiter_gets(write_nonsense, false), BELL_BROKEN);
}

static void test_dead_stays(void **state)
{
    _Atomic uint32_t bell = BELL_DEAD;
    struct bell_waiter waiter = {0};
    (void)state;
    assert_int_equal(bell_wait(&bell, &waiter), BELL_DEAD);
    assert_int_equal(bell_wait(&bell, &waiter), BELL_DEAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spinning),    cmocka_unit_test(test_sleeping),        cmocka_unit_test(test_deciding),
        cmocka_unit_test(test_eight_pairs), cmocka_unit_test(test_dead_and_broken), cmocka_unit_test(test_dead_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
