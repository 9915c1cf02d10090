// __C_specific_handler: the language handler of __try, __except and __finally.
//
// A function's handler data is its scope table: ranges of code, each with a filter and the address of its __except
// block, or with a termination handler (JumpTarget 0). Inner scopes stand before outer ones.
//
//     dispatch   filters of the scopes that hold the pc are asked, innermost first; "execute handler" unwinds to its
//                __except block, with the exception code in rax
//     unwind     termination handlers of the scopes that hold the pc are called, but not those that hold the place
//                where execution will continue
//
// ScopeIndex says where to begin: it is set before a termination handler runs, so that an exception or an unwind that
// leaves that handler does not call it again.
#include "trap/trap.h"

enum { FILTER_ALWAYS = 1 }; // instead of a filter's address: EXCEPTION_EXECUTE_HANDLER

typedef LONG(NTAPI *filter_function)(PEXCEPTION_POINTERS pointers, PVOID frame);
typedef VOID(NTAPI *termination_function)(BOOLEAN abnormal, PVOID frame);

struct scope {
    ULONG begin, end, handler, target;
};

static ULONG scope_count(const DISPATCHER_CONTEXT *dispatcher)
{
    ULONG count;
    return unwind_read((uint64_t)(uintptr_t)dispatcher->HandlerData, &count, sizeof count) ? count : 0;
}

static bool get_scope(const DISPATCHER_CONTEXT *dispatcher, ULONG index, struct scope *scope)
{
    return unwind_read((uint64_t)(uintptr_t)dispatcher->HandlerData + sizeof(ULONG) + index * sizeof *scope, scope,
                       sizeof *scope);
}

static bool holds(const struct scope *scope, uint64_t rva)
{
    return rva >= scope->begin && rva < scope->end;
}

static LONG ask_filter(const struct scope *scope, PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                       uint64_t image_base)
{
    EXCEPTION_POINTERS pointers = {.ExceptionRecord = record, .ContextRecord = context};
    if (scope->handler == FILTER_ALWAYS)
        return EXCEPTION_EXECUTE_HANDLER;
    return ((filter_function)(uintptr_t)(image_base + scope->handler))(&pointers, frame);
}

static EXCEPTION_DISPOSITION dispatch(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                      PDISPATCHER_CONTEXT dispatcher)
{
    uint64_t base = dispatcher->ImageBase, pc = dispatcher->ControlPc - base;
    ULONG count = scope_count(dispatcher);
    struct scope scope;
    for (ULONG i = dispatcher->ScopeIndex; i < count && get_scope(dispatcher, i, &scope); i++) {
        if (!holds(&scope, pc) || scope.target == 0)
            continue;
        LONG answer = ask_filter(&scope, record, frame, context, base);
        if (answer < 0)
            return ExceptionContinueExecution;
        if (answer > 0)
            RtlUnwindEx(frame, (PVOID)(uintptr_t)(base + scope.target), record,
                        (PVOID)(ULONG_PTR)(ULONG)record->ExceptionCode, dispatcher->ContextRecord,
                        dispatcher->HistoryTable);
    }
    return ExceptionContinueSearch;
}

// The unwind ends in this function: is the place it goes to within this scope, too? A scope may have several entries.
static bool target_stays(PDISPATCHER_CONTEXT dispatcher, const struct scope *scope, ULONG flags)
{
    uint64_t target = dispatcher->TargetIp - dispatcher->ImageBase;
    ULONG count = scope_count(dispatcher);
    struct scope other;
    if (!(flags & EXCEPTION_TARGET_UNWIND))
        return false;
    if (scope->target && target == scope->target)
        return true;
    for (ULONG i = 0; i < count && get_scope(dispatcher, i, &other); i++)
        if (holds(&other, target) && other.handler == scope->handler && other.target == scope->target)
            return true;
    return false;
}

static EXCEPTION_DISPOSITION unwind(PEXCEPTION_RECORD record, PVOID frame, PDISPATCHER_CONTEXT dispatcher)
{
    uint64_t base = dispatcher->ImageBase, pc = dispatcher->ControlPc - base;
    ULONG count = scope_count(dispatcher);
    struct scope scope;
    for (ULONG i = dispatcher->ScopeIndex; i < count && get_scope(dispatcher, i, &scope); i++) {
        if (!holds(&scope, pc))
            continue;
        if (target_stays(dispatcher, &scope, record->ExceptionFlags))
            break; // and so does it within all outer ones
        if (scope.target != 0)
            continue;
        dispatcher->ScopeIndex = i + 1;
        ((termination_function)(uintptr_t)(base + scope.handler))(TRUE, frame);
    }
    return ExceptionContinueSearch;
}

EXCEPTION_DISPOSITION NTAPI __C_specific_handler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context,
                                                 PDISPATCHER_CONTEXT dispatcher)
{
    if (record->ExceptionFlags & EXCEPTION_UNWIND)
        return unwind(record, frame, dispatcher);
    return dispatch(record, frame, context, dispatcher);
}

// Leave a __try by a jump (goto, return): run the termination handlers between here and the target.
VOID NTAPI _local_unwind(PVOID frame, PVOID target_ip)
{
    RtlUnwind(frame, target_ip, NULL, NULL);
}
