// How the arguments of a service travel: everything a pointer argument points to is copied into memory that
// both sides see, the pointer replaced, and the results are copied back.
//
//     marshal_begin --> marshal_pack --> the service runs on call->words --> marshal_unpack --> marshal_end
//
// A pointer of the application that faults is STATUS_ACCESS_VIOLATION, before anything is sent where that can
// be known then. Memory below `call->space` that lies in the slice already (VirtualAlloc) is not copied.
#pragma once

#include <nt/nt.h>

#include "bounce.h"
#include "wire.h"

struct marshal_argument {
    uint8_t kind;
    uint8_t other;  // index of the argument with the length
    uint16_t bytes; // of the type, or of one element
};

struct marshal_service {
    const char *name;
    const struct marshal_argument *arguments;
    uint8_t count;
    bool waits;   // user APCs may run before it returns
    bool planned; // the kernel does not have it yet
};

// One for each line of services.def, in its order.
extern const struct marshal_service marshal_services[];
extern const uint32_t marshal_service_count;
enum marshal_service_number {
#define SERVICE(name, ...) MARSHAL_##name,
#include "services.def"
};

// The service starts a request that may outlast the call: its IOSB is argument 4, as in NtReadFile.
bool marshal_may_pend(uint32_t service);

// Where copies go.
struct marshal_space {
    struct bounce *bounce;
    uintptr_t shared_begin, shared_end; // addresses that are valid on both sides as they are
};

enum { MARSHAL_ARENA = 64 * 1024, MARSHAL_REGIONS = 20 };

struct marshal_region {
    void *home; // the application's address
    char *copy; // in the slice
    uint32_t bytes;
    uint8_t back; // enum in marshal.c: what comes back
    size_t run;   // bytes, when the copy is a run of its own; else 0
};

struct marshal_call {
    struct marshal_space *space;
    const struct marshal_service *service;
    char *arena; // MARSHAL_ARENA bytes of the slice for small copies
    uint32_t used;
    uint32_t regions_used;
    bool buffered;              // the file's device copies reads itself: only Information bytes come back
    IO_STATUS_BLOCK *iosb;      // in the slice; NULL none
    IO_STATUS_BLOCK *home_iosb; // the application's
    // Slice address of the IO_STATUS_BLOCK of an earlier request; NULL: REQUEST arguments go as they are.
    void *(*find_request)(void *home_iosb);
    uint64_t words[WIRE_WORDS];
    struct marshal_region regions[MARSHAL_REGIONS];
};

static inline void marshal_begin(struct marshal_call *call, struct marshal_space *space, uint32_t service, char *arena)
{
    call->space = space;
    call->service = &marshal_services[service];
    call->arena = arena;
    call->used = call->regions_used = 0;
    call->buffered = false;
    call->iosb = call->home_iosb = NULL;
    call->find_request = NULL;
}

// STATUS_ACCESS_VIOLATION, STATUS_INSUFFICIENT_RESOURCES.
NTSTATUS marshal_pack(struct marshal_call *call, const uint64_t *arguments);
// Results to their homes. The status given, or STATUS_ACCESS_VIOLATION.
NTSTATUS marshal_unpack(struct marshal_call *call, NTSTATUS status);
// The request has been finished: its IO_STATUS_BLOCK is written.
bool marshal_is_finished(const struct marshal_call *call);
// Gives the runs back; for every call that was packed, successfully or not.
void marshal_end(struct marshal_call *call);
