// A part of the screen that shows lines of one driver, or of all.
//
//     following --up, page up, home, pause, search--> standing --end, pause--> following
//
// Following, the last row is the newest line; standing, the last row stays the line it is.
#pragma once

#include "log_lines.h"

enum { PANE_ALL = -1 };

struct log_pane {
    int driver; // index in the lines' names, or PANE_ALL
    int top, height;
    bool following;
    uint64_t bottom; // standing: place of the line in the last row
    uint64_t marked; // place of the line that a search found
    bool has_mark;
};

// Rows are lines that match the filters and are the pane's driver's.
bool log_pane_shows(const struct log_pane *pane, const struct log_lines *lines, uint64_t place);
// Places of up to `height` lines, the uppermost first, ending at the bottom one. How many.
int log_pane_rows(struct log_pane *pane, const struct log_lines *lines, uint64_t *places);
// Up (negative) or down by that many lines. Down to the newest line it follows again.
void log_pane_move(struct log_pane *pane, const struct log_lines *lines, int count);
void log_pane_home(struct log_pane *pane, const struct log_lines *lines);
void log_pane_end(struct log_pane *pane);
void log_pane_stand(struct log_pane *pane, const struct log_lines *lines);
// Marks the next line above (or below) the mark that the pattern matches, and shows it; false: there is none.
bool log_pane_search(struct log_pane *pane, const struct log_lines *lines, const struct patterns *pattern,
                     bool upwards);
// How many lines stand below the last row.
uint64_t log_pane_below(const struct log_pane *pane, const struct log_lines *lines);
