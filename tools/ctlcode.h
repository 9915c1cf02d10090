// I/O control codes for people: what a code is made of, and the names that a driver's header gives to codes.
//
//     31          16 15    14 13        2 1      0
//    | device type | access | function   | method |
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/defining-i-o-control-codes
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTLCODE_FUNCTION(code) ((code) >> 2 & 0xfffu)

// The field's name in the DDK. NULL: a device type without one (those from 0x8000 on are the vendors').
const char *ctlcode_device_type(uint32_t code);
const char *ctlcode_method(uint32_t code);
const char *ctlcode_access(uint32_t code);
// "FILE_DEVICE_UNKNOWN (0x22), function 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS"; cut when it does not fit.
void ctlcode_describe(uint32_t code, char *text, size_t bytes);

// The #defines of any number of headers. The names of the DDK (CTL_CODE, FILE_DEVICE_*, METHOD_*, FILE_*_ACCESS,
// FILE_READ_DATA, FILE_WRITE_DATA) are known without one.
struct ctlcode_names;

struct ctlcode_names *ctlcode_names_new(void); // NULL without memory
void ctlcode_names_free(struct ctlcode_names *names);

// Reads a header. Conditions (#if) and #include are not followed, of several definitions the first counts, and what
// cannot be evaluated is passed over: any text is a header. False, with a message: it cannot be read or has no codes.
bool ctlcode_names_read(struct ctlcode_names *names, const char *path, char *message, size_t bytes);
// The same for text in memory. The number of codes that came to be known; a code is an object-like macro made with
// CTL_CODE, directly or through other macros, or one whose name begins with IOCTL_ or FSCTL_.
size_t ctlcode_names_add(struct ctlcode_names *names, const char *text, size_t length);

// The name of a code; NULL: none is known.
const char *ctlcode_name(const struct ctlcode_names *names, uint32_t code);
// A number, a name, or any expression of them: "0x222003", "IOCTL_X", "CTL_CODE(0x22, 0x800, METHOD_BUFFERED, 0)".
bool ctlcode_evaluate(const struct ctlcode_names *names, const char *text, uint32_t *code);
