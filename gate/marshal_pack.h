// Pieces of packing that have a file of their own. See marshal.h.
#pragma once

#include "marshal.h"

// Replaces the address in *word by that of a copy of so many bytes there; NULL and no bytes stay as they are.
// STATUS_ACCESS_VIOLATION, STATUS_INSUFFICIENT_RESOURCES; *word is unchanged then.
NTSTATUS marshal_pack_in(struct marshal_call *call, uint64_t *word, uint64_t bytes);
// The same for a security descriptor and its parts. The copy is absolute whatever the original was.
NTSTATUS marshal_pack_security(struct marshal_call *call, uint64_t *word);
