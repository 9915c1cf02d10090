// What the keys of the debug view do.
#include "log_screen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct log_pane *focused(struct log_view *view)
{
    return &view->panes[view->focus];
}

// ---- prompts ------------------------------------------------------------------------------------------------------

static void search(struct log_view *view, bool upwards)
{
    if (!view->search.count)
        log_view_say(view, "nothing was searched for yet: / asks");
    else if (!log_pane_search(focused(view), &view->lines, &view->search, upwards))
        log_view_say(view, "not found %s", upwards ? "above" : "below");
}

static void begin_search(struct log_view *view)
{
    char message[VIEW_TYPED];
    if (!view->typed[0]) {
        search(view, true);
        return;
    }
    patterns_free(&view->search);
    focused(view)->has_mark = false;
    if (patterns_add(&view->search, view->typed, view->options->any_case, message, sizeof message))
        search(view, true);
    else
        log_view_say(view, "%s", message);
}

// Another expression in the place of all; none for an empty text.
static void replace(struct log_view *view, struct patterns *patterns)
{
    char message[VIEW_TYPED];
    patterns_free(patterns);
    if (view->typed[0] && !patterns_add(patterns, view->typed, view->options->any_case, message, sizeof message))
        log_view_say(view, "%s", message);
    log_lines_filter_again(&view->lines);
}

static void add_rule(struct log_view *view)
{
    char message[VIEW_TYPED];
    if (view->typed[0] && !patterns_add_coloured(&view->options->filter.highlight, view->typed, view->options->any_case,
                                                 message, sizeof message))
        log_view_say(view, "%s", message);
    log_lines_filter_again(&view->lines);
}

// As "nthost log" prints them.
static void save(struct log_view *view)
{
    const struct log_pane *pane = focused(view);
    unsigned long long count = 0;
    FILE *out = view->typed[0] ? fopen(view->typed, "we") : NULL;
    if (!out) {
        log_view_say(view, "%s: %s", view->typed, view->typed[0] ? strerror(errno) : "not saved");
        return;
    }
    for (uint64_t place = view->lines.first; place < view->lines.end; place++) {
        const struct log_kept *kept = log_lines_at(&view->lines, place);
        if (!log_pane_shows(pane, &view->lines, place))
            continue;
        if (kept->continued)
            fprintf(out, "\t\t%s\n", kept->text);
        else
            fprintf(out, "%llu\t%.8f\t%s\n", (unsigned long long)kept->number, (double)kept->time_ns / 1e9, kept->text);
        count++;
    }
    if (fclose(out) == 0)
        log_view_say(view, "%s: %llu lines saved", view->typed, count);
    else
        log_view_say(view, "%s: %s", view->typed, strerror(errno));
}

static void answer(struct log_view *view)
{
    enum view_prompt prompt = view->prompt;
    view->prompt = PROMPT_NONE;
    switch (prompt) {
    case PROMPT_SEARCH:
        begin_search(view);
        break;
    case PROMPT_INCLUDE:
        replace(view, &view->options->filter.include);
        break;
    case PROMPT_EXCLUDE:
        replace(view, &view->options->filter.exclude);
        break;
    case PROMPT_HIGHLIGHT:
        add_rule(view);
        break;
    case PROMPT_SAVE:
        save(view);
        break;
    default:
        break;
    }
}

// A whole character.
static void erase(char *text)
{
    size_t length = strlen(text);
    while (length && (text[length - 1] & 0xC0) == 0x80)
        length--;
    text[length ? length - 1 : 0] = 0;
}

static void type(struct log_view *view, int key)
{
    size_t length = strlen(view->typed);
    if (key == SCREEN_ENTER)
        answer(view);
    else if (key == SCREEN_ESCAPE)
        view->prompt = PROMPT_NONE;
    else if (key == SCREEN_ERASE)
        erase(view->typed);
    else if (key >= ' ' && key < 0x100 && length + 1 < sizeof view->typed) {
        view->typed[length] = (char)key;
        view->typed[length + 1] = 0;
    }
}

static void ask(struct log_view *view, enum view_prompt prompt)
{
    view->prompt = prompt;
    view->typed[0] = 0;
}

// ---- keys ---------------------------------------------------------------------------------------------------------

static void pause_or_follow(struct log_view *view)
{
    struct log_pane *pane = focused(view);
    if (pane->following)
        log_pane_stand(pane, &view->lines);
    else
        log_pane_end(pane);
}

static void clear(struct log_view *view)
{
    log_lines_clear(&view->lines);
    view->lines.lost = 0;
    for (unsigned i = 0; i < view->pane_count; i++) {
        log_pane_end(&view->panes[i]);
        view->panes[i].has_mark = false;
    }
}

// False: the key does not move.
static bool move(struct log_view *view, int key)
{
    enum { SIDEWAYS = 16 };
    struct log_pane *pane = focused(view);
    switch (key) {
    case SCREEN_UP:
    case 'k':
        log_pane_move(pane, &view->lines, -1);
        return true;
    case SCREEN_DOWN:
    case 'j':
        log_pane_move(pane, &view->lines, 1);
        return true;
    case SCREEN_PAGE_UP:
        log_pane_move(pane, &view->lines, -pane->height);
        return true;
    case SCREEN_PAGE_DOWN:
        log_pane_move(pane, &view->lines, pane->height);
        return true;
    case SCREEN_HOME:
    case 'g':
        log_pane_home(pane, &view->lines);
        return true;
    case SCREEN_END:
    case 'G':
        log_pane_end(pane);
        return true;
    case SCREEN_LEFT:
        view->shift = view->shift > SIDEWAYS ? view->shift - SIDEWAYS : 0;
        return true;
    case SCREEN_RIGHT:
        view->shift += SIDEWAYS;
        return true;
    default:
        return false;
    }
}

static void command(struct log_view *view, int key)
{
    switch (key) {
    case ' ':
        pause_or_follow(view);
        break;
    case '/':
        ask(view, PROMPT_SEARCH);
        break;
    case 'n':
        search(view, true);
        break;
    case 'N':
        search(view, false);
        break;
    case 'f':
        ask(view, PROMPT_INCLUDE);
        break;
    case 'x':
        ask(view, PROMPT_EXCLUDE);
        break;
    case 'h':
        ask(view, PROMPT_HIGHLIGHT);
        break;
    case 'w':
        ask(view, PROMPT_SAVE);
        break;
    case 'c':
        clear(view);
        break;
    case 's':
        view->split = !view->split;
        break;
    case '\t':
        view->focus = (view->focus + 1) % view->pane_count;
        break;
    case 'l':
        view->long_lines = !view->long_lines;
        break;
    case SCREEN_HELP:
    case '?':
        view->help = true;
        break;
    case 'q':
        view->over = true;
        break;
    default:
        break;
    }
}

void log_view_key(struct log_view *view, int key)
{
    if (key == SCREEN_RESIZE)
        return;
    view->said[0] = 0;
    if (view->prompt != PROMPT_NONE)
        type(view, key);
    else if (view->help)
        view->help = false;
    else if (!move(view, key))
        command(view, key);
}
