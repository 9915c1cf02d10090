// Asking llvm-symbolizer. See symbolize.h.
#include "symbolize.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { PATIENCE_MS = 2000 };

static bool start(const char *path, uint32_t rva, int output, pid_t *child)
{
    const char *program = getenv("NTHOST_SYMBOLIZER");
    char file[4096 + 8], address[16];
    char *arguments[] = {"llvm-symbolizer", "--relative-address", "--no-inlines", file, address, NULL};
    posix_spawn_file_actions_t actions;
    if ((program && !*program) || (size_t)snprintf(file, sizeof file, "--obj=%s", path) >= sizeof file)
        return false;
    snprintf(address, sizeof address, "0x%x", rva);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    int error = posix_spawnp(child, program ? program : arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error == 0;
}

// What comes until the end or the time is over, cut to the buffer.
static void read_answer(int input, char *text, size_t size)
{
    struct pollfd wait = {.fd = input, .events = POLLIN};
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used < size - 1 && poll(&wait, 1, PATIENCE_MS) == 1) {
        got = read(input, text + used, size - 1 - used);
        used += got > 0 ? (size_t)got : 0;
    }
    text[used] = 0;
}

bool gate_symbolize(const char *path, uint32_t rva, char *text, size_t size)
{
    int ends[2];
    pid_t child;
    *text = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    bool started = start(path, rva, ends[1], &child);
    close(ends[1]);
    if (started) {
        read_answer(ends[0], text, size);
        kill(child, SIGKILL); // done, or too late
        waitpid(child, NULL, 0);
    }
    close(ends[0]);
    char *line_end = strstr(text, "\n\n");
    if (line_end)
        *line_end = 0;
    return started && *text && *text != '?' && strchr(text, '\n');
}
