// nthost server: a kernel that programs in other terminals use. Drivers come through the driver tool (drvctl), or start
// by themselves when the registry is kept in a file.
//
//     boot, registry file, drivers, socket --> listening --SIGINT, SIGTERM, "nthost down"--> clients disconnected,
//     registry file complete, drivers unloaded --> end
#include "life.h"
#include "options.h"
#include "tool.h"

#include "bugchecks.h"
#include "client.h"
#include "cm/cm.h"
#include "server.h"
#include "symbolize.h"
#include "hal/hal.h"

#include <nthost.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost server [--socket PATH] [--group NAME|--allow-users] [--strict-imports]\n"
    "                     [--registry FILE.reg] [--bugchecks FOLDER] [--c-drive DIR]\n"
    "                     [--background]\n"
    "       nthost server --stop [--socket PATH]\n"
    "       nthost server --status [--socket PATH]\n"
    "\n"
    "Keeps a kernel running for programs in other terminals: the driver tool installs and starts drivers in\n"
    "it, applications open their devices, \"nthost log -f\" shows what the drivers print. Runs until Ctrl-C\n"
    "or SIGTERM; then the drivers are unloaded. A second one does not wait for them.\n"
    "\n"
    "  --socket PATH        listen there; default: NTHOST_SERVER, or\n"
    "                       ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --group NAME         members of that group may connect, too; they are no administrators\n"
    "  --allow-users        everybody may\n"
    "  --strict-imports     refuse drivers with imports that do not exist here, as Windows does\n"
    "  --registry FILE.reg  keep the registry in that file; services that start automatically are started\n"
    "  --bugchecks FOLDER   keep each bugcheck report there as a JSON file; default: NTHOST_BUGCHECKS, or\n"
    "                       ${XDG_STATE_HOME:-~/.local/state}/nthost/bugchecks\n"
    "  --c-drive DIR        what drivers and programs see as C:; default: NTHOST_C_DRIVE, or\n"
    "                       ${XDG_STATE_HOME:-~/.local/state}/nthost/c; made when it is first used\n"
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

static int parse(struct server_options *wanted, bool *stop, bool *ask, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"socket", .text = &wanted->socket},
        {"strict-imports", .flag = &wanted->strict},
        {"group", .text = &wanted->group},
        {"allow-users", .flag = &wanted->everybody},
        {"registry", .text = &wanted->registry},
        {"bugchecks", .text = &wanted->bugchecks},
        {"c-drive", .text = &wanted->c_drive},
        {"foreground", .clear = &wanted->background},
        {"background", .flag = &wanted->background},
        {"stop", .flag = stop},
        {"status", .flag = ask},
        {0},
    };
    const struct options options = {
        .command = "server", .usage = usage, .rows = rows, .advice = "; drivers are started with drvctl"};
    int status = options_parse(&options, argc, argv);
    if (status)
        return status;
    if (*stop && *ask)
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

// ---- being one ----------------------------------------------------------------------------------

static int open_registry(const char *path)
{
    struct cm_file_report report = {0};
    if (!path)
        return TOOL_OK;
    int32_t status = cm_open_store(path, &report);
    if (status >= 0)
        return TOOL_OK;
    if (report.line)
        tool_error(
            "server: %s, line %u: %s\n"
            "the file is left as it is: repair that line, or move the file away and start with an empty registry",
            path, report.line, report.text);
    else
        tool_error("server: %s: %s", path, report.text[0] ? report.text : nthost_status_name(status));
    return TOOL_FAILED;
}

static int close_registry(const char *path)
{
    int32_t status = cm_close_store();
    if (status >= 0)
        return TOOL_OK;
    tool_error("server: the registry cannot be saved to %s: %s", path, nthost_status_name(status));
    return TOOL_FAILED;
}

static void fill_ends(sigset_t *ends)
{
    sigemptyset(ends);
    sigaddset(ends, SIGINT);
    sigaddset(ends, SIGTERM);
    sigaddset(ends, SIGHUP);
}

// Drivers may take their time to let go, or never do; whoever asks a second time is not kept waiting. The registry's
// file needs no end: it is written with every change.
static void end_at_once_if_asked_again(int signals)
{
    struct signalfd_siginfo taken;
    sigset_t ends;
    while (poll(&(struct pollfd){.fd = signals, .events = POLLIN}, 1, 0) > 0 &&
           read(signals, &taken, sizeof taken) == sizeof taken)
        ;
    fill_ends(&ends);
    pthread_sigmask(SIG_UNBLOCK, &ends, NULL);
}

static void wait_for_the_end(int signals, int stop)
{
    struct pollfd sources[] = {{.fd = signals, .events = POLLIN}, {.fd = stop, .events = POLLIN}};
    while (poll(sources, 2, -1) < 0 && errno == EINTR)
        ;
    end_at_once_if_asked_again(signals);
}

// systemd learns that the service is ready. systemd.io: sd_notify(3), "Standalone Implementations".
static void notify_manager(void)
{
    static const char ready[] = "READY=1";
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = path ? strlen(path) : 0;
    if (length < 2 || length >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, length);
    if (*path == '@')
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t ignored = sendto(fd, ready, sizeof ready - 1, MSG_NOSIGNAL, (struct sockaddr *)&address, bytes);
    (void)ignored;
    if (fd >= 0)
        close(fd);
}

// The terminal is given back; messages from now on go to a file.
static void leave_terminal(const char *output)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    int file = output ? open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR) : -1;
    dup2(nowhere, STDIN_FILENO);
    dup2(file >= 0 ? file : nowhere, STDOUT_FILENO);
    dup2(file >= 0 ? file : nowhere, STDERR_FILENO);
    close(nowhere);
    if (file >= 0)
        close(file);
}

static void announce(const struct server_options *wanted, const char *path, bool good)
{
    printf("nthost server: listening at %s (process %d)\n", path, (int)getpid());
    if (wanted->registry && wanted->background)
        printf("               registry %s\n", wanted->registry);
    fflush(stdout);
    notify_manager();
    if (wanted->ready >= 0) {
        ssize_t ignored = write(wanted->ready, good ? "+" : "-", 1);
        (void)ignored;
        close(wanted->ready);
        leave_terminal(wanted->output);
    }
}

// A group's name or number.
static int find_group(const char *name, uint32_t *number)
{
    unsigned long long value;
    struct group *group = getgrnam(name);
    if (!group && !tool_number(name, UINT32_MAX - 1, &value)) {
        tool_error("server: there is no group \"%s\"", name);
        return TOOL_FAILED;
    }
    *number = group ? group->gr_gid : (uint32_t)value;
    return TOOL_OK;
}

static int serve(const struct server_options *wanted, int log_fd, int signals)
{
    struct nthost_options boot = {.strict_imports = wanted->strict, .log_fd = log_fd, .c_drive = wanted->c_drive};
    const char *folder = wanted->bugchecks;
    char state[PATH_MAX];
    struct gate_server *server;
    char message[512];
    if (!folder && !getenv("NTHOST_BUGCHECKS") && tool_state_path("bugchecks", state))
        folder = state;
    gate_keep_bugchecks(&boot, folder);
    boot.symbolize = gate_symbolize;
    int32_t booted = nthost_boot(&boot);
    if (booted < 0) {
        tool_error("server: the kernel does not start: %s", nthost_status_name(booted));
        return TOOL_FAILED;
    }
    int status = open_registry(wanted->registry), started = START_GOOD;
    if (status == TOOL_OK && wanted->registry && !wanted->safe)
        started = server_start_drivers();
    if (started == START_CRITICAL)
        status = TOOL_FAILED;
    struct gate_server_options listen = {.socket = wanted->socket,
                                         .log_fd = log_fd,
                                         .version = NTHOST_VERSION,
                                         .registry = wanted->registry,
                                         .admission = wanted->everybody ? GATE_EVERYBODY
                                                      : wanted->group   ? GATE_GROUP
                                                                        : GATE_OWNER_ONLY};
    if (status == TOOL_OK && wanted->group)
        status = find_group(wanted->group, &listen.group);
    if (status == TOOL_OK && gate_server_listen(&listen, &server, message, sizeof message)) {
        tool_error("server: %s", message);
        status = TOOL_FAILED;
    }
    if (status == TOOL_OK) {
        announce(wanted, gate_server_socket(server), started == START_GOOD);
        wait_for_the_end(signals, gate_server_stop_fd(server));
        gate_server_stop(server);
        status = close_registry(wanted->registry);
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
    return got == 1 && byte == '+' ? TOOL_OK : TOOL_FAILED; // the child has said why
}

int server_run(struct server_options *wanted)
{
    bool is_parent = false;
    sigset_t ends;
    int status = wanted->background ? go_to_background(wanted, &is_parent) : TOOL_OK;
    if (status || is_parent)
        return status;
    // Blocked before the first thread starts, so that every thread inherits it.
    fill_ends(&ends);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int signals = signalfd(-1, &ends, SFD_CLOEXEC);
    int log_fd = hal_memory_file(NTHOST_LOG_BYTES, "nthost-log");
    if (signals < 0 || log_fd < 0) {
        tool_error("server: cannot start: %s", strerror(errno));
        return TOOL_FAILED;
    }
    return serve(wanted, log_fd, signals);
}

int server_main(int argc, char **argv)
{
    struct server_options wanted = {.ready = -1};
    bool stop = false, ask = false;
    int status = parse(&wanted, &stop, &ask, argc, argv);
    if (status)
        return status;
    if (ask)
        return show_status(&wanted);
    return stop ? server_end(wanted.socket, false) : server_run(&wanted);
}
