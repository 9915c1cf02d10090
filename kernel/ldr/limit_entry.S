// Where a checked import goes when IRQL is above its limit (limit.c): the arguments are kept, C decides, and the routine is
// called after all, unless that was a bugcheck.

    .text
    .p2align 4
    .globl  ldr_limit_entry
    .hidden ldr_limit_entry
    .type   ldr_limit_entry, @function
ldr_limit_entry:                    // rax: the struct limit; everything else as the driver called
    .cfi_startproc
    pushq   %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq    $320, %rsp
    movq    %rax, -8(%rbp)
    movq    %rcx, -16(%rbp)
    movq    %rdx, -24(%rbp)
    movq    %r8, -32(%rbp)
    movq    %r9, -40(%rbp)
    movq    %rsi, -48(%rbp)
    movq    %rdi, -56(%rbp)
    .cfi_offset %rsi, -64
    .cfi_offset %rdi, -72
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups  %xmm\n, -320+16*\n(%rbp)
    .cfi_offset %xmm\n, -336+16*\n
    .endr
    movq    %rax, %rdi
    movq    8(%rbp), %rsi
    call    ldr_limit_exceeded
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups  -320+16*\n(%rbp), %xmm\n
    .endr
    movq    -8(%rbp), %rax
    movq    -16(%rbp), %rcx
    movq    -24(%rbp), %rdx
    movq    -32(%rbp), %r8
    movq    -40(%rbp), %r9
    movq    -48(%rbp), %rsi
    movq    -56(%rbp), %rdi
    leave
    .cfi_def_cfa %rsp, 8
    jmp     *(%rax)
    .cfi_endproc
    .size   ldr_limit_entry, . - ldr_limit_entry

    .section .note.GNU-stack, "", @progbits
