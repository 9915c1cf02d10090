// bench-peer: what the product is compared with, measured the same way.
//
//     bench-peer zero CALLS [GAP_MS]   read(2) of five bytes from /dev/zero
//     bench-peer getppid CALLS [GAP_MS] a system call that does nothing
//     bench-peer futex CALLS [GAP_MS]  a round trip between two processes: a word of shared memory each way, and a
//                                      futex to sleep on and to wake with; nobody spins
//     bench-peer unix CALLS [GAP_MS]   a round trip between two processes: five bytes each way on a unix socket
//     bench-peer memcpy CALLS [GAP_MS] memcpy of 1 MiB
//     bench-peer file CALLS PATH       read(2) of five bytes from that file, a device
//
// prints nanoseconds a call, with a gap as bench-read does.
#include <fcntl.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>

enum { MIB = 1 << 20 };

struct words {
    _Alignas(64) _Atomic uint32_t request;
    _Alignas(64) _Atomic uint32_t reply;
};

static struct words *words;
static int file, partner_socket;
static char *copy_from, *copy_to;

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

static void read_file(void)
{
    char buffer[5];
    if (read(file, buffer, sizeof buffer) != sizeof buffer)
        exit(1);
}

static void echo_for_good(int own)
{
    char bytes[5];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (read(own, bytes, sizeof bytes) == sizeof bytes && write(own, bytes, sizeof bytes) == sizeof bytes)
        ;
    _exit(0);
}

static void ask_partner(void)
{
    char bytes[5] = {0};
    if (write(partner_socket, bytes, sizeof bytes) != sizeof bytes ||
        read(partner_socket, bytes, sizeof bytes) != sizeof bytes)
        exit(1);
}

static void copy_1m(void)
{
    memcpy(copy_to, copy_from, MIB);
    __asm__ volatile("" : : "r"(copy_to) : "memory"); // the bytes are wanted
}

static void ask_for_parent(void)
{
    syscall(SYS_getppid);
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

static bool open_file(const char *path)
{
    file = open(path, O_RDONLY | O_CLOEXEC);
    return file >= 0;
}

static bool start_futex_partner(void)
{
    words = mmap(NULL, sizeof *words, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        return false;
    pid_t partner = fork();
    if (partner == 0)
        answer_for_good();
    return partner > 0;
}

static bool start_unix_partner(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return false;
    partner_socket = ends[0];
    pid_t partner = fork();
    if (partner == 0)
        echo_for_good(ends[1]);
    return partner > 0;
}

static bool make_buffers(void)
{
    copy_from = malloc(MIB);
    copy_to = malloc(MIB);
    if (!copy_from || !copy_to)
        return false;
    memset(copy_from, 1, MIB);
    memset(copy_to, 2, MIB);
    return true;
}

static void (*choose(const char *what, const char *path))(void)
{
    if (strcmp(what, "zero") == 0)
        return open_file("/dev/zero") ? read_file : NULL;
    if (strcmp(what, "file") == 0)
        return path && open_file(path) ? read_file : NULL;
    if (strcmp(what, "getppid") == 0)
        return ask_for_parent;
    if (strcmp(what, "futex") == 0)
        return start_futex_partner() ? ping : NULL;
    if (strcmp(what, "unix") == 0)
        return start_unix_partner() ? ask_partner : NULL;
    if (strcmp(what, "memcpy") == 0)
        return make_buffers() ? copy_1m : NULL;
    return NULL;
}

int main(int argc, char **argv)
{
    int calls = argc > 2 ? atoi(argv[2]) : 0, gap_ms = argc > 3 ? atoi(argv[3]) : 0;
    void (*call)(void) = calls > 0 && gap_ms >= 0 ? choose(argv[1], argv[3]) : NULL;
    if (!call) {
        fprintf(stderr, "usage: bench-peer zero|getppid|futex|unix|memcpy CALLS [GAP_MS]\n"
                        "       bench-peer file CALLS PATH\n");
        return 2;
    }
    printf("%.1f\n", gap_ms ? with_gaps(call, calls, gap_ms) : back_to_back(call, calls));
    return 0;
}
