// The report of a bugcheck, for people:
//
//     *** bugcheck DRIVER_IRQL_NOT_LESS_OR_EQUAL (0xD1) in seh.sys+0x1234 (Touch+0x4): what happened, in one sentence
//     ***   1: 0x0000000000000010  address that was touched
//     ...
//     ***   rax 0000000000000000 rcx ...
//     ***   stack: seh.sys+0x1234 (Touch+0x4)
//     ***          seh.sys+0x2010 (DispatchRead+0x30)
//
// Each line goes to the log. The same, with the driver's last debug lines before it, goes to stderr unless somebody
// watches the log already (report_quietly).
#include "init/report.h"

#include "dbg/dbg.h"
#include "ke/exception.h"
#include "ldr/ldr.h"

#include <stdarg.h>
#include <stdio.h>

enum { FRAMES = 32, LAST_LINES = 8 };

static void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void line(const char *format, ...)
{
    char text[DBG_TEXT_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dbg_kernel_message("%s\n", text);
}

// "seh.sys+0x1234", with the function where the image has symbols.
static const char *place(const void *address, char *text, size_t size)
{
    const struct ldr_image *image = ldr_find_image(address);
    if (!image)
        snprintf(text, size, "%p", address);
    else
        snprintf(text, size, "%s+0x%zx", image->name, (size_t)((const char *)address - (const char *)image->base));
    return text;
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

static void report_stack(CONTEXT context, bool exact)
{
    struct unwind_walk walk;
    struct unwind_frame frame;
    char text[160];
    const char *title = "stack: ";
    unwind_begin(&walk, &context, exact);
    for (int i = 0; i < FRAMES && unwind_step(&walk, UNW_FLAG_NHANDLER, &frame);) {
        if (frame.kind != UNWIND_DRIVER)
            continue;
        line("***   %s%s", title, place((const void *)(uintptr_t)frame.pc, text, sizeof text));
        title = "       ";
        i++;
    }
}

void report_bugcheck(const struct ke_bugcheck *bugcheck)
{
    char where[160] = "";
    CONTEXT own;
    RtlCaptureContext(&own);
    if (bugcheck->instruction)
        place(bugcheck->instruction, where, sizeof where);
    line("*** bugcheck %s (0x%X)%s%s: %s", ke_bugcheck_name(bugcheck->code), bugcheck->code, *where ? " in " : "", where,
         bugcheck->what ? bugcheck->what : "the driver called KeBugCheckEx");
    report_parameters(bugcheck);
    if (bugcheck->context)
        report_registers(bugcheck->context);
    report_stack(bugcheck->context ? *bugcheck->context : own, bugcheck->exact);
    line("*** this driver is stopped, its requests fail from now on; the kernel goes on");
}
