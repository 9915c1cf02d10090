// What a client and a kernel server agree on: the control socket's messages, the layout of the memory they
// share, and the channel.
//
// Control socket (SOCK_SEQPACKET), one for each client process:
//
//     client                                  server
//     HELLO (role, version, services) ------>
//            <------------------------------- WELCOME (client: slice and its descriptor) or REFUSED (text)
//     client:  ATTACH (thread, channel) ---->
//            <------------------------------- ATTACHED (status)
//              GOODBYE --------------------->  handles are closed; then the server closes the socket
//     tool:    LOG, TRACE, STATUS, STOP, QUERY -->
//            <------------------------------- ANSWER
//
// TRACE is answered with the memory of the trace ring; requests are traced until the tool closes the socket. LOG's and TRACE's
// memory can only be read.
//
// QUERY is for everything that needs more than a few numbers: its text is a question of kernel/query/query.h, and the
// answer a sealed memory file of answer.bytes bytes.
//
// Shared memory: the client's slice, at the same addresses on both sides.
//
//     0                channels, one page each: one for each thread of the client
//     WIRE_BOUNCE      copies of arguments and buffers; the client deals it out
//     WIRE_VIRTUAL     VirtualAlloc; the kernel deals it out
//
// A call: the client fills service and words of its channel and rings `request`; the thread's twin in the
// server copies them once, calls the service, fills status and results and rings `reply`.
#pragma once

#include "hal/hal.h"

enum {
    WIRE_MAGIC = 0x54534f48, // "HOST"
    WIRE_VERSION = 2,
    WIRE_WORDS = 12, // the most arguments a service has, rounded up
    WIRE_RESULTS = 4,
    WIRE_CHANNELS = 1024, // threads of one client
    WIRE_TEXT = 1024,
};

#define WIRE_SLICE_BYTES (16ull << 30)
#define WIRE_BOUNCE      (16ull << 20)
#define WIRE_VIRTUAL     (8ull << 30)

struct wire_channel {
    _Alignas(64) _Atomic uint32_t request; // bells
    uint32_t service;
    uint64_t words[WIRE_WORDS];
    _Alignas(64) _Atomic uint32_t reply;
    int32_t status;
    uint64_t results[WIRE_RESULTS];
};

_Static_assert(sizeof(struct wire_channel) <= HAL_PAGE, "a channel is a page");

// Services of the channel itself, beside those of services.def.
enum {
    WIRE_DETACH = 0xffffff00u, // the thread ends
    WIRE_TAKE_APC,             // results: routine, context, two arguments; status STATUS_NO_MORE_ENTRIES: none
};

// results[WIRE_RESULTS - 1] after a service: user APCs are to run before it returns.
// results[0] after NtCreateFile and NtOpenFile.
enum { WIRE_FILE_SYNCHRONOUS = 1, WIRE_FILE_BUFFERED = 2 };

enum wire_kind {
    WIRE_HELLO = 1,
    WIRE_WELCOME,
    WIRE_REFUSED,
    WIRE_ATTACH,
    WIRE_ATTACHED,
    WIRE_GOODBYE,
    WIRE_LOG,
    WIRE_STATUS,
    WIRE_STOP,
    WIRE_ANSWER,
    WIRE_QUERY,
    WIRE_TRACE,
};

enum wire_role { WIRE_CLIENT = 1, WIRE_TOOL };

struct wire_message {
    uint32_t magic;
    uint16_t version;
    uint16_t kind;
    union {
        struct {
            uint32_t role;
            uint32_t reserved;
            uint64_t services; // wire_services()
        } hello;
        struct {
            uint64_t base, bytes; // of the slice
            uint64_t room;        // of copies, and of VirtualAlloc's part, so much may be used
        } welcome;
        struct {
            uint32_t thread;  // the client's Linux thread
            uint32_t channel; // index of one that it uses no more: only the client knows when that is
        } attach;
        struct {
            int32_t status;
        } attached;
        struct {
            uint32_t error; // errno
            uint32_t clients;
            uint32_t pid;
            uint32_t reserved;
            uint64_t bytes; // of the log, of the answer to a query
            uint64_t uptime_ns;
        } answer;
    };
    // HELLO: the program's name; REFUSED: why; QUERY: the question; answer to STATUS: version, line end, registry
    char text[WIRE_TEXT];
};

static inline struct wire_channel *wire_channel(uintptr_t slice, uint32_t index)
{
    return (struct wire_channel *)(slice + (uintptr_t)index * HAL_PAGE);
}

// A number that differs when two builds disagree about the services.
uint64_t wire_services(void);

// Send a message, with a descriptor when fd >= 0. False: the other side is gone, or its socket is full.
bool wire_send(int socket, const struct wire_message *message, int fd);
// Receive one. *fd (fd NULL: none is accepted) is -1 without a descriptor, else the caller's. False: the
// other side is gone, time is up (timeout_ms < 0: none), or what came is no message of this protocol; errno
// says which (0: gone, EAGAIN: time, EPROTO).
bool wire_receive(int socket, struct wire_message *message, int *fd, int timeout_ms);
