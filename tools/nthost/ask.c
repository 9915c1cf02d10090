// Questions to a kernel server: see ask.h.
#include "ask.h"
#include "tool.h"

#include "client.h"

#include <stdlib.h>
#include <string.h>

json_t *ask_kernel(const char *command, const char *socket, const char *question)
{
    char message[512], *text;
    json_error_t error;
    if (gate_client_query(socket, question, &text, message, sizeof message)) {
        tool_error("%s: %s", command, message);
        return NULL;
    }
    json_t *answer = json_loads(text, 0, &error);
    free(text);
    if (!answer)
        tool_error("%s: the server's answer cannot be read: %s", command, error.text);
    return answer;
}

const char *ask_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

uint64_t ask_number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

bool ask_truth(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

bool ask_is_process(const json_t *object, const char *typed)
{
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)ask_number(object, "process"));
    return !typed || strcmp(number, typed) == 0 || strcmp(ask_text(object, "process_name"), typed) == 0;
}

json_t *ask_find(const json_t *answer, const char *section, const char *key, const char *text)
{
    size_t index;
    json_t *element;
    json_array_foreach(json_object_get(answer, section), index,
                       element) if (strcmp(ask_text(element, key), text) == 0) return element;
    return NULL;
}

void ask_write(FILE *out, const json_t *value)
{
    json_dumpf(value, out, JSON_INDENT(2));
    fputc('\n', out);
}
