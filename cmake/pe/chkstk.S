// ___chkstk_ms: touches every page of a large stack frame, so that Windows's guard page moves down in order.
// The compiler calls it with the size of the frame in RAX and expects every register unchanged. libgcc normally
// brings it; this build does without libgcc.
    .globl ___chkstk_ms
___chkstk_ms:
    pushq   %rcx
    pushq   %rax
    leaq    24(%rsp), %rcx          // the caller's stack pointer
1:  cmpq    $0x1000, %rax
    jb      2f
    subq    $0x1000, %rcx
    orq     $0, (%rcx)
    subq    $0x1000, %rax
    jmp     1b
2:  subq    %rax, %rcx
    orq     $0, (%rcx)
    popq    %rax
    popq    %rcx
    retq
