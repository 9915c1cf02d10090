// Places for slices in the user range. See slice.h.
#include "slice.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PLACES = (HAL_USER_END - HAL_USER_BASE) / WIRE_SLICE_BYTES };

static struct hal_mutex lock;
static bool taken[PLACES];
static unsigned next; // a place that became free is used again as late as possible

static bool take_place(unsigned *place)
{
    bool found = false;
    hal_mutex_lock(&lock);
    for (unsigned i = 0; i < PLACES && !found; i++) {
        *place = (next + i) % PLACES;
        found = !taken[*place];
    }
    if (found) {
        taken[*place] = true;
        next = (*place + 1) % PLACES;
    }
    hal_mutex_unlock(&lock);
    return found;
}

static void give_place(unsigned place)
{
    hal_mutex_lock(&lock);
    taken[place] = false;
    hal_mutex_unlock(&lock);
}

// What lies beyond the client's room faults on this side: else a client could have the server fill memory that it does not
// touch itself.
static bool close_rest(uintptr_t begin, uintptr_t end, size_t room)
{
    return begin + room >= end || hal_protect((void *)(begin + room), end - begin - room, HAL_NONE);
}

int slice_create(struct slice *slice, size_t room)
{
    unsigned place;
    *slice = (struct slice){.fd = -1};
    if (!take_place(&place))
        return ENOSPC;
    uintptr_t base = HAL_USER_BASE + place * WIRE_SLICE_BYTES;
    slice->fd = hal_memory_file(WIRE_SLICE_BYTES, "nthost-slice");
    bool mapped = slice->fd >= 0 && hal_map_file(base, WIRE_SLICE_BYTES, HAL_READ | HAL_WRITE, slice->fd);
    if (!mapped || !close_rest(base + WIRE_BOUNCE, base + WIRE_VIRTUAL, room) ||
        !close_rest(base + WIRE_VIRTUAL, base + WIRE_SLICE_BYTES, room)) {
        int error = errno;
        if (mapped)
            hal_unmap((void *)base, WIRE_SLICE_BYTES);
        slice_close_file(slice);
        give_place(place);
        return error ? error : ENOMEM;
    }
    madvise((void *)base, WIRE_SLICE_BYTES, MADV_DONTFORK);
    slice->base = base;
    slice->place = place;
    return 0;
}

void slice_close_file(struct slice *slice)
{
    if (slice->fd >= 0)
        close(slice->fd);
    slice->fd = -1;
}

void slice_destroy(struct slice *slice)
{
    slice_close_file(slice);
    if (!slice->base)
        return;
    hal_unmap((void *)slice->base, WIRE_SLICE_BYTES);
    give_place(slice->place);
    slice->base = 0;
}
