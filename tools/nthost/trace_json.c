// Traced requests as JSON, an object a line.
#include "jsontext.h"
#include "trace.h"

#include "ctlcode.h"
#include "rtl/rtl.h"

#include <nt/ntstatus.h>

static json_t *address(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    return value ? json_string(text) : json_null();
}

static void set_number(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, json_text(text));
}

static json_t *hop_object(const struct trace_hop *hop)
{
    json_t *object = json_object();
    set_text(object, "driver", hop->driver);
    set_text(object, "device", hop->device_name);
    json_object_set_new(object, "device_address", address(hop->device));
    set_number(object, "location", hop->depth);
    set_number(object, "level", hop->level);
    set_number(object, "begun_ns", hop->begun_ns);
    if (hop->ended_ns) {
        set_number(object, "took_ns", hop->ended_ns - hop->begun_ns);
        set_text(object, "status", rtl_status_name(hop->status));
    }
    return object;
}

static void set_code(json_t *object, const struct ctlcode_names *names, const struct io_trace_record *call)
{
    const char *name = names ? ctlcode_name(names, call->code) : NULL;
    const char *type = ctlcode_device_type(call->code);
    char code[16];
    snprintf(code, sizeof code, "0x%08x", call->code);
    json_t *control = json_pack("{s:s, s:i, s:i, s:s, s:s}", "code", code, "device_type", (int)(call->code >> 16),
                                "function", (int)CTLCODE_FUNCTION(call->code), "method", ctlcode_method(call->code),
                                "access", ctlcode_access(call->code));
    if (type)
        set_text(control, "device_type_name", type);
    if (name)
        set_text(control, "name", name);
    json_object_set_new(object, "control", control);
}

static void set_parameters(json_t *object, const struct ctlcode_names *names, const struct io_trace_record *call)
{
    switch (call->major) {
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        set_number(object, "offset", call->offset);
        break;
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        set_code(object, names, call);
        break;
    default:
        break;
    }
    set_number(object, "in_length", call->in_length);
    set_number(object, "out_length", call->out_length);
}

static void set_end(json_t *object, const struct trace_request *request)
{
    json_object_set_new(object, "pended", json_boolean(request->pended));
    json_object_set_new(object, "cancelled", json_boolean(request->cancelled));
    json_object_set_new(object, "abandoned", json_boolean(request->abandoned));
    json_object_set_new(object, "fast", json_boolean(request->fast));
    if (!request->ended_ns)
        return;
    set_text(object, "status", rtl_status_name(request->status));
    set_number(object, "status_number", (uint32_t)request->status);
    set_number(object, "information", request->information);
    set_number(object, "took_ns", trace_took_ns(request));
    json_t *completed = json_object();
    set_text(completed, "driver", request->completed_by);
    set_number(completed, "process", request->completed_process);
    set_number(completed, "thread", request->completed_thread);
    json_object_set_new(object, "completed_by", completed);
}

static void write_request(struct trace_output *output, const struct trace_request *request)
{
    const struct io_trace_record *call = &request->call;
    json_t *object = json_object(), *hops = json_array();
    set_number(object, "time_ns", call->head.time_ns);
    set_number(object, "id", call->id);
    set_text(object, "major", io_major_name(call->major));
    set_number(object, "minor", call->minor);
    set_text(object, "driver", call->driver);
    set_text(object, "device", call->device_name);
    json_object_set_new(object, "file", address(call->file));
    set_text(object, "file_name", call->file_name);
    set_number(object, "process", call->process);
    set_text(object, "process_name", call->process_name);
    set_number(object, "thread", call->thread);
    json_object_set_new(object, "kernel_mode", json_boolean(call->flags & IO_TRACE_KERNEL_MODE));
    set_text(object, "mode", trace_mode(call));
    set_parameters(object, output->names, call);
    set_end(object, request);
    for (unsigned i = 0; i < request->hop_count; i++)
        json_array_append_new(hops, hop_object(&request->hops[i]));
    json_object_set_new(object, "hops", hops);
    json_dumpf(object, output->out, JSON_COMPACT);
    fputc('\n', output->out);
    json_decref(object);
}

static void nothing(struct trace_output *output)
{
    (void)output;
}

static void lost(struct trace_output *output, uint64_t records)
{
    fprintf(output->out, "{\"lost\": %llu}\n", (unsigned long long)records);
}

const struct trace_format trace_json = {"json", nothing, write_request, lost, nothing};
