// nthost down: end the server that runs.
#include "life.h"
#include "options.h"
#include "tool.h"

#include "client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost down [--force] [--socket PATH]\n"
    "\n"
    "Ends the kernel server: its clients are disconnected, its drivers unloaded, its registry is in its file.\n"
    "Returns when its process has ended; when none runs there is nothing to do.\n"
    "\n"
    "  --force        kill it when a driver does not let go\n"
    "  --socket PATH  the server that listens there; default: NTHOST_SERVER, or\n"
    "                 ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help         this page\n"
    "\n"
    "Exit status: 0; 1 when it cannot be ended; 2 for a wrong command line.\n";

enum { STOP_SECONDS = 10 };

// The socket goes before the drivers do: what counts is the end of the process.
static bool wait_for_process(int process, const char *socket)
{
    enum { STEPS = 200, STEP_US = 50000 };
    struct pollfd source = {.fd = process, .events = POLLIN};
    struct gate_status status;
    if (process >= 0)
        return poll(&source, 1, STOP_SECONDS * 1000) > 0;
    for (int i = 0; i < STEPS; i++) {
        if (gate_client_status(socket, &status, NULL, 0))
            return true;
        usleep(STEP_US);
    }
    return false;
}

static bool kill_it(int process, unsigned number, const char *socket)
{
    int sent =
        process >= 0 ? (int)syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0) : kill((pid_t)number, SIGKILL);
    return sent == 0 && wait_for_process(process, socket);
}

int server_end(const char *socket, bool force)
{
    struct gate_status status;
    char message[512];
    if (gate_client_status(socket, &status, message, sizeof message)) {
        tool_error("server: %s", message);
        return TOOL_FAILED;
    }
    int process = (int)syscall(SYS_pidfd_open, (pid_t)status.server_pid, 0);
    int error = gate_client_stop_server(socket, message, sizeof message);
    if (error && error != ECONNRESET) { // it may be gone before it has said yes
        tool_error("server: %s", message);
        return TOOL_FAILED;
    }
    if (wait_for_process(process, socket) || (force && kill_it(process, status.server_pid, socket)))
        return TOOL_OK;
    tool_error("server: process %u still runs after %d s: a driver does not let go\n"
               "a debugger attached to it would show which; \"nthost down --force\" kills it",
               status.server_pid, STOP_SECONDS);
    return TOOL_FAILED;
}

int down_main(int argc, char **argv)
{
    const char *socket = NULL;
    bool force = false;
    const struct option_row rows[] = {{"socket", .text = &socket}, {"force", .flag = &force}, {0}};
    const struct options options = {.command = "down", .usage = usage, .rows = rows};
    int result = options_parse(&options, argc, argv);
    if (result)
        return result;
    struct gate_status status;
    int error = gate_client_status(socket, &status, NULL, 0);
    if (error == ENOENT || error == ECONNREFUSED)
        return TOOL_OK;
    return server_end(socket, force);
}
