// test-patch.sys: moves to and from CR8 in every surrounding that the loader must understand. Its functions are exported
// and called by tests/unit/test_ldr_patch.c, at PASSIVE_LEVEL and in a thread of the kernel.

#include <ntddk.h>
#include "patch.h"

DRIVER_INITIALIZE DriverEntry;

ULONG PatchVariable = 0x1234;

__asm__(".text\n"
        // rcx: value, rdx: address. The instruction behind the move may fault.
        ".globl PatchReadAfter\n"
        "PatchReadAfter:\n"
        "  movq %rcx, %cr8\n"
        "  movl (%rdx), %eax\n"
        "  ret\n"
        // The one before may fault; the one behind cannot move, for control arrives there.
        ".globl PatchReadBefore\n"
        "PatchReadBefore:\n"
        "  movl (%rdx), %eax\n"
        "  movq %rcx, %cr8\n"
        "1: testl %eax, %eax\n"
        "  js 1b\n"
        "  ret\n"
        // Neither can move: control arrives at the move itself and behind it.
        ".globl PatchSurrounded\n"
        "PatchSurrounded:\n"
        "  movl $3, %eax\n"
        "1: movq %rcx, %cr8\n"
        "2: decl %eax\n"
        "  jz 2b\n"
        "  jns 1b\n"
        "  ret\n"
        // rip-relative, conditional and unconditional neighbours, two moves in a row
        ".globl PatchNeighbours\n"
        "PatchNeighbours:\n"
        "  movq %cr8, %r8\n"
        "  movl PatchVariable(%rip), %eax\n"
        "  testl %ecx, %ecx\n"
        "  movq %cr8, %r9\n"
        "  jz 1f\n"
        "  incl %eax\n"
        "1: movq %r9, %cr8\n"
        "  movq %cr8, %r10\n"
        "  addl %r10d, %eax\n"
        "  movq %r8, %cr8\n"
        "  jmp 2f\n"
        "  ud2\n"
        "2: ret\n"
        // rcx: 15 registers and the flags, loaded, taken through a raise, a read and a lower, and stored again
        ".globl PatchRegisters\n"
        ".seh_proc PatchRegisters\n"
        "PatchRegisters:\n"
        "  pushq %rbp\n .seh_pushreg %rbp\n"
        "  pushq %rbx\n .seh_pushreg %rbx\n"
        "  pushq %rsi\n .seh_pushreg %rsi\n"
        "  pushq %rdi\n .seh_pushreg %rdi\n"
        "  pushq %r12\n .seh_pushreg %r12\n"
        "  pushq %r13\n .seh_pushreg %r13\n"
        "  pushq %r14\n .seh_pushreg %r14\n"
        "  pushq %r15\n .seh_pushreg %r15\n"
        "  .seh_endprologue\n"
        "  pushq %rcx\n"
        "  pushq 120(%rcx)\n"
        "  movq 0(%rcx), %rax\n movq 16(%rcx), %rdx\n movq 24(%rcx), %rbx\n movq 32(%rcx), %rbp\n"
        "  movq 40(%rcx), %rsi\n movq 48(%rcx), %rdi\n movq 56(%rcx), %r8\n movq 64(%rcx), %r9\n"
        "  movq 72(%rcx), %r10\n movq 80(%rcx), %r11\n movq 88(%rcx), %r12\n movq 96(%rcx), %r13\n"
        "  movq 104(%rcx), %r14\n movq 112(%rcx), %r15\n movq 8(%rcx), %rcx\n"
        "  popfq\n"
        "  movq %rax, %cr8\n"
        "  nop\n"
        "  movq %r15, %cr8\n"
        "  nop\n"
        "  movq %cr8, %r14\n"
        "  nop\n"
        "  pushfq\n"
        "  xchgq 8(%rsp), %rcx\n"
        "  movq %rax, 0(%rcx)\n movq %rdx, 16(%rcx)\n movq %rbx, 24(%rcx)\n movq %rbp, 32(%rcx)\n"
        "  movq %rsi, 40(%rcx)\n movq %rdi, 48(%rcx)\n movq %r8, 56(%rcx)\n movq %r9, 64(%rcx)\n"
        "  movq %r10, 72(%rcx)\n movq %r11, 80(%rcx)\n movq %r12, 88(%rcx)\n movq %r13, 96(%rcx)\n"
        "  movq %r14, 104(%rcx)\n movq %r15, 112(%rcx)\n popq 120(%rcx)\n popq 8(%rcx)\n"
        "  popq %r15\n popq %r14\n popq %r13\n popq %r12\n"
        "  popq %rdi\n popq %rsi\n popq %rbx\n popq %rbp\n"
        "  ret\n"
        ".seh_endproc\n");

ULONG PatchReadAfter(ULONG_PTR irql, const volatile ULONG *address);
ULONG PatchReadBefore(ULONG_PTR irql, const volatile ULONG *address);
ULONG PatchSurrounded(ULONG_PTR irql);
ULONG PatchNeighbours(ULONG_PTR more);
void PatchRegisters(ULONG64 *registers);

__declspec(dllexport) ULONG Surrounded(void);
__declspec(dllexport) ULONG Neighbours(ULONG_PTR more);
__declspec(dllexport) void Registers(ULONG64 *registers);
__declspec(dllexport) ULONG ReadAfter(ULONG *address, ULONG *good, struct patch_fault *fault);
__declspec(dllexport) ULONG ReadBefore(ULONG *address, ULONG *good, struct patch_fault *fault);
__declspec(dllexport) ULONG Switch(ULONG what);

ULONG Surrounded(void)
{
    return PatchSurrounded(PASSIVE_LEVEL);
}

ULONG Neighbours(ULONG_PTR more)
{
    return PatchNeighbours(more);
}

void Registers(ULONG64 *registers)
{
    PatchRegisters(registers);
}

// The filter gives the instruction that faulted and, when it is told to, a good address to go on with.
static LONG Filter(EXCEPTION_POINTERS *pointers, struct patch_fault *fault, ULONG *good)
{
    fault->offset = (ULONG64)pointers->ExceptionRecord->ExceptionAddress - fault->function;
    fault->context_offset = pointers->ContextRecord->Rip - fault->function;
    if (!good)
        return EXCEPTION_EXECUTE_HANDLER;
    pointers->ContextRecord->Rdx = (ULONG64)good;
    return EXCEPTION_CONTINUE_EXECUTION;
}

ULONG ReadAfter(ULONG *address, ULONG *good, struct patch_fault *fault)
{
    fault->function = (ULONG64)PatchReadAfter;
    __try {
        return PatchReadAfter(PASSIVE_LEVEL, address);
    } __except (Filter(GetExceptionInformation(), fault, good)) {
        return (ULONG)GetExceptionCode();
    }
}

ULONG ReadBefore(ULONG *address, ULONG *good, struct patch_fault *fault)
{
    fault->function = (ULONG64)PatchReadBefore;
    __try {
        return PatchReadBefore(PASSIVE_LEVEL, address);
    } __except (Filter(GetExceptionInformation(), fault, good)) {
        return (ULONG)GetExceptionCode();
    }
}

// Compiled to a jump table whose labels stand right before and right behind moves.
ULONG Switch(ULONG what)
{
    KIRQL before = KeGetCurrentIrql();
    ULONG result = 0;
    switch (what) {
    case 0:
        KeLowerIrql(before);
        result = 10;
        break;
    case 1:
        KeRaiseIrql(APC_LEVEL, &before);
        result = before + 20u;
        /* fall through */
    case 2:
        KeLowerIrql(PASSIVE_LEVEL);
        result += 30;
        break;
    case 3:
        result = KeGetCurrentIrql() + 40u;
        break;
    case 4:
        KeRaiseIrql(APC_LEVEL, &before);
        result = KeGetCurrentIrql() + 50u;
        break;
    case 5:
        result = 60;
        break;
    default:
        return 1;
    }
    KeLowerIrql(PASSIVE_LEVEL);
    return result;
}

static VOID Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
