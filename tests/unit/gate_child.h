// Processes of the gate's tests: the test program runs itself again, with the name of a part to play.
#pragma once

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static inline pid_t child_start(const char *part)
{
    pid_t child;
    char *arguments[] = {"part", (char *)part, NULL};
    return posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) == 0 ? child : -1;
}

// The exit status, 128 + the signal that ended it, or -1 when it has not ended in time (it is killed then).
static inline int child_wait(pid_t child, unsigned milliseconds)
{
    int status;
    for (unsigned waited = 0; waitpid(child, &status, WNOHANG) == 0; waited++) {
        if (waited == milliseconds) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return -1;
        }
        usleep(1000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#undef CHECK // a child's failure is its exit status
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not true in the child: %s\n", __FILE__, __LINE__, #condition);                     \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)
