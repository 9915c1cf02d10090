// The program that nthost run runs: its folder, its environment, its signals, its end.
//
// A signal before the program starts or after it has ended ends this process; the folder goes with it. While
// the program runs, a signal that another process sent is passed on. Ctrl-C is not: the terminal gave it to
// both.
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64], socket_path[96], lock_path[96];
static _Atomic pid_t running; // the program; 0: none

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

static void on_signal(int number, siginfo_t *information, void *context)
{
    pid_t program = atomic_load(&running);
    int saved = errno;
    (void)context;
    if (program == 0) {
        run_remove_folder();
        _exit(128 + number);
    }
    if (information->si_code <= 0) // from a process, not from the terminal
        kill(program, number);
    errno = saved;
}

void run_handle_signals(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN); // nobody reads the debug view any more: the program goes on all the same
}

// ---- the program --------------------------------------------------------------------------------

// In the child.
_Noreturn static void become_program(char **program, const sigset_t *signals, int report)
{
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    pthread_sigmask(SIG_SETMASK, signals, NULL);
    execvp(program[0], program);
    int error = errno;
    ssize_t ignored = write(report, &error, sizeof error);
    (void)ignored;
    _exit(1);
}

int run_start_program(char **program, const char *path, pid_t *child)
{
    int ends[2], error = 0;
    sigset_t all, before;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    // What the program inherits; this process looks at none of it.
    setenv("NTHOST_SERVER", path, 1);
    unsetenv("NTHOST_GATE");
    unsetenv("NTHOST_DRIVERS");
    unsetenv("NTHOST_LOG");
    fflush(NULL);
    // No signal between the fork and the moment both sides know who they are.
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    *child = fork();
    if (*child == 0)
        become_program(program, &before, ends[1]);
    error = *child < 0 ? errno : 0;
    atomic_store(&running, *child < 0 ? 0 : *child);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (!error && read(ends[0], &error, sizeof error) != (ssize_t)sizeof error)
        error = 0; // closed by the exec
    close(ends[0]);
    if (error && *child > 0) {
        waitpid(*child, NULL, 0);
        atomic_store(&running, 0);
    }
    return error;
}

int run_wait_for_program(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    atomic_store(&running, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
