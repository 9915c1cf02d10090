// Unwinding ELF frames by their call frame information (.eh_frame).
//
// Kernel routines that drivers call have the Windows ABI: rsi, rdi and xmm6-15 are theirs to preserve, and the
// compilers say in the call frame information where they saved them. libgcc's own unwinder skips the vector
// registers, so the rules are worked out here; only finding the description of a function (FDE) is left to it.
//
//     pc --_Unwind_Find_FDE--> FDE and CIE --run their instructions up to pc--> a rule for each register --apply-->
//     the caller's registers
//
// Descriptions are those of our own code and the C library's: they are trusted, stacks are not.
//
// DWARF 5, 6.4 "Call Frame Information"; Linux Standard Base, "Exception Frames"
#include "trap/unwind.h"

#include "trap/unwind_dwarf.h"

#include <string.h>

// libgcc's; exported for unwinders other than its own.
struct dwarf_eh_bases {
    void *tbase, *dbase;
    void *func; // the function's first instruction
};
extern const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *bases);

enum { REMEMBERED = 4, RETURN_COLUMN = 16, STACK_COLUMN = 7 };

enum rule_kind { SAME, UNDEFINED, AT_CFA, IS_CFA, IN_REGISTER, AT_EXPRESSION, IS_EXPRESSION };

struct rule {
    enum rule_kind kind;
    int64_t value;             // distance from the CFA, or a column
    const uint8_t *expression; // its length first
};

struct rules {
    unsigned cfa_column;
    int64_t cfa_offset;
    const uint8_t *cfa_expression; // NULL: column and offset
    struct rule columns[DWARF_COLUMNS];
};

struct program {
    uint64_t code_align;
    int64_t data_align;
    uint64_t pc, target; // the location reached, and where to stop
    struct rules rules, initial, remembered[REMEMBERED];
    unsigned depth;
};

static void set_rule(struct program *program, uint64_t column, enum rule_kind kind, int64_t value)
{
    if (column < DWARF_COLUMNS)
        program->rules.columns[column] = (struct rule){.kind = kind, .value = value};
}

static void set_expression(struct program *program, struct dwarf_reader *code, enum rule_kind kind)
{
    uint64_t column = dwarf_uleb(code);
    const uint8_t *expression = code->at;
    uint64_t length = dwarf_uleb(code);
    code->at += length;
    if (column < DWARF_COLUMNS)
        program->rules.columns[column] = (struct rule){.kind = kind, .expression = expression};
}

static void set_cfa(struct program *program, uint64_t column, int64_t offset)
{
    program->rules.cfa_column = (unsigned)column;
    program->rules.cfa_offset = offset;
    program->rules.cfa_expression = NULL;
}

static void restore_rule(struct program *program, uint64_t column)
{
    if (column < DWARF_COLUMNS)
        program->rules.columns[column] = program->initial.columns[column];
}

// The instructions that say where a register is. False: not one of them.
static bool run_register_rule(struct program *program, struct dwarf_reader *code, uint8_t opcode)
{
    uint64_t column;
    switch (opcode) {
    case 0x05: // DW_CFA_offset_extended
        column = dwarf_uleb(code);
        set_rule(program, column, AT_CFA, (int64_t)dwarf_uleb(code) * program->data_align);
        return true;
    case 0x06: // DW_CFA_restore_extended
        restore_rule(program, dwarf_uleb(code));
        return true;
    case 0x07: // DW_CFA_undefined
        set_rule(program, dwarf_uleb(code), UNDEFINED, 0);
        return true;
    case 0x08: // DW_CFA_same_value
        set_rule(program, dwarf_uleb(code), SAME, 0);
        return true;
    case 0x09: // DW_CFA_register
        column = dwarf_uleb(code);
        set_rule(program, column, IN_REGISTER, (int64_t)dwarf_uleb(code));
        return true;
    case 0x10: // DW_CFA_expression
        set_expression(program, code, AT_EXPRESSION);
        return true;
    case 0x11: // DW_CFA_offset_extended_sf
        column = dwarf_uleb(code);
        set_rule(program, column, AT_CFA, dwarf_sleb(code) * program->data_align);
        return true;
    case 0x14: // DW_CFA_val_offset
        column = dwarf_uleb(code);
        set_rule(program, column, IS_CFA, (int64_t)dwarf_uleb(code) * program->data_align);
        return true;
    case 0x15: // DW_CFA_val_offset_sf
        column = dwarf_uleb(code);
        set_rule(program, column, IS_CFA, dwarf_sleb(code) * program->data_align);
        return true;
    case 0x16: // DW_CFA_val_expression
        set_expression(program, code, IS_EXPRESSION);
        return true;
    default:
        return false;
    }
}

// The instructions that say what the CFA (the caller's stack pointer) is, and the rest.
static bool run_other(struct program *program, struct dwarf_reader *code, uint8_t opcode)
{
    uint64_t column;
    switch (opcode) {
    case 0x00: // DW_CFA_nop
        return true;
    case 0x0a: // DW_CFA_remember_state
        if (program->depth == REMEMBERED)
            return false;
        program->remembered[program->depth++] = program->rules;
        return true;
    case 0x0b: // DW_CFA_restore_state
        if (program->depth == 0)
            return false;
        program->rules = program->remembered[--program->depth];
        return true;
    case 0x0c: // DW_CFA_def_cfa
        column = dwarf_uleb(code);
        set_cfa(program, column, (int64_t)dwarf_uleb(code));
        return true;
    case 0x0d: // DW_CFA_def_cfa_register
        set_cfa(program, dwarf_uleb(code), program->rules.cfa_offset);
        return true;
    case 0x0e: // DW_CFA_def_cfa_offset
        set_cfa(program, program->rules.cfa_column, (int64_t)dwarf_uleb(code));
        return true;
    case 0x0f: { // DW_CFA_def_cfa_expression
        program->rules.cfa_expression = code->at;
        uint64_t length = dwarf_uleb(code);
        code->at += length;
        return true;
    }
    case 0x12: // DW_CFA_def_cfa_sf
        column = dwarf_uleb(code);
        set_cfa(program, column, dwarf_sleb(code) * program->data_align);
        return true;
    case 0x13: // DW_CFA_def_cfa_offset_sf
        set_cfa(program, program->rules.cfa_column, dwarf_sleb(code) * program->data_align);
        return true;
    case 0x2e: // DW_CFA_GNU_args_size
        dwarf_uleb(code);
        return true;
    default:
        return false;
    }
}

static bool run(struct program *program, struct dwarf_reader *code)
{
    while (code->at < code->end && program->pc <= program->target) {
        uint8_t opcode = *code->at++;
        uint64_t advance = 0;
        if (opcode >> 6 == 1) // DW_CFA_advance_loc
            advance = opcode & 0x3F;
        else if (opcode >> 6 == 2) // DW_CFA_offset
            set_rule(program, opcode & 0x3F, AT_CFA, (int64_t)dwarf_uleb(code) * program->data_align);
        else if (opcode >> 6 == 3) // DW_CFA_restore
            restore_rule(program, opcode & 0x3F);
        else if (opcode >= 0x02 && opcode <= 0x04) // DW_CFA_advance_loc1, 2, 4
            advance = dwarf_fixed(code, 1u << (opcode - 0x02));
        else if (!run_register_rule(program, code, opcode) && !run_other(program, code, opcode))
            return false;
        program->pc += advance * program->code_align;
    }
    return true;
}

// The rules that hold at `target` in the function that begins at `begin`.
static bool find_rules(struct program *program, const void *fde, uint64_t begin, uint64_t target)
{
    struct dwarf_frame frame;
    if (!dwarf_open_frame(&frame, fde))
        return false;
    memset(&program->rules, 0, sizeof program->rules);
    program->code_align = frame.code_align;
    program->data_align = frame.data_align;
    program->depth = 0;
    program->pc = 0; // the CIE's instructions all hold
    program->target = UINT64_MAX;
    if (frame.return_column != RETURN_COLUMN || !run(program, &frame.initial))
        return false;
    program->initial = program->rules;
    program->pc = begin;
    program->target = target;
    return run(program, &frame.code);
}

// ---- applying the rules -----------------------------------------------------------------------------------

static bool restore(const struct program *program, unsigned column, uint64_t cfa, const CONTEXT *before,
                    PCONTEXT context)
{
    const struct rule *rule = &program->rules.columns[column];
    uint64_t value = cfa + (uint64_t)rule->value;
    switch (rule->kind) {
    case SAME:
    case UNDEFINED:
        return true;
    case AT_CFA:
        return unwind_read(value, dwarf_register(context, column), dwarf_register_bytes(column));
    case IS_CFA:
        break;
    case IN_REGISTER:
        return dwarf_value(before, (uint64_t)rule->value, &value) && dwarf_set(context, column, value);
    case AT_EXPRESSION:
        return dwarf_evaluate(rule->expression, before, &cfa, &value) &&
               unwind_read(value, dwarf_register(context, column), dwarf_register_bytes(column));
    case IS_EXPRESSION:
        if (!dwarf_evaluate(rule->expression, before, &cfa, &value))
            return false;
        break;
    }
    return dwarf_set(context, column, value);
}

static bool apply(const struct program *program, PCONTEXT context)
{
    const CONTEXT before = *context;
    uint64_t cfa;
    if (program->rules.cfa_expression) {
        if (!dwarf_evaluate(program->rules.cfa_expression, &before, NULL, &cfa))
            return false;
    } else {
        if (!dwarf_value(&before, program->rules.cfa_column, &cfa))
            return false;
        cfa += (uint64_t)program->rules.cfa_offset;
    }
    if (program->rules.columns[RETURN_COLUMN].kind == UNDEFINED)
        return false; // the outermost frame
    context->Rsp = cfa;
    for (unsigned column = 0; column < DWARF_COLUMNS; column++)
        if (!restore(program, column, cfa, &before, context))
            return false;
    return true;
}

bool unwind_host_frame(PCONTEXT context, bool exact, const void **routine)
{
    struct dwarf_eh_bases bases = {0};
    struct program program;
    uint64_t pc = context->Rip - (exact ? 0 : 1); // a return address may lie behind the function's end
    const void *fde = _Unwind_Find_FDE((void *)(uintptr_t)pc, &bases);
    *routine = bases.func;
    return fde && find_rules(&program, fde, (uint64_t)(uintptr_t)bases.func, pc) && apply(&program, context);
}
