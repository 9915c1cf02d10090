// The memory a client shares with the server: a memory file at an address of its own, from a fixed set of
// places.
#pragma once

#include "wire.h"

struct slice {
    uintptr_t base; // 0: none
    int fd;         // the memory file, until it has been sent; -1 afterwards
    unsigned place;
};

// 0 or an errno: EMFILE, ENOMEM, ENOSPC (all places are taken).
int slice_create(struct slice *slice, size_t room);
void slice_close_file(struct slice *slice);
void slice_destroy(struct slice *slice);
