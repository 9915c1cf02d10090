// bench-boot: a kernel's whole life in one process: boot, load a driver, unload it, shut down.
//
//     bench-boot DRIVER.sys CYCLES
//
// prints milliseconds a cycle.
#include <nthost.h>

#include "hal/hal.h"

#include <stdio.h>
#include <stdlib.h>

static void cycle(const char *driver)
{
    char message[1024] = "";
    int32_t status = nthost_boot(NULL);
    if (status == 0)
        status = nthost_load_driver(driver, "BenchBoot", message, sizeof message);
    if (status == 0)
        status = nthost_unload_driver("BenchBoot");
    if (status != 0) {
        fprintf(stderr, "bench-boot: %s: %s (0x%08X) %s\n", driver, nthost_status_name(status), (unsigned)status,
                message);
        exit(1);
    }
    nthost_shutdown();
}

int main(int argc, char **argv)
{
    int cycles = argc > 2 ? atoi(argv[2]) : 0;
    if (cycles <= 0) {
        fprintf(stderr, "usage: bench-boot DRIVER.sys CYCLES\n");
        return 2;
    }
    cycle(argv[1]);
    uint64_t start = hal_monotonic_ns();
    for (int i = 0; i < cycles; i++)
        cycle(argv[1]);
    printf("%.4f\n", (double)(hal_monotonic_ns() - start) / 1e6 / cycles);
    return 0;
}
