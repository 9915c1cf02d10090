// bench-read: what one ReadFile costs, as an application sees it.
//
//     bench-read DEVICE BYTES CALLS [GAP_MS]
//
// prints nanoseconds a call. With a gap the thread sleeps so long before each call, so that everybody else
// has gone to sleep too, and only the calls are counted: their median. The buffer is VirtualAlloc memory, which a
// server shares with the application.

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char Greeting[] = "hello"; // what every device of BenchDriver begins with

static HANDLE device;
static char *buffer;
static DWORD bytes;
static double ns_per_tick;

static double now_ns(void)
{
    LARGE_INTEGER count;
    QueryPerformanceCounter(&count);
    return (double)count.QuadPart * ns_per_tick;
}

static void read_once(void)
{
    DWORD length = 0;
    if (ReadFile(device, buffer, bytes, &length, NULL) && length == bytes &&
        memcmp(buffer, Greeting, sizeof Greeting - 1) == 0)
        return;
    fprintf(stderr, "bench-read: ReadFile gave %lu bytes, error %lu\n", (unsigned long)length,
            (unsigned long)GetLastError());
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double back_to_back(int calls)
{
    for (int i = 0; i < calls / 10 + 1; i++)
        read_once();
    double start = now_ns();
    for (int i = 0; i < calls; i++)
        read_once();
    return (now_ns() - start) / calls;
}

static double with_gaps(int calls, DWORD gap_ms)
{
    double *times = malloc((size_t)calls * sizeof *times);
    if (!times)
        exit(1);
    for (int i = 0; i < calls; i++) {
        Sleep(gap_ms);
        double start = now_ns();
        read_once();
        times[i] = now_ns() - start;
    }
    qsort(times, (size_t)calls, sizeof *times, by_value);
    double median = times[calls / 2];
    free(times);
    return median;
}

static int usage(void)
{
    fprintf(stderr, "usage: bench-read DEVICE BYTES CALLS [GAP_MS]\n");
    return 2;
}

int main(int argc, char **argv)
{
    LARGE_INTEGER frequency;
    char path[64];
    if (argc < 4)
        return usage();
    bytes = (DWORD)atoi(argv[2]);
    int calls = atoi(argv[3]), gap_ms = argc > 4 ? atoi(argv[4]) : 0;
    if (calls <= 0 || gap_ms < 0 || bytes < sizeof Greeting - 1)
        return usage();
    QueryPerformanceFrequency(&frequency);
    ns_per_tick = 1e9 / (double)frequency.QuadPart;
    snprintf(path, sizeof path, "\\\\.\\%s", argv[1]);
    device = CreateFileA(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    buffer = VirtualAlloc(NULL, bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (device == INVALID_HANDLE_VALUE || !buffer) {
        fprintf(stderr, "bench-read: cannot open %s, error %lu\n", path, (unsigned long)GetLastError());
        return 1;
    }
    read_once();
    printf("%.1f\n", gap_ms ? with_gaps(calls, (DWORD)gap_ms) : back_to_back(calls));
    CloseHandle(device);
    return 0;
}
