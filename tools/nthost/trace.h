// The parts of nthost trace.
#pragma once

#include "io/trace.h"

#include <stdio.h>

struct ctlcode_names;

// ---- requests, put together from records (trace_assemble.c) -------------------------------------------------------------

enum { TRACE_HOPS = 8 };

// A request at one device of the stack.
struct trace_hop {
    uint64_t device, begun_ns, ended_ns; // ended 0: not yet
    uint64_t information;
    uint8_t depth, level; // stack location; how deep it is nested
    int32_t status;
    char driver[24], device_name[48];
};

struct trace_request {
    struct trace_request *next;  // in its bucket
    struct io_trace_record call; // its first
    struct trace_hop hops[TRACE_HOPS];
    unsigned hop_count;
    int32_t status;
    uint64_t information, ended_ns; // ended 0: it is still under way
    bool pended, abandoned, fast, cancelled;
    char completed_by[24];
    char completed_in[16]; // that process's name
    uint32_t completed_process, completed_thread;
};

struct trace_assembly;
typedef void trace_done_function(const struct trace_request *request, void *context);

// `done` is called for each request that is done, and by trace_assembly_free for those that are not.
struct trace_assembly *trace_assembly_new(trace_done_function *done, void *context);
void trace_assembly_add(struct trace_assembly *assembly, const struct io_trace_record *record);
// Records are missing: what is under way may never be seen to end.
void trace_assembly_forget(struct trace_assembly *assembly);
void trace_assembly_free(struct trace_assembly *assembly);

static inline uint64_t trace_took_ns(const struct trace_request *request)
{
    return request->ended_ns - request->call.head.time_ns;
}

// ---- what is shown (trace_text.c, trace_json.c, trace_perfetto.c, trace_histogram.c) ---------------------------------------

struct trace_output {
    FILE *out;
    const struct ctlcode_names *names; // of control codes
    bool colour;
    unsigned long long count; // of events written
    uint32_t named[64];       // processes that have been given their names
    unsigned named_count;
};

// "buffered", "direct", "neither": a control code's own method, the device's otherwise.
const char *trace_mode(const struct io_trace_record *call);
// What else there is to say about a request: the control code, the offset, the file name. `text` is of that size.
void trace_details(const struct ctlcode_names *names, const struct io_trace_record *call, char *text, size_t size);
// The device's name; "DRIVER!0x..." for one without. `text` has that many bytes.
enum { TRACE_DEVICE_BYTES = 48 };
const char *trace_device(const char *name, uint64_t address, const char *driver, char text[TRACE_DEVICE_BYTES]);

struct trace_format {
    const char *name;
    void (*begin)(struct trace_output *output);
    void (*request)(struct trace_output *output, const struct trace_request *request);
    void (*lost)(struct trace_output *output, uint64_t records);
    void (*end)(struct trace_output *output);
};

extern const struct trace_format trace_text, trace_json, trace_perfetto;

struct trace_histogram;
struct trace_histogram *trace_histogram_new(void);
void trace_histogram_add(struct trace_histogram *histogram, const struct trace_request *request);
void trace_histogram_write(const struct trace_histogram *histogram, FILE *out);
void trace_histogram_free(struct trace_histogram *histogram);
