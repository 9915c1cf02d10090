// Command lines from tables: see options.h.
#include "options.h"
#include "tool.h"

#include <assert.h>
#include <getopt.h>
#include <stdint.h>

enum { FIRST_LONG = 256 }; // what getopt_long calls an option without a letter: this and its row

static bool has_value(const struct option_row *row)
{
    return row->text || row->number || row->take;
}

// The same table as getopt_long wants it. `letters`: room for "+:" and two characters a row.
static void describe(const struct options *options, struct option *native, char *letters)
{
    const struct option_row *rows = options->rows;
    int i;
    if (options->stops)
        *letters++ = '+';
    *letters++ = ':'; // getopt is to be silent
    for (i = 0; rows[i].name; i++) {
        assert(i < OPTIONS_MOST);
        int argument = has_value(&rows[i]) ? required_argument : no_argument;
        native[i] = (struct option){rows[i].name, argument, NULL, rows[i].letter ? rows[i].letter : FIRST_LONG + i};
        if (rows[i].letter)
            *letters++ = rows[i].letter;
        if (rows[i].letter && argument == required_argument)
            *letters++ = ':';
    }
    native[i] = (struct option){"help", no_argument, NULL, 'h'};
    native[i + 1] = (struct option){0};
    *letters = 0;
}

static const struct option_row *find(const struct option_row *rows, int option)
{
    if (option >= FIRST_LONG)
        return &rows[option - FIRST_LONG];
    while (rows->letter != option)
        rows++;
    return rows;
}

static int take_number(const char *command, const struct option_row *row, const char *value)
{
    char letter[2] = {row->letter, 0};
    if (tool_number(value, row->most ? row->most : UINT32_MAX, row->number) && *row->number >= row->least)
        return TOOL_OK;
    return tool_usage_error(command, "%s: %s%s needs %s, not \"%s\"", command, row->letter ? "-" : "--",
                            row->letter ? letter : row->name, row->unit, value);
}

static int take(const char *command, const struct option_row *row, const char *value)
{
    if (row->flag)
        *row->flag = true;
    if (row->clear)
        *row->clear = false;
    if (row->text)
        *row->text = value;
    if (row->number)
        return take_number(command, row, value);
    return row->take ? row->take(command, row, value) : TOOL_OK;
}

static int take_operand(const struct options *options, int argc, char **argv)
{
    const char *command = options->command;
    if (optind == argc && options->missing)
        return tool_usage_error(command, "%s: %s", command, options->missing);
    if (options->operand && optind < argc)
        *options->operand = argv[optind++];
    if (optind == argc)
        return TOOL_OK;
    if (options->surplus)
        return tool_usage_error(command, "%s: %s", command, options->surplus);
    return tool_usage_error(command, "%s: \"%s\" is too much%s", command, argv[optind],
                            options->advice ? options->advice : "");
}

int options_parse(const struct options *options, int argc, char **argv)
{
    struct option native[OPTIONS_MOST + 2];
    char letters[2 * OPTIONS_MOST + 3];
    int option, status = TOOL_OK;
    describe(options, native, letters);
    while (!status && (option = getopt_long(argc, argv, letters, native, NULL)) != -1) {
        if (option == 'h') {
            fputs(options->usage, stdout);
            return TOOL_HELP;
        }
        status = option == ':' || option == '?' ? tool_bad_option(options->command, argv, option)
                                                : take(options->command, find(options->rows, option), optarg);
    }
    return status || options->more ? status : take_operand(options, argc, argv);
}
