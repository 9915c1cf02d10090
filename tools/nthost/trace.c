// nthost trace: the request view. The command line, and the watch on a server.
#include "trace_reader.h"
#include "tool.h"

#include "ctlcode.h"
#include "client.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost trace [OPTIONS]\n"
    "\n"
    "Shows every request (IRP) when it is done: who sent it, to which device, what it asked for, how its\n"
    "buffers travelled, its status, how long it took and who completed it; a line below for each device\n"
    "further down the stack. Ends with Ctrl-C, or when the server ends. Requests are traced while this runs.\n"
    "\n"
    "  --driver NAME       only requests which that driver met\n"
    "  --device NAME       only requests which met that device: \\Device\\X or X\n"
    "  --process PROCESS   only that process's: its number or its name\n"
    "  --major NAME        only that function: IRP_MJ_READ, or read\n"
    "  --status STATUS     only those that ended so: a name, 0x... or error, warning, success\n"
    "  --slower-than TIME  only those that took as long: 50us, 10ms, 2s\n"
    "  --header FILE.h     take names of control codes from that header (#define X CTL_CODE(...))\n"
    "  --histogram         no requests, but at the end how long they took\n"
    "  --format FORMAT     text, json (an object a line), or perfetto (opens in https://ui.perfetto.dev)\n"
    "  --output FILE       write to that file\n"
    "  --max-requests N    end after N requests\n"
    "  --duration SECONDS  end after that time\n"
    "  --socket PATH       the server that listens there; default: NTHOST_SERVER, or\n"
    "                      ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help              this page\n"
    "\n"
    "\"nthost run --trace FILE\" does the same for a program from its first request to its last.\n"
    "\n"
    "Example:\n"
    "  nthost trace --driver LySharkDriver\n"
    "  nthost trace --histogram --duration 10\n"
    "\n"
    "Exit status: 0; 1 when there is no server or the output cannot be written; 2 for a wrong command line.\n";

enum { LOOK_AGAIN_MS = 20, NS_PER_S = 1000000000 };

enum {
    OPTION_DRIVER = 256,
    OPTION_DEVICE,
    OPTION_PROCESS,
    OPTION_MAJOR,
    OPTION_STATUS,
    OPTION_SLOWER_THAN,
    OPTION_HEADER,
    OPTION_HISTOGRAM,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_MAX_REQUESTS,
    OPTION_DURATION,
    OPTION_SOCKET
};

static const struct option options[] = {
    {"driver", required_argument, NULL, OPTION_DRIVER},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"process", required_argument, NULL, OPTION_PROCESS},
    {"major", required_argument, NULL, OPTION_MAJOR},
    {"status", required_argument, NULL, OPTION_STATUS},
    {"slower-than", required_argument, NULL, OPTION_SLOWER_THAN},
    {"header", required_argument, NULL, OPTION_HEADER},
    {"histogram", no_argument, NULL, OPTION_HISTOGRAM},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"max-requests", required_argument, NULL, OPTION_MAX_REQUESTS},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct trace_options {
    struct trace_reader reader;
    struct ctlcode_names *names;
    const char *output, *socket;
    bool histogram;
    uint64_t deadline_ns; // UINT64_MAX: none
};

// "50us", "10ms", "2s"; microseconds without a unit.
static bool parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"", 1000}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", NS_PER_S}};
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || errno || number > UINT32_MAX)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0) {
            *ns = number * units[i].ns;
            return true;
        }
    return false;
}

static int set_format(struct trace_options *wanted, const char *name)
{
    static const struct trace_format *const formats[] = {&trace_text, &trace_json, &trace_perfetto};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, name) == 0) {
            wanted->reader.format = formats[i];
            return TOOL_OK;
        }
    return tool_usage_error("trace", "trace: there is no format \"%s\": text, json or perfetto", name);
}

static int read_header(struct trace_options *wanted, const char *path)
{
    char message[256];
    if (!wanted->names)
        wanted->names = ctlcode_names_new();
    if (wanted->names && ctlcode_names_read(wanted->names, path, message, sizeof message))
        return TOOL_OK;
    tool_error("trace: %s", wanted->names ? message : "there is no memory");
    return TOOL_FAILED;
}

static int take_limit(struct trace_options *wanted, int option)
{
    unsigned long long number;
    switch (option) {
    case OPTION_SLOWER_THAN:
        if (parse_time(optarg, &wanted->reader.filter.slower_than_ns))
            return TOOL_OK;
        return tool_usage_error("trace", "trace: --slower-than needs a time such as 50us or 10ms, not \"%s\"", optarg);
    case OPTION_MAX_REQUESTS:
        if (tool_number(optarg, UINT32_MAX, &wanted->reader.max_requests) && wanted->reader.max_requests)
            return TOOL_OK;
        return tool_usage_error("trace", "trace: --max-requests needs a number from 1 on, not \"%s\"", optarg);
    default:
        if (!tool_number(optarg, UINT32_MAX, &number))
            return tool_usage_error("trace", "trace: --duration needs a number of seconds, not \"%s\"", optarg);
        wanted->deadline_ns = hal_monotonic_ns() + number * NS_PER_S;
        return TOOL_OK;
    }
}

static int take(struct trace_options *wanted, char **argv, int option)
{
    struct trace_filter *filter = &wanted->reader.filter;
    switch (option) {
    case OPTION_DRIVER:
        filter->driver = optarg;
        return TOOL_OK;
    case OPTION_DEVICE:
        filter->device = optarg;
        return TOOL_OK;
    case OPTION_PROCESS:
        filter->process = optarg;
        return TOOL_OK;
    case OPTION_MAJOR:
        filter->major = optarg;
        return TOOL_OK;
    case OPTION_STATUS:
        filter->status = optarg;
        if (trace_filter_knows_status(optarg))
            return TOOL_OK;
        return tool_usage_error("trace", "trace: \"%s\" is no status: STATUS_..., 0x..., error, warning or success",
                                optarg);
    case OPTION_HEADER:
        return read_header(wanted, optarg);
    case OPTION_HISTOGRAM:
        wanted->histogram = true;
        return TOOL_OK;
    case OPTION_FORMAT:
        return set_format(wanted, optarg);
    case OPTION_OUTPUT:
        wanted->output = optarg;
        return TOOL_OK;
    case OPTION_SOCKET:
        wanted->socket = optarg;
        return TOOL_OK;
    case 'h':
        fputs(usage, stdout);
        return -1;
    case ':':
    case '?':
        return tool_bad_option("trace", argv, option);
    default:
        return take_limit(wanted, option);
    }
}

static int parse(struct trace_options *wanted, int argc, char **argv)
{
    int option, status = TOOL_OK;
    while (!status && (option = getopt_long(argc, argv, ":", options, NULL)) != -1)
        status = take(wanted, argv, option);
    if (!status && optind < argc)
        return tool_usage_error("trace", "trace: \"%s\" is too much", argv[optind]);
    if (!status && wanted->histogram && wanted->reader.format != &trace_text)
        return tool_usage_error("trace", "trace: --histogram is text; --format does not go with it");
    return status;
}

// Ctrl-C ends the watching, not the writing.
static int catch_signals(void)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

// The writers ring no bell: it would cost a system call for each record. So this looks now and then.
static void watch(struct trace_options *wanted, int server, int signals)
{
    struct pollfd sources[] = {{.fd = server, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    bool over = false;
    while (trace_reader_read(&wanted->reader) && !over)
        over = poll(sources, 2, LOOK_AGAIN_MS) > 0 || hal_monotonic_ns() >= wanted->deadline_ns;
}

static int attach(struct trace_options *wanted, struct gate_trace *trace)
{
    char message[512];
    if (gate_client_open_trace(wanted->socket, trace, message, sizeof message)) {
        tool_error("trace: %s", message);
        return TOOL_FAILED;
    }
    const void *memory = hal_map_file(0, trace->bytes, HAL_READ, trace->fd);
    close(trace->fd);
    wanted->reader.ring =
        memory ? rtl_ring_open(memory, trace->bytes, IO_TRACE_RING_KIND, sizeof(struct io_trace_record)) : NULL;
    if (wanted->reader.ring) {
        wanted->reader.next = rtl_ring_last(wanted->reader.ring) + 1;
        return TOOL_OK;
    }
    tool_error("trace: the server's trace cannot be read: it is of another version of nthost\nrestart the server");
    return TOOL_FAILED;
}

static int show(struct trace_options *wanted)
{
    struct gate_trace trace;
    int signals = catch_signals(), status = attach(wanted, &trace);
    if (status)
        return status;
    if (wanted->histogram)
        wanted->reader.histogram = trace_histogram_new();
    if ((wanted->histogram && !wanted->reader.histogram) || !trace_reader_begin(&wanted->reader)) {
        tool_error("trace: there is no memory");
        return TOOL_FAILED;
    }
    watch(wanted, trace.connection, signals);
    close(trace.connection);
    trace_reader_end(&wanted->reader);
    trace_histogram_free(wanted->reader.histogram);
    return TOOL_OK;
}

int trace_main(int argc, char **argv)
{
    struct trace_options wanted = {.reader = {.format = &trace_text}, .deadline_ns = UINT64_MAX};
    int status = parse(&wanted, argc, argv);
    if (status)
        return status < 0 ? TOOL_OK : status;
    FILE *out = wanted.output ? fopen(wanted.output, "we") : stdout;
    if (!out) {
        tool_error("trace: %s: cannot be written: %s", wanted.output, strerror(errno));
        return TOOL_FAILED;
    }
    wanted.reader.output = (struct trace_output){.out = out, .names = wanted.names, .colour = tool_wants_colour(out)};
    status = show(&wanted);
    if (wanted.output && fclose(out) != 0 && !status) {
        tool_error("trace: %s: cannot be written: %s", wanted.output, strerror(errno));
        status = TOOL_FAILED;
    }
    ctlcode_names_free(wanted.names);
    return status;
}
