// See patch.h.
#include "ldr/patch.h"

#include "hal/hal.h"
#include "ke/ke.h"
#include "ldr/patch_plan.h"

#include <stddef.h>
#include <string.h>

enum {
    SLOT_BYTES = 16, // the address of ke_write_cr8, before the stubs
    STUB_BYTES = 48, // two instructions and the jump back, at most
    JUMP_BYTES = 5,
    REX_W = 0x48,
    REX_R = 4,
};

struct writer {
    struct ldr_loaded *loaded;
    const struct ldr_pe *pe;
    uint32_t slot; // all of these are offsets from the image's base
    uint32_t at;
};

void ldr_survey_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    unsigned moves = ldr_irql_moves_at_most(pe);
    loaded->patch_bytes = 0;
    loaded->patches = moves ? hal_alloc(moves * sizeof *loaded->patches) : NULL;
    if (loaded->patches) // without memory for them everything traps
        loaded->patch_bytes = hal_round_up(SLOT_BYTES + (size_t)moves * STUB_BYTES, LDR_PAGE);
}

// ---- writing stubs ----------------------------------------------------------------------------------------------------

static uint8_t *memory(const struct writer *writer, uint32_t offset)
{
    return (uint8_t *)writer->loaded->image.base + offset;
}

static void put(struct writer *writer, const void *bytes, size_t count)
{
    memcpy(memory(writer, writer->at), bytes, count);
    writer->at += (uint32_t)count;
}

static void put_byte(struct writer *writer, unsigned byte)
{
    *memory(writer, writer->at++) = (uint8_t)byte;
}

static void put_word(struct writer *writer, uint32_t word)
{
    put(writer, &word, sizeof word);
}

// The distance from the end of the instruction, whose last four bytes this is.
static void put_distance(struct writer *writer, uint32_t target)
{
    put_word(writer, target - (writer->at + (uint32_t)sizeof(uint32_t)));
}

static unsigned number_of(ZydisRegister name)
{
    return (unsigned)(name - ZYDIS_REGISTER_RAX);
}

// movzbl %gs:irql, %reg
static void put_read(struct writer *writer, unsigned reg)
{
    put_byte(writer, 0x65);
    if (reg & 8)
        put_byte(writer, 0x40 | REX_R);
    put(writer, "\x0F\xB6", 2);
    put_byte(writer, 0x04 | (reg & 7) << 3);
    put_byte(writer, 0x25);
    put_word(writer, offsetof(KPCR, Irql));
}

// movq %reg, %gs:cr8; call *slot(%rip)
static void put_write(struct writer *writer, unsigned reg)
{
    put_byte(writer, 0x65);
    put_byte(writer, REX_W | (reg & 8 ? REX_R : 0));
    put_byte(writer, 0x89);
    put_byte(writer, 0x04 | (reg & 7) << 3);
    put_byte(writer, 0x25);
    put_word(writer, offsetof(struct ke_pcr, cr8));
    put(writer, "\xFF\x15", 2);
    put_distance(writer, writer->slot);
}

static void put_branch(struct writer *writer, const struct ldr_instruction *instruction, uint32_t target)
{
    const uint8_t *code = memory(writer, instruction->rva);
    uint8_t opcode = code[instruction->info.raw.imm[0].offset - 1];
    if (instruction->info.meta.category == ZYDIS_CATEGORY_UNCOND_BR) {
        put_byte(writer, 0xE9);
    } else { // the low four bits are the condition, in the short and in the long form
        put_byte(writer, 0x0F);
        put_byte(writer, 0x80 | (opcode & 15));
    }
    put_distance(writer, target);
}

static void put_copy(struct writer *writer, const struct ldr_instruction *instruction)
{
    uint32_t begin = writer->at, target;
    put(writer, memory(writer, instruction->rva), instruction->info.length);
    for (unsigned i = 0; i < instruction->info.operand_count; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY || operand->mem.base != ZYDIS_REGISTER_RIP ||
            !ldr_code_absolute(instruction, i, &target))
            continue;
        uint32_t distance = target - writer->at;
        memcpy(memory(writer, begin + instruction->info.raw.disp.offset), &distance, sizeof distance);
        return;
    }
}

static void put_instruction(struct writer *writer, const struct ldr_instruction *instruction)
{
    ZydisInstructionCategory category = instruction->info.meta.category;
    const ZydisDecodedOperand *operands = instruction->operands;
    uint32_t target;
    if (ldr_is_irql_move(instruction)) {
        if (operands[0].reg.value == ZYDIS_REGISTER_CR8)
            put_write(writer, number_of(operands[1].reg.value));
        else
            put_read(writer, number_of(operands[0].reg.value));
    } else if ((category == ZYDIS_CATEGORY_COND_BR || category == ZYDIS_CATEGORY_UNCOND_BR) &&
               operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && ldr_code_absolute(instruction, 0, &target)) {
        put_branch(writer, instruction, target);
    } else {
        put_copy(writer, instruction);
    }
}

static void patch(void *context, const struct ldr_patch_plan *plan)
{
    struct writer *writer = context;
    struct ldr_loaded *loaded = writer->loaded;
    struct ldr_patch *patch = &loaded->patches[loaded->patch_count++];
    patch->begin = plan->first.rva;
    patch->second = plan->second.rva;
    patch->end = plan->second.rva + plan->second.info.length;
    memcpy(patch->original, memory(writer, patch->begin), patch->end - patch->begin);
    patch->stub = writer->at;
    put_instruction(writer, &plan->first);
    patch->stub_second = writer->at;
    put_instruction(writer, &plan->second);
    patch->stub_back = writer->at;
    put_byte(writer, 0xE9);
    put_distance(writer, patch->end);

    struct writer code = {.loaded = loaded, .at = patch->begin};
    put_byte(&code, 0xE9);
    put_distance(&code, patch->stub);
    while (code.at < patch->end)
        put_byte(&code, 0xCC);
}

void ldr_apply_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe)
{
    const void *target = (const void *)(uintptr_t)ke_write_cr8;
    uint32_t slot = (uint32_t)(loaded->image.size + loaded->thunk_bytes);
    struct writer writer = {.loaded = loaded, .pe = pe, .slot = slot, .at = slot + SLOT_BYTES};
    struct ldr_code code;
    if (!loaded->patch_bytes)
        return;
    memcpy(memory(&writer, slot), &target, sizeof target);
    ldr_code_follow(&code, pe, NULL, NULL);
    ldr_plan_patches(&code, patch, &writer);
    ldr_code_close(&code);
}

// ---- where an address is ------------------------------------------------------------------------------------------------

static const struct ldr_loaded *image_of(const void *pc, uint32_t *offset)
{
    const struct ldr_image *image = ldr_find_image(pc);
    if (image)
        *offset = (uint32_t)((uintptr_t)pc - (uintptr_t)image->base);
    return (const struct ldr_loaded *)image;
}

const void *ldr_patch_origin(const void *pc)
{
    uint32_t at;
    const struct ldr_loaded *loaded = image_of(pc, &at);
    for (unsigned i = 0; loaded && i < loaded->patch_count; i++) {
        const struct ldr_patch *patch = &loaded->patches[i];
        if (at < patch->stub || at >= patch->stub_back + JUMP_BYTES)
            continue;
        uint32_t origin = at < patch->stub_second ? patch->begin : at < patch->stub_back ? patch->second : patch->end;
        return (const char *)loaded->image.base + origin;
    }
    return pc;
}

const void *ldr_patch_resume(const void *pc)
{
    uint32_t at;
    const struct ldr_loaded *loaded = image_of(pc, &at);
    for (unsigned i = 0; loaded && i < loaded->patch_count; i++)
        if (loaded->patches[i].second == at)
            return (const char *)loaded->image.base + loaded->patches[i].stub_second;
    return pc;
}

bool ldr_read_code(const void *pc, void *to, size_t bytes)
{
    uint32_t at;
    const struct ldr_loaded *loaded = image_of(pc, &at);
    if (!hal_copy(to, pc, bytes))
        return false;
    for (unsigned i = 0; loaded && i < loaded->patch_count; i++) {
        const struct ldr_patch *patch = &loaded->patches[i];
        for (uint32_t rva = patch->begin; rva < patch->end; rva++)
            if (rva >= at && rva - at < bytes)
                ((uint8_t *)to)[rva - at] = patch->original[rva - patch->begin];
    }
    return true;
}
