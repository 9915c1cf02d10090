// What tools ask a kernel server. All return 0 or an errno; `message` (NULL allowed) then says what is wrong
// and what to do. socket_path NULL is the server that NTHOST_SERVER names, or the default one.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gate_status {
    uint32_t server_pid;
    uint32_t clients;
    uint64_t uptime_ns;
    char version[32], registry[1024]; // registry "": in memory
    char socket[108];                 // where it was asked
};

// ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock; false when it does not fit.
_Bool gate_default_socket(char *path, size_t bytes);

// The memory of the log ring, read-only; the descriptor is the caller's to close. ENODATA: the server keeps
// none.
int gate_client_open_log(const char *socket_path, int *fd, size_t *bytes, char *message, size_t message_bytes);
int gate_client_status(const char *socket_path, struct gate_status *status, char *message, size_t message_bytes);
// Ask the server to stop; returns when it has said yes.
int gate_client_stop_server(const char *socket_path, char *message, size_t message_bytes);
// Ask a question of kernel/query/query.h. *text is the answer in JSON, terminated; the caller frees it. EINVAL: the server
// does not know it.
int gate_client_query(const char *socket_path, const char *question, char **text, char *message, size_t message_bytes);

// The memory of the trace ring, read-only, while requests are traced: until the connection is closed. Both descriptors are
// the caller's to close; the connection becomes readable when the server ends.
struct gate_trace {
    int fd, connection;
    uint32_t server_pid;
    size_t bytes;
};
int gate_client_open_trace(const char *socket_path, struct gate_trace *trace, char *message, size_t message_bytes);
