// Virtual processors: what threads at DISPATCH_LEVEL and DPCs exclude each other by.
//
// Below DISPATCH_LEVEL any number of threads run, as the host schedules them; each has a home processor, whose number it
// sees. Raising IRQL to DISPATCH_LEVEL takes the processor, lowering it gives it back, so there is one thread at
// DISPATCH_LEVEL on each of them, and a DPC is such a thread. What happens to the word `state`:
//
//     free --raise: HELD--> held --lower--> free
//                            |  WANTED: somebody sleeps until it is free
//                            |  DPCS:   its queue is not empty; who lowers IRQL runs them first
//
// A thread whose home is held takes another processor that is free and that its affinity allows, as a scheduler would
// move it there, and sleeps only when all are held. A holder that the host preempts is waited for; nobody spins for it.
//
// Nothing that sleeps for a processor may hold a hal_mutex: the processor's holder may want it.
#pragma once

#include <nt/nt.h>
#include "hal/hal.h"

enum { KE_MOST_PROCESSORS = 64, KE_LEAST_PROCESSORS = 2 };
enum { KE_PROCESSOR_HELD = 1, KE_PROCESSOR_WANTED = 2, KE_PROCESSOR_DPCS = 4 };

struct ke_processor {
    _Alignas(64) _Atomic uint32_t state;
    unsigned number;

    // All of this under the dispatcher lock.
    LIST_ENTRY dpcs;
    bool running;              // a DPC
    struct hal_thread *thread; // runs DPCs that nobody else runs, on processor 0 also timers; NULL: not needed yet
    _Atomic uint32_t work;     // counts up at every reason for the thread to look
};

struct ke_pcr;

unsigned ke_processor_count(void);
// All there are, a bit each.
KAFFINITY ke_active_processors(void);
struct ke_processor *ke_processor(unsigned number);

static inline bool ke_try_processor(struct ke_processor *processor)
{
    return !(atomic_fetch_or_explicit(&processor->state, KE_PROCESSOR_HELD, memory_order_acquire) & KE_PROCESSOR_HELD);
}

// Take the thread's home, or make another its home and take that.
void ke_wait_for_processor(struct ke_pcr *pcr);
// What is left to do when a processor was given back with WANTED or DPCS in its state; called below DISPATCH_LEVEL. DPCs
// run in the caller's context when it may and can, else in the processor's thread.
void ke_processor_released(struct ke_pcr *pcr, bool may_run);
// The thread sees that processor from now on; it holds none.
void ke_set_home(struct ke_pcr *pcr, struct ke_processor *processor);
// A home for a new thread.
struct ke_processor *ke_next_home(void);

// With the dispatcher lock: there is work for the processor's thread.
void ke_wake_processor(struct ke_processor *processor);
// Run the processor's DPCs, all or a good many; the calling thread holds it, at DISPATCH_LEVEL.
void ke_run_dpcs(struct ke_processor *processor);
