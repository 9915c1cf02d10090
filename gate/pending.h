// Requests of this client that may outlast the call that made them (overlapped I/O): where their results go.
//
//     begin --publish--> known --settle: not STATUS_PENDING--> gone
//                          |  \--settle: STATUS_PENDING--> waiting --collect (finished)--> gone
//                          \--collect (finished, another thread was told first)--> collected --settle--> gone
//
// A request that asked for an APC stays known, so that the APC can be given the program's own
// IO_STATUS_BLOCK.
#pragma once

#include "marshal.h"

struct pending;

// NULL when memory is exhausted. With the arguments of the service, which decide nothing but the APC.
struct pending *pending_begin(struct marshal_space *space, uint32_t service, const uint64_t *arguments);
struct marshal_call *pending_call(struct pending *pending);
// From here on other threads may find it finished.
void pending_publish(struct pending *pending);
// The call returned; the status, or STATUS_ACCESS_VIOLATION. The request is no longer the caller's.
NTSTATUS pending_settle(struct pending *pending, NTSTATUS status);
// The call was never sent.
void pending_drop(struct pending *pending);
// Bring home what has finished. Cheap when nothing is pending.
void pending_collect(void);
// The slice's copy of an IO_STATUS_BLOCK of the program, NULL none; and the way back, for its APC: once.
void *pending_find_copy(void *home);
void *pending_take_home(void *copy);
// In the child of a fork: nothing is pending any more.
void pending_forget(void);
