// See code.h.
#include "ldr/code.h"

#include "hal/hal.h"

#include <string.h>

enum {
    MOST_ENTRIES = 4096, // of a jump table
    LOOK_BACK = 12,      // instructions before an indirect jump that may name its table
    HANDLERS = 3,        // UNW_FLAG_EHANDLER and UNW_FLAG_UHANDLER
};

struct function {
    uint32_t begin, end;
    bool leaf; // no .pdata entry: what lies between two entries, perhaps several functions
};

static bool is_executable(const struct ldr_code *code, uint32_t rva)
{
    const struct ldr_section *section = ldr_pe_section_of(code->pe, rva);
    return section && section->characteristics & IMAGE_SCN_MEM_EXECUTE && rva >= code->begin && rva < code->end;
}

bool ldr_code_decode(const struct ldr_code *code, uint32_t rva, struct ldr_instruction *instruction)
{
    size_t available;
    if (!is_executable(code, rva))
        return false;
    const uint8_t *bytes = ldr_pe_bytes(code->pe, rva, &available);
    instruction->rva = rva;
    return bytes && ZYAN_SUCCESS(ZydisDecoderDecodeFull(&code->decoder, bytes, available, &instruction->info,
                                                        instruction->operands));
}

bool ldr_code_absolute(const struct ldr_instruction *instruction, unsigned operand, uint32_t *rva)
{
    ZyanU64 address;
    if (operand >= instruction->info.operand_count ||
        !ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&instruction->info, &instruction->operands[operand], instruction->rva,
                                               &address)) ||
        address > UINT32_MAX)
        return false;
    *rva = (uint32_t)address;
    return true;
}

// ---- marks ----------------------------------------------------------------------------------------------------------

static void mark(struct ldr_code *code, uint32_t rva, unsigned marks)
{
    if (rva >= code->begin && rva < code->end)
        code->marks[rva - code->begin] |= (uint8_t)marks;
}

// Control may arrive here.
static void arrive(struct ldr_code *code, uint32_t rva)
{
    if (!is_executable(code, rva))
        return;
    mark(code, rva, LDR_CODE_TARGET);
    if (ldr_code_marks(code, rva) & (LDR_CODE_QUEUED | LDR_CODE_BEGIN))
        return;
    mark(code, rva, LDR_CODE_QUEUED);
    code->pending[code->pending_count++] = rva;
}

// ---- functions --------------------------------------------------------------------------------------------------------

static bool read_function(const struct ldr_code *code, uint32_t index, RUNTIME_FUNCTION *function)
{
    IMAGE_DATA_DIRECTORY pdata;
    return ldr_pe_directory(code->pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &pdata) &&
           index < pdata.Size / sizeof *function &&
           ldr_pe_read(code->pe, pdata.VirtualAddress + index * (uint32_t)sizeof *function, function, sizeof *function);
}

static struct function function_of(const struct ldr_code *code, uint32_t rva)
{
    IMAGE_DATA_DIRECTORY pdata;
    RUNTIME_FUNCTION found;
    struct function leaf = {code->begin, code->end, true};
    uint32_t low = 0, high = 0;
    if (ldr_pe_directory(code->pe, IMAGE_DIRECTORY_ENTRY_EXCEPTION, &pdata))
        high = pdata.Size / (uint32_t)sizeof found;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (!read_function(code, middle, &found))
            break;
        if (rva >= found.BeginAddress && rva < found.EndAddress)
            return (struct function){found.BeginAddress, found.EndAddress, false};
        if (rva < found.BeginAddress) {
            leaf.end = found.BeginAddress;
            high = middle;
        } else {
            leaf.begin = found.EndAddress;
            low = middle + 1;
        }
    }
    return leaf;
}

// __except and __finally: the places a C handler's scope table leads to.
static void follow_scopes(struct ldr_code *code, const RUNTIME_FUNCTION *function)
{
    enum { HEAD = 4, CODES = 2, SCOPE = 16 };
    uint8_t head[HEAD];
    uint32_t count, scope[SCOPE / sizeof(uint32_t)], at = function->UnwindData; // begin, end, handler, target
    if (at & 1 || !ldr_pe_read(code->pe, at, head, sizeof head) || !(head[0] >> 3 & HANDLERS))
        return;
    at += HEAD + (head[2] + 1u) / 2 * 2 * CODES + (uint32_t)sizeof(uint32_t); // the handler's own address is skipped
    if (!ldr_pe_read(code->pe, at, &count, sizeof count))
        return;
    at += (uint32_t)sizeof count;
    for (uint32_t i = 0; i < count && i < MOST_ENTRIES; i++, at += SCOPE) {
        if (!ldr_pe_read(code->pe, at, scope, sizeof scope) || !is_executable(code, scope[0]))
            return;
        arrive(code, scope[2]);
        arrive(code, scope[3]);
    }
}

static void begin_functions(struct ldr_code *code)
{
    struct ldr_pe_export_walk exports = {.pe = code->pe};
    struct ldr_relocation_walk relocations = {.pe = code->pe};
    struct ldr_pe_export item;
    struct ldr_reason reason;
    RUNTIME_FUNCTION function;
    uint64_t address;
    uint32_t rva;
    for (uint32_t i = 0; read_function(code, i, &function); i++) {
        arrive(code, function.BeginAddress);
        follow_scopes(code, &function);
    }
    arrive(code, code->pe->optional.AddressOfEntryPoint);
    while (ldr_pe_next_export(&exports, &item, &reason) == LDR_STEP_ITEM)
        if (!item.forwarder)
            arrive(code, item.rva);
    // An address in the image's data may be a function's or a jump table's; what is there may also be data.
    while (ldr_pe_next_relocation(&relocations, &rva, &reason) == LDR_STEP_ITEM)
        if (ldr_pe_read(code->pe, rva, &address, sizeof address) && ldr_pe_rva_of(code->pe, address, 1, &rva))
            mark(code, rva, LDR_CODE_TARGET);
}

// ---- jump tables ------------------------------------------------------------------------------------------------------

// 32-bit entries, relative to `base`. What follows the table is read as well when it looks the same: too much is marked,
// never too little. True: there was an entry within the function.
static bool follow_table(struct ldr_code *code, uint32_t table, uint32_t base, struct function function)
{
    uint32_t entry;
    bool found = false;
    for (unsigned i = 0; i < MOST_ENTRIES; i++) {
        if (!ldr_pe_read(code->pe, table + i * (uint32_t)sizeof entry, &entry, sizeof entry))
            break;
        uint32_t target = base + entry;
        if (!is_executable(code, target))
            break;
        bool within = target >= function.begin && target < function.end;
        found |= within;
        if (within)
            arrive(code, target);
        else
            mark(code, target, LDR_CODE_TARGET);
    }
    return found;
}

// One instruction before an indirect jump: MSVC's tables hold RVAs at a displacement, others distances from the table.
static bool names_table(struct ldr_code *code, const struct ldr_instruction *instruction, struct function function)
{
    uint32_t table;
    bool found = false;
    for (unsigned i = 0; i < instruction->info.operand_count_visible; i++) {
        const ZydisDecodedOperand *operand = &instruction->operands[i];
        if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY)
            continue;
        if (operand->mem.base == ZYDIS_REGISTER_RIP && instruction->info.mnemonic == ZYDIS_MNEMONIC_LEA) {
            if (ldr_code_absolute(instruction, i, &table))
                found |= follow_table(code, table, table, function);
        } else if (operand->mem.scale == sizeof(uint32_t) && operand->mem.disp.value > 0) {
            found |= follow_table(code, (uint32_t)operand->mem.disp.value, 0, function);
        }
    }
    return found;
}

// The instruction that ends where this one begins; false: none is known.
bool ldr_code_before(const struct ldr_code *code, uint32_t rva, struct ldr_instruction *instruction)
{
    for (uint32_t at = rva - 1; rva - at <= ZYDIS_MAX_INSTRUCTION_LENGTH; at--) {
        unsigned marks = ldr_code_marks(code, at);
        if (marks & LDR_CODE_BEGIN)
            return ldr_code_decode(code, at, instruction) && at + instruction->info.length == rva;
        if (!marks)
            return false;
    }
    return false;
}

static void doubt(struct ldr_code *code, uint32_t rva)
{
    struct function function = function_of(code, rva);
    uint32_t end = function.end < code->end ? function.end : code->end;
    if (!(ldr_code_marks(code, rva) & LDR_CODE_DOUBT))
        for (uint32_t at = function.begin; at < end; at++)
            mark(code, at, LDR_CODE_DOUBT);
}

// A jump through a register or a table: find the table in the instructions before it, or doubt the function. Tables of
// full addresses have relocations, which are marked already. With REX.W it is a tail call and leaves the function.
static void follow_indirect(struct ldr_code *code, const struct ldr_instruction *jump)
{
    struct function function = function_of(code, jump->rva);
    struct ldr_instruction instruction = {.rva = jump->rva};
    const ZydisDecodedOperand *to = &jump->operands[0];
    bool found = false;
    if (jump->info.attributes & ZYDIS_ATTRIB_HAS_REX && jump->info.raw.rex.W)
        return;
    if (to->type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (to->mem.base == ZYDIS_REGISTER_RIP || to->mem.scale == sizeof(uint64_t)))
        return; // a tail call of an import; a table of full addresses
    for (int i = 0; i < LOOK_BACK && ldr_code_before(code, instruction.rva, &instruction); i++)
        found |= names_table(code, &instruction, function);
    if (!found)
        doubt(code, jump->rva);
}

// ---- the walk ---------------------------------------------------------------------------------------------------------

// False: control does not go on behind this instruction.
static bool follow_branch(struct ldr_code *code, const struct ldr_instruction *instruction)
{
    uint32_t target;
    ZydisInstructionCategory category = instruction->info.meta.category;
    if (category == ZYDIS_CATEGORY_RET || instruction->info.mnemonic == ZYDIS_MNEMONIC_UD2)
        return false;
    if (category != ZYDIS_CATEGORY_UNCOND_BR && category != ZYDIS_CATEGORY_COND_BR && category != ZYDIS_CATEGORY_CALL)
        return true;
    if (instruction->operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        if (ldr_code_absolute(instruction, 0, &target))
            arrive(code, target);
    } else if (category == ZYDIS_CATEGORY_UNCOND_BR) {
        follow_indirect(code, instruction);
    }
    return category != ZYDIS_CATEGORY_UNCOND_BR;
}

// int 3 behind a function's last instruction only fills space.
static bool is_filler(const struct ldr_code *code, const struct ldr_instruction *instruction)
{
    if (instruction->info.mnemonic != ZYDIS_MNEMONIC_INT3)
        return false;
    struct function function = function_of(code, instruction->rva);
    return function.leaf || function.end == instruction->rva + 1;
}

static void follow(struct ldr_code *code, uint32_t rva)
{
    struct ldr_instruction instruction;
    while (!(ldr_code_marks(code, rva) & LDR_CODE_BEGIN) && ldr_code_decode(code, rva, &instruction) &&
           !is_filler(code, &instruction)) {
        mark(code, rva, LDR_CODE_BEGIN);
        for (unsigned i = 1; i < instruction.info.length; i++)
            mark(code, rva + i, LDR_CODE_INSIDE);
        if (code->visit)
            code->visit(code->context, &instruction);
        if (!follow_branch(code, &instruction))
            return;
        rva += instruction.info.length;
    }
}

void ldr_code_follow(struct ldr_code *code, const struct ldr_pe *pe,
                     void (*visit)(void *context, const struct ldr_instruction *instruction), void *context)
{
    *code = (struct ldr_code){.pe = pe, .begin = UINT32_MAX, .visit = visit, .context = context};
    for (unsigned i = 0; i < pe->section_count; i++) {
        const struct ldr_section *section = &pe->sections[i];
        uint32_t bytes = section->file_size < section->extent ? section->file_size : section->extent;
        if (!(section->characteristics & IMAGE_SCN_MEM_EXECUTE) || bytes == 0)
            continue;
        code->begin = section->rva < code->begin ? section->rva : code->begin;
        code->end = section->rva + bytes > code->end ? section->rva + bytes : code->end;
    }
    if (code->begin >= code->end ||
        !ZYAN_SUCCESS(ZydisDecoderInit(&code->decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)))
        return;
    code->marks = hal_alloc(code->end - code->begin);
    code->pending = hal_alloc((size_t)(code->end - code->begin) * sizeof *code->pending);
    if (!code->marks || !code->pending) {
        ldr_code_close(code);
        return;
    }
    begin_functions(code);
    while (code->pending_count)
        follow(code, code->pending[--code->pending_count]);
}

void ldr_code_close(struct ldr_code *code)
{
    hal_free(code->marks);
    hal_free(code->pending);
    code->marks = NULL;
    code->pending = NULL;
}
