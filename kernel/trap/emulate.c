// Privileged instructions in drivers, carried out one at a time when they trap.
//
// Hot ones never come here: kernel/ldr/patch.c replaces raising and lowering IRQL at load. What remains:
//
//     mov cr8            IRQL, the number in the processor control region
//     mov cr0 .. cr4     what a running system shows; writes are taken and forgotten
//     cli, sti           nothing: no interrupt of this machine ever reaches a driver
//     rdmsr, wrmsr       the table in msr.def; what is written is read back
//     in, out            an empty bus: all ones, writes are lost
//     hlt, invlpg, ...   nothing
//
// An access to KUSER_SHARED_DATA at its kernel address comes this way, too (shared.c).
// Runs in the signal handler: no locks, no memory.
#include "trap/trap.h"

#include "trap/shared.h"
#include "ldr/ldr.h"

#include <Zydis/Zydis.h>

enum { RAX = 0, RCX = 1, RDX = 2, RSP = 4, RSI = 6, RDI = 7 };

struct msr {
    uint32_t number;
    _Atomic uint64_t value;
};

static struct msr msrs[] = {
#define MSR(number, value, name) {number, value},
#include "trap/msr.def"
#undef MSR
};

struct emulation {
    struct hal_fault *fault;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static uint64_t *integer(struct emulation *emulation, ZydisRegister name)
{
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name);
    return &emulation->fault->registers.integer[(whole - ZYDIS_REGISTER_RAX) & 15];
}

// ---- control registers --------------------------------------------------------------------------------------------

static uint64_t control_value(ZydisRegister name)
{
    switch (name) {
    case ZYDIS_REGISTER_CR0: // paging, write protect, numeric error, protected mode
        return 0x80050033;
    case ZYDIS_REGISTER_CR3:
        return 0x1AD000;
    case ZYDIS_REGISTER_CR4: // PAE, global pages, FXSR, XSAVE, SMEP
        return 0x1506F8;
    case ZYDIS_REGISTER_CR8:
        return ke_irql();
    case ZYDIS_REGISTER_DR6:
        return 0xFFFF0FF0;
    case ZYDIS_REGISTER_DR7:
        return 0x400;
    default:
        return 0;
    }
}

static bool move_control(struct emulation *emulation)
{
    const ZydisDecodedOperand *to = &emulation->operands[0], *from = &emulation->operands[1];
    ZydisRegisterClass class_to = ZydisRegisterGetClass(to->reg.value);
    ZydisRegisterClass class_from = ZydisRegisterGetClass(from->reg.value);
    if (class_from == ZYDIS_REGCLASS_CONTROL || class_from == ZYDIS_REGCLASS_DEBUG) {
        *integer(emulation, to->reg.value) = control_value(from->reg.value);
        return true;
    }
    if (class_to != ZYDIS_REGCLASS_CONTROL && class_to != ZYDIS_REGCLASS_DEBUG)
        return false;
    if (to->reg.value != ZYDIS_REGISTER_CR8)
        return true;
    // Done on the thread's own stack, as if the driver had called the routine: it may run APCs.
    uint64_t *stack = &emulation->fault->registers.integer[RSP], *rip = &emulation->fault->registers.rip;
    uint64_t next = *rip + emulation->instruction.length;
    if (!hal_copy((void *)(uintptr_t)(*stack - sizeof next), &next, sizeof next))
        return false;
    ke_current_thread()->pcr->cr8 = *integer(emulation, from->reg.value);
    *stack -= sizeof next;
    *rip = (uint64_t)(uintptr_t)ke_write_cr8 - emulation->instruction.length;
    return true;
}

// ---- model-specific registers ---------------------------------------------------------------------------------------

static struct msr *find_msr(uint32_t number)
{
    for (size_t i = 0; i < sizeof msrs / sizeof *msrs; i++)
        if (msrs[i].number == number)
            return &msrs[i];
    return NULL;
}

static bool read_msr(struct hal_fault *fault)
{
    enum { TSC = 0x10 };
    const uint32_t gs_base = 0xC0000101;
    uint64_t *registers = fault->registers.integer, value;
    uint32_t number = (uint32_t)registers[RCX];
    struct msr *msr = find_msr(number);
    if (number == TSC)
        value = __builtin_ia32_rdtsc();
    else if (number == gs_base)
        value = (uint64_t)(uintptr_t)ke_current_thread()->pcr;
    else if (msr)
        value = atomic_load(&msr->value);
    else
        return false;
    registers[RAX] = (uint32_t)value;
    registers[RDX] = value >> 32;
    return true;
}

static bool write_msr(const struct hal_fault *fault)
{
    const uint64_t *registers = fault->registers.integer;
    struct msr *msr = find_msr((uint32_t)registers[RCX]);
    if (msr)
        atomic_store(&msr->value, (uint32_t)registers[RAX] | registers[RDX] << 32);
    return msr != NULL;
}

// ---- ports ----------------------------------------------------------------------------------------------------------

static void read_port(struct emulation *emulation)
{
    uint64_t *rax = &emulation->fault->registers.integer[RAX];
    unsigned size = emulation->operands[0].size;
    if (size == 32)
        *rax = UINT32_MAX; // writing a 32-bit register clears the rest
    else
        *rax |= (1ull << size) - 1;
}

// ins and outs, with and without rep: the memory side happens, upwards.
static bool string_port(struct emulation *emulation, unsigned bytes, bool input)
{
    static const uint8_t ones[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    uint64_t *registers = emulation->fault->registers.integer, *pointer = &registers[input ? RDI : RSI];
    bool repeated = emulation->instruction.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE);
    uint64_t count = repeated ? registers[RCX] : 1;
    for (; count; count--, *pointer += bytes)
        if (input && !hal_copy((void *)(uintptr_t)*pointer, ones, bytes))
            return false;
    if (repeated)
        registers[RCX] = 0;
    return true;
}

static bool carry_out(struct emulation *emulation)
{
    switch (emulation->instruction.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        return move_control(emulation);
    case ZYDIS_MNEMONIC_RDMSR:
        return read_msr(emulation->fault);
    case ZYDIS_MNEMONIC_WRMSR:
        return write_msr(emulation->fault);
    case ZYDIS_MNEMONIC_RDPMC:
        emulation->fault->registers.integer[RAX] = emulation->fault->registers.integer[RDX] = 0;
        return true;
    case ZYDIS_MNEMONIC_IN:
        read_port(emulation);
        return true;
    case ZYDIS_MNEMONIC_INSB:
        return string_port(emulation, 1, true);
    case ZYDIS_MNEMONIC_INSW:
        return string_port(emulation, 2, true);
    case ZYDIS_MNEMONIC_INSD:
        return string_port(emulation, 4, true);
    case ZYDIS_MNEMONIC_OUTSB:
        return string_port(emulation, 1, false);
    case ZYDIS_MNEMONIC_OUTSW:
        return string_port(emulation, 2, false);
    case ZYDIS_MNEMONIC_OUTSD:
        return string_port(emulation, 4, false);
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_CLI:
    case ZYDIS_MNEMONIC_STI:
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_CLTS:
    case ZYDIS_MNEMONIC_INVLPG:
    case ZYDIS_MNEMONIC_INVD:
    case ZYDIS_MNEMONIC_WBINVD:
    case ZYDIS_MNEMONIC_XSETBV:
        return true;
    default:
        return false;
    }
}

static bool decode(struct emulation *emulation)
{
    uint8_t bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZydisDecoder decoder;
    size_t length = sizeof bytes;
    while (length && !hal_copy(bytes, emulation->fault->instruction, length))
        length--; // the last bytes of a page
    return ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, length, &emulation->instruction, emulation->operands));
}

bool trap_emulate(struct hal_fault *fault)
{
    struct emulation emulation = {.fault = fault};
    if (fault->page_fault)
        return trap_shared_data_fault(fault);
    if (fault->trap != HAL_TRAP_PROTECTION || fault->error || !ldr_find_image(fault->instruction))
        return false;
    if (!decode(&emulation) || !carry_out(&emulation))
        return false;
    fault->registers.rip += emulation.instruction.length;
    return true;
}
