// Finding the handler of an exception: each driver frame is asked, from the innermost outwards.
//
// Two things make it more than a loop. A handler may raise another exception; the walk of that one then meets the frame
// in which the first handler is being called:
//
//     called by a dispatch   "nested": frames up to the one whose handler was running see EXCEPTION_NESTED_CALL
//     called by an unwind    "collided": the unwind is dead; the search goes on where it had got to, with the
//                            termination handlers that have already begun left out (DISPATCHER_CONTEXT.ScopeIndex)
//
// https://learn.microsoft.com/cpp/build/exception-handling-x64#language-specific-handler
#include "trap/trap.h"

struct search {
    PEXCEPTION_RECORD record;
    PCONTEXT context; // of the exception: what filters see and "continue execution" goes back to
    bool exact;
    CONTEXT cursor;
    struct unwind_walk walk;
    ULONG flags;     // EXCEPTION_NONCONTINUABLE, EXCEPTION_NESTED_CALL, ...
    uint64_t nested; // the frame whose handler was running when this exception was raised
};

static _Noreturn void raise_noncontinuable(struct search *search)
{
    struct trap trap = {.context = *search->context};
    trap.record = (EXCEPTION_RECORD){.ExceptionCode = STATUS_NONCONTINUABLE_EXCEPTION,
                                     .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
                                     .ExceptionRecord = search->record,
                                     .ExceptionAddress = search->record->ExceptionAddress};
    trap.exact = search->exact;
    trap_raise(&trap);
}

// The unwind that was calling this handler goes no further: continue with the frame it was at.
static bool take_over(struct search *search, const DISPATCHER_CONTEXT *outer, struct unwind_frame *frame)
{
    search->cursor = *outer->ContextRecord;
    search->cursor.Rip = outer->ControlPc;
    search->walk.exact = false;
    if (!unwind_step(&search->walk, UNW_FLAG_NHANDLER, frame))
        return false;
    frame->pc = outer->ControlPc;
    frame->establisher = outer->EstablisherFrame;
    frame->handler = outer->LanguageHandler;
    frame->handler_data = outer->HandlerData;
    return true;
}

static bool valid(const struct search *search, uint64_t establisher)
{
    return establisher % 8 == 0 && (!search->walk.limit || establisher < search->walk.limit);
}

// True: continue execution.
static bool ask(struct search *search, const struct unwind_frame *frame, ULONG scope)
{
    PEXCEPTION_RECORD record = search->record;
    CONTEXT unwound = search->cursor; // the handler may use it as it likes
    DISPATCHER_CONTEXT dispatcher = {
        .ControlPc = frame->pc,
        .ImageBase = frame->image_base,
        .FunctionEntry = frame->function,
        .EstablisherFrame = frame->establisher,
        .ContextRecord = &unwound,
        .LanguageHandler = frame->handler,
        .HandlerData = frame->handler_data,
        .ScopeIndex = scope,
    };
    record->ExceptionFlags = search->flags;
    EXCEPTION_DISPOSITION answer =
        trap_call_exception_handler(record, frame->establisher, search->context, &dispatcher);
    search->flags |= record->ExceptionFlags & EXCEPTION_NONCONTINUABLE;
    if (search->nested == frame->establisher) {
        search->flags &= ~(ULONG)EXCEPTION_NESTED_CALL;
        search->nested = 0;
    }
    if (answer != ExceptionContinueExecution)
        return false;
    if (search->flags & EXCEPTION_NONCONTINUABLE)
        raise_noncontinuable(search);
    return true;
}

bool trap_dispatch(PEXCEPTION_RECORD record, PCONTEXT context, bool exact)
{
    struct search search = {.record = record,
                            .context = context,
                            .exact = exact,
                            .cursor = *context,
                            .flags = record->ExceptionFlags & EXCEPTION_NONCONTINUABLE};
    struct unwind_frame frame;
    unwind_begin(&search.walk, &search.cursor, exact);
    while (unwind_step(&search.walk, UNW_FLAG_EHANDLER, &frame)) {
        ULONG scope = 0;
        if (frame.kind == UNWIND_HANDLER && !frame.unwinding) {
            search.flags |= EXCEPTION_NESTED_CALL;
            if (frame.dispatcher->EstablisherFrame > search.nested)
                search.nested = frame.dispatcher->EstablisherFrame;
        } else if (frame.kind == UNWIND_HANDLER) {
            scope = frame.dispatcher->ScopeIndex;
            if (!take_over(&search, frame.dispatcher, &frame))
                break;
        }
        if (frame.kind != UNWIND_DRIVER || !frame.handler)
            continue;
        if (!valid(&search, frame.establisher)) {
            record->ExceptionFlags |= EXCEPTION_STACK_INVALID;
            break;
        }
        if (ask(&search, &frame, scope))
            return true;
    }
    return false;
}
