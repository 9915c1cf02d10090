// Writing JSON: indented, always well-formed, whatever bytes the strings hold.
//
// Begin and end nest; key is NULL inside arrays and at the top.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    unsigned depth;
    bool comma; // something stands before in this object or array
};

void json_begin(struct json *json, const char *key, char bracket);       // '{' or '['
void json_end(struct json *json, char bracket);                          // '}' or ']'
void json_string(struct json *json, const char *key, const char *value); // NULL: null
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
