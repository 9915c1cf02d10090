// Executive support: pool, interlocked lists, fast mutexes, raising statuses.
#pragma once

#include "ke/ke.h"

enum { EX_TAG_NONE = 0x656e6f4e }; // 'None': what ExAllocatePool uses

struct ex_pool_usage {
    size_t blocks; // allocated and not freed
    size_t bytes;  // as requested
};

void ex_pool_init(void);
// Gives all memory back, allocated blocks too.
void ex_pool_shutdown(void);
struct ex_pool_usage ex_pool_usage(void);
// Calls visit for each allocated block, with the pool locked; for leak reports, when nobody allocates meanwhile.
void ex_pool_walk(void (*visit)(void *block, ULONG tag, size_t bytes, void *context), void *context);
// The n-th allocation from here on fails, once; 0 switches that off. Returns how many were left of the call before
// (0: that one has failed). Holds over a boot, ends with a shutdown. For tests.
unsigned ex_pool_fail_after(unsigned n);
// Bytes that were asked for; address must come from pool.
size_t ex_pool_size(const void *address);
// Whether small blocks lie there, which share their pages with others.
bool ex_pool_is_shared_page(const void *address);

// The kernel's own uses: uninitialised, or zeroed. NULL on exhaustion.
void *ex_allocate(size_t bytes, ULONG tag);
void *ex_allocate_zeroed(size_t bytes, ULONG tag);
void ex_free(void *address);

#define EX_TAG(a, b, c, d) ((ULONG)(a) | (ULONG)(b) << 8 | (ULONG)(c) << 16 | (ULONG)(d) << 24)

// Worker threads for work items; started as needed through the function given.
void ex_work_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread));
void ex_work_shutdown(void);

// ---- hooks: routines of drivers that want to be told (hooks.c) ---------------------------------------------------

// Embedded in what stands for a registration, at its beginning. Zeroed before it is added.
struct ex_hook {
    LIST_ENTRY link;
    const void *routine; // one of the driver's routines; whose image it is in
    unsigned running;    // threads in it
    _Atomic bool removed, failed;
};

// Zero is an empty list.
struct ex_hooks {
    struct hal_mutex lock;
    LIST_ENTRY list;
    _Atomic uint32_t changes; // futex: a routine came back
    _Atomic uint32_t count;
    bool lasting;          // there until shutdown: what drivers forget in it is known to ex_hooks_forget
    struct ex_hooks *next; // of those
};

// In front of the first hook that `before` says it belongs before (NULL: at the end).
void ex_hooks_add(struct ex_hooks *hooks, struct ex_hook *hook,
                  bool (*before)(const struct ex_hook *hook, const struct ex_hook *other));
// Waits until no thread is in it; then it is the caller's again. PASSIVE_LEVEL or APC_LEVEL, not from its own routine.
void ex_hooks_remove(struct ex_hooks *hooks, struct ex_hook *hook);
// Finds and removes the first that `match` accepts; NULL: there is none.
struct ex_hook *ex_hooks_take(struct ex_hooks *hooks, bool (*match)(struct ex_hook *hook, const void *key),
                              const void *key);
bool ex_hooks_any(struct ex_hooks *hooks, bool (*match)(struct ex_hook *hook, const void *key), const void *key);
// Calls `call` for each hook in order until it returns false; `what` stands in the report of a bugcheck, after which the
// hook is not called again and the walk goes on.
void ex_hooks_walk(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                   void *context);
void ex_hooks_walk_back(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                        void *context);

// What each called routine wants to find again when the operation is over. One beyond the last is not told of its end.
enum { EX_MOST_NOTED = 64 };
struct ex_noted_call {
    const void *who;
    void *context;
};
struct ex_noted_calls {
    unsigned count;
    struct ex_noted_call calls[EX_MOST_NOTED];
};
void ex_note_call(struct ex_noted_calls *noted, const void *who, void *context);
const struct ex_noted_call *ex_noted_call(const struct ex_noted_calls *noted, const void *who); // NULL: was not called

// Whether a routine's image was linked with /INTEGRITYCHECK, as some registrations demand; io knows. NULL: all are.
void ex_set_trusted_image_test(bool (*test)(const void *routine));
bool ex_is_trusted_routine(const void *routine);

// Altitudes of filters (altitude.c): negative, zero, positive when a is lower, the same, higher.
bool ex_is_altitude(const UNICODE_STRING *altitude);
int ex_compare_altitudes(const UNICODE_STRING *a, const UNICODE_STRING *b);

// The image with these addresses goes: hooks in lasting lists whose routine is in it are not called any more. How many.
unsigned ex_hooks_forget(const void *base, size_t bytes);
// What is left in lasting lists is freed.
void ex_hooks_shutdown(void);

static inline bool ex_hooks_empty(struct ex_hooks *hooks)
{
    return hal_likely(!atomic_load_explicit(&hooks->count, memory_order_acquire));
}
