// What soak-kill and its clients share, in memory of all of them.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SOAK_KILL_PROCESSES = 64, SOAK_KILL_THREADS = 16 };

struct soak_kill {
    _Atomic uint32_t failures;
    _Atomic uint64_t bytes;                                         // compared
    _Atomic uint64_t moves[SOAK_KILL_PROCESSES][SOAK_KILL_THREADS]; // round trips of the clients in that place
};

// Works until it is killed.
int soak_kill_client(struct soak_kill *shared, unsigned place, unsigned threads, unsigned seed);
