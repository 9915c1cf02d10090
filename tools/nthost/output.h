// Where the bytes that came from a device go.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct output {
    enum { OUTPUT_HEX, OUTPUT_TEXT, OUTPUT_RAW } form;
    const char *path; // --output; the bytes as they are
};

// TOOL_OK, or TOOL_FAILED after a message.
int output_write(const struct output *output, const char *command, const unsigned char *data, size_t length);
