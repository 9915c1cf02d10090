// Keeping lines: see log_lines.h.
#include "log_lines.h"

#include <stdlib.h>
#include <string.h>

enum { TAB = 8 };

bool log_lines_init(struct log_lines *lines, const struct log_filter *filter)
{
    *lines = (struct log_lines){.items = calloc(LOG_LINES_MOST, sizeof *lines->items), .filter = filter};
    return lines->items != NULL;
}

const struct log_kept *log_lines_at(const struct log_lines *lines, uint64_t place)
{
    return lines->items[place % LOG_LINES_MOST];
}

static void drop_first(struct log_lines *lines)
{
    struct log_kept **place = &lines->items[lines->first++ % LOG_LINES_MOST];
    free(*place);
    *place = NULL;
}

void log_lines_clear(struct log_lines *lines)
{
    while (lines->first < lines->end)
        drop_first(lines);
}

void log_lines_free(struct log_lines *lines)
{
    log_lines_clear(lines);
    free(lines->items);
}

// Drivers that find no place share the last one.
static unsigned driver_index(struct log_lines *lines, const char *driver)
{
    const char *name = *driver ? driver : "?";
    for (unsigned i = 0; i < lines->driver_count; i++)
        if (strcmp(lines->drivers[i], name) == 0)
            return i;
    if (lines->driver_count == LOG_DRIVERS_MOST)
        return LOG_DRIVERS_MOST - 1;
    snprintf(lines->drivers[lines->driver_count], sizeof lines->drivers[0], "%s", name);
    return lines->driver_count++;
}

// Whether and how a line is shown, by its own text.
static void judge(const struct log_lines *lines, struct log_kept *kept)
{
    struct dbg_record record = {.process_id = kept->process_id, .level = kept->level, .component = kept->component};
    snprintf(record.driver, sizeof record.driver, "%s", lines->drivers[kept->driver]);
    snprintf(record.process, sizeof record.process, "%s", kept->process);
    kept->matches = log_filter_wants(lines->filter, &record, kept->text);
    kept->colour = patterns_colour(&lines->filter->highlight, kept->text);
}

static size_t without_tabs(char *out, const char *text, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\t') {
            out[used++] = text[i];
            continue;
        }
        do
            out[used++] = ' ';
        while (used % TAB);
    }
    out[used] = 0;
    return used;
}

static void keep(struct log_lines *lines, const struct dbg_record *record, const char *text, size_t length,
                 bool continued)
{
    struct log_kept *kept = malloc(sizeof *kept + TAB * length + 1);
    if (!kept)
        return;
    *kept = (struct log_kept){.number = record->number,
                              .time_ns = record->time_ns,
                              .process_id = record->process_id,
                              .thread_id = record->thread_id,
                              .level = record->level,
                              .component = record->component,
                              .driver = (uint8_t)driver_index(lines, record->driver),
                              .continued = continued};
    memcpy(kept->process, record->process, sizeof kept->process);
    size_t used = without_tabs(kept->text, text, length);
    struct log_kept *smaller = realloc(kept, sizeof *kept + used + 1);
    kept = smaller ? smaller : kept;
    judge(lines, kept);
    if (lines->end - lines->first == LOG_LINES_MOST)
        drop_first(lines);
    lines->items[lines->end++ % LOG_LINES_MOST] = kept;
}

void log_lines_add(struct log_lines *lines, const struct log_line *line)
{
    const char *text = line->text;
    bool continued = false;
    lines->lost += line->lost;
    while (text) {
        const char *end = strchr(text, '\n');
        keep(lines, &line->record, text, end ? (size_t)(end - text) : strlen(text), continued);
        continued = true;
        text = end ? end + 1 : NULL;
    }
}

void log_lines_filter_again(struct log_lines *lines)
{
    for (uint64_t place = lines->first; place < lines->end; place++)
        judge(lines, lines->items[place % LOG_LINES_MOST]);
}
