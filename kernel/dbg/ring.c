// The log ring: the last DbgPrint records, in memory that other processes may read.
//
// Many writers, no lock. Record n lives in slot n % capacity; the slot's sequence says what is in it:
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
#include "dbg/dbg.h"

#include <string.h>

enum { RING_MAGIC = 0x4C6E4742, RING_VERSION = 1, WORDS = sizeof(struct dbg_record) / sizeof(uint64_t) };

struct slot {
    uint64_t sequence;
    uint64_t skipped; // the highest number that was given up for want of this slot
    uint64_t words[WORDS];
} __attribute__((aligned(64)));

struct dbg_ring {
    uint32_t magic;
    uint32_t version;
    uint32_t capacity; // a power of two
    uint32_t record_bytes;
    uint64_t start_ns;
    uint64_t last __attribute__((aligned(64))); // the newest number handed out
    _Atomic uint32_t bell __attribute__((aligned(64)));
    struct slot slots[] __attribute__((aligned(64)));
};

_Static_assert(sizeof(struct slot) == DBG_RING_SLOT_BYTES, "the size in dbg.h");
_Static_assert(sizeof(struct dbg_ring) <= DBG_RING_SLOT_BYTES, "DBG_RING_BYTES counts one slot for the head");
_Static_assert(sizeof(struct dbg_record) % sizeof(uint64_t) == 0, "copied by words");

static struct dbg_ring *current;
static bool current_is_ours;

static struct slot *slot_of(const struct dbg_ring *ring, uint64_t number)
{
    return (struct slot *)&ring->slots[number & (ring->capacity - 1)];
}

// The words of a record that carry something: up to the text's terminator.
static size_t words_of(uint32_t length)
{
    return (offsetof(struct dbg_record, text) + length + 1 + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

static void store_record(struct slot *slot, const struct dbg_record *record)
{
    size_t count = words_of(record->length);
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, (const char *)record + i * sizeof word, sizeof word);
        __atomic_store_n(&slot->words[i], word, __ATOMIC_RELEASE);
    }
}

static void load_words(const struct slot *slot, struct dbg_record *out, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint64_t word = __atomic_load_n(&slot->words[i], __ATOMIC_ACQUIRE);
        memcpy((char *)out + i * sizeof word, &word, sizeof word);
    }
}

// A copy of the slot's record if the slot held `sequence` all the time.
static bool load_record(const struct slot *slot, uint64_t sequence, struct dbg_record *out)
{
    size_t head = words_of(0);
    load_words(slot, out, 0, head);
    if (out->length <= DBG_TEXT_LIMIT)
        load_words(slot, out, head, words_of(out->length));
    return __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED) == sequence && out->length <= DBG_TEXT_LIMIT;
}

static void ring_bell(struct dbg_ring *ring)
{
    atomic_fetch_add_explicit(&ring->bell, 1, memory_order_release);
    hal_futex_wake_shared(&ring->bell, INT32_MAX);
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

uint64_t dbg_ring_write(struct dbg_ring *ring, struct dbg_record *record)
{
    uint64_t number = __atomic_add_fetch(&ring->last, 1, __ATOMIC_RELAXED);
    struct slot *slot = slot_of(ring, number);
    record->number = number;
    record->time_ns = hal_monotonic_ns() - ring->start_ns;
    if (claim(slot, number)) {
        store_record(slot, record);
        __atomic_store_n(&slot->sequence, 2 * number + 2, __ATOMIC_RELEASE);
    } else {
        give_up(slot, number);
    }
    ring_bell(ring);
    return number;
}

uint64_t dbg_ring_read(const struct dbg_ring *ring, uint64_t next, struct dbg_record *out, uint64_t *lost)
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
        if (sequence == 2 * number + 2 && load_record(slot, sequence, out)) {
            *lost = number - wanted;
            return number + 1;
        }
    }
}

uint64_t dbg_ring_last(const struct dbg_ring *ring)
{
    return __atomic_load_n(&ring->last, __ATOMIC_ACQUIRE);
}

uint32_t dbg_ring_bell(const struct dbg_ring *ring)
{
    return atomic_load_explicit((_Atomic uint32_t *)&ring->bell, memory_order_acquire);
}

void dbg_ring_wait(const struct dbg_ring *ring, uint32_t bell, const uint64_t *deadline_ns)
{
    hal_futex_wait_shared((_Atomic uint32_t *)&ring->bell, bell, deadline_ns);
}

struct dbg_ring *dbg_ring_format(void *memory, size_t bytes)
{
    struct dbg_ring *ring = memory;
    if (!memory || bytes < sizeof *ring + sizeof(struct slot))
        return NULL;
    uint32_t capacity = 1;
    while (capacity < 1u << 30 && sizeof *ring + 2 * (size_t)capacity * sizeof(struct slot) <= bytes)
        capacity *= 2;
    ring->version = RING_VERSION;
    ring->capacity = capacity;
    ring->record_bytes = sizeof(struct dbg_record);
    ring->start_ns = hal_monotonic_ns();
    __atomic_store_n(&ring->magic, RING_MAGIC, __ATOMIC_RELEASE);
    return ring;
}

const struct dbg_ring *dbg_ring_open(const void *memory, size_t bytes)
{
    const struct dbg_ring *ring = memory;
    if (bytes < sizeof *ring || __atomic_load_n(&ring->magic, __ATOMIC_ACQUIRE) != RING_MAGIC ||
        ring->version != RING_VERSION || ring->record_bytes != sizeof(struct dbg_record))
        return NULL;
    bool power = ring->capacity && !(ring->capacity & (ring->capacity - 1));
    return power && sizeof *ring + (size_t)ring->capacity * sizeof(struct slot) <= bytes ? ring : NULL;
}

struct dbg_ring *dbg_ring_init(void *memory, size_t bytes)
{
    bool ours = !memory;
    if (ours) {
        bytes = DBG_RING_BYTES;
        memory = hal_map(0, bytes, HAL_READ | HAL_WRITE);
    }
    struct dbg_ring *ring = dbg_ring_format(memory, bytes);
    if (!ring)
        return NULL;
    dbg_ring_close();
    current_is_ours = ours;
    __atomic_store_n(&current, ring, __ATOMIC_RELEASE);
    return ring;
}

void dbg_ring_close(void)
{
    struct dbg_ring *ring = __atomic_exchange_n(&current, NULL, __ATOMIC_ACQ_REL);
    if (ring && current_is_ours)
        hal_unmap(ring, DBG_RING_BYTES);
}

struct dbg_ring *dbg_ring_current(void)
{
    return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}
