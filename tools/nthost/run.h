// The parts of nthost run.
#pragma once

#include "line.h"

#include <nthost.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { RUN_MAX_DRIVERS = 32 };

struct run_driver {
    const char *path;
    char name[64]; // service name
    bool loaded;
};

struct run_options {
    struct run_driver drivers[RUN_MAX_DRIVERS];
    unsigned driver_count;
    char **program; // argument vector, NULL: none
    const char *name, *log_file, *trace_file, *bugchecks;
    bool in_process, strict, quiet;
};

// ---- the debug view beside the program (run_view.c) ---------------------------------------------

// The kernel's log sink; context is a struct run_view.
struct run_view {
    FILE *out; // NULL: quiet
    bool colour;
    struct hal_mutex lock; // what follows
    bool holding;          // keep the kernel's own messages back until run_view_release
    unsigned held_count;
    struct dbg_record held[8];
};

void run_view_sink(const struct dbg_record *record, void *context);
void run_view_hold(struct run_view *view);
// Shows what was held back, except lines that `told` (what the user has read already) holds.
void run_view_release(struct run_view *view, const char *told);

// ---- the program (run_program.c) ----------------------------------------------------------------

// A fresh folder that only this user can enter, and the socket's path in it. Removed at exit, also when a
// signal ends the process. 0 or an errno.
int run_make_folder(const char **socket_path);
void run_remove_folder(void);
// SIGINT, SIGTERM and SIGHUP: pass them on while a program runs, end this process before and after.
// Before the kernel boots. 0 or an errno.
int run_handle_signals(void);
// Starts the program; 0 or an errno.
int run_start_program(char **program, const char *socket_path, pid_t *child);
// Its exit status as a shell tells it: 128 + signal when it was killed.
int run_wait_for_program(pid_t child);

// ---- requests (run_trace.c) ---------------------------------------------------------------------

// Traces every request into the file, for Perfetto's viewer, until run_trace_stop. While the kernel runs. An exit status.
int run_trace_start(const char *path);
void run_trace_stop(void);

// ---- what is left behind (run_report.c) ---------------------------------------------------------

struct run_snapshot;

// What exists now: names, pool by tag, objects. NULL without memory.
struct run_snapshot *run_take_snapshot(void);
void run_free_snapshot(struct run_snapshot *snapshot);
// Unloads the drivers, last loaded first, and says what each left undone. False when something was wrong.
bool run_unload_drivers(struct run_driver *drivers, unsigned count);
// Says what exists now and did not then; false when there is something.
bool run_report_leaks(const struct run_snapshot *before);
