// The command line of a command, as a table:
//
//     const struct option_row rows[] = {
//         {"json", .flag = &wanted.json},
//         {"driver", .text = &wanted.driver},
//         {"older-than", .number = &wanted.older_than_s, .unit = "a number of seconds"},
//         {0},
//     };
//     const struct options options = {.command = "irps", .usage = usage, .rows = rows};
//     int status = options_parse(&options, argc, argv);
//
// --help is in every command. getopt_long does the reading; the messages stand here once.
#pragma once

#include <stdbool.h>

enum { OPTIONS_MOST = 32 }; // rows of a command

// One option. What it writes to says what it is; text, number and take have a value behind them.
struct option_row {
    const char *name;
    char letter; // its short form; 0: none
    const char **text;
    unsigned long long *number, least, most; // most 0: UINT32_MAX
    const char *unit;                        // for "--name needs UNIT, not ..."
    // Anything else: TOOL_OK, or an exit status after a message that begins with the command. `into` is its target.
    int (*take)(const char *command, const struct option_row *row, const char *value);
    void *into;
    int which;          // for a `take` of several options
    bool *flag, *clear; // becomes true, becomes false; beside the others, too
};

struct options {
    const char *command, *usage; // usage: the page of --help
    const struct option_row *rows;
    // What may stand behind the options: nothing, one operand, or what the caller looks at from argv[optind] on.
    const char **operand;
    const char *missing; // the message when it is not there; NULL: it may be left out
    const char *surplus; // the message when there are several; NULL: "X is too much", and the advice
    const char *advice;
    bool more;
    bool stops; // with `more`: at the first operand, not at the last option
};

// TOOL_OK; TOOL_HELP when the page was asked for and is shown; TOOL_USAGE, or what a `take` said, after a message.
int options_parse(const struct options *options, int argc, char **argv);
