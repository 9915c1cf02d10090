// Functions whose frames are taken apart instruction by instruction; see driver_functions.c.
#pragma once

// Calls the function with the trap flag set and these values in the nonvolatile registers; StepReturn is where it
// comes back to.
void StepThrough(void (*function)(void));
extern const unsigned char StepReturn[];
enum { RBX = 0x1001, RBP, RSI, RDI, R12, R13, R14, R15 };

void Pushes(void), Framed(void), Large(void), Chained(void), TailCall(void), Leaf(void), Handled(void);
extern const unsigned char PushesEnd[], FramedEnd[], LargeEnd[], ChainedEnd[], TailCallEnd[], LeafEnd[];

// What mingw-w64's kernel headers do not have (winnt.h has it).
typedef struct DISPATCHER {
    ULONG64 ControlPc, ImageBase;
    PVOID FunctionEntry;
    ULONG64 EstablisherFrame, TargetIp;
    PCONTEXT ContextRecord;
    PVOID LanguageHandler, HandlerData;
} DISPATCHER;
enum { NO_HANDLER = 0, UNWIND = 0x66 }; // UNW_FLAG_NHANDLER, EXCEPTION_UNWIND
