// The gate without a gate: the kernel is in this process, and the table holds its services themselves.
//
//      first call: boot, load NTHOST_DRIVERS --> threads attach and detach --> process ends: handles closed,
//      drivers unloaded, shut down
//
// For tests, debuggers, sanitizers and speed. A program that ends while other threads of it are still
// attached keeps its drivers loaded: one of those threads may be inside them.
#include "bugchecks.h"
#include "form.h"
#include "inprocess_log.h"
#include "symbolize.h"
#include "words.h"

#include "ps/ps.h"

#include <nthost.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOWEST_ADDRESS = 0x1000, DRIVERS = 32 };

static struct _EPROCESS *process;
static bool booted;               // by us, so shut down by us
static _Atomic unsigned attached; // threads
static char *drivers[DRIVERS];    // paths, ours, in loading order
static unsigned driver_count;

// ---- services -----------------------------------------------------------------------------------------------------

static void run_user_apcs(void)
{
    PKNORMAL_ROUTINE routine;
    PVOID context, argument1, argument2;
    while (ke_take_user_apc(&routine, &context, &argument1, &argument2))
        routine(context, argument1, argument2);
}

static NTSTATUS run_apcs(NTSTATUS status)
{
    if (status == STATUS_USER_APC)
        run_user_apcs();
    return status;
}

#define SERVICE(...)
#define PLANNED(...)
#define WAIT(name, count, ...)                                                                                         \
    static NTSTATUS NTAPI wait_##name(WORDS_##count)                                                                   \
    {                                                                                                                  \
        const uint64_t words[12] = {NAMES_##count};                                                                    \
        return run_apcs(words_call((words_function)(void (*)(void))name, words));                                      \
    }
#include "services.def"

static const struct nt_services services = {
#define SERVICE(name, ...) .name = name,
#define WAIT(name, ...)    .name = GATE_SERVICE(name, wait_##name),
#define PLANNED(name, ...) .name = GATE_SERVICE(name, gate_not_implemented),
#include "services.def"
};

// ---- boot and drivers ---------------------------------------------------------------------------------------------

static void load_drivers(void)
{
    const char *list = getenv("NTHOST_DRIVERS");
    char message[1024], *rest = list ? strdup(list) : NULL, *const copy = rest;
    while (rest && driver_count < DRIVERS) {
        char *path = strsep(&rest, ":");
        if (!*path)
            continue;
        int32_t status = nthost_load_driver(path, NULL, message, sizeof message);
        if (message[0])
            fprintf(stderr, "nthost: %s\n", message);
        if (NT_SUCCESS(status))
            drivers[driver_count++] = strdup(path);
    }
    free(copy);
}

static void unload_drivers(void)
{
    char name[64];
    while (driver_count) {
        char *path = drivers[--driver_count], *slash = strrchr(path, '/');
        snprintf(name, sizeof name, "%s", slash ? slash + 1 : path);
        char *dot = strrchr(name, '.');
        if (dot && dot != name)
            *dot = 0;
        nthost_unload_driver(name);
        free(path);
    }
}

static NTSTATUS begin_process(void *begun)
{
    return ps_begin_process(begun);
}

static int32_t boot(void)
{
    struct nthost_options options = NTHOST_OPTIONS_DEFAULT;
    int32_t status = STATUS_SUCCESS;
    if (!nthost_is_running()) {
        inprocess_log_open(&options);
        options.strict_imports = getenv("NTHOST_STRICT_IMPORTS") != NULL;
        gate_keep_bugchecks(&options, NULL);
        options.symbolize = gate_symbolize;
        status = nthost_boot(&options);
        booted = NT_SUCCESS(status);
    }
    return status;
}

// A driver ends the process, which is this one.
static void kill_process(struct _EPROCESS *ended)
{
    fflush(NULL);
    _exit(ended->exit_status);
}

// The drivers that are there already are told of the process, and may refuse it.
static int32_t create_process(void)
{
    process = ps_create_process((uint32_t)getpid(), program_invocation_short_name, LOWEST_ADDRESS, UINTPTR_MAX >> 1);
    if (!process)
        return STATUS_INSUFFICIENT_RESOURCES;
    process->kill = kill_process;
    ke_run_user_apcs = run_user_apcs;
    return ps_call_in_system_thread(begin_process, process);
}

static void shut_down(void)
{
    ke_run_user_apcs = NULL;
    if (booted) {
        nthost_shutdown();
        inprocess_log_close();
    }
    booted = false;
}

// ---- threads and the end ------------------------------------------------------------------------------------------

static const struct nt_services *attach(void)
{
    if (!ps_attach_thread(process, 0))
        return NULL;
    atomic_fetch_add(&attached, 1);
    return &services;
}

static const struct nt_services *refuse(void)
{
    return &gate_exhausted_services;
}

static void detach(void)
{
    ps_detach_thread();
    atomic_fetch_sub(&attached, 1);
}

static void end_process(void *argument)
{
    (void)argument;
    ps_end_process(process);
}

// The calling thread has no NT identity while others finish the process.
static void close_process(void)
{
    struct hal_thread *thread;
    if (gate_services) {
        gate_services = NULL;
        detach();
    }
    if (hal_thread_start(&thread, end_process, NULL, "nthost-rundown") == 0)
        hal_thread_join(thread);
    process = NULL;
}

static void leave(void)
{
    close_process();
    // A thread that was waited for is signalled a little before it has detached.
    for (int tries = 0; atomic_load(&attached) && tries < 1000; tries++)
        usleep(100);
    if (atomic_load(&attached) == 0) {
        unload_drivers();
        shut_down();
    }
}

static int open_form(char *message, size_t bytes)
{
    int32_t status = boot();
    if (!NT_SUCCESS(status)) {
        snprintf(message, bytes, "the kernel in this process does not start: %s (0x%08X)", nthost_status_name(status),
                 (unsigned)status);
        shut_down();
        return ENOMEM;
    }
    load_drivers();
    status = create_process();
    if (!NT_SUCCESS(status)) {
        snprintf(message, bytes, "a driver refuses this process: %s (0x%08X)", nthost_status_name(status),
                 (unsigned)status);
        leave();
        return EACCES;
    }
    return 0;
}

// The child of a fork has the memory of a kernel and none of its threads: nothing can be done with it.
static void forget(void)
{
    process = NULL;
    booted = false;
    driver_count = 0;
    atomic_store(&attached, 0);
}

const struct gate_form gate_inprocess_form = {
    .open = open_form,
    .attach = attach,
    .refuse = refuse,
    .detach = detach,
    .leave = leave,
    .forget = forget,
};

int32_t gate_inprocess_start(void)
{
    int32_t status = boot();
    if (NT_SUCCESS(status))
        status = create_process();
    if (NT_SUCCESS(status))
        gate_use(&gate_inprocess_form);
    else
        shut_down();
    return status;
}

void gate_inprocess_stop(void)
{
    close_process();
    gate_unuse();
    shut_down();
}
