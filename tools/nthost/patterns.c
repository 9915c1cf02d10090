// Lists of regular expressions: see patterns.h.
#include "patterns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const colour_names[] = {
    [COLOUR_RED] = "red",         [COLOUR_GREEN] = "green", [COLOUR_YELLOW] = "yellow", [COLOUR_BLUE] = "blue",
    [COLOUR_MAGENTA] = "magenta", [COLOUR_CYAN] = "cyan",   [COLOUR_BOLD] = "bold",
};

static bool add(struct patterns *patterns, const char *text, bool any_case, enum pattern_colour colour, char *message,
                size_t bytes)
{
    struct pattern *items = realloc(patterns->items, (patterns->count + 1) * sizeof *items);
    if (!items) {
        snprintf(message, bytes, "there is no memory");
        return false;
    }
    patterns->items = items;
    struct pattern *pattern = &items[patterns->count];
    pattern->colour = colour;
    int error = regcomp(&pattern->expression, text, REG_EXTENDED | REG_NOSUB | (any_case ? REG_ICASE : 0));
    if (error) {
        char reason[128];
        regerror(error, &pattern->expression, reason, sizeof reason);
        snprintf(message, bytes, "\"%s\" is no regular expression: %s", text, reason);
        return false;
    }
    patterns->count++;
    return true;
}

bool patterns_add(struct patterns *patterns, const char *expression, bool any_case, char *message, size_t bytes)
{
    return add(patterns, expression, any_case, COLOUR_NONE, message, bytes);
}

bool patterns_add_coloured(struct patterns *patterns, const char *rule, bool any_case, char *message, size_t bytes)
{
    size_t length = strcspn(rule, ":");
    for (enum pattern_colour colour = COLOUR_RED; rule[length] && colour <= COLOUR_BOLD; colour++)
        if (strlen(colour_names[colour]) == length && strncmp(rule, colour_names[colour], length) == 0)
            return add(patterns, rule + length + 1, any_case, colour, message, bytes);
    return add(patterns, rule, any_case, COLOUR_BOLD, message, bytes);
}

static const struct pattern *first_match(const struct patterns *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (regexec(&patterns->items[i].expression, text, 0, NULL, 0) == 0)
            return &patterns->items[i];
    return NULL;
}

bool patterns_match(const struct patterns *patterns, const char *text)
{
    return first_match(patterns, text) != NULL;
}

enum pattern_colour patterns_colour(const struct patterns *patterns, const char *text)
{
    const struct pattern *pattern = first_match(patterns, text);
    return pattern ? pattern->colour : COLOUR_NONE;
}

void patterns_free(struct patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        regfree(&patterns->items[i].expression);
    free(patterns->items);
    *patterns = (struct patterns){0};
}
