// The letters of the security descriptor definition language, shared by reader and writer.
#pragma once

#include "se/se.h"

struct sddl_word {
    char letters[4];
    ULONG value;
};

// Ends with letters "". ACE types, flags of ACEs, rights; rights of mandatory labels have letters of their
// own.
extern const struct sddl_word sddl_types[], sddl_flags[], sddl_rights[], sddl_label_rights[];
