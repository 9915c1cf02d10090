// Reports for people and programs.
#pragma once

#include "dbg/dbg.h"
#include "ke/ke.h"
#include "ldr/ldr.h"

enum { REPORT_FRAMES = 32, REPORT_MESSAGES = 8, REPORT_SOURCES = 8 };

// What is known about a bugcheck.
struct report {
    const struct ke_bugcheck *bugcheck;
    const CONTEXT *context;
    struct ldr_place place;                // of the failure; image NULL: outside every driver
    struct ldr_place stack[REPORT_FRAMES]; // frames of drivers, innermost first
    unsigned frames;
    char sources[REPORT_SOURCES][256]; // of the innermost frames: "file:line:column", empty: not known
    const struct ke_recovery *call;    // into the driver; NULL: none
    char device[64];                   // the request's device and its driver; empty: no request
    const char *driver;
    uint32_t process, thread;
    uint64_t last_message; // before the report
};

// irql_limit.c: ldr_irql_limit_hook.
void init_irql_limit(const char *name, unsigned limit, void *routine, void *caller);
// Connects the rooms that report to the rooms that know: who prints, where a driver failed, what is missing.
void init_reports(void);
// The report of a bugcheck: to the log, to stderr when report_on_stderr says so, as JSON to report_sink.
void report_bugcheck(const struct ke_bugcheck *bugcheck);
// Nobody watches the log.
extern bool report_on_stderr;
extern void (*report_sink)(const char *driver, const char *json, void *context);
extern void *report_sink_context;
extern bool (*report_symbolize)(const char *path, uint32_t rva, char *text, size_t size);

// report_json.c: the report as a JSON object, for free(); NULL: no memory.
char *report_as_json(const struct report *report);
// The last messages up to that one, oldest first.
void report_each_message(uint64_t last, void (*each)(const struct dbg_record *record, void *context), void *context);
