// Waiting at a bell: spinning for as long as it is likely to pay, then a futex. See bell.h.
#include "bell.h"

enum { PAUSES = 16 }; // between two looks at the clock

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

// The value the bell had at the end.
static uint32_t spin(_Atomic uint32_t *bell, uint64_t until)
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
    uint64_t limit = bell_spin_ns, start = limit ? hal_monotonic_ns() : 0;
    if (limit && !waiter->patient) {
        if (atomic_fetch_add(&spinning, 1) < spinners_allowed())
            value = spin(bell, start + limit);
        atomic_fetch_sub(&spinning, 1);
    }
    if (!is_settled(value)) {
        value = sleep_at(bell);
        waiter->patient = limit && hal_monotonic_ns() - start > limit;
    }
    return take(bell, value);
}

void bell_kill(_Atomic uint32_t *bell)
{
    atomic_store(bell, BELL_DEAD);
    hal_futex_wake_shared(bell, 1);
}
