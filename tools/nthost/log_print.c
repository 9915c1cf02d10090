// The debug view as lines.
//
//     reading --nothing left, not following--> end
//        |  \--line with the text that is waited for, enough lines, time is up--> end
//        \--nothing left, following--> asleep --bell--> reading
//                                         \--the server has ended--> reading the rest --> end
//
// Lines are written out when there is nothing left to read, or when the buffer of the output is full: one system call for each
// line would make the reader slower than a driver that prints a lot.
#include "log.h"
#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_BUFFER = 1 << 16 };

struct print {
    struct log_source *source;
    const struct log_options *options;
    FILE *out;
    bool colour, found;
    unsigned long long lines;
    unsigned long long skip; // lines before those of --tail
};

static bool enough(const struct print *print)
{
    return print->found || (print->options->max_lines && print->lines >= print->options->max_lines);
}

static void show(struct print *print, const struct log_line *line)
{
    const struct log_options *options = print->options;
    if (line->lost && !print->skip) // what is before the lines of --tail was not asked for
        line_write_lost(options->style == LINE_PLAIN ? stderr : print->out, line->lost, options->style);
    if (!line->text || !log_filter_wants(&options->filter, &line->record, line->text))
        return;
    if (print->skip) {
        print->skip--;
        return;
    }
    line_write(print->out, &line->record, line->text, options->style, print->colour,
               patterns_colour(&options->filter.highlight, line->text));
    print->lines++;
    print->found = options->wait_for && strstr(line->text, options->wait_for);
}

// A driver may print faster than this reads.
static bool time_is_up(const struct print *print)
{
    return print->options->follow && hal_monotonic_ns() >= print->options->deadline_ns;
}

static void read_what_is_there(struct print *print)
{
    struct log_line line;
    while (!enough(print) && !time_is_up(print) && !ferror(print->out) && log_source_next(print->source, &line)) {
        show(print, &line);
        free(line.text);
    }
    fflush(print->out);
}

static void watch(struct print *print)
{
    const struct log_options *options = print->options;
    bool more = true;
    for (;;) {
        uint32_t bell = log_source_bell(print->source);
        read_what_is_there(print);
        if (!options->follow || enough(print) || !more || time_is_up(print) || ferror(print->out))
            return;
        more = log_source_wait(print->source, bell, options->deadline_ns);
    }
}

// Where the source stands, how many lines there are to show, and back.
static unsigned long long count_lines(struct print *print)
{
    uint64_t place = print->source->next;
    unsigned long long count = 0;
    struct log_line line;
    while (log_source_next(print->source, &line)) {
        count += line.text && log_filter_wants(&print->options->filter, &line.record, line.text);
        free(line.text);
    }
    print->source->next = place;
    if (print->source->file)
        rewind(print->source->file);
    return count;
}

static FILE *open_output(const char *path)
{
    FILE *out = path ? fopen(path, "we") : stdout;
    if (!out)
        tool_error("log: %s: cannot be written: %s", path, strerror(errno));
    else
        setvbuf(out, NULL, _IOFBF, OUTPUT_BUFFER);
    return out;
}

int log_print(struct log_source *source, struct log_options *options)
{
    struct print print = {.source = source, .options = options, .out = open_output(options->output)};
    if (!print.out)
        return TOOL_FAILED;
    print.colour = tool_wants_colour(print.out);
    if (options->only_new)
        source->next = rtl_ring_last(source->ring) + 1;
    if (options->has_tail) {
        unsigned long long count = count_lines(&print);
        print.skip = count > options->tail ? count - options->tail : 0;
    }
    line_write_head(print.out, options->style);
    watch(&print);
    if (options->output && fclose(print.out) != 0) {
        tool_error("log: %s: cannot be written: %s", options->output, strerror(errno));
        return TOOL_FAILED;
    }
    if (options->wait_for && !print.found) {
        tool_error("log: no line with \"%s\" came", options->wait_for);
        return TOOL_FAILED;
    }
    return TOOL_OK;
}
