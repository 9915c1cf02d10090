// Drawing the debug view: a row of title above each pane, a row of state at the bottom.
#include "log_screen.h"
#include "width.h"

#include "rtl/rtl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROW_BYTES = 2048 };

// ---- the panes ----------------------------------------------------------------------------------------------------

static unsigned wanted_panes(const struct log_view *view)
{
    unsigned count = view->split ? view->lines.driver_count : 1;
    return count < 1 ? 1 : count > VIEW_PANES ? VIEW_PANES : count;
}

void log_view_layout(struct log_view *view)
{
    unsigned count = wanted_panes(view);
    bool is_split = view->panes[0].driver != PANE_ALL;
    screen_size(&view->rows, &view->columns);
    if (is_split != view->split)
        view->pane_count = 0;
    for (unsigned i = view->pane_count; i < count; i++)
        view->panes[i] = (struct log_pane){.driver = view->split ? (int)i : PANE_ALL, .following = true};
    view->pane_count = count;
    if (view->focus >= count)
        view->focus = 0;
    int rows = view->rows - 1, each = rows / (int)count; // the last row is the state's
    for (unsigned i = 0; i < count; i++) {
        view->panes[i].top = (int)i * each + 1; // below its title
        view->panes[i].height = (i + 1 == count ? rows - (int)i * each : each) - 1;
    }
}

// ---- lines --------------------------------------------------------------------------------------------------------

// The part of a text from a column on that fits into so many columns.
static void clip(char *out, size_t size, const char *text, int from, int columns)
{
    const char *at = text, *end = text + strlen(text);
    size_t used = 0;
    int column = 0;
    while (at < end && column < from + columns) {
        const char *begin = at;
        bool valid = true;
        int width = (int)width_of_code(rtl_utf8_decode(&at, end, &valid));
        size_t bytes = (size_t)(at - begin);
        if (column >= from && column + width <= from + columns && used + bytes < size) {
            memcpy(out + used, begin, bytes);
            used += bytes;
        }
        column += width;
    }
    out[used] = 0;
}

static int put_head(char *row, size_t size, const struct log_view *view, const struct log_kept *kept)
{
    char level[16], component[16];
    int used = kept->continued ? snprintf(row, size, "%22s", "")
                               : snprintf(row, size, "%8llu %12.6f ", (unsigned long long)kept->number,
                                          (double)kept->time_ns / 1e9);
    if (!view->long_lines)
        return used;
    if (kept->continued)
        return used + snprintf(row + used, size - (size_t)used, "%59s", "");
    return used + snprintf(row + used, size - (size_t)used, "%-16.16s %7u %-12.12s %-7.7s %-12.12s ",
                           view->lines.drivers[kept->driver], kept->process_id, kept->process,
                           log_level_name(kept->level, level), log_component_name(kept->component, component));
}

static unsigned look_of(const struct log_kept *kept)
{
    static const unsigned of_rule[] = {
        [COLOUR_NONE] = SCREEN_PLAIN,    [COLOUR_RED] = SCREEN_RED,   [COLOUR_GREEN] = SCREEN_GREEN,
        [COLOUR_YELLOW] = SCREEN_YELLOW, [COLOUR_BLUE] = SCREEN_BLUE, [COLOUR_MAGENTA] = SCREEN_MAGENTA,
        [COLOUR_CYAN] = SCREEN_CYAN,     [COLOUR_BOLD] = SCREEN_BOLD,
    };
    if (kept->colour != COLOUR_NONE)
        return of_rule[kept->colour];
    if (kept->component == DBG_COMPONENT_NTHOST)
        return SCREEN_YELLOW;
    return kept->level == DPFLTR_ERROR_LEVEL     ? SCREEN_RED
           : kept->level == DPFLTR_WARNING_LEVEL ? SCREEN_YELLOW
                                                 : SCREEN_PLAIN;
}

static void draw_line(const struct log_view *view, int row, const struct log_kept *kept, bool marked)
{
    char text[ROW_BYTES];
    int used = put_head(text, sizeof text, view, kept), left = view->columns - used;
    clip(text + used, sizeof text - (size_t)used, kept->text, view->shift, left > 0 ? left : 0);
    char whole[ROW_BYTES];
    clip(whole, sizeof whole, text, 0, view->columns);
    screen_put(row, 0, whole, look_of(kept) | (marked ? SCREEN_REVERSE : 0));
}

// ---- the rest -----------------------------------------------------------------------------------------------------

// A row filled to the edge.
static void put_bar(const struct log_view *view, int row, const char *text, unsigned look)
{
    char bar[ROW_BYTES];
    clip(bar, sizeof bar, text, 0, view->columns);
    int width = (int)width_of_text(bar);
    size_t used = strlen(bar);
    while (width++ < view->columns && used + 1 < sizeof bar)
        bar[used++] = ' ';
    bar[used] = 0;
    screen_put(row, 0, bar, look);
}

static void draw_title(const struct log_view *view, const struct log_pane *pane, bool focused)
{
    char title[ROW_BYTES];
    const char *name = pane->driver == PANE_ALL                            ? "all drivers"
                       : (unsigned)pane->driver < view->lines.driver_count ? view->lines.drivers[pane->driver]
                                                                           : "";
    unsigned long long below = log_pane_below(pane, &view->lines);
    int used = snprintf(title, sizeof title, " %s: ", name);
    if (pane->following)
        snprintf(title + used, sizeof title - (size_t)used, "following");
    else
        snprintf(title + used, sizeof title - (size_t)used, "paused, %llu below", below);
    put_bar(view, pane->top - 1, title, SCREEN_REVERSE | (focused ? SCREEN_BOLD : SCREEN_DIM));
}

static void draw_pane(struct log_view *view, struct log_pane *pane, bool focused)
{
    uint64_t places[512];
    if (pane->height > (int)(sizeof places / sizeof *places))
        pane->height = sizeof places / sizeof *places;
    draw_title(view, pane, focused);
    int count = pane->height > 0 ? log_pane_rows(pane, &view->lines, places) : 0;
    for (int i = 0; i < pane->height; i++) {
        if (i < count)
            draw_line(view, pane->top + i, log_lines_at(&view->lines, places[i]),
                      pane->has_mark && pane->marked == places[i]);
        else
            screen_put(pane->top + i, 0, "", SCREEN_PLAIN);
    }
}

static void draw_state(const struct log_view *view)
{
    static const char *const asks[] = {
        [PROMPT_SEARCH] = "/",
        [PROMPT_INCLUDE] = "only lines with: ",
        [PROMPT_EXCLUDE] = "no lines with: ",
        [PROMPT_HIGHLIGHT] = "[COLOUR:]REGEX: ",
        [PROMPT_SAVE] = "save to: ",
    };
    char text[ROW_BYTES];
    if (view->prompt != PROMPT_NONE) {
        snprintf(text, sizeof text, "%s%s", asks[view->prompt], view->typed);
        screen_put(view->rows - 1, 0, text, SCREEN_PLAIN);
        screen_cursor(view->rows - 1, (int)width_of_text(text));
        return;
    }
    screen_cursor(-1, 0);
    if (view->said[0]) {
        put_bar(view, view->rows - 1, view->said, SCREEN_BOLD);
        return;
    }
    int used = snprintf(text, sizeof text, " %llu lines", (unsigned long long)(view->lines.end - view->lines.first));
    if (view->lines.lost)
        used += snprintf(text + used, sizeof text - (size_t)used, ", %llu lost", (unsigned long long)view->lines.lost);
    snprintf(text + used, sizeof text - (size_t)used, "%s  F1 help  / search  space pause  s split  l long  q quit",
             view->ended ? view->source->file ? ", a file" : ", the server has ended" : "");
    put_bar(view, view->rows - 1, text, SCREEN_REVERSE);
}

static void draw_help(const struct log_view *view)
{
    static const char *const rows[] = {
        "nthost log: keys",
        "",
        "  up, down, page up, page down   scroll            (also k, j)",
        "  home, end                      the oldest line, the newest and on with what comes (also g, G)",
        "  left, right                    move the texts",
        "  space                          pause, and follow again; lines are kept meanwhile",
        "  /                              search (a regular expression); n upwards, N downwards",
        "  f                              only lines with an expression; an empty one ends that",
        "  x                              no lines with an expression; an empty one ends that",
        "  h                              colour lines: red:REGEX, green:REGEX ...",
        "  s                              a part of the screen for each driver; tab goes to the next",
        "  l                              driver, process, level and component, too",
        "  c                              clear",
        "  w                              save the lines that are shown to a file",
        "  q                              quit",
        "",
        "any key goes back",
    };
    for (int row = 0; row < view->rows; row++)
        screen_put(row, 0, row < (int)(sizeof rows / sizeof *rows) ? rows[row] : "", SCREEN_PLAIN);
    screen_cursor(-1, 0);
}

void log_view_draw(struct log_view *view)
{
    if (view->help) {
        draw_help(view);
        return;
    }
    for (unsigned i = 0; i < view->pane_count; i++)
        draw_pane(view, &view->panes[i], i == view->focus);
    draw_state(view);
}

void log_view_say(struct log_view *view, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(view->said, sizeof view->said, format, arguments);
    va_end(arguments);
}
