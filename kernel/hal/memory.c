// Memory: the kernel range, memory files, protections.
//
// hal_map walks through the kernel range without going back until it reaches the end, so an address that was
// unmapped stays unmapped for a long time and a stale pointer faults instead of meeting somebody else's data.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if HAL_ASAN
#include <sanitizer/asan_interface.h>
#endif

static _Atomic uintptr_t next_address = HAL_KERNEL_BASE;

static int linux_protection(unsigned protection)
{
    return (protection & HAL_READ ? PROT_READ : 0) | (protection & HAL_WRITE ? PROT_WRITE : 0) |
           (protection & HAL_EXECUTE ? PROT_EXEC : 0);
}

static void *map_at(uintptr_t address, size_t bytes, int protection, int flags, int fd, uint64_t offset)
{
    void *memory = mmap((void *)address, bytes, protection, flags | MAP_FIXED_NOREPLACE, fd, (off_t)offset);
    return memory == MAP_FAILED ? NULL : memory;
}

// A place in the kernel range, with an unmapped page behind it; two rounds through the range before giving up.
static void *map_anywhere(size_t bytes, int protection, int flags, int fd, uint64_t offset)
{
    size_t stride = bytes + HAL_PAGE;
    if (bytes > HAL_KERNEL_END - HAL_KERNEL_BASE - HAL_PAGE)
        return NULL;
    for (int attempts = 0; attempts < 100000; attempts++) {
        uintptr_t address = atomic_fetch_add(&next_address, stride);
        if (address + stride > HAL_KERNEL_END || address < HAL_KERNEL_BASE) {
            uintptr_t past = address + stride;
            atomic_compare_exchange_strong(&next_address, &past, HAL_KERNEL_BASE);
            continue;
        }
        void *memory = map_at(address, bytes, protection, flags, fd, offset);
        if (memory || errno != EEXIST)
            return memory;
    }
    return NULL;
}

void *hal_map(uintptr_t preferred, size_t bytes, unsigned protection)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    size_t size = hal_round_up(bytes, HAL_PAGE);
    if (size < bytes || size == 0)
        return NULL;
    return preferred ? map_at(preferred, size, linux_protection(protection), flags, -1, 0)
                     : map_anywhere(size, linux_protection(protection), flags, -1, 0);
}

int hal_memory_file(size_t bytes, const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, (off_t)hal_round_up(bytes, HAL_PAGE)) != 0 ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

void *hal_map_file(uintptr_t address, size_t bytes, unsigned protection, int fd)
{
    size_t size = hal_round_up(bytes, HAL_PAGE);
    int flags = MAP_SHARED | MAP_NORESERVE;
    return address ? map_at(address, size, linux_protection(protection), flags, fd, 0)
                   : map_anywhere(size, linux_protection(protection), flags, fd, 0);
}

void *hal_map_view(bool in_kernel, uintptr_t address, size_t bytes, unsigned protection, int fd, uint64_t offset,
                   bool shared)
{
    size_t size = hal_round_up(bytes, HAL_PAGE);
    int flags = (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_NORESERVE;
    if (address)
        return map_at(address, size, linux_protection(protection), flags, fd, offset);
    if (in_kernel)
        return map_anywhere(size, linux_protection(protection), flags, fd, offset);
    void *memory = mmap(NULL, size, linux_protection(protection), flags, fd, (off_t)offset);
    return memory == MAP_FAILED ? NULL : memory;
}

void *hal_map_shared(size_t bytes, const char *name, int *fd)
{
    void *memory = NULL;
    *fd = hal_memory_file(bytes, name);
    if (*fd >= 0 && !(memory = hal_map_file(0, bytes, HAL_READ | HAL_WRITE, *fd))) {
        close(*fd);
        *fd = -1;
    }
    return memory;
}

bool hal_protect(void *address, size_t bytes, unsigned protection)
{
    return mprotect(address, bytes, linux_protection(protection)) == 0;
}

void hal_unmap(void *address, size_t bytes)
{
    size_t size = hal_round_up(bytes, HAL_PAGE);
    if (!address)
        return;
    hal_unpoison(address, size);
    munmap(address, size);
}

void *hal_map_application(uintptr_t address, size_t bytes, unsigned protection)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    if (address)
        return map_at(address, bytes, linux_protection(protection), flags, -1, 0);
    void *memory = mmap(NULL, bytes, linux_protection(protection), flags, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool hal_find_mapping(uintptr_t address, struct hal_mapping *mapping)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512], rights[8];
    bool found = false, past = false;
    *mapping = (struct hal_mapping){.begin = address, .end = HAL_USER_END};
    while (maps && !past && fgets(line, sizeof line, maps)) {
        unsigned long begin, end;
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) != 3 || end <= address)
            continue;
        past = true;
        found = begin <= address;
        mapping->end = found ? end : begin;
        if (!found)
            break;
        mapping->begin = begin;
        mapping->protection = (rights[0] == 'r' ? HAL_READ : 0) | (rights[1] == 'w' ? HAL_WRITE : 0) |
                              (rights[2] == 'x' ? HAL_EXECUTE : 0);
        mapping->shared = rights[3] == 's';
    }
    if (maps)
        fclose(maps);
    return found;
}

uint64_t hal_memory_bytes(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void hal_discard(void *address, size_t bytes, bool shared)
{
    madvise(address, bytes, shared ? MADV_REMOVE : MADV_DONTNEED);
}

bool hal_alias(void *target, void *shared, size_t bytes)
{
    // An old size of 0 leaves the shared mapping where it is and makes a second one.
    return hal_copy(shared, target, bytes) &&
           mremap(shared, 0, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target) != MAP_FAILED;
}

bool hal_unalias(void *target, size_t bytes)
{
    void *own = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (own == MAP_FAILED)
        return false;
    if (hal_copy(own, target, bytes) && mremap(own, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, target) != MAP_FAILED)
        return true;
    munmap(own, bytes);
    return false;
}

void *hal_alloc(size_t bytes)
{
    return calloc(1, bytes);
}

void hal_free(void *memory)
{
    free(memory);
}

#if HAL_ASAN
void hal_poison(const void *memory, size_t bytes)
{
    ASAN_POISON_MEMORY_REGION(memory, bytes);
}

void hal_unpoison(const void *memory, size_t bytes)
{
    // Asking first: writing would make the shadow of memory that was never poisoned resident, for ever.
    if (__asan_region_is_poisoned((void *)(uintptr_t)memory, bytes))
        ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
}
#else
void hal_poison(const void *memory, size_t bytes)
{
    (void)memory, (void)bytes;
}

void hal_unpoison(const void *memory, size_t bytes)
{
    (void)memory, (void)bytes;
}
#endif
