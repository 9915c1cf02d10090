// conformance-unwind.sys: unwinding by .pdata and .xdata, at every instruction of a function; language handlers of the
// image's own; unwinds that a driver asks for.
//
// The functions run with the trap flag set. At each single-step exception the filter unwinds one frame from where the
// function stands, and must arrive at the caller with the caller's registers.
//
// https://learn.microsoft.com/cpp/build/exception-handling-x64
// https://learn.microsoft.com/windows/win32/api/winnt/nf-winnt-rtlvirtualunwind
#include "../check.h"

#include "functions.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"
enum { TRAP_FLAG = 0x100 };

PVOID NTAPI RtlLookupFunctionEntry(ULONG64 pc, PULONG64 base, PVOID history);
PVOID NTAPI RtlVirtualUnwind(ULONG type, ULONG64 base, ULONG64 pc, PVOID function, PCONTEXT context, PVOID *data,
                             PULONG64 establisher, PVOID pointers);
VOID NTAPI RtlUnwindEx(PVOID frame, PVOID ip, PEXCEPTION_RECORD record, PVOID value, PCONTEXT context, PVOID history);
VOID NTAPI RtlCaptureContext(PCONTEXT context);
DECLSPEC_NORETURN VOID NTAPI RtlRaiseStatus(NTSTATUS status);
VOID NTAPI _local_unwind(PVOID frame, PVOID ip);
extern const UCHAR __ImageBase[];

static ULONG64 CallerStack, First, Last;
static M128A CallerXmm6;
static ULONG Steps, Wrong;

// One frame up from a context.
static void Up(CONTEXT *context)
{
    ULONG64 base, establisher;
    PVOID data;
    PVOID function = RtlLookupFunctionEntry(context->Rip, &base, NULL);
    if (function) {
        RtlVirtualUnwind(NO_HANDLER, base, context->Rip, function, context, &data, &establisher, NULL);
    } else {
        context->Rip = *(ULONG64 *)(ULONG_PTR)context->Rsp;
        context->Rsp += 8;
    }
}

static BOOLEAN IsCaller(const CONTEXT *context)
{
    return context->Rip == (ULONG64)StepReturn && context->Rsp == CallerStack && context->Rbx == RBX &&
           context->Rbp == RBP && context->Rsi == RSI && context->Rdi == RDI && context->R12 == R12 &&
           context->R13 == R13 && context->R14 == R14 && context->R15 == R15 &&
           memcmp(&context->Xmm6, &CallerXmm6, sizeof CallerXmm6) == 0;
}

static int OnStep(PEXCEPTION_POINTERS pointers)
{
    static CONTEXT context;
    ULONG64 at = pointers->ContextRecord->Rip;
    if (pointers->ExceptionRecord->ExceptionCode != STATUS_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    context = *pointers->ContextRecord;
    if (at == First) {
        CallerStack = context.Rsp + 8;
        CallerXmm6 = context.Xmm6;
    }
    if (at >= First && at < Last) {
        Steps++;
        Up(&context);
        if (!IsCaller(&context)) {
            DbgPrint("%s: wrong at +%I64X: rip %d rsp %I64d rbx %I64X rbp %I64X rsi %I64X rdi %I64X\n", CheckName,
                     at - First, context.Rip == (ULONG64)StepReturn, context.Rsp - CallerStack, context.Rbx,
                     context.Rbp, context.Rsi, context.Rdi);
            Wrong++;
        }
    }
    if (at == (ULONG64)StepReturn)
        pointers->ContextRecord->EFlags &= ~(ULONG)TRAP_FLAG;
    else
        pointers->ContextRecord->EFlags |= TRAP_FLAG;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static __declspec(noinline) void Walk(void (*function)(void), const UCHAR *end, ULONG instructions)
{
    First = (ULONG64)function;
    Last = (ULONG64)end;
    Steps = Wrong = 0;
    __try {
        StepThrough(function);
    } __except (OnStep(GetExceptionInformation())) {
    }
    CHECK_IS(Steps, instructions);
    CHECK_IS(Wrong, 0);
}

static void EachInstruction(void)
{
    Walk(Pushes, PushesEnd, 13);
    Walk(Framed, FramedEnd, 16);
    Walk(Large, LargeEnd, 9);
    Walk(Chained, ChainedEnd, 12);
    Walk(TailCall, TailCallEnd, 6);
    Walk(Leaf, LeafEnd, 3);
}

// ---- a handler of the image's own ---------------------------------------------------------------------------------

static ULONG Asked, Unwound;
static ULONG64 HandledReturn;

void RaiseIt(void);
void RaiseIt(void)
{
    RtlRaiseStatus(STATUS_DATA_ERROR);
}

EXCEPTION_DISPOSITION NTAPI OwnHandler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context, DISPATCHER *dispatcher);
EXCEPTION_DISPOSITION NTAPI OwnHandler(PEXCEPTION_RECORD record, PVOID frame, PCONTEXT context, DISPATCHER *dispatcher)
{
    CHECK_IS(*(const ULONG *)dispatcher->HandlerData, 0x4711);
    CHECK_IS(dispatcher->ImageBase, (ULONG64)__ImageBase);
    CHECK(dispatcher->ControlPc > (ULONG64)Handled && dispatcher->ControlPc < (ULONG64)Handled + 32);
    CHECK(dispatcher->EstablisherFrame == (ULONG64)frame);
    CHECK_IS(record->ExceptionCode, STATUS_DATA_ERROR);
    if (record->ExceptionFlags & UNWIND) {
        Unwound++;
        return ExceptionContinueSearch;
    }
    Asked++;
    if (!HandledReturn)
        return ExceptionContinueSearch;
    // Behind the call in Handled: its nop.
    RtlUnwindEx(frame, (PVOID)dispatcher->ControlPc, record, NULL, context, NULL);
    return ExceptionContinueSearch;
}

static void OwnHandlers(void)
{
    Asked = Unwound = 0;
    HandledReturn = 0;
    CHECK_RAISES(Handled(), STATUS_DATA_ERROR); // it passes; the handler above takes the exception
    CHECK(Asked == 1 && Unwound == 1);
    Asked = Unwound = 0;
    HandledReturn = 1;
    CHECK_RAISES(Handled(), STATUS_SUCCESS); // it takes the exception itself and unwinds to its own frame
    CHECK(Asked == 1 && Unwound == 1);
}

// ---- unwinds that the driver asks for -------------------------------------------------------------------------------

static ULONG Ended;

static __declspec(noinline) void Leave(PVOID frame, PVOID ip)
{
    __try {
        _local_unwind(frame, ip);
    } __finally {
        Ended++;
        CHECK(AbnormalTermination());
    }
}

// The establisher frame of a function without frame register is its stack pointer.
void LeaveTo(void (*callee)(PVOID frame, PVOID ip));
__asm__(".text\n"
        ".globl LeaveTo\n"
        ".seh_proc LeaveTo\n"
        "LeaveTo:\n"
        "  subq $40, %rsp\n .seh_stackalloc 40\n .seh_endprologue\n"
        "  movq %rcx, %rax\n"
        "  movq %rsp, %rcx\n"
        "  leaq 1f(%rip), %rdx\n"
        "  call *%rax\n"
        "  ud2\n"
        "1: addq $40, %rsp\n"
        "  ret\n"
        ".seh_endproc\n");

static void LocalUnwind(void)
{
    Ended = 0;
    LeaveTo(Leave);
    CHECK_IS(Ended, 1);
}

CHECK_DRIVER({"each instruction", EachInstruction}, {"own handlers", OwnHandlers}, {"local unwind", LocalUnwind})
