// Traced requests as a table: a line a request when it is done, and a line below it for each device further down.
#include "trace.h"

#include "ctlcode.h"
#include "rtl/rtl.h"

#include <nt/ntstatus.h>

#include <string.h>

static bool is_control(const struct io_trace_record *call)
{
    return call->major == IRP_MJ_DEVICE_CONTROL || call->major == IRP_MJ_INTERNAL_DEVICE_CONTROL ||
           call->major == IRP_MJ_FILE_SYSTEM_CONTROL;
}

const char *trace_mode(const struct io_trace_record *call)
{
    static const char *const of_device[] = {
        [IO_TRACE_BUFFERED] = "buffered", [IO_TRACE_DIRECT] = "direct", [IO_TRACE_NEITHER] = "neither"};
    static const char *const of_code[] = {"buffered", "in direct", "out direct", "neither"};
    if (is_control(call))
        return of_code[call->code & 3];
    if (call->major != IRP_MJ_READ && call->major != IRP_MJ_WRITE)
        return "-";
    return call->buffering && call->buffering <= IO_TRACE_NEITHER ? of_device[call->buffering] : "-";
}

void trace_details(const struct ctlcode_names *names, const struct io_trace_record *call, char *text, size_t size)
{
    char code[160];
    const char *name = names ? ctlcode_name(names, call->code) : NULL;
    text[0] = 0;
    if (is_control(call)) {
        ctlcode_describe(call->code, code, sizeof code);
        snprintf(text, size, "%s%s0x%08x: %s", name ? name : "", name ? " " : "", call->code, code);
    } else if (call->major == IRP_MJ_READ || call->major == IRP_MJ_WRITE) {
        snprintf(text, size, "at %lld", (long long)call->offset);
    } else if (call->file_name[0]) {
        snprintf(text, size, "%s", call->file_name);
    } else if (call->minor) {
        snprintf(text, size, "minor %u", call->minor);
    }
}

const char *trace_device(const char *name, uint64_t address, const char *driver, char text[TRACE_DEVICE_BYTES])
{
    if (name[0])
        return name;
    snprintf(text, TRACE_DEVICE_BYTES, "%s!0x%llx", driver, (unsigned long long)address);
    return text;
}

// "1.234 us"; what has not ended has no time.
static const char *duration(uint64_t begun_ns, uint64_t ended_ns, char text[24])
{
    uint64_t took = ended_ns - begun_ns;
    if (!ended_ns)
        return "-";
    if (took < 1000000)
        snprintf(text, 24, "%llu.%03llu us", (unsigned long long)(took / 1000), (unsigned long long)(took % 1000));
    else
        snprintf(text, 24, "%llu.%03llu ms", (unsigned long long)(took / 1000000),
                 (unsigned long long)(took / 1000 % 1000));
    return text;
}

static const char *outcome(const struct trace_request *request)
{
    if (request->abandoned)
        return "ABANDONED";
    return request->ended_ns ? rtl_status_name(request->status) : "UNDER WAY";
}

static void begin(struct trace_output *output)
{
    fprintf(output->out, "%-12s %-20s %-22s %-24s %-10s %8s %8s %-26s %11s %12s  %s\n", "TIME", "PROCESS/THREAD",
            "FUNCTION", "DEVICE", "MODE", "IN", "OUT", "STATUS", "INFORMATION", "TOOK", "COMPLETED BY");
}

static void write_hops(struct trace_output *output, const struct trace_request *request)
{
    char device[TRACE_DEVICE_BYTES], took[24];
    for (unsigned i = 1; i < request->hop_count; i++) {
        const struct trace_hop *hop = &request->hops[i];
        fprintf(output->out, "%*s> %s of %s: %s %s\n", 12 + 2 * hop->level, "",
                trace_device(hop->device_name, hop->device, hop->driver, device), hop->driver,
                hop->ended_ns ? rtl_status_name(hop->status) : "UNDER WAY",
                duration(hop->begun_ns, hop->ended_ns, took));
    }
}

// Errors red, warnings yellow, the devices further down dim.
static void paint(struct trace_output *output, const char *number)
{
    if (output->colour)
        fprintf(output->out, "\033[%sm", number);
}

static const char *colour_of(const struct trace_request *request)
{
    if (request->abandoned || (request->ended_ns && NT_ERROR(request->status)))
        return "31";
    return !request->ended_ns || NT_WARNING(request->status) ? "33" : "0";
}

static void write_request(struct trace_output *output, const struct trace_request *request)
{
    const struct io_trace_record *call = &request->call;
    char who[64], device[TRACE_DEVICE_BYTES], took[24], details[320];
    snprintf(who, sizeof who, "%s %u/%u", call->process_name, call->process, call->thread);
    trace_details(output->names, call, details, sizeof details);
    paint(output, colour_of(request));
    fprintf(output->out, "%-12.6f %-20s %-22s %-24s %-10s %8u %8u %-26s %11llu %12s  %s",
            (double)call->head.time_ns / 1e9, who, io_major_name(call->major),
            trace_device(call->device_name, call->device, call->driver, device), trace_mode(call), call->in_length,
            call->out_length, outcome(request), (unsigned long long)request->information,
            duration(call->head.time_ns, request->ended_ns, took), request->completed_by);
    if (request->fast)
        fputs(", fast I/O", output->out);
    if (request->pended)
        fprintf(output->out, ", pended, in %s %u/%u", request->completed_in, request->completed_process,
                request->completed_thread);
    if (request->cancelled)
        fputs(", cancelled", output->out);
    fprintf(output->out, "%s%s\n", details[0] ? "  " : "", details);
    paint(output, "2");
    write_hops(output, request);
    paint(output, "0");
}

static void lost(struct trace_output *output, uint64_t records)
{
    fprintf(output->out, "*** %llu records are lost: this viewer is too slow ***\n", (unsigned long long)records);
}

static void end(struct trace_output *output)
{
    (void)output;
}

const struct trace_format trace_text = {"text", begin, write_request, lost, end};
