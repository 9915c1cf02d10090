// nthost status: the server that runs, who uses it, and what its drivers do. The server says what it is; its drivers
// are asked for as any program asks for them, through the service control manager.
#include "life.h"
#include "options.h"
#include "tool.h"

#include "client.h"
#include "rtl/json.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: nthost status [--json] [--socket PATH]\n"
    "\n"
    "Shows the kernel server: version, process, since when it runs, its socket and registry, how many programs use\n"
    "it, and its drivers.\n"
    "\n"
    "  --json         as JSON\n"
    "  --socket PATH  the server that listens there; default: NTHOST_SERVER, or\n"
    "                 ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help         this page\n"
    "\n"
    "Exit status: 0; 1 when none runs; 2 for a wrong command line.\n";

static const char *const start_names[] = {"boot", "system", "auto", "demand", "disabled"};
static const char *const error_names[] = {"ignore", "normal", "severe", "critical"};

static const char *state_name(DWORD state)
{
    return state == SERVICE_RUNNING ? "running" : state == SERVICE_STOP_PENDING ? "stopping" : "stopped";
}

// ---- drivers ---------------------------------------------------------------------------------------

typedef void show_driver(void *context, const char *name, const SERVICE_STATUS *state,
                         const QUERY_SERVICE_CONFIGA *config);

static QUERY_SERVICE_CONFIGA *configuration(SC_HANDLE manager, const char *name)
{
    DWORD needed = 0;
    SC_HANDLE service = OpenServiceA(manager, name, SERVICE_QUERY_CONFIG);
    QUERY_SERVICE_CONFIGA *config = NULL;
    if (service && !QueryServiceConfigA(service, NULL, 0, &needed) && GetLastError() == ERROR_INSUFFICIENT_BUFFER)
        config = malloc(needed);
    if (config && !QueryServiceConfigA(service, config, needed, &needed)) {
        free(config);
        config = NULL;
    }
    if (service)
        CloseServiceHandle(service);
    return config;
}

static bool each_driver(show_driver *show, void *context)
{
    enum { SIZE = 64 * 1024 };
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ENUMERATE_SERVICE);
    ENUM_SERVICE_STATUSA *services = malloc(SIZE);
    DWORD needed, count = 0, resume = 0;
    BOOL done = FALSE;
    while (manager && services && !done) {
        done =
            EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, services, SIZE, &needed, &count, &resume);
        if (!done && (GetLastError() != ERROR_MORE_DATA || !count))
            break;
        for (DWORD i = 0; i < count; i++) {
            QUERY_SERVICE_CONFIGA *config = configuration(manager, services[i].lpServiceName);
            if (config) // it may have been removed meanwhile
                show(context, services[i].lpServiceName, &services[i].ServiceStatus, config);
            free(config);
        }
    }
    free(services);
    if (manager)
        CloseServiceHandle(manager);
    return done;
}

static const char *path_of(const QUERY_SERVICE_CONFIGA *config)
{
    const char *path = config->lpBinaryPathName;
    return strncmp(path, "\\??\\", 4) == 0 ? path + 4 : path;
}

static void show_text(void *context, const char *name, const SERVICE_STATUS *state, const QUERY_SERVICE_CONFIGA *config)
{
    unsigned *shown = context;
    printf("%-10s %-20s %-9s %-9s %s", (*shown)++ ? "" : "drivers", name, state_name(state->dwCurrentState),
           start_names[config->dwStartType % 5], path_of(config));
    if (state->dwCurrentState == SERVICE_STOPPED && state->dwWin32ExitCode &&
        state->dwWin32ExitCode != ERROR_SERVICE_NEVER_STARTED)
        printf("  (error %u)", state->dwWin32ExitCode);
    putchar('\n');
}

static void show_json(void *context, const char *name, const SERVICE_STATUS *state, const QUERY_SERVICE_CONFIGA *config)
{
    struct rtl_json *json = context;
    rtl_json_begin(json, NULL, '{');
    rtl_json_string(json, "name", name);
    rtl_json_string(json, "state", state_name(state->dwCurrentState));
    rtl_json_string(json, "start", start_names[config->dwStartType % 5]);
    rtl_json_string(json, "error_control", error_names[config->dwErrorControl % 4]);
    rtl_json_string(json, "file", path_of(config));
    rtl_json_begin(json, "depends", '[');
    for (const char *at = config->lpDependencies; *at; at += strlen(at) + 1)
        rtl_json_string(json, NULL, at);
    rtl_json_end(json, ']');
    rtl_json_number(json, "last_error", state->dwWin32ExitCode);
    rtl_json_end(json, '}');
}

// ---- the server ------------------------------------------------------------------------------------

static void print_time(uint64_t seconds)
{
    if (seconds >= 86400)
        printf("%llu d ", (unsigned long long)seconds / 86400);
    if (seconds >= 3600)
        printf("%llu h ", (unsigned long long)seconds / 3600 % 24);
    if (seconds >= 60)
        printf("%llu min ", (unsigned long long)seconds / 60 % 60);
    printf("%llu s\n", (unsigned long long)seconds % 60);
}

static bool print_text(const struct gate_status *status)
{
    unsigned shown = 0;
    printf("%-10s nthost %s, process %u\n", "server", status->version, status->server_pid);
    printf("%-10s ", "up");
    print_time(status->uptime_ns / 1000000000);
    printf("%-10s %s\n", "socket", status->socket);
    printf("%-10s %s\n", "registry", *status->registry ? status->registry : "in memory");
    printf("%-10s %u\n", "clients", status->clients);
    bool done = each_driver(show_text, &shown);
    if (done && !shown)
        printf("%-10s none\n", "drivers");
    return done;
}

static bool print_json(const struct gate_status *status)
{
    struct rtl_json json = {.out = stdout};
    rtl_json_begin(&json, NULL, '{');
    rtl_json_string(&json, "version", status->version);
    rtl_json_number(&json, "pid", status->server_pid);
    rtl_json_number(&json, "uptime_ms", status->uptime_ns / 1000000);
    rtl_json_string(&json, "socket", status->socket);
    rtl_json_string(&json, "registry", *status->registry ? status->registry : NULL);
    rtl_json_number(&json, "clients", status->clients);
    rtl_json_begin(&json, "drivers", '[');
    bool done = each_driver(show_json, &json);
    rtl_json_end(&json, ']');
    rtl_json_end(&json, '}');
    return done;
}

int status_main(int argc, char **argv)
{
    const char *socket = NULL;
    bool json = false;
    const struct option_row rows[] = {{"socket", .text = &socket}, {"json", .flag = &json}, {0}};
    const struct options options = {.command = "status", .usage = usage, .rows = rows};
    int result = options_parse(&options, argc, argv);
    if (result)
        return result;
    struct gate_status status;
    char message[512];
    if (gate_client_status(socket, &status, message, sizeof message)) {
        tool_error("status: %s", message);
        return TOOL_FAILED;
    }
    setenv("NTHOST_SERVER", status.socket, 1); // for the calls of the Win32 library
    unsetenv("NTHOST_GATE");
    if (json ? print_json(&status) : print_text(&status))
        return TOOL_OK;
    tool_error("status: the drivers cannot be listed: error %u", GetLastError());
    return TOOL_FAILED;
}
