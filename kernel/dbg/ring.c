// The log ring: the last DbgPrint records, in memory that other processes may read.
#include "dbg/dbg.h"

enum { RING_KIND = 0x676F6C }; // "log"

_Static_assert(sizeof(struct dbg_record) % sizeof(uint64_t) == 0, "copied by words");

static struct rtl_ring *current;
static bool current_is_ours;

uint64_t dbg_ring_write(struct rtl_ring *ring, struct dbg_record *record)
{
    uint64_t number = rtl_ring_write(ring, &record->head, offsetof(struct dbg_record, text) + record->length + 1);
    rtl_ring_ring(ring);
    return number;
}

uint64_t dbg_ring_read(const struct rtl_ring *ring, uint64_t next, struct dbg_record *record, uint64_t *lost)
{
    uint64_t after = rtl_ring_read(ring, next, record, lost);
    if (after && record->length > DBG_TEXT_LIMIT)
        record->length = DBG_TEXT_LIMIT; // no writer of ours
    return after;
}

struct rtl_ring *dbg_ring_format(void *memory, size_t bytes)
{
    return rtl_ring_format(memory, bytes, RING_KIND, sizeof(struct dbg_record), hal_monotonic_ns());
}

const struct rtl_ring *dbg_ring_open(const void *memory, size_t bytes)
{
    return rtl_ring_open(memory, bytes, RING_KIND, sizeof(struct dbg_record));
}

struct rtl_ring *dbg_ring_init(void *memory, size_t bytes)
{
    bool ours = !memory;
    if (ours) {
        bytes = DBG_RING_BYTES;
        memory = hal_map(0, bytes, HAL_READ | HAL_WRITE);
    }
    struct rtl_ring *ring = dbg_ring_format(memory, bytes);
    if (!ring)
        return NULL;
    dbg_ring_close();
    current_is_ours = ours;
    __atomic_store_n(&current, ring, __ATOMIC_RELEASE);
    return ring;
}

void dbg_ring_close(void)
{
    struct rtl_ring *ring = __atomic_exchange_n(&current, NULL, __ATOMIC_ACQ_REL);
    if (ring && current_is_ours)
        hal_unmap(ring, DBG_RING_BYTES);
}

struct rtl_ring *dbg_ring_current(void)
{
    return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}
