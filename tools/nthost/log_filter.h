// Which messages a viewer wants, and in which colour.
#pragma once

#include "patterns.h"

#include "dbg/dbg.h"

enum { LOG_FILTER_NAMES = 16 };

struct log_names {
    const char *names[LOG_FILTER_NAMES];
    unsigned count; // 0: any will do
};

struct log_filter {
    struct log_names drivers, processes, components;
    unsigned level; // this one and graver ones
    bool plain;     // no messages of nthost
    struct patterns include, exclude, highlight;
};

#define LOG_FILTER_ALL                                                                                                 \
    {                                                                                                                  \
        .level = UINT32_MAX                                                                                            \
    }

// "error", "warning", "trace", "info" or a number.
bool log_filter_set_level(struct log_filter *filter, const char *text);
// `text` is the message as it is shown.
bool log_filter_wants(const struct log_filter *filter, const struct dbg_record *record, const char *text);

void log_filter_free(struct log_filter *filter);

// "ERROR", "WARNING", "TRACE", "INFO", or the number.
const char *log_level_name(uint32_t level, char number[16]);
// "DEFAULT" ..., "NTHOST" for the kernel's own messages, or the number.
const char *log_component_name(uint32_t component, char number[16]);
