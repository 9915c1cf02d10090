// bench-read: what one ReadFile of five bytes from \\.\BenchDriver costs, as an application sees it.
//
//     bench-read CALLS [GAP_MS]
//
// prints nanoseconds a call. With a gap the thread sleeps so long before each call, so that everybody else
// has gone to sleep too, and only the calls are counted: their median.

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 5

static HANDLE device;
static double ns_per_tick;

static double now_ns(void)
{
    LARGE_INTEGER count;
    QueryPerformanceCounter(&count);
    return (double)count.QuadPart * ns_per_tick;
}

static void read_once(void)
{
    char buffer[8];
    DWORD length = 0;
    if (ReadFile(device, buffer, BYTES, &length, NULL) && length == BYTES && memcmp(buffer, "hello", BYTES) == 0)
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

int main(int argc, char **argv)
{
    LARGE_INTEGER frequency;
    int calls = argc > 1 ? atoi(argv[1]) : 0, gap_ms = argc > 2 ? atoi(argv[2]) : 0;
    if (calls <= 0 || gap_ms < 0) {
        fprintf(stderr, "usage: bench-read CALLS [GAP_MS]\n");
        return 2;
    }
    QueryPerformanceFrequency(&frequency);
    ns_per_tick = 1e9 / (double)frequency.QuadPart;
    device = CreateFileA("\\\\.\\BenchDriver", GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "bench-read: cannot open \\\\.\\BenchDriver, error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    read_once();
    printf("%.1f\n", gap_ms ? with_gaps(calls, (DWORD)gap_ms) : back_to_back(calls));
    CloseHandle(device);
    return 0;
}
