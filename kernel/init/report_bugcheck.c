// The report of a bugcheck, for people:
//
//     *** bugcheck DRIVER_IRQL_NOT_LESS_OR_EQUAL (0xD1) in seh.sys+0x1234 (Touch+0x4): what happened, in one sentence
//     ***   1: 0x0000000000000010  address that was touched
//     ...
//     ***   rax 0000000000000000  rcx ...
//     ***   stack: seh.sys+0x1234 (Touch+0x4)
//     ***          seh.sys+0x2010 (DispatchRead+0x30)
//
// Each line goes to the log; to stderr, too, with the debug messages that came before, unless somebody watches the
// log. Then the drivers whose frames are about to be left are stopped: what they were doing stays half done.
#include "init/report.h"

#include "dbg/dbg.h"
#include "io/io.h"
#include "trap/trap.h"
#include "ldr/ldr.h"

#include <stdarg.h>
#include <stdio.h>

enum { FRAMES = 32, LAST_MESSAGES = 8 };

bool report_on_stderr;

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

static void show_last_messages(void)
{
    struct rtl_ring *ring = dbg_ring_current();
    uint64_t last = ring ? rtl_ring_last(ring) : 0, next = last > LAST_MESSAGES ? last - LAST_MESSAGES + 1 : 1, lost;
    struct dbg_record record;
    while (next && next <= last && (next = dbg_ring_read(ring, next, &record, &lost)))
        fprintf(stderr, "%s%s", record.text, record.length && record.text[record.length - 1] == '\n' ? "" : "\n");
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

static void report_stack(CONTEXT context, bool exact)
{
    struct unwind_walk walk;
    struct unwind_frame frame;
    char text[DBG_TEXT_LIMIT / 2];
    const char *title = "stack: ";
    unwind_begin(&walk, &context, exact);
    for (int i = 0; i < FRAMES && next_driver_frame(&walk, &frame); i++) {
        ldr_describe((const void *)(uintptr_t)frame.pc, text, sizeof text);
        line("***   %s%s", title, text);
        title = "       ";
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

void report_bugcheck(const struct ke_bugcheck *bugcheck)
{
    char where[DBG_TEXT_LIMIT / 2] = "";
    CONTEXT own;
    RtlCaptureContext(&own);
    const CONTEXT *context = bugcheck->context ? bugcheck->context : &own;
    if (report_on_stderr)
        show_last_messages();
    if (bugcheck->instruction)
        ldr_describe(bugcheck->instruction, where, sizeof where);
    line("*** bugcheck %s (0x%X)%s%s: %s", ke_bugcheck_name(bugcheck->code), bugcheck->code, *where ? " in " : "",
         where, bugcheck->what ? bugcheck->what : "the driver called KeBugCheckEx");
    report_parameters(bugcheck);
    if (bugcheck->context)
        report_registers(context);
    report_stack(*context, bugcheck->exact);
    stop_drivers(*context, bugcheck->exact);
}
