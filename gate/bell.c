// Waiting at a bell: spinning for as long as it is likely to pay, then a futex. See bell.h.
#include "bell.h"

enum {
    PAUSES = 16,          // between two looks at the clock
    INTERRUPTED = 200000, // cycles that no spinning takes: the spinner was off its processor
    PROBE_EVERY = 16,     // waits that came to sleeping
    CALM_LEAST = 8,       // ms without spinning after meeting a rival
    CALM_MOST = 512,
};

uint32_t bell_spin_ns = BELL_SPIN_NS;

static _Atomic unsigned spinning;

static bool is_settled(uint32_t value)
{
    return value != BELL_IDLE && value != BELL_SLEEPING;
}

static unsigned spinners_allowed(void)
{
    static _Atomic unsigned allowed; // plus 1; 0: not known yet
    unsigned known = atomic_load_explicit(&allowed, memory_order_relaxed);
    if (!known) {
        known = hal_processor_count();
        atomic_store_explicit(&allowed, known, memory_order_relaxed);
    }
    return known - 1;
}

// Rivals met again soon after the last time are there to stay.
static void met_rival(struct bell_waiter *waiter, uint64_t now)
{
    bool again = waiter->calm_ms && now < waiter->calm_until + waiter->calm_ms * 1000000ull;
    waiter->calm_ms = !again ? CALM_LEAST : waiter->calm_ms < CALM_MOST ? 2 * waiter->calm_ms : CALM_MOST;
    waiter->calm_until = now + waiter->calm_ms * 1000000ull;
}

// The value the bell had at the end.
static uint32_t spin_until(_Atomic uint32_t *bell, uint64_t until)
{
    uint32_t value = BELL_IDLE;
    do {
        for (int i = 0; i < PAUSES && !is_settled(value); i++) {
            hal_pause();
            value = atomic_load_explicit(bell, memory_order_acquire);
        }
    } while (!is_settled(value) && hal_monotonic_ns() < until);
    return value;
}

static uint32_t spin(_Atomic uint32_t *bell, struct bell_waiter *waiter, uint64_t now, uint64_t limit)
{
    uint32_t value = BELL_IDLE;
    if (atomic_fetch_add(&spinning, 1) < spinners_allowed()) {
        uint64_t cycles = __builtin_ia32_rdtsc();
        value = spin_until(bell, now + limit);
        if (hal_unlikely(__builtin_ia32_rdtsc() - cycles > INTERRUPTED))
            met_rival(waiter, hal_monotonic_ns());
    }
    atomic_fetch_sub(&spinning, 1);
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
    if (value == BELL_DEAD)
        return BELL_DEAD;
    // DEAD may have come in between; it must not be lost.
    if (value != BELL_RUNG || !atomic_compare_exchange_strong(bell, &value, BELL_IDLE))
        return value == BELL_DEAD ? BELL_DEAD : BELL_BROKEN;
    return BELL_RUNG;
}

enum bell_value bell_wait(_Atomic uint32_t *bell, struct bell_waiter *waiter)
{
    uint32_t value = atomic_load_explicit(bell, memory_order_acquire);
    if (is_settled(value))
        return take(bell, value);
    if (bell_spin_ns == 0)
        return take(bell, sleep_at(bell));
    uint64_t start = hal_monotonic_ns();
    uint64_t limit = waiter->slept % PROBE_EVERY ? bell_spin_ns : BELL_PROBE_NS;
    if (!waiter->patient && start >= waiter->calm_until)
        value = spin(bell, waiter, start, limit);
    if (!is_settled(value)) {
        value = sleep_at(bell);
        waiter->slept++;
        waiter->patient = hal_monotonic_ns() - start > BELL_PROBE_NS;
    }
    return take(bell, value);
}

void bell_kill(_Atomic uint32_t *bell)
{
    atomic_store(bell, BELL_DEAD);
    hal_futex_wake_shared(bell, 1);
}
