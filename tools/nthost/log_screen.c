// nthost log --tui: the debug view in the whole terminal. Reads what comes, also while the user looks at something else; draws when
// something has changed.
#include "log_screen.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 20000, KEY_MS = 50 };

// False: nothing new.
static bool read_lines(struct log_view *view)
{
    struct log_line line;
    int count = 0;
    while (count < AT_ONCE && log_source_next(view->source, &line)) {
        log_lines_add(&view->lines, &line);
        free(line.text);
        count++;
    }
    return count > 0;
}

static void run(struct log_view *view)
{
    bool changed = true;
    while (!view->over && hal_monotonic_ns() < view->options->deadline_ns) {
        bool more = read_lines(view);
        if (!more && !view->ended && log_source_has_ended(view->source)) {
            more = read_lines(view);
            view->ended = changed = true;
        }
        if (changed || more) {
            log_view_layout(view);
            log_view_draw(view);
            screen_show();
        }
        int key = screen_key(more ? 0 : KEY_MS);
        changed = key != SCREEN_NONE;
        if (changed)
            log_view_key(view, key);
    }
}

int log_screen(struct log_source *source, struct log_options *options)
{
    struct log_view *view = calloc(1, sizeof *view);
    if (!view || !log_lines_init(&view->lines, &options->filter)) {
        tool_error("log: there is no memory");
        free(view);
        return TOOL_FAILED;
    }
    view->source = source;
    view->options = options;
    view->split = options->split;
    view->long_lines = options->style == LINE_LONG;
    view->panes[0] = (struct log_pane){.driver = PANE_ALL, .following = true};
    view->pane_count = 1;
    if (options->only_new)
        source->next = rtl_ring_last(source->ring) + 1;
    bool opened = screen_open();
    if (opened) {
        run(view);
        screen_close();
    }
    patterns_free(&view->search);
    log_lines_free(&view->lines);
    free(view);
    return opened ? TOOL_OK : TOOL_FAILED;
}
