// nthost trace: the request view. The command line, and the watch on a server.
#include "trace_reader.h"
#include "header.h"
#include "options.h"
#include "tool.h"

#include "ctlcode.h"
#include "client.h"

#include <errno.h>
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

static int take_format(const char *command, const struct option_row *row, const char *value)
{
    static const struct trace_format *const formats[] = {&trace_text, &trace_json, &trace_perfetto};
    const struct trace_format **format = row->into;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i]->name, value) == 0) {
            *format = formats[i];
            return TOOL_OK;
        }
    return tool_usage_error(command, "%s: there is no format \"%s\": text, json or perfetto", command, value);
}

static int take_status(const char *command, const struct option_row *row, const char *value)
{
    const char **status = row->into;
    *status = value;
    if (trace_filter_knows_status(value))
        return TOOL_OK;
    return tool_usage_error(command, "%s: \"%s\" is no status: STATUS_..., 0x..., error, warning or success", command,
                            value);
}

static int take_time(const char *command, const struct option_row *row, const char *value)
{
    if (parse_time(value, row->into))
        return TOOL_OK;
    return tool_usage_error(command, "%s: --%s needs a time such as 50us or 10ms, not \"%s\"", command, row->name,
                            value);
}

static int take_duration(const char *command, const struct option_row *row, const char *value)
{
    unsigned long long seconds;
    uint64_t *deadline_ns = row->into;
    if (!tool_number(value, UINT32_MAX, &seconds))
        return tool_usage_error(command, "%s: --%s needs a number of seconds, not \"%s\"", command, row->name, value);
    *deadline_ns = hal_monotonic_ns() + seconds * NS_PER_S;
    return TOOL_OK;
}

static int parse(struct trace_options *wanted, int argc, char **argv)
{
    struct trace_filter *filter = &wanted->reader.filter;
    const struct option_row rows[] = {
        {"driver", .text = &filter->driver},
        {"device", .text = &filter->device},
        {"process", .text = &filter->process},
        {"major", .text = &filter->major},
        {"status", .take = take_status, .into = &filter->status},
        {"slower-than", .take = take_time, .into = &filter->slower_than_ns},
        {"header", .take = header_take, .into = &wanted->names},
        {"histogram", .flag = &wanted->histogram},
        {"format", .take = take_format, .into = &wanted->reader.format},
        {"output", .text = &wanted->output},
        {"max-requests", .number = &wanted->reader.max_requests, .least = 1, .unit = "a number from 1 on"},
        {"duration", .take = take_duration, .into = &wanted->deadline_ns},
        {"socket", .text = &wanted->socket},
        {0},
    };
    const struct options options = {.command = "trace", .usage = usage, .rows = rows};
    int status = options_parse(&options, argc, argv);
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
        return status;
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
