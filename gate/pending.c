// The list of requests that may outlast their call. See pending.h.
#include "pending.h"

struct pending {
    struct marshal_call call;
    struct pending *next;
    void *arena;
    bool returned;  // settled with STATUS_PENDING
    bool collected; // the results are home
    bool apc;       // an APC with its IO_STATUS_BLOCK is still to come
};

static struct hal_mutex lock;
static struct pending *list;
static _Atomic unsigned uncollected;

struct pending *pending_begin(struct marshal_space *space, uint32_t service, const uint64_t *arguments)
{
    enum { APC = 2 };
    struct pending *pending = hal_alloc(sizeof *pending);
    if (!pending)
        return NULL;
    pending->arena = bounce_allocate(space->bounce, MARSHAL_ARENA);
    if (!pending->arena) {
        hal_free(pending);
        return NULL;
    }
    marshal_begin(&pending->call, space, service, pending->arena);
    pending->apc = arguments[APC] != 0;
    return pending;
}

struct marshal_call *pending_call(struct pending *pending)
{
    return &pending->call;
}

void pending_drop(struct pending *pending)
{
    marshal_end(&pending->call);
    bounce_free(pending->call.space->bounce, pending->arena, MARSHAL_ARENA);
    hal_free(pending);
}

// With the lock.
static void unlink_one(struct pending *pending)
{
    struct pending **link = &list;
    while (*link != pending)
        link = &(*link)->next;
    *link = pending->next;
}

// With the lock. It counts as uncollected until all of it is home: who finds nothing to collect may look at
// the results.
static NTSTATUS bring_home(struct pending *pending, NTSTATUS status)
{
    NTSTATUS result = marshal_unpack(&pending->call, status);
    pending->collected = true;
    atomic_fetch_sub(&uncollected, 1);
    return result;
}

void pending_publish(struct pending *pending)
{
    hal_mutex_lock(&lock);
    pending->next = list;
    list = pending;
    atomic_fetch_add(&uncollected, 1);
    hal_mutex_unlock(&lock);
}

NTSTATUS pending_settle(struct pending *pending, NTSTATUS status)
{
    hal_mutex_lock(&lock);
    if (!pending->collected && (status != STATUS_PENDING || marshal_is_finished(&pending->call)))
        status = bring_home(pending, status);
    pending->returned = true;
    bool over = pending->collected && (!pending->apc || NT_ERROR(status));
    if (over)
        unlink_one(pending);
    hal_mutex_unlock(&lock);
    if (over)
        pending_drop(pending);
    return status;
}

void pending_collect(void)
{
    struct pending *over = NULL, **link = &list;
    if (atomic_load_explicit(&uncollected, memory_order_acquire) == 0)
        return;
    hal_mutex_lock(&lock);
    while (*link) {
        struct pending *pending = *link;
        if (!pending->collected && marshal_is_finished(&pending->call))
            bring_home(pending, STATUS_SUCCESS);
        if (pending->collected && pending->returned && !pending->apc) {
            *link = pending->next;
            pending->next = over;
            over = pending;
        } else {
            link = &pending->next;
        }
    }
    hal_mutex_unlock(&lock);
    while (over) {
        struct pending *next = over->next;
        pending_drop(over);
        over = next;
    }
}

void *pending_find_copy(void *home)
{
    void *copy = NULL;
    hal_mutex_lock(&lock);
    for (struct pending *pending = list; pending && !copy; pending = pending->next)
        if (!pending->collected && pending->call.home_iosb == home)
            copy = pending->call.iosb;
    hal_mutex_unlock(&lock);
    return copy;
}

void *pending_take_home(void *copy)
{
    struct pending *found, *over = NULL;
    void *home = NULL;
    hal_mutex_lock(&lock);
    for (found = list; found && !(found->apc && found->call.iosb == copy); found = found->next)
        ;
    if (found) {
        home = found->call.home_iosb;
        found->apc = false;
        if (found->collected && found->returned)
            unlink_one(over = found);
    }
    hal_mutex_unlock(&lock);
    if (over)
        pending_drop(over);
    return home;
}

void pending_forget(void)
{
    lock = (struct hal_mutex){0};
    list = NULL; // their memory was in the slice that is gone; the little that is left is not worth a walk
    atomic_store(&uncollected, 0);
}
