// Recognising an epilogue by its instructions.
//
// The x64 ABI allows an epilogue one form only, so that an unwinder can see from the code where it stands:
//
//     add rsp, constant  or  lea rsp, [frame register + constant]     at most one, and first
//     pop register                                                    any number
//     ret, or a jump that leaves the function
//
// https://learn.microsoft.com/cpp/build/prolog-and-epilog
#include "ldr/patch.h"
#include "trap/unwind.h"

enum { LONGEST = 128 }; // bytes of code looked at: the longest epilogue pops 8 registers

struct code {
    uint64_t pc; // of bytes[0]
    size_t size, at;
    uint8_t bytes[LONGEST];
};

static bool fetch(struct code *code, uint64_t pc, uint64_t end)
{
    code->pc = pc;
    code->at = 0;
    code->size = end - pc < LONGEST ? end - pc : LONGEST;
    return ldr_read_code((const void *)(uintptr_t)pc, code->bytes, code->size);
}

static uint8_t byte_at(const struct code *code, size_t distance)
{
    return code->at + distance < code->size ? code->bytes[code->at + distance] : 0;
}

static int32_t constant(const struct code *code, size_t distance, unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint32_t)byte_at(code, distance + i) << 8 * i;
    return bytes == 1 ? (int32_t)(value ^ 0x80) - 0x80 : (int32_t)value;
}

// add rsp, constant
static bool take_add(struct code *code, PCONTEXT context)
{
    uint8_t opcode = byte_at(code, 1);
    if (byte_at(code, 0) != 0x48 || (opcode != 0x83 && opcode != 0x81) || byte_at(code, 2) != 0xC4)
        return false;
    unsigned bytes = opcode == 0x83 ? 1 : 4;
    context->Rsp += (uint64_t)(int64_t)constant(code, 3, bytes);
    code->at += 3 + bytes;
    return true;
}

// lea rsp, [frame register + constant]
static bool take_lea(struct code *code, PCONTEXT context, unsigned frame_register)
{
    uint8_t rex = byte_at(code, 0), mod_rm = byte_at(code, 2), mod = mod_rm >> 6;
    unsigned base = (mod_rm & 7u) | (rex & 1u) << 3, sib = (mod_rm & 7) == 4;
    if (frame_register == 0 || (rex & 0xFE) != 0x48 || byte_at(code, 1) != 0x8D || (mod_rm >> 3 & 7) != 4 ||
        (mod != 1 && mod != 2) || base != frame_register || (sib && byte_at(code, 3) != 0x24))
        return false;
    unsigned bytes = mod == 1 ? 1 : 4;
    context->Rsp = *unwind_integer(context, frame_register) + (uint64_t)(int64_t)constant(code, 3 + sib, bytes);
    code->at += 3 + sib + bytes;
    return true;
}

static bool take_pop(struct code *code, PCONTEXT context, PKNONVOLATILE_CONTEXT_POINTERS pointers)
{
    unsigned rex = (byte_at(code, 0) & 0xF0) == 0x40 ? 1 : 0;
    uint8_t opcode = byte_at(code, rex);
    if ((opcode & 0xF8) != 0x58)
        return false;
    unsigned number = (opcode & 7u) | (rex ? (byte_at(code, 0) & 1u) << 3 : 0);
    code->at += rex + 1;
    return unwind_pop(context, number, pointers);
}

// The function is left here: ret, or a jump to somewhere else.
static bool leaves(const struct code *code, uint64_t begin, uint64_t end)
{
    uint8_t first = byte_at(code, 0), second = byte_at(code, 1);
    uint64_t here = code->pc + code->at;
    if (first == 0xC3 || first == 0xC2 || (first == 0xF3 && second == 0xC3))
        return true;
    if (first == 0xE9 || first == 0xEB) {
        unsigned bytes = first == 0xE9 ? 4 : 1;
        uint64_t target = here + 1 + bytes + (uint64_t)(int64_t)constant(code, 1, bytes);
        return target <= begin || target >= end;
    }
    if ((first & 0xF8) == 0x48) // the jump of a tail call carries REX.W, one within the function does not
        return second == 0xFF && (byte_at(code, 2) >> 3 & 7) == 4;
    return first == 0xFF && second == 0x25;
}

bool unwind_epilogue(uint64_t pc, uint64_t begin, uint64_t end, const UNWIND_INFO *info, PCONTEXT context,
                     PKNONVOLATILE_CONTEXT_POINTERS pointers)
{
    struct code code;
    CONTEXT changed;
    KNONVOLATILE_CONTEXT_POINTERS found;
    if (!fetch(&code, pc, end))
        return false;
    changed = *context;
    if (pointers)
        found = *pointers;
    if (!take_add(&code, &changed))
        take_lea(&code, &changed, info->FrameRegister);
    while (take_pop(&code, &changed, pointers ? &found : NULL))
        ;
    if (!leaves(&code, begin, end) || !unwind_return(&changed))
        return false;
    *context = changed;
    if (pointers)
        *pointers = found;
    return true;
}
