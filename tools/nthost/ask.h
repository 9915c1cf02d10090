// Asking a kernel server, and reading its answer: see kernel/query/query.h for the questions.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// The answer, to be given back with json_decref; NULL after a message to the user.
json_t *ask_kernel(const char *command, const char *socket, const char *question);

// Members of an answer. A member that is missing or of another kind is "" or 0.
const char *ask_text(const json_t *object, const char *key);
uint64_t ask_number(const json_t *object, const char *key);
bool ask_truth(const json_t *object, const char *key);
// The element of the array `section` of the answer whose member `key` is that text; NULL none.
json_t *ask_find(const json_t *answer, const char *section, const char *key, const char *text);

// Is it of that process, whose number or name the user typed? NULL: any.
bool ask_is_process(const json_t *object, const char *typed);

// Indented JSON, as the tools write it.
void ask_write(FILE *out, const json_t *value);
