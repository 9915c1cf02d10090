// bench-peer: what the product is compared with, measured the same way.
//
//     bench-peer zero CALLS            read(2) of five bytes from /dev/zero
//     bench-peer futex CALLS [GAP_MS]  a round trip between two processes: a word of shared memory each way,
//     and a
//                                      futex to sleep on and to wake with; nobody spins
//
// prints nanoseconds a call, with a gap as bench-read does.
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>

struct words {
    _Alignas(64) _Atomic uint32_t request;
    _Alignas(64) _Atomic uint32_t reply;
};

static struct words *words;
static int zero;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void ring(_Atomic uint32_t *word)
{
    atomic_store(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void wait_at(_Atomic uint32_t *word)
{
    while (!atomic_exchange(word, 0))
        syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void answer_for_good(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        wait_at(&words->request);
        ring(&words->reply);
    }
}

static void ping(void)
{
    ring(&words->request);
    wait_at(&words->reply);
}

static void read_zero(void)
{
    char buffer[5];
    if (read(zero, buffer, sizeof buffer) != sizeof buffer)
        exit(1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double back_to_back(void (*call)(void), int calls)
{
    for (int i = 0; i < calls / 10 + 1; i++)
        call();
    double start = now_ns();
    for (int i = 0; i < calls; i++)
        call();
    return (now_ns() - start) / calls;
}

static double with_gaps(void (*call)(void), int calls, int gap_ms)
{
    double *times = malloc((size_t)calls * sizeof *times);
    if (!times)
        exit(1);
    for (int i = 0; i < calls; i++) {
        usleep((useconds_t)gap_ms * 1000);
        double start = now_ns();
        call();
        times[i] = now_ns() - start;
    }
    qsort(times, (size_t)calls, sizeof *times, by_value);
    double median = times[calls / 2];
    free(times);
    return median;
}

static void (*choose(const char *what))(void)
{
    if (strcmp(what, "zero") == 0) {
        zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
        return zero < 0 ? NULL : read_zero;
    }
    if (strcmp(what, "futex") != 0)
        return NULL;
    words = mmap(NULL, sizeof *words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        return NULL;
    pid_t partner = fork();
    if (partner == 0)
        answer_for_good();
    return partner < 0 ? NULL : ping;
}

int main(int argc, char **argv)
{
    int calls = argc > 2 ? atoi(argv[2]) : 0, gap_ms = argc > 3 ? atoi(argv[3]) : 0;
    void (*call)(void) = calls > 0 && gap_ms >= 0 ? choose(argv[1]) : NULL;
    if (!call) {
        fprintf(stderr, "usage: bench-peer zero|futex CALLS [GAP_MS]\n");
        return 2;
    }
    printf("%.1f\n", gap_ms ? with_gaps(call, calls, gap_ms) : back_to_back(call, calls));
    return 0;
}
