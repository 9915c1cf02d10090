// What the soak's processes share.
//
//     soak.c         the server's process, or the only one: boots, starts clients, kills some, counts at the
//     end soak_client.c  a client: threads that issue requests at random and account for each
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// In memory of all processes. Each request that was issued must end.
struct soak_shared {
    _Atomic uint64_t target;         // of `issued`: then nobody issues any more
    _Atomic bool stop;               // the same, at once
    _Atomic uint64_t issued, ended;  // requests
    _Atomic uint64_t pended;         // of them: had to wait
    _Atomic uint64_t cancelled;      // of them: ended with ERROR_OPERATION_ABORTED
    _Atomic uint64_t letters_posted; // by clients, not counting ticks
    _Atomic uint64_t letters_heard;
    _Atomic uint64_t numbers_heard; // the sum of the letters' numbers
    _Atomic uint32_t failures;
    // What the mailbox says when it has been emptied (soak_drain).
    uint64_t mailbox_posted, mailbox_delivered;
    uint32_t mailbox_readers, mailbox_letters;
};

// Issues requests from that many threads until the target is reached or stop is set. Returns when each has
// ended.
void soak_run(struct soak_shared *shared, unsigned threads, unsigned seed);
// Reads the letters that wait, then asks the mailbox for its numbers.
void soak_drain(struct soak_shared *shared);

__attribute__((format(printf, 2, 3))) void soak_fail(struct soak_shared *shared, const char *format, ...);
