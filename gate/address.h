// Where kernel servers are found: socket paths, and who sits at the other end.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ADDRESS_BYTES = 108 }; // what a socket's path may have

struct address_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

// Who can get at a socket, as the file system sees it.
struct address_openness {
    mode_t mode;
    gid_t group; // (gid_t)-1: whatever it is
};

// The path given, or NTHOST_SERVER's, or the default. False when it is too long.
bool address_find(const char *given, char path[ADDRESS_BYTES]);
// The folder of the socket: made when it is the default below /tmp, and refused when others could have put
// things there. All of these: 0 or an errno with a message.
int address_prepare(const char *path, char *message, size_t message_bytes);
// Takes the address for this process (*lock is held for as long as it serves) and listens there.
int address_listen(const char *path, struct address_openness open, int *lock, int *listener, char *message,
                   size_t message_bytes);
void address_release(const char *path, int lock);
int address_connect(const char *path, int *socket, char *message, size_t message_bytes);
struct address_peer address_peer(int socket);
bool address_peer_is_in(int socket, gid_t group);
