// A ring of records in memory that other processes may map, read-only: the last so many of them, numbered from 1 without
// gaps. Many writers, who take no lock and never wait; any number of readers, who cost the writers nothing. A reader that is
// too slow loses the oldest records and is told how many.
#pragma once

#include "hal/hal.h"

// What every record begins with; the ring fills it in.
struct rtl_ring_head {
    uint64_t number;
    uint64_t time_ns; // since the start that the ring was given, monotonic
};

struct rtl_ring;

enum { RTL_RING_SLOT_HEAD = 24 };
// Bytes of memory for a ring of that many records (a power of two) of at most record_bytes (a multiple of 8).
#define RTL_RING_SLOT_BYTES(record_bytes)     (((size_t)(record_bytes) + RTL_RING_SLOT_HEAD + 63) & ~(size_t)63)
#define RTL_RING_BYTES(records, record_bytes) (((size_t)(records)*RTL_RING_SLOT_BYTES(record_bytes)) + 256)

// Make an empty ring in zeroed memory (64-byte aligned); as many records as fit, a power of two. NULL when not even one
// fits. `kind` tells the rings of different records apart; times count from start_ns (hal_monotonic_ns).
struct rtl_ring *rtl_ring_format(void *memory, size_t bytes, uint32_t kind, uint32_t record_bytes, uint64_t start_ns);
// Does this memory hold a ring of that kind which this version can read? For a reader that mapped it; NULL: no.
const struct rtl_ring *rtl_ring_open(const void *memory, size_t bytes, uint32_t kind, uint32_t record_bytes);

// Append the first `bytes` of a record and give it its number. Any thread, any IRQL.
uint64_t rtl_ring_write(struct rtl_ring *ring, struct rtl_ring_head *record, size_t bytes);
// Copy out the first record whose number is at least `next` (0 and 1: the oldest); what the writer did not write of it is
// left as it was. Returns the number to ask for next, and in *lost how many from `next` on had already been
// overwritten. 0 when there is none yet.
uint64_t rtl_ring_read(const struct rtl_ring *ring, uint64_t next, void *record, uint64_t *lost);
// Number of the newest record; 0: none. A reader that wants only what comes now begins one further.
uint64_t rtl_ring_last(const struct rtl_ring *ring);
// Where the ring's times begin, in hal_monotonic_ns.
uint64_t rtl_ring_start_ns(const struct rtl_ring *ring);

// How to sleep until there is more, where the writers ring: take the bell, read until 0, then wait for the bell to
// change (or the monotonic deadline, or spuriously).
void rtl_ring_ring(struct rtl_ring *ring);
uint32_t rtl_ring_bell(const struct rtl_ring *ring);
void rtl_ring_wait(const struct rtl_ring *ring, uint32_t bell, const uint64_t *deadline_ns);
