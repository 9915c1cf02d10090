// How many columns of a terminal a text takes.
#pragma once

#include <stdint.h>

// 0 for marks that combine with the character before, 2 for the wide ones of East Asia; 1 for what the C library does not
// know. In the locale of the environment: setlocale must have been called.
unsigned width_of_code(uint32_t code);
// Of a text in UTF-8.
unsigned width_of_text(const char *text);
