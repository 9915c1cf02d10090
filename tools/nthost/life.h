// What "nthost server", "up", "down" and "status" share.
//
//     server.c        options; being the server         server_start.c   the drivers that start by themselves
//     up.c            a server in the background        down.c, status.c asking one that runs
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct server_options {
    const char *socket;
    const char *registry;  // NULL: in memory only
    const char *bugchecks; // NULL: the default folder
    const char *c_drive;   // the directory that is C:; NULL: the usual one
    bool strict, background, safe;
    const char *group;  // members may connect; NULL none
    bool everybody;     // everybody may
    const char *output; // in the background: where messages go; NULL nowhere
    int ready;          // in the background the parent waits for a byte there; -1 none
};

// Serves until it is told to stop; in the background it returns when the server is up. An exit status.
int server_run(struct server_options *wanted);
// The exit status of asking the server to stop and waiting for its end. force: kill it when it does not end.
int server_end(const char *socket, bool force);

// Starts what is to start by itself. 0; 1: one that is said to be severe failed, the server goes on; 2: one that is said
// to be critical failed, the server must not go on.
enum { START_GOOD, START_SEVERE, START_CRITICAL };
int server_start_drivers(void);
