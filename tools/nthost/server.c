// nthost server: a kernel that programs in other terminals use. Drivers come through the driver tool
// (drvctl).
//
//     start: registry file, boot, socket --> listening --SIGINT, SIGTERM, --stop--> clients disconnected,
//     drivers unloaded, registry file written --> end
#include "tool.h"

#include "client.h"
#include "cm/cm.h"
#include "hal/hal.h"
#include "server.h"

#include <nthost.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost server [--socket PATH] [--strict-imports] [--registry FILE.reg] [--background]\n"
    "       nthost server --stop [--socket PATH]\n"
    "       nthost server --status [--socket PATH]\n"
    "\n"
    "Keeps a kernel running for programs in other terminals: the driver tool installs and starts drivers in\n"
    "it, applications open their devices, \"nthost log -f\" shows what the drivers print. Runs until Ctrl-C\n"
    "or SIGTERM; then the drivers are unloaded.\n"
    "\n"
    "  --socket PATH        listen there; default: NTHOST_SERVER, or\n"
    "                       ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --strict-imports     refuse drivers with imports that do not exist here, as Windows does\n"
    "  --registry FILE.reg  load the registry from that file if it exists, and save it there at the end\n"
    "  --foreground         stay in this terminal (the default)\n"
    "  --background         return when the server listens; \"nthost server --stop\" ends it\n"
    "  --stop               end the server that runs, and wait until it has ended\n"
    "  --status             say whether a server runs, its process and how many programs use it\n"
    "  --help               this page\n"
    "\n"
    "Example:\n"
    "  nthost server                                   in one terminal\n"
    "  drvctl install LySharkDriver LySharkDriver.sys  in another\n"
    "  drvctl start LySharkDriver\n"
    "\n"
    "Exit status: 0; 1 when it cannot start (--stop, --status: when none runs); 2 for a wrong command "
    "line.\n";

struct server_options {
    const char *socket, *registry;
    bool strict, background, stop, status;
    int ready; // the parent waits for a byte there; -1 none
};

enum { STOP_SECONDS = 10 };
enum {
    OPTION_SOCKET = 256,
    OPTION_STRICT,
    OPTION_REGISTRY,
    OPTION_FOREGROUND,
    OPTION_BACKGROUND,
    OPTION_STOP,
    OPTION_STATUS
};

static const struct option options[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"strict-imports", no_argument, NULL, OPTION_STRICT},
    {"registry", required_argument, NULL, OPTION_REGISTRY},
    {"foreground", no_argument, NULL, OPTION_FOREGROUND},
    {"background", no_argument, NULL, OPTION_BACKGROUND},
    {"stop", no_argument, NULL, OPTION_STOP},
    {"status", no_argument, NULL, OPTION_STATUS},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static int parse(struct server_options *wanted, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        switch (option) {
        case OPTION_SOCKET:
            wanted->socket = optarg;
            break;
        case OPTION_STRICT:
            wanted->strict = true;
            break;
        case OPTION_REGISTRY:
            wanted->registry = optarg;
            break;
        case OPTION_FOREGROUND:
            wanted->background = false;
            break;
        case OPTION_BACKGROUND:
            wanted->background = true;
            break;
        case OPTION_STOP:
            wanted->stop = true;
            break;
        case OPTION_STATUS:
            wanted->status = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return -1;
        default:
            return tool_bad_option("server", argv, option);
        }
    }
    if (optind < argc)
        return tool_usage_error("server", "server: \"%s\" is too much; drivers are started with drvctl", argv[optind]);
    if (wanted->stop && wanted->status)
        return tool_usage_error("server", "server: --stop and --status exclude each other");
    return TOOL_OK;
}

// ---- asking one that runs -----------------------------------------------------------------------

static int show_status(const struct server_options *wanted)
{
    struct gate_status status;
    char message[512];
    if (gate_client_status(wanted->socket, &status, message, sizeof message)) {
        tool_error("server: %s", message);
        return TOOL_FAILED;
    }
    printf("running: process %u, %.1f s, %u %s\n", status.server_pid, (double)status.uptime_ns / 1e9, status.clients,
           status.clients == 1 ? "program uses it" : "programs use it");
    return TOOL_OK;
}

// The socket goes before the drivers do: what counts is the end of the process.
static bool wait_for_process(int process, const struct server_options *wanted)
{
    enum { STEPS = 200, STEP_US = 50000 };
    struct pollfd source = {.fd = process, .events = POLLIN};
    struct gate_status status;
    if (process >= 0)
        return poll(&source, 1, STOP_SECONDS * 1000) > 0;
    for (int i = 0; i < STEPS; i++) {
        if (gate_client_status(wanted->socket, &status, NULL, 0))
            return true;
        usleep(STEP_US);
    }
    return false;
}

static int stop_running(const struct server_options *wanted)
{
    struct gate_status status;
    char message[512];
    if (gate_client_status(wanted->socket, &status, message, sizeof message)) {
        tool_error("server: %s", message);
        return TOOL_FAILED;
    }
    int process = (int)syscall(SYS_pidfd_open, (pid_t)status.server_pid, 0);
    int error = gate_client_stop_server(wanted->socket, message, sizeof message);
    if (error && error != ECONNRESET) { // it may be gone before it has said yes
        tool_error("server: %s", message);
        return TOOL_FAILED;
    }
    if (wait_for_process(process, wanted))
        return TOOL_OK;
    tool_error("server: process %u still runs after %d s: a driver does not let go\n"
               "a debugger attached to it would show which; kill -9 %u ends it",
               status.server_pid, STOP_SECONDS, status.server_pid);
    return TOOL_FAILED;
}

// ---- being one ----------------------------------------------------------------------------------

static int load_registry(const char *path)
{
    struct cm_file_report report;
    if (!path || (access(path, F_OK) != 0 && errno == ENOENT))
        return TOOL_OK;
    int32_t status = cm_load_file(path, &report);
    if (status >= 0)
        return TOOL_OK;
    if (report.line)
        tool_error("server: %s, line %u: %s\nthe file was not used and is left as it is", path, report.line,
                   report.text);
    else
        tool_error("server: %s: %s", path, report.text[0] ? report.text : nthost_status_name(status));
    return TOOL_FAILED;
}

static int save_registry(const char *path)
{
    int32_t status = path ? cm_save_file(path) : 0;
    if (status >= 0)
        return TOOL_OK;
    tool_error("server: the registry cannot be saved to %s: %s", path, nthost_status_name(status));
    return TOOL_FAILED;
}

static void wait_for_the_end(int signals, int stop)
{
    struct pollfd sources[] = {{.fd = signals, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    while (poll(sources, 2, -1) < 0 && errno == EINTR)
        ;
}

static void announce(const struct server_options *wanted, const char *path)
{
    printf("nthost server: listening at %s (process %d)\n", path, (int)getpid());
    fflush(stdout);
    if (wanted->ready >= 0) {
        ssize_t ignored = write(wanted->ready, "", 1);
        (void)ignored;
        close(wanted->ready);
        int nowhere = open("/dev/null", O_RDWR);
        for (int fd = 0; fd <= 2; fd++)
            dup2(nowhere, fd);
        close(nowhere);
    }
}

static int serve(const struct server_options *wanted, int log_fd, int signals)
{
    struct nthost_options boot = {.strict_imports = wanted->strict, .log_fd = log_fd};
    struct gate_server *server;
    char message[512];
    int32_t booted = nthost_boot(&boot);
    if (booted < 0) {
        tool_error("server: the kernel does not start: %s", nthost_status_name(booted));
        return TOOL_FAILED;
    }
    int status = load_registry(wanted->registry);
    if (status == TOOL_OK && gate_server_start(wanted->socket, &server, message, sizeof message)) {
        tool_error("server: %s", message);
        status = TOOL_FAILED;
    }
    if (status == TOOL_OK) {
        gate_server_share_log(server, log_fd);
        announce(wanted, gate_server_socket(server));
        wait_for_the_end(signals, gate_server_stop_fd(server));
        gate_server_stop(server);
        status = save_registry(wanted->registry);
    }
    nthost_shutdown();
    return status;
}

// The child serves; the parent waits for its byte, or for its end.
static int go_to_background(struct server_options *wanted, bool *is_parent)
{
    int ends[2];
    char byte;
    *is_parent = false;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return TOOL_FAILED;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        close(ends[0]);
        wanted->ready = ends[1];
        return TOOL_OK;
    }
    *is_parent = true;
    close(ends[1]);
    ssize_t got = child < 0 ? 0 : read(ends[0], &byte, 1);
    close(ends[0]);
    return got == 1 ? TOOL_OK : TOOL_FAILED; // the child has said why
}

int server_main(int argc, char **argv)
{
    struct server_options wanted = {.ready = -1};
    bool is_parent = false;
    sigset_t ends;
    int status = parse(&wanted, argc, argv);
    if (status)
        return status < 0 ? TOOL_OK : status;
    if (wanted.status)
        return show_status(&wanted);
    if (wanted.stop)
        return stop_running(&wanted);
    if (wanted.background)
        status = go_to_background(&wanted, &is_parent);
    if (status || is_parent)
        return status;
    // Blocked before the first thread starts, so that every thread inherits it.
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC);
    int log_fd = hal_memory_file(NTHOST_LOG_BYTES, "nthost-log");
    if (signals < 0 || log_fd < 0) {
        tool_error("server: cannot start: %s", strerror(errno));
        return TOOL_FAILED;
    }
    return serve(&wanted, log_fd, signals);
}
