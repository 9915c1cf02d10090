// The twin: the thread of the server that is the kernel side of one client thread. Drivers see it as the
// caller.
//
//      start --attached--> waits at the bell <--> serves --DETACH, stop or nonsense--> leaving --> ended
//      --join--> gone
#pragma once

#include "bell.h"
#include "wire.h"

struct _EPROCESS;

struct twin {
    struct hal_thread *thread;
    struct wire_channel *channel; // in the client's slice
    struct _EPROCESS *process;
    uint32_t client_thread;
    _Atomic uint32_t state; // futex; enum twin_state
    _Atomic bool stopping;
    bool broken;           // ended because the client wrote nonsense to the channel
    void (*ended)(void *); // called by the twin as its last act
    void *context;
};

enum twin_state {
    TWIN_STARTING,
    TWIN_ATTACHED,
    TWIN_LEAVING, // no thread of the kernel any more; DETACH is about to be answered
    TWIN_ENDED,
};

// The twin, in the kernel as a thread of the process; NULL when there is no memory.
struct twin *twin_start(struct _EPROCESS *process, struct wire_channel *channel, uint32_t client_thread,
                        void (*ended)(void *), void *context);
static inline bool twin_has_ended(struct twin *twin)
{
    return atomic_load(&twin->state) == TWIN_ENDED;
}
static inline bool twin_is_leaving(struct twin *twin)
{
    return atomic_load(&twin->state) >= TWIN_LEAVING;
}
// From now on it answers nothing more.
void twin_ask_to_stop(struct twin *twin);
// Ask it to end and wait so many milliseconds; false when it is still inside a driver.
bool twin_stop(struct twin *twin, unsigned milliseconds);
// Of a twin that is leaving or has ended.
void twin_join(struct twin *twin);
