// Facts 2, 6, 7, 37 to 41: how buffers reach the driver.

#include "app.h"

static void *const Nowhere = (void *)(ULONG_PTR)0x10;

// "WHAT: RESULT, N bytes".
static void show_transfer(const char *what, HANDLE device, BOOL read, void *buffer, DWORD length)
{
    DWORD bytes = UNTOUCHED;
    BOOL done = read ? ReadFile(device, buffer, length, &bytes, NULL) : WriteFile(device, buffer, length, &bytes, NULL);

    printf("%s: %s, ", what, result(done));
    printf("%lu bytes\n", (unsigned long)bytes);
}

static void show_lengths_and_addresses(const char *name, const char *way)
{
    HANDLE device = open_device(name, GENERIC_READ | GENERIC_WRITE, 0);
    char buffer[8] = "", what[80];

    for (int read = 1; read >= 0; read--) {
        snprintf(what, sizeof what, "fact 2: %s %s of 0 bytes", way, read ? "read" : "write");
        show_transfer(what, device, read, buffer, 0);
        snprintf(what, sizeof what, "fact 2: %s %s of 5 bytes", way, read ? "read" : "write");
        show_transfer(what, device, read, buffer, 5);
        snprintf(what, sizeof what, "fact 7: %s %s, a bad address", way, read ? "read" : "write");
        show_transfer(what, device, read, Nowhere, 5);
    }
    CloseHandle(device);
}

static void show_lazy_driver(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, 0);
    ULONG behaviour = IO_LAZY;
    DWORD bytes;

    DeviceIoControl(device, IOCTL_IO_BEHAVE, &behaviour, sizeof behaviour, NULL, 0, &bytes, NULL);
    show_transfer("fact 6: write, the driver sets no status", device, FALSE, &behaviour, sizeof behaviour);
    CloseHandle(device);
}

static void show_control(const char *what, DWORD code, void *input, DWORD input_size, void *output, DWORD output_size)
{
    DWORD bytes = UNTOUCHED;
    BOOL done = DeviceIoControl(control, code, input, input_size, output, output_size, &bytes, NULL);

    printf("%s: %s, ", what, result(done));
    if (bytes == UNTOUCHED)
        printf("bytes untouched\n");
    else
        printf("%lu bytes\n", (unsigned long)bytes);
}

static void show_methods(void)
{
    static const struct {
        const char *name;
        DWORD code;
    } methods[] = {
        {"buffered", IOCTL_IO_SHOW_BUFFERED},
        {"in direct", IOCTL_IO_SHOW_IN_DIRECT},
        {"out direct", IOCTL_IO_SHOW_OUT_DIRECT},
        {"neither", IOCTL_IO_SHOW_NEITHER},
    };
    static const char read_only[8] = "";
    char in[8] = "", out[8] = "", what[80];

    for (size_t i = 0; i < ARRAYSIZE(methods); i++) {
        DWORD code = methods[i].code;
        snprintf(what, sizeof what, "fact 37: %s", methods[i].name);
        show_control(what, code, in, 4, out, 8);
        show_control(what, code, NULL, 0, out, 8);
        show_control(what, code, in, 4, NULL, 0);
        show_control(what, code, NULL, 0, NULL, 0);
        snprintf(what, sizeof what, "fact 37: %s, input NULL with a length", methods[i].name);
        show_control(what, code, NULL, 4, out, 8);
        snprintf(what, sizeof what, "fact 37: %s, output that is read-only", methods[i].name);
        show_control(what, code, in, 4, (void *)read_only, 8);
        snprintf(what, sizeof what, "fact 37: %s, input from a bad address", methods[i].name);
        show_control(what, code, Nowhere, 4, out, 8);
    }
    show_control("fact 37: buffered, output NULL with a length", IOCTL_IO_SHOW_BUFFERED, in, 4, NULL, 8);
    show_control("fact 38: a code of device type 9", FSCTL_IO_SHOW, in, 4, out, 8);
    show_control("fact 39: a code the driver takes the fast way", IOCTL_IO_FAST, in, 4, out, 8);
}

// The pages of a request that is pending are the application's and the driver's at the same time.
static void show_pages(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    char *pages = VirtualAlloc(NULL, 3 * 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    char *buffer = pages + 0x123;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    ULONG offset = 0x123, byte = '2';

    buffer[0] = '0';
    BOOL done = DeviceIoControl(device, IOCTL_IO_KEEP_MDL, &offset, sizeof offset, buffer, 5000, NULL, &overlapped);
    printf("fact 40: a request with pages: %s\n", result(done));
    buffer[0] = '1';
    tell(IOCTL_IO_TOUCH, &byte, sizeof byte);
    printf("fact 40: the driver's byte while the request is pending: %c\n", buffer[0]);
    finish_one(0);
    printf("fact 40: the request: %s\n", outcome(device, &overlapped));
    VirtualFree(pages, 0, MEM_RELEASE);
    CloseHandle(device);
}

static void show_probes(void)
{
    char *pages = VirtualAlloc(NULL, 2 * 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    struct io_probes probes = {pages, pages + 4096};
    DWORD before;

    printf("fact 41: a page is made read-only: %s\n",
           result(VirtualProtect(probes.read_only, 4096, PAGE_READONLY, &before)));
    show_control("fact 41: probes", IOCTL_IO_PROBE, &probes, sizeof probes, NULL, 0);
    VirtualFree(pages, 0, MEM_RELEASE);
}

void show_buffers(void)
{
    show_lengths_and_addresses(DIRECT, "direct");
    show_lengths_and_addresses(NEITHER, "neither");
    show_lazy_driver();
    show_methods();
    show_pages();
    show_probes();
}
