// What a service's options on the command line say:
//
//     --start boot|system|auto|demand|disabled    when it starts
//     --error ignore|normal|severe|critical       what a failed start means
//     --depend NAME                               starts after that one; several times for several
//     --group NAME, --display TEXT, --file FILE
#pragma once

#include <windows.h>

struct settings {
    DWORD start, error_control; // SERVICE_NO_CHANGE: not given
    char *depends;              // strings one after the other, an empty one ends them; NULL: not given
    const char *group, *display, *file;
};

// Takes the options out of the arguments; what is left moves to the front. FALSE after a message.
BOOL settings_parse(struct settings *settings, int *count, char **arguments);
void settings_free(struct settings *settings);
const char *settings_start_name(DWORD start);
const char *settings_error_name(DWORD error_control);
