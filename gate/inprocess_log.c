// Writing debug lines to a file or stderr. See inprocess_log.h.
#include "inprocess_log.h"

#include "dbg/dbg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out;
static bool plain;

// A text of several lines is one message; it ends with a line end whether the driver wrote one or not.
static void write_line(const struct dbg_record *record, void *context)
{
    bool ended = record->length && record->text[record->length - 1] == '\n';
    (void)context;
    if (plain && record->component == DBG_COMPONENT_NTHOST)
        return;
    if (!plain)
        fprintf(out, "%llu\t%.8f\t", (unsigned long long)record->number, (double)record->time_ns / 1e9);
    fprintf(out, "%.*s%s", (int)record->length, record->text, ended ? "" : "\n");
    fflush(out);
}

void inprocess_log_open(struct nthost_options *options)
{
    const char *where = getenv("NTHOST_LOG"), *format = getenv("NTHOST_LOG_FORMAT");
    if (!where || !*where)
        return;
    plain = format && strcmp(format, "plain") == 0;
    out = strcmp(where, "stderr") == 0 ? stderr : fopen(where, "we");
    if (!out) {
        fprintf(stderr, "nthost: the log cannot be written to %s: %s\n", where, strerror(errno));
        return;
    }
    options->log_sink = write_line;
}

void inprocess_log_close(void)
{
    if (out && out != stderr)
        fclose(out);
    out = NULL;
}
