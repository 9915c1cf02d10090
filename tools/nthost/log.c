// nthost log: the debug view, in a terminal of its own. The command line.
#include "log.h"
#include "tool.h"

#include <getopt.h>
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

enum {
    OPTION_NEW = 256,
    OPTION_TUI,
    OPTION_SPLIT,
    OPTION_TAIL,
    OPTION_PLAIN,
    OPTION_WAIT_FOR,
    OPTION_TIMEOUT,
    OPTION_MAX_LINES,
    OPTION_DURATION,
    OPTION_DRIVER,
    OPTION_PROCESS,
    OPTION_LEVEL,
    OPTION_COMPONENT,
    OPTION_INCLUDE,
    OPTION_EXCLUDE,
    OPTION_HIGHLIGHT,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_OPEN,
    OPTION_SOCKET
};

static const struct option options[] = {
    {"follow", no_argument, NULL, 'f'},
    {"tui", no_argument, NULL, OPTION_TUI},
    {"split", no_argument, NULL, OPTION_SPLIT},
    {"new", no_argument, NULL, OPTION_NEW},
    {"tail", required_argument, NULL, OPTION_TAIL},
    {"plain", no_argument, NULL, OPTION_PLAIN},
    {"wait-for", required_argument, NULL, OPTION_WAIT_FOR},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"max-lines", required_argument, NULL, OPTION_MAX_LINES},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"driver", required_argument, NULL, OPTION_DRIVER},
    {"process", required_argument, NULL, OPTION_PROCESS},
    {"level", required_argument, NULL, OPTION_LEVEL},
    {"component", required_argument, NULL, OPTION_COMPONENT},
    {"include", required_argument, NULL, OPTION_INCLUDE},
    {"exclude", required_argument, NULL, OPTION_EXCLUDE},
    {"ignore-case", no_argument, NULL, 'i'},
    {"highlight", required_argument, NULL, OPTION_HIGHLIGHT},
    {"long", no_argument, NULL, 'l'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"open", required_argument, NULL, OPTION_OPEN},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int add_name(const char **names, unsigned *count, const char *option)
{
    if (*count == LOG_FILTER_NAMES)
        return tool_usage_error("log", "log: %s may be given %d times", option, LOG_FILTER_NAMES);
    names[(*count)++] = optarg;
    return TOOL_OK;
}

static int add_pattern(struct log_options *wanted, struct patterns *patterns, const char *option)
{
    char message[256];
    bool coloured = patterns == &wanted->filter.highlight;
    if (coloured ? patterns_add_coloured(patterns, optarg, wanted->any_case, message, sizeof message)
                 : patterns_add(patterns, optarg, wanted->any_case, message, sizeof message))
        return TOOL_OK;
    return tool_usage_error("log", "log: %s: %s", option, message);
}

static int set_number(unsigned long long *number, unsigned long long least, const char *option)
{
    if (tool_number(optarg, UINT32_MAX, number) && *number >= least)
        return TOOL_OK;
    return tool_usage_error("log", "log: %s needs a number from %llu on, not \"%s\"", option, least, optarg);
}

// The earlier of several counts.
static int set_deadline(struct log_options *wanted, const char *option)
{
    unsigned long long seconds;
    if (!tool_number(optarg, UINT32_MAX, &seconds))
        return tool_usage_error("log", "log: %s needs a number of seconds, not \"%s\"", option, optarg);
    uint64_t deadline = hal_monotonic_ns() + seconds * NS_PER_S;
    if (deadline < wanted->deadline_ns)
        wanted->deadline_ns = deadline;
    return TOOL_OK;
}

static int take_filter(struct log_options *wanted, int option)
{
    struct log_filter *filter = &wanted->filter;
    switch (option) {
    case OPTION_DRIVER:
        return add_name(filter->drivers, &filter->driver_count, "--driver");
    case OPTION_PROCESS:
        return add_name(filter->processes, &filter->process_count, "--process");
    case OPTION_COMPONENT:
        return add_name(filter->components, &filter->component_count, "--component");
    case OPTION_INCLUDE:
        return add_pattern(wanted, &filter->include, "--include");
    case OPTION_EXCLUDE:
        return add_pattern(wanted, &filter->exclude, "--exclude");
    case OPTION_HIGHLIGHT:
        return add_pattern(wanted, &filter->highlight, "--highlight");
    default:
        if (log_filter_set_level(filter, optarg))
            return TOOL_OK;
        return tool_usage_error("log", "log: there is no level \"%s\": error, warning, trace, info or a number",
                                optarg);
    }
}

static int take(struct log_options *wanted, char **argv, int option)
{
    switch (option) {
    case 'f':
        wanted->follow = true;
        return TOOL_OK;
    case 'i':
        return TOOL_OK; // seen beforehand
    case 'l':
        wanted->style = LINE_LONG;
        return TOOL_OK;
    case OPTION_TUI:
        wanted->screen = true;
        return TOOL_OK;
    case OPTION_SPLIT:
        wanted->split = true;
        return TOOL_OK;
    case OPTION_NEW:
        wanted->only_new = true;
        return TOOL_OK;
    case OPTION_PLAIN:
        wanted->filter.plain = true;
        wanted->style = LINE_PLAIN;
        return TOOL_OK;
    case OPTION_WAIT_FOR:
        wanted->wait_for = optarg;
        wanted->follow = true;
        return TOOL_OK;
    case OPTION_TAIL:
        wanted->has_tail = true;
        return set_number(&wanted->tail, 0, "--tail");
    case OPTION_MAX_LINES:
        return set_number(&wanted->max_lines, 1, "--max-lines");
    case OPTION_TIMEOUT:
        return set_deadline(wanted, "--timeout");
    case OPTION_DURATION:
        return set_deadline(wanted, "--duration");
    case OPTION_FORMAT:
        wanted->format = optarg;
        return TOOL_OK;
    case OPTION_OUTPUT:
        wanted->output = optarg;
        return TOOL_OK;
    case OPTION_OPEN:
        wanted->open = optarg;
        return TOOL_OK;
    case OPTION_SOCKET:
        wanted->socket = optarg;
        return TOOL_OK;
    case 'h':
        fputs(usage, stdout);
        return -1;
    case ':':
    case '?':
        return tool_bad_option("log", argv, option);
    default:
        return take_filter(wanted, option);
    }
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

// --ignore-case holds for expressions that stand before it, too.
static bool has_ignore_case(int argc, char **argv)
{
    int option;
    bool found = false;
    while ((option = getopt_long(argc, argv, ":fil", options, NULL)) != -1)
        found = found || option == 'i';
    optind = 0; // getopt begins anew
    return found;
}

static int parse(struct log_options *wanted, int argc, char **argv)
{
    int option, status = TOOL_OK;
    wanted->any_case = has_ignore_case(argc, argv);
    while (!status && (option = getopt_long(argc, argv, ":fil", options, NULL)) != -1)
        status = take(wanted, argv, option);
    if (status)
        return status;
    if (optind < argc)
        return tool_usage_error("log", "log: \"%s\" is too much", argv[optind]);
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
    return status < 0 ? TOOL_OK : status;
}
