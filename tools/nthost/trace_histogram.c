// How long requests took: for each function of each device a line of numbers and a bar for each power of two.
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 40, MAX_ROWS = 64, BAR = 40 }; // step n: from 2^n ns on

struct row {
    char name[96];
    unsigned long long steps[STEPS], count;
    uint64_t least_ns, most_ns, sum_ns;
};

struct trace_histogram {
    struct row rows[MAX_ROWS];
    unsigned count;
};

struct trace_histogram *trace_histogram_new(void)
{
    return calloc(1, sizeof(struct trace_histogram));
}

void trace_histogram_free(struct trace_histogram *histogram)
{
    free(histogram);
}

// Those that find no place share the last row.
static struct row *row_of(struct trace_histogram *histogram, const struct io_trace_record *call)
{
    char name[96], device[TRACE_DEVICE_BYTES];
    snprintf(name, sizeof name, "%s %s", io_major_name(call->major),
             trace_device(call->device_name, call->device, call->driver, device));
    for (unsigned i = 0; i < histogram->count; i++)
        if (strcmp(histogram->rows[i].name, name) == 0)
            return &histogram->rows[i];
    if (histogram->count == MAX_ROWS)
        return &histogram->rows[MAX_ROWS - 1];
    struct row *row = &histogram->rows[histogram->count++];
    memcpy(row->name, histogram->count == MAX_ROWS ? "others" : name, sizeof name);
    return row;
}

void trace_histogram_add(struct trace_histogram *histogram, const struct trace_request *request)
{
    uint64_t took = request->ended_ns ? trace_took_ns(request) : 0;
    if (!request->ended_ns)
        return;
    struct row *row = row_of(histogram, &request->call);
    unsigned step = took ? 63 - (unsigned)__builtin_clzll(took) : 0;
    row->steps[step < STEPS ? step : STEPS - 1]++;
    row->least_ns = row->count && row->least_ns < took ? row->least_ns : took;
    row->most_ns = row->most_ns > took ? row->most_ns : took;
    row->sum_ns += took;
    row->count++;
}

static const char *amount(uint64_t ns, char text[24])
{
    if (ns < 1000)
        snprintf(text, 24, "%llu ns", (unsigned long long)ns);
    else if (ns < 1000000)
        snprintf(text, 24, "%.1f us", (double)ns / 1e3);
    else
        snprintf(text, 24, "%.1f ms", (double)ns / 1e6);
    return text;
}

static void write_bars(const struct row *row, FILE *out)
{
    unsigned first = 0, last = STEPS - 1;
    unsigned long long most = 1;
    char from[24];
    while (!row->steps[first])
        first++;
    while (!row->steps[last])
        last--;
    for (unsigned i = first; i <= last; i++)
        most = row->steps[i] > most ? row->steps[i] : most;
    for (unsigned i = first; i <= last; i++) {
        int length = (int)((row->steps[i] * BAR + most - 1) / most);
        fprintf(out, "  from %9s %10llu ", amount(1ull << i, from), row->steps[i]);
        while (length-- > 0)
            fputc('#', out);
        fputc('\n', out);
    }
}

void trace_histogram_write(const struct trace_histogram *histogram, FILE *out)
{
    char least[24], mean[24], most[24];
    for (unsigned i = 0; i < histogram->count; i++) {
        const struct row *row = &histogram->rows[i];
        fprintf(out, "%s: %llu requests, least %s, mean %s, most %s\n", row->name, row->count,
                amount(row->least_ns, least), amount(row->sum_ns / row->count, mean), amount(row->most_ns, most));
        write_bars(row, out);
    }
    if (!histogram->count)
        fputs("no request came to its end\n", out);
}
