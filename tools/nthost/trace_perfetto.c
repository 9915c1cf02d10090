// Traced requests as a trace that Perfetto's viewer (https://ui.perfetto.dev) and chrome://tracing open: the Trace Event Format.
// What a thread does itself, from the call to the completion, is a slice of that thread, with a slice within for each device
// further down; what was pended, or completed by another thread, lies on a track of its own.
//
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (Trace Event Format)
#include "jsontext.h"
#include "trace.h"

#include "ctlcode.h"
#include "rtl/rtl.h"

#include <nt/ntstatus.h>

static void put(struct trace_output *output, json_t *event)
{
    fputs(output->count++ ? ",\n" : "\n", output->out);
    json_dumpf(event, output->out, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(event);
}

static double microseconds(uint64_t ns)
{
    return (double)ns / 1000;
}

static json_t *event(const char *phase, const char *name, uint64_t ns, const struct io_trace_record *call)
{
    return json_pack("{s:s, s:o, s:s, s:f, s:I, s:I}", "ph", phase, "name", json_text(name), "cat", "irp", "ts",
                     microseconds(ns), "pid", (json_int_t)call->process, "tid", (json_int_t)call->thread);
}

// Once; when there are too many processes to remember, more often, which viewers do not mind.
static void name_process(struct trace_output *output, const struct io_trace_record *call)
{
    for (unsigned i = 0; i < output->named_count; i++)
        if (output->named[i] == call->process)
            return;
    if (output->named_count < sizeof output->named / sizeof *output->named)
        output->named[output->named_count++] = call->process;
    put(output, json_pack("{s:s, s:s, s:I, s:{s:o}}", "ph", "M", "name", "process_name", "pid",
                          (json_int_t)call->process, "args", "name", json_text(call->process_name)));
}

static json_t *arguments(const struct trace_output *output, const struct trace_request *request)
{
    const struct io_trace_record *call = &request->call;
    char details[320];
    trace_details(output->names, call, details, sizeof details);
    json_t *object =
        json_pack("{s:o, s:s, s:I, s:I, s:s, s:I, s:o, s:b, s:s}", "driver", json_text(call->driver), "mode",
                  trace_mode(call), "in", (json_int_t)call->in_length, "out", (json_int_t)call->out_length, "status",
                  request->ended_ns ? rtl_status_name(request->status) : "under way", "information",
                  (json_int_t)request->information, "completed by", json_text(request->completed_by), "pended",
                  (int)request->pended, "details", details);
    return object;
}

static void name_request(const struct trace_output *output, const struct io_trace_record *call, char *text, size_t size)
{
    char device[TRACE_DEVICE_BYTES];
    const char *code =
        call->major == IRP_MJ_DEVICE_CONTROL && output->names ? ctlcode_name(output->names, call->code) : NULL;
    snprintf(text, size, "%s %s", code ? code : io_major_name(call->major),
             trace_device(call->device_name, call->device, call->driver, device));
}

static void name_hop(const struct trace_hop *hop, char *text, size_t size)
{
    char device[TRACE_DEVICE_BYTES];
    snprintf(text, size, "%s", trace_device(hop->device_name, hop->device, hop->driver, device));
}

// A complete event ("X") where the thread did it all.
static void put_slices(struct trace_output *output, const struct trace_request *request)
{
    char name[128];
    const struct io_trace_record *call = &request->call;
    name_request(output, call, name, sizeof name);
    json_t *slice = event("X", name, call->head.time_ns, call);
    json_object_set_new(slice, "dur", json_real(microseconds(trace_took_ns(request))));
    json_object_set_new(slice, "args", arguments(output, request));
    put(output, slice);
    for (unsigned i = 1; i < request->hop_count; i++) {
        const struct trace_hop *hop = &request->hops[i];
        name_hop(hop, name, sizeof name);
        slice = event("X", name, hop->begun_ns, call);
        json_object_set_new(slice, "dur", json_real(microseconds(hop->ended_ns - hop->begun_ns)));
        put(output, slice);
    }
}

static void put_async(struct trace_output *output, const struct trace_request *request, const char *phase,
                      const char *name, uint64_t ns, json_t *args)
{
    char id[24];
    snprintf(id, sizeof id, "0x%llx", (unsigned long long)request->call.id);
    json_t *edge = event(phase, name, ns, &request->call);
    json_object_set_new(edge, "id", json_string(id));
    if (args)
        json_object_set_new(edge, "args", args);
    put(output, edge);
}

// Nestable asynchronous events ("b", "e") with the request's number. What has not ended has no "e".
static void put_track(struct trace_output *output, const struct trace_request *request)
{
    char name[128];
    name_request(output, &request->call, name, sizeof name);
    put_async(output, request, "b", name, request->call.head.time_ns, arguments(output, request));
    for (unsigned i = 1; i < request->hop_count; i++) {
        const struct trace_hop *hop = &request->hops[i];
        char of_hop[96];
        name_hop(hop, of_hop, sizeof of_hop);
        put_async(output, request, "b", of_hop, hop->begun_ns, NULL);
        if (hop->ended_ns)
            put_async(output, request, "e", of_hop, hop->ended_ns, NULL);
    }
    if (request->ended_ns)
        put_async(output, request, "e", name, request->ended_ns, NULL);
}

static void write_request(struct trace_output *output, const struct trace_request *request)
{
    const struct io_trace_record *call = &request->call;
    name_process(output, call);
    if (request->ended_ns && !request->pended && request->completed_thread == call->thread)
        put_slices(output, request);
    else
        put_track(output, request);
}

static void begin(struct trace_output *output)
{
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", output->out);
}

// An instant for all to see.
static void lost(struct trace_output *output, uint64_t records)
{
    put(output, json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:{s:I}}", "ph", "i", "name", "records are lost", "s", "g",
                          "ts", 0, "pid", 0, "tid", 0, "args", "records", (json_int_t)records));
}

static void end(struct trace_output *output)
{
    fputs("\n]}\n", output->out);
}

const struct trace_format trace_perfetto = {"perfetto", begin, write_request, lost, end};
