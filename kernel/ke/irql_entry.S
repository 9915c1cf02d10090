// Writing CR8: what the loader's stubs call in the place of `mov cr8, reg`, and what a trapped one returns into.
//
// The new IRQL lies in the processor control region (KE_PCR_CR8). Nothing changes for the caller: no register, no flag,
// nothing above its stack pointer. The ordinary case is done here; whatever may take time, sleep or call a driver
// (ke_irql_settle) gets all of the caller's registers saved first. Offsets are asserted in irql.c.

    .set    PCR_IRQL, 0x50
    .set    PCR_THREAD, 0x188
    .set    PCR_CR8, 0x400
    .set    PCR_RAX, 0x408
    .set    PCR_RCX, 0x410
    .set    PCR_PROCESSOR, 0x418
    .set    THREAD_KERNEL_APCS, 0x18
    .set    APC_LEVEL, 1
    .set    DISPATCH_LEVEL, 2

    .text

    // The flags are kept in eax: lahf takes all but the overflow flag, which seto takes.
    .macro  SAVE_FLAGS
    lahf
    seto    %al
    .endm

    .macro  NEW_IRQL
    movzbl  %gs:PCR_CR8, %ecx
    andl    $15, %ecx
    .endm

    .macro  RESTORE_FLAGS
    addb    $0x7F, %al
    sahf
    .endm

    .p2align 4
    .globl  ke_write_cr8
    .hidden ke_write_cr8
    .type   ke_write_cr8, @function
ke_write_cr8:
    .cfi_startproc
    movq    %rax, %gs:PCR_RAX
    movq    %rcx, %gs:PCR_RCX
    SAVE_FLAGS
    NEW_IRQL
    cmpb    $DISPATCH_LEVEL, %cl
    jae     .Lraised
    cmpb    $DISPATCH_LEVEL, %gs:PCR_IRQL
    movb    %cl, %gs:PCR_IRQL
    jb      .Lapcs
    movq    %gs:PCR_PROCESSOR, %rcx // gives it back; another bit in its state means work
    lock decl (%rcx)
    jne     .Lsettle
    NEW_IRQL
.Lapcs:
    cmpb    $APC_LEVEL, %cl
    jae     .Ldone
    movq    %gs:PCR_THREAD, %rcx
    cmpl    $0, THREAD_KERNEL_APCS(%rcx)
    jne     .Lsettle
.Ldone:
    RESTORE_FLAGS
    movq    %gs:PCR_RCX, %rcx
    movq    %gs:PCR_RAX, %rax
    ret

.Lraised:
    cmpb    $DISPATCH_LEVEL, %gs:PCR_IRQL
    jae     .Lstore
    movq    %gs:PCR_PROCESSOR, %rcx // takes it, unless somebody holds it
    lock btsl $0, (%rcx)
    jc      .Lsettle
    NEW_IRQL
.Lstore:
    movb    %cl, %gs:PCR_IRQL
    jmp     .Ldone

.Lsettle:
    RESTORE_FLAGS
    movq    %gs:PCR_RCX, %rcx
    movq    %gs:PCR_RAX, %rax
    // Between two instructions of a driver: everything is preserved, the flags and the vector registers too.
    pushfq
    .cfi_def_cfa_offset 16
    pushq   %rbp
    .cfi_def_cfa_offset 24
    .cfi_offset %rbp, -24
    movq    %rsp, %rbp
    .cfi_def_cfa_register %rbp
    subq    $352, %rsp
    movq    %rax, -8(%rbp)
    movq    %rcx, -16(%rbp)
    movq    %rdx, -24(%rbp)
    movq    %rsi, -32(%rbp)
    movq    %rdi, -40(%rbp)
    movq    %r8, -48(%rbp)
    movq    %r9, -56(%rbp)
    movq    %r10, -64(%rbp)
    movq    %r11, -72(%rbp)
    stmxcsr -76(%rbp)
    .cfi_offset %rsi, -56
    .cfi_offset %rdi, -64
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups  %xmm\n, -352+16*\n(%rbp)
    .cfi_offset %xmm\n, -376+16*\n
    .endr
    andq    $-16, %rsp
    cld
    call    ke_irql_settle
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    movups  -352+16*\n(%rbp), %xmm\n
    .endr
    ldmxcsr -76(%rbp)
    movq    -8(%rbp), %rax
    movq    -16(%rbp), %rcx
    movq    -24(%rbp), %rdx
    movq    -32(%rbp), %rsi
    movq    -40(%rbp), %rdi
    movq    -48(%rbp), %r8
    movq    -56(%rbp), %r9
    movq    -64(%rbp), %r10
    movq    -72(%rbp), %r11
    movq    %rbp, %rsp
    .cfi_def_cfa_register %rsp
    popq    %rbp
    .cfi_def_cfa_offset 16
    popfq
    .cfi_def_cfa_offset 8
    ret
    .cfi_endproc
    .size   ke_write_cr8, . - ke_write_cr8

    .section .note.GNU-stack, "", @progbits
