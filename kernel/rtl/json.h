// Writing JSON: indented, always well-formed, whatever bytes the strings hold.
//
// Begin and end nest; key is NULL inside arrays and at the top.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct rtl_json {
    FILE *out;
    unsigned depth;
    bool comma; // something stands before in this object or array
};

void rtl_json_begin(struct rtl_json *json, const char *key, char bracket);       // '{' or '['
void rtl_json_end(struct rtl_json *json, char bracket);                          // '}' or ']'
void rtl_json_string(struct rtl_json *json, const char *key, const char *value); // NULL: null
void rtl_json_number(struct rtl_json *json, const char *key, uint64_t value);
void rtl_json_bool(struct rtl_json *json, const char *key, bool value);
