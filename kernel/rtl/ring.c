// Rings of records: see ring.h.
//
// Record n lives in slot n % capacity; the slot's sequence says what is in it:
//
//                 claim by n                    done
//     2m+2  ----------------------->  2n+1  ----------->  2n+2        (m < n: what was there before)
//     record m is whole               n is being written   record n is whole
//
// A writer that finds the slot claimed (another writer was overtaken by a whole lap) or already ahead of it
// gives its record up and says so in `skipped`. A reader copies a record and looks at the sequence again: if
// it moved, the copy is worthless and the record is lost to this reader.
//
// All data is read and written as atomic words, with acquire and release on each, so neither side needs a
// fence: a reader that saw one word of a newer record also sees the newer sequence.
#include "rtl/ring.h"

#include <string.h>

enum { RING_MAGIC = 0x4C6E4742, RING_VERSION = 2 };

struct slot {
    uint64_t sequence;
    uint64_t skipped; // the highest number that was given up for want of this slot
    uint64_t bytes;   // of the record
    uint64_t words[];
};

struct rtl_ring {
    uint32_t magic;
    uint32_t version;
    uint32_t kind;
    uint32_t capacity; // a power of two
    uint32_t record_bytes;
    uint32_t slot_bytes;
    uint64_t start_ns;
    uint64_t last __attribute__((aligned(64))); // the newest number handed out
    _Atomic uint32_t bell __attribute__((aligned(64)));
    char slots[] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct slot) == RTL_RING_SLOT_HEAD, "the size in ring.h");
_Static_assert(sizeof(struct rtl_ring) <= RTL_RING_BYTES(0, 0), "RTL_RING_BYTES counts the head");

static struct slot *slot_of(const struct rtl_ring *ring, uint64_t number)
{
    return (struct slot *)((char *)ring->slots + (number & (ring->capacity - 1)) * ring->slot_bytes);
}

static size_t words_of(size_t bytes)
{
    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

static void store_record(struct slot *slot, const void *record, size_t bytes)
{
    size_t count = words_of(bytes);
    __atomic_store_n(&slot->bytes, bytes, __ATOMIC_RELEASE);
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, (const char *)record + i * sizeof word, sizeof word);
        __atomic_store_n(&slot->words[i], word, __ATOMIC_RELEASE);
    }
}

// A copy of the slot's record if the slot held `sequence` all the time.
static bool load_record(const struct slot *slot, uint64_t sequence, size_t limit, void *out)
{
    uint64_t bytes = __atomic_load_n(&slot->bytes, __ATOMIC_ACQUIRE);
    size_t count = words_of(bytes <= limit ? bytes : 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t word = __atomic_load_n(&slot->words[i], __ATOMIC_ACQUIRE);
        memcpy((char *)out + i * sizeof word, &word, sizeof word);
    }
    return __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) == sequence && bytes <= limit;
}

static void give_up(struct slot *slot, uint64_t number)
{
    uint64_t seen = __atomic_load_n(&slot->skipped, __ATOMIC_RELAXED);
    while (seen < number &&
           !__atomic_compare_exchange_n(&slot->skipped, &seen, number, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static bool claim(struct slot *slot, uint64_t number)
{
    uint64_t seen = __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED);
    do {
        if (seen & 1 || seen > 2 * number)
            return false;
    } while (!__atomic_compare_exchange_n(&slot->sequence, &seen, 2 * number + 1, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    return true;
}

uint64_t rtl_ring_write(struct rtl_ring *ring, struct rtl_ring_head *record, size_t bytes)
{
    uint64_t number = __atomic_add_fetch(&ring->last, 1, __ATOMIC_RELAXED);
    struct slot *slot = slot_of(ring, number);
    record->number = number;
    record->time_ns = hal_monotonic_ns() - ring->start_ns;
    if (claim(slot, number)) {
        store_record(slot, record, bytes);
        __atomic_store_n(&slot->sequence, 2 * number + 2, __ATOMIC_RELEASE);
    } else {
        give_up(slot, number);
    }
    return number;
}

uint64_t rtl_ring_read(const struct rtl_ring *ring, uint64_t next, void *record, uint64_t *lost)
{
    uint64_t wanted = next ? next : 1;
    *lost = 0;
    for (uint64_t number = wanted;; number++) {
        uint64_t last = __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
        if (number > last)
            return 0;
        if (last - number >= ring->capacity)
            number = last - ring->capacity + 1;
        const struct slot *slot = slot_of(ring, number);
        uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
        if (sequence < 2 * number + 2 && __atomic_load_n(&slot->skipped, __ATOMIC_ACQUIRE) < number)
            return 0; // still being written
        if (sequence == 2 * number + 2 && load_record(slot, sequence, ring->record_bytes, record)) {
            *lost = number - wanted;
            return number + 1;
        }
    }
}

uint64_t rtl_ring_last(const struct rtl_ring *ring)
{
    return __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
}

uint64_t rtl_ring_start_ns(const struct rtl_ring *ring)
{
    return ring->start_ns;
}

void rtl_ring_ring(struct rtl_ring *ring)
{
    atomic_fetch_add_explicit(&ring->bell, 1, memory_order_release);
    hal_futex_wake_shared(&ring->bell, INT32_MAX);
}

uint32_t rtl_ring_bell(const struct rtl_ring *ring)
{
    return atomic_load_explicit((_Atomic uint32_t *)&ring->bell, memory_order_acquire);
}

void rtl_ring_wait(const struct rtl_ring *ring, uint32_t bell, const uint64_t *deadline_ns)
{
    hal_futex_wait_shared((_Atomic uint32_t *)&ring->bell, bell, deadline_ns);
}

struct rtl_ring *rtl_ring_format(void *memory, size_t bytes, uint32_t kind, uint32_t record_bytes, uint64_t start_ns)
{
    struct rtl_ring *ring = memory;
    size_t slot_bytes = RTL_RING_SLOT_BYTES(record_bytes);
    if (!memory || bytes < sizeof *ring + slot_bytes)
        return NULL;
    uint32_t capacity = 1;
    while (capacity < 1u << 30 && sizeof *ring + 2 * (size_t)capacity * slot_bytes <= bytes)
        capacity *= 2;
    ring->version = RING_VERSION;
    ring->kind = kind;
    ring->capacity = capacity;
    ring->record_bytes = record_bytes;
    ring->slot_bytes = (uint32_t)slot_bytes;
    ring->start_ns = start_ns;
    __atomic_store_n(&ring->magic, RING_MAGIC, __ATOMIC_RELEASE);
    return ring;
}

const struct rtl_ring *rtl_ring_open(const void *memory, size_t bytes, uint32_t kind, uint32_t record_bytes)
{
    const struct rtl_ring *ring = memory;
    if (bytes < sizeof *ring || __atomic_load_n(&ring->magic, __ATOMIC_ACQUIRE) != RING_MAGIC ||
        ring->version != RING_VERSION || ring->kind != kind || ring->record_bytes != record_bytes ||
        ring->slot_bytes != RTL_RING_SLOT_BYTES(record_bytes))
        return NULL;
    bool power = ring->capacity && !(ring->capacity & (ring->capacity - 1));
    return power && sizeof *ring + (size_t)ring->capacity * ring->slot_bytes <= bytes ? ring : NULL;
}
