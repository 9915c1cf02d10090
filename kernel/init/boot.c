// Booting the kernel in this process, and giving everything back: the embedding API of include/nthost.h.
//
//      off --nthost_boot: pool, objects, system process, registry, I/O--> running
//      running --nthost_shutdown: drivers unloaded, workers, registry, names, processes, pool--> off
#include <nthost.h>

#include "cm/cm.h"
#include "dbg/dbg.h"
#include "fs/fs.h"
#include "init/report.h"
#include "io/io.h"
#include "rtl/rtl.h"
#include "se/se.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hal_mutex lock;
static _Atomic bool running;
static struct nthost_options options;
static void *log_memory;

bool nthost_is_running(void)
{
    return atomic_load(&running);
}

const char *nthost_status_name(int32_t status)
{
    return rtl_status_name(status);
}

// ---- boot ---------------------------------------------------------------------------------------------------

static NTSTATUS open_log(void)
{
    if (options.log_fd >= 0 && !(log_memory = hal_map_file(0, NTHOST_LOG_BYTES, HAL_READ | HAL_WRITE, options.log_fd)))
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!dbg_ring_init(log_memory, log_memory ? NTHOST_LOG_BYTES : 0))
        return STATUS_INSUFFICIENT_RESOURCES;
    dbg_filter_reset(false);
    if (options.log_sink)
        dbg_set_sink(options.log_sink, options.log_context);
    return STATUS_SUCCESS;
}

static void close_log(void)
{
    if (options.log_sink)
        dbg_clear_sink(options.log_sink, options.log_context);
    dbg_ring_close();
    if (log_memory)
        hal_unmap(log_memory, NTHOST_LOG_BYTES);
    log_memory = NULL;
}

static NTSTATUS boot_rooms(void)
{
    NTSTATUS status = ob_init();
    if (NT_SUCCESS(status))
        status = se_init();
    if (NT_SUCCESS(status))
        status = cm_init();
    if (NT_SUCCESS(status))
        status = io_init();
    if (NT_SUCCESS(status))
        status = ob_create_system_callbacks();
    if (NT_SUCCESS(status))
        status = fs_init(options.c_drive);
    return status;
}

static void stop_rooms(void)
{
    io_shutdown();
    fs_shutdown();
    ex_work_shutdown();
    ke_shutdown();
    cm_shutdown();
    se_shutdown();
    ob_shutdown();
    ex_hooks_shutdown();
    mm_shutdown();
}

// The calling thread is an NT thread of the system process from here to leave_system.
static void leave_system(void)
{
    ps_detach_thread();
}

static NTSTATUS boot(void)
{
    hal_faults_init();
    hal_zone_100ns(); // the C library reads the zone at the first call, which must not be in a fault handler
    ex_pool_init();
    ke_init(ps_start_system_thread);
    ex_work_init(ps_start_system_thread);
    NTSTATUS status = open_log();
    if (!NT_SUCCESS(status))
        return status;
    init_reports();
    report_on_stderr = !options.log_sink;
    report_sink = options.bugcheck_sink;
    report_sink_context = options.bugcheck_context;
    report_symbolize = options.symbolize;
    status = ps_init();
    if (!NT_SUCCESS(status)) {
        close_log();
        ex_pool_shutdown();
        return status;
    }
    status = boot_rooms();
    if (!NT_SUCCESS(status)) {
        stop_rooms();
        ps_shutdown();
        leave_system();
        ex_pool_shutdown();
        close_log();
        return status;
    }
    leave_system();
    return status;
}

int32_t nthost_boot(const struct nthost_options *wanted)
{
    static const struct nthost_options defaults = NTHOST_OPTIONS_DEFAULT;
    NTSTATUS status = STATUS_SUCCESS;
    hal_mutex_lock(&lock);
    if (atomic_load(&running)) {
        status = STATUS_ALREADY_REGISTERED;
    } else {
        options = wanted ? *wanted : defaults;
        io_strict_imports = options.strict_imports;
        status = boot();
        atomic_store(&running, NT_SUCCESS(status));
    }
    hal_mutex_unlock(&lock);
    return status;
}

void nthost_shutdown(void)
{
    hal_mutex_lock(&lock);
    if (atomic_exchange(&running, false)) {
        ps_attach_thread(ps_system_process(), 0);
        ke_current_thread()->PreviousMode = KernelMode;
        stop_rooms();
        ps_shutdown();
        leave_system();
        ex_pool_shutdown();
        close_log();
    }
    hal_mutex_unlock(&lock);
}

// ---- drivers ------------------------------------------------------------------------------------------------

struct message {
    char *text;
    size_t size, used;
};

static void add_line(void *context, enum ldr_severity severity, const char *line)
{
    struct message *message = context;
    dbg_kernel_message("%s\n", line);
    if (severity == LDR_NOTE || !message->text || message->used >= message->size)
        return;
    int length =
        snprintf(message->text + message->used, message->size - message->used, "%s%s", message->used ? "\n" : "", line);
    message->used += length > 0 ? (size_t)length : 0;
}

static void service_name(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%s", slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = 0;
}

struct job {
    const char *path, *name;
    struct message *message;
};

static NTSTATUS load_driver(void *argument)
{
    struct job *job = argument;
    struct ldr_report report = {.line = add_line, .context = job->message};
    struct io_load load = {.path = job->path,
                           .name = job->name,
                           .report = &report,
                           .flags = options.strict_imports ? LDR_STRICT_IMPORTS : 0};
    char line[256];
    NTSTATUS status = cm_create_service_key(job->name, job->path);
    if (NT_SUCCESS(status))
        status = io_load_driver(&load);
    if (!NT_SUCCESS(status) && job->message->used == 0) {
        snprintf(line, sizeof line,
                 status == STATUS_IMAGE_ALREADY_LOADED
                     ? "%s: is loaded already; give another name or stop it first (%s, 0x%08X)"
                     : "%s: DriverEntry returned %s (0x%08X)",
                 job->name, rtl_status_name(status), (unsigned)status);
        add_line(job->message, LDR_ERROR, line);
    }
    return status;
}

static NTSTATUS unload_driver(void *argument)
{
    struct job *job = argument;
    struct io_driver *driver;
    NTSTATUS status = io_find_driver(job->name, &driver);
    if (!NT_SUCCESS(status))
        return status;
    status = io_unload_driver(driver);
    ob_dereference(driver);
    return status;
}

int32_t nthost_load_driver(const char *path, const char *name, char *text, size_t text_bytes)
{
    char own_name[32], *absolute = realpath(path, NULL);
    struct message message = {.text = text, .size = text_bytes};
    if (text && text_bytes)
        text[0] = 0;
    if (!name)
        service_name(path, own_name, sizeof own_name);
    struct job job = {.path = absolute ? absolute : path, .name = name ? name : own_name, .message = &message};
    NTSTATUS status = nthost_is_running() ? ps_call_in_system_thread(load_driver, &job) : STATUS_DEVICE_NOT_READY;
    free(absolute);
    return status;
}

int32_t nthost_unload_driver(const char *name)
{
    struct job job = {.name = name};
    return nthost_is_running() ? ps_call_in_system_thread(unload_driver, &job) : STATUS_DEVICE_NOT_READY;
}

struct nthost_counts nthost_counts(void)
{
    struct ex_pool_usage usage = ex_pool_usage();
    unsigned own_threads = ps_own_threads();
    return (struct nthost_counts){
        .pool_blocks = usage.blocks - own_threads,
        .pool_bytes = usage.bytes,
        .objects = atomic_load(&ob_objects) - own_threads,
        .handles = atomic_load(&ob_handles),
        .drivers = atomic_load(&io_driver_type.objects) - fs_objects(),
        .devices = atomic_load(&io_device_type.objects) - fs_objects(),
        .files = atomic_load(&io_file_type.objects),
        .threads = atomic_load(&ps_thread_type.objects) - own_threads,
        .processes = atomic_load(&ps_process_type.objects),
        .own_threads = own_threads,
    };
}
