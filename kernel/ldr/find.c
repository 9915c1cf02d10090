// The list of loaded images: changed under a lock, searched by address without one.
//
// A fault handler asks which image an address belongs to, on any thread and at any moment, so that search
// takes no lock and follows no pointer into memory that may go away. The list is an array of slots that never
// moves:
//
//     sequence even ---add/remove: odd, new contents, even again---> sequence even
//
// A reader that sees an odd or a changed sequence skips the slot: it was looking for code that runs, and an
// image whose code runs is neither being added nor removed.
#include "ldr/image.h"

#include "hal/hal.h"
#include "ldr/exports.h"

struct slot {
    _Atomic uint32_t sequence;
    _Atomic uintptr_t begin, end;
    _Atomic(struct ldr_loaded *) loaded; // NULL: free
};

static struct slot slots[LDR_MAX_IMAGES];
static _Atomic unsigned slots_used; // slots at and above this were never used
static struct hal_mutex lock;

static void set_slot(struct slot *slot, struct ldr_loaded *loaded)
{
    uintptr_t begin = loaded ? (uintptr_t)loaded->image.base : 0;
    uint32_t sequence = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
    atomic_store_explicit(&slot->sequence, sequence + 1, memory_order_relaxed);
    atomic_store_explicit(&slot->begin, begin, memory_order_release);
    atomic_store_explicit(&slot->end, begin + (loaded ? loaded->mapped : 0), memory_order_release);
    atomic_store_explicit(&slot->loaded, loaded, memory_order_release);
    atomic_store_explicit(&slot->sequence, sequence + 2, memory_order_release);
}

static struct ldr_loaded *find(const void *address)
{
    unsigned used = atomic_load_explicit(&slots_used, memory_order_acquire);
    for (struct slot *slot = slots; slot < slots + used; slot++) {
        uint32_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);
        uintptr_t begin = atomic_load_explicit(&slot->begin, memory_order_acquire);
        uintptr_t end = atomic_load_explicit(&slot->end, memory_order_acquire);
        struct ldr_loaded *loaded = atomic_load_explicit(&slot->loaded, memory_order_acquire);
        if (sequence % 2 || atomic_load_explicit(&slot->sequence, memory_order_relaxed) != sequence)
            continue;
        if ((uintptr_t)address >= begin && (uintptr_t)address < end)
            return loaded;
    }
    return NULL;
}

void ldr_images_lock(void)
{
    hal_mutex_lock(&lock);
}

void ldr_images_unlock(void)
{
    hal_mutex_unlock(&lock);
}

bool ldr_list_add(struct ldr_loaded *loaded)
{
    for (unsigned i = 0; i < LDR_MAX_IMAGES; i++) {
        if (ldr_list_at(i))
            continue;
        loaded->slot = i;
        loaded->listed = true;
        set_slot(&slots[i], loaded);
        if (i >= slots_used)
            atomic_store_explicit(&slots_used, i + 1, memory_order_release);
        return true;
    }
    return false;
}

void ldr_list_remove(struct ldr_loaded *loaded)
{
    set_slot(&slots[loaded->slot], NULL);
    loaded->listed = false;
}

struct ldr_loaded *ldr_list_at(unsigned slot)
{
    return atomic_load_explicit(&slots[slot].loaded, memory_order_relaxed);
}

struct ldr_loaded *ldr_list_named(const char *name)
{
    for (unsigned i = 0; i < slots_used; i++) {
        struct ldr_loaded *loaded = ldr_list_at(i);
        if (loaded && ldr_same_module(loaded->image.name, name))
            return loaded;
    }
    return NULL;
}

const struct ldr_image *ldr_find_image(const void *address)
{
    struct ldr_loaded *loaded = find(address);
    return loaded ? &loaded->image : NULL;
}

const struct ldr_image *ldr_find_image_by_name(const char *name)
{
    struct ldr_loaded *loaded;
    ldr_images_lock();
    loaded = ldr_list_named(name);
    ldr_images_unlock();
    return loaded ? &loaded->image : NULL;
}

const struct ldr_missing *ldr_find_missing(const void *address)
{
    struct ldr_loaded *loaded = find(address);
    for (unsigned i = 0; loaded && i < loaded->missing_count; i++) {
        const struct ldr_missing *missing = &loaded->missing[i];
        if ((uintptr_t)address - (uintptr_t)missing->address < (missing->data ? LDR_GUARD_STRIDE : LDR_THUNK_BYTES))
            return missing;
    }
    return NULL;
}

void ldr_for_each_image(void (*visit)(const struct ldr_image *image, void *context), void *context)
{
    ldr_images_lock();
    for (unsigned i = 0; i < slots_used; i++) {
        struct ldr_loaded *loaded = ldr_list_at(i);
        if (loaded)
            visit(&loaded->image, context);
    }
    ldr_images_unlock();
}
