// What the commands of nthost share.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

// Exit statuses. A command that runs a program passes that program's status on.
enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };
enum { TOOL_HELP = -1 }; // of a command that has shown its page: it ends well

struct tool_command {
    const char *name;
    int (*run)(int argc, char **argv); // argv[0] is the command's name
    const char *summary;
};

extern const struct tool_command tool_commands[]; // ends with a NULL name

int run_main(int argc, char **argv);
int up_main(int argc, char **argv);
int status_main(int argc, char **argv);
int down_main(int argc, char **argv);
int server_main(int argc, char **argv);
int log_main(int argc, char **argv);
int trace_main(int argc, char **argv);
int objects_main(int argc, char **argv);
int irps_main(int argc, char **argv);
int inspect_main(int argc, char **argv);
int exports_main(int argc, char **argv);
int devices_main(int argc, char **argv);
int read_main(int argc, char **argv);
int write_main(int argc, char **argv);
int ioctl_main(int argc, char **argv);
int mount_main(int argc, char **argv);

// ${XDG_STATE_HOME:-~/.local/state}/nthost/NAME; false when the environment names no home. path has PATH_MAX bytes.
bool tool_state_path(const char *name, char *path);
// "nthost: ..." on stderr. Lines after the first are indented: they say what to do.
__attribute__((format(printf, 1, 2))) void tool_error(const char *format, ...);
// The same, and where to read on; TOOL_USAGE.
__attribute__((format(printf, 2, 3))) int tool_usage_error(const char *command, const char *format, ...);
// What getopt_long found wrong (it must have been told to be silent: a leading ':' in its option string).
int tool_bad_option(const char *command, char **argv, int option);
// A whole number, decimal or 0x...; false when the text is none or it is larger than `most`.
bool tool_number(const char *text, unsigned long long most, unsigned long long *number);
// Does a name that a user typed mean that one? "read", "mj_read" and "IRP_MJ_READ" the function IRP_MJ_READ; "X" and "\Device\X"
// the device \Device\X; case does not count.
bool tool_names_major(const char *major, const char *typed);
bool tool_names_device(const char *device, const char *typed);
// Colours are welcome on that stream: a terminal that is not dumb, and no NO_COLOR.
bool tool_wants_colour(FILE *stream);
