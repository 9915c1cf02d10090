// Where a viewer's messages come from: a server's ring, or a file that a viewer saved.
#pragma once

#include "dbg/dbg.h"

#include <stdio.h>

struct log_source {
    const struct rtl_ring *ring; // or
    FILE *file;
    const char *file_name, *socket;
    uint64_t next; // number of the record to read from the ring
    int server;    // pidfd, or -1
};

// A message as it is shown.
struct log_line {
    struct dbg_record record;
    char *text;    // NULL: nothing but lost
    uint64_t lost; // records that are missing before this one
};

// Both say what is wrong and return an exit status.
int log_source_attach(struct log_source *source, const char *socket);
int log_source_open(struct log_source *source, const char *path);
void log_source_close(struct log_source *source);
// The next message that is there; its text is the caller's to free. False: none yet; of a file: its end.
bool log_source_next(struct log_source *source, struct log_line *line);
// Before a look at a ring that finds nothing, and after it: sleeps until there is more, or until the deadline, or for a moment.
// False: the server has ended, and one more look finds all there will ever be. A file has no more.
uint32_t log_source_bell(const struct log_source *source);
bool log_source_wait(struct log_source *source, uint32_t bell, uint64_t deadline_ns);
// The same without sleeping, the other way round.
bool log_source_has_ended(const struct log_source *source);
