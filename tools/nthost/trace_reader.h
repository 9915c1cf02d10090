// Reading a trace ring, choosing, writing.
#pragma once

#include "trace.h"

// Which requests are wanted; NULL and 0: all.
struct trace_filter {
    const char *driver, *device, *process, *major, *status;
    uint64_t slower_than_ns;
};

bool trace_filter_wants(const struct trace_filter *filter, const struct trace_request *request);
// "error", "success", "warning", a status's name or its number in hexadecimal.
bool trace_filter_knows_status(const char *status);

struct trace_reader {
    const struct rtl_ring *ring;
    uint64_t next; // number of the record to read
    struct trace_filter filter;
    const struct trace_format *format;
    struct trace_output output;
    struct trace_histogram *histogram; // instead of the requests; NULL: the requests
    unsigned long long max_requests;   // 0: no limit
    unsigned long long shown;
    struct trace_assembly *assembly;
};

// False without memory.
bool trace_reader_begin(struct trace_reader *reader);
// Reads what is there; false when enough has been shown.
bool trace_reader_read(struct trace_reader *reader);
// What is still under way, and the end of the output.
void trace_reader_end(struct trace_reader *reader);
