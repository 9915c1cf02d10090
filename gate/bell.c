// Waiting at a bell, and choosing how. See bell.h.
#include "bell.h"

// Cycles are those of the time stamp counter, some thousands a microsecond; nothing depends on how many
// exactly.
enum {
    SPIN_LIMIT = 50000,    // about 20 us: longer than it takes to wake a sleeper
    LONGEST_SPIN = 400000, // for waits that usually end by then, as large copies do
    LONG = 600000,         // a wait that is longer counts as this: it has nothing to do with how one waits
    CHEAP = 6000,          // spinning that takes less needs no comparison
    SAMPLE = 32,           // waits between two decisions
    TRIAL_PAUSE = 1 << 24, // some milliseconds
    LONGEST_PAUSE = 64,
};

int bell_only_way = -1;

static _Atomic unsigned spinning;

static bool is_settled(uint32_t value)
{
    return value != BELL_IDLE && value != BELL_SLEEPING;
}

// ---- the choice ---------------------------------------------------------------------------------------------------

static void start_trial(struct bell_waiter *waiter)
{
    waiter->trial = true;
    waiter->way = !waiter->way;
}

// Spinning has to be clearly better: it costs a processor.
static void end_trial(struct bell_waiter *waiter, uint64_t now)
{
    enum bell_way before = !waiter->way;
    bool spin = 4 * waiter->cost[BELL_SPIN_FIRST] < 3 * waiter->cost[BELL_SLEEP_AT_ONCE];
    waiter->trial = false;
    waiter->way = spin ? BELL_SPIN_FIRST : BELL_SLEEP_AT_ONCE;
    if (waiter->way != before || !waiter->trial_pause)
        waiter->trial_pause = 1;
    else if (waiter->trial_pause < LONGEST_PAUSE)
        waiter->trial_pause *= 2;
    waiter->next_trial = now + (uint64_t)waiter->trial_pause * TRIAL_PAUSE;
}

static void learn(struct bell_waiter *waiter, uint64_t start)
{
    uint64_t now = __builtin_ia32_rdtsc(), took = now - start;
    waiter->spent += took < LONG ? took : LONG;
    if (++waiter->waits < SAMPLE)
        return;
    waiter->cost[waiter->way] = waiter->spent / SAMPLE;
    waiter->waits = 0;
    waiter->spent = 0;
    if (waiter->trial)
        end_trial(waiter, now);
    else if (now >= waiter->next_trial && (waiter->way != BELL_SPIN_FIRST || waiter->cost[BELL_SPIN_FIRST] > CHEAP))
        start_trial(waiter);
}

// ---- waiting ------------------------------------------------------------------------------------------------------

static unsigned spinners_allowed(void)
{
    static _Atomic unsigned processors; // 0: not known yet
    unsigned known = atomic_load_explicit(&processors, memory_order_relaxed);
    if (!known) {
        known = hal_processor_count();
        atomic_store_explicit(&processors, known, memory_order_relaxed);
    }
    return known - 1;
}

// Long enough for what usually happens in the better way, when that is worth it.
static uint64_t spin_limit(const struct bell_waiter *waiter)
{
    uint64_t spun = waiter->cost[BELL_SPIN_FIRST], slept = waiter->cost[BELL_SLEEP_AT_ONCE];
    uint64_t usual = slept && slept < spun ? slept : spun;
    return usual > SPIN_LIMIT / 2 && usual < LONGEST_SPIN ? LONGEST_SPIN : SPIN_LIMIT;
}

// The value the bell had at the end.
static uint32_t spin(_Atomic uint32_t *bell, uint64_t start, uint64_t limit)
{
    uint32_t value = BELL_IDLE;
    if (atomic_fetch_add_explicit(&spinning, 1, memory_order_relaxed) < spinners_allowed()) {
        do {
            hal_pause();
            value = atomic_load_explicit(bell, memory_order_acquire);
        } while (!is_settled(value) && __builtin_ia32_rdtsc() - start < limit);
    }
    atomic_fetch_sub_explicit(&spinning, 1, memory_order_relaxed);
    return value;
}

static uint32_t sleep_at(_Atomic uint32_t *bell)
{
    for (;;) {
        uint32_t value = BELL_IDLE;
        if (!atomic_compare_exchange_strong(bell, &value, BELL_SLEEPING) && is_settled(value))
            return value;
        hal_futex_wait_shared(bell, BELL_SLEEPING, NULL);
        value = atomic_load(bell);
        if (is_settled(value))
            return value;
    }
}

static enum bell_value take(_Atomic uint32_t *bell, uint32_t value)
{
    // DEAD may come in between; it must not be lost.
    if (value == BELL_RUNG && atomic_compare_exchange_strong(bell, &value, BELL_IDLE))
        return BELL_RUNG;
    return value == BELL_DEAD ? BELL_DEAD : BELL_BROKEN;
}

enum bell_value bell_wait(_Atomic uint32_t *bell, struct bell_waiter *waiter)
{
    uint32_t value = atomic_load_explicit(bell, memory_order_acquire);
    uint64_t start = __builtin_ia32_rdtsc();
    int way = bell_only_way >= 0 ? bell_only_way : waiter->way;
    if (!is_settled(value) && way == BELL_SPIN_FIRST)
        value = spin(bell, start, spin_limit(waiter));
    if (!is_settled(value))
        value = sleep_at(bell);
    learn(waiter, start);
    return take(bell, value);
}

void bell_kill(_Atomic uint32_t *bell)
{
    atomic_store(bell, BELL_DEAD);
    hal_futex_wake_shared(bell, 1);
}
