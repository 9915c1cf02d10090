// The embedding API: boot an NT kernel in this process, load and unload drivers, read the log.
//
//     nthost_boot --> nthost_load_driver --> ... --> nthost_unload_driver --> nthost_shutdown
//
// One kernel a process; it may be booted and shut down again and again. Statuses are NTSTATUS values (0: success;
// negative: error; nthost_status_name tells them). Calls may come from any thread.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dbg_record;

struct nthost_options {
    bool strict_imports; // refuse drivers with missing imports, as Windows does
    int log_fd;          // memory file for the log that other processes may map; -1: private memory
    // Called with each line of the log before the driver's DbgPrint returns; NULL none.
    void (*log_sink)(const struct dbg_record *record, void *context);
    void *log_context;
    // Called with each bugcheck report, as JSON, after the log has it, in the thread that failed; NULL none.
    void (*bugcheck_sink)(const char *driver, const char *json, void *context);
    void *bugcheck_context;
    // Where in the source the code at that RVA of a driver's file comes from, for reports: "function\nfile:line". False:
    // not known. NULL: nobody knows.
    bool (*symbolize)(const char *path, uint32_t rva, char *text, size_t size);
    const char *c_drive; // the directory that is C:; NULL: see nthost-server(1), NTHOST_C_DRIVE
};

#define NTHOST_OPTIONS_DEFAULT                                                                                         \
    {                                                                                                                  \
        .log_fd = -1                                                                                                   \
    }

enum { NTHOST_LOG_BYTES = 48 * 1024 * 1024 }; // of a memory file handed in as log_fd

// What is alive; equal before and after means nothing leaked. An IRP is a block of pool. The kernel's own threads, most of
// which are started when they are first needed, are counted apart and not among threads, objects and pool_blocks.
struct nthost_counts {
    size_t pool_blocks, pool_bytes;
    unsigned objects, handles, drivers, devices, files, threads, processes;
    unsigned own_threads;
};

int32_t nthost_boot(const struct nthost_options *options);
// Unloads the drivers that are left, last loaded first, and gives everything back.
void nthost_shutdown(void);
bool nthost_is_running(void);

// Load and start the driver in that file as service `name` (NULL: the file's name without .sys). On failure
// `message` says what is wrong and what to do; warnings (missing imports) are put there too on success.
int32_t nthost_load_driver(const char *path, const char *name, char *message, size_t message_bytes);
int32_t nthost_unload_driver(const char *name);

struct nthost_counts nthost_counts(void);
const char *nthost_status_name(int32_t status);
