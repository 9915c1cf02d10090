// Privileged instructions in drivers' code: counting them, and replacing those on fast paths at load.
//
// Reading and writing CR8 (IRQL) is inline code on Windows, and here each would cost a trap. So the loader replaces it:
//
//     mov cr8, rcx    jmp stub        stub:  movq  %rcx, %gs:KE_PCR_CR8;  call ke_write_cr8
//     mov eax, ebx    (its bytes)            mov   eax, ebx
//     next ...        next ...               jmp   next
//
// The jump takes five bytes and the instruction four, so a neighbour moves into the stub, the next instruction or the
// one before. Where no neighbour can move (control may arrive between the two, it is a call, or not all of the
// function's code is known) the instruction stays and traps (ke_emulate), which is slower and otherwise the same.
//
// Nobody else sees a stub: an address within one is taken for that of the instruction it stands for, and what reads
// code reads it as it was.
#pragma once

#include "ldr/image.h"

// How many of each kind the code of an image holds, as far as it can be followed from its functions' beginnings.
struct ldr_privileged {
    unsigned irql_reads;  // mov reg, cr8: KeGetCurrentIrql
    unsigned irql_writes; // mov cr8, reg: KeRaiseIrql, KeLowerIrql
    unsigned patched;     // of these two: replaced at load
    unsigned control;     // other control and debug registers
    unsigned interrupts;  // cli, sti
    unsigned msr;         // rdmsr, wrmsr, rdpmc
    unsigned port;        // in, out, ins, outs
    unsigned software;    // int 3, int 29h, int 2ch, int 2dh
    unsigned other;       // hlt, invlpg, wbinvd, lgdt, ...
};

void ldr_count_privileged(const struct ldr_pe *pe, struct ldr_privileged *counts);

// One place where code was replaced; all numbers are offsets from the image's base.
struct ldr_patch {
    uint32_t begin, second, end;           // the two instructions
    uint32_t stub, stub_second, stub_back; // where each begins in the stub, and the jump back
    uint8_t original[2 * 15];              // the bytes of both
};

// Before mapping: how much room the stubs of this image need (loaded->patch_bytes).
void ldr_survey_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe);
// After relocation and before protection: replace what can be replaced.
void ldr_apply_patches(struct ldr_loaded *loaded, const struct ldr_pe *pe);
// The instruction that a stub stands for, when pc lies in one; else pc itself.
const void *ldr_patch_origin(const void *pc);
// The other way: where to go on for an address whose instruction was replaced; else pc itself.
const void *ldr_patch_resume(const void *pc);
// Code as it was before it was replaced; false when it cannot be read.
bool ldr_read_code(const void *pc, void *to, size_t bytes);
