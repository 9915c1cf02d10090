// bench-irql: what raising IRQL to DISPATCH_LEVEL and lowering it again costs a driver, inline as drivers are compiled.
//
//     bench-irql TIMES
//
// prints nanoseconds for both together. The loop runs in BenchDriver, within one control request.

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

#define IOCTL_BENCH_RAISE_LOWER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

static void raise_and_lower(HANDLE device, DWORD times)
{
    DWORD length;
    if (DeviceIoControl(device, IOCTL_BENCH_RAISE_LOWER, &times, sizeof times, NULL, 0, &length, NULL))
        return;
    fprintf(stderr, "bench-irql: DeviceIoControl: error %lu\n", (unsigned long)GetLastError());
    exit(1);
}

int main(int argc, char **argv)
{
    LARGE_INTEGER frequency, start, end;
    int times = argc > 1 ? atoi(argv[1]) : 0;
    if (times <= 0) {
        fprintf(stderr, "usage: bench-irql TIMES\n");
        return 2;
    }
    HANDLE device =
        CreateFileA("\\\\.\\BenchDriver", GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "bench-irql: cannot open \\\\.\\BenchDriver, error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    QueryPerformanceFrequency(&frequency);
    raise_and_lower(device, (DWORD)times / 10 + 1);
    QueryPerformanceCounter(&start);
    raise_and_lower(device, (DWORD)times);
    QueryPerformanceCounter(&end);
    printf("%.2f\n", (double)(end.QuadPart - start.QuadPart) * 1e9 / (double)frequency.QuadPart / times);
    CloseHandle(device);
    return 0;
}
