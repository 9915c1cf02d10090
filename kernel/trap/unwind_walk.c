// One step up the stack through any kind of frame, and the stack traces that are made of such steps.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlcapturestackbacktrace
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlpctofileheader
#include "trap/unwind.h"

#include "trap/trap.h"
#include "ldr/patch.h"

enum { STACK_SLOT = 2 }; // of __builtin_setjmp's buffer: the stack pointer

void unwind_begin(struct unwind_walk *walk, PCONTEXT context, bool exact)
{
    const struct ke_recovery *recovery = ke_current_thread()->recovery;
    walk->context = context;
    walk->limit = recovery ? (uint64_t)(uintptr_t)recovery->jump[STACK_SLOT] : 0;
    walk->exact = exact;
}

// ---- the kinds of frame -----------------------------------------------------------------------------------------

// All registers lie in the trap, at the stack pointer of its frame.
static bool step_trap(struct unwind_walk *walk, struct unwind_frame *frame)
{
    struct trap trap;
    frame->kind = UNWIND_TRAP;
    if (!unwind_read(frame->stack, &trap, sizeof trap))
        return false;
    *walk->context = trap.context;
    walk->exact = trap.exact;
    return true;
}

static bool step_driver(struct unwind_walk *walk, ULONG handler_type, struct unwind_frame *frame)
{
    PCONTEXT context = walk->context;
    frame->kind = UNWIND_DRIVER;
    frame->pc = (uint64_t)(uintptr_t)ldr_patch_origin((const void *)(uintptr_t)frame->pc);
    frame->establisher = context->Rsp;
    frame->function = RtlLookupFunctionEntry(frame->pc, &frame->image_base, NULL);
    walk->exact = false;
    if (!frame->function) // a leaf: it has touched neither the stack nor a register that counts
        return unwind_return(context);
    frame->handler = RtlVirtualUnwind(handler_type, frame->image_base, frame->pc, frame->function, context,
                                      &frame->handler_data, &frame->establisher, NULL);
    return context->Rip != 0;
}

static bool step_host(struct unwind_walk *walk, struct unwind_frame *frame)
{
    const void *pc = (const void *)(uintptr_t)frame->pc;
    frame->kind = UNWIND_HOST;
    if (pc == trap_exception_handler_return || pc == trap_unwind_handler_return) {
        frame->kind = UNWIND_HANDLER;
        frame->unwinding = pc == trap_unwind_handler_return;
        if (!unwind_read(frame->stack + 32, &frame->dispatcher, sizeof frame->dispatcher))
            return false;
    }
    if (!unwind_host_frame(walk->context, walk->exact, &frame->routine)) {
        // A call into nowhere faults at its first instruction; the caller's address is on top of the stack.
        if (!walk->exact || frame->routine || !unwind_return(walk->context))
            return false;
    }
    walk->exact = false;
    return true;
}

bool unwind_step(struct unwind_walk *walk, ULONG handler_type, struct unwind_frame *frame)
{
    PCONTEXT context = walk->context;
    *frame = (struct unwind_frame){.pc = context->Rip, .stack = context->Rsp};
    if (walk->limit && context->Rsp >= walk->limit)
        return false;
    const void *pc = (const void *)(uintptr_t)frame->pc;
    if (pc == trap_return)
        return step_trap(walk, frame);
    bool more = ldr_find_image(pc) ? step_driver(walk, handler_type, frame) : step_host(walk, frame);
    return more && context->Rsp > frame->stack; // a stack that does not shrink has no end
}

// ---- stack traces ---------------------------------------------------------------------------------------------

// The return addresses of the driver's own frames above this context, after `skip` of them.
static ULONG trace(PCONTEXT context, ULONG skip, ULONG count, PVOID *out)
{
    struct unwind_walk walk;
    struct unwind_frame frame;
    ULONG found = 0;
    unwind_begin(&walk, context, false);
    while (found < count && unwind_step(&walk, UNW_FLAG_NHANDLER, &frame)) {
        if (frame.kind != UNWIND_DRIVER)
            continue;
        if (skip)
            skip--;
        else
            out[found++] = (PVOID)(uintptr_t)frame.pc;
    }
    return found;
}

// Frames of drivers only, the caller's own first. The hash, when asked for, is the sum of the addresses.
USHORT NTAPI RtlCaptureStackBackTrace(ULONG skip, ULONG count, PVOID *out, PULONG hash)
{
    CONTEXT context;
    RtlCaptureContext(&context);
    ULONG found = trace(&context, skip, count < MAXUSHORT ? count : MAXUSHORT, out);
    if (hash) {
        *hash = 0;
        for (ULONG i = 0; i < found; i++)
            *hash += (ULONG)(ULONG_PTR)out[i];
    }
    return (USHORT)found;
}

// flags: RTL_WALK_USER_MODE_STACK (1) finds nothing here, for user code runs in another process; the byte above says
// how many frames to skip.
ULONG NTAPI RtlWalkFrameChain(PVOID *callers, ULONG count, ULONG flags)
{
    CONTEXT context;
    if (flags & 1)
        return 0;
    RtlCaptureContext(&context);
    return trace(&context, flags >> 8, count, callers);
}

// The base of the driver's image that holds pc; NULL for any other address.
PVOID NTAPI RtlPcToFileHeader(PVOID pc, PVOID *base)
{
    const struct ldr_image *image = ldr_find_image(pc);
    *base = image ? image->base : NULL;
    return *base;
}
