// What a fault is on Windows. See classify.h.
//
// An access to a user address is an exception that a driver may handle. A kernel address that is not there is a
// bugcheck, always: on Windows too, "this cannot be protected by try-except" (bug check 0x50). So is any page fault at
// DISPATCH_LEVEL and above (0xD1, 0xA), and the fast-fail interrupt (0x139).
//
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0x50--page-fault-in-nonpaged-area
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0xd1--driver-irql-not-less-or-equal
// https://learn.microsoft.com/windows-hardware/drivers/debugger/bug-check-0x139--kernel-security-check-failure
#include "trap/classify.h"

#include "ldr/ldr.h"
#include "ldr/patch.h"

#include <Zydis/Zydis.h>

#include <signal.h>
#include <stdio.h>

enum {
    READ = 0,
    WRITE = 1,
    EXECUTE = 8,
    PAGE_PRESENT = 1, // bits of a page fault's error code
    PAGE_WRITE = 2,
    PAGE_FETCH = 16,
    INT_3 = 0xCC,
    VECTOR_FAST_FAIL = 0x29,
    VECTOR_ASSERT = 0x2C,
    VECTOR_DEBUG = 0x2D,
};

static __thread char what[256];

bool trap_is_kernel_fault(uint64_t address)
{
    const void *pointer = (const void *)(uintptr_t)address;
    return hal_is_kernel_address(pointer) || address >> 63 || ldr_find_image(pointer);
}

static void set_bugcheck(struct trap_classified *fault, ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3,
                         ULONG_PTR p4)
{
    fault->bugcheck.code = code;
    fault->bugcheck.parameters[0] = p1;
    fault->bugcheck.parameters[1] = p2;
    fault->bugcheck.parameters[2] = p3;
    fault->bugcheck.parameters[3] = p4;
    fault->bugcheck.what = what;
}

static void set_exception(struct trap_classified *fault, NTSTATUS code)
{
    fault->trap->record = (EXCEPTION_RECORD){.ExceptionCode = code};
}

static void set_access_violation(struct trap_classified *fault, NTSTATUS code, unsigned access, uint64_t address)
{
    PEXCEPTION_RECORD record = &fault->trap->record;
    set_exception(fault, code);
    record->ExceptionInformation[0] = access;
    record->ExceptionInformation[1] = address;
    record->NumberParameters = 2;
    if (code == STATUS_IN_PAGE_ERROR)
        record->ExceptionInformation[record->NumberParameters++] = (ULONG_PTR)(ULONG)STATUS_END_OF_FILE;
}

// ---- page faults ------------------------------------------------------------------------------------------------

static const char *access_name(unsigned access)
{
    return access == WRITE ? "write to" : access == EXECUTE ? "execution of" : "read of";
}

// A kernel address: what the driver touched, as far as we know.
static void stop_kernel_address(struct trap_classified *fault, unsigned access)
{
    const struct trap *trap = fault->trap;
    const void *address = (const void *)(uintptr_t)trap->address;
    const struct ldr_missing *missing = ldr_find_missing(address);
    const struct ldr_image *image = ldr_find_image(address);
    bool shared = trap->address - KI_USER_SHARED_DATA < HAL_PAGE;
    // Of its own half of the address space Linux says that everything is present, whatever is there.
    bool present = (trap->error & PAGE_PRESENT && !(trap->address >> 63)) || (shared && access == WRITE);
    if (missing)
        snprintf(what, sizeof what, "%s touched %s of %s, which does not exist here", missing->image->name,
                 missing->name, missing->module);
    else if (shared)
        snprintf(what, sizeof what, "%s KUSER_SHARED_DATA+0x%llX", access_name(access),
                 (unsigned long long)(trap->address - KI_USER_SHARED_DATA));
    else if (image)
        snprintf(what, sizeof what, "%s %s+0x%zX, which its section does not allow%s", access_name(access), image->name,
                 (size_t)((uintptr_t)address - (uintptr_t)image->base),
                 access == EXECUTE || !present ? " (INIT is discarded after DriverEntry)" : "");
    else
        snprintf(what, sizeof what, "%s kernel address 0x%llX, where nothing is (freed, or a wild pointer)",
                 access_name(access), (unsigned long long)trap->address);
    if (present && access == WRITE)
        set_bugcheck(fault, ATTEMPTED_WRITE_TO_READONLY_MEMORY, trap->address, 0, trap->context.Rip, 0);
    else if (present && access == EXECUTE)
        set_bugcheck(fault, ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, trap->address, 0, trap->context.Rip, 0);
    else
        set_bugcheck(fault, PAGE_FAULT_IN_NONPAGED_AREA, trap->address, trap->error & (PAGE_WRITE | PAGE_FETCH),
                     trap->context.Rip, 2);
}

static void classify_page_fault(struct trap_classified *fault)
{
    const struct trap *trap = fault->trap;
    unsigned access = trap->error & PAGE_FETCH ? EXECUTE : trap->error & PAGE_WRITE ? WRITE : READ;
    KIRQL irql = ke_irql();
    if (irql >= DISPATCH_LEVEL) {
        snprintf(what, sizeof what, "%s address 0x%llX at IRQL %u; only memory that is always there may be touched",
                 access_name(access), (unsigned long long)trap->address, irql);
        set_bugcheck(fault, fault->in_kernel ? IRQL_NOT_LESS_OR_EQUAL : DRIVER_IRQL_NOT_LESS_OR_EQUAL, trap->address,
                     irql, access, trap->context.Rip);
    } else if (trap_is_kernel_fault(trap->address)) {
        stop_kernel_address(fault, access);
    } else {
        set_access_violation(fault, trap->signal == SIGBUS ? STATUS_IN_PAGE_ERROR : STATUS_ACCESS_VIOLATION, access,
                             trap->address);
    }
}

// ---- general protection: software interrupts, privileged instructions, wild addresses -----------------------------

static bool decode(uint64_t pc, ZydisDecodedInstruction *instruction, ZydisDecodedOperand *operands)
{
    ZydisDecoder decoder;
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    size_t length = sizeof bytes;
    while (length && !ldr_read_code((const void *)(uintptr_t)pc, bytes, length))
        length--; // the last bytes of a page
    return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, length, instruction, operands));
}

static void classify_interrupt(struct trap_classified *fault, unsigned vector)
{
    struct trap *trap = fault->trap;
    uint8_t next = 0;
    switch (vector) {
    case VECTOR_FAST_FAIL:
        snprintf(what, sizeof what, "fast fail %llu%s", (unsigned long long)(ULONG)trap->context.Rcx,
                 trap->context.Rcx == 2   ? ": a stack buffer was overrun (the /GS cookie is not what it was)"
                 : trap->context.Rcx == 3 ? ": a LIST_ENTRY is corrupt"
                                          : "");
        set_bugcheck(fault, KERNEL_SECURITY_CHECK_FAILURE, (ULONG)trap->context.Rcx, (ULONG_PTR)&trap->context,
                     (ULONG_PTR)&trap->record, 0);
        break;
    case VECTOR_ASSERT:
        set_exception(fault, STATUS_ASSERTION_FAILURE);
        break;
    case VECTOR_DEBUG: // int 2Dh; the int 3 that follows belongs to it
        unwind_read(trap->context.Rip + 2, &next, 1);
        fault->skip = next == INT_3 ? 3 : 2;
        set_exception(fault, STATUS_BREAKPOINT);
        trap->record.ExceptionInformation[0] = trap->context.Rax;
        trap->record.NumberParameters = 1;
        break;
    default:
        set_access_violation(fault, STATUS_ACCESS_VIOLATION, READ, UINT64_MAX);
    }
}

static void classify_protection(struct trap_classified *fault)
{
    enum { FROM_IDT = 2, VECTOR_SHIFT = 3 };
    const struct trap *trap = fault->trap;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (trap->error & FROM_IDT) {
        classify_interrupt(fault, (unsigned)(trap->error >> VECTOR_SHIFT));
        return;
    }
    // Privileged instructions that are carried out never come here; of the others only MSRs may fault on Windows.
    if (decode(trap->context.Rip, &instruction, operands) && instruction.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED &&
        instruction.mnemonic != ZYDIS_MNEMONIC_RDMSR && instruction.mnemonic != ZYDIS_MNEMONIC_WRMSR) {
        snprintf(what, sizeof what, "the privileged instruction \"%s\" is not carried out here",
                 ZydisMnemonicGetString(instruction.mnemonic));
        set_bugcheck(fault, KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_PRIVILEGED_INSTRUCTION, trap->context.Rip, 0, 0);
        return;
    }
    set_access_violation(fault, STATUS_ACCESS_VIOLATION, READ, UINT64_MAX); // a non-canonical address
}

// ---- arithmetic ---------------------------------------------------------------------------------------------------

static uint64_t operand_value(const ZydisDecodedOperand *operand, uint64_t pc, const CONTEXT *context)
{
    uint64_t value = 0, address;
    ZydisRegisterContext registers = {{0}};
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand unused[ZYDIS_MAX_OPERAND_COUNT];
    for (int i = 0; i < 16; i++)
        registers.values[ZYDIS_REGISTER_RAX + i] = (&context->Rax)[i];
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER) {
        ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, operand->reg.value);
        value = registers.values[whole];
        if (operand->reg.value >= ZYDIS_REGISTER_AH && operand->reg.value <= ZYDIS_REGISTER_BH)
            value >>= 8;
    } else if (decode(pc, &instruction, unused) &&
               ZYAN_SUCCESS(ZydisCalcAbsoluteAddressEx(&instruction, operand, pc, &registers, &address))) {
        unwind_read(address, &value, operand->size / 8);
    }
    return operand->size == 64 ? value : value & ((1ull << operand->size) - 1);
}

// One fault of the processor for two exceptions: a divisor of zero, and a quotient that does not fit.
static void classify_divide(struct trap_classified *fault)
{
    const CONTEXT *context = &fault->trap->context;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    bool overflow =
        decode(context->Rip, &instruction, operands) && operand_value(&operands[0], context->Rip, context) != 0;
    set_exception(fault, overflow ? STATUS_INTEGER_OVERFLOW : STATUS_INTEGER_DIVIDE_BY_ZERO);
}

// The first of the unmasked conditions, in the order in which the processor looks at them.
static void classify_float(struct trap_classified *fault, unsigned flags, unsigned masks)
{
    static const NTSTATUS codes[] = {STATUS_FLOAT_INVALID_OPERATION, STATUS_FLOAT_DENORMAL_OPERAND,
                                     STATUS_FLOAT_DIVIDE_BY_ZERO,    STATUS_FLOAT_OVERFLOW,
                                     STATUS_FLOAT_UNDERFLOW,         STATUS_FLOAT_INEXACT_RESULT};
    set_exception(fault, STATUS_FLOAT_INVALID_OPERATION);
    for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (flags & ~masks & 1u << i) {
            set_exception(fault, codes[i]);
            return;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------

void trap_classify(struct trap_classified *fault)
{
    struct trap *trap = fault->trap;
    const CONTEXT *context = &trap->context;
    switch (trap->number) {
    case HAL_TRAP_PAGE:
        classify_page_fault(fault);
        break;
    case HAL_TRAP_PROTECTION:
        classify_protection(fault);
        break;
    case HAL_TRAP_STACK: // a non-canonical address by way of rsp or rbp
        set_access_violation(fault, STATUS_ACCESS_VIOLATION, READ, UINT64_MAX);
        break;
    case HAL_TRAP_DIVIDE:
        classify_divide(fault);
        break;
    case HAL_TRAP_BREAKPOINT: // Windows shows the instruction, not what is behind it
        fault->skip = 1;
        trap->context.Rip -= 1;
        set_exception(fault, STATUS_BREAKPOINT);
        break;
    case HAL_TRAP_DEBUG:
        set_exception(fault, STATUS_SINGLE_STEP);
        break;
    case HAL_TRAP_OVERFLOW:
        set_exception(fault, STATUS_INTEGER_OVERFLOW);
        break;
    case HAL_TRAP_BOUND:
        set_exception(fault, STATUS_ARRAY_BOUNDS_EXCEEDED);
        break;
    case HAL_TRAP_ALIGNMENT:
        set_exception(fault, STATUS_DATATYPE_MISALIGNMENT);
        break;
    case HAL_TRAP_X87:
        classify_float(fault, context->FltSave.StatusWord, context->FltSave.ControlWord);
        break;
    case HAL_TRAP_SSE:
        classify_float(fault, context->MxCsr, context->MxCsr >> 7);
        break;
    default:
        set_exception(fault, STATUS_ILLEGAL_INSTRUCTION);
    }
}
