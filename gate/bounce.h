// Memory of the client's slice for copies of what lies elsewhere: runs of pages, dealt out by the client.
#pragma once

#include "hal/hal.h"

struct bounce_gap;

struct bounce {
    struct hal_mutex lock;
    struct bounce_gap *gaps; // free runs, by address, none beside another
};

// False when memory is exhausted.
bool bounce_init(struct bounce *bounce, uintptr_t base, size_t bytes);
void bounce_destroy(struct bounce *bounce);
// Page-aligned, at least that many bytes, contents undefined; NULL when nothing fits.
void *bounce_allocate(struct bounce *bounce, size_t bytes);
// The same number of bytes as it was allocated with.
void bounce_free(struct bounce *bounce, void *memory, size_t bytes);
