// Signals that are faults: first the guarded accesses, then the kernel's handler, then whoever was there before.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#if HAL_ASAN
#include <sanitizer/asan_interface.h>
#endif

extern const unsigned char hal_guard_begin[], hal_guard_end[], hal_guard_fault[];
bool hal_guard_read_byte(const void *address);
bool hal_guard_write_byte(void *address);
bool hal_guard_rewrite_byte(void *address);

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof *fault_signals, EMERGENCY_STACK = 256 * 1024 };

// Bits of a page fault's error code.
enum { PAGE_PRESENT = 1, PAGE_WRITE = 2, PAGE_FETCH = 16 };

// How the context numbers the registers that the machine numbers 0 to 15.
static const int register_index[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                       REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

HAL_THREAD_LOCAL char *emergency_stack;

static struct hal_mutex install_lock;
static struct sigaction previous[FAULT_SIGNALS];
static _Atomic(hal_fault_handler) kernel_handler;

// Hand the signal to the handler that stood before ours; with none, die of it as if we had never been here.
static void chain(int signal, siginfo_t *info, void *context)
{
    for (int i = 0; i < FAULT_SIGNALS; i++) {
        if (fault_signals[i] != signal)
            continue;
        if (previous[i].sa_flags & SA_SIGINFO)
            previous[i].sa_sigaction(signal, info, context);
        else if (previous[i].sa_handler != SIG_DFL && previous[i].sa_handler != SIG_IGN)
            previous[i].sa_handler(signal);
        else
            sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    }
}

// Where the kernel saved what does not fit into the 512 bytes of FXSAVE; asm/sigcontext.h.
static void describe_extended(struct hal_fault *fault, const ucontext_t *context)
{
    enum { SOFTWARE_RESERVED = 464, MAGIC = 0x46505853 };
    const char *image = (const char *)context->uc_mcontext.fpregs;
    struct {
        uint32_t magic, extended_size;
        uint64_t components;
        uint32_t size;
    } words;
    fault->extended = image;
    fault->extended_bytes = image ? 512 : 0;
    fault->extended_mask = 0;
    if (!image)
        return;
    __builtin_memcpy(&words, image + SOFTWARE_RESERVED, sizeof words);
    if (words.magic != MAGIC)
        return;
    fault->extended_bytes = words.size;
    fault->extended_mask = words.components;
}

static void describe(struct hal_fault *fault, int signal, const siginfo_t *info, const ucontext_t *context)
{
    const greg_t *registers = context->uc_mcontext.gregs;
    uint64_t error = (uint64_t)registers[REG_ERR];
    bool page_fault = registers[REG_TRAPNO] == HAL_TRAP_PAGE;
    *fault = (struct hal_fault){
        .signal = signal,
        .trap = (unsigned)registers[REG_TRAPNO],
        .error = error,
        .address = page_fault ? info->si_addr : NULL,
        .page_fault = page_fault,
        .write = page_fault && error & PAGE_WRITE,
        .execute = page_fault && error & PAGE_FETCH,
        .present = page_fault && error & PAGE_PRESENT,
        .instruction = (void *)(uintptr_t)registers[REG_RIP],
    };
    for (int i = 0; i < 16; i++)
        fault->registers.integer[i] = (uint64_t)registers[register_index[i]];
    fault->registers.rip = (uint64_t)registers[REG_RIP];
    fault->registers.flags = (uint64_t)registers[REG_EFL];
    describe_extended(fault, context);
}

static void resume_with(const struct hal_fault *fault, ucontext_t *context)
{
    greg_t *registers = context->uc_mcontext.gregs;
    for (int i = 0; i < 16; i++)
        registers[register_index[i]] = (greg_t)fault->registers.integer[i];
    registers[REG_RIP] = (greg_t)fault->registers.rip;
    registers[REG_EFL] = (greg_t)fault->registers.flags;
}

// The processor's doing, not somebody's kill().
static bool is_fault(const siginfo_t *info)
{
    return info->si_code > 0;
}

static void on_fault(int signal, siginfo_t *info, void *raw)
{
    ucontext_t *context = raw;
    greg_t *registers = context->uc_mcontext.gregs;
    uintptr_t rip = (uintptr_t)registers[REG_RIP];
    if (rip >= (uintptr_t)hal_guard_begin && rip < (uintptr_t)hal_guard_end) {
        registers[REG_RIP] = (greg_t)(uintptr_t)hal_guard_fault;
        return;
    }
    hal_fault_handler handler = atomic_load(&kernel_handler);
    if (handler && is_fault(info)) {
        struct hal_fault fault;
        describe(&fault, signal, info, context);
        if (handler(&fault)) {
            resume_with(&fault, context);
            return;
        }
    }
    chain(signal, info, raw);
}

// Ours in front of whoever is there now; nothing when it is in front already.
static void install(int i)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER}, now;
    sigemptyset(&action.sa_mask);
    if (sigaction(fault_signals[i], NULL, &now) != 0 || (now.sa_sigaction == on_fault && now.sa_flags & SA_SIGINFO))
        return;
    if (now.sa_sigaction != on_fault) // else somebody has put it back by signal(), which loses the flags
        previous[i] = now;
    sigaction(fault_signals[i], &action, NULL);
}

void hal_faults_init(void)
{
    hal_mutex_lock(&install_lock);
    for (int i = 0; i < FAULT_SIGNALS; i++)
        install(i);
    hal_mutex_unlock(&install_lock);
}

void hal_set_fault_handler(hal_fault_handler handler)
{
    atomic_store(&kernel_handler, handler);
}

void hal_leave_frames(void)
{
#if HAL_ASAN
    __asan_handle_no_return();
#endif
}

void *hal_emergency_stack(void)
{
    if (!emergency_stack) {
        void *memory =
            mmap(NULL, EMERGENCY_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        emergency_stack = memory == MAP_FAILED ? NULL : memory;
    }
    return emergency_stack ? emergency_stack + EMERGENCY_STACK : NULL;
}

void hal_emergency_stack_leave(void)
{
    if (emergency_stack) {
        // Frames that were left without return poisoned it; the next stack at this address must not inherit that.
        hal_unpoison(emergency_stack, EMERGENCY_STACK);
        munmap(emergency_stack, EMERGENCY_STACK);
    }
    emergency_stack = NULL;
}

// Addresses as numbers: a sum of pointers that wraps around is undefined, and the compiler would drop its check.
bool hal_touch_read(const void *address, size_t bytes)
{
    uintptr_t byte = (uintptr_t)address, last = byte + bytes - 1;
    if (bytes == 0)
        return true;
    if (last < byte)
        return false;
    for (; byte < last; byte = (byte | (HAL_PAGE - 1)) + 1)
        if (!hal_guard_read_byte((const char *)byte))
            return false;
    return hal_guard_read_byte((const char *)last);
}

bool hal_touch_write(void *address, size_t bytes)
{
    uintptr_t byte = (uintptr_t)address, last = byte + bytes - 1;
    if (bytes == 0)
        return true;
    if (last < byte)
        return false;
    for (; byte < last; byte = (byte | (HAL_PAGE - 1)) + 1)
        if (!hal_guard_write_byte((char *)byte))
            return false;
    return hal_guard_write_byte((char *)last);
}

bool hal_touch_write_own(void *address, size_t bytes)
{
    char *first = address, *last = first + bytes - 1;
    return hal_guard_rewrite_byte(first) &&
           (((uintptr_t)first ^ (uintptr_t)last) < HAL_PAGE || hal_guard_rewrite_byte(last));
}
