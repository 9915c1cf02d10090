// The parts of the full-screen debug view.
#pragma once

#include "log.h"
#include "log_pane.h"
#include "screen.h"

enum { VIEW_PANES = 8, VIEW_TYPED = 160 };

// What is being typed in the last row.
enum view_prompt {
    PROMPT_NONE,
    PROMPT_SEARCH,
    PROMPT_INCLUDE,
    PROMPT_EXCLUDE,
    PROMPT_HIGHLIGHT,
    PROMPT_SAVE,
};

struct log_view {
    struct log_options *options;
    struct log_source *source;
    struct log_lines lines;
    struct log_pane panes[VIEW_PANES];
    unsigned pane_count, focus;
    int rows, columns, shift; // shift: columns that the texts are moved to the left
    bool split, long_lines, help, ended, over;
    enum view_prompt prompt;
    char typed[VIEW_TYPED];
    char said[VIEW_TYPED]; // in the last row until the next key
    struct patterns search;
};

// Lays the panes out for the size of the screen and the drivers there are (log_screen_draw.c).
void log_view_layout(struct log_view *view);
void log_view_draw(struct log_view *view);
// One key (log_screen_keys.c).
void log_view_key(struct log_view *view, int key);
__attribute__((format(printf, 2, 3))) void log_view_say(struct log_view *view, const char *format, ...);
