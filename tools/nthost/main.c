// nthost: one program, a command a job.
#include "tool.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

const struct tool_command tool_commands[] = {
    {"run", run_main, "run a program with drivers, in a kernel of its own"},
    {"up", up_main, "start a kernel in the background, with the services of last time"},
    {"status", status_main, "show the kernel that runs, its clients and its drivers"},
    {"down", down_main, "end it"},
    {"server", server_main, "keep a kernel running in this terminal"},
    {"log", log_main, "show what drivers print: the debug view"},
    {"trace", trace_main, "show requests as they are completed: the request view"},
    {"objects", objects_main, "show devices, links, drivers, and who holds what"},
    {"irps", irps_main, "show the requests that are under way"},
    {"devices", devices_main, "list the devices that programs can open"},
    {"read", read_main, "read from a device"},
    {"write", write_main, "write to a device"},
    {"ioctl", ioctl_main, "send a control code to a device"},
    {"mount", mount_main, "show devices as files"},
    {"inspect", inspect_main, "say what a driver file is and whether it would load"},
    {"exports", exports_main, "list what drivers can import here"},
    {NULL, NULL, NULL},
};

static void print_help(FILE *stream)
{
    fputs("usage: nthost COMMAND [OPTIONS] ...\n\n"
          "Runs Windows drivers (.sys) in a Linux process and lets programs open their devices.\n\n",
          stream);
    for (const struct tool_command *command = tool_commands; command->name; command++)
        fprintf(stream, "  %-9s %s\n", command->name, command->summary);
    fputs("\n  --help     this page; \"nthost COMMAND --help\" explains a command\n"
          "  --version  which nthost this is\n\n"
          "Example:\n"
          "  nthost run LySharkDriver.sys -- ./lyshark\n\n"
          "Exit status: 0 it worked; 1 it did not; 2 the command line makes no sense. \"run\" ends with the\n"
          "status of the program it ran.\n",
          stream);
}

// How many letters must be changed, put in or taken out to make one word the other.
static unsigned distance(const char *one, const char *other)
{
    enum { LONGEST = 32 };
    unsigned row[LONGEST + 1], columns = (unsigned)strnlen(other, LONGEST);
    for (unsigned j = 0; j <= columns; j++)
        row[j] = j;
    for (unsigned i = 1; i <= LONGEST && one[i - 1]; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= columns; j++) {
            unsigned changed = diagonal + (one[i - 1] != other[j - 1]);
            diagonal = row[j];
            row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = changed < row[j] ? changed : row[j];
        }
    }
    return row[columns];
}

static const char *nearest(const char *name)
{
    enum { TOO_FAR = 3 };
    const char *best = NULL;
    unsigned best_distance = TOO_FAR;
    for (const struct tool_command *command = tool_commands; command->name; command++) {
        unsigned how_far = strncmp(command->name, name, strlen(name)) == 0 ? 1 : distance(name, command->name);
        if (how_far < best_distance) {
            best_distance = how_far;
            best = command->name;
        }
    }
    return best;
}

static int unknown(const char *name)
{
    const char *guess = name[0] == '-' ? NULL : nearest(name);
    size_t length = strlen(name);
    if (guess)
        return tool_usage_error("", "there is no command \"%s\"; did you mean \"%s\"?", name, guess);
    if (length > 4 && strcmp(name + length - 4, ".sys") == 0)
        return tool_usage_error("", "there is no command \"%s\"; did you mean \"nthost run %s -- PROGRAM\"?", name,
                                name);
    return tool_usage_error("", "there is no %s \"%s\"", name[0] == '-' ? "option" : "command", name);
}

// A page that cannot be written is a failure, too.
static int finish(int status)
{
    if (status == TOOL_HELP)
        status = TOOL_OK;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        tool_error("the output cannot be written");
        return status == TOOL_OK ? TOOL_FAILED : status;
    }
    return status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        print_help(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return finish(TOOL_OK);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("nthost " NTHOST_VERSION);
        return finish(TOOL_OK);
    }
    for (const struct tool_command *command = tool_commands; command->name; command++)
        if (strcmp(argv[1], command->name) == 0)
            return finish(command->run(argc - 1, argv + 1));
    return unknown(argv[1]);
}
