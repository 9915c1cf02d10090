// Going up the stack, frame by frame, with the registers of each.
//
// Between a driver's frames stand frames of this kernel and of the C library, which are ELF. So a step knows four
// kinds of frame and gives back the same CONTEXT for all of them:
//
//     driver    unwound by the image's own .pdata (unwind_pe.c)
//     host      ELF code, unwound by its .eh_frame (unwind_host.c)
//     trap      where an exception was raised: all registers lie in a struct trap (trap/trap.h)
//     handler   a language handler is being called by a dispatch or an unwind further down
//
// Every read of a stack is guarded: a driver may have ruined it.
#pragma once

#include "hal/hal.h"
#include "ldr/ldr.h"

#include <nt/nt.h>

enum unwind_kind { UNWIND_DRIVER, UNWIND_HOST, UNWIND_TRAP, UNWIND_HANDLER };

struct unwind_frame {
    enum unwind_kind kind;
    uint64_t pc;    // where control left the frame
    uint64_t stack; // its stack pointer there
    // driver
    uint64_t image_base;
    PRUNTIME_FUNCTION function; // NULL: a leaf function
    uint64_t establisher;
    PEXCEPTION_ROUTINE handler; // NULL: none of the wanted type
    PVOID handler_data;
    // host
    const void *routine; // its first instruction
    // handler
    PDISPATCHER_CONTEXT dispatcher; // what the handler was given
    bool unwinding;                 // called by an unwind, not by a dispatch
};

struct unwind_walk {
    PCONTEXT context; // of the frame that the next step takes; changed by each step
    uint64_t limit;   // frames at and above this address are not looked at; 0: no limit
    bool exact;       // Rip is an instruction that faulted, not a return address
};

// Ready to walk from this context up to the current thread's recovery point (the call into the driver).
void unwind_begin(struct unwind_walk *walk, PCONTEXT context, bool exact);
// Describe the frame of walk->context, and make the context its caller's. handler_type is UNW_FLAG_EHANDLER,
// UNW_FLAG_UHANDLER or UNW_FLAG_NHANDLER. False: there is no further frame.
bool unwind_step(struct unwind_walk *walk, ULONG handler_type, struct unwind_frame *frame);

// unwind_host.c: one ELF frame. False: no unwind information for this address.
bool unwind_host_frame(PCONTEXT context, bool exact, const void **routine);

// unwind_epilogue.c: when pc stands in the epilogue of [begin, end), do what is left of it to the context. False, and
// nothing changed, when it does not.
bool unwind_epilogue(uint64_t pc, uint64_t begin, uint64_t end, const UNWIND_INFO *info, PCONTEXT context,
                     PKNONVOLATILE_CONTEXT_POINTERS pointers);

// The integer registers of a CONTEXT by their machine number (0 rax ... 4 rsp ... 15 r15).
static inline PULONG64 unwind_integer(PCONTEXT context, unsigned number)
{
    return &context->Rax + (number & 15);
}

static inline bool unwind_read(uint64_t address, void *to, size_t bytes)
{
    return hal_copy(to, (const void *)(uintptr_t)address, bytes);
}

// Pop a register from the stack in the context; where it lay goes to *pointer when that is wanted.
static inline bool unwind_pop(PCONTEXT context, unsigned number, PKNONVOLATILE_CONTEXT_POINTERS pointers)
{
    uint64_t address = context->Rsp, value;
    if (!unwind_read(address, &value, sizeof value))
        return false;
    context->Rsp += sizeof value; // before the value, for it may be rsp itself
    *unwind_integer(context, number) = value;
    if (pointers)
        pointers->IntegerContext[number & 15] = (PULONG64)(uintptr_t)address;
    return true;
}

static inline bool unwind_return(PCONTEXT context)
{
    if (!unwind_read(context->Rsp, &context->Rip, sizeof context->Rip))
        return false;
    context->Rsp += sizeof context->Rip;
    return true;
}
