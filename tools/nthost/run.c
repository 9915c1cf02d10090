// nthost run: drivers, a kernel of their own, a program.
//
//     options --> kernel and socket --> drivers --> program ... its end --> clients gone --> drivers unloaded
//     --> report
//
// The kernel lives in this process; the program is a child that finds it by NTHOST_SERVER. What drivers print
// appears beside the program's own output. With --in-process the program itself becomes the kernel.
#include "run.h"
#include "options.h"
#include "tool.h"

#include "bugchecks.h"
#include "hal/hal.h"
#include "server.h"
#include "symbolize.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost run [OPTIONS] DRIVER.sys... [-- PROGRAM [ARGUMENTS...]]\n"
    "\n"
    "Starts the drivers in a kernel of their own, runs the program against it, shows what the drivers print\n"
    "as it happens (on stderr: number, seconds since the kernel started, text), unloads the drivers and "
    "ends\n"
    "with the program's exit status. Without a program the drivers are started and unloaded again.\n"
    "\n"
    "  --in-process      load the drivers into the program's own process (for debuggers and speed)\n"
    "  --name NAME       the driver's service name; default: the file's name without .sys\n"
    "  --strict-imports  refuse drivers with imports that do not exist here, as Windows does\n"
    "  --log FILE        write what drivers print to that file instead of stderr\n"
    "  --quiet           do not show it at all\n"
    "  --bugchecks FOLDER  keep each bugcheck report there as a JSON file\n"
    "  --trace FILE      write every request to that file, for https://ui.perfetto.dev\n"
    "  --help            this page\n"
    "\n"
    "When the program has ended, what the drivers left behind is reported: devices, links, pool, threads.\n"
    "\n"
    "Example:\n"
    "  nthost run LySharkDriver.sys -- ./lyshark\n"
    "\n"
    "Exit status: the program's, 128 + N when signal N ended it; 1 when a driver or the program cannot be\n"
    "started (without a program: when a driver leaves something behind); 2 for a wrong command line.\n";

enum { LEAVE_MS = 2000 }; // for programs to close what they have open when the first has ended

// ---- the command line ---------------------------------------------------------------------------

static int parse_options(struct run_options *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"in-process", .flag = &wanted->in_process}, {"name", .text = &wanted->name},
        {"strict-imports", .flag = &wanted->strict}, {"log", .text = &wanted->log_file},
        {"quiet", .flag = &wanted->quiet},           {"bugchecks", .text = &wanted->bugchecks},
        {"trace", .text = &wanted->trace_file},      {0},
    };
    const struct options options = {.command = "run", .usage = usage, .rows = rows, .more = true, .stops = true};
    return options_parse(&options, argc, argv);
}

static void name_driver(struct run_driver *driver, const char *name)
{
    const char *slash = strrchr(driver->path, '/');
    snprintf(driver->name, sizeof driver->name, "%s", name ? name : slash ? slash + 1 : driver->path);
    char *dot = name ? NULL : strrchr(driver->name, '.');
    if (dot && dot != driver->name)
        *dot = 0;
}

// getopt ends at the first driver, or behind "--" when there is none. Options may stand between drivers as
// well.
static int parse(struct run_options *wanted, int argc, char **argv)
{
    bool separated = false;
    int status = parse_options(wanted, argc, argv);
    while (!status && !separated && optind < argc) {
        separated = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
        if (separated)
            break;
        if (wanted->driver_count == RUN_MAX_DRIVERS)
            return tool_usage_error("run", "run: more than %d drivers", RUN_MAX_DRIVERS);
        wanted->drivers[wanted->driver_count++].path = argv[optind++];
        if (optind < argc && argv[optind][0] == '-')
            status = parse_options(wanted, argc, argv);
    }
    if (status)
        return status;
    separated = optind > 1 && strcmp(argv[optind - 1], "--") == 0;
    if (separated && optind == argc)
        return tool_usage_error("run", "run: no program stands behind \"--\"");
    if (optind < argc)
        wanted->program = argv + optind;
    if (!wanted->driver_count && !wanted->program)
        return tool_usage_error("run", "run: no driver and no program is named");
    if (wanted->name && wanted->driver_count != 1)
        return tool_usage_error("run", "run: --name names one driver, and there are %u", wanted->driver_count);
    if (wanted->quiet && wanted->log_file)
        return tool_usage_error("run", "run: --quiet and --log exclude each other");
    if (wanted->in_process && !wanted->program)
        return tool_usage_error("run", "run: --in-process needs a program");
    if (wanted->in_process && wanted->trace_file)
        return tool_usage_error("run", "run: --trace watches the kernel of this process; --in-process has none here");
    if (wanted->in_process && wanted->name)
        return tool_usage_error(
            "run", "run: --in-process takes the names of drivers from their files; --name does not go with it");
    for (unsigned i = 0; i < wanted->driver_count; i++)
        name_driver(&wanted->drivers[i], wanted->name);
    return TOOL_OK;
}

static int check_files(const struct run_options *wanted)
{
    for (unsigned i = 0; i < wanted->driver_count; i++) {
        const char *path = wanted->drivers[i].path;
        if (access(path, R_OK) == 0)
            continue;
        tool_error("%s: %s%s", path, strerror(errno),
                   strstr(path, ".sys")
                       ? ""
                       : "\ndrivers stand before \"--\", the program behind it: nthost run DRIVER.sys -- PROGRAM");
        return TOOL_FAILED;
    }
    return TOOL_OK;
}

// ---- in the program's own process ---------------------------------------------------------------

// The drivers' absolute paths with colons between, as NTHOST_DRIVERS takes them; NULL with a message.
static char *driver_list(const struct run_options *wanted)
{
    char *list = NULL;
    size_t bytes;
    FILE *out = open_memstream(&list, &bytes);
    bool good = out != NULL;
    for (unsigned i = 0; good && i < wanted->driver_count; i++) {
        char *absolute = realpath(wanted->drivers[i].path, NULL);
        good = absolute && !strchr(absolute, ':');
        if (absolute && !good)
            tool_error("%s: its path has a colon, which --in-process cannot pass on", absolute);
        else if (!good)
            tool_error("%s: %s", wanted->drivers[i].path, strerror(errno));
        else
            fprintf(out, "%s%s", i ? ":" : "", absolute);
        free(absolute);
    }
    if (out)
        fclose(out);
    if (good)
        return list;
    free(list);
    return NULL;
}

static int run_in_process(const struct run_options *wanted)
{
    char *list = wanted->program ? driver_list(wanted) : NULL;
    if (!list)
        return TOOL_FAILED;
    setenv("NTHOST_GATE", "inprocess", 1);
    setenv("NTHOST_DRIVERS", list, 1);
    setenv("NTHOST_LOG", wanted->quiet ? "" : wanted->log_file ? wanted->log_file : "stderr", 1);
    if (wanted->strict)
        setenv("NTHOST_STRICT_IMPORTS", "1", 1);
    if (wanted->bugchecks)
        setenv("NTHOST_BUGCHECKS", wanted->bugchecks, 1);
    free(list);
    execvp(wanted->program[0], wanted->program);
    tool_error("%s: cannot be run: %s", wanted->program[0], strerror(errno));
    return TOOL_FAILED;
}

// ---- in a kernel of this process ----------------------------------------------------------------

static bool load_drivers(struct run_options *wanted, struct run_view *view)
{
    char message[2048];
    for (unsigned i = 0; i < wanted->driver_count; i++) {
        struct run_driver *driver = &wanted->drivers[i];
        run_view_hold(view);
        int32_t status = nthost_load_driver(driver->path, driver->name, message, sizeof message);
        run_view_release(view, message);
        driver->loaded = status >= 0;
        if (message[0])
            tool_error("%s", message);
        if (driver->loaded)
            continue;
        if (!message[0])
            tool_error("%s: cannot be started: %s (0x%08X)", driver->name, nthost_status_name(status),
                       (unsigned)status);
        if (wanted->program)
            tool_error("%s was not run", wanted->program[0]);
        return false;
    }
    return true;
}

static int run_program(const struct run_options *wanted, struct gate_server *server)
{
    pid_t child;
    int error = run_start_program(wanted->program, gate_server_socket(server), &child);
    if (error) {
        tool_error("%s: cannot be run: %s%s", wanted->program[0], strerror(error),
                   error == ENOENT && !strchr(wanted->program[0], '/') ? "\nfor a program in this folder: ./PROGRAM"
                                                                       : "");
        return TOOL_FAILED;
    }
    int status = run_wait_for_program(child);
    if (gate_server_wait_idle(server, LEAVE_MS))
        tool_error("%u more %s the drivers; disconnecting", gate_server_clients(server),
                   gate_server_clients(server) == 1 ? "program uses" : "programs use");
    return status;
}

static int play(struct run_options *wanted, struct run_view *view, struct gate_server *server)
{
    struct run_snapshot *before = run_take_snapshot();
    int status = TOOL_FAILED;
    bool loaded = load_drivers(wanted, view), good;
    if (loaded)
        status = wanted->program ? run_program(wanted, server) : TOOL_OK;
    gate_server_stop(server);
    run_remove_folder(); // whatever a driver does on its way out
    good = run_unload_drivers(wanted->drivers, wanted->driver_count);
    if (loaded && good)
        good = run_report_leaks(before);
    run_free_snapshot(before);
    run_trace_stop();
    for (unsigned i = 0; i < wanted->driver_count; i++)
        if (wanted->drivers[i].loaded) { // it hangs: an orderly shutdown would hang, too
            fflush(NULL);
            _exit(status ? status : TOOL_FAILED);
        }
    return loaded && !wanted->program && !good ? TOOL_FAILED : status;
}

static int run_here(struct run_options *wanted)
{
    struct run_view view = {.out = wanted->quiet ? NULL : stderr};
    struct nthost_options boot = {.strict_imports = wanted->strict, .log_sink = run_view_sink, .log_context = &view};
    struct gate_server *server;
    const char *socket_path;
    char message[512];
    if (wanted->log_file && !(view.out = fopen(wanted->log_file, "we"))) {
        tool_error("%s: cannot be written: %s", wanted->log_file, strerror(errno));
        return TOOL_FAILED;
    }
    view.colour = view.out && tool_wants_colour(view.out);
    int error = run_make_folder(&socket_path);
    if (!error)
        error = run_handle_signals();
    boot.log_fd = error ? -1 : hal_memory_file(NTHOST_LOG_BYTES, "nthost-log");
    if (error || boot.log_fd < 0) {
        tool_error("run: no place for the socket or the log: %s", strerror(error ? error : errno));
        return TOOL_FAILED;
    }
    gate_keep_bugchecks(&boot, wanted->bugchecks);
    boot.symbolize = gate_symbolize;
    int32_t booted = nthost_boot(&boot);
    if (booted < 0) {
        tool_error("run: the kernel does not start: %s", nthost_status_name(booted));
        return TOOL_FAILED;
    }
    struct gate_server_options listen = {.socket = socket_path, .log_fd = boot.log_fd, .version = NTHOST_VERSION};
    if (gate_server_listen(&listen, &server, message, sizeof message)) {
        tool_error("run: %s", message);
        nthost_shutdown();
        return TOOL_FAILED;
    }
    int status = wanted->trace_file ? run_trace_start(wanted->trace_file) : TOOL_OK;
    if (status == TOOL_OK)
        status = play(wanted, &view, server);
    else
        gate_server_stop(server);
    nthost_shutdown();
    return status;
}

int run_main(int argc, char **argv)
{
    struct run_options wanted = {0};
    int status = parse(&wanted, argc, argv);
    if (status)
        return status;
    status = check_files(&wanted);
    if (status)
        return status;
    return wanted.in_process ? run_in_process(&wanted) : run_here(&wanted);
}
