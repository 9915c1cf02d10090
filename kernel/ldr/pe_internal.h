// Shared by the files of the PE reader only.
#pragma once

#include "ldr/pe.h"

// Fills in the reason; always false, so that a check can return it.
bool ldr_pe_refuse(struct ldr_reason *reason, NTSTATUS status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
