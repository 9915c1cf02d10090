// DWARF's encodings, as far as .eh_frame of x86-64 code uses them. See unwind_dwarf.h.
#include "trap/unwind_dwarf.h"

#include <string.h>

uint64_t dwarf_uleb(struct dwarf_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; reader->at < reader->end; shift += 7) {
        uint8_t byte = *reader->at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
        if (!(byte & 0x80))
            break;
    }
    return value;
}

int64_t dwarf_sleb(struct dwarf_reader *reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    while (reader->at < reader->end) {
        uint8_t byte = *reader->at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
        shift += 7;
        if (byte & 0x80)
            continue;
        if (byte & 0x40 && shift < 64)
            value |= ~0ull << shift;
        break;
    }
    return (int64_t)value;
}

uint64_t dwarf_fixed(struct dwarf_reader *reader, unsigned bytes)
{
    uint64_t value = 0;
    if (bytes > (size_t)(reader->end - reader->at))
        bytes = (unsigned)(reader->end - reader->at);
    memcpy(&value, reader->at, bytes);
    reader->at += bytes;
    return value;
}

// ---- FDE and CIE --------------------------------------------------------------------------------------------

// An entry begins with its length, then the distance to its CIE (0 in a CIE itself).
static struct dwarf_reader open_entry(const uint8_t *entry)
{
    uint32_t length;
    memcpy(&length, entry, sizeof length);
    return (struct dwarf_reader){.at = entry + sizeof length,
                                 .end = length == UINT32_MAX ? entry + sizeof length : entry + sizeof length + length};
}

static unsigned encoded_bytes(uint8_t encoding)
{
    switch (encoding & 0x07) {
    case 0x02:
        return 2;
    case 0x03:
        return 4;
    default: // DW_EH_PE_absptr, _udata8
        return 8;
    }
}

// The augmentation data of a CIE: how addresses in its FDEs are encoded.
static uint8_t address_encoding(const char *augmentation, struct dwarf_reader *cie)
{
    uint8_t encoding = 0;
    if (*augmentation != 'z')
        return encoding;
    uint64_t length = dwarf_uleb(cie);
    struct dwarf_reader data = {.at = cie->at, .end = cie->at + length};
    cie->at += length;
    while (*++augmentation) {
        if (*augmentation == 'R')
            encoding = (uint8_t)dwarf_fixed(&data, 1);
        else if (*augmentation == 'L')
            dwarf_fixed(&data, 1);
        else if (*augmentation == 'P')
            dwarf_fixed(&data, encoded_bytes((uint8_t)dwarf_fixed(&data, 1)));
    }
    return encoding;
}

bool dwarf_open_frame(struct dwarf_frame *frame, const void *fde)
{
    struct dwarf_reader entry = open_entry(fde);
    const uint8_t *link = entry.at;
    int32_t distance = (int32_t)dwarf_fixed(&entry, sizeof distance);
    struct dwarf_reader cie = open_entry(link - distance);
    if (entry.at >= entry.end || cie.at >= cie.end || dwarf_fixed(&cie, 4) != 0)
        return false;
    uint64_t version = dwarf_fixed(&cie, 1);
    const char *augmentation = (const char *)cie.at;
    cie.at += strlen(augmentation) + 1;
    frame->code_align = dwarf_uleb(&cie);
    frame->data_align = dwarf_sleb(&cie);
    frame->return_column = version == 1 ? dwarf_fixed(&cie, 1) : dwarf_uleb(&cie);
    uint8_t encoding = address_encoding(augmentation, &cie);
    frame->initial = cie;
    dwarf_fixed(&entry, encoded_bytes(encoding)); // the function's begin
    dwarf_fixed(&entry, encoded_bytes(encoding)); // its length
    if (*augmentation == 'z') {
        uint64_t skipped = dwarf_uleb(&entry);
        entry.at += skipped;
    }
    frame->code = entry;
    return entry.at <= entry.end && (*augmentation == 'z' || *augmentation == 0);
}

// ---- columns ------------------------------------------------------------------------------------------------

enum { RETURN_COLUMN = 16, FIRST_VECTOR = 17 };

// DWARF numbers the first eight registers in its own order.
static unsigned machine_number(unsigned column)
{
    static const uint8_t numbers[] = {0, 2, 1, 3, 6, 7, 5, 4}; // rax rdx rcx rbx rsi rdi rbp rsp
    return column < 8 ? numbers[column] : column;
}

void *dwarf_register(PCONTEXT context, unsigned column)
{
    if (column < RETURN_COLUMN)
        return unwind_integer(context, machine_number(column));
    return column == RETURN_COLUMN ? (void *)&context->Rip : (void *)(&context->Xmm0 + (column - FIRST_VECTOR));
}

size_t dwarf_register_bytes(unsigned column)
{
    return column < FIRST_VECTOR ? sizeof(ULONG64) : sizeof(M128A);
}

bool dwarf_value(const CONTEXT *context, uint64_t column, uint64_t *value)
{
    if (column > RETURN_COLUMN)
        return false;
    *value = column == RETURN_COLUMN ? context->Rip : (&context->Rax)[machine_number((unsigned)column)];
    return true;
}

bool dwarf_set(PCONTEXT context, unsigned column, uint64_t value)
{
    if (column >= FIRST_VECTOR)
        return false;
    memcpy(dwarf_register(context, column), &value, sizeof value);
    return true;
}

// ---- expressions --------------------------------------------------------------------------------------------

enum { STACK = 16 };

struct machine {
    uint64_t stack[STACK];
    unsigned depth;
};

static bool push(struct machine *machine, uint64_t value)
{
    if (machine->depth == STACK)
        return false;
    machine->stack[machine->depth++] = value;
    return true;
}

// Two operands become one: `left` was pushed first.
static bool combine(struct machine *machine, uint8_t opcode)
{
    if (machine->depth < 2)
        return false;
    uint64_t right = machine->stack[--machine->depth], *left = &machine->stack[machine->depth - 1];
    switch (opcode) {
    case 0x1a: // DW_OP_and
        *left &= right;
        return true;
    case 0x1c: // DW_OP_minus
        *left -= right;
        return true;
    case 0x21: // DW_OP_or
        *left |= right;
        return true;
    case 0x22: // DW_OP_plus
        *left += right;
        return true;
    case 0x24: // DW_OP_shl
        *left = right < 64 ? *left << right : 0;
        return true;
    case 0x2a: // DW_OP_ge, as the linker's PLT uses it
        *left = (int64_t)*left >= (int64_t)right;
        return true;
    default:
        return false;
    }
}

static bool step(struct machine *machine, struct dwarf_reader *code, const CONTEXT *context)
{
    uint8_t opcode = *code->at++;
    uint64_t value;
    if (opcode >= 0x30 && opcode <= 0x4f) // DW_OP_lit0 ..
        return push(machine, opcode - 0x30u);
    if (opcode >= 0x70 && opcode <= 0x80) { // DW_OP_breg0 .. 16
        if (!dwarf_value(context, opcode - 0x70u, &value))
            return false;
        return push(machine, value + (uint64_t)dwarf_sleb(code));
    }
    switch (opcode) {
    case 0x06: // DW_OP_deref
        return machine->depth &&
               unwind_read(machine->stack[machine->depth - 1], &machine->stack[machine->depth - 1], sizeof(uint64_t));
    case 0x08: // DW_OP_const1u
        return push(machine, dwarf_fixed(code, 1));
    case 0x09: // DW_OP_const1s
        return push(machine, (uint64_t)(int64_t)(int8_t)dwarf_fixed(code, 1));
    case 0x0a: // DW_OP_const2u
        return push(machine, dwarf_fixed(code, 2));
    case 0x10: // DW_OP_constu
        return push(machine, dwarf_uleb(code));
    case 0x11: // DW_OP_consts
        return push(machine, (uint64_t)dwarf_sleb(code));
    case 0x23: // DW_OP_plus_uconst
        value = dwarf_uleb(code);
        return push(machine, value) && combine(machine, 0x22);
    default:
        return combine(machine, opcode);
    }
}

bool dwarf_evaluate(const uint8_t *expression, const CONTEXT *context, const uint64_t *first, uint64_t *value)
{
    struct dwarf_reader code = {.at = expression, .end = expression + 10};
    struct machine machine = {.depth = 0};
    uint64_t length = dwarf_uleb(&code);
    code.end = code.at + length;
    if (first)
        push(&machine, *first);
    while (code.at < code.end)
        if (!step(&machine, &code, context))
            return false;
    if (machine.depth == 0)
        return false;
    *value = machine.stack[machine.depth - 1];
    return true;
}
