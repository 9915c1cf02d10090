// Pool: tagged kernel memory.
//
// Small blocks come from free lists by size class; each page of a 1 MiB region holds blocks of one class, so that no
// block crosses a page. From a page less a header on they are page-aligned runs of pages, kept by power of two. Before
// each block stands its header; what AddressSanitizer can watch (header, slack, freed blocks) is poisoned. Memory is
// not cleared unless the caller asks: semantics 3.
//
//      region --carve--> free --allocate--> allocated --free--> free
//
// wdm/nf-wdm-exallocatepoolwithtag, -exallocatepool2, -exfreepoolwithtag; debugger/bug-check-0xc2.
#include "ex/ex.h"

enum {
    MAGIC_ALLOCATED = 0xA110,
    MAGIC_FREE = 0xF4EE,
    SMALL_CLASSES = 25,
    LARGE_CLASSES = 11, // 4 KiB .. 4 MiB; beyond, pages go straight back
    CLASS_DIRECT = 255,
    REGION_BYTES = 1024 * 1024,
    LARGE_KEPT = 8,
};

#if HAL_ASAN
#define UNWATCHED __attribute__((no_sanitize("address")))
#else
#define UNWATCHED
#endif

struct header {
    ULONG tag;
    USHORT magic;
    UCHAR class; // small: 0 .. SMALL_CLASSES-1; large: SMALL_CLASSES + order; CLASS_DIRECT
    UCHAR pool_type;
    size_t bytes; // as requested
};

struct free_block {
    struct header header;
    struct free_block *next;
};

struct class_list {
    struct hal_spin lock;
    struct free_block *first, *last;
    unsigned free;
    size_t allocated_blocks, allocated_bytes;
};

struct region {
    struct region *next;
    char *base;
    size_t used;
};

// At the beginning of the page that ends with a large block's header, while the block is allocated.
struct large {
    LIST_ENTRY link;
};

static const USHORT class_bytes[SMALL_CLASSES] = { // header included; as many as fit into a page
    32,  48,  64,  80,  96,  112, 128, 144, 160,  176,  192,  224, 256,
    288, 336, 400, 448, 512, 576, 672, 816, 1024, 1360, 2048, 4096};

enum { SMALL_BYTES = HAL_PAGE - sizeof(struct header) }; // the largest that comes from a class

static struct class_list lists[SMALL_CLASSES + LARGE_CLASSES];
static struct class_list direct;
static UCHAR class_of_unit[HAL_PAGE / 16 + 1]; // (bytes + header) / 16, rounded up -> class
static struct hal_mutex region_lock, large_lock;
static struct region *regions;
static LIST_ENTRY large_blocks = {&large_blocks, &large_blocks}; // allocated; under large_lock
static _Atomic unsigned fail_after;

_Static_assert(sizeof(struct header) == 16, "blocks stay 16-byte aligned behind their header");

void ex_pool_init(void)
{
    unsigned class = 0;
    for (unsigned unit = 0; unit < sizeof class_of_unit; unit++) {
        while (class_bytes[class] < unit * 16)
            class ++;
        class_of_unit[unit] = (UCHAR) class;
    }
}

static size_t large_bytes(unsigned order)
{
    return (size_t)HAL_PAGE << order;
}

// ---- regions ------------------------------------------------------------------------------------------------

// With the region lock.
static bool add_region(void)
{
    struct region *region = hal_alloc(sizeof *region);
    if (!region || !(region->base = hal_map(0, REGION_BYTES, HAL_READ | HAL_WRITE))) {
        hal_free(region);
        return false;
    }
    region->next = regions;
    regions = region;
    return true;
}

bool ex_pool_is_shared_page(const void *address)
{
    bool found = false;
    hal_mutex_lock(&region_lock);
    for (struct region *region = regions; region && !found; region = region->next)
        found = (uintptr_t)address - (uintptr_t)region->base < REGION_BYTES;
    hal_mutex_unlock(&region_lock);
    return found;
}

// A page that nobody has used; its headers are written before a walk can meet it.
UNWATCHED static char *carve(unsigned class)
{
    char *page = NULL;
    hal_mutex_lock(&region_lock);
    if ((regions && regions->used < REGION_BYTES) || add_region()) {
        page = regions->base + regions->used;
        regions->used += HAL_PAGE;
        for (size_t at = 0; at + class_bytes[class] <= HAL_PAGE; at += class_bytes[class])
            *(struct header *)(page + at) = (struct header){.magic = MAGIC_FREE, .class = (UCHAR) class};
    }
    hal_mutex_unlock(&region_lock);
    return page;
}

// ---- free lists, under the lock of the class ------------------------------------------------------------------

UNWATCHED static void put(struct class_list *list, struct free_block *block)
{
    block->next = NULL;
    list->free++;
    if (!list->first) {
        list->first = list->last = block;
    } else if (HAL_ASAN) { // the longer a freed block stays poisoned, the more it catches
        list->last->next = block;
        list->last = block;
    } else {
        block->next = list->first;
        list->first = block;
    }
}

UNWATCHED static struct free_block *take(struct class_list *list)
{
    struct free_block *block = list->first;
    if (block) {
        list->first = block->next;
        list->free--;
    }
    return block;
}

UNWATCHED static void refill(struct class_list *list, unsigned class)
{
    size_t bytes = class_bytes[class];
    char *page = carve(class);
    for (size_t at = 0; page && at + bytes <= HAL_PAGE; at += bytes) {
        struct free_block *block = (struct free_block *)(page + at);
        put(list, block);
        hal_poison(block, bytes);
    }
}

// ---- headers ----------------------------------------------------------------------------------------------------

UNWATCHED static void *finish(struct header *header, unsigned class, size_t bytes, ULONG tag)
{
    header->tag = tag;
    header->magic = MAGIC_ALLOCATED;
    header->class = (UCHAR) class;
    header->bytes = bytes;
    hal_unpoison(header + 1, bytes);
    return header + 1;
}

UNWATCHED static struct header read_header(const void *address)
{
    return ((const struct header *)address)[-1];
}

// With the lock of the block's class; false when somebody else has freed it since.
UNWATCHED static bool claim(void *address)
{
    struct header *header = (struct header *)address - 1;
    bool allocated = header->magic == MAGIC_ALLOCATED;
    header->magic = MAGIC_FREE;
    return allocated;
}

static void *allocate_small(size_t bytes, ULONG tag)
{
    unsigned class = class_of_unit[(bytes + sizeof(struct header) + 15) / 16];
    struct class_list *list = &lists[class];
    hal_spin_lock(&list->lock);
    if (!list->first)
        refill(list, class);
    struct free_block *block = take(list);
    if (block) {
        list->allocated_blocks++;
        list->allocated_bytes += bytes;
    }
    hal_spin_unlock(&list->lock);
    return block ? finish(&block->header, class, bytes, tag) : NULL;
}

static unsigned order_of(size_t bytes)
{
    unsigned order = 0;
    while (large_bytes(order) < bytes)
        order++;
    return order;
}

static struct large *large_of(void *address)
{
    return (struct large *)((char *)address - HAL_PAGE);
}

// A page for the header stands before the data, so that the data begins on a page.
static void *allocate_large(size_t bytes, ULONG tag)
{
    bool kept = bytes <= large_bytes(LARGE_CLASSES - 1);
    unsigned order = kept ? order_of(bytes) : 0;
    struct class_list *list = kept ? &lists[SMALL_CLASSES + order] : &direct;
    size_t size = kept ? large_bytes(order) : hal_round_up(bytes, HAL_PAGE);
    if (size < bytes || size + HAL_PAGE < size)
        return NULL;
    hal_spin_lock(&list->lock);
    struct free_block *block = kept ? take(list) : NULL;
    hal_spin_unlock(&list->lock);
    if (!block) {
        char *memory = hal_map(0, size + HAL_PAGE, HAL_READ | HAL_WRITE);
        if (!memory)
            return NULL;
        block = (struct free_block *)(memory + HAL_PAGE - sizeof(struct header));
    }
    hal_spin_lock(&list->lock);
    list->allocated_blocks++;
    list->allocated_bytes += bytes;
    hal_spin_unlock(&list->lock);
    void *memory = finish(&block->header, kept ? SMALL_CLASSES + order : CLASS_DIRECT, bytes, tag);
    hal_mutex_lock(&large_lock);
    InsertTailList(&large_blocks, &large_of(memory)->link);
    hal_mutex_unlock(&large_lock);
    return memory;
}

static bool free_large(void *address, const struct header *header)
{
    bool kept = header->class != CLASS_DIRECT;
    struct class_list *list = kept ? &lists[header->class] : &direct;
    size_t size = kept ? large_bytes(header->class - SMALL_CLASSES) : hal_round_up(header->bytes, HAL_PAGE);
    hal_mutex_lock(&large_lock);
    bool claimed = claim(address);
    if (claimed)
        RemoveEntryList(&large_of(address)->link);
    hal_mutex_unlock(&large_lock);
    if (!claimed)
        return false;
    hal_poison(address, size);
    hal_spin_lock(&list->lock);
    list->allocated_blocks--;
    list->allocated_bytes -= header->bytes;
    kept = kept && list->free < LARGE_KEPT;
    if (kept)
        put(list, (struct free_block *)((struct header *)address - 1));
    hal_spin_unlock(&list->lock);
    if (!kept)
        hal_unmap((char *)address - HAL_PAGE, size + HAL_PAGE);
    return true;
}

static bool free_small(void *address, const struct header *header)
{
    struct class_list *list = &lists[header->class];
    hal_poison(address, class_bytes[header->class] - sizeof *header);
    hal_spin_lock(&list->lock);
    bool claimed = claim(address);
    if (claimed) {
        list->allocated_blocks--;
        list->allocated_bytes -= header->bytes;
        put(list, (struct free_block *)((struct header *)address - 1));
    }
    hal_spin_unlock(&list->lock);
    return claimed;
}

static bool must_fail(void)
{
    unsigned left = atomic_load_explicit(&fail_after, memory_order_relaxed);
    while (hal_unlikely(left))
        if (atomic_compare_exchange_weak(&fail_after, &left, left - 1))
            return left == 1;
    return false;
}

void *ex_allocate(size_t bytes, ULONG tag)
{
    if (must_fail())
        return NULL;
    return bytes <= SMALL_BYTES ? allocate_small(bytes, tag) : allocate_large(bytes, tag);
}

void *ex_allocate_zeroed(size_t bytes, ULONG tag)
{
    void *memory = ex_allocate(bytes, tag);
    return memory ? __builtin_memset(memory, 0, bytes) : NULL;
}

void ex_free(void *address)
{
    struct header header;
    // Guarded: a large block that was freed is not mapped any more.
    if (!hal_is_kernel_address(address) || (uintptr_t)address % 16 ||
        !hal_copy(&header, (struct header *)address - 1, sizeof header))
        ke_bugcheck(BAD_POOL_CALLER, 0x46, (ULONG_PTR)address, 0, 0,
                    "ExFreePool of an address that is not from pool, or of a large block that is free already");
    if (header.magic != MAGIC_ALLOCATED && header.magic != MAGIC_FREE)
        ke_bugcheck(BAD_POOL_HEADER, 0x20, (ULONG_PTR)address, 0, 0,
                    "ExFreePool: the header of the block is damaged, or this is not a block of pool");
    if (header.magic == MAGIC_FREE ||
        !(header.class < SMALL_CLASSES ? free_small(address, &header) : free_large(address, &header)))
        ke_bugcheck(BAD_POOL_CALLER, 7, 0, header.tag, (ULONG_PTR)address,
                    "ExFreePool of a block that is free already");
}

size_t ex_pool_size(const void *address)
{
    return read_header(address).bytes;
}

unsigned ex_pool_fail_after(unsigned n)
{
    return atomic_exchange(&fail_after, n);
}

struct ex_pool_usage ex_pool_usage(void)
{
    struct ex_pool_usage usage = {0};
    hal_spin_lock(&direct.lock);
    usage.blocks = direct.allocated_blocks;
    usage.bytes = direct.allocated_bytes;
    hal_spin_unlock(&direct.lock);
    for (unsigned i = 0; i < SMALL_CLASSES + LARGE_CLASSES; i++) {
        hal_spin_lock(&lists[i].lock);
        usage.blocks += lists[i].allocated_blocks;
        usage.bytes += lists[i].allocated_bytes;
        hal_spin_unlock(&lists[i].lock);
    }
    return usage;
}

UNWATCHED static void walk_page(char *page, void (*visit)(void *, ULONG, size_t, void *), void *context)
{
    size_t bytes = class_bytes[((struct header *)page)->class];
    for (size_t at = 0; at + bytes <= HAL_PAGE; at += bytes) {
        struct header *header = (struct header *)(page + at);
        if (header->magic == MAGIC_ALLOCATED)
            visit(header + 1, header->tag, header->bytes, context);
    }
}

void ex_pool_walk(void (*visit)(void *block, ULONG tag, size_t bytes, void *context), void *context)
{
    hal_mutex_lock(&region_lock);
    for (struct region *region = regions; region; region = region->next)
        for (size_t at = 0; at < region->used; at += HAL_PAGE)
            walk_page(region->base + at, visit, context);
    hal_mutex_unlock(&region_lock);
    hal_mutex_lock(&large_lock);
    for (LIST_ENTRY *entry = large_blocks.Flink; entry != &large_blocks; entry = entry->Flink) {
        void *block = (char *)CONTAINING_RECORD(entry, struct large, link) + HAL_PAGE;
        struct header header = read_header(block);
        visit(block, header.tag, header.bytes, context);
    }
    hal_mutex_unlock(&large_lock);
}

UNWATCHED static void release_large(struct class_list *list, size_t bytes)
{
    while (list->first) {
        struct free_block *block = take(list);
        hal_unmap((char *)(&block->header + 1) - HAL_PAGE, bytes + HAL_PAGE);
    }
}

static void release_allocated_large(void)
{
    while (!IsListEmpty(&large_blocks)) {
        void *block = (char *)CONTAINING_RECORD(RemoveHeadList(&large_blocks), struct large, link) + HAL_PAGE;
        struct header header = read_header(block);
        size_t size = header.class == CLASS_DIRECT ? hal_round_up(header.bytes, HAL_PAGE)
                                                   : large_bytes(header.class - SMALL_CLASSES);
        hal_unmap((char *)block - HAL_PAGE, size + HAL_PAGE);
    }
}

void ex_pool_shutdown(void)
{
    ex_pool_fail_after(0);
    release_allocated_large();
    for (unsigned order = 0; order < LARGE_CLASSES; order++)
        release_large(&lists[SMALL_CLASSES + order], large_bytes(order));
    while (regions) {
        struct region *region = regions;
        regions = region->next;
        hal_unmap(region->base, REGION_BYTES);
        hal_free(region);
    }
    __builtin_memset(lists, 0, sizeof lists);
    __builtin_memset(&direct, 0, sizeof direct);
}

// ---- what drivers call ------------------------------------------------------------------------------------------

// Paged pool comes and goes only where page faults may be served. (That it is not touched elsewhere is not checked.)
static void check_irql(bool paged, ULONG64 type, size_t bytes)
{
    if (hal_unlikely(paged && ke_irql() >= DISPATCH_LEVEL))
        ke_bugcheck(BAD_POOL_CALLER, 8, ke_irql(), (ULONG_PTR)type, bytes,
                    "paged pool was asked for at DISPATCH_LEVEL or above; it may be at APC_LEVEL and below only");
}

static void *allocate_for_driver(ULONG type, size_t bytes, ULONG tag)
{
    check_irql(type & PagedPool, type, bytes);
    void *memory = ex_allocate(bytes, tag);
    if (!memory && (type & POOL_RAISE_IF_ALLOCATION_FAILURE))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return memory;
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
    return allocate_for_driver((ULONG)type, bytes, tag);
}

PVOID NTAPI ExAllocatePool(POOL_TYPE type, SIZE_T bytes)
{
    return allocate_for_driver((ULONG)type, bytes, EX_TAG_NONE);
}

PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE type, SIZE_T bytes, ULONG tag, EX_POOL_PRIORITY priority)
{
    (void)priority;
    return allocate_for_driver((ULONG)type, bytes, tag);
}

// Raises on failure unless POOL_QUOTA_FAIL_INSTEAD_OF_RAISE is set.
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
    check_irql(type & PagedPool, (ULONG)type, bytes);
    void *memory = ex_allocate(bytes, tag);
    if (!memory && !((ULONG)type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    return memory;
}

// Zeroed unless POOL_FLAG_UNINITIALIZED; NULL for a tag of 0, as documented.
PVOID NTAPI ExAllocatePool2(POOL_FLAGS flags, SIZE_T bytes, ULONG tag)
{
    check_irql(flags & POOL_FLAG_PAGED, flags, bytes);
    void *memory = tag && bytes ? ex_allocate(bytes, tag) : NULL;
    if (!memory && (flags & POOL_FLAG_RAISE_ON_FAILURE))
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    if (memory && !(flags & POOL_FLAG_UNINITIALIZED))
        __builtin_memset(memory, 0, bytes);
    return memory;
}

PVOID NTAPI ExAllocatePool3(POOL_FLAGS flags, SIZE_T bytes, ULONG tag, PCPOOL_EXTENDED_PARAMETER parameters,
                            ULONG count)
{
    (void)parameters, (void)count;
    return ExAllocatePool2(flags, bytes, tag);
}

void NTAPI ExFreePoolWithTag(PVOID address, ULONG tag)
{
    (void)tag;
    ex_free(address);
}

void NTAPI ExFreePool(PVOID address)
{
    ex_free(address);
}

void NTAPI ExFreePool2(PVOID address, ULONG tag, PCPOOL_EXTENDED_PARAMETER parameters, ULONG count)
{
    (void)tag, (void)parameters, (void)count;
    ex_free(address);
}
