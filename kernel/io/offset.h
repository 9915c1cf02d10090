#pragma once

#include "io/io.h"

// The offset and key of a read or write; STATUS_INVALID_PARAMETER, STATUS_ACCESS_VIOLATION.
NTSTATUS io_offset(struct io_call *call, PLARGE_INTEGER user, PULONG user_key, bool is_write, LARGE_INTEGER *offset,
                   ULONG *key);
