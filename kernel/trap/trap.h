// Structured exceptions: from a raise or a fault to the handler of a driver, or to a bugcheck.
//
//     RtlRaiseException, ExRaise...   -> all registers saved in a struct trap ---.
//     fault (signal) -> trap_on_fault   -> the same, on the thread's own stack -+-> trap_dispatch
//
//     trap_dispatch: each frame's handler is asked, innermost first
//         "continue execution"    back to the registers of the trap
//         "execute handler"       the handler calls RtlUnwindEx, which runs termination handlers and goes there
//         nobody                  a bugcheck, reported against the driver; its caller gets an error
//
// A walk ends at the thread's recovery point (ke.h): an exception never leaves the driver call it arose in.
#pragma once

#include "ke/ke.h"
#include "trap/unwind.h"

// The registers where an exception was raised. The assembler in entry.S knows this layout.
struct trap {
    CONTEXT context;
    EXCEPTION_RECORD record;
    ULONG64 argument; // the raising routine's first argument
    bool exact;       // a fault: Rip is the instruction, not a return address
    // a fault only
    unsigned number; // the processor's exception: 0 divide error ... 14 page fault
    int signal;
    uint64_t error;         // its error code
    uint64_t address;       // that was touched
    uint64_t extended_mask; // state components in `extended`
    void *extended;         // an XSAVE image with what CONTEXT has no room for; NULL none
};

// Raised with these registers: dispatch, and go where a handler says. An exception nobody handles is a bugcheck.
_Noreturn void trap_raise(struct trap *trap);
// True: a handler wants execution to continue with *context. Does not return when one takes the exception.
bool trap_dispatch(PEXCEPTION_RECORD record, PCONTEXT context, bool exact);
// The bugcheck of an exception that nobody handled.
_Noreturn void trap_unhandled(PEXCEPTION_RECORD record, PCONTEXT context, bool exact);
// Unwind to the target with the registers of the caller of RtlUnwindEx.
_Noreturn void trap_unwind(PVOID target_frame, PVOID target_ip, PEXCEPTION_RECORD record, PVOID return_value,
                           PCONTEXT caller);
// Continue where a trap came from, with its context as it is now.
_Noreturn void trap_resume(struct trap *trap);
// Where the driver's code stands that this context belongs to or was called by; 0: none. *routine, when not NULL, gets
// the kernel routine the driver called (NULL: the context is the driver's own).
uint64_t trap_driver_pc(const CONTEXT *context, bool exact, const void **routine);
// The driver's code that called into the kernel, directly or not; NULL: nobody's.
void *trap_calling_driver(void);
// Whether an exception may pass through this exported routine: it holds no lock and keeps no state when it faults.
bool trap_is_leaf_routine(const void *routine);

VOID NTAPI _local_unwind(PVOID frame, PVOID target_ip); // imported by drivers; not in the documentation

// An address of the kernel's half of the address space, present or not: a fault there is never an exception.
bool trap_is_kernel_fault(uint64_t address);

struct hal_fault;
bool trap_on_fault(struct hal_fault *fault);
// Privileged instructions and KUSER_SHARED_DATA: true when the instruction was carried out.
bool trap_emulate(struct hal_fault *fault);

// entry.S
_Noreturn void trap_restore_context(const CONTEXT *context);
_Noreturn void trap_restore_extended(const CONTEXT *context, void *extended, uint64_t mask);
EXCEPTION_DISPOSITION trap_call_exception_handler(PEXCEPTION_RECORD record, uint64_t frame, PCONTEXT context,
                                                  PDISPATCHER_CONTEXT dispatcher);
EXCEPTION_DISPOSITION trap_call_unwind_handler(PEXCEPTION_RECORD record, uint64_t frame, PCONTEXT context,
                                               PDISPATCHER_CONTEXT dispatcher);
// Return addresses by which a walk knows these frames; at the handlers' the dispatcher lies at rsp + 32.
extern const unsigned char trap_return[], trap_exception_handler_return[], trap_unwind_handler_return[];
void trap_entry(void); // rax: what to call with the trap that rsp points to
