// See patch_plan.h.
#include "ldr/patch_plan.h"

enum { MOVE_BYTES = 4 };

// 44..47, 4C..4F (REX.R), 0F, 20 (from) or 22 (to), 11 000 reg.
static bool looks_like_irql_move(const uint8_t *bytes)
{
    return (bytes[0] & 0xF4) == 0x44 && bytes[1] == 0x0F && (bytes[2] & 0xFD) == 0x20 && (bytes[3] & 0xF8) == 0xC0;
}

static bool is_cr8(const ZydisDecodedOperand *operand)
{
    return operand->type == ZYDIS_OPERAND_TYPE_REGISTER && operand->reg.value == ZYDIS_REGISTER_CR8;
}

bool ldr_is_irql_move(const struct ldr_instruction *instruction)
{
    return instruction->info.mnemonic == ZYDIS_MNEMONIC_MOV &&
           (is_cr8(&instruction->operands[0]) || is_cr8(&instruction->operands[1]));
}

unsigned ldr_irql_moves_at_most(const struct ldr_pe *pe)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct ldr_section *section = &pe->sections[i];
        const uint8_t *bytes = pe->file + section->offset;
        if (section->characteristics & IMAGE_SCN_MEM_EXECUTE)
            for (uint32_t at = 0; at + MOVE_BYTES <= section->file_size; at++)
                count += looks_like_irql_move(bytes + at);
    }
    return count;
}

// Known for certain: one reading of its bytes, in a function that was followed whole.
static bool is_certain(const struct ldr_code *code, const struct ldr_instruction *instruction)
{
    for (unsigned i = 0; i < instruction->info.length; i++) {
        unsigned marks = ldr_code_marks(code, instruction->rva + i);
        unsigned expected = i ? LDR_CODE_INSIDE : LDR_CODE_BEGIN;
        if ((marks & (LDR_CODE_BEGIN | LDR_CODE_INSIDE)) != expected || marks & LDR_CODE_DOUBT ||
            (i && marks & LDR_CODE_TARGET))
            return false;
    }
    return true;
}

// Whether the instruction does elsewhere what it does here, rip-relative operands and branches corrected.
static bool can_move(const struct ldr_instruction *instruction)
{
    const ZydisDecodedInstruction *info = &instruction->info;
    if (ldr_is_irql_move(instruction))
        return instruction->operands[0].reg.value != ZYDIS_REGISTER_RSP &&
               instruction->operands[1].reg.value != ZYDIS_REGISTER_RSP;
    switch (info->meta.category) {
    case ZYDIS_CATEGORY_CALL: // its return address is seen by others
    case ZYDIS_CATEGORY_INTERRUPT:
    case ZYDIS_CATEGORY_SYSCALL:
    case ZYDIS_CATEGORY_SYSRET:
        return false;
    case ZYDIS_CATEGORY_COND_BR:
        return info->mnemonic != ZYDIS_MNEMONIC_JRCXZ && info->mnemonic != ZYDIS_MNEMONIC_JECXZ &&
               info->mnemonic != ZYDIS_MNEMONIC_LOOP && info->mnemonic != ZYDIS_MNEMONIC_LOOPE &&
               info->mnemonic != ZYDIS_MNEMONIC_LOOPNE;
    default:
        return true;
    }
}

static bool can_pair(const struct ldr_code *code, const struct ldr_instruction *first,
                     const struct ldr_instruction *second)
{
    return is_certain(code, first) && is_certain(code, second) && can_move(first) && can_move(second) &&
           !(ldr_code_marks(code, second->rva) & LDR_CODE_TARGET);
}

void ldr_plan_patches(const struct ldr_code *code, void (*take)(void *context, const struct ldr_patch_plan *plan),
                      void *context)
{
    struct ldr_instruction move, neighbour;
    uint32_t free = code->begin; // everything below is decided
    for (uint32_t at = code->begin; code->marks && at < code->end; at++) {
        if (!(ldr_code_marks(code, at) & LDR_CODE_BEGIN) || at < free || !ldr_code_decode(code, at, &move) ||
            !ldr_is_irql_move(&move))
            continue;
        struct ldr_patch_plan plan = {.first = move};
        if (ldr_code_decode(code, at + move.info.length, &neighbour) && can_pair(code, &move, &neighbour))
            plan.second = neighbour;
        else if (ldr_code_before(code, at, &neighbour) && neighbour.rva >= free && can_pair(code, &neighbour, &move))
            plan = (struct ldr_patch_plan){.first = neighbour, .second = move};
        else
            continue;
        take(context, &plan);
        free = plan.second.rva + plan.second.info.length;
    }
}
