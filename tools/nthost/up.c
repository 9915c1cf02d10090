// nthost up: a server in the background that is there again after the next "nthost up", too: its registry, and so its
// services, live in a file.
//
//     runs already? --yes--> says where
//         \--no--> in the background: registry, drivers that start by themselves, socket --> says where
#include "life.h"
#include "options.h"
#include "tool.h"

#include "client.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: nthost up [--socket PATH] [--registry FILE.reg] [--group NAME|--allow-users]\n"
    "                 [--strict-imports] [--safe] [--foreground]\n"
    "\n"
    "Starts a kernel server in the background, with the services of last time: those that start automatically\n"
    "run when this returns. Does nothing when one runs already. \"nthost status\" shows it, \"nthost down\" ends it.\n"
    "\n"
    "  --socket PATH        listen there; default: NTHOST_SERVER, or\n"
    "                       ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --registry FILE.reg  where the registry is kept; default:\n"
    "                       ${XDG_STATE_HOME:-~/.local/state}/nthost/registry.reg\n"
    "  --group NAME         members of that group may connect, too; they are no administrators\n"
    "  --allow-users        everybody may\n"
    "  --strict-imports     refuse drivers with imports that do not exist here, as Windows does\n"
    "  --safe               start no drivers, whatever their services say\n"
    "  --foreground         stay in this terminal, until Ctrl-C or SIGTERM\n"
    "  --help               this page\n"
    "\n"
    "Example:\n"
    "  nthost up\n"
    "  drvctl install --start auto LySharkDriver LySharkDriver.sys\n"
    "\n"
    "Exit status: 0; 1 when it cannot start, or a driver with ErrorControl \"severe\" did not; 2 for a wrong command\n"
    "line.\n";

static int parse(struct server_options *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"socket", .text = &wanted->socket},          {"registry", .text = &wanted->registry},
        {"strict-imports", .flag = &wanted->strict},  {"group", .text = &wanted->group},
        {"allow-users", .flag = &wanted->everybody},  {"safe", .flag = &wanted->safe},
        {"foreground", .clear = &wanted->background}, {0},
    };
    const struct options options = {
        .command = "up", .usage = usage, .rows = rows, .advice = "; drivers are started with drvctl"};
    return options_parse(&options, argc, argv);
}

// The folders on the way to a file, those that are missing for the user alone.
static bool make_folders(const char *file)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", file);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

// A file of the state folder, which is made; false after a message.
static bool state_file(const char *name, char path[PATH_MAX])
{
    if (!tool_state_path(name, path)) {
        tool_error("up: there is no place for the registry: HOME is not set\ngive one with --registry FILE.reg");
        return false;
    }
    if (make_folders(path))
        return true;
    tool_error("up: the folder of %s cannot be made: %s", path, strerror(errno));
    return false;
}

int up_main(int argc, char **argv)
{
    static char registry[PATH_MAX], output[PATH_MAX];
    struct server_options wanted = {.background = true, .ready = -1};
    struct gate_status running;
    int status = parse(&wanted, argc, argv);
    if (status)
        return status;
    if (!gate_client_status(wanted.socket, &running, NULL, 0)) {
        printf("nthost: up already (process %u)\n", running.server_pid);
        return TOOL_OK;
    }
    if (!wanted.registry) {
        if (!state_file("registry.reg", registry) || !state_file("server.log", output))
            return TOOL_FAILED;
        wanted.registry = registry;
        wanted.output = output;
    }
    return server_run(&wanted);
}
