// What ctlcode*.c share.
#pragma once

#include "ctlcode.h"

// A #define. name, the names of the parameters and body are one allocation, at `name`, each with its NUL.
struct ctlcode_macro {
    char *name;
    const char *parameter; // the first; the others follow it
    const char *body;
    int parameters; // -1: an object-like macro
    size_t place;   // its number in the order of the files
};

struct ctlcode_code {
    uint32_t code;
    const char *name; // of a macro
};

struct ctlcode_names {
    struct ctlcode_macro *macro;
    size_t macros, room;
    struct ctlcode_code *code;
    size_t codes;
};

struct ctlcode_result {
    uint32_t value;
    bool is_code; // CTL_CODE had a part in it
};

extern const struct ctlcode_constant {
    const char *name;
    uint32_t value;
} ctlcode_constant[];
extern const size_t ctlcode_constants;

const struct ctlcode_macro *ctlcode_find(const struct ctlcode_names *names, const char *name, size_t length);

// ctlcode_header.c: adds the #defines of the text to the end of names->macro. False without memory.
bool ctlcode_collect(struct ctlcode_names *names, const char *text, size_t length);

// ctlcode_evaluate.c: the value of an expression. *steps is how long it may take, and what is left of that.
enum { CTLCODE_STEPS = 4096 };
bool ctlcode_compute(const struct ctlcode_names *names, const char *text, unsigned *steps,
                     struct ctlcode_result *result);
