// soak [OPTIONS] DRIVERS: requests from many threads with random cancels, closes and killed clients.
//
//     --requests N    how many (default 100000)         --seconds N     stop after that time (default: no
//     limit)
//     --threads N     all clients together (64)         --processes N   client processes (4)
//     --victims N     clients that are killed at random moments, so many at a time (2)
//     --seed N        of the random numbers             --inprocess     kernel and threads in this process,
//     no victims
//
// DRIVERS is the folder of Modes.sys and Mailbox.sys. Without --inprocess this process is the kernel's server
// and the clients are processes of their own, this program run again.
//
//     1. a quarter of the requests without victims: every letter is heard by exactly one reader
//     2. the rest with victims: whoever is killed, the others and the drivers go on
//     3. every request issued by a client that lived has ended; objects, files, pool blocks, threads and
//     processes
//        are as many as before; the drivers unload
//
// Exit status 0: nothing was lost, nothing leaked.

#include "soak.h"

#include "dbg/dbg.h"
#include "gate/gate.h"
#include "gate/server.h"

#include <nthost.h>

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

enum { CLIENTS_MAX = 64, SETTLE_MS = 120000, VICTIM_MS = 400 };
enum { SHARED_FD = 3 }; // in the clients

struct options {
    uint64_t requests;
    unsigned seconds, threads, processes, victims, seed;
    bool inprocess;
    const char *drivers;
};

static struct options options = {.requests = 100000, .threads = 64, .processes = 4, .victims = 2, .seed = 1};
static struct soak_shared *shared; // of the clients that live
static struct soak_shared *victims_shared;
static int shared_fd, victims_fd;
static unsigned killed;
static uint64_t deadline_ns = UINT64_MAX;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct soak_shared *make_shared(int *fd)
{
    *fd = memfd_create("soak", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, sizeof(struct soak_shared)) < 0)
        return NULL;
    void *memory = mmap(NULL, sizeof(struct soak_shared), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

// ---- clients ------------------------------------------------------------------------------------------------------

// The part of a client process: "client THREADS SEED" or "drain".
static int play_part(int argc, char **argv)
{
    struct soak_shared *mine = mmap(NULL, sizeof *mine, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);

    if (mine == MAP_FAILED)
        return 1;
    if (argc == 3 && strcmp(argv[0], "client") == 0)
        soak_run(mine, (unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]));
    else
        soak_drain(mine);
    return atomic_load(&mine->failures) > 0;
}

static pid_t start_client(int fd, const char *part, unsigned threads, unsigned seed)
{
    char threads_text[16], seed_text[16];
    char *arguments[] = {"soak-client", (char *)part, threads_text, seed_text, NULL};
    posix_spawn_file_actions_t actions;
    pid_t client;

    snprintf(threads_text, sizeof threads_text, "%u", threads);
    snprintf(seed_text, sizeof seed_text, "%u", seed);
    if (strcmp(part, "drain") == 0)
        arguments[2] = NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, SHARED_FD);
    int error = posix_spawn(&client, "/proc/self/exe", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        soak_fail(shared, "cannot start a client: %s", strerror(error));
    return error ? -1 : client;
}

static void check_end(int status)
{
    if (WIFSIGNALED(status))
        soak_fail(shared, "a client died of signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        soak_fail(shared, "a client ended with status %d", WEXITSTATUS(status));
}

static void drain(void)
{
    int status;

    if (options.inprocess) {
        soak_drain(shared);
        return;
    }
    pid_t client = start_client(shared_fd, "drain", 0, 0);
    if (client > 0 && waitpid(client, &status, 0) == client)
        check_end(status);
}

// Clients that are killed: one after the other, `options.victims` at a time.
static void play_victims(pid_t *victims, uint64_t *ends_ns, unsigned *seed)
{
    for (unsigned i = 0; i < options.victims; i++) {
        if (victims[i] > 0 && now_ns() >= ends_ns[i]) {
            kill(victims[i], SIGKILL);
            waitpid(victims[i], NULL, 0);
            victims[i] = 0;
            killed++;
        }
        if (victims[i] <= 0) {
            atomic_store(&victims_shared->target, UINT64_MAX);
            victims[i] = start_client(victims_fd, "client", 4, ++*seed);
            ends_ns[i] = now_ns() + (uint64_t)(rand_r(seed) % VICTIM_MS) * 1000000;
        }
    }
}

static void run_clients(uint64_t requests, bool with_victims)
{
    pid_t clients[CLIENTS_MAX], victims[CLIENTS_MAX] = {0};
    uint64_t ends_ns[CLIENTS_MAX];
    unsigned running = 0, seed = options.seed * 7919 + with_victims;
    int status;

    atomic_store(&shared->target, atomic_load(&shared->issued) + requests);
    for (unsigned i = 0; i < options.processes; i++) {
        clients[i] = start_client(shared_fd, "client", options.threads / options.processes, options.seed * 100 + i);
        running += clients[i] > 0;
    }
    while (running > 0) {
        if (with_victims)
            play_victims(victims, ends_ns, &seed);
        if (now_ns() > deadline_ns)
            atomic_store(&shared->stop, true);
        usleep(2000);
        for (unsigned i = 0; i < options.processes; i++) {
            if (clients[i] <= 0 || waitpid(clients[i], &status, WNOHANG) != clients[i])
                continue;
            check_end(status);
            clients[i] = 0;
            running--;
        }
    }
    for (unsigned i = 0; with_victims && i < options.victims; i++) {
        if (victims[i] <= 0)
            continue;
        kill(victims[i], SIGKILL);
        waitpid(victims[i], NULL, 0);
        killed++;
    }
}

static void run_threads(uint64_t requests)
{
    atomic_store(&shared->target, atomic_load(&shared->issued) + requests);
    soak_run(shared, options.threads, options.seed);
}

// ---- counting -----------------------------------------------------------------------------------------------------

static bool same(const struct nthost_counts *a, const struct nthost_counts *b)
{
    return a->pool_blocks == b->pool_blocks && a->objects == b->objects && a->handles == b->handles &&
           a->files == b->files && a->devices == b->devices && a->threads == b->threads && a->processes == b->processes;
}

static void print_counts(const char *when, const struct nthost_counts *counts)
{
    fprintf(stderr,
            "soak: %s: %zu pool blocks, %u objects, %u handles, %u files, %u devices, %u threads, %u processes; "
            "%u threads of the kernel\n",
            when, counts->pool_blocks, counts->objects, counts->handles, counts->files, counts->devices,
            counts->threads, counts->processes, counts->own_threads);
}

// What clients have left behind is cleaned up after they are gone; it may take a moment.
static void check_counts(const struct nthost_counts *before)
{
    struct nthost_counts now = nthost_counts();

    for (int i = 0; i < SETTLE_MS / 10 && !same(before, &now); i++) {
        usleep(10000);
        now = nthost_counts();
    }
    if (same(before, &now))
        return;
    soak_fail(shared, "something leaked");
    print_counts("before", before);
    print_counts("after", &now);
}

static void check_mailbox(bool heard_all)
{
    if (shared->mailbox_readers || shared->mailbox_letters || shared->mailbox_posted != shared->mailbox_delivered)
        soak_fail(shared, "the mailbox: %ju letters posted, %ju delivered, %u wait, %u reads pending",
                  (uintmax_t)shared->mailbox_posted, (uintmax_t)shared->mailbox_delivered, shared->mailbox_letters,
                  shared->mailbox_readers);
    uint64_t posted = shared->mailbox_posted;
    if (heard_all && (atomic_load(&shared->letters_heard) != posted ||
                      atomic_load(&shared->numbers_heard) != posted * (posted + 1) / 2))
        soak_fail(shared, "%ju letters were posted, %ju heard", (uintmax_t)posted,
                  (uintmax_t)atomic_load(&shared->letters_heard));
    if (atomic_load(&shared->issued) != atomic_load(&shared->ended))
        soak_fail(shared, "%ju requests were issued, %ju ended", (uintmax_t)atomic_load(&shared->issued),
                  (uintmax_t)atomic_load(&shared->ended));
}

static void report(uint64_t start_ns)
{
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    uintmax_t ended = atomic_load(&shared->ended);

    printf("soak: %s, %u threads: %ju requests, %ju pended, %ju cancelled, %ju letters, %u clients killed; "
           "%.1f s, "
           "%.0f a second; %s\n",
           options.inprocess ? "in one process" : "server", options.threads, ended,
           (uintmax_t)atomic_load(&shared->pended), (uintmax_t)atomic_load(&shared->cancelled),
           (uintmax_t)shared->mailbox_posted, killed, seconds, (double)ended / seconds,
           atomic_load(&shared->failures) ? "FAILED" : "nothing lost, nothing leaked");
}

// ---- the kernel ---------------------------------------------------------------------------------------------------

static bool load(const char *name)
{
    char path[4096], message[1024];

    snprintf(path, sizeof path, "%s/%s.sys", options.drivers, name);
    int32_t status = nthost_load_driver(path, NULL, message, sizeof message);
    if (message[0])
        fprintf(stderr, "soak: %s\n", message);
    return status >= 0;
}

// What the drivers and the kernel say. The kernel's report of a driver at fault begins with stars.
static void print_log(const struct dbg_record *record, void *context)
{
    (void)context;
    fprintf(stderr, "soak: log: %.*s%s", (int)record->length, record->text,
            record->length && record->text[record->length - 1] == '\n' ? "" : "\n");
    if (strncmp(record->text, "***", 3) == 0)
        atomic_fetch_add(&shared->failures, 1);
}

static void soak(struct gate_server *server)
{
    uint64_t start_ns = now_ns();

    if (options.inprocess) // a first round, so that what is made once is not taken for a leak
        run_threads(1000);
    else
        run_clients(1000, false);
    drain();
    if (server)
        gate_server_wait_idle(server, SETTLE_MS);
    struct nthost_counts before = nthost_counts();

    uint64_t quarter = options.requests / 4;
    if (options.inprocess)
        run_threads(options.requests);
    else
        run_clients(quarter, false);
    drain();
    check_mailbox(true);
    if (server) {
        atomic_store(&shared->stop, false);
        run_clients(options.requests - quarter, options.victims > 0);
        drain();
        check_mailbox(options.victims == 0);
        if (atomic_load(&victims_shared->failures))
            soak_fail(shared, "a client that was killed later had found something");
        if (gate_server_wait_idle(server, SETTLE_MS) != 0)
            soak_fail(shared, "clients are still being run down");
    }
    check_counts(&before);
    report(start_ns);
}

static bool soak_in_process(void)
{
    if (gate_inprocess_start() < 0)
        return false;
    soak(NULL);
    gate_inprocess_stop();
    return true;
}

static bool soak_on_server(void)
{
    char folder[] = "/tmp/nthost-soak-XXXXXX", socket_path[64], message[512];
    struct gate_server *server;

    if (!mkdtemp(folder))
        return false;
    snprintf(socket_path, sizeof socket_path, "%s/s", folder);
    if (gate_server_start(socket_path, &server, message, sizeof message) != 0) {
        fprintf(stderr, "soak: %s\n", message);
        return false;
    }
    setenv("NTHOST_SERVER", socket_path, 1);
    soak(server);
    gate_server_stop(server);
    rmdir(folder);
    return true;
}

static bool parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"requests", required_argument, NULL, 'r'}, {"seconds", required_argument, NULL, 's'},
        {"threads", required_argument, NULL, 't'},  {"processes", required_argument, NULL, 'p'},
        {"victims", required_argument, NULL, 'v'},  {"seed", required_argument, NULL, 'e'},
        {"inprocess", no_argument, NULL, 'i'},      {0},
    };
    int name;

    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        unsigned number = name == 'i' ? 0 : (unsigned)strtoul(optarg ? optarg : "0", NULL, 10);
        switch (name) {
        case 'r':
            options.requests = strtoull(optarg, NULL, 10);
            break;
        case 's':
            options.seconds = number;
            break;
        case 't':
            options.threads = number;
            break;
        case 'p':
            options.processes = number;
            break;
        case 'v':
            options.victims = number;
            break;
        case 'e':
            options.seed = number;
            break;
        case 'i':
            options.inprocess = true;
            break;
        default:
            return false;
        }
    }
    options.drivers = argv[optind];
    return options.drivers && optind + 1 == argc && options.threads > 0 && options.processes > 0 &&
           options.processes <= CLIENTS_MAX && options.victims <= CLIENTS_MAX && options.threads >= options.processes;
}

int main(int argc, char **argv)
{
    struct nthost_options kernel = NTHOST_OPTIONS_DEFAULT;

    if (strcmp(argv[0], "soak-client") == 0)
        return play_part(argc - 1, argv + 1);
    if (!parse(argc, argv)) {
        fprintf(stderr, "usage: soak [--requests N] [--seconds N] [--threads N] [--processes N] [--victims N] "
                        "[--seed N] [--inprocess] DRIVERS\n");
        return 2;
    }
    shared = make_shared(&shared_fd);
    victims_shared = make_shared(&victims_fd);
    if (!shared || !victims_shared)
        return 1;
    if (options.seconds)
        deadline_ns = now_ns() + options.seconds * UINT64_C(1000000000);
    kernel.log_sink = print_log;
    if (nthost_boot(&kernel) < 0 || !load("Modes") || !load("Mailbox"))
        return 1;
    if (!(options.inprocess ? soak_in_process() : soak_on_server()))
        soak_fail(shared, "the gate does not open");
    if (nthost_unload_driver("Mailbox") < 0 || nthost_unload_driver("Modes") < 0)
        soak_fail(shared, "a driver does not unload");
    nthost_shutdown();
    return atomic_load(&shared->failures) > 0;
}
