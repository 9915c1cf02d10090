// Unwinding to a frame: termination handlers run on the way, then execution continues there.
//
//     frame by frame from the caller of RtlUnwindEx:  its unwind handler is called, its registers are given back
//     the target frame:  its unwind handler is called with EXCEPTION_TARGET_UNWIND, then
//                        rax = return value, rip = target address, and on it goes
//
// When the walk meets a frame in which an earlier unwind is calling a handler, the two have collided: the earlier one
// is abandoned and this one continues from the frame that had got to.
//
// https://learn.microsoft.com/windows/win32/api/winnt/nf-winnt-rtlunwindex
#include "trap/trap.h"

struct unwinding {
    PEXCEPTION_RECORD record;
    uint64_t target, target_ip;
    ULONG64 value;
    ULONG flags;
    CONTEXT here;   // the registers of the frame that is looked at
    CONTEXT cursor; // of its caller
    struct unwind_walk walk;
};

static bool take_over(struct unwinding *unwinding, const DISPATCHER_CONTEXT *outer, struct unwind_frame *frame)
{
    unwinding->here = *outer->ContextRecord;
    unwinding->here.Rip = outer->ControlPc;
    unwinding->cursor = unwinding->here;
    unwinding->walk.exact = false;
    if (!unwind_step(&unwinding->walk, UNW_FLAG_NHANDLER, frame))
        return false;
    frame->pc = outer->ControlPc;
    frame->establisher = outer->EstablisherFrame;
    frame->handler = outer->LanguageHandler;
    frame->handler_data = outer->HandlerData;
    unwinding->flags |= EXCEPTION_COLLIDED_UNWIND;
    return true;
}

// The frame's termination handlers; the handler returns when they have run.
static void call_handler(struct unwinding *unwinding, const struct unwind_frame *frame, ULONG scope)
{
    DISPATCHER_CONTEXT dispatcher = {
        .ControlPc = frame->pc,
        .ImageBase = frame->image_base,
        .FunctionEntry = frame->function,
        .EstablisherFrame = frame->establisher,
        .TargetIp = unwinding->target_ip,
        .ContextRecord = &unwinding->here, // an unwind that collides with this one starts from it
        .LanguageHandler = frame->handler,
        .HandlerData = frame->handler_data,
        .ScopeIndex = scope,
    };
    if (frame->establisher == unwinding->target)
        unwinding->flags |= EXCEPTION_TARGET_UNWIND;
    unwinding->here.Rax = unwinding->value;
    unwinding->record->ExceptionFlags = unwinding->flags;
    trap_call_unwind_handler(unwinding->record, frame->establisher, &unwinding->here, &dispatcher);
    unwinding->flags &= ~(ULONG)(EXCEPTION_COLLIDED_UNWIND | EXCEPTION_TARGET_UNWIND);
}

static _Noreturn void arrive(struct unwinding *unwinding)
{
    unwinding->here.Rax = unwinding->value;
    unwinding->here.Rip = unwinding->target_ip;
    RtlRestoreContext(&unwinding->here, unwinding->record);
    __builtin_unreachable();
}

static _Noreturn void fail(const struct unwinding *unwinding)
{
    ke_bugcheck_at((void *)(uintptr_t)trap_driver_pc(&unwinding->here, false, NULL), KMODE_EXCEPTION_NOT_HANDLED,
                   (ULONG)STATUS_INVALID_UNWIND_TARGET, unwinding->target, unwinding->target_ip, 0,
                   "RtlUnwind: the target frame is not on the stack of this driver call");
}

void trap_unwind(PVOID target_frame, PVOID target_ip, PEXCEPTION_RECORD record, PVOID return_value, PCONTEXT caller)
{
    EXCEPTION_RECORD own = {.ExceptionCode = STATUS_UNWIND, .ExceptionAddress = (PVOID)(uintptr_t)caller->Rip};
    struct unwinding unwinding = {.record = record ? record : &own,
                                  .target = (uint64_t)(uintptr_t)target_frame,
                                  .target_ip = (uint64_t)(uintptr_t)target_ip,
                                  .value = (ULONG64)(uintptr_t)return_value,
                                  .flags = EXCEPTION_UNWINDING | (target_frame ? 0 : EXCEPTION_EXIT_UNWIND),
                                  .here = *caller,
                                  .cursor = *caller};
    struct unwind_frame frame;
    unwind_begin(&unwinding.walk, &unwinding.cursor, false);
    while (unwind_step(&unwinding.walk, UNW_FLAG_UHANDLER, &frame)) {
        ULONG scope = 0;
        if (frame.kind == UNWIND_HANDLER && frame.unwinding) {
            scope = frame.dispatcher->ScopeIndex;
            if (!take_over(&unwinding, frame.dispatcher, &frame))
                break;
        }
        if (frame.kind == UNWIND_DRIVER) {
            if (frame.handler)
                call_handler(&unwinding, &frame, scope);
            if (frame.establisher == unwinding.target)
                arrive(&unwinding);
        }
        unwinding.here = unwinding.cursor;
    }
    fail(&unwinding);
}

// ---- leaving for a context ----------------------------------------------------------------------------------

// STATUS_UNWIND_CONSOLIDATE: a routine of the language's run time, called once the frames are gone, says where to go.
static void consolidate(PCONTEXT context, PEXCEPTION_RECORD record)
{
    typedef PVOID(NTAPI * consolidation)(PEXCEPTION_RECORD);
    context->Rip = (ULONG64)(uintptr_t)((consolidation)record->ExceptionInformation[0])(record);
}

// Never returns; what stands in C as VOID is declared so in the WDK.
VOID NTAPI RtlRestoreContext(PCONTEXT context, PEXCEPTION_RECORD record)
{
    enum { MXCSR_VALID = 0xFFFF };
    if ((context->ContextFlags & CONTEXT_FLOATING_POINT) != CONTEXT_FLOATING_POINT) {
        __builtin_ia32_fxsave64(&context->FltSave);
        context->MxCsr = context->FltSave.MxCsr;
    }
    if (record && record->ExceptionCode == STATUS_UNWIND_CONSOLIDATE && record->NumberParameters >= 1)
        consolidate(context, record);
    context->FltSave.MxCsr = context->MxCsr & MXCSR_VALID; // reserved bits would fault
    hal_leave_frames();
    trap_restore_context(context);
}
