// From records to requests: see kernel/io/trace.c for what they mean and trace.h for what comes out.
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct trace_assembly {
    trace_done_function *done;
    void *context;
    struct trace_request *buckets[BUCKETS]; // those under way, by id
};

struct trace_assembly *trace_assembly_new(trace_done_function *done, void *context)
{
    struct trace_assembly *assembly = calloc(1, sizeof *assembly);
    if (assembly) {
        assembly->done = done;
        assembly->context = context;
    }
    return assembly;
}

// Where the request hangs, or would.
static struct trace_request **find(struct trace_assembly *assembly, uint64_t id)
{
    struct trace_request **link = &assembly->buckets[id % BUCKETS];
    while (*link && (*link)->call.id != id)
        link = &(*link)->next;
    return link;
}

static void finish(struct trace_assembly *assembly, struct trace_request **link, uint64_t now)
{
    struct trace_request *request = *link;
    *link = request->next;
    request->ended_ns = now;
    assembly->done(request, assembly->context);
    free(request);
}

static unsigned hops_under_way(const struct trace_request *request)
{
    unsigned count = 0;
    for (unsigned i = 0; i < request->hop_count; i++)
        count += request->hops[i].ended_ns == 0;
    return count;
}

static void add_hop(struct trace_request *request, const struct io_trace_record *record)
{
    if (request->hop_count == TRACE_HOPS)
        return;
    unsigned level = hops_under_way(request);
    struct trace_hop *hop = &request->hops[request->hop_count++];
    *hop = (struct trace_hop){
        .device = record->device, .begun_ns = record->head.time_ns, .depth = record->depth, .level = (uint8_t)level};
    memcpy(hop->driver, record->driver, sizeof hop->driver);
    memcpy(hop->device_name, record->device_name, sizeof hop->device_name);
}

static void add_call(struct trace_assembly *assembly, const struct io_trace_record *record)
{
    struct trace_request **link = find(assembly, record->id);
    if (!*link && !(*link = calloc(1, sizeof **link)))
        return;
    if (!(*link)->hop_count)
        (*link)->call = *record;
    add_hop(*link, record);
}

static void note_completer(struct trace_request *request, const struct io_trace_record *record)
{
    memcpy(request->completed_by, record->driver, sizeof request->completed_by);
    memcpy(request->completed_in, record->process_name, sizeof request->completed_in);
    request->completed_process = record->process;
    request->completed_thread = record->thread;
}

// Every device that was called with this stack location, or one below it, is done with the request.
static void end_hops(struct trace_request *request, const struct io_trace_record *record)
{
    for (unsigned i = 0; i < request->hop_count; i++) {
        struct trace_hop *hop = &request->hops[i];
        if (hop->ended_ns || hop->depth < record->depth)
            continue;
        hop->ended_ns = record->head.time_ns;
        hop->status = record->status;
        hop->information = record->information;
    }
}

static void add_up(struct trace_assembly *assembly, const struct io_trace_record *record)
{
    struct trace_request **link = find(assembly, record->id), *request = *link;
    if (!request)
        return; // it began before anybody looked
    if (record->driver[0] && !request->completed_by[0])
        note_completer(request, record);
    end_hops(request, record);
    request->status = record->status;
    request->information = record->information;
    request->pended = request->pended || (record->flags & IO_TRACE_PENDED);
    request->cancelled = record->flags & IO_TRACE_CANCELLED;
    if (record->depth == 0)
        finish(assembly, link, record->head.time_ns);
}

static void add_abandoned(struct trace_assembly *assembly, const struct io_trace_record *record)
{
    struct trace_request **link = find(assembly, record->id), *request = *link;
    if (!request)
        return;
    request->abandoned = true;
    request->status = record->status;
    finish(assembly, link, record->head.time_ns);
}

static void add_fast(struct trace_assembly *assembly, const struct io_trace_record *record)
{
    struct trace_request request = {.call = *record, .fast = true};
    uint64_t took = record->offset;
    request.call.head.time_ns -= took;
    request.call.offset = 0;
    request.ended_ns = record->head.time_ns;
    request.status = record->status;
    request.information = record->information;
    note_completer(&request, record);
    add_hop(&request, &request.call);
    end_hops(&request, record);
    assembly->done(&request, assembly->context);
}

void trace_assembly_add(struct trace_assembly *assembly, const struct io_trace_record *record)
{
    switch (record->kind) {
    case IO_TRACE_CALL:
        add_call(assembly, record);
        break;
    case IO_TRACE_UP:
        add_up(assembly, record);
        break;
    case IO_TRACE_ABANDONED:
        add_abandoned(assembly, record);
        break;
    case IO_TRACE_FAST:
        add_fast(assembly, record);
        break;
    default:
        break;
    }
}

void trace_assembly_forget(struct trace_assembly *assembly)
{
    for (unsigned i = 0; i < BUCKETS; i++)
        while (assembly->buckets[i]) {
            struct trace_request *request = assembly->buckets[i];
            assembly->buckets[i] = request->next;
            free(request);
        }
}

void trace_assembly_free(struct trace_assembly *assembly)
{
    for (unsigned i = 0; assembly && i < BUCKETS; i++)
        while (assembly->buckets[i])
            finish(assembly, &assembly->buckets[i], 0);
    free(assembly);
}
