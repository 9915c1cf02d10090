// The kernel server: lets other processes use the kernel that this process booted.
//
//     nthost_boot --> gate_server_start --> clients come and go --> gate_server_stop --> nthost_shutdown
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gate_server;

// Who may connect, beside the server's user and root. Others are no administrators: see kernel/se.
enum gate_admission { GATE_OWNER_ONLY, GATE_GROUP, GATE_EVERYBODY };

struct gate_server_options {
    const char *socket;             // NULL: the default one
    int log_fd;                     // memory file of the log (nthost_options.log_fd); -1: none
    const char *version, *registry; // for "nthost status"; registry NULL: in memory
    enum gate_admission admission;
    uint32_t group; // of GATE_GROUP
};

// Serve at that socket; NULL takes the default one, whose directory is made if need be. 0 or an errno;
// `message` (NULL allowed) then says what is wrong and what to do. EADDRINUSE: another server lives there; a
// stale socket is replaced.
int gate_server_listen(const struct gate_server_options *options, struct gate_server **server, char *message,
                       size_t message_bytes);
// The same with nothing but a socket.
int gate_server_start(const char *socket_path, struct gate_server **server, char *message, size_t message_bytes);
// Disconnects the clients, closes their handles, joins all threads, removes the socket.
void gate_server_stop(struct gate_server *server);

// Readable once a tool has asked the server to stop; the server's program then calls gate_server_stop.
int gate_server_stop_fd(struct gate_server *server);
// Client processes that are connected or not yet run down. The second waits until there is none: 0 in time, 1
// not.
unsigned gate_server_clients(struct gate_server *server);
int gate_server_wait_idle(struct gate_server *server, unsigned milliseconds);
const char *gate_server_socket(struct gate_server *server);
