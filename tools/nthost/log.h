// The parts of nthost log.
#pragma once

#include "line.h"
#include "log_filter.h"
#include "log_source.h"

struct log_options {
    bool follow, only_new, any_case, screen, split;
    const char *wait_for, *socket, *open, *output, *format;
    unsigned long long max_lines, tail; // 0: no limit
    bool has_tail;
    uint64_t deadline_ns; // UINT64_MAX: none
    enum line_style style;
    struct log_filter filter;
};

// Lines, one after the other. Exit statuses.
int log_print(struct log_source *source, struct log_options *options);
// The full-screen view (log_screen.c).
int log_screen(struct log_source *source, struct log_options *options);
