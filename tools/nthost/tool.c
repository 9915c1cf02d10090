// Errors, options and numbers: see tool.h.
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void print_indented(const char *text)
{
    fputs("nthost: ", stderr);
    for (; *text; text++) {
        fputc(*text, stderr);
        if (*text == '\n' && text[1])
            fputs("        ", stderr);
    }
    fputc('\n', stderr);
}

static void error_v(const char *format, va_list arguments)
{
    char *text;
    int saved = errno;
    if (vasprintf(&text, format, arguments) < 0)
        return;
    fflush(stdout);
    print_indented(text);
    free(text);
    errno = saved;
}

void tool_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_v(format, arguments);
    va_end(arguments);
}

int tool_usage_error(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_v(format, arguments);
    va_end(arguments);
    fprintf(stderr, "        see \"nthost%s%s --help\"\n", *command ? " " : "", command);
    return TOOL_USAGE;
}

int tool_bad_option(const char *command, char **argv, int option)
{
    char letter[3] = {'-', (char)optopt, 0};
    const char *text = optopt > 0 && optopt < 0x80 ? letter : argv[optind - 1];
    if (option == ':')
        return tool_usage_error(command, "%s: %s needs a value", command, text);
    return tool_usage_error(command, "%s: there is no option %s", command, text);
}

bool tool_number(const char *text, unsigned long long most, unsigned long long *number)
{
    char *end;
    bool is_hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    errno = 0;
    *number = strtoull(text, &end, is_hex ? 16 : 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *number <= most;
}

// The name, or what is behind one of its separators.
static bool is_tail(const char *name, const char *typed, char separator)
{
    for (const char *tail = name; tail; tail = strchr(tail, separator), tail = tail ? tail + 1 : NULL)
        if (strcasecmp(tail, typed) == 0)
            return true;
    return false;
}

bool tool_names_major(const char *major, const char *typed)
{
    return is_tail(major, typed, '_');
}

bool tool_names_device(const char *device, const char *typed)
{
    return is_tail(device, typed, '\\');
}

bool tool_wants_colour(FILE *stream)
{
    const char *terminal = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    return isatty(fileno(stream)) && terminal && strcmp(terminal, "dumb") != 0 && (!no_colour || !*no_colour);
}

bool tool_state_path(const char *name, char *path)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length = state && *state == '/' ? snprintf(path, PATH_MAX, "%s/nthost/%s", state, name)
                 : home && *home == '/' ? snprintf(path, PATH_MAX, "%s/.local/state/nthost/%s", home, name)
                                        : 0;
    return length > 0 && length < PATH_MAX;
}
