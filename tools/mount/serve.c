// Mounting, serving and ending.
//
//     mounted, in the background --> serving --signal, server ended, unmounted--> ending --> unmounted
//
// Serving is libfuse's loop of threads. A thread of ours waits for signals and for the end of the server; then it cancels
// the requests under way, so that the loop's threads come home.
#include "mount.h"
#include "run.h"

#include "nthost/tool.h"

#include <errno.h>
#include <fuse_log.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 900, PATIENCE = 40, STEP_MS = 50 }; // a client of a server has 1,024 threads

// What libfuse has to say goes into our message.
static char fuse_text[400];

static void keep_text(enum fuse_log_level level, const char *format, va_list arguments)
{
    size_t used = strlen(fuse_text);
    if (level > FUSE_LOG_WARNING)
        return;
    vsnprintf(fuse_text + used, sizeof fuse_text - used, format, arguments);
    while ((used = strlen(fuse_text)) && fuse_text[used - 1] == '\n')
        fuse_text[used - 1] = 0;
}

static struct fuse_session *mount_it(const struct mount_options *wanted, struct mount *mount)
{
    char *arguments[] = {"nthost", "-o",
                         wanted->allow_other ? "allow_other,default_permissions,fsname=nthost,subtype=nthost"
                                             : "default_permissions,fsname=nthost,subtype=nthost",
                         NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
    fuse_set_log_func(keep_text);
    struct fuse_session *session = fuse_session_new(&args, &mount_ops, sizeof mount_ops, mount);
    if (session && fuse_session_mount(session, wanted->directory) != 0) {
        fuse_session_destroy(session);
        session = NULL;
    }
    fuse_opt_free_args(&args);
    if (!session)
        tool_error("mount: %s: cannot be mounted%s%s", wanted->directory, *fuse_text ? ": " : "", fuse_text);
    fuse_set_log_func(NULL);
    return session;
}

// ---- the end ------------------------------------------------------------------------------------------------------

struct watch {
    struct fuse_session *session;
    pthread_t loop; // the thread in libfuse's loop
    int signals, server, finished[2];
    bool server_ended;
};

// The loop looks at its flag when a signal wakes it, which may come just before it sleeps: so it comes again.
static void end_loop(struct watch *watch)
{
    struct pollfd finished = {.fd = watch->finished[0], .events = POLLIN};
    mount_cancel_all();
    fuse_session_exit(watch->session);
    for (int i = 0; i < PATIENCE; i++) {
        pthread_kill(watch->loop, SIGUSR1);
        if (poll(&finished, 1, STEP_MS) > 0)
            return;
    }
    fuse_session_unmount(watch->session); // a driver keeps a request for itself
    _exit(TOOL_FAILED);
}

static void *watch_for_the_end(void *context)
{
    struct watch *watch = context;
    struct pollfd sources[] = {{.fd = watch->signals, .events = POLLIN},
                               {.fd = watch->server, .events = POLLIN},
                               {.fd = watch->finished[0], .events = POLLIN}};
    while (poll(sources, 3, -1) < 0 && errno == EINTR)
        ;
    watch->server_ended = sources[1].revents != 0;
    if (!sources[2].revents)
        end_loop(watch);
    return NULL;
}

static void wake(int number)
{
    (void)number;
}

static bool serve(struct watch *watch)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    struct sigaction waking = {.sa_handler = wake};
    pthread_t watcher;
    sigset_t ends;
    sigemptyset(&ends);
    for (const int *number = (const int[]){SIGINT, SIGTERM, SIGHUP, 0}; *number; number++)
        sigaddset(&ends, *number);
    pthread_sigmask(SIG_BLOCK, &ends, NULL); // and so in all threads that come
    sigaction(SIGUSR1, &waking, NULL);
    signal(SIGPIPE, SIG_IGN);
    watch->loop = pthread_self();
    watch->signals = signalfd(-1, &ends, SFD_CLOEXEC);
    if (!config || watch->signals < 0 || pipe(watch->finished) != 0 ||
        pthread_create(&watcher, NULL, watch_for_the_end, watch) != 0)
        return false;
    fuse_loop_cfg_set_max_threads(config, THREADS);
    int result = fuse_session_loop_mt(watch->session, config);
    fuse_loop_cfg_destroy(config);
    close(watch->finished[1]);
    pthread_join(watcher, NULL);
    return result == 0 || fuse_session_exited(watch->session);
}

int mount_run(const struct mount_options *options)
{
    struct mount mount = {.socket = options->socket, .uid = getuid(), .gid = getgid()};
    struct watch watch = {.server = options->server, .session = mount_it(options, &mount)};
    int result = TOOL_OK;
    struct stat socket;
    if (!watch.session)
        return TOOL_FAILED;
    mount.administrator = mount.uid == 0 || (stat(options->socket, &socket) == 0 && socket.st_uid == mount.uid);
    clock_gettime(CLOCK_REALTIME, &mount.since);
    fflush(stdout);
    if (fuse_daemonize(options->foreground) != 0 || !serve(&watch))
        result = TOOL_FAILED;
    fuse_session_unmount(watch.session);
    fuse_session_destroy(watch.session);
    if (watch.server_ended)
        tool_error("mount: the kernel server has ended");
    return result;
}
