// soak-kill [OPTIONS] DRIVERS: clients on one driver that are killed at random moments, all the time.
//
//     --processes N   at any time (8)        --seconds N   for how long (60)
//     --threads N     of each process (4)    --seed N      of the random numbers (1)
//
// DRIVERS is the folder of Echo.sys. This process is the kernel's server; the clients are this program, run again. Each
// thread writes, reads back and has bytes inverted, and looks at each byte. It is a failure when a byte is wrong, when a
// call fails, when a thread has not moved for STALLED_S seconds, when the driver or the kernel complains, when something
// is left once the clients are gone, or when the driver does not unload.
#include "kill.h"

#include "dbg/dbg.h"
#include "gate/server.h"

#include <nthost.h>

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { STALLED_S = 30, SETTLE_S = 60, LIFE_MS = 1500, SHARED_FD = 3, NS_PER_MS = 1000000 };

struct life { // of the client in one place
    pid_t process;
    uint64_t end_ns;
    uint64_t moves[SOAK_KILL_THREADS], moved_ns[SOAK_KILL_THREADS]; // what the watch saw last
};

static struct {
    unsigned processes, threads, seconds, seed;
    const char *drivers;
} options = {.processes = 8, .threads = 4, .seconds = 60, .seed = 1};
static struct soak_kill *shared;
static int shared_fd;
static struct life lives[SOAK_KILL_PROCESSES];
static unsigned killed, started;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what, unsigned number)
{
    fprintf(stderr, "soak-kill: %s (%u)\n", what, number);
    atomic_fetch_add(&shared->failures, 1);
}

// ---- clients --------------------------------------------------------------------------------------------

static void start_client(unsigned place)
{
    struct life *life = &lives[place];
    char numbers[3][16];
    char *arguments[] = {"soak-kill-client", numbers[0], numbers[1], numbers[2], NULL};
    posix_spawn_file_actions_t actions;

    snprintf(numbers[0], sizeof numbers[0], "%u", place);
    snprintf(numbers[1], sizeof numbers[1], "%u", options.threads);
    snprintf(numbers[2], sizeof numbers[2], "%u", options.seed * 100003 + started++);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, shared_fd, SHARED_FD);
    *life = (struct life){0};
    if (posix_spawn(&life->process, "/proc/self/exe", &actions, NULL, arguments, environ) != 0)
        fail("a client does not start", place);
    posix_spawn_file_actions_destroy(&actions);
    life->end_ns = now_ns() + (uint64_t)(rand_r(&options.seed) % LIFE_MS) * NS_PER_MS;
    for (unsigned i = 0; i < options.threads; i++)
        life->moved_ns[i] = now_ns();
}

static void end_client(unsigned place)
{
    int status;

    kill(lives[place].process, SIGKILL);
    waitpid(lives[place].process, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail("a client ended by itself", place);
    killed++;
}

static void watch(unsigned place)
{
    struct life *life = &lives[place];

    for (unsigned i = 0; i < options.threads; i++) {
        uint64_t moves = atomic_load(&shared->moves[place][i]), now = now_ns();
        if (moves != life->moves[i]) {
            life->moves[i] = moves;
            life->moved_ns[i] = now;
        } else if (now - life->moved_ns[i] > STALLED_S * UINT64_C(1000000000)) {
            fail("a thread hangs", place);
            life->moved_ns[i] = now;
        }
    }
}

static void play(void)
{
    uint64_t end_ns = now_ns() + options.seconds * UINT64_C(1000000000);

    for (unsigned i = 0; i < options.processes; i++)
        start_client(i);
    while (now_ns() < end_ns) {
        for (unsigned i = 0; i < options.processes; i++) {
            watch(i);
            if (now_ns() < lives[i].end_ns)
                continue;
            end_client(i);
            start_client(i);
        }
        usleep(1000);
    }
    for (unsigned i = 0; i < options.processes; i++)
        end_client(i);
}

// ---- the kernel -----------------------------------------------------------------------------------------

// The kernel's report of a driver at fault begins with stars.
static void look_at_log(const struct dbg_record *record, void *context)
{
    (void)context;
    if (record->length >= 3 && memcmp(record->text, "***", 3) == 0)
        fail("the kernel reports a fault", 0);
    fprintf(stderr, "soak-kill: log: %.*s\n", (int)record->length, record->text);
}

static bool same(const struct nthost_counts *a, const struct nthost_counts *b)
{
    return a->pool_blocks == b->pool_blocks && a->objects == b->objects && a->files == b->files &&
           a->devices == b->devices && a->threads == b->threads && a->processes == b->processes;
}

// Rundown may take a moment.
static void check_counts(const struct nthost_counts *before)
{
    struct nthost_counts now = nthost_counts();

    for (int i = 0; i < SETTLE_S * 100 && !same(before, &now); i++) {
        usleep(10000);
        now = nthost_counts();
    }
    if (!same(before, &now))
        fail("something leaked: pool blocks", (unsigned)(now.pool_blocks - before->pool_blocks));
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void soak(struct gate_server *server)
{
    uint64_t start_ns = now_ns();
    struct nthost_counts before = nthost_counts();
    unsigned descriptors = open_descriptors();

    play();
    if (gate_server_wait_idle(server, SETTLE_S * 1000) != 0)
        fail("clients are still being run down", gate_server_clients(server));
    check_counts(&before);
    for (int i = 0; i < 500 && open_descriptors() > descriptors; i++) // sessions are joined a moment after
        usleep(10000);
    if (open_descriptors() > descriptors)
        fail("descriptors leaked", open_descriptors() - descriptors);
    uint64_t moves = 0;
    for (unsigned i = 0; i < options.processes; i++)
        for (unsigned j = 0; j < options.threads; j++)
            moves += atomic_load(&shared->moves[i][j]);
    if (!moves)
        fail("nobody did anything", 0);
    printf("soak-kill: %u processes of %u threads for %.1f s: %ju round trips, %ju bytes compared, %u killed; %s\n",
           options.processes, options.threads, (double)(now_ns() - start_ns) / 1e9, (uintmax_t)moves,
           (uintmax_t)atomic_load(&shared->bytes), killed,
           atomic_load(&shared->failures) ? "FAILED" : "no hang, no leak, no wrong byte");
}

static bool serve(void)
{
    char folder[] = "/tmp/nthost-kill-XXXXXX", path[4096], message[1024] = "";
    struct gate_server *server;

    snprintf(path, sizeof path, "%s/Echo.sys", options.drivers);
    if (!mkdtemp(folder) || nthost_load_driver(path, NULL, message, sizeof message) < 0) {
        fprintf(stderr, "soak-kill: %s\n", message);
        return false;
    }
    snprintf(path, sizeof path, "%s/s", folder);
    if (gate_server_start(path, &server, message, sizeof message) != 0) {
        fprintf(stderr, "soak-kill: %s\n", message);
        return false;
    }
    setenv("NTHOST_SERVER", path, 1);
    soak(server);
    gate_server_stop(server);
    if (nthost_unload_driver("Echo") < 0)
        fail("the driver does not unload", 0);
    rmdir(folder);
    return true;
}

static bool parse(int argc, char **argv)
{
    static const struct option names[] = {{"processes", required_argument, NULL, 'p'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"seconds", required_argument, NULL, 's'},
                                          {"seed", required_argument, NULL, 'e'},
                                          {0}};
    int name;

    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 10) : 0;
        if (name == '?')
            return false;
        *(name == 'p'   ? &options.processes
          : name == 't' ? &options.threads
          : name == 's' ? &options.seconds
                        : &options.seed) = number;
    }
    options.drivers = argv[optind];
    return options.drivers && options.processes > 0 && options.processes <= SOAK_KILL_PROCESSES &&
           options.threads > 0 && options.threads <= SOAK_KILL_THREADS;
}

int main(int argc, char **argv)
{
    struct nthost_options kernel = NTHOST_OPTIONS_DEFAULT;
    bool client = strcmp(argv[0], "soak-kill-client") == 0;

    shared_fd = client ? SHARED_FD : memfd_create("soak-kill", MFD_CLOEXEC);
    if (!client && ftruncate(shared_fd, sizeof *shared) < 0)
        return 1;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
    if (shared == MAP_FAILED)
        return 1;
    if (client)
        return soak_kill_client(shared, (unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
    if (!parse(argc, argv)) {
        fprintf(stderr, "usage: soak-kill [--processes N] [--threads N] [--seconds N] [--seed N] DRIVERS\n");
        return 2;
    }
    kernel.log_sink = look_at_log;
    if (nthost_boot(&kernel) < 0 || !serve())
        return 1;
    nthost_shutdown();
    return atomic_load(&shared->failures) > 0;
}
