// The debug view of nthost run: lines as they happen, before the driver's DbgPrint returns. Called by one
// thread at a time.
#include "run.h"

#include <string.h>

static void show(struct run_view *view, const struct dbg_record *record)
{
    if (view->out)
        line_write(view->out, record, LINE_FULL, view->colour);
}

void run_view_sink(const struct dbg_record *record, void *context)
{
    struct run_view *view = context;
    if (view->holding && record->component == DBG_COMPONENT_NTHOST &&
        view->held_count < sizeof view->held / sizeof *view->held)
        view->held[view->held_count++] = *record;
    else
        show(view, record);
}

void run_view_release(struct run_view *view, const char *told)
{
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
}
