// IRQL limits of imports: what a driver gets for a routine that exports.def limits to PASSIVE_LEVEL or APC_LEVEL is a few
// instructions that compare and jump on; only a call above the limit goes further (ldr_irql_limit_hook). Routines for
// DISPATCH_LEVEL are called directly, as are those that MmGetSystemRoutineAddress gives.
#pragma once

#include "ldr/exports.h"
#include "ldr/image.h"

enum { LDR_LIMIT_BYTES = 64 };

// Whether imports of it are checked.
bool ldr_is_limited(const struct ldr_export *export);
// The address that the driver gets for it; within the image's limit_bytes.
const void *ldr_limited_address(struct ldr_loaded *loaded, const struct ldr_export *export);
