// What a fault of the processor is on Windows: an exception, or a bugcheck that no __except sees.
#pragma once

#include "trap/trap.h"

struct trap_classified {
    struct trap *trap; // its record is filled in when it is an exception; its Rip may be moved to the instruction
    bool in_kernel;    // the instruction is this kernel's, called by a driver
    unsigned skip;     // bytes of a break point instruction, for going on behind it
    struct ke_bugcheck bugcheck; // code 0: an exception
};

void trap_classify(struct trap_classified *fault);
