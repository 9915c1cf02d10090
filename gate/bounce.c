// First fit over a list of gaps. Runs are few and live for one call, so the list stays short. See bounce.h.
#include "bounce.h"

struct bounce_gap {
    struct bounce_gap *next;
    uintptr_t base;
    size_t bytes;
};

bool bounce_init(struct bounce *bounce, uintptr_t base, size_t bytes)
{
    *bounce = (struct bounce){.gaps = hal_alloc(sizeof *bounce->gaps)};
    if (!bounce->gaps)
        return false;
    *bounce->gaps = (struct bounce_gap){.base = base, .bytes = bytes};
    return true;
}

void bounce_destroy(struct bounce *bounce)
{
    while (bounce->gaps) {
        struct bounce_gap *gap = bounce->gaps;
        bounce->gaps = gap->next;
        hal_free(gap);
    }
}

void *bounce_allocate(struct bounce *bounce, size_t bytes)
{
    size_t size = hal_round_up(bytes, HAL_PAGE);
    struct bounce_gap *spent = NULL;
    void *memory = NULL;
    if (size < bytes || size == 0)
        return NULL;
    hal_mutex_lock(&bounce->lock);
    for (struct bounce_gap **link = &bounce->gaps; *link; link = &(*link)->next) {
        struct bounce_gap *gap = *link;
        if (gap->bytes < size)
            continue;
        memory = (void *)gap->base;
        gap->base += size;
        gap->bytes -= size;
        if (gap->bytes == 0) {
            *link = gap->next;
            spent = gap;
        }
        break;
    }
    hal_mutex_unlock(&bounce->lock);
    hal_free(spent);
    return memory;
}

void bounce_free(struct bounce *bounce, void *memory, size_t bytes)
{
    uintptr_t base = (uintptr_t)memory;
    size_t size = hal_round_up(bytes, HAL_PAGE);
    struct bounce_gap *fresh = hal_alloc(sizeof *fresh), *spent = NULL, *before = NULL;
    hal_mutex_lock(&bounce->lock);
    struct bounce_gap *after = bounce->gaps;
    while (after && after->base < base) {
        before = after;
        after = after->next;
    }
    bool joins_before = before && before->base + before->bytes == base;
    bool joins_after = after && base + size == after->base;
    if (joins_before) {
        before->bytes += size;
        if (joins_after) {
            before->bytes += after->bytes;
            before->next = after->next;
            spent = after;
        }
    } else if (joins_after) {
        after->base = base;
        after->bytes += size;
    } else if (fresh) { // without memory for the gap the run is lost to this process; nothing breaks
        *fresh = (struct bounce_gap){.next = after, .base = base, .bytes = size};
        if (before)
            before->next = fresh;
        else
            bounce->gaps = fresh;
        fresh = NULL;
    }
    hal_mutex_unlock(&bounce->lock);
    hal_free(fresh);
    hal_free(spent);
}
