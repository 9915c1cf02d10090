// drvctl: the driver tool. Installs, starts, stops and removes drivers through the service control manager's
// API.
//
//     drvctl install NAME FILE    a service of that name for the driver file
//     drvctl config NAME          changes when it starts, what it depends on ...
//     drvctl start NAME           loads the driver (its DriverEntry runs)
//     drvctl stop NAME            unloads it
//     drvctl query NAME           its state, file and configuration
//     drvctl remove NAME          takes the service away
//     drvctl list                 all driver services
//
// Exit status 0 when it worked, 1 when it did not, 2 when the command line makes no sense.

#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ERROR_INVALID_IMAGE_HASH
#define ERROR_INVALID_IMAGE_HASH 577
#endif
#ifndef ERROR_DRIVER_BLOCKED
#define ERROR_DRIVER_BLOCKED 1275
#endif

struct command {
    const char *name;
    const char *arguments; // shown in the usage
    int count;             // how many there are
    const char *purpose;
    BOOL (*run)(SC_HANDLE manager, char **arguments, const struct settings *settings);
    DWORD manager_access;
    BOOL options; // takes those of settings.h
};

struct advice {
    DWORD error;
    const char *text;
};

// What the user can do about an error.
static const struct advice Advice[] = {
    {ERROR_FILE_NOT_FOUND,
     "The service's file is not there: \"drvctl query NAME\" shows it; install again from its new place."},
    {ERROR_PATH_NOT_FOUND,
     "The service's file is not there: \"drvctl query NAME\" shows it; install again from its new place."},
    {ERROR_ACCESS_DENIED, "You are not an administrator: start the console with \"Run as administrator\"."},
    {ERROR_SERVICE_EXISTS,
     "A service of this name exists: \"drvctl query NAME\" shows it, \"drvctl remove NAME\" takes it away."},
    {ERROR_DUPLICATE_SERVICE_NAME, "Another service uses this name: choose a different one."},
    {ERROR_SERVICE_DOES_NOT_EXIST,
     "There is no such service: \"drvctl list\" shows all, \"drvctl install NAME FILE\" makes one."},
    {ERROR_SERVICE_MARKED_FOR_DELETE, "The service goes away when the driver has stopped and every program "
                                      "that looks at it (services.msc) is closed."},
    {ERROR_SERVICE_ALREADY_RUNNING, "The driver runs already; \"drvctl stop NAME\" stops it."},
    {ERROR_SERVICE_NOT_ACTIVE, "The driver is not running; \"drvctl start NAME\" starts it."},
    {ERROR_INVALID_SERVICE_CONTROL,
     "The driver has no Unload routine or cannot stop now: it stays until the machine restarts."},
    {ERROR_INVALID_NAME, "A service's name has 1 to 256 characters and no slash or backslash."},
    {ERROR_INVALID_IMAGE_HASH, "Windows refuses the driver's signature. For a test-signed driver: \"bcdedit "
                               "/set testsigning on\", import the certificate, restart."},
    {ERROR_DRIVER_BLOCKED, "Windows blocks this driver; the Code Integrity log in the Event Viewer says why."},
    {ERROR_SERVICE_DISABLED, "The service is disabled: \"drvctl config NAME --start demand\" lets it start."},
    {ERROR_CIRCULAR_DEPENDENCY, "What it depends on depends on it; \"drvctl query\" shows who depends on whom."},
    {ERROR_SERVICE_DEPENDENCY_FAIL,
     "What it depends on did not start: \"drvctl query NAME\" shows on what, \"drvctl start\" of that says why."},
    {ERROR_SERVICE_DEPENDENCY_DELETED,
     "It depends on a service that does not exist: \"drvctl query NAME\" shows on which."},
    {ERROR_DEPENDENT_SERVICES_RUNNING, "Drivers that depend on it run: stop them first."},
    {ERROR_BAD_EXE_FORMAT, "The file is not a 64-bit Windows driver."},
    {ERROR_PROC_NOT_FOUND, "The driver imports a routine that does not exist here."},
    {ERROR_ALREADY_EXISTS,
     "The driver's device or link exists already: another copy of the driver runs under a different name."},
};

static const char *advice_for(DWORD error)
{
    for (size_t i = 0; i < sizeof Advice / sizeof *Advice; i++)
        if (Advice[i].error == error)
            return Advice[i].text;
    return NULL;
}

// Prints "drvctl: NAME: ACTION: TEXT (NUMBER)" and the advice, if any; always FALSE, so that callers can
// return it.
static BOOL report_advised(const char *name, const char *action, DWORD error, const char *advice)
{
    char text[512];
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text,
                                  sizeof text, NULL);

    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r' || text[length - 1] == ' '))
        length--;
    text[length] = '\0';
    fprintf(stderr, "drvctl: %s: %s: %s (%lu)\n", name, action, length > 0 ? text : "unknown error",
            (unsigned long)error);
    if (advice)
        fprintf(stderr, "        %s\n", advice);
    return FALSE;
}

static BOOL report(const char *name, const char *action, DWORD error)
{
    return report_advised(name, action, error, advice_for(error));
}

static const char *state_name(DWORD state)
{
    switch (state) {
    case SERVICE_STOPPED:
        return "stopped";
    case SERVICE_START_PENDING:
        return "starting";
    case SERVICE_STOP_PENDING:
        return "stopping";
    case SERVICE_RUNNING:
        return "running";
    default:
        return "in an unknown state";
    }
}

// A service of that name, opened for ACCESS; NULL after a report.
static SC_HANDLE open_service(SC_HANDLE manager, const char *name, DWORD access)
{
    SC_HANDLE service = OpenServiceA(manager, name, access);
    if (!service)
        report(name, "cannot open the service", GetLastError());
    return service;
}

// The whole path of a driver's file that can be read; FALSE after a report.
static BOOL find_file(const char *file, char *path, DWORD size)
{
    DWORD length = GetFullPathNameA(file, size, path, NULL);

    if (length == 0)
        return report(file, "cannot make a full path of it", GetLastError());
    if (length >= size)
        return report(file, "cannot install it", ERROR_FILENAME_EXCED_RANGE);
    // The service control manager takes any path; a missing file would show only at the start.
    FILE *opened = fopen(path, "rb");
    if (!opened)
        return report_advised(path, "cannot read the driver's file", ERROR_FILE_NOT_FOUND,
                              "Give the path of the .sys file, or run drvctl in its folder.");
    fclose(opened);
    return TRUE;
}

static BOOL install(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    const char *name = arguments[0];
    char path[4096];

    if (!find_file(arguments[1], path, sizeof path))
        return FALSE;
    DWORD start = settings->start == SERVICE_NO_CHANGE ? SERVICE_DEMAND_START : settings->start;
    DWORD error = settings->error_control == SERVICE_NO_CHANGE ? SERVICE_ERROR_NORMAL : settings->error_control;
    SC_HANDLE service =
        CreateServiceA(manager, name, settings->display ? settings->display : name, SERVICE_QUERY_STATUS,
                       SERVICE_KERNEL_DRIVER, start, error, path, settings->group, NULL, settings->depends, NULL, NULL);
    if (!service)
        return report(name, "cannot install the driver", GetLastError());
    CloseServiceHandle(service);
    printf("%s: installed (%s)\n", name, path);
    return TRUE;
}

static BOOL config(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    char path[4096];

    if (settings->file && !find_file(settings->file, path, sizeof path))
        return FALSE;
    SC_HANDLE service = open_service(manager, arguments[0], SERVICE_CHANGE_CONFIG);
    if (!service)
        return FALSE;
    BOOL done = ChangeServiceConfigA(service, SERVICE_NO_CHANGE, settings->start, settings->error_control,
                                     settings->file ? path : NULL, settings->group, NULL, settings->depends, NULL, NULL,
                                     settings->display);
    if (done)
        printf("%s: changed\n", arguments[0]);
    else
        report(arguments[0], "cannot change the service", GetLastError());
    CloseServiceHandle(service);
    return done;
}

static BOOL start(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    (void)settings;
    SC_HANDLE service = open_service(manager, arguments[0], SERVICE_START);
    if (!service)
        return FALSE;
    BOOL done = StartServiceA(service, 0, NULL);
    if (done)
        printf("%s: started\n", arguments[0]);
    else
        report(arguments[0], "cannot start the driver", GetLastError());
    CloseServiceHandle(service);
    return done;
}

static BOOL stop(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    (void)settings;
    SC_HANDLE service = open_service(manager, arguments[0], SERVICE_STOP | SERVICE_QUERY_STATUS);
    if (!service)
        return FALSE;
    SERVICE_STATUS status;
    BOOL done = ControlService(service, SERVICE_CONTROL_STOP, &status);
    if (!done)
        report(arguments[0], "cannot stop the driver", GetLastError());
    else if (status.dwCurrentState == SERVICE_STOPPED)
        printf("%s: stopped\n", arguments[0]);
    else
        printf("%s: %s; it is gone when the last program has closed its device\n", arguments[0],
               state_name(status.dwCurrentState));
    CloseServiceHandle(service);
    return done;
}

// Nothing where it cannot be asked. The answer has a variable size.
static void print_configuration(SC_HANDLE service)
{
    DWORD needed = 0;

    if (QueryServiceConfigA(service, NULL, 0, &needed) || GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return;
    QUERY_SERVICE_CONFIGA *config = malloc(needed);
    if (config && QueryServiceConfigA(service, config, needed, &needed)) {
        printf("    file: %s\n", config->lpBinaryPathName);
        printf("    start: %s\n", settings_start_name(config->dwStartType));
        printf("    a failed start: %s\n", settings_error_name(config->dwErrorControl));
        if (config->lpLoadOrderGroup && *config->lpLoadOrderGroup)
            printf("    group: %s\n", config->lpLoadOrderGroup);
        for (const char *at = config->lpDependencies; at && *at; at += strlen(at) + 1)
            printf("    depends on: %s\n", at);
    }
    free(config);
}

static BOOL query(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    (void)settings;
    SC_HANDLE service = open_service(manager, arguments[0], SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    if (!service)
        return FALSE;
    SERVICE_STATUS status;
    BOOL done = QueryServiceStatus(service, &status);
    if (done) {
        printf("%s: %s\n", arguments[0], state_name(status.dwCurrentState));
        if (status.dwCurrentState == SERVICE_STOPPED && status.dwWin32ExitCode != NO_ERROR)
            printf("    last error: %lu\n", (unsigned long)status.dwWin32ExitCode);
        print_configuration(service);
    } else {
        report(arguments[0], "cannot query the driver", GetLastError());
    }
    CloseServiceHandle(service);
    return done;
}

static BOOL remove_service(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    (void)settings;
    SC_HANDLE service = open_service(manager, arguments[0], DELETE);
    if (!service)
        return FALSE;
    BOOL done = DeleteService(service);
    if (done)
        printf("%s: removed\n", arguments[0]);
    else
        report(arguments[0], "cannot remove the service", GetLastError());
    CloseServiceHandle(service);
    return done;
}

static BOOL list(SC_HANDLE manager, char **arguments, const struct settings *settings)
{
    (void)arguments;
    (void)settings;
    // Never more than the 64 KiB the call accepts at once; resume goes on where the last part ended.
    DWORD size = 64 * 1024, needed, count, resume = 0;
    ENUM_SERVICE_STATUSA *services = malloc(size);
    if (!services)
        return report("list", "cannot list the drivers", ERROR_NOT_ENOUGH_MEMORY);
    BOOL more;
    do {
        BOOL done =
            EnumServicesStatusA(manager, SERVICE_DRIVER, SERVICE_STATE_ALL, services, size, &needed, &count, &resume);
        DWORD error = done ? NO_ERROR : GetLastError();
        if (!done && error != ERROR_MORE_DATA) {
            free(services);
            return report("list", "cannot list the drivers", error);
        }
        for (DWORD i = 0; i < count; i++)
            printf("%-24s %s\n", services[i].lpServiceName, state_name(services[i].ServiceStatus.dwCurrentState));
        more = !done && count > 0;
    } while (more);
    free(services);
    return TRUE;
}

static const struct command Commands[] = {
    {"install", "NAME FILE", 2, "a service of that name for the driver file", install, SC_MANAGER_CREATE_SERVICE, TRUE},
    {"config", "NAME", 1, "changes it: see the options", config, SC_MANAGER_CONNECT, TRUE},
    {"start", "NAME", 1, "loads the driver", start, SC_MANAGER_CONNECT, FALSE},
    {"stop", "NAME", 1, "unloads it", stop, SC_MANAGER_CONNECT, FALSE},
    {"query", "NAME", 1, "its state, its file and its configuration", query, SC_MANAGER_CONNECT, FALSE},
    {"remove", "NAME", 1, "takes the service away", remove_service, SC_MANAGER_CONNECT, FALSE},
    {"list", "", 0, "all driver services and their states", list, SC_MANAGER_ENUMERATE_SERVICE, FALSE},
};
enum { COMMANDS = sizeof Commands / sizeof *Commands };

static void print_usage(FILE *stream)
{
    fprintf(stream, "drvctl: installs, starts, stops and removes drivers\n\n");
    for (int i = 0; i < COMMANDS; i++)
        fprintf(stream, "    drvctl %-8s %-10s %s\n", Commands[i].name, Commands[i].arguments, Commands[i].purpose);
    fprintf(stream, "    drvctl %-8s %-10s %s\n", "--help", "", "this page");
    fprintf(stream, "\nOptions of install and config:\n\n"
                    "    --start boot|system|auto|demand|disabled  when it starts; demand unless you say\n"
                    "    --error ignore|normal|severe|critical     what a failed start means; normal unless you say\n"
                    "    --depend NAME   starts after that service, or after the group +NAME; may be given again\n"
                    "    --group NAME    the load order group it belongs to\n"
                    "    --display TEXT  the name to show\n"
                    "    --file FILE     (config) another driver file\n");
    fprintf(stream, "\nExample: drvctl install LySharkDriver LySharkDriver.sys, then drvctl start LySharkDriver\n");
}

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(Commands[i].name, name) == 0)
            return &Commands[i];
    return NULL;
}

int main(int argc, char **argv)
{
    SetConsoleOutputCP(CP_UTF8);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return 0;
    }
    const struct command *command = argc >= 2 ? find_command(argv[1]) : NULL;
    int count = argc - 2;
    struct settings settings = {0};
    if (command && command->options && !settings_parse(&settings, &count, argv + 2)) {
        settings_free(&settings);
        return 2;
    }
    if (!command || count != command->count) {
        if (command)
            fprintf(stderr, "drvctl: usage: drvctl %s%s %s\n", command->name, command->options ? " [OPTIONS]" : "",
                    command->arguments);
        else if (argc >= 2)
            fprintf(stderr, "drvctl: there is no command \"%s\"; \"drvctl --help\" shows all\n", argv[1]);
        else
            print_usage(stderr);
        return 2;
    }

    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, command->manager_access);
    if (!manager) {
        report(command->name, "cannot reach the service control manager", GetLastError());
        return 1;
    }
    BOOL done = command->run(manager, argv + 2, &settings);
    CloseServiceHandle(manager);
    settings_free(&settings);
    if (fflush(stdout) != 0)
        done = FALSE;
    return done ? 0 : 1;
}
