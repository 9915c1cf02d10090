// From the ring to the output: see trace_reader.h.
#include "trace_reader.h"
#include "tool.h"

#include "rtl/rtl.h"

#include <nt/ntstatus.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_hex(const char *text, uint32_t *number)
{
    char *end;
    *number = (uint32_t)strtoul(text, &end, 16);
    return strncasecmp(text, "0x", 2) == 0 && end > text + 2 && *end == 0;
}

bool trace_filter_knows_status(const char *status)
{
    uint32_t number;
    return strcasecmp(status, "error") == 0 || strcasecmp(status, "success") == 0 ||
           strcasecmp(status, "warning") == 0 || strncasecmp(status, "STATUS_", 7) == 0 || is_hex(status, &number);
}

static bool has_status(const char *wanted, NTSTATUS status)
{
    uint32_t number;
    if (strcasecmp(wanted, "error") == 0)
        return NT_ERROR(status);
    if (strcasecmp(wanted, "warning") == 0)
        return NT_WARNING(status);
    if (strcasecmp(wanted, "success") == 0)
        return NT_SUCCESS(status);
    if (is_hex(wanted, &number))
        return number == (uint32_t)status;
    return strcasecmp(rtl_status_name(status), wanted) == 0;
}

static bool meets_driver(const struct trace_request *request, const char *name)
{
    for (unsigned i = 0; i < request->hop_count; i++)
        if (strcasecmp(request->hops[i].driver, name) == 0)
            return true;
    return false;
}

static bool meets_device(const struct trace_request *request, const char *name)
{
    for (unsigned i = 0; i < request->hop_count; i++)
        if (tool_names_device(request->hops[i].device_name, name))
            return true;
    return false;
}

static bool is_process(const struct io_trace_record *call, const char *wanted)
{
    char number[16];
    snprintf(number, sizeof number, "%u", call->process);
    return strcmp(wanted, number) == 0 || strcmp(wanted, call->process_name) == 0;
}

bool trace_filter_wants(const struct trace_filter *filter, const struct trace_request *request)
{
    const struct io_trace_record *call = &request->call;
    bool ended = request->ended_ns != 0;
    return (!filter->driver || meets_driver(request, filter->driver)) &&
           (!filter->device || meets_device(request, filter->device)) &&
           (!filter->process || is_process(call, filter->process)) &&
           (!filter->major || tool_names_major(io_major_name(call->major), filter->major)) &&
           (!filter->status || (ended && has_status(filter->status, request->status))) &&
           (!ended || trace_took_ns(request) >= filter->slower_than_ns);
}

static bool enough(const struct trace_reader *reader)
{
    return reader->max_requests && reader->shown >= reader->max_requests;
}

static void take_request(const struct trace_request *request, void *context)
{
    struct trace_reader *reader = context;
    if (enough(reader) || !trace_filter_wants(&reader->filter, request))
        return;
    reader->shown++;
    if (reader->histogram)
        trace_histogram_add(reader->histogram, request);
    else
        reader->format->request(&reader->output, request);
}

bool trace_reader_begin(struct trace_reader *reader)
{
    reader->assembly = trace_assembly_new(take_request, reader);
    if (reader->assembly && !reader->histogram)
        reader->format->begin(&reader->output);
    fflush(reader->output.out);
    return reader->assembly != NULL;
}

static void note_lost(struct trace_reader *reader, uint64_t lost)
{
    trace_assembly_forget(reader->assembly);
    if (reader->histogram)
        trace_text.lost(&reader->output, lost);
    else
        reader->format->lost(&reader->output, lost);
}

bool trace_reader_read(struct trace_reader *reader)
{
    struct io_trace_record record;
    uint64_t lost, next;
    while (!enough(reader) && (next = rtl_ring_read(reader->ring, reader->next, &record, &lost)) != 0) {
        reader->next = next;
        if (lost)
            note_lost(reader, lost);
        trace_assembly_add(reader->assembly, &record);
    }
    fflush(reader->output.out);
    return !enough(reader) && !ferror(reader->output.out);
}

void trace_reader_end(struct trace_reader *reader)
{
    trace_assembly_free(reader->assembly);
    if (reader->histogram)
        trace_histogram_write(reader->histogram, reader->output.out);
    else
        reader->format->end(&reader->output);
    fflush(reader->output.out);
}
