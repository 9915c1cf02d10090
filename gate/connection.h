// A client's connection to the kernel server: one a process, made by the first thread that calls.
//
//      none --open--> open --server gone, or goodbye--> dead
//
// Dead is for good: handles of a server that died mean nothing to the next one. In the child of a fork it is
// none.
#pragma once

#include "bell.h"
#include "marshal.h"

struct connection_thread { // a thread and its channel
    struct wire_channel *channel;
    struct bell_waiter waiter;
    char *arena; // MARSHAL_ARENA bytes
};

// 0 or an errno with a message.
int connection_open(char *message, size_t message_bytes);
// The calling thread gets a twin in the server. NULL: the server is gone, or has no place for one more
// thread.
struct connection_thread *connection_attach(void);
void connection_detach(struct connection_thread *thread);
struct marshal_space *connection_space(void);
bool connection_is_dead(void);
// Close all handles of the process now, and wait (a few seconds at most) until the server has done so. Other
// threads that call afterwards sleep until the process is gone.
void connection_goodbye(void);
// True for the threads that are to sleep.
bool connection_is_leaving(void);
void connection_forget(void);
