// Counting the privileged instructions of an image, for people who ask what a driver does.
#include "ldr/code.h"
#include "ldr/patch.h"
#include "ldr/patch_plan.h"

static bool is_control(const ZydisDecodedOperand *operand)
{
    ZydisRegisterClass class = ZydisRegisterGetClass(operand->reg.value);
    return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
           (class == ZYDIS_REGCLASS_CONTROL || class == ZYDIS_REGCLASS_DEBUG);
}

static void count_move(struct ldr_privileged *counts, const ZydisDecodedOperand *to, const ZydisDecodedOperand *from)
{
    if (is_control(to) && to->reg.value == ZYDIS_REGISTER_CR8)
        counts->irql_writes++;
    else if (is_control(from) && from->reg.value == ZYDIS_REGISTER_CR8)
        counts->irql_reads++;
    else if (is_control(to) || is_control(from))
        counts->control++;
}

static void count(void *context, const struct ldr_instruction *instruction)
{
    struct ldr_privileged *counts = context;
    switch (instruction->info.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
        count_move(counts, &instruction->operands[0], &instruction->operands[1]);
        break;
    case ZYDIS_MNEMONIC_CLI:
    case ZYDIS_MNEMONIC_STI:
        counts->interrupts++;
        break;
    case ZYDIS_MNEMONIC_RDMSR:
    case ZYDIS_MNEMONIC_WRMSR:
    case ZYDIS_MNEMONIC_RDPMC:
        counts->msr++;
        break;
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
        counts->port++;
        break;
    case ZYDIS_MNEMONIC_INT:
    case ZYDIS_MNEMONIC_INT3:
        counts->software++;
        break;
    default:
        counts->other += (instruction->info.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0;
        break;
    }
}

static void count_patch(void *context, const struct ldr_patch_plan *plan)
{
    struct ldr_privileged *counts = context;
    counts->patched += ldr_is_irql_move(&plan->first) + ldr_is_irql_move(&plan->second);
}

void ldr_count_privileged(const struct ldr_pe *pe, struct ldr_privileged *counts)
{
    struct ldr_code code;
    *counts = (struct ldr_privileged){0};
    ldr_code_follow(&code, pe, count, counts);
    ldr_plan_patches(&code, count_patch, counts);
    ldr_code_close(&code);
}
