// The encodings of DWARF that unwinding ELF frames needs: numbers, the head of an FDE, location expressions, and which
// register of a CONTEXT a column is.
#pragma once

#include "trap/unwind.h"

enum { DWARF_COLUMNS = 33 }; // 16 integer registers, the return address, xmm0-15

struct dwarf_reader {
    const uint8_t *at, *end;
};

uint64_t dwarf_uleb(struct dwarf_reader *reader);
int64_t dwarf_sleb(struct dwarf_reader *reader);
uint64_t dwarf_fixed(struct dwarf_reader *reader, unsigned bytes);

struct dwarf_frame {
    uint64_t code_align;
    int64_t data_align;
    uint64_t return_column;
    struct dwarf_reader initial; // instructions of the CIE
    struct dwarf_reader code;    // instructions of the FDE
};

// False: a form that neither gcc nor clang emits.
bool dwarf_open_frame(struct dwarf_frame *frame, const void *fde);

// Where a column is kept, and how many bytes it has.
void *dwarf_register(PCONTEXT context, unsigned column);
size_t dwarf_register_bytes(unsigned column);
// False: not an integer register.
bool dwarf_value(const CONTEXT *context, uint64_t column, uint64_t *value);
bool dwarf_set(PCONTEXT context, unsigned column, uint64_t value);

// Evaluate a location expression (its length first); *first, when given, is on the stack to begin with.
bool dwarf_evaluate(const uint8_t *expression, const CONTEXT *context, const uint64_t *first, uint64_t *value);
