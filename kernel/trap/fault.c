// Faults of the processor: from a signal to a trap on the thread's own stack.
//
//     signal handler (trap_on_fault) carries out what can be carried out (trap_emulate); else puts all registers in a
//                                    struct trap below the thread's stack pointer and returns there
//     trap_fault                     whose fault is it, and what is it?
//         nobody's driver            give it back: the signal comes again and ends the process with a core dump
//         an exception               trap_dispatch; unhandled: a bugcheck
//         a fault no __except sees   a bugcheck at once: a kernel address, IRQL above APC_LEVEL, int 29h
//
// A fault in a kernel routine that a driver called belongs to the driver. It may become an exception only when that
// routine is a leaf (memcpy of a bad user pointer within __try): unwinding through others would leave things undone.
#include "trap/trap.h"

#include "dbg/dbg.h"
#include "trap/classify.h"
#include "ldr/ldr.h"
#include "ldr/patch.h"
#include "ps/ps.h"

#include <string.h>

enum {
    RSP = 4,
    RED_ZONE = 128,   // below the stack pointer of C code
    ROOM = 48 * 1024, // a dispatch needs this much stack
    FXSAVE_BYTES = 512,
    LARGEST_IMAGE = 16 * 1024,
    TRAP_FLAG = 0x100,
};

HAL_THREAD_LOCAL bool passed_on; // the fault that comes next is not a driver's

_Noreturn static void trap_fault(struct trap *trap);
_Noreturn static void trap_overflow(struct trap *trap);

// ---- in the signal handler --------------------------------------------------------------------------------------

static void fill_context(PCONTEXT context, const struct hal_fault *fault)
{
    memset(context, 0, sizeof *context);
    context->ContextFlags =
        CONTEXT_FULL | CONTEXT_SEGMENTS; // NOLINT(misc-redundant-expression): the bit of the machine
    context->SegCs = 0x10;               // as in Windows's kernel
    context->SegSs = 0x18;
    context->EFlags = (ULONG)fault->registers.flags;
    memcpy(&context->Rax, fault->registers.integer, sizeof fault->registers.integer);
    context->Rip = fault->registers.rip;
    if (fault->extended_bytes >= FXSAVE_BYTES)
        memcpy(&context->FltSave, fault->extended, sizeof context->FltSave);
    context->MxCsr = context->FltSave.MxCsr;
}

static void fill_trap(struct trap *trap, const struct hal_fault *fault, void *extended)
{
    *trap = (struct trap){
        .exact = true,
        .number = fault->trap,
        .signal = fault->signal,
        .error = fault->error,
        .address = (uint64_t)(uintptr_t)fault->address,
        .extended = extended,
        .extended_mask = fault->extended_mask,
    };
    fill_context(&trap->context, fault);
}

// Continue in `handler` with a trap below `stack`, where `room` bytes can be used.
static void enter_trap(struct hal_fault *fault, uint64_t stack, void (*handler)(struct trap *))
{
    enum { RAX = 0 };
    struct trap trap;
    size_t bytes = fault->extended_mask && fault->extended_bytes <= LARGEST_IMAGE ? fault->extended_bytes : 0;
    uint64_t image = (stack - bytes) & ~63ull, place = (image - sizeof trap) & ~63ull;
    hal_unpoison((void *)(uintptr_t)(place - ROOM), stack - (place - ROOM));
    fill_trap(&trap, fault, bytes ? (void *)(uintptr_t)image : NULL);
    if (bytes)
        hal_copy((void *)(uintptr_t)image, fault->extended, bytes);
    hal_copy((void *)(uintptr_t)place, &trap, sizeof trap);
    fault->registers.integer[RSP] = place;
    fault->registers.integer[RAX] = (uint64_t)(uintptr_t)handler;
    fault->registers.rip = (uint64_t)(uintptr_t)trap_entry;
    fault->registers.flags &= ~(uint64_t)TRAP_FLAG;
}

bool trap_on_fault(struct hal_fault *fault)
{
    const struct _ETHREAD *thread = ps_current_thread_or_null();
    if (!thread || passed_on) {
        passed_on = false;
        return false;
    }
    if (trap_emulate(fault))
        return true;
    if (!thread->Tcb.recovery && !ldr_find_image(fault->instruction))
        return false;
    uint64_t stack = fault->registers.integer[RSP] - RED_ZONE;
    size_t needed = ROOM + LARGEST_IMAGE;
    if (hal_touch_write((void *)(uintptr_t)(stack - needed), needed)) {
        enter_trap(fault, stack, trap_fault);
        return true;
    }
    void *emergency = hal_emergency_stack();
    if (!emergency)
        return false;
    enter_trap(fault, (uint64_t)(uintptr_t)emergency, trap_overflow);
    return true;
}

// ---- whose is it ------------------------------------------------------------------------------------------------

uint64_t trap_driver_pc(const CONTEXT *context, bool exact, const void **routine)
{
    CONTEXT cursor = *context;
    struct unwind_walk walk;
    struct unwind_frame frame;
    const void *last = NULL;
    unwind_begin(&walk, &cursor, exact);
    while (unwind_step(&walk, UNW_FLAG_NHANDLER, &frame)) {
        if (routine)
            *routine = last;
        if (frame.kind == UNWIND_DRIVER)
            return frame.pc;
        if (frame.kind != UNWIND_HOST)
            return 0; // the fault is one of this machinery
        last = frame.routine;
    }
    return 0;
}

void *trap_calling_driver(void)
{
    CONTEXT context;
    struct unwind_walk walk;
    struct unwind_frame frame;
    RtlCaptureContext(&context);
    unwind_begin(&walk, &context, false);
    while (unwind_step(&walk, UNW_FLAG_NHANDLER, &frame))
        if (frame.kind == UNWIND_DRIVER)
            return (void *)(uintptr_t)frame.pc;
    return NULL;
}

// Back to the instruction; its next signal goes to whoever was there before us.
static _Noreturn void pass_on(struct trap *trap)
{
    passed_on = true;
    trap_resume(trap);
}

static _Noreturn void trap_overflow(struct trap *trap)
{
    enum { DOUBLE_FAULT = 8 };
    struct ke_bugcheck bugcheck = {
        .code = UNEXPECTED_KERNEL_MODE_TRAP,
        .parameters = {DOUBLE_FAULT, 0, trap->context.Rsp, trap->context.Rip},
        .what = "the kernel stack is used up (endless recursion, or large local variables), or rsp is wild",
        .context = &trap->context,
        .exact = true,
    };
    bugcheck.instruction = (void *)(uintptr_t)trap_driver_pc(&trap->context, true, NULL);
    if (!bugcheck.instruction)
        pass_on(trap);
    ke_stop(&bugcheck);
}

// ---- what becomes of it -----------------------------------------------------------------------------------------

// A break point or a single step that no handler wants: what a debugger's "go" would do.
static _Noreturn void go_on(struct trap *trap, uint64_t driver, unsigned skipped)
{
    const struct ldr_image *image = ldr_find_image((const void *)(uintptr_t)driver);
    dbg_kernel_message("%s+0x%llX: %s, no debugger and no __except: going on\n", image ? image->name : "driver",
                       (unsigned long long)(driver - (image ? (uint64_t)(uintptr_t)image->base : 0)),
                       skipped ? "break point" : "single step");
    trap->context.Rip += skipped;
    trap->context.EFlags &= ~(ULONG)TRAP_FLAG;
    trap_resume(trap);
}

static _Noreturn void trap_fault(struct trap *trap)
{
    struct trap_classified fault = {.trap = trap};
    const void *routine = NULL;
    uint64_t driver = trap_driver_pc(&trap->context, true, &routine);
    if (!driver)
        pass_on(trap);
    trap->context.Rip = (uint64_t)(uintptr_t)ldr_patch_origin((const void *)(uintptr_t)trap->context.Rip);
    fault.in_kernel = routine != NULL;
    trap_classify(&fault);
    if (fault.bugcheck.code) {
        fault.bugcheck.instruction = (void *)(uintptr_t)driver;
        fault.bugcheck.context = &trap->context;
        fault.bugcheck.exact = true;
        ke_stop(&fault.bugcheck);
    }
    trap->record.ExceptionAddress = (PVOID)(uintptr_t)trap->context.Rip;
    bool passes = !routine || trap_is_leaf_routine(routine);
    if (passes && trap_dispatch(&trap->record, &trap->context, true))
        trap_resume(trap);
    if (trap->record.ExceptionCode == STATUS_BREAKPOINT || trap->record.ExceptionCode == STATUS_SINGLE_STEP)
        go_on(trap, driver, fault.skip);
    trap_unhandled(&trap->record, &trap->context, true);
}
