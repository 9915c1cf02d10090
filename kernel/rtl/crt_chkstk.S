// __chkstk: touch each page of a large stack frame before it is used. The caller passes the size in RAX, subtracts it
// from RSP itself, and expects every register as it was. Not called from C.
//
// https://learn.microsoft.com/cpp/build/prolog-and-epilog
    .intel_syntax noprefix
    .text
    .globl __chkstk
    .hidden __chkstk
    .type __chkstk, @function
__chkstk:
    push rcx
    push rax
    lea rcx, [rsp + 24]         // RSP of the caller
    cmp rax, 4096
    jb 2f
1:  sub rcx, 4096
    test qword ptr [rcx], rcx
    sub rax, 4096
    cmp rax, 4096
    jae 1b
2:  sub rcx, rax
    test qword ptr [rcx], rcx
    pop rax
    pop rcx
    ret
    .size __chkstk, . - __chkstk
    .section .note.GNU-stack, "", @progbits
