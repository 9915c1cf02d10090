// Options of "drvctl install" and "drvctl config"; see settings.h.
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const Starts[] = {"boot", "system", "auto", "demand", "disabled"};
static const char *const Errors[] = {"ignore", "normal", "severe", "critical"};
enum { STARTS = sizeof Starts / sizeof *Starts, ERRORS = sizeof Errors / sizeof *Errors };

const char *settings_start_name(DWORD start)
{
    return start < STARTS ? Starts[start] : "unknown";
}

const char *settings_error_name(DWORD error_control)
{
    return error_control < ERRORS ? Errors[error_control] : "unknown";
}

static BOOL parse_word(const char *option, const char *text, const char *const *words, DWORD count, DWORD *number)
{
    for (*number = 0; *number < count; ++*number)
        if (strcmp(words[*number], text) == 0)
            return TRUE;
    fprintf(stderr, "drvctl: %s %s: it is one of", option, text);
    for (DWORD i = 0; i < count; i++)
        fprintf(stderr, " %s", words[i]);
    fprintf(stderr, "\n");
    return FALSE;
}

// "" stands for "on nothing".
static BOOL add_dependency(struct settings *settings, const char *name)
{
    size_t used = 0, length = strlen(name);
    while (settings->depends && settings->depends[used])
        used += strlen(settings->depends + used) + 1;
    char *larger = realloc(settings->depends, used + length + 2);
    if (!larger) {
        fprintf(stderr, "drvctl: not enough memory\n");
        return FALSE;
    }
    settings->depends = larger;
    memcpy(larger + used, name, length + 1);
    if (length)
        larger[used + length + 1] = 0;
    return TRUE;
}

static BOOL take_option(struct settings *settings, const char *option, const char *value)
{
    if (strcmp(option, "--start") == 0)
        return parse_word(option, value, Starts, STARTS, &settings->start);
    if (strcmp(option, "--error") == 0)
        return parse_word(option, value, Errors, ERRORS, &settings->error_control);
    if (strcmp(option, "--depend") == 0)
        return add_dependency(settings, value);
    if (strcmp(option, "--group") == 0)
        settings->group = value;
    else if (strcmp(option, "--display") == 0)
        settings->display = value;
    else if (strcmp(option, "--file") == 0)
        settings->file = value;
    else {
        fprintf(stderr, "drvctl: there is no option %s\n", option);
        return FALSE;
    }
    return TRUE;
}

BOOL settings_parse(struct settings *settings, int *count, char **arguments)
{
    int left = 0;

    *settings = (struct settings){.start = SERVICE_NO_CHANGE, .error_control = SERVICE_NO_CHANGE};
    for (int i = 0; i < *count; i++) {
        if (strncmp(arguments[i], "--", 2) != 0) {
            arguments[left++] = arguments[i];
            continue;
        }
        if (i + 1 == *count) {
            fprintf(stderr, "drvctl: %s needs a value\n", arguments[i]);
            return FALSE;
        }
        if (!take_option(settings, arguments[i], arguments[i + 1]))
            return FALSE;
        i++;
    }
    *count = left;
    return TRUE;
}

void settings_free(struct settings *settings)
{
    free(settings->depends);
    settings->depends = NULL;
}
