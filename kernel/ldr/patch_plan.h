// Which moves to and from CR8 can be replaced, and together with which neighbour.
#pragma once

#include "ldr/code.h"

struct ldr_patch_plan {
    struct ldr_instruction first, second; // one behind the other; one of them at least is a move to or from CR8
};

// mov reg, cr8 and mov cr8, reg.
bool ldr_is_irql_move(const struct ldr_instruction *instruction);
// How many of them the bytes of executable sections could hold, at most: whether following the code is worth it.
unsigned ldr_irql_moves_at_most(const struct ldr_pe *pe);
// Calls take for each place to replace, by ascending address; no two of them overlap.
void ldr_plan_patches(const struct ldr_code *code, void (*take)(void *context, const struct ldr_patch_plan *plan),
                      void *context);
