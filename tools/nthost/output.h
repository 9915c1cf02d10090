// Where the bytes that came from a device go.
#pragma once

#include "options.h"

#include <stdbool.h>
#include <stddef.h>

struct output {
    bool text, raw;   // neither: in hexadecimal and ASCII
    const char *path; // --output; the bytes as they are
};

// The rows of a command's table for it: --text, --raw (the last of them counts) and --output.
#define OUTPUT_OPTIONS(output)                                                                                         \
    {"text", .flag = &(output)->text, .clear = &(output)->raw},                                                        \
        {"raw", .flag = &(output)->raw, .clear = &(output)->text},                                                     \
    {                                                                                                                  \
        "output", .text = &(output)->path                                                                              \
    }

// TOOL_OK, or TOOL_FAILED after a message.
int output_write(const struct output *output, const char *command, const unsigned char *data, size_t length);
