// The system-call gate: the services of whichever kernel this process talks to.
//
//     nt()->NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, length, NULL, NULL)
//
// Which kernel that is, the environment says at the first call:
//
//     NTHOST_GATE=inprocess   a kernel of the process's own. NTHOST_DRIVERS=a.sys:b.sys are loaded into it;
//                             NTHOST_LOG=stderr or a file shows its debug lines. NTHOST_STRICT_IMPORTS=1
//                             refuses drivers with missing imports. NTHOST_BUGCHECKS=FOLDER keeps reports.
//     NTHOST_SERVER=SOCKET    the kernel server at that socket
//     (neither)               the kernel server at ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock
//
// The rules are those of user mode on either: pointers are probed, handles are the process's own. Without a
// kernel every service answers STATUS_CONNECTION_REFUSED, and stderr says once what to do; when the server
// goes away during the process's life every service answers STATUS_CONNECTION_DISCONNECTED. A thread for
// which the kernel has no place (a client has at most 1,024) gets STATUS_INSUFFICIENT_RESOURCES, and may try
// again.
//
// A thread is attached by its first call and detached when it ends. Handles are closed when the process ends.
// The child of a fork has a gate of its own: it starts as if it had never called.
#pragma once

#include <nt/nt.h>

struct nt_services {
#define SERVICE(name, ...) __typeof__(name) *name;
#include "services.def"
};

// The table of the calling thread; NULL before its first call.
extern __thread const struct nt_services *gate_services __attribute__((tls_model("initial-exec")));
const struct nt_services *gate_attach(void);

static inline const struct nt_services *nt(void)
{
    const struct nt_services *services = gate_services;
    return __builtin_expect(services != NULL, 1) ? services : gate_attach();
}

// Results of requests that finished since (IO_STATUS_BLOCK and buffers of overlapped requests) are put where
// the program looks for them. Each service does that before it returns; this is for code that only looks at
// memory.
void gate_collect(void);

// The in-process form for tests and embedding: boot (unless nthost_boot was called already) and make this
// process an NT process; and undo it. Between them nt() of every thread is the in-process one. All threads
// but the calling one must have ended before gate_inprocess_stop. 0 or an NTSTATUS.
int32_t gate_inprocess_start(void);
void gate_inprocess_stop(void);
