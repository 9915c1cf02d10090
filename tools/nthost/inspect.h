// nthost inspect: what a driver file is, and whether it would load here.
#pragma once

#include "ldr/patch.h"
#include "ldr/pe.h"

#include <stdio.h>

enum inspect_verdict { INSPECT_LOADS = 0, INSPECT_MISSING = 1, INSPECT_REFUSED = 2 }; // also the exit status

struct inspect_facts {
    const char *name; // of the file, without its directory
    const struct ldr_pe *pe;
    bool well_formed; // pe can be looked at
    enum inspect_verdict verdict;
    char sentence[400]; // the verdict in words
    unsigned imports, missing, partial, refusing, relocations, exports;
    struct ldr_privileged privileged;
    const uint8_t *signature; // NULL: none that can be read
    size_t signature_bytes;
    char signer[256]; // the subject of its certificate; empty: not known
    bool has_config;
    IMAGE_LOAD_CONFIG_DIRECTORY64 config;
};

struct inspect_flag {
    uint32_t mask;
    const char *name;
};

// Null-terminated lists of the names of bits.
extern const struct inspect_flag inspect_file_flags[], inspect_dll_flags[], inspect_section_flags[];

enum inspect_state { INSPECT_PRESENT, INSPECT_PARTIAL, INSPECT_REFUSES, INSPECT_ABSENT };
enum inspect_state inspect_import_state(const struct ldr_import *import);
extern const char *const inspect_state_names[]; // by enum inspect_state

int inspect_main(int argc, char **argv);
// The whole of it for a file in memory; returns the exit status.
int inspect_file(FILE *out, const char *name, const void *file, size_t size, bool as_json);
void inspect_write_text(FILE *out, const struct inspect_facts *facts);
void inspect_write_json(FILE *out, const struct inspect_facts *facts);
