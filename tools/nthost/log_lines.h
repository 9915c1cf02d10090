// The lines that the full screen keeps: those that are wanted of the newest so many. A message of several lines is several of
// them. A line has a place, counted from the first that ever was kept.
#pragma once

#include "log_filter.h"
#include "log_source.h"

enum { LOG_LINES_MOST = 300000, LOG_DRIVERS_MOST = 32 };

struct log_kept {
    uint64_t number, time_ns;
    uint32_t process_id, thread_id, level, component;
    uint8_t driver; // index in the names
    bool continued; // not the first line of its message
    bool matches;   // the filters
    enum pattern_colour colour;
    char process[16];
    char text[];
};

struct log_lines {
    struct log_kept **items; // a ring of LOG_LINES_MOST
    uint64_t first, end;     // places
    uint64_t lost;           // records that came too fast
    char drivers[LOG_DRIVERS_MOST][32];
    unsigned driver_count;
    const struct log_filter *filter;
};

bool log_lines_init(struct log_lines *lines, const struct log_filter *filter); // false without memory
void log_lines_free(struct log_lines *lines);
void log_lines_clear(struct log_lines *lines);
void log_lines_add(struct log_lines *lines, const struct log_line *line);
// The filter has changed.
void log_lines_filter_again(struct log_lines *lines);
// A line that is kept.
const struct log_kept *log_lines_at(const struct log_lines *lines, uint64_t place);
