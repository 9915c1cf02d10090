// A bell: how one thread wakes another across processes, through one word of shared memory.
//
//                    ring                       wait takes it
//        IDLE ---------------------> RUNG ---------------------> IDLE
//          | nothing came while spinning  ^
//          v                              | ring: and a futex wake-up
//        SLEEPING ------------------------+
//
// DEAD is RUNG for good: the other side is gone. One thread waits at a bell at a time; anybody may ring it. The
// word lies where a hostile process can write, so every other value is possible and counts as BELL_BROKEN.
//
// Waiting begins with spinning when that is likely to pay: there is more than one processor, not every processor
// spins already, and the wait before was no long one. Spinning is short, which is enough when the other side spins
// too; now and then it lasts as long as waking a sleeper takes, so that two sleepers become two spinners. A spinner
// that was taken off its processor meanwhile has rivals: it does not spin again for a while, because whoever burns its
// share of the time waits long for more.
#pragma once

#include "hal/hal.h"

enum bell_value { BELL_IDLE, BELL_SLEEPING, BELL_RUNG, BELL_DEAD, BELL_BROKEN };

enum {
    BELL_SPIN_NS = 2000,  // several round trips between two spinners
    BELL_PROBE_NS = 20000, // several times what waking a sleeper takes
};

struct bell_waiter {
    bool patient;       // the previous wait took longer than any spinning
    uint32_t slept;     // waits that came to sleeping
    uint32_t calm_ms;   // how long not to spin after the next rival was met; 0: the least
    uint64_t calm_until; // monotonic ns
};

// The short spinning time in ns; 0: never spin. For tests and measurements.
extern uint32_t bell_spin_ns;

// Until the bell is rung: BELL_RUNG (taken), BELL_DEAD or BELL_BROKEN (both stay).
enum bell_value bell_wait(_Atomic uint32_t *bell, struct bell_waiter *waiter);

static inline void bell_ring(_Atomic uint32_t *bell)
{
    if (atomic_exchange(bell, BELL_RUNG) == BELL_SLEEPING)
        hal_futex_wake_shared(bell, 1);
}

// Wakes the waiter whatever the word says; it gets BELL_DEAD unless somebody writes to the word again.
void bell_kill(_Atomic uint32_t *bell);
