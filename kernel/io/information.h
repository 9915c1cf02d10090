#pragma once

#include "io/io.h"

// A question about a file, or an answer to one: the class, and the caller's buffer.
struct io_query {
    int class; // FILE_INFORMATION_CLASS or FS_INFORMATION_CLASS
    ULONG length;
    PVOID buffer;
};

// SystemBuffer of a question (zeroed, copied back) or of an answer (copied in).
NTSTATUS io_attach_information(struct io_call *call, const struct io_query *query, bool is_query);
