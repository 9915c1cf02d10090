// See jsontext.h.
#include "jsontext.h"

#include <string.h>

json_t *json_text(const char *text)
{
    json_t *value = json_string(text);
    size_t length = strlen(text);
    while (!value && length)
        value = json_stringn(text, --length);
    return value ? value : json_string("");
}
