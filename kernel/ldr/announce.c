// Telling a debugger which images are loaded, in the manner of a dynamic linker's r_debug: a list that it reads, and a
// function that it puts a breakpoint on. scripts/nthost-gdb.py knows both names and the layout of an entry.
#include "ldr/ldr.h"

#include "hal/hal.h"

#include <stdlib.h>
#include <string.h>

struct announced {
    struct announced *next;
    const void *base;
    uint64_t preferred_base;
    char path[];
};

extern struct announced *nthost_images;
void nthost_images_changed(void);

struct announced *nthost_images __attribute__((used));
static struct hal_mutex lock;

__attribute__((noinline, used)) void nthost_images_changed(void)
{
    __asm__ volatile("");
}

void ldr_announce(const struct ldr_image *image, const char *path)
{
    char *absolute = realpath(path, NULL);
    size_t bytes = absolute ? strlen(absolute) + 1 : 0;
    struct announced *entry = absolute ? hal_alloc(sizeof *entry + bytes) : NULL;
    if (entry) {
        entry->base = image->base;
        entry->preferred_base = image->preferred_base;
        memcpy(entry->path, absolute, bytes);
        hal_mutex_lock(&lock);
        entry->next = nthost_images;
        nthost_images = entry;
        nthost_images_changed();
        hal_mutex_unlock(&lock);
    }
    free(absolute); // a debugger does without
}

void ldr_withdraw(const struct ldr_image *image)
{
    hal_mutex_lock(&lock);
    for (struct announced **at = &nthost_images; *at; at = &(*at)->next) {
        if ((*at)->base != image->base)
            continue;
        struct announced *entry = *at;
        *at = entry->next;
        hal_free(entry);
        nthost_images_changed();
        break;
    }
    hal_mutex_unlock(&lock);
}

bool ldr_announced_path(const void *base, char *path, size_t size)
{
    bool found = false;
    hal_mutex_lock(&lock);
    for (const struct announced *entry = nthost_images; entry && !found; entry = entry->next) {
        found = entry->base == base && strlen(entry->path) < size;
        if (found)
            memcpy(path, entry->path, strlen(entry->path) + 1);
    }
    hal_mutex_unlock(&lock);
    return found;
}
