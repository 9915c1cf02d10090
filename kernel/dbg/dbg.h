// Debug output for the other rooms: the records, the ring that keeps them, and who listens.
#pragma once

#include <stdarg.h>

#include <nt/dbg.h>

#include "hal/hal.h"
#include "rtl/ring.h"

// What the kernel itself says carries this component.
#define DBG_COMPONENT_NTHOST 0xFFFFFFFEu

enum {
    DBG_TEXT_LIMIT = 512,     // bytes that one DbgPrint transmits (semantics 54)
    DBG_RING_RECORDS = 16384, // the capacity of a ring of DBG_RING_BYTES
};

// One DbgPrint call. Plain data of a fixed layout: other processes read it too.
struct dbg_record {
    union {
        struct rtl_ring_head head;
        struct {
            uint64_t number;  // from 1, without gaps
            uint64_t time_ns; // since the ring was made (nthost's boot), monotonic
        };
    };
    uint64_t wall_100ns; // wall clock, 100 ns units since 1601 UTC
    uint32_t component;  // DPFLTR_..._ID or DBG_COMPONENT_NTHOST
    uint32_t level;      // DPFLTR_..._LEVEL or a mask
    uint32_t process_id; // NT ids of the caller; 0 when it has none
    uint32_t thread_id;
    uint32_t length;               // bytes of text
    uint32_t truncated;            // 1 when the message was longer than DBG_TEXT_LIMIT
    char process[16];              // its name, cut; terminated
    char driver[32];               // the image that called, "nthost" for the kernel, empty when unknown; terminated
    char text[DBG_TEXT_LIMIT + 8]; // UTF-8 as given, a final newline included; terminated
};

// ---- saying something ------------------------------------------------------------------------------------

// A message of the kernel itself (C's printf conversions, one line, with '\n'). Ignores the filter.
__attribute__((format(printf, 1, 2))) void dbg_kernel_message(const char *format, ...);

// Says why a routine that always refuses does so, at its first call. Any thread, any IRQL.
#define DBG_REFUSED(why)                                                                                               \
    do {                                                                                                               \
        static _Atomic bool dbg_said;                                                                                  \
        dbg_refused(&dbg_said, __func__, why);                                                                         \
    } while (0)
void dbg_refused(_Atomic bool *said, const char *routine, const char *why);

// Fills driver, process, process_id and thread_id of a record; `caller` is an address in the code that called
// DbgPrint, NULL for a message of the kernel. Any thread, any IRQL. Set once, before drivers run; NULL means
// unknown.
typedef void dbg_context_function(struct dbg_record *record, const void *caller);
extern dbg_context_function *dbg_context_hook;

// ---- who hears it -----------------------------------------------------------------------------------------

// Call `sink` for each message before DbgPrint returns, in order of the record numbers. A sink may print;
// what it prints goes to the ring only. False when all places are taken. While there is a sink, messages take
// turns.
typedef void dbg_sink_function(const struct dbg_record *record, void *context);
bool dbg_set_sink(dbg_sink_function *sink, void *context);
// When this returns the sink is not running and will not be called again. Not from within a sink.
void dbg_clear_sink(dbg_sink_function *sink, void *context);

// ---- the ring (ring.c) --------------------------------------------------------------------------------------------

#define DBG_RING_BYTES RTL_RING_BYTES(DBG_RING_RECORDS, sizeof(struct dbg_record))

// Make an empty ring in zeroed memory: see rtl/ring.h, also for what can be done with it beside the following.
struct rtl_ring *dbg_ring_format(void *memory, size_t bytes);
// The same, and from now on DbgPrint writes there. Memory NULL takes DBG_RING_BYTES from the hal.
struct rtl_ring *dbg_ring_init(void *memory, size_t bytes);
// DbgPrint writes to no ring any more; memory that dbg_ring_init took is given back. No message may be under
// way.
void dbg_ring_close(void);
// Where DbgPrint writes; NULL when there is no ring.
struct rtl_ring *dbg_ring_current(void);

// Append a record, give it its number, and wake who waits for it. Any thread, any IRQL, never waits.
uint64_t dbg_ring_write(struct rtl_ring *ring, struct dbg_record *record);

// Does this memory hold a log that this version can read? For a reader that mapped it.
const struct rtl_ring *dbg_ring_open(const void *memory, size_t bytes);
uint64_t dbg_ring_read(const struct rtl_ring *ring, uint64_t next, struct dbg_record *out, uint64_t *lost);

// ---- the filter (filter.c) ----------------------------------------------------------------------------------------

// Back to the masks of a fresh system: Windows's own when faithful, nthost's (DbgPrint is seen) otherwise.
void dbg_filter_reset(bool faithful);
// Set the mask of a component by its registry name ("DEFAULT", "IHVDRIVER", "WIN2000"), any case; false: no
// such name.
bool dbg_filter_set_mask(const char *name, uint32_t mask);
bool dbg_filter_shows(uint32_t component, uint32_t level);
// "DEFAULT", "IHVDRIVER", ...; NULL for an unknown number.
const char *dbg_component_name(uint32_t component);
