// nthost log: the debug view, in a terminal of its own.
//
// Reads the server's ring of records through shared memory: looking never disturbs a driver. A reader that is
// too slow loses the oldest records, and says how many.
//
//     reading --nothing left, not following--> end
//        |  \--line with the text that is waited for, enough lines, time is up--> end
//        \--nothing left, following--> asleep --bell--> reading
//                                         \--the server has ended--> reading the rest --> end
#include "line.h"
#include "tool.h"

#include "client.h"
#include "hal/hal.h"

#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost log [-f] [OPTIONS]\n"
    "\n"
    "Shows what drivers print (DbgPrint), as DebugView does: number, seconds since the kernel started, "
    "text,\n"
    "with tabs between. Without -f it ends after the newest line.\n"
    "\n"
    "  -f, --follow       go on with lines as they come, until the server ends or Ctrl-C\n"
    "  --new              only lines that come from now on\n"
    "  --plain            only what drivers printed: no number, no time, no messages of nthost\n"
    "  --wait-for TEXT    follow until a line has TEXT in it; exit status 1 when none came\n"
    "  --max-lines N      end after N lines\n"
    "  --duration SECONDS end after that time\n"
    "  --socket PATH      the server that listens there; default: NTHOST_SERVER, or\n"
    "                     ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help             this page\n"
    "\n"
    "Text in UTF-8 is shown as it is, text in GBK is converted, other bytes are escaped (\\x1b).\n"
    "\n"
    "Example:\n"
    "  nthost log -f\n"
    "\n"
    "Exit status: 0; 1 when there is no server or --wait-for was in vain; 2 for a wrong command line.\n";

enum { LOOK_AGAIN_MS = 100, NS_PER_MS = 1000000 };

struct view {
    bool follow, only_new, plain, colour;
    const char *wait_for, *socket;
    unsigned long long max_lines; // 0: no limit
    uint64_t deadline_ns;         // UINT64_MAX: none
    const struct dbg_ring *ring;
    uint64_t next; // number of the record to read
    unsigned long long lines;
    bool found;
    int server; // pidfd, or -1
};

enum { OPTION_NEW = 256, OPTION_PLAIN, OPTION_WAIT_FOR, OPTION_MAX_LINES, OPTION_DURATION, OPTION_SOCKET };

static const struct option options[] = {
    {"follow", no_argument, NULL, 'f'},
    {"new", no_argument, NULL, OPTION_NEW},
    {"plain", no_argument, NULL, OPTION_PLAIN},
    {"wait-for", required_argument, NULL, OPTION_WAIT_FOR},
    {"max-lines", required_argument, NULL, OPTION_MAX_LINES},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int parse(struct view *view, int argc, char **argv)
{
    unsigned long long number;
    int option;
    while ((option = getopt_long(argc, argv, ":f", options, NULL)) != -1) {
        switch (option) {
        case 'f':
            view->follow = true;
            break;
        case OPTION_NEW:
            view->only_new = true;
            break;
        case OPTION_PLAIN:
            view->plain = true;
            break;
        case OPTION_WAIT_FOR:
            view->wait_for = optarg;
            view->follow = true;
            break;
        case OPTION_MAX_LINES:
            if (!tool_number(optarg, UINT32_MAX, &view->max_lines) || !view->max_lines)
                return tool_usage_error("log", "log: --max-lines needs a number from 1 on, not \"%s\"", optarg);
            break;
        case OPTION_DURATION:
            if (!tool_number(optarg, UINT32_MAX, &number))
                return tool_usage_error("log", "log: --duration needs a number of seconds, not \"%s\"", optarg);
            view->deadline_ns = hal_monotonic_ns() + number * 1000 * NS_PER_MS;
            break;
        case OPTION_SOCKET:
            view->socket = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return -1;
        default:
            return tool_bad_option("log", argv, option);
        }
    }
    if (optind < argc)
        return tool_usage_error("log", "log: \"%s\" is too much", argv[optind]);
    return TOOL_OK;
}

static int attach(struct view *view)
{
    char message[512];
    struct gate_status status;
    size_t bytes;
    int fd, error = gate_client_open_log(view->socket, &fd, &bytes, message, sizeof message);
    if (!error)
        error = gate_client_status(view->socket, &status, message, sizeof message);
    if (error) {
        tool_error("log: %s", message);
        return TOOL_FAILED;
    }
    view->server = (int)syscall(SYS_pidfd_open, (pid_t)status.server_pid, 0);
    const void *memory = hal_map_file(0, bytes, HAL_READ, fd);
    close(fd);
    view->ring = memory ? dbg_ring_open(memory, bytes) : NULL;
    if (!view->ring) {
        tool_error("log: the server's log cannot be read: it is of another version of nthost\n"
                   "restart the server");
        return TOOL_FAILED;
    }
    view->next = view->only_new ? dbg_ring_last(view->ring) + 1 : 1;
    return TOOL_OK;
}

// When the pidfd is readable the process is gone, and everything it ever wrote is in the ring.
static bool server_has_ended(struct view *view)
{
    struct pollfd source = {.fd = view->server, .events = POLLIN};
    struct gate_status status;
    if (view->server >= 0)
        return poll(&source, 1, 0) > 0;
    return gate_client_status(view->socket, &status, NULL, 0) != 0;
}

static bool enough(const struct view *view)
{
    return view->found || (view->max_lines && view->lines >= view->max_lines);
}

static void show(struct view *view, const struct dbg_record *record, uint64_t lost)
{
    if (lost)
        fprintf(view->plain ? stderr : stdout, "-\t-\t*** %llu lines are lost: the log keeps only the newest ***\n",
                (unsigned long long)lost);
    line_write(stdout, record, view->plain ? LINE_PLAIN : LINE_FULL, view->colour);
    view->lines += !view->plain || record->component != DBG_COMPONENT_NTHOST;
    char *text = view->wait_for ? line_text(record) : NULL;
    view->found = text && strstr(text, view->wait_for);
    free(text);
}

static void read_what_is_there(struct view *view)
{
    struct dbg_record record;
    uint64_t lost, next;
    while (!enough(view) && (next = dbg_ring_read(view->ring, view->next, &record, &lost)) != 0) {
        view->next = next;
        show(view, &record, lost);
    }
}

static void watch(struct view *view)
{
    bool ended = false;
    for (;;) {
        uint32_t bell = dbg_ring_bell(view->ring);
        read_what_is_there(view);
        uint64_t now = hal_monotonic_ns(), wake = now + LOOK_AGAIN_MS * (uint64_t)NS_PER_MS;
        if (!view->follow || enough(view) || ended || now >= view->deadline_ns || ferror(stdout))
            return;
        dbg_ring_wait(view->ring, bell, wake < view->deadline_ns ? &wake : &view->deadline_ns);
        ended = server_has_ended(view);
    }
}

int log_main(int argc, char **argv)
{
    struct view view = {.deadline_ns = UINT64_MAX};
    int status = parse(&view, argc, argv);
    if (status)
        return status < 0 ? TOOL_OK : status;
    status = attach(&view);
    if (status)
        return status;
    view.colour = tool_wants_colour(stdout);
    watch(&view);
    if (view.wait_for && !view.found) {
        tool_error("log: no line with \"%s\" came", view.wait_for);
        return TOOL_FAILED;
    }
    return TOOL_OK;
}
