// Signals that are faults: first the guarded accesses, then the kernel's handler, then whoever was there before.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

extern const unsigned char hal_guard_begin[], hal_guard_end[], hal_guard_fault[];
bool hal_guard_read_byte(const void *address);
bool hal_guard_write_byte(void *address);
bool hal_guard_rewrite_byte(void *address);

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
enum { FAULT_SIGNALS = sizeof fault_signals / sizeof *fault_signals, PAGE_FAULT_WRITE = 2, TRAP_PAGE_FAULT = 14 };

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

static void on_fault(int signal, siginfo_t *info, void *raw)
{
    ucontext_t *context = raw;
    greg_t *registers = context->uc_mcontext.gregs;
    uintptr_t rip = (uintptr_t)registers[REG_RIP];
    if (rip >= (uintptr_t)hal_guard_begin && rip < (uintptr_t)hal_guard_end) {
        registers[REG_RIP] = (greg_t)(uintptr_t)hal_guard_fault;
        return;
    }
    bool page_fault = registers[REG_TRAPNO] == TRAP_PAGE_FAULT;
    struct hal_fault fault = {
        .signal = signal,
        .address = page_fault ? info->si_addr : NULL,
        .write = page_fault && (registers[REG_ERR] & PAGE_FAULT_WRITE),
        .general = signal == SIGSEGV && !page_fault,
        .instruction = (void *)rip,
        .context = context,
    };
    hal_fault_handler handler = atomic_load(&kernel_handler);
    if (handler && handler(&fault))
        return;
    chain(signal, info, raw);
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FAULT_SIGNALS; i++)
        sigaction(fault_signals[i], &action, &previous[i]);
}

void hal_faults_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

void hal_set_fault_handler(hal_fault_handler handler)
{
    atomic_store(&kernel_handler, handler);
}

bool hal_touch_read(const void *address, size_t bytes)
{
    const char *byte = address, *last = byte + bytes - 1;
    if (bytes == 0)
        return true;
    if (last < byte)
        return false;
    for (; byte < last; byte = (const char *)(((uintptr_t)byte | (HAL_PAGE - 1)) + 1))
        if (!hal_guard_read_byte(byte))
            return false;
    return hal_guard_read_byte(last);
}

bool hal_touch_write(void *address, size_t bytes)
{
    char *byte = address, *last = byte + bytes - 1;
    if (bytes == 0)
        return true;
    if (last < byte)
        return false;
    for (; byte < last; byte = (char *)(((uintptr_t)byte | (HAL_PAGE - 1)) + 1))
        if (!hal_guard_write_byte(byte))
            return false;
    return hal_guard_write_byte(last);
}

bool hal_touch_write_own(void *address, size_t bytes)
{
    char *first = address, *last = first + bytes - 1;
    return hal_guard_rewrite_byte(first) &&
           (((uintptr_t)first ^ (uintptr_t)last) < HAL_PAGE || hal_guard_rewrite_byte(last));
}
