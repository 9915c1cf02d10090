// Access to memory that may not be there. A fault at any instruction between hal_guard_begin and
// hal_guard_end makes the function return false: fault.c moves the instruction pointer to hal_guard_fault.
// No function here touches the stack, so that is safe at every instruction.

    .text
    .globl  hal_guard_begin, hal_guard_end, hal_guard_fault
    .hidden hal_guard_begin, hal_guard_end, hal_guard_fault

hal_guard_begin:

    .globl  hal_copy
    .hidden hal_copy
    .type   hal_copy, @function
hal_copy:                       // rdi = to, rsi = from, rdx = bytes
    cmpq    $16, %rdx
    ja      3f
    cmpq    $8, %rdx
    jae     2f
    cmpq    $4, %rdx
    jae     1f
    testq   %rdx, %rdx
    jz      4f
0:  movb    (%rsi), %al
    movb    %al, (%rdi)
    incq    %rsi
    incq    %rdi
    decq    %rdx
    jnz     0b
    jmp     4f
1:  movl    (%rsi), %eax
    movl    -4(%rsi,%rdx), %ecx
    movl    %eax, (%rdi)
    movl    %ecx, -4(%rdi,%rdx)
    jmp     4f
2:  movq    (%rsi), %rax
    movq    -8(%rsi,%rdx), %rcx
    movq    %rax, (%rdi)
    movq    %rcx, -8(%rdi,%rdx)
    jmp     4f
3:  movq    %rdx, %rcx
    rep movsb
4:  movl    $1, %eax
    ret
    .size   hal_copy, . - hal_copy

    .globl  hal_guard_read_byte
    .hidden hal_guard_read_byte
    .type   hal_guard_read_byte, @function
hal_guard_read_byte:            // rdi = address
    movb    (%rdi), %al
    movl    $1, %eax
    ret
    .size   hal_guard_read_byte, . - hal_guard_read_byte

    .globl  hal_guard_write_byte
    .hidden hal_guard_write_byte
    .type   hal_guard_write_byte, @function
hal_guard_write_byte:           // rdi = address; atomic, so that a writer beside us loses nothing
    lock orb $0, (%rdi)
    movl    $1, %eax
    ret
    .size   hal_guard_write_byte, . - hal_guard_write_byte

    .globl  hal_guard_rewrite_byte
    .hidden hal_guard_rewrite_byte
    .type   hal_guard_rewrite_byte, @function
hal_guard_rewrite_byte:         // rdi = address; for bytes that nobody else writes meanwhile
    movb    (%rdi), %al
    movb    %al, (%rdi)
    movl    $1, %eax
    ret
    .size   hal_guard_rewrite_byte, . - hal_guard_rewrite_byte

hal_guard_end:
hal_guard_fault:
    xorl    %eax, %eax
    ret

    .section .note.GNU-stack, "", @progbits
