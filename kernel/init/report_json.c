// A bugcheck report for programs: the same facts as in the log. docs/debugging.md describes the members.
#include "dbg/dbg.h"
#include "init/report.h"
#include "io/io.h"
#include "rtl/json.h"

#include <stdio.h>
#include <time.h>

// Numbers that may exceed 2^53 are written as text, as in the log.
static void write_hex(struct rtl_json *json, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%llx", (unsigned long long)value);
    rtl_json_string(json, key, text);
}

static void write_time(struct rtl_json *json)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    rtl_json_string(json, "time", text);
}

static void write_parameters(struct rtl_json *json, const struct ke_bugcheck *bugcheck)
{
    rtl_json_begin(json, "parameters", '[');
    for (unsigned i = 0; i < 4; i++) {
        rtl_json_begin(json, NULL, '{');
        write_hex(json, "value", bugcheck->parameters[i]);
        rtl_json_string(json, "meaning", ke_bugcheck_parameter(bugcheck->code, i));
        rtl_json_end(json, '}');
    }
    rtl_json_end(json, ']');
}

static void write_place(struct rtl_json *json, const char *key, const struct ldr_place *place, const char *source)
{
    rtl_json_begin(json, key, '{');
    rtl_json_string(json, "image", place->image);
    rtl_json_number(json, "rva", place->rva);
    rtl_json_string(json, "function", place->function);
    rtl_json_number(json, "offset", place->offset);
    rtl_json_string(json, "source", source && *source ? source : NULL);
    rtl_json_end(json, '}');
}

static void write_call(struct rtl_json *json, const struct report *report)
{
    rtl_json_begin(json, "call", '{');
    rtl_json_string(json, "during", report->call ? report->call->what : NULL);
    if (report->call && report->call->request) {
        rtl_json_string(json, "major", io_major_name(report->call->major));
        write_hex(json, "irp", (uintptr_t)report->call->request);
        rtl_json_string(json, "device", report->device);
        rtl_json_string(json, "driver", report->driver);
    }
    rtl_json_number(json, "process", report->process);
    rtl_json_number(json, "thread", report->thread);
    rtl_json_end(json, '}');
}

static void write_registers(struct rtl_json *json, const CONTEXT *context)
{
    static const char names[16][4] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    rtl_json_begin(json, "registers", '{');
    for (unsigned i = 0; i < 16; i++)
        write_hex(json, names[i], (&context->Rax)[i]);
    write_hex(json, "rip", context->Rip);
    write_hex(json, "flags", context->EFlags);
    rtl_json_end(json, '}');
}

static void write_message(const struct dbg_record *record, void *context)
{
    struct rtl_json *json = context;
    rtl_json_string(json, NULL, record->text);
}

char *report_as_json(const struct report *report)
{
    const struct ke_bugcheck *bugcheck = report->bugcheck;
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    struct rtl_json json = {.out = out};
    if (!out)
        return NULL;
    rtl_json_begin(&json, NULL, '{');
    write_time(&json);
    rtl_json_number(&json, "code", bugcheck->code);
    rtl_json_string(&json, "name", ke_bugcheck_name(bugcheck->code));
    rtl_json_string(&json, "sentence", bugcheck->what);
    write_parameters(&json, bugcheck);
    write_place(&json, "place", &report->place, report->frames ? report->sources[0] : NULL);
    write_call(&json, report);
    rtl_json_number(&json, "irql", ke_irql());
    if (bugcheck->context)
        write_registers(&json, report->context);
    rtl_json_begin(&json, "stack", '[');
    for (unsigned i = 0; i < report->frames; i++)
        write_place(&json, NULL, &report->stack[i], i < REPORT_SOURCES ? report->sources[i] : NULL);
    rtl_json_end(&json, ']');
    rtl_json_begin(&json, "messages", '[');
    report_each_message(report->last_message, write_message, &json);
    rtl_json_end(&json, ']');
    rtl_json_end(&json, '}');
    fputc('\n', out);
    return fclose(out) ? NULL : text;
}
