// A pool for tests that need one without the kernel: malloc, a count of what is out, and the Nth allocation
// fails.
#pragma once

#include <nt/ex.h>

#include <stdlib.h>

static int pool_out;             // allocations not yet freed
static int pool_fail_after = -1; // this many succeed before one fails; -1: none fails

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
    (void)type;
    (void)tag;
    if (pool_fail_after >= 0 && pool_fail_after-- == 0)
        return NULL;
    pool_out++;
    return malloc(bytes); // exactly that many bytes, so that AddressSanitizer sees each step beyond them
}

VOID NTAPI ExFreePoolWithTag(PVOID memory, ULONG tag)
{
    (void)tag;
    pool_out--;
    free(memory);
}
