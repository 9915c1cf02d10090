// The debug view of nthost run: lines as they happen, before the driver's DbgPrint returns.
#include "run.h"

#include <stdlib.h>
#include <string.h>

// In one piece, because the program writes to the same terminal, and at once.
static void show(struct run_view *view, const struct dbg_record *record)
{
    char *text = view->out ? line_text(record) : NULL, *line = NULL;
    size_t bytes = 0;
    FILE *memory = text ? open_memstream(&line, &bytes) : NULL;
    if (memory) {
        line_write(memory, record, text, LINE_FULL, view->colour, COLOUR_NONE);
        fclose(memory);
        fwrite(line, 1, bytes, view->out);
        fflush(view->out);
    }
    free(line);
    free(text);
}

void run_view_sink(const struct dbg_record *record, void *context)
{
    struct run_view *view = context;
    hal_mutex_lock(&view->lock);
    if (view->holding && record->component == DBG_COMPONENT_NTHOST &&
        view->held_count < sizeof view->held / sizeof *view->held)
        view->held[view->held_count++] = *record;
    else
        show(view, record);
    hal_mutex_unlock(&view->lock);
}

void run_view_hold(struct run_view *view)
{
    hal_mutex_lock(&view->lock);
    view->holding = true;
    hal_mutex_unlock(&view->lock);
}

void run_view_release(struct run_view *view, const char *told)
{
    hal_mutex_lock(&view->lock);
    view->holding = false;
    for (unsigned i = 0; i < view->held_count; i++) {
        struct dbg_record *record = &view->held[i];
        char text[DBG_TEXT_LIMIT + 1];
        snprintf(text, sizeof text, "%.*s", (int)record->length, record->text);
        text[strcspn(text, "\n")] = 0;
        if (!strstr(told, text))
            show(view, record);
    }
    view->held_count = 0;
    hal_mutex_unlock(&view->lock);
}
