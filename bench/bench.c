// bench: runs each measurement and its peer in turn, several rounds, takes medians, prints a table and writes
// JSON.
//
//     bench BUILD_DIR SOURCE_DIR OUTPUT.json
//
// A measurement is a command that prints one number. What cannot be measured here (Wine is missing: exit
// status 77) is left out. Below each result stand the earlier ones: the committed SOURCE_DIR/baseline.json, of
// which only ratios mean something on another machine, and what OUTPUT.json held before.
#include "results.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 15, ROUNDS = 7, COMMAND = 1024, MISSING = 77 };

// A result may differ so much from an earlier one without meaning anything.
#define NOISE 0.10

struct measure {
    const char *name, *unit, *command;
    const char *peer, *peer_command;    // NULL: none
    double (*run)(const char *command); // NULL: the number that the command prints
    const char *peer_entry;             // the peer is the value of an entry before this one
    int rounds;
    double value, peer_value;
    bool measured;
};

static const char *build, *source;
static struct results baseline, last;
static unsigned worse, failures;

// %B: the build folder, %S: this folder.
static void expand(const char *pattern, char *command, size_t size)
{
    size_t used = 0;
    for (; *pattern && used + 1 < size; pattern++) {
        const char *folder = pattern[0] != '%' ? NULL : pattern[1] == 'B' ? build : pattern[1] == 'S' ? source : NULL;
        if (folder) {
            used += (size_t)snprintf(command + used, size - used, "%s", folder);
            pattern++;
        } else {
            command[used++] = *pattern;
        }
    }
    command[used < size ? used : size - 1] = 0;
}

static FILE *start(const char *pattern)
{
    char command[COMMAND];
    expand(pattern, command, sizeof command);
    fflush(NULL);
    return popen(command, "r");
}

// The others are still measured; the exit status says it.
static double failed(const char *pattern)
{
    fprintf(stderr, "bench: this failed: %s\n", pattern);
    failures++;
    return -1;
}

// NAN-free: a negative number says "missing".
static double printed_number(const char *pattern)
{
    double value = -1;
    FILE *output = start(pattern);
    int got = output ? fscanf(output, "%lf", &value) : 0;
    int status = output ? pclose(output) : -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == MISSING)
        return -1;
    return status != 0 || got != 1 ? failed(pattern) : value;
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

// Milliseconds until the command prints something.
static double time_to_first_line(const char *pattern)
{
    char line[256];
    double begin = now_ms();
    FILE *output = start(pattern);
    bool got = output && fgets(line, sizeof line, output);
    double elapsed = now_ms() - begin;
    while (output && fgets(line, sizeof line, output))
        ;
    return !output || pclose(output) != 0 || !got ? failed(pattern) : elapsed;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

static const struct measure *find(const struct measure *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (list[i].measured && strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

// Product and peer take turns, so that what disturbs the machine disturbs both.
static void run(struct measure *measure)
{
    double values[MOST_ROUNDS], peers[MOST_ROUNDS];
    int rounds = measure->rounds ? measure->rounds : ROUNDS;
    for (int i = 0; i < rounds; i++) {
        values[i] = measure->run ? measure->run(measure->command) : printed_number(measure->command);
        if (values[i] < 0)
            return;
        if (measure->peer_command && (peers[i] = printed_number(measure->peer_command)) < 0)
            return;
    }
    measure->value = median(values, rounds);
    if (measure->peer_command)
        measure->peer_value = median(peers, rounds);
    measure->measured = true;
}

// What an entry costs: beside its peer where it has one, since that holds on any machine.
static double cost(const struct result *result)
{
    return result->peer[0] ? result->value / result->peer_value : result->value;
}

static void print_result(const char *label, const struct result *result)
{
    printf("%-30s %12.3f %-3s", label, result->value, result->unit);
    printf("   %-28s", result->peer);
    if (result->peer[0])
        printf(" %12.3f %-3s %10.3f", result->peer_value, result->unit, cost(result));
    else
        printf(" %12s %-3s %10s", "", "", "");
}

static double print_earlier(const char *label, const struct results *earlier, const struct result *now)
{
    const struct result *then = find_result(earlier, now->name);
    if (!then || strcmp(then->peer, now->peer) != 0)
        return 0;
    double change = cost(now) / cost(then) - 1;
    print_result(label, then);
    printf(" %+8.0f %%\n", change * 100);
    return change;
}

static struct result result_of(const struct measure *measure)
{
    struct result result = {.value = measure->value, .peer_value = measure->peer_value};
    snprintf(result.name, sizeof result.name, "%s", measure->name);
    snprintf(result.unit, sizeof result.unit, "%s", measure->unit);
    snprintf(result.peer, sizeof result.peer, "%s", measure->peer ? measure->peer : "");
    return result;
}

// is_ours: what others cost beside an entry of ours may rise.
static void print_with_earlier(const struct result *now, bool is_ours)
{
    print_result(now->name, now);
    printf("\n");
    worse += print_earlier("    baseline", &baseline, now) > NOISE && is_ours;
    print_earlier("    last run", &last, now);
    fflush(stdout);
}

#define RUN             "'%B/bin/nthost' run --quiet '%B/drivers/BenchDriver.sys' -- "
#define READ            "'%B/bin/bench-read' BenchDriver 5 "
#define READ_1M(device) "'%B/bin/bench-read' " device " 1048576 "
#define PEER            "'%B/bin/bench-peer' "

static struct measure measures[] = {
    {.name = "inproc.buffered_read_5",
     .unit = "ns",
     .command = "NTHOST_GATE=inprocess NTHOST_DRIVERS='%B/drivers/BenchDriver.sys' " READ "2000000",
     .peer = "read_dev_zero_5",
     .peer_command = PEER "zero 2000000"},
    {.name = "irql.raise_lower",
     .unit = "ns",
     .command = "NTHOST_GATE=inprocess NTHOST_DRIVERS='%B/drivers/BenchDriver.sys' '%B/bin/bench-irql' 10000000",
     .peer = "syscall_getppid",
     .peer_command = PEER "getppid 3000000"},
    {.name = "server.buffered_read_5.hot",
     .unit = "ns",
     .command = RUN READ "200000",
     .peer = "futex_pingpong",
     .peer_command = PEER "futex 100000"},
    {.name = "server.buffered_read_5.cold",
     .unit = "ns",
     .command = RUN READ "300 2",
     .peer = "futex_pingpong",
     .peer_command = PEER "futex 300 2"},
    {.name = "wine.buffered_read_5",
     .unit = "ns",
     .command = "'%S/wine' '%B' 1000",
     .rounds = 3,
     .peer = "server.buffered_read_5.hot",
     .peer_entry = "server.buffered_read_5.hot"},
    {.name = "unix_pingpong",
     .unit = "ns",
     .command = PEER "unix 100000",
     .peer = "server.buffered_read_5.hot",
     .peer_entry = "server.buffered_read_5.hot"},
    {.name = "fuse_read_5",
     .unit = "ns",
     .command = "'%S/fuse' '%B' 50000",
     .peer = "server.buffered_read_5.hot",
     .peer_entry = "server.buffered_read_5.hot"},
    {.name = "server.direct_read_1m",
     .unit = "ns",
     .command = RUN READ_1M("BenchDirect") "3000",
     .peer = "memcpy_1m",
     .peer_command = PEER "memcpy 3000"},
    {.name = "server.buffered_read_1m",
     .unit = "ns",
     .command = RUN READ_1M("BenchBuffered") "3000",
     .peer = "memcpy_1m",
     .peer_command = PEER "memcpy 3000"},
    {.name = "run.first_line",
     .unit = "ms",
     .run = time_to_first_line,
     .rounds = 15,
     .command = "'%B/bin/nthost' run --quiet '%B/drivers/LySharkDriver.sys' -- '%B/bin/lyshark'"},
    {.name = "boot.cycle", .unit = "ms", .command = "'%B/bin/bench-boot' '%B/drivers/LySharkDriver.sys' 500"},
};

static int save(const struct results *results, const char *path)
{
    if (write_results(results, path))
        return 0;
    perror(path);
    return 1;
}

int main(int argc, char **argv)
{
    const int count = sizeof measures / sizeof *measures;
    static struct results results;
    char path[COMMAND];
    if (argc != 4) {
        fprintf(stderr, "usage: bench BUILD_DIR SOURCE_DIR OUTPUT.json\n");
        return 2;
    }
    build = argv[1];
    source = argv[2];
    setenv("LC_ALL", "C", 1);
    unsetenv("NTHOST_SERVER");
    expand("%S/baseline.json", path, sizeof path);
    read_results(&baseline, path);
    read_results(&last, argv[3]);
    printf("%-30s %12s %-3s   %-28s %12s %-3s %10s %10s\n", "", "", "", "compared with", "", "", "ratio", "change");
    for (int i = 0; i < count; i++) {
        const struct measure *peer = measures[i].peer_entry ? find(measures, i, measures[i].peer_entry) : NULL;
        unsigned failed_before = failures;
        run(&measures[i]);
        if (!measures[i].measured || (measures[i].peer_entry && !peer)) {
            printf("%-30s not measured: %s\n", measures[i].name,
                   failures > failed_before ? "it failed" : "it is not on this machine");
            continue;
        }
        if (peer)
            measures[i].peer_value = peer->value;
        struct result *result = add_result(&results);
        *result = result_of(&measures[i]);
        print_with_earlier(result, !measures[i].peer_entry);
    }
    printf("%u of %d cost more than in the baseline, by more than %.0f %%\n", worse, results.count, NOISE * 100);
    return save(&results, argv[3]) || failures;
}
