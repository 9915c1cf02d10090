// nthost log: the debug view, in a terminal of its own. The command line.
#include "log.h"
#include "options.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: nthost log [-f] [OPTIONS]\n"
    "       nthost log --tui [OPTIONS]\n"
    "\n"
    "Shows what drivers print (DbgPrint), as DebugView does: number, seconds since the kernel started, text,\n"
    "with tabs between. Without -f it ends after the newest line.\n"
    "\n"
    "  -f, --follow       go on with lines as they come, until the server ends or Ctrl-C\n"
    "  --tui              in the whole terminal, with scrolling, search and pause; F1 there explains the keys\n"
    "  --split            a part of the screen for each driver; with --tui\n"
    "  --new              only lines that come from now on\n"
    "  --tail N           only the last N of the lines that are there\n"
    "  --wait-for TEXT    follow until a line has TEXT in it; exit status 1 when none came\n"
    "  --timeout SECONDS  how long to wait for it\n"
    "  --max-lines N      end after N lines\n"
    "  --duration SECONDS end after that time\n"
    "\n"
    "Which lines:\n"
    "  --driver NAME      of that driver; \"nthost\" for what the kernel itself says\n"
    "  --process PROCESS  printed in that process: its number or its name\n"
    "  --level LEVEL      of that level and graver ones: error, warning, trace, info or a number\n"
    "  --component NAME   of that component: DEFAULT, IHVDRIVER, ...\n"
    "  --include REGEX    with a text that has it\n"
    "  --exclude REGEX    without it\n"
    "  -i, --ignore-case  for the expressions, which are extended ones as for grep -E\n"
    "  --plain            only what drivers printed: no number, no time, no messages of nthost\n"
    "\n"
    "How:\n"
    "  -l, --long         with driver, process, thread, level and component as well\n"
    "  --format FORMAT    text, csv, or json (an object a line)\n"
    "  --highlight RULE   [COLOUR:]REGEX: lines with it in that colour: red, green, yellow, blue, magenta,\n"
    "                     cyan, bold\n"
    "  --output FILE      write to that file; as JSON unless --format says otherwise\n"
    "  --open FILE        show what --output saved as JSON instead of a server's log\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "--driver, --process, --component, --include, --exclude and --highlight may be given several times.\n"
    "Text in UTF-8 is shown as it is, text in GBK is converted, other bytes are escaped (\\x1b).\n"
    "\n"
    "Example:\n"
    "  nthost log -f\n"
    "  nthost log --wait-for started --timeout 10 --driver LySharkDriver\n"
    "\n"
    "Exit status: 0; 1 when there is no server or --wait-for was in vain; 2 for a wrong command line.\n";

enum { NS_PER_S = 1000000000 };

// The expressions of the command line, in order: --ignore-case may stand behind them.
struct expressions {
    struct {
        const char *option, *text;
        enum { INCLUDE, EXCLUDE, HIGHLIGHT } what;
    } * items;
    size_t count;
};

static int take_expression(const char *command, const struct option_row *row, const char *value)
{
    struct expressions *all = row->into;
    (void)command;
    all->items[all->count].option = row->name;
    all->items[all->count].text = value;
    all->items[all->count++].what = row->which;
    return TOOL_OK;
}

static int add_expressions(struct log_options *wanted, const struct expressions *all)
{
    struct log_filter *filter = &wanted->filter;
    char message[256];
    bool good = true;
    size_t i;
    for (i = 0; good && i < all->count; i++) {
        const char *text = all->items[i].text;
        good = all->items[i].what == HIGHLIGHT
                   ? patterns_add_coloured(&filter->highlight, text, wanted->any_case, message, sizeof message)
                   : patterns_add(all->items[i].what == INCLUDE ? &filter->include : &filter->exclude, text,
                                  wanted->any_case, message, sizeof message);
    }
    return good ? TOOL_OK : tool_usage_error("log", "log: --%s: %s", all->items[i - 1].option, message);
}

static int take_name(const char *command, const struct option_row *row, const char *value)
{
    struct log_names *names = row->into;
    if (names->count == LOG_FILTER_NAMES)
        return tool_usage_error(command, "%s: --%s may be given %d times", command, row->name, LOG_FILTER_NAMES);
    names->names[names->count++] = value;
    return TOOL_OK;
}

static int take_level(const char *command, const struct option_row *row, const char *value)
{
    if (log_filter_set_level(row->into, value))
        return TOOL_OK;
    return tool_usage_error(command, "%s: there is no level \"%s\": error, warning, trace, info or a number", command,
                            value);
}

// The earlier of several counts.
static int take_deadline(const char *command, const struct option_row *row, const char *value)
{
    uint64_t *deadline_ns = row->into;
    unsigned long long seconds;
    if (!tool_number(value, UINT32_MAX, &seconds))
        return tool_usage_error(command, "%s: --%s needs a number of seconds, not \"%s\"", command, row->name, value);
    uint64_t deadline = hal_monotonic_ns() + seconds * NS_PER_S;
    if (deadline < *deadline_ns)
        *deadline_ns = deadline;
    return TOOL_OK;
}

static int set_format(struct log_options *wanted)
{
    if (!wanted->format && wanted->output && wanted->style == LINE_FULL)
        wanted->style = LINE_JSON;
    if (!wanted->format || strcmp(wanted->format, "text") == 0)
        return TOOL_OK;
    if (strcmp(wanted->format, "json") == 0)
        wanted->style = LINE_JSON;
    else if (strcmp(wanted->format, "csv") == 0)
        wanted->style = LINE_CSV;
    else
        return tool_usage_error("log", "log: there is no format \"%s\": text, csv or json", wanted->format);
    return TOOL_OK;
}

static int parse_options(struct log_options *wanted, struct expressions *expressions, int argc, char **argv)
{
    struct log_filter *filter = &wanted->filter;
    bool is_long = false;
    const struct option_row rows[] = {
        {"follow", 'f', .flag = &wanted->follow},
        {"tui", .flag = &wanted->screen},
        {"split", .flag = &wanted->split},
        {"new", .flag = &wanted->only_new},
        {"tail", .number = &wanted->tail, .unit = "a number from 0 on", .flag = &wanted->has_tail},
        {"plain", .flag = &filter->plain, .clear = &is_long},
        {"wait-for", .text = &wanted->wait_for, .flag = &wanted->follow},
        {"timeout", .take = take_deadline, .into = &wanted->deadline_ns},
        {"max-lines", .number = &wanted->max_lines, .least = 1, .unit = "a number from 1 on"},
        {"duration", .take = take_deadline, .into = &wanted->deadline_ns},
        {"driver", .take = take_name, .into = &filter->drivers},
        {"process", .take = take_name, .into = &filter->processes},
        {"level", .take = take_level, .into = filter},
        {"component", .take = take_name, .into = &filter->components},
        {"include", .take = take_expression, .into = expressions, .which = INCLUDE},
        {"exclude", .take = take_expression, .into = expressions, .which = EXCLUDE},
        {"ignore-case", 'i', .flag = &wanted->any_case},
        {"highlight", .take = take_expression, .into = expressions, .which = HIGHLIGHT},
        {"long", 'l', .flag = &is_long},
        {"format", .text = &wanted->format},
        {"output", .text = &wanted->output},
        {"open", .text = &wanted->open},
        {"socket", .text = &wanted->socket},
        {0},
    };
    const struct options options = {.command = "log", .usage = usage, .rows = rows};
    int status = options_parse(&options, argc, argv);
    wanted->style = is_long ? LINE_LONG : filter->plain ? LINE_PLAIN : LINE_FULL;
    return status ? status : add_expressions(wanted, expressions);
}

static int parse(struct log_options *wanted, int argc, char **argv)
{
    struct expressions expressions = {.items = calloc((size_t)argc, sizeof *expressions.items)};
    if (!expressions.items) {
        tool_error("log: not enough memory");
        return TOOL_FAILED;
    }
    int status = parse_options(wanted, &expressions, argc, argv);
    free(expressions.items);
    if (status)
        return status;
    if (wanted->open && (wanted->socket || wanted->only_new))
        return tool_usage_error("log", "log: --open shows a file; --socket and --new do not go with it");
    if (wanted->only_new && wanted->has_tail)
        return tool_usage_error("log", "log: --new and --tail exclude each other");
    if (wanted->split && !wanted->screen)
        return tool_usage_error("log", "log: --split goes with --tui");
    if (wanted->screen && (wanted->wait_for || wanted->output || wanted->format))
        return tool_usage_error("log", "log: --wait-for, --output and --format do not go with --tui");
    return set_format(wanted);
}

static int show(struct log_options *wanted)
{
    struct log_source source = {.server = -1};
    int status = wanted->open ? log_source_open(&source, wanted->open) : log_source_attach(&source, wanted->socket);
    if (status)
        return status;
    status = wanted->screen ? log_screen(&source, wanted) : log_print(&source, wanted);
    log_source_close(&source);
    return status;
}

int log_main(int argc, char **argv)
{
    struct log_options wanted = {.deadline_ns = UINT64_MAX, .filter = LOG_FILTER_ALL};
    int status = parse(&wanted, argc, argv);
    if (status == TOOL_OK)
        status = show(&wanted);
    log_filter_free(&wanted.filter);
    return status;
}
