// Hooks: lists of routines that drivers registered to be told of something. A routine runs without any lock; who takes
// a hook away waits until nobody is in it.
//
//      added --walks enter and leave--> removed (no new walk enters) --last one leaves--> the owner's again
#include "ex/ex.h"

static struct hal_mutex lasting_lock;
static struct ex_hooks *lasting; // the lists that exist until shutdown and have been used

// With the lock.
static void make_list(struct ex_hooks *hooks)
{
    if (hooks->list.Flink)
        return;
    InitializeListHead(&hooks->list);
    if (!hooks->lasting)
        return;
    hal_mutex_lock(&lasting_lock);
    hooks->next = lasting;
    lasting = hooks;
    hal_mutex_unlock(&lasting_lock);
}

void ex_hooks_add(struct ex_hooks *hooks, struct ex_hook *hook,
                  bool (*before)(const struct ex_hook *hook, const struct ex_hook *other))
{
    hal_mutex_lock(&hooks->lock);
    make_list(hooks);
    LIST_ENTRY *place = hooks->list.Flink;
    while (place != &hooks->list && !(before && before(hook, CONTAINING_RECORD(place, struct ex_hook, link))))
        place = place->Flink;
    InsertTailList(place, &hook->link);
    atomic_fetch_add(&hooks->count, 1);
    hal_mutex_unlock(&hooks->lock);
}

// With the lock, which is released while it waits.
static void wait_until_left(struct ex_hooks *hooks, struct ex_hook *hook)
{
    while (hook->running) {
        uint32_t seen = atomic_load(&hooks->changes);
        hal_mutex_unlock(&hooks->lock);
        hal_futex_wait(&hooks->changes, seen, NULL);
        hal_mutex_lock(&hooks->lock);
    }
}

// With the lock, which is released while it waits.
static void remove_locked(struct ex_hooks *hooks, struct ex_hook *hook)
{
    hook->removed = true;
    wait_until_left(hooks, hook);
    RemoveEntryList(&hook->link);
    atomic_fetch_sub(&hooks->count, 1);
}

void ex_hooks_remove(struct ex_hooks *hooks, struct ex_hook *hook)
{
    hal_mutex_lock(&hooks->lock);
    remove_locked(hooks, hook);
    hal_mutex_unlock(&hooks->lock);
}

// With the lock.
static struct ex_hook *find(struct ex_hooks *hooks, bool (*match)(struct ex_hook *hook, const void *key),
                            const void *key)
{
    make_list(hooks);
    for (LIST_ENTRY *entry = hooks->list.Flink; entry != &hooks->list; entry = entry->Flink) {
        struct ex_hook *hook = CONTAINING_RECORD(entry, struct ex_hook, link);
        if (!hook->removed && match(hook, key))
            return hook;
    }
    return NULL;
}

struct ex_hook *ex_hooks_take(struct ex_hooks *hooks, bool (*match)(struct ex_hook *hook, const void *key),
                              const void *key)
{
    hal_mutex_lock(&hooks->lock);
    struct ex_hook *hook = find(hooks, match, key);
    if (hook)
        remove_locked(hooks, hook);
    hal_mutex_unlock(&hooks->lock);
    return hook;
}

bool ex_hooks_any(struct ex_hooks *hooks, bool (*match)(struct ex_hook *hook, const void *key), const void *key)
{
    hal_mutex_lock(&hooks->lock);
    bool any = find(hooks, match, key) != NULL;
    hal_mutex_unlock(&hooks->lock);
    return any;
}

// The hook after `hook` (NULL: the first), entered; `hook` is left.
static struct ex_hook *next(struct ex_hooks *hooks, struct ex_hook *hook, bool back)
{
    struct ex_hook *found = NULL;
    hal_mutex_lock(&hooks->lock);
    make_list(hooks);
    LIST_ENTRY *entry = hook ? &hook->link : &hooks->list;
    while (!found && (entry = back ? entry->Blink : entry->Flink) != &hooks->list) {
        struct ex_hook *candidate = CONTAINING_RECORD(entry, struct ex_hook, link);
        if (!candidate->removed && !candidate->failed)
            found = candidate;
    }
    if (found)
        found->running++;
    bool told = hook && --hook->running == 0 && (hook->removed || hook->failed);
    if (told)
        atomic_fetch_add(&hooks->changes, 1);
    hal_mutex_unlock(&hooks->lock);
    if (told)
        hal_futex_wake(&hooks->changes, INT32_MAX);
    return found;
}

// A function of its own, so that nothing of the walk lives in registers when a bugcheck comes back to it.
__attribute__((noinline)) static bool guarded(const char *what, bool (*call)(struct ex_hook *hook, void *context),
                                              struct ex_hook *hook, void *context)
{
    struct ke_recovery recovery = {.what = what};
    volatile bool more = true;
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        more = call(hook, context);
    else
        hook->failed = true;
    ke_pop_recovery(&recovery);
    return more;
}

static void walk(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                 void *context, bool back)
{
    bool more = true;
    if (ex_hooks_empty(hooks))
        return;
    for (struct ex_hook *hook = next(hooks, NULL, back); hook; hook = next(hooks, hook, back))
        if (more)
            more = guarded(what, call, hook, context);
}

void ex_hooks_walk(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                   void *context)
{
    walk(hooks, what, call, context, false);
}

void ex_hooks_walk_back(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                        void *context)
{
    walk(hooks, what, call, context, true);
}

// ---- what drivers forget ---------------------------------------------------------------------------------------------

static unsigned forget(struct ex_hooks *hooks, const void *base, size_t bytes)
{
    unsigned count = 0;
    hal_mutex_lock(&hooks->lock);
    for (LIST_ENTRY *entry = hooks->list.Flink; entry != &hooks->list; entry = entry->Flink) {
        struct ex_hook *hook = CONTAINING_RECORD(entry, struct ex_hook, link);
        if ((uintptr_t)hook->routine - (uintptr_t)base >= bytes || hook->removed || hook->failed)
            continue;
        hook->failed = true;
        wait_until_left(hooks, hook);
        entry = &hooks->list; // the list may have changed meanwhile
        count++;
    }
    hal_mutex_unlock(&hooks->lock);
    return count;
}

unsigned ex_hooks_forget(const void *base, size_t bytes)
{
    unsigned count = 0;
    for (struct ex_hooks *hooks = lasting; hooks; hooks = hooks->next)
        count += forget(hooks, base, bytes);
    return count;
}

void ex_hooks_shutdown(void)
{
    for (struct ex_hooks *hooks; (hooks = lasting); *hooks = (struct ex_hooks){.lasting = true}) {
        lasting = hooks->next;
        while (!IsListEmpty(&hooks->list))
            ex_free(CONTAINING_RECORD(RemoveHeadList(&hooks->list), struct ex_hook, link));
    }
}

// ---- what registrations share ----------------------------------------------------------------------------------------

void ex_note_call(struct ex_noted_calls *noted, const void *who, void *context)
{
    if (noted->count < EX_MOST_NOTED)
        noted->calls[noted->count++] = (struct ex_noted_call){.who = who, .context = context};
}

const struct ex_noted_call *ex_noted_call(const struct ex_noted_calls *noted, const void *who)
{
    for (unsigned i = 0; i < noted->count; i++)
        if (noted->calls[i].who == who)
            return &noted->calls[i];
    return NULL;
}

static bool (*is_trusted)(const void *routine);

void ex_set_trusted_image_test(bool (*test)(const void *routine))
{
    is_trusted = test;
}

bool ex_is_trusted_routine(const void *routine)
{
    return !is_trusted || is_trusted(routine);
}
