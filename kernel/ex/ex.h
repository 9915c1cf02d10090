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

// The kernel's own uses: uninitialised, or zeroed. NULL on exhaustion.
void *ex_allocate(size_t bytes, ULONG tag);
void *ex_allocate_zeroed(size_t bytes, ULONG tag);
void ex_free(void *address);

#define EX_TAG(a, b, c, d) ((ULONG)(a) | (ULONG)(b) << 8 | (ULONG)(c) << 16 | (ULONG)(d) << 24)

// Worker threads for work items; started as needed through the function given.
void ex_work_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread));
void ex_work_shutdown(void);
