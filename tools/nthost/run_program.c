// The program that nthost run runs: its folder, its environment, its signals, its end.
//
// A thread waits for the signals that end things; no other thread ever sees one. Before the program starts
// and after it has ended they end this process, and the folder goes with it. While the program runs, a signal
// that another process sent is passed on. Ctrl-C is not: the terminal gave it to both.
#include "run.h"

#include "hal/hal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], socket_path[96], lock_path[96];
static struct hal_mutex lock; // of the next line: no signal between its change and the deed
static pid_t running;         // the program; 0: none
static sigset_t ends;         // the signals that end things
static sigset_t before;       // what the program may receive: as this process was started

void run_remove_folder(void)
{
    if (!folder[0])
        return;
    unlink(socket_path);
    unlink(lock_path);
    rmdir(folder);
    folder[0] = 0;
}

static bool try_folder(const char *parent)
{
    if (!parent || !*parent || strlen(parent) + sizeof "/nthost-XXXXXX" > sizeof folder)
        return false;
    snprintf(folder, sizeof folder, "%s/nthost-XXXXXX", parent);
    if (mkdtemp(folder))
        return true;
    folder[0] = 0;
    return false;
}

int run_make_folder(const char **path)
{
    if (!try_folder(getenv("XDG_RUNTIME_DIR")) && !try_folder(getenv("TMPDIR")) && !try_folder("/tmp"))
        return errno ? errno : ENOENT;
    snprintf(socket_path, sizeof socket_path, "%s/nthost.sock", folder);
    snprintf(lock_path, sizeof lock_path, "%s/nthost.sock.lock", folder);
    *path = socket_path;
    atexit(run_remove_folder);
    return 0;
}

// ---- signals ------------------------------------------------------------------------------------

static void watch_signals(void *argument)
{
    siginfo_t information;
    (void)argument;
    for (;;) {
        int number = sigwaitinfo(&ends, &information);
        if (number < 0)
            continue;
        hal_mutex_lock(&lock);
        if (running == 0) {
            run_remove_folder();
            _exit(128 + number);
        }
        if (information.si_code <= 0) // from a process, not from the terminal
            kill(running, number);
        hal_mutex_unlock(&lock);
    }
}

int run_handle_signals(void)
{
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, &before); // threads inherit it
    signal(SIGPIPE, SIG_IGN); // nobody reads the debug view any more: the program goes on all the same
    return hal_thread_start(NULL, watch_signals, NULL, "nthost-signals");
}

// ---- the program --------------------------------------------------------------------------------

// In the child.
_Noreturn static void become_program(char **program, int report)
{
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    execvp(program[0], program);
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(1);
}

int run_start_program(char **program, const char *path, pid_t *child)
{
    int report[2], error;
    if (pipe2(report, O_CLOEXEC) != 0)
        return errno;
    // What the program inherits; this process looks at none of it.
    setenv("NTHOST_SERVER", path, 1);
    unsetenv("NTHOST_GATE");
    unsetenv("NTHOST_DRIVERS");
    unsetenv("NTHOST_LOG");
    fflush(NULL);
    hal_mutex_lock(&lock);
    *child = fork();
    if (*child == 0)
        become_program(program, report[1]);
    error = *child < 0 ? errno : 0;
    running = *child < 0 ? 0 : *child;
    hal_mutex_unlock(&lock);
    close(report[1]);
    if (!error && read(report[0], &error, sizeof error) != (ssize_t)sizeof error)
        error = 0; // closed by the exec
    close(report[0]);
    if (error && *child > 0)
        run_wait_for_program(*child);
    return error;
}

int run_wait_for_program(pid_t child)
{
    siginfo_t information;
    int status = 0;
    while (waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    hal_mutex_lock(&lock);
    waitpid(child, &status, 0); // from now on its number may be another's
    running = 0;
    hal_mutex_unlock(&lock);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
