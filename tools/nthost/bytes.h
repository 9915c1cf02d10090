// Bytes that a command line gives, and bytes as people read them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct bytes {
    unsigned char *data; // the caller frees it
    size_t length;
};

enum bytes_form {
    BYTES_TEXT, // the text itself, UTF-8, without a NUL
    BYTES_HEX,  // "01 02", "0102", "01,02", "0x01 0x02"
    BYTES_FILE, // the file of that name; "-" is standard input
};

// False after a message that begins with the command: no such file, no hex digits, too large (1 GiB).
bool bytes_get(struct bytes *bytes, enum bytes_form form, const char *argument, const char *command);

// Lines of sixteen: offset, hexadecimal, ASCII.
void bytes_dump(FILE *out, const unsigned char *data, size_t length);
