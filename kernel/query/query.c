// Questions and their sections: see query.h.
#include "query/parts.h"

#include <string.h>

static const struct section {
    const char *name;
    void (*write)(struct rtl_json *json);
} sections[] = {
    {"objects", query_objects},     {"drivers", query_drivers}, {"devices", query_devices},   {"links", query_links},
    {"processes", query_processes}, {"handles", query_handles}, {"requests", query_requests},
};

static const struct section *find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strlen(sections[i].name) == length && memcmp(sections[i].name, name, length) == 0)
            return &sections[i];
    return NULL;
}

// The next word of the question; NULL at its end.
static const char *next_word(const char **question, size_t *length)
{
    const char *word = *question + strspn(*question, " ");
    *length = strcspn(word, " ");
    *question = word + *length;
    return *length ? word : NULL;
}

bool query_answer(const char *question, FILE *out)
{
    struct rtl_json json = {.out = out};
    const char *word, *rest = question;
    size_t length;
    while ((word = next_word(&rest, &length)))
        if (!find(word, length))
            return false;
    rtl_json_begin(&json, NULL, '{');
    while ((word = next_word(&question, &length))) {
        const struct section *section = find(word, length);
        rtl_json_begin(&json, section->name, '[');
        section->write(&json);
        rtl_json_end(&json, ']');
    }
    rtl_json_end(&json, '}');
    return true;
}
