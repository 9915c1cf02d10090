// Where exceptions enter and leave: saving all registers, calling language handlers, going back.
//
// Offsets are those of CONTEXT and struct trap; raise.c asserts them.

    .set    TRAP_BYTES, 0x5A0
    .set    TRAP_ARGUMENT, 0x568
    .set    TRAP_EXACT, 0x570
    .set    TRAP_EXTENDED, 0x598

    .set    CONTEXT_FLAGS, 0x30
    .set    CONTEXT_MXCSR, 0x34
    .set    CONTEXT_CS, 0x38
    .set    CONTEXT_EFLAGS, 0x44
    .set    CONTEXT_RAX, 0x78
    .set    CONTEXT_RCX, 0x80
    .set    CONTEXT_RDX, 0x88
    .set    CONTEXT_RBX, 0x90
    .set    CONTEXT_RSP, 0x98
    .set    CONTEXT_RBP, 0xA0
    .set    CONTEXT_RSI, 0xA8
    .set    CONTEXT_RDI, 0xB0
    .set    CONTEXT_R8, 0xB8
    .set    CONTEXT_R9, 0xC0
    .set    CONTEXT_R10, 0xC8
    .set    CONTEXT_R11, 0xD0
    .set    CONTEXT_R12, 0xD8
    .set    CONTEXT_R13, 0xE0
    .set    CONTEXT_R14, 0xE8
    .set    CONTEXT_R15, 0xF0
    .set    CONTEXT_RIP, 0xF8
    .set    CONTEXT_FLTSAVE, 0x100
    .set    CONTEXT_FULL, 0x10000F // control, integer, segments, floating point

    .set    DISPATCHER_HANDLER, 48

    .text

    // Save the registers in the CONTEXT at \at but Rsp and Rip; changes nothing but rax and the flags.
    .macro SAVE_REGISTERS at
    movq    %rax, CONTEXT_RAX(\at)
    pushfq
    .cfi_adjust_cfa_offset 8
    popq    %rax
    .cfi_adjust_cfa_offset -8
    movl    %eax, CONTEXT_EFLAGS(\at)
    movl    $CONTEXT_FULL, CONTEXT_FLAGS(\at)
    movq    $0x10, %rax             // cs 10, ds, es, fs 0, gs 0, ss 18: as in Windows's kernel
    movq    %rax, CONTEXT_CS(\at)
    movl    $0x00180000, CONTEXT_CS+8(\at)
    movq    %rcx, CONTEXT_RCX(\at)
    movq    %rdx, CONTEXT_RDX(\at)
    movq    %rbx, CONTEXT_RBX(\at)
    movq    %rbp, CONTEXT_RBP(\at)
    movq    %rsi, CONTEXT_RSI(\at)
    movq    %rdi, CONTEXT_RDI(\at)
    movq    %r8, CONTEXT_R8(\at)
    movq    %r9, CONTEXT_R9(\at)
    movq    %r10, CONTEXT_R10(\at)
    movq    %r11, CONTEXT_R11(\at)
    movq    %r12, CONTEXT_R12(\at)
    movq    %r13, CONTEXT_R13(\at)
    movq    %r14, CONTEXT_R14(\at)
    movq    %r15, CONTEXT_R15(\at)
    fxsave64 CONTEXT_FLTSAVE(\at)
    stmxcsr CONTEXT_MXCSR(\at)
    .endm

    .macro FUNCTION name
    .p2align 4
    .globl  \name
    .hidden \name
    .type   \name, @function
\name:
    .cfi_startproc
    .endm

    .macro END name
    .cfi_endproc
    .size   \name, . - \name
    .endm

// void NTAPI RtlCaptureContext(PCONTEXT rcx): the registers of the caller, after the return.
FUNCTION RtlCaptureContext
    SAVE_REGISTERS %rcx
    movq    (%rsp), %rax
    movq    %rax, CONTEXT_RIP(%rcx)
    leaq    8(%rsp), %rax
    movq    %rax, CONTEXT_RSP(%rcx)
    movq    CONTEXT_RAX(%rcx), %rax
    ret
END RtlCaptureContext

    // A trap on the stack with the registers of the caller; what \handler, a C function, gets.
    .macro RAISE name, handler
FUNCTION \name
    subq    $TRAP_BYTES+8, %rsp
    .cfi_adjust_cfa_offset TRAP_BYTES+8
    SAVE_REGISTERS %rsp
    movq    TRAP_BYTES+8(%rsp), %rax
    movq    %rax, CONTEXT_RIP(%rsp)
    leaq    TRAP_BYTES+16(%rsp), %rax
    movq    %rax, CONTEXT_RSP(%rsp)
    movq    %rcx, TRAP_ARGUMENT(%rsp)
    movb    $0, TRAP_EXACT(%rsp)
    movq    $0, TRAP_EXTENDED(%rsp)
    leaq    \handler(%rip), %rax
    jmp     trap_entry
END \name
    .endm

RAISE ExRaiseStatus, trap_raise_status
RAISE RtlRaiseStatus, trap_raise_status
RAISE ExRaiseAccessViolation, trap_raise_access_violation
RAISE ExRaiseDatatypeMisalignment, trap_raise_misalignment
RAISE RtlRaiseException, trap_raise_record

// A break point for a debugger. Without one it is an exception; unhandled, it is logged and execution goes on.
FUNCTION DbgBreakPoint
    int3
    ret
END DbgBreakPoint

FUNCTION DbgBreakPointWithStatus
    int3
    ret
END DbgBreakPointWithStatus

// Call rax with the trap at rsp. Faults come here from the signal handler. For a debugger this is a signal frame: the
// caller's registers, all of them, lie in the trap.
    .p2align 4
    .globl  trap_entry
    .hidden trap_entry
    .type   trap_entry, @function
trap_entry:
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 0
    .cfi_offset %rax, CONTEXT_RAX
    .cfi_offset %rdx, CONTEXT_RDX
    .cfi_offset %rcx, CONTEXT_RCX
    .cfi_offset %rbx, CONTEXT_RBX
    .cfi_offset %rsi, CONTEXT_RSI
    .cfi_offset %rdi, CONTEXT_RDI
    .cfi_offset %rbp, CONTEXT_RBP
    .cfi_offset %rsp, CONTEXT_RSP
    .cfi_offset %r8, CONTEXT_R8
    .cfi_offset %r9, CONTEXT_R9
    .cfi_offset %r10, CONTEXT_R10
    .cfi_offset %r11, CONTEXT_R11
    .cfi_offset %r12, CONTEXT_R12
    .cfi_offset %r13, CONTEXT_R13
    .cfi_offset %r14, CONTEXT_R14
    .cfi_offset %r15, CONTEXT_R15
    .cfi_offset %rip, CONTEXT_RIP
    nop                             // a return address less one is still here
    movq    %rsp, %rdi
    cld
    call    *%rax
    .globl  trap_return
    .hidden trap_return
trap_return:
    ud2
END trap_entry

// RtlUnwindEx and its relatives: the unwind starts with the caller's registers.
// rcx frame, rdx ip, r8 record, r9 value; the CONTEXT is the callee's fifth argument.
    .macro UNWIND name
FUNCTION \name
    subq    $TRAP_BYTES+8, %rsp
    .cfi_adjust_cfa_offset TRAP_BYTES+8
    SAVE_REGISTERS %rsp
    movq    TRAP_BYTES+8(%rsp), %rax
    movq    %rax, CONTEXT_RIP(%rsp)
    leaq    TRAP_BYTES+16(%rsp), %rax
    movq    %rax, CONTEXT_RSP(%rsp)
    movq    %rcx, %rdi
    movq    %rdx, %rsi
    movq    %r8, %rdx
    movq    %r9, %rcx
    movq    %rsp, %r8
    cld
    call    trap_unwind
    ud2
END \name
    .endm

UNWIND RtlUnwindEx
UNWIND RtlUnwind

    // rdi record, rsi frame, rdx context, rcx dispatcher -> the language handler, with Windows's ABI.
    .macro CALL_HANDLER name, return
FUNCTION \name
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq    $48, %rsp
    movq    %rcx, 32(%rsp)          // where a walk finds it
    movq    %rcx, %r9
    movq    %rdx, %r8
    movq    %rsi, %rdx
    movq    %rdi, %rcx
    call    *DISPATCHER_HANDLER(%r9)
    .globl  \return
    .hidden \return
\return:
    leave
    .cfi_def_cfa %rsp, 8
    ret
END \name
    .endm

CALL_HANDLER trap_call_exception_handler, trap_exception_handler_return
CALL_HANDLER trap_call_unwind_handler, trap_unwind_handler_return

// rdi: CONTEXT. iretq takes everything from the current stack and leaves nothing below the new one.
FUNCTION trap_restore_context
    fxrstor64 CONTEXT_FLTSAVE(%rdi)
.Lrestore_integers:
    movl    %ss, %eax
    pushq   %rax
    pushq   CONTEXT_RSP(%rdi)
    movl    CONTEXT_EFLAGS(%rdi), %eax
    pushq   %rax
    movl    %cs, %eax
    pushq   %rax
    pushq   CONTEXT_RIP(%rdi)
    movq    CONTEXT_RAX(%rdi), %rax
    movq    CONTEXT_RCX(%rdi), %rcx
    movq    CONTEXT_RDX(%rdi), %rdx
    movq    CONTEXT_RBX(%rdi), %rbx
    movq    CONTEXT_RBP(%rdi), %rbp
    movq    CONTEXT_RSI(%rdi), %rsi
    movq    CONTEXT_R8(%rdi), %r8
    movq    CONTEXT_R9(%rdi), %r9
    movq    CONTEXT_R10(%rdi), %r10
    movq    CONTEXT_R11(%rdi), %r11
    movq    CONTEXT_R12(%rdi), %r12
    movq    CONTEXT_R13(%rdi), %r13
    movq    CONTEXT_R14(%rdi), %r14
    movq    CONTEXT_R15(%rdi), %r15
    movq    CONTEXT_RDI(%rdi), %rdi
    iretq
END trap_restore_context

// rdi: CONTEXT, rsi: XSAVE image (64-byte aligned) with the CONTEXT's vector registers already in it, rdx: its mask.
FUNCTION trap_restore_extended
    movl    %edx, %eax
    shrq    $32, %rdx
    xrstor64 (%rsi)
    jmp     .Lrestore_integers
END trap_restore_extended

    .section .note.GNU-stack, "", @progbits
