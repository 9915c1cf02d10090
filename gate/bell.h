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
// Waiting begins with spinning when that is likely to pay: there is more than one processor, the previous wait
// here was short, and not every processor spins already.
#pragma once

#include "hal/hal.h"

enum bell_value { BELL_IDLE, BELL_SLEEPING, BELL_RUNG, BELL_DEAD, BELL_BROKEN };

enum { BELL_SPIN_NS = 10000 }; // about twice what sleeping and being woken costs

struct bell_waiter {
    bool patient; // the previous wait took longer than spinning is worth
};

// The spinning time in ns; 0: never spin. For measurements.
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
