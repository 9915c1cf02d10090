// The code of an image that does not run yet: where its instructions begin, and where control may arrive.
//
// Control flow is followed from the functions that the image names (entry point, exports, .pdata) through branches,
// calls and jump tables. What is not reached that way is not known to be code. Everything that may be the target of a
// branch is marked, rather too much than too little; a function with a jump whose targets cannot be found is doubtful
// as a whole.
#pragma once

#include "ldr/pe.h"

#include <Zydis/Zydis.h>

enum ldr_code_mark {
    LDR_CODE_BEGIN = 1,  // an instruction begins here
    LDR_CODE_INSIDE = 2, // another byte of an instruction; with BEGIN: two readings of the same bytes
    LDR_CODE_TARGET = 4, // control may come here other than from the instruction before
    LDR_CODE_DOUBT = 8,  // control may come to any instruction of this function
    LDR_CODE_QUEUED = 16,
};

struct ldr_instruction {
    uint32_t rva;
    ZydisDecodedInstruction info;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

struct ldr_code {
    const struct ldr_pe *pe;
    uint32_t begin, end; // the RVAs that `marks` describes
    uint8_t *marks;      // NULL: the image has no code, or there was no memory
    uint32_t *pending;   // RVAs to follow
    uint32_t pending_count;
    ZydisDecoder decoder;
    // Called for each instruction once; may be NULL.
    void (*visit)(void *context, const struct ldr_instruction *instruction);
    void *context;
};

// Follows the code; ldr_code_close in any case. Marks are NULL when there was nothing to follow.
void ldr_code_follow(struct ldr_code *code, const struct ldr_pe *pe,
                     void (*visit)(void *context, const struct ldr_instruction *instruction), void *context);
void ldr_code_close(struct ldr_code *code);
// The instruction at an RVA of an executable section; false: there is none.
bool ldr_code_decode(const struct ldr_code *code, uint32_t rva, struct ldr_instruction *instruction);
// The instruction that ends where this one begins, as far as it has been followed; false: none is known.
bool ldr_code_before(const struct ldr_code *code, uint32_t rva, struct ldr_instruction *instruction);
// The marks of a byte; 0 outside.
static inline unsigned ldr_code_marks(const struct ldr_code *code, uint32_t rva)
{
    return code->marks && rva >= code->begin && rva < code->end ? code->marks[rva - code->begin] : 0;
}
// The address a direct branch or a rip-relative operand means; false: the instruction has none. `operand` is its index.
bool ldr_code_absolute(const struct ldr_instruction *instruction, unsigned operand, uint32_t *rva);
