// A text that may not be whole UTF-8 (a name that was cut within a character) as a JSON value.
#pragma once

#include <jansson.h>

// What of it is a text from its beginning on.
json_t *json_text(const char *text);
