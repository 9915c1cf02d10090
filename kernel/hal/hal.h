// Everything that touches Linux: memory, threads, futexes, clocks, signals.
//
// Nothing above this room calls mmap, pthread, futex or sigaction. Addresses fall into two ranges, as on
// Windows, so that a driver's comparison with MmUserProbeAddress means what it means there:
//
//     HAL_USER_BASE .. HAL_USER_END       memory shared with client processes (a slice for each)
//     HAL_KERNEL_BASE .. HAL_KERNEL_END   pool, driver images, the log: what hal_map returns
//
// In-process the application's own heap and stack lie in neither; there "user" means "not kernel".
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define HAL_TSAN 1
#else
#define HAL_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HAL_ASAN 1
#else
#define HAL_ASAN 0
#endif

// ThreadSanitizer knows only a few ranges of addresses; both of ours move into them.
#if HAL_TSAN
#define HAL_USER_BASE   0x001000000000ull
#define HAL_USER_END    0x008000000000ull
#define HAL_KERNEL_BASE 0x7e9000000000ull
#define HAL_KERNEL_END  0x7eb000000000ull
#else
#define HAL_USER_BASE   0x200000000000ull
#define HAL_USER_END    0x500000000000ull
#define HAL_KERNEL_BASE 0x680000000000ull
#define HAL_KERNEL_END  0x6a0000000000ull
#endif

#define HAL_PAGE         4096u
#define HAL_THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))

#define hal_likely(x)   __builtin_expect(!!(x), 1)
#define hal_unlikely(x) __builtin_expect(!!(x), 0)

// ---- memory ----------------------------------------------------------------------------------------

enum { HAL_NONE = 0, HAL_READ = 1, HAL_WRITE = 2, HAL_EXECUTE = 4 };

static inline size_t hal_round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static inline bool hal_is_kernel_address(const void *address)
{
    return (uintptr_t)address - HAL_KERNEL_BASE < HAL_KERNEL_END - HAL_KERNEL_BASE;
}

// Zeroed pages in the kernel range. preferred 0 takes any address; otherwise exactly that one (it may then lie
// anywhere) or NULL. bytes is rounded up to pages. NULL when memory is exhausted or the place is taken.
void *hal_map(uintptr_t preferred, size_t bytes, unsigned protection);
// As hal_map, backed by a memory file whose descriptor other processes may map; *fd is the caller's to close.
void *hal_map_shared(size_t bytes, const char *name, int *fd);
// Map a memory file: at exactly `address`, or anywhere in the kernel range for 0; NULL when it does not fit.
void *hal_map_file(uintptr_t address, size_t bytes, unsigned protection, int fd);
// Map bytes of a file from `offset` on (whole pages): in the kernel range or where the application has its memory, at
// exactly `address` unless it is 0; shared with all who map it, or copied at the first write. NULL when it does not fit.
void *hal_map_view(bool in_kernel, uintptr_t address, size_t bytes, unsigned protection, int fd, uint64_t offset,
                   bool shared);
// A memory file of fixed size (sealed: nobody can shrink it under a reader); its descriptor or -1.
int hal_memory_file(size_t bytes, const char *name);
bool hal_protect(void *address, size_t bytes, unsigned protection);
void hal_unmap(void *address, size_t bytes);
// Memory for the application in its own process: at exactly `address`, or anywhere outside both ranges for 0.
void *hal_map_application(uintptr_t address, size_t bytes, unsigned protection);
// Forget the contents: the pages are zero at the next touch. Whole pages; shared says which kind of mapping it is.
void hal_discard(void *address, size_t bytes, bool shared);
// What is mapped at an address. False when nothing is: begin is the address then, end where the next mapping begins.
struct hal_mapping {
    uintptr_t begin, end;
    unsigned protection;
    bool shared;
};
bool hal_find_mapping(uintptr_t address, struct hal_mapping *mapping);
// Of the machine.
uint64_t hal_memory_bytes(void);
// Bookkeeping memory, zeroed; NULL on exhaustion.
void *hal_alloc(size_t bytes);
void hal_free(void *memory);
// Mark memory for AddressSanitizer; nothing elsewhere.
void hal_poison(const void *memory, size_t bytes);
void hal_unpoison(const void *memory, size_t bytes);

// The pages at `target`, private ones, become the pages at `shared`, which are shared memory, with their content; and private
// again. Both are page-aligned. What others write there while this runs may be lost.
bool hal_alias(void *target, void *shared, size_t bytes);
bool hal_unalias(void *target, size_t bytes);

// ---- guarded access ----------------------------------------------------------------------------------

// Like memcpy, but false when a page of either side faults; what was copied before stays copied.
bool hal_copy(void *to, const void *from, size_t bytes);
// Touch one byte a page: read it, or write it back unchanged.
bool hal_touch_read(const void *address, size_t bytes);
bool hal_touch_write(void *address, size_t bytes);
// As hal_touch_write for a few bytes that nobody else writes meanwhile: no locked instruction.
bool hal_touch_write_own(void *address, size_t bytes);

// ---- faults --------------------------------------------------------------------------------------------

// The registers of a fault, by their machine number: rax rcx rdx rbx rsp rbp rsi rdi r8 .. r15.
struct hal_registers {
    uint64_t integer[16];
    uint64_t rip, flags;
};

struct hal_fault {
    int signal;     // SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP
    unsigned trap;  // the processor's exception: 0 divide error, 1 debug, 3 breakpoint, 13, 14 page fault, ...
    uint64_t error; // its error code
    void *address;  // the address that was touched; NULL when it is not a page fault
    bool page_fault;
    bool write; // of a page fault
    bool execute;
    bool present;      // the page is there, and the access was not allowed
    void *instruction; // the faulting instruction; behind it for a breakpoint
    struct hal_registers registers;
    const void *extended; // the thread's XSAVE image (with its first 512 bytes at least)
    size_t extended_bytes;
    uint64_t extended_mask; // state components in it; 0: the first 512 bytes only
};

enum {
    HAL_TRAP_DIVIDE = 0,
    HAL_TRAP_DEBUG = 1,
    HAL_TRAP_BREAKPOINT = 3,
    HAL_TRAP_OVERFLOW = 4,
    HAL_TRAP_BOUND = 5,
    HAL_TRAP_INVALID = 6,
    HAL_TRAP_STACK = 12,
    HAL_TRAP_PROTECTION = 13,
    HAL_TRAP_PAGE = 14,
    HAL_TRAP_X87 = 16,
    HAL_TRAP_ALIGNMENT = 17,
    HAL_TRAP_SSE = 19,
};

// Called in the signal handler of any thread; true resumes with the (changed) registers.
typedef bool (*hal_fault_handler)(struct hal_fault *fault);
void hal_set_fault_handler(hal_fault_handler handler);
// Put the signal handlers in front of all others; safe to call again, and needed when the application has set its own.
void hal_faults_init(void);
// Control is about to leave frames of C code without their return (AddressSanitizer wants to know).
void hal_leave_frames(void);
// The top of a second stack of the calling thread, for reporting that its own is full; NULL when there is no memory.
// Fit for a signal handler. Given back by hal_signal_stack_leave.
void *hal_emergency_stack(void);
void hal_emergency_stack_leave(void);

// ---- locks and futexes -----------------------------------------------------------------------------------

// A short lock for internal state: spins briefly, then sleeps. Zero is "free".
struct hal_mutex {
    _Atomic uint32_t word; // 0 free, 1 held, 2 held and somebody sleeps
};

// The mutexes that the calling thread holds, the last one last: a bugcheck gives them back (hal_mutex_abandon).
enum { HAL_HELD = 16 };
struct hal_held {
    uint32_t count;
    struct hal_mutex *mutexes[HAL_HELD];
};
extern __thread struct hal_held hal_held __attribute__((tls_model("initial-exec"), visibility("hidden")));

void hal_mutex_lock_slow(struct hal_mutex *mutex);
void hal_mutex_unlock_slow(struct hal_mutex *mutex);
// Unlock what the calling thread has locked since it held only `count` mutexes. What they guard is as the thread left it.
void hal_mutex_abandon(uint32_t count);
void hal_futex_wake(_Atomic uint32_t *word, int count);
// Sleep while *word == expected, until woken or the monotonic deadline; spurious returns are possible.
void hal_futex_wait(_Atomic uint32_t *word, uint32_t expected, const uint64_t *deadline_ns);
// The same for words in memory shared between processes.
void hal_futex_wait_shared(_Atomic uint32_t *word, uint32_t expected, const uint64_t *deadline_ns);
void hal_futex_wake_shared(_Atomic uint32_t *word, int count);

static inline void hal_pause(void)
{
    __builtin_ia32_pause();
}

static inline void hal_mutex_note(struct hal_mutex *mutex)
{
    hal_held.mutexes[hal_held.count++ % HAL_HELD] = mutex;
}

static inline bool hal_mutex_take(struct hal_mutex *mutex)
{
    uint32_t free = 0;
    return atomic_compare_exchange_strong_explicit(&mutex->word, &free, 1, memory_order_acquire, memory_order_relaxed);
}

static inline bool hal_mutex_try_lock(struct hal_mutex *mutex)
{
    bool taken = hal_mutex_take(mutex);
    if (taken)
        hal_mutex_note(mutex);
    return taken;
}

static inline void hal_mutex_lock(struct hal_mutex *mutex)
{
    if (hal_unlikely(!hal_mutex_take(mutex)))
        hal_mutex_lock_slow(mutex);
    hal_mutex_note(mutex);
}

static inline void hal_mutex_unlock(struct hal_mutex *mutex)
{
    if (hal_unlikely(hal_held.mutexes[--hal_held.count % HAL_HELD] != mutex ||
                     atomic_exchange_explicit(&mutex->word, 0, memory_order_release) == 2))
        hal_mutex_unlock_slow(mutex);
}

// A lock for a few instructions, released by a plain store: half the price of a hal_mutex. Its waiters spin and
// yield, so nothing that sleeps may happen under it.
struct hal_spin {
    _Atomic uint32_t word; // 0 free, 1 held
};

void hal_spin_lock_slow(struct hal_spin *spin);

static inline void hal_spin_lock(struct hal_spin *spin)
{
    if (hal_unlikely(atomic_exchange_explicit(&spin->word, 1, memory_order_acquire)))
        hal_spin_lock_slow(spin);
}

static inline void hal_spin_unlock(struct hal_spin *spin)
{
    atomic_store_explicit(&spin->word, 0, memory_order_release);
}

// ---- clocks -----------------------------------------------------------------------------------------------

uint64_t hal_monotonic_ns(void);
// 100 ns units since 1601-01-01 UTC, as NT counts.
uint64_t hal_system_time_100ns(void);
// How far this place's clocks are ahead of UTC now, in 100 ns.
int64_t hal_zone_100ns(void);

// ---- threads -----------------------------------------------------------------------------------------------

struct hal_thread;

// Start a Linux thread; 0 or an errno. The handle must be joined; thread NULL starts a detached one. name is static.
int hal_thread_start(struct hal_thread **thread, void (*entry)(void *), void *argument, const char *name);
void hal_thread_join(struct hal_thread *thread);
_Noreturn void hal_thread_exit(void);
int hal_thread_number(void);
int hal_process_number(void);
// What Linux says of a process: 0, false, NULL when it does not (it may be gone, or another user's).
uint32_t hal_parent_process(uint32_t process);
bool hal_program_path(uint32_t process, char *path, size_t size);
char *hal_command_line(uint32_t process); // the caller frees it with hal_free
// Where the program is mapped in that process.
bool hal_program_range(uint32_t process, const char *path, uintptr_t *base, size_t *bytes);
uint32_t hal_user_number(void); // whom this process works for
void hal_yield(void);
// A signal stack for the calling thread, so that a stack overflow can be reported; undone by the second.
void hal_signal_stack_enter(void);
void hal_signal_stack_leave(void);
// The stack of the calling thread: [*low, *high).
void hal_stack_limits(uintptr_t *low, uintptr_t *high);
// GS base of the calling thread: the KPCR.
void hal_set_gs(void *base);
unsigned hal_processor_count(void);
uint64_t hal_random(void);
_Noreturn void hal_panic(const char *message);

// ---- files ---------------------------------------------------------------------------------------------------

// The whole file in memory from hal_alloc; 0 or an errno. At most limit bytes (EFBIG beyond).
int hal_read_file(const char *path, size_t limit, void **data, size_t *size);
// A lock that is held for as long as the process lives, or until hal_unlock_file, which takes the file away. 0 or an
// errno; EADDRINUSE: another process holds it.
int hal_lock_file(const char *path, int *lock);
void hal_unlock_file(const char *path, int lock);

// ---- a directory tree as a volume (volume.c) ------------------------------------------------------------------

// A node is a file or a directory of the tree, named by the descriptor of an open directory and one name in it. All
// return 0 or an errno. Symbolic links are not followed (ELOOP).

struct hal_volume_space {
    uint32_t unit; // bytes; the others count units
    uint64_t total, free, available;
};

struct hal_node_facts {
    bool is_directory, is_file, is_read_only;
    uint64_t size, allocated, index, device;
    uint32_t links;
    uint64_t created, accessed, written, changed; // NT's time
};

enum { HAL_NODE_WRITE = 1, HAL_NODE_DIRECTORY = 2, HAL_NODE_CREATE = 4 };

// The path that NTHOST_C_DRIVE names, else nthost/c below XDG_STATE_HOME or ~/.local/state; false: none is known.
bool hal_volume_default(char *path, size_t size);
// Makes the directory and those above it where they are missing.
int hal_volume_open(const char *path, int *fd);
int hal_volume_space(int fd, struct hal_volume_space *space);
int hal_node_open(int directory, const char *name, unsigned how, int *fd);
int hal_node_make_directory(int directory, const char *name);
int hal_node_remove(int directory, const char *name, bool is_directory);
int hal_node_rename(int directory, const char *name, int new_directory, const char *new_name, bool replace);
void hal_node_close(int fd);
int hal_node_duplicate(int fd); // a descriptor, or -1
int hal_node_facts(int fd, struct hal_node_facts *facts);
int hal_node_facts_below(int directory, const char *name, struct hal_node_facts *facts);
// Names in no order, without "." and ".."; visit returns false to end it.
int hal_node_list(int directory, bool (*visit)(const char *name, void *context), void *context);
// *done bytes, less than asked for at the end of the file; the buffer may be bad (EFAULT).
int hal_node_read(int fd, void *buffer, size_t bytes, uint64_t offset, size_t *done);
int hal_node_write(int fd, const void *buffer, size_t bytes, uint64_t offset, size_t *done);
int hal_node_resize(int fd, uint64_t size);
int hal_node_flush(int fd);
int hal_node_set_times(int fd, uint64_t accessed, uint64_t written); // 0: as it is
int hal_node_set_read_only(int fd, bool read_only);
