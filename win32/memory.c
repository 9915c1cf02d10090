// Heaps and virtual memory.
//
// There is one heap, the C library's. Its blocks have a header with their size, so that HeapSize and
// HEAP_ZERO_MEMORY in HeapReAlloc are exact, and LocalFree, GlobalFree and HeapFree take each other's blocks
// as on Windows. Moveable memory does not move: the handle is the address. Virtual memory is the kernel's to
// give: what VirtualAlloc returns can be seen by drivers without copying.
// https://learn.microsoft.com/windows/win32/api/memoryapi/nf-memoryapi-virtualalloc

#include "win32.h"

#include <stdlib.h>

#define BLOCK_MAGIC         0x4B4C424854534F48ULL // "HOSTHBLK"
#define LOWEST_USER_ADDRESS 0x10000

struct block {
    uint64_t magic;
    uint64_t size;
};

_Static_assert(sizeof(struct block) == MEMORY_ALLOCATION_ALIGNMENT, "blocks stay aligned");

static char process_heap; // its address is the heap's handle

static void *allocate(SIZE_T size, bool zero)
{
    if (size > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = zero ? calloc(1, sizeof(*block) + size) : malloc(sizeof(*block) + size);
    if (!block)
        return NULL;
    *block = (struct block){BLOCK_MAGIC, size};
    return block + 1;
}

// The header of a block this file gave out; NULL for anything else that can be told.
static struct block *block_of(const void *memory)
{
    struct block *block = (struct block *)memory - 1;
    if (!memory || (uintptr_t)memory % MEMORY_ALLOCATION_ALIGNMENT || block->magic != BLOCK_MAGIC)
        return NULL;
    return block;
}

static bool release(void *memory)
{
    struct block *block = block_of(memory);
    if (!block)
        return false;
    block->magic = 0;
    free(block);
    return true;
}

HANDLE WINAPI GetProcessHeap(void)
{
    return &process_heap;
}

// Like Windows, HeapAlloc and HeapReAlloc leave the last error alone when memory is short.
LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    (void)heap;
    return allocate(size, flags & HEAP_ZERO_MEMORY);
}

LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID memory, SIZE_T size)
{
    (void)heap;
    struct block *block = block_of(memory);
    if (!block || (flags & HEAP_REALLOC_IN_PLACE_ONLY) || size > SIZE_MAX - sizeof(*block))
        return NULL;
    SIZE_T old_size = block->size;
    block = realloc(block, sizeof(*block) + size);
    if (!block)
        return NULL;
    block->size = size;
    if ((flags & HEAP_ZERO_MEMORY) && size > old_size)
        memset((char *)(block + 1) + old_size, 0, size - old_size);
    return block + 1;
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID memory)
{
    (void)heap;
    (void)flags;
    if (!memory || release(memory))
        return TRUE;
    return base_fail(ERROR_INVALID_PARAMETER);
}

SIZE_T WINAPI HeapSize(HANDLE heap, DWORD flags, LPCVOID memory)
{
    (void)heap;
    (void)flags;
    const struct block *block = block_of(memory);
    return block ? block->size : (SIZE_T)-1;
}

HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T size)
{
    void *memory = allocate(size, flags & LMEM_ZEROINIT);
    if (!memory)
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    return memory;
}

// NULL on success; the handle itself, with the last error set, when it is none.
HLOCAL WINAPI LocalFree(HLOCAL memory)
{
    if (!memory || release(memory))
        return NULL;
    base_fail(ERROR_INVALID_HANDLE);
    return memory;
}

HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T size)
{
    return LocalAlloc(flags, size);
}

HGLOBAL WINAPI GlobalFree(HGLOBAL memory)
{
    return LocalFree(memory);
}

LPVOID WINAPI VirtualAlloc(LPVOID address, SIZE_T size, DWORD type, DWORD protection)
{
    if (address && (uintptr_t)address < LOWEST_USER_ADDRESS) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    PVOID base = address;
    NTSTATUS status = nt()->NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, type, protection);
    return base_result(status) ? base : NULL;
}

BOOL WINAPI VirtualFree(LPVOID address, SIZE_T size, DWORD type)
{
    if ((type & MEM_RELEASE) && size)
        return base_fail(ERROR_INVALID_PARAMETER);
    PVOID base = address;
    return base_result(nt()->NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, type));
}

BOOL WINAPI VirtualProtect(LPVOID address, SIZE_T size, DWORD protection, PDWORD old_protection)
{
    PVOID base = address;
    return base_result(
        nt()->NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, protection, (PULONG)old_protection));
}
