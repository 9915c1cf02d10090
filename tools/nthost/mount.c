// nthost mount: the devices of a kernel server as files. The work is done in tools/mount.
#include "mount/run.h"
#include "device.h"
#include "options.h"
#include "tool.h"

#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
    "usage: nthost mount DIRECTORY [--foreground] [--allow-other] [--socket PATH]\n"
    "\n"
    "Shows each device of the kernel server as a file in DIRECTORY: cat, dd, head, any program opens, reads\n"
    "and writes it, and sends control codes with ioctl (nthost_ioctl.h). A read or write is one request to the\n"
    "driver; file offsets are passed on; Ctrl-C cancels a request that pends. Devices come and go with their\n"
    "drivers. Mode bits say what the device's security descriptor allows. Goes to the background, and ends\n"
    "when the server ends, on SIGINT or SIGTERM, or with \"fusermount3 -u DIRECTORY\".\n"
    "\n"
    "  --foreground   stay in this terminal; Ctrl-C unmounts\n"
    "  --allow-other  let other users in, as far as the mode bits do; /etc/fuse.conf must say user_allow_other\n"
    "  --socket PATH  the server that listens there; default: NTHOST_SERVER, or\n"
    "                 ${XDG_RUNTIME_DIR:-/tmp/nthost-$UID}/nthost.sock\n"
    "  --help         this page\n"
    "\n"
    "Example:\n"
    "  nthost mount /tmp/devices\n"
    "  head -c 5 /tmp/devices/LySharkDriver\n"
    "\n"
    "Exit status: 0; 1 when there is no server or it cannot be mounted; 2 for a wrong command line.\n";

static int parse(struct mount_options *wanted, int argc, char **argv)
{
    const struct option_row rows[] = {
        {"foreground", .flag = &wanted->foreground},
        {"allow-other", .flag = &wanted->allow_other},
        {"socket", .text = &wanted->socket},
        {0},
    };
    const struct options options = {.command = "mount",
                                    .usage = usage,
                                    .rows = rows,
                                    .operand = &wanted->directory,
                                    .missing = "in which directory?",
                                    .surplus = "one directory"};
    return options_parse(&options, argc, argv);
}

// ---- can it be mounted? -------------------------------------------------------------------------------------------

static bool has_program(const char *name)
{
    char path[4096];
    const char *all = getenv("PATH");
    for (const char *at = all ? all : ""; *at;) {
        size_t length = strcspn(at, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)length, at, name);
        if (access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

static bool hides_socket(const struct mount_options *wanted, const char *whole)
{
    size_t length = strlen(whole);
    return wanted->socket && strncmp(wanted->socket, whole, length) == 0 && wanted->socket[length] == '/';
}

static int check_directory(const struct mount_options *wanted)
{
    struct stat directory;
    char *whole = NULL;
    int result = TOOL_FAILED;
    if (stat(wanted->directory, &directory) != 0)
        tool_error("mount: %s: %s%s", wanted->directory, strerror(errno),
                   errno == ENOENT     ? "\nmake the directory first"
                   : errno == ENOTCONN ? "\nan earlier mount has died there: fusermount3 -u takes it away"
                                       : "");
    else if (!S_ISDIR(directory.st_mode))
        tool_error("mount: %s is no directory", wanted->directory);
    else if (!(whole = realpath(wanted->directory, NULL)))
        tool_error("mount: %s: %s", wanted->directory, strerror(errno));
    else if (hides_socket(wanted, whole))
        tool_error("mount: the server's socket %s is in %s and would be hidden\nmake a directory for the devices",
                   wanted->socket, wanted->directory);
    else
        result = TOOL_OK;
    free(whole);
    return result;
}

static int check(struct mount_options *wanted)
{
    struct gate_status status;
    char message[512];
    if (access("/dev/fuse", F_OK) != 0) {
        tool_error("mount: there is no /dev/fuse\nload the kernel's module (modprobe fuse); a container must be given "
                   "the device (--device /dev/fuse)");
        return TOOL_FAILED;
    }
    if (geteuid() != 0 && !has_program("fusermount3")) {
        tool_error("mount: fusermount3 is missing: install the package fuse3");
        return TOOL_FAILED;
    }
    if (gate_client_status(wanted->socket, &status, message, sizeof message)) {
        tool_error("mount: %s", message);
        return TOOL_FAILED;
    }
    if (check_directory(wanted) != TOOL_OK)
        return TOOL_FAILED;
    wanted->server = (int)syscall(SYS_pidfd_open, (pid_t)status.server_pid, 0);
    return TOOL_OK;
}

// In the background "/" is the working directory, so the socket's path must be whole. NULL: it is too long, or there is
// none.
static char *find_socket(const char *wanted)
{
    char path[128];
    const char *given = wanted ? wanted : getenv("NTHOST_SERVER");
    if (given && *given)
        return realpath(given, NULL);
    return gate_default_socket(path, sizeof path) ? realpath(path, NULL) : NULL;
}

int mount_main(int argc, char **argv)
{
    struct mount_options wanted = {.directory = ""};
    int result = parse(&wanted, argc, argv);
    if (result)
        return result;
    char *socket = find_socket(wanted.socket);
    if (socket)
        wanted.socket = socket;
    device_server(wanted.socket);
    result = check(&wanted);
    if (!result)
        result = mount_run(&wanted);
    free(socket);
    return result;
}
