// Reading the #defines of a header. A logical line is what the preprocessor makes of it: lines that end with a
// backslash are joined, comments are a space.
#include "ctlcode_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct source {
    const char *at, *end;
};

// 1 for "\\\n", 2 for "\\\r\n" and the like; 0: no splice here.
static size_t splice(const struct source *source)
{
    const char *at = source->at;
    if (at == source->end || *at != '\\')
        return 0;
    at++;
    if (at < source->end && *at == '\r')
        at++;
    return at < source->end && *at == '\n' ? (size_t)(at + 1 - source->at) : 0;
}

static bool starts(const struct source *source, const char *what)
{
    size_t length = strlen(what);
    return (size_t)(source->end - source->at) >= length && memcmp(source->at, what, length) == 0;
}

static void skip_comment(struct source *source)
{
    bool block = source->at[1] == '*';
    source->at += 2;
    while (source->at < source->end) {
        if (block ? starts(source, "*/") : *source->at == '\n' && source->at[-1] != '\\')
            break;
        source->at++;
    }
    if (block && source->at < source->end)
        source->at += 2;
}

// The next logical line, into `line`, which has room for all that is left, and a NUL. False at the end.
static bool next_line(struct source *source, char *line)
{
    char *out = line;
    if (source->at == source->end)
        return false;
    while (source->at < source->end && *source->at != '\n') {
        size_t joined = splice(source);
        source->at += joined;
        if (joined)
            continue;
        char c = *source->at;
        if (starts(source, "/*") || starts(source, "//")) {
            skip_comment(source);
            c = ' ';
        } else {
            source->at++;
        }
        c = c && !isspace((unsigned char)c) ? c : ' ';
        if (c != ' ' || out == line || out[-1] != ' ') // one space is as good as many
            *out++ = c;
    }
    source->at += source->at < source->end;
    *out = 0;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *skip_word(const char *at)
{
    while (is_word(*at))
        at++;
    return at;
}

// Behind "#define NAME", whatever spaces there are. NULL: the line is none.
static const char *find_name(const char *line, const char **name)
{
    const char *at = skip_space(line);
    if (*at++ != '#')
        return NULL;
    at = skip_space(at);
    if (strncmp(at, "define", 6) != 0 || is_word(at[6]))
        return NULL;
    *name = skip_space(at + 6);
    at = skip_word(*name);
    return at > *name && !isdigit((unsigned char)**name) ? at : NULL;
}

// "(a, b)" to "a\0b\0" at `out`. Behind it, or NULL when the list is none that can be evaluated.
static const char *read_parameters(const char *at, char **out, int *count)
{
    *count = 0;
    at = skip_space(at + 1);
    if (*at == ')')
        return at + 1;
    for (;;) {
        const char *end = skip_word(at);
        if (end == at)
            return NULL;
        memcpy(*out, at, (size_t)(end - at));
        *out += end - at;
        *(*out)++ = 0;
        ++*count;
        at = skip_space(end);
        if (*at == ')')
            return at + 1;
        if (*at != ',')
            return NULL;
        at = skip_space(at + 1);
    }
}

static bool add_define(struct ctlcode_names *names, const char *line)
{
    struct ctlcode_macro macro = {.parameters = -1, .place = names->macros};
    const char *name, *at = find_name(line, &name);
    if (!at)
        return true;
    if (names->macros == names->room) {
        size_t room = names->room ? 2 * names->room : 64;
        struct ctlcode_macro *grown = realloc(names->macro, room * sizeof *grown);
        if (!grown)
            return false;
        names->macro = grown;
        names->room = room;
    }
    char *out = macro.name =
        malloc(strlen(name) + 4); // a NUL behind each part takes the place of a mark, and three more
    if (!out)
        return false;
    memcpy(out, name, (size_t)(at - name));
    out += at - name;
    *out++ = 0;
    macro.parameter = out;
    if (*at == '(')
        at = read_parameters(at, &out, &macro.parameters);
    if (!at) {
        free(macro.name);
        return true;
    }
    macro.body = strcpy(out, at);
    names->macro[names->macros++] = macro;
    return true;
}

bool ctlcode_collect(struct ctlcode_names *names, const char *text, size_t length)
{
    struct source source = {text, text + length};
    char *line = calloc(length + 1, 1);
    bool good = line != NULL;
    while (good && next_line(&source, line))
        good = add_define(names, line);
    free(line);
    return good;
}
