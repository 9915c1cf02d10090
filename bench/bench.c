// bench: runs each measurement and its peer in turn, several rounds, takes medians, prints a table and writes
// JSON.
//
//     bench BUILD_DIR SOURCE_DIR OUTPUT.json
//
// A measurement is a command that prints one number. What cannot be measured here (Wine is missing: exit
// status 77) is left out.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 15, ROUNDS = 7, COMMAND = 1024, MISSING = 77 };

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

// NAN-free: a negative number says "missing".
static double printed_number(const char *pattern)
{
    double value = -1;
    FILE *output = start(pattern);
    int got = output ? fscanf(output, "%lf", &value) : 0;
    int status = output ? pclose(output) : -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == MISSING)
        return -1;
    if (status != 0 || got != 1) {
        fprintf(stderr, "bench: this failed: %s\n", pattern);
        exit(1);
    }
    return value;
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
    if (!output || pclose(output) != 0 || !got) {
        fprintf(stderr, "bench: this failed: %s\n", pattern);
        exit(1);
    }
    return elapsed;
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
        if (measure->peer_command)
            peers[i] = printed_number(measure->peer_command);
    }
    measure->value = median(values, rounds);
    if (measure->peer_command)
        measure->peer_value = median(peers, rounds);
    measure->measured = true;
}

static void print_line(const struct measure *measure)
{
    printf("%-30s %12.3f %-3s", measure->name, measure->value, measure->unit);
    if (measure->peer)
        printf("   %-28s %12.3f %-3s %10.3f", measure->peer, measure->peer_value, measure->unit,
               measure->value / measure->peer_value);
    printf("\n");
    fflush(stdout);
}

static void write_json(FILE *file, const struct measure *list, int count)
{
    const char *separator = "[\n";
    for (int i = 0; i < count; i++) {
        if (!list[i].measured)
            continue;
        fprintf(file, "%s  {\"name\": \"%s\", \"value\": %.4f, \"unit\": \"%s\", ", separator, list[i].name,
                list[i].value, list[i].unit);
        if (list[i].peer)
            fprintf(file, "\"peer\": \"%s\", \"peer_value\": %.4f, \"ratio\": %.4f}", list[i].peer, list[i].peer_value,
                    list[i].value / list[i].peer_value);
        else
            fprintf(file, "\"peer\": null, \"peer_value\": null, \"ratio\": null}");
        separator = ",\n";
    }
    fprintf(file, "\n]\n");
}

#define RUN  "'%B/bin/nthost' run --quiet '%B/drivers/BenchDriver.sys' -- "
#define READ "'%B/bin/bench-read' "
#define PEER "'%B/bin/bench-peer' "

static struct measure measures[] = {
    {.name = "inproc.buffered_read_5",
     .unit = "ns",
     .command = "NTHOST_GATE=inprocess NTHOST_DRIVERS='%B/drivers/BenchDriver.sys' " READ "2000000",
     .peer = "read_dev_zero_5",
     .peer_command = PEER "zero 2000000"},
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
     .command = "'%S/wine' '%B' 5000",
     .rounds = 3,
     .peer = "server.buffered_read_5.hot",
     .peer_entry = "server.buffered_read_5.hot"},
    {.name = "run.first_line",
     .unit = "ms",
     .run = time_to_first_line,
     .rounds = 15,
     .command = "'%B/bin/nthost' run --quiet '%B/drivers/LySharkDriver.sys' -- '%B/bin/lyshark'"},
    {.name = "boot.cycle", .unit = "ms", .command = "'%B/bin/bench-boot' '%B/drivers/LySharkDriver.sys' 500"},
};

int main(int argc, char **argv)
{
    const int count = sizeof measures / sizeof *measures;
    if (argc != 4) {
        fprintf(stderr, "usage: bench BUILD_DIR SOURCE_DIR OUTPUT.json\n");
        return 2;
    }
    build = argv[1];
    source = argv[2];
    setenv("LC_ALL", "C", 1);
    unsetenv("NTHOST_SERVER");
    printf("%-30s %12s %-3s   %-28s %12s %-3s %10s\n", "", "", "", "compared with", "", "", "ratio");
    for (int i = 0; i < count; i++) {
        const struct measure *peer = measures[i].peer_entry ? find(measures, i, measures[i].peer_entry) : NULL;
        run(&measures[i]);
        if (peer)
            measures[i].peer_value = peer->value;
        if (measures[i].measured)
            print_line(&measures[i]);
        else
            printf("%-30s not measured: it is not on this machine\n", measures[i].name);
    }
    FILE *file = fopen(argv[3], "w");
    if (!file) {
        perror(argv[3]);
        return 1;
    }
    write_json(file, measures, count);
    return fclose(file) == 0 ? 0 : 1;
}
