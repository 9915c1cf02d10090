// Futexes and the internal short lock built on them.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SPINS = 100 };

static void futex_wait(_Atomic uint32_t *word, uint32_t expected, const uint64_t *deadline_ns, int flags)
{
    struct timespec until;
    if (deadline_ns) {
        until.tv_sec = (time_t)(*deadline_ns / 1000000000u);
        until.tv_nsec = (long)(*deadline_ns % 1000000000u);
    }
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | flags, expected, deadline_ns ? &until : NULL, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

void hal_futex_wait(_Atomic uint32_t *word, uint32_t expected, const uint64_t *deadline_ns)
{
    futex_wait(word, expected, deadline_ns, FUTEX_PRIVATE_FLAG);
}

void hal_futex_wait_shared(_Atomic uint32_t *word, uint32_t expected, const uint64_t *deadline_ns)
{
    futex_wait(word, expected, deadline_ns, 0);
}

void hal_futex_wake(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}

void hal_futex_wake_shared(_Atomic uint32_t *word, int count)
{
    syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void hal_mutex_lock_slow(struct hal_mutex *mutex)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&mutex->word, memory_order_relaxed) == 0 && hal_mutex_take(mutex))
            return;
        hal_pause();
    }
    while (atomic_exchange_explicit(&mutex->word, 2, memory_order_acquire) != 0)
        hal_futex_wait(&mutex->word, 2, NULL);
}

__thread struct hal_held hal_held __attribute__((tls_model("initial-exec")));

static void release(struct hal_mutex *mutex)
{
    if (atomic_exchange_explicit(&mutex->word, 0, memory_order_release) == 2)
        hal_futex_wake(&mutex->word, 1);
}

// Either it was not the last one locked, or somebody sleeps (then its word is 0 already).
void hal_mutex_unlock_slow(struct hal_mutex *mutex)
{
    uint32_t count = hal_held.count; // one less already
    if (hal_held.mutexes[count % HAL_HELD] == mutex) {
        hal_futex_wake(&mutex->word, 1);
        return;
    }
    uint32_t place = count; // of the mutex, among the last HAL_HELD
    while (place && count - place < HAL_HELD - 1 && hal_held.mutexes[place % HAL_HELD] != mutex)
        place--;
    if (hal_held.mutexes[place % HAL_HELD] != mutex)
        hal_held.count++;          // another thread locked it
    for (; place < count; place++) // the younger ones move down
        hal_held.mutexes[place % HAL_HELD] = hal_held.mutexes[(place + 1) % HAL_HELD];
    release(mutex);
}

void hal_mutex_abandon(uint32_t count)
{
    while (hal_held.count > count)
        release(hal_held.mutexes[--hal_held.count % HAL_HELD]);
}

void hal_spin_lock_slow(struct hal_spin *spin)
{
    do {
        for (int i = 0; i < SPINS && atomic_load_explicit(&spin->word, memory_order_relaxed); i++)
            hal_pause();
        if (atomic_load_explicit(&spin->word, memory_order_relaxed))
            hal_yield();
    } while (atomic_exchange_explicit(&spin->word, 1, memory_order_acquire));
}
