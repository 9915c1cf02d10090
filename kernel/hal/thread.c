// Linux threads, the signal stack each of them needs, and the GS register.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "hal/hal.h"

#include <asm/prctl.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNAL_STACK = 64 * 1024, THREAD_STACK = 1024 * 1024 };

struct hal_thread {
    pthread_t thread;
    void (*entry)(void *);
    void *argument;
    const char *name; // static
    bool detached;    // frees itself
};

HAL_THREAD_LOCAL void *signal_stack;
HAL_THREAD_LOCAL int thread_number;

static void *start(void *argument)
{
    struct hal_thread *thread = argument; // its .thread may not be written yet
    void (*entry)(void *) = thread->entry;
    void *entry_argument = thread->argument;
    if (thread->name)
        pthread_setname_np(pthread_self(), thread->name);
    if (thread->detached)
        hal_free(thread);
    entry(entry_argument);
    return NULL;
}

// Signals meant for the process go to threads of the application, never to threads of the kernel.
int hal_thread_start(struct hal_thread **out, void (*entry)(void *), void *argument, const char *name)
{
    struct hal_thread *thread = hal_alloc(sizeof *thread);
    pthread_attr_t attributes;
    sigset_t all, before;
    if (!thread)
        return ENOMEM;
    thread->entry = entry;
    thread->argument = argument;
    thread->name = name;
    thread->detached = !out;
    pthread_t started;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGTRAP);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    if (!out)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&started, &attributes, start, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (error) {
        hal_free(thread);
    } else if (out) {
        thread->thread = started;
        *out = thread;
    }
    return error;
}

void hal_thread_join(struct hal_thread *thread)
{
    pthread_join(thread->thread, NULL);
    hal_free(thread);
}

void hal_thread_exit(void)
{
    pthread_exit(NULL);
}

int hal_thread_number(void)
{
    if (!thread_number)
        thread_number = (int)syscall(SYS_gettid);
    return thread_number;
}

uint32_t hal_user_number(void)
{
    return (uint32_t)geteuid();
}

int hal_process_number(void)
{
    return getpid();
}

void hal_yield(void)
{
    sched_yield();
}

void hal_signal_stack_enter(void)
{
    stack_t stack;
    if (signal_stack || (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE)))
        return; // somebody (AddressSanitizer, the application) gave this thread one already
    void *memory = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack = (stack_t){.ss_sp = memory, .ss_size = SIGNAL_STACK};
    if (sigaltstack(&stack, NULL) == 0)
        signal_stack = memory;
    else
        munmap(memory, SIGNAL_STACK);
}

void hal_signal_stack_leave(void)
{
    stack_t none = {.ss_flags = SS_DISABLE};
    hal_emergency_stack_leave();
    if (!signal_stack)
        return;
    sigaltstack(&none, NULL);
    munmap(signal_stack, SIGNAL_STACK);
    signal_stack = NULL;
}

__attribute__((target("fsgsbase"))) static void write_gs(void *base)
{
    __builtin_ia32_wrgsbase64((unsigned long long)(uintptr_t)base);
}

void hal_set_gs(void *base)
{
    const unsigned long fsgsbase = 2; // HWCAP2 bit 1: the instruction works outside the kernel
    if (getauxval(AT_HWCAP2) & fsgsbase)
        write_gs(base);
    else
        syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}

void hal_stack_limits(uintptr_t *low, uintptr_t *high)
{
    pthread_attr_t attributes;
    void *address = NULL;
    size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &address, &bytes);
        pthread_attr_destroy(&attributes);
    }
    *low = (uintptr_t)address;
    *high = (uintptr_t)address + bytes;
}

unsigned hal_processor_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > 64 ? 64 : (unsigned)count;
}

uint64_t hal_random(void)
{
    uint64_t value;
    while (getrandom(&value, sizeof value, 0) != sizeof value)
        ;
    return value;
}

void hal_panic(const char *message)
{
    fprintf(stderr, "nthost: %s\n", message);
    abort();
}
