// The report of a bugcheck, for people:
//
//     *** bugcheck DRIVER_IRQL_NOT_LESS_OR_EQUAL (0xD1) in seh.sys+0x1234 (Touch+0x4): what happened, in one sentence
//     ***   1: 0x0000000000000010  address that was touched
//     ...
//     ***   in hand: IRP_MJ_READ of \Device\Seh (seh), IRP 0x680012345678, for process 4711, thread 4712
//     ***   rax 0000000000000000  rcx ...
//     ***   stack: seh.sys+0x1234 (Touch+0x4)
//     ***          seh.sys+0x2010 (DispatchRead+0x30)
//
// Each line goes to the log; to stderr, too, with the debug messages that came before, unless somebody watches the
// log; and as JSON to the program that booted this kernel. Then the drivers whose frames are about to be left are stopped: what they were doing stays half done.
#include "init/report.h"

#include "dbg/dbg.h"
#include "io/io.h"
#include "ps/ps.h"
#include "trap/trap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool report_on_stderr;
void (*report_sink)(const char *driver, const char *json, void *context);
void *report_sink_context;
bool (*report_symbolize)(const char *path, uint32_t rva, char *text, size_t size);

static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void line(const char *format, ...)
{
    char text[DBG_TEXT_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dbg_kernel_message("%s\n", text);
    if (report_on_stderr)
        fprintf(stderr, "%s\n", text);
}

void report_each_message(uint64_t last, void (*each)(const struct dbg_record *record, void *context), void *context)
{
    struct rtl_ring *ring = dbg_ring_current();
    uint64_t lost;
    uint64_t next = last > REPORT_MESSAGES ? last - REPORT_MESSAGES + 1 : 1;
    struct dbg_record record;
    while (next && next <= last && (next = dbg_ring_read(ring, next, &record, &lost)))
        each(&record, context);
}

static void show_message(const struct dbg_record *record, void *context)
{
    (void)context;
    fprintf(stderr, "%s%s", record->text, record->length && record->text[record->length - 1] == '\n' ? "" : "\n");
}

static void report_parameters(const struct ke_bugcheck *bugcheck)
{
    for (unsigned i = 0; i < 4; i++) {
        const char *meaning = ke_bugcheck_parameter(bugcheck->code, i);
        if (meaning || bugcheck->parameters[i])
            line("***   %u: 0x%016llX  %s", i + 1, (unsigned long long)bugcheck->parameters[i], meaning ? meaning : "");
    }
}

static void report_registers(const CONTEXT *context)
{
    static const char names[16][4] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    const ULONG64 *values = &context->Rax;
    for (unsigned i = 0; i < 16; i += 4)
        line("***   %-3s %016llX  %-3s %016llX  %-3s %016llX  %-3s %016llX", names[i], (unsigned long long)values[i],
             names[i + 1], (unsigned long long)values[i + 1], names[i + 2], (unsigned long long)values[i + 2],
             names[i + 3], (unsigned long long)values[i + 3]);
    line("***   rip %016llX  flags %08X  irql %u", (unsigned long long)context->Rip, context->EFlags, ke_irql());
}

static bool next_driver_frame(struct unwind_walk *walk, struct unwind_frame *frame)
{
    while (unwind_step(walk, UNW_FLAG_NHANDLER, frame))
        if (frame->kind == UNWIND_DRIVER)
            return true;
    return false;
}

static void report_call(const struct report *report)
{
    const struct ke_recovery *call = report->call;
    if (call && call->request)
        line("***   in hand: %s of %s (%s), IRP %p, for process %u, thread %u", io_major_name(call->major),
             report->device, report->driver, call->request, report->process, report->thread);
    else if (call)
        line("***   in hand: %s, process %u, thread %u", call->what, report->process, report->thread);
}

static void report_stack(const struct report *report)
{
    for (unsigned i = 0; i < report->frames; i++) {
        const struct ldr_place *place = &report->stack[i];
        const char *title = i ? "       " : "stack: ", *source = i < REPORT_SOURCES ? report->sources[i] : "";
        const char *at = *source ? " at " : "";
        if (place->function)
            line("***   %s%s+0x%x (%s+0x%x)%s%s", title, place->image, place->rva, place->function, place->offset, at,
                 source);
        else
            line("***   %s%s+0x%x%s%s", title, place->image, place->rva, at, source);
    }
}

static void stop_drivers(CONTEXT context, bool exact)
{
    struct unwind_walk walk;
    struct unwind_frame frame;
    unwind_begin(&walk, &context, exact);
    while (next_driver_frame(&walk, &frame)) {
        const struct ldr_image *image = ldr_find_image((const void *)(uintptr_t)frame.pc);
        struct io_driver *driver = image ? image->owner : NULL;
        if (!driver || driver->failed)
            continue;
        io_mark_failed(driver);
        line("*** %s is stopped: its requests fail from now on, it can be unloaded; the kernel goes on", driver->name);
    }
}

// ---- what is known ----------------------------------------------------------------------------------------------

static void gather_stack(struct report *report)
{
    CONTEXT context = *report->context;
    struct unwind_walk walk;
    struct unwind_frame frame;
    unwind_begin(&walk, &context, report->bugcheck->exact);
    while (report->frames < REPORT_FRAMES && next_driver_frame(&walk, &frame))
        ldr_place((const void *)(uintptr_t)frame.pc, &report->stack[report->frames++]);
}

// A return address belongs to the call before it.
static void gather_sources(struct report *report)
{
    char path[1024], text[512];
    for (unsigned i = 0; report_symbolize && i < report->frames && i < REPORT_SOURCES; i++) {
        const struct ldr_place *place = &report->stack[i];
        uint32_t call = i == 0 && report->bugcheck->exact ? 0 : 1;
        if (!place->debug || !ldr_announced_path(place->base, path, sizeof path) ||
            !report_symbolize(path, place->rva - call, text, sizeof text))
            continue;
        snprintf(report->sources[i], sizeof report->sources[i], "%.255s", strchr(text, '\n') + 1);
    }
}

// The device lies in memory of this kernel, but who knows what the driver has done to it.
static void gather_call(struct report *report)
{
    const struct _ETHREAD *thread = ps_current_thread_or_null();
    DEVICE_OBJECT device;
    struct io_device_extension extension;
    report->call = ke_current_thread()->recovery;
    report->process = thread ? (uint32_t)(ULONG_PTR)thread->Cid.UniqueProcess : 0;
    report->thread = thread ? (uint32_t)(ULONG_PTR)thread->Cid.UniqueThread : 0;
    report->driver = "no driver";
    snprintf(report->device, sizeof report->device, "an unreadable device");
    if (!report->call || !report->call->device || !hal_copy(&device, report->call->device, sizeof device) ||
        !hal_copy(&extension, device.DeviceObjectExtension, sizeof extension))
        return;
    report->driver = io_driver_name((PDEVICE_OBJECT)(uintptr_t)report->call->device);
    snprintf(report->device, sizeof report->device, "%s", *extension.name ? extension.name : "a device without a name");
}

static void hand_out(const struct report *report)
{
    char *json = report_sink ? report_as_json(report) : NULL;
    if (json)
        report_sink(report->place.image ? report->place.image : "kernel", json, report_sink_context);
    free(json);
}

void report_bugcheck(const struct ke_bugcheck *bugcheck)
{
    struct rtl_ring *ring = dbg_ring_current();
    struct report report = {.bugcheck = bugcheck, .last_message = ring ? rtl_ring_last(ring) : 0};
    char where[DBG_TEXT_LIMIT / 2] = "";
    CONTEXT own;
    RtlCaptureContext(&own);
    report.context = bugcheck->context ? bugcheck->context : &own;
    if (report_on_stderr)
        report_each_message(report.last_message, show_message, NULL);
    if (bugcheck->instruction && ldr_place(bugcheck->instruction, &report.place))
        ldr_describe(bugcheck->instruction, where, sizeof where);
    gather_stack(&report);
    gather_sources(&report);
    gather_call(&report);
    line("*** bugcheck %s (0x%X)%s%s: %s", ke_bugcheck_name(bugcheck->code), bugcheck->code, *where ? " in " : "",
         where, bugcheck->what ? bugcheck->what : "the driver called KeBugCheckEx");
    report_parameters(bugcheck);
    report_call(&report);
    if (bugcheck->context)
        report_registers(report.context);
    report_stack(&report);
    stop_drivers(*report.context, bugcheck->exact);
    hand_out(&report);
}
