// Privileged instructions in drivers' code: counting them, and replacing those on fast paths at load.
#pragma once

#include "ldr/image.h"

// How many of each kind the code of an image holds, as far as it can be followed from its functions' beginnings.
struct ldr_privileged {
    unsigned irql_reads;  // mov reg, cr8: KeGetCurrentIrql
    unsigned irql_writes; // mov cr8, reg: KeRaiseIrql, KeLowerIrql
    unsigned control;     // other control and debug registers
    unsigned interrupts;  // cli, sti
    unsigned msr;         // rdmsr, wrmsr, rdpmc
    unsigned port;        // in, out, ins, outs
    unsigned software;    // int 3, int 29h, int 2ch, int 2dh
    unsigned other;       // hlt, invlpg, wbinvd, lgdt, ...
};

void ldr_count_privileged(const struct ldr_pe *pe, struct ldr_privileged *counts);

// Before mapping: how much room the stubs of this image need (loaded->patch_bytes).
void ldr_survey_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe);
// After relocation and before protection: replace what can be replaced.
void ldr_apply_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe);
// The instruction that a stub stands for, when pc lies in one; else pc itself.
const void *ldr_patch_origin(const void *pc);
