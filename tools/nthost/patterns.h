// Regular expressions (POSIX extended) that lines are looked at with, each with a colour for lines that have it.
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum pattern_colour {
    COLOUR_NONE,
    COLOUR_RED,
    COLOUR_GREEN,
    COLOUR_YELLOW,
    COLOUR_BLUE,
    COLOUR_MAGENTA,
    COLOUR_CYAN,
    COLOUR_BOLD,
};

struct patterns {
    struct pattern {
        regex_t expression;
        enum pattern_colour colour;
    } * items;
    size_t count;
};

// False with a message that says what is wrong with the expression.
bool patterns_add(struct patterns *patterns, const char *expression, bool any_case, char *message, size_t bytes);
// The same for "COLOUR:EXPRESSION"; without a colour's name in front it is bold.
bool patterns_add_coloured(struct patterns *patterns, const char *rule, bool any_case, char *message, size_t bytes);
// Does one of them match somewhere in the text?
bool patterns_match(const struct patterns *patterns, const char *text);
// The colour of the first that does; COLOUR_NONE: none does.
enum pattern_colour patterns_colour(const struct patterns *patterns, const char *text);
void patterns_free(struct patterns *patterns);
