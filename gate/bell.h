// A bell: how one thread wakes another across processes, through one word of shared memory.
//
//                    ring                       wait takes it
//        IDLE ---------------------> RUNG ---------------------> IDLE
//          | nothing came while spinning  ^
//          v                              | ring: and a futex wake-up
//        SLEEPING ------------------------+
//
// DEAD is RUNG for good: the other side is gone. One thread waits at a bell at a time; anybody may ring it.
// The word lies where a hostile process can write, so every other value is possible and counts as
// BELL_BROKEN.
//
// There are two ways to wait: sleeping at once, or spinning for a while first. Which is faster depends on
// what the other side does, on how many processors there are and on who else wants them, and it changes. So
// each waiter measures: it uses the way that took clearly less time lately, and tries the other one now and
// then.
#pragma once

#include "hal/hal.h"

enum bell_value { BELL_IDLE, BELL_SLEEPING, BELL_RUNG, BELL_DEAD, BELL_BROKEN };

enum bell_way { BELL_SPIN_FIRST, BELL_SLEEP_AT_ONCE };

struct bell_waiter {      // all zero to begin with; times are processor cycles
    uint8_t way;          // enum bell_way
    bool trial;           // the way is on trial
    uint16_t waits;       // measured since the last decision
    uint32_t trial_pause; // between two trials, in units of TRIAL_PAUSE
    uint64_t spent;       // by these waits
    uint64_t cost[2];     // of one wait either way, when it was measured last
    uint64_t next_trial;
};

// BELL_SPIN_FIRST or BELL_SLEEP_AT_ONCE for all waiters; -1: each decides. For tests and measurements.
extern int bell_only_way;

// Until the bell is rung: BELL_RUNG (taken), BELL_DEAD or BELL_BROKEN (both stay).
enum bell_value bell_wait(_Atomic uint32_t *bell, struct bell_waiter *waiter);

static inline void bell_ring(_Atomic uint32_t *bell)
{
    if (atomic_exchange(bell, BELL_RUNG) == BELL_SLEEPING)
        hal_futex_wake_shared(bell, 1);
}

// Wakes the waiter whatever the word says; it gets BELL_DEAD unless somebody writes to the word again.
void bell_kill(_Atomic uint32_t *bell);
