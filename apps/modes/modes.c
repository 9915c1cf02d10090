// modes: the application of the Modes driver: every way of exchanging data with a driver, with good requests
// and bad ones.
//
// Writes, reads and sends the four control codes to each of the three devices, prints what comes back, and
// compares it with what the driver promises (drivers/modes/modes.h). Exit status 0 when all of it is as
// promised. One source: an .exe for Windows and Wine, a Linux program with nthost.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <string.h>

#include "../../drivers/modes/modes.h"

static const char Message[] = "the quick brown fox jumps over the lazy dog";
enum { MESSAGE = sizeof Message - 1 };

// Addresses that no application may hand over: nothing is there; and: it is the kernel's.
static void *const Nowhere = (void *)(ULONG_PTR)0x10;
static void *const KernelAddress = (void *)(ULONG_PTR)0xFFFF800000000000;

static int failures;

// Prints a line about a call that returned `done`, and compares with what was promised: error 0 means TRUE.
// ERROR_MORE_DATA comes with data; any other error means that no byte was transferred.
static void show(const char *what, BOOL done, DWORD bytes, DWORD promised_error, DWORD promised_bytes)
{
    DWORD error = done ? 0 : GetLastError();
    BOOL counted = error == 0 || error == ERROR_MORE_DATA;

    printf("  %s: ", what);
    if (error)
        printf("error %lu%s", (unsigned long)error, counted ? ", " : "");
    if (counted)
        printf("%lu bytes", (unsigned long)bytes);
    putchar('\n');
    if (error != promised_error || (counted && bytes != promised_bytes)) {
        failures++;
        printf("  promised were error %lu, %lu bytes\n", (unsigned long)promised_error, (unsigned long)promised_bytes);
    }
}

static void show_data(const char *data, DWORD bytes, const char *promised)
{
    printf("    \"%.*s\"\n", (int)bytes, data);
    if (bytes != strlen(promised) || memcmp(data, promised, bytes) != 0) {
        failures++;
        printf("    promised was \"%s\"\n", promised);
    }
}

static void show_number(const char *name, DWORD value, DWORD promised)
{
    printf("    %s %lu\n", name, (unsigned long)value);
    if (value != promised) {
        failures++;
        printf("    promised was %lu\n", (unsigned long)promised);
    }
}

static void write_message(HANDLE device)
{
    static const char large[MODES_CAPACITY + 1];
    DWORD bytes = 0;
    BOOL done = WriteFile(device, large, MODES_CAPACITY, &bytes, NULL);

    show("write of the longest message", done, bytes, 0, MODES_CAPACITY);
    done = WriteFile(device, large, sizeof large, &bytes, NULL);
    show("write of a byte more", done, bytes, ERROR_INVALID_USER_BUFFER, 0);
    done = WriteFile(device, Nowhere, 5, &bytes, NULL);
    show("write from nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = WriteFile(device, KernelAddress, 5, &bytes, NULL);
    show("write from kernel memory", done, bytes, ERROR_NOACCESS, 0);
    done = WriteFile(device, Message, MESSAGE, &bytes, NULL);
    show("write of the message", done, bytes, 0, MESSAGE);
}

static void read_message(HANDLE device)
{
    char buffer[64];
    DWORD bytes = 0;
    BOOL done = ReadFile(device, buffer, sizeof buffer, &bytes, NULL);

    show("read into 64 bytes", done, bytes, 0, MESSAGE);
    show_data(buffer, bytes, Message);
    done = ReadFile(device, buffer, 9, &bytes, NULL);
    show("read into 9 bytes", done, bytes, ERROR_MORE_DATA, 9);
    show_data(buffer, bytes, "the quick");
    done = ReadFile(device, buffer, 0, &bytes, NULL);
    show("read into 0 bytes", done, bytes, ERROR_MORE_DATA, 0);
    done = ReadFile(device, Nowhere, 5, &bytes, NULL);
    show("read to nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = ReadFile(device, KernelAddress, 5, &bytes, NULL);
    show("read to kernel memory", done, bytes, ERROR_NOACCESS, 0);
}

static void control_buffered(HANDLE device)
{
    struct modes_range range = {4, 5}, outside = {40, 5}, wrapping = {4, 0xFFFFFFFF};
    struct modes_sum sum = {0};
    DWORD bytes = 0;
    BOOL done = DeviceIoControl(device, IOCTL_MODES_SUM, &range, sizeof range, &sum, sizeof sum, &bytes, NULL);

    show("METHOD_BUFFERED, sum of 5 bytes", done, bytes, 0, sizeof sum);
    show_number("length", sum.length, 5);
    show_number("sum", sum.sum, 'q' + 'u' + 'i' + 'c' + 'k');
    done = DeviceIoControl(device, IOCTL_MODES_SUM, &outside, sizeof outside, &sum, sizeof sum, &bytes, NULL);
    show("METHOD_BUFFERED, a range that leaves the message", done, bytes, ERROR_INVALID_PARAMETER, 0);
    done = DeviceIoControl(device, IOCTL_MODES_SUM, &wrapping, sizeof wrapping, &sum, sizeof sum, &bytes, NULL);
    show("METHOD_BUFFERED, a range whose end wraps around", done, bytes, ERROR_INVALID_PARAMETER, 0);
    done = DeviceIoControl(device, IOCTL_MODES_SUM, &range, sizeof range, &sum, sizeof sum - 1, &bytes, NULL);
    show("METHOD_BUFFERED, output too small", done, bytes, ERROR_INSUFFICIENT_BUFFER, 0);
    done = DeviceIoControl(device, IOCTL_MODES_SUM, NULL, 0, &sum, sizeof sum, &bytes, NULL);
    show("METHOD_BUFFERED, no input", done, bytes, ERROR_INVALID_PARAMETER, 0);
}

static void control_in_direct(HANDLE device)
{
    struct modes_place place = {4}, end = {MESSAGE}, behind = {MESSAGE + 1};
    char replacement[] = "QUICK", large[MODES_CAPACITY] = "";
    DWORD bytes = 0;
    BOOL done = DeviceIoControl(device, IOCTL_MODES_PUT, &place, sizeof place, replacement, 5, &bytes, NULL);

    show("METHOD_IN_DIRECT, 5 bytes in their place", done, bytes, 0, 5);
    done = DeviceIoControl(device, IOCTL_MODES_PUT, &end, sizeof end, "!", 1, &bytes, NULL);
    show("METHOD_IN_DIRECT, a byte at the end", done, bytes, 0, 1);
    done = DeviceIoControl(device, IOCTL_MODES_PUT, &place, sizeof place, large, sizeof large, &bytes, NULL);
    show("METHOD_IN_DIRECT, more than fits", done, bytes, ERROR_INVALID_USER_BUFFER, 0);
    behind.offset++;
    done = DeviceIoControl(device, IOCTL_MODES_PUT, &behind, sizeof behind, replacement, 5, &bytes, NULL);
    show("METHOD_IN_DIRECT, behind the end", done, bytes, ERROR_INVALID_PARAMETER, 0);
    done = DeviceIoControl(device, IOCTL_MODES_PUT, &place, sizeof place, Nowhere, 5, &bytes, NULL);
    show("METHOD_IN_DIRECT, from nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = DeviceIoControl(device, IOCTL_MODES_PUT, &place, sizeof place, NULL, 0, &bytes, NULL);
    show("METHOD_IN_DIRECT, 0 bytes", done, bytes, 0, 0);
}

static void control_out_direct(HANDLE device)
{
    struct modes_place place = {4}, end = {MESSAGE + 1};
    char buffer[64] = "";
    DWORD bytes = 0;
    BOOL done = DeviceIoControl(device, IOCTL_MODES_GET, &place, sizeof place, buffer, 11, &bytes, NULL);

    show("METHOD_OUT_DIRECT, 11 bytes", done, bytes, 0, 11);
    show_data(buffer, bytes, "QUICK brown");
    done = DeviceIoControl(device, IOCTL_MODES_GET, &place, sizeof place, buffer, sizeof buffer, &bytes, NULL);
    show("METHOD_OUT_DIRECT, 64 bytes", done, bytes, 0, MESSAGE + 1 - 4);
    show_data(buffer, bytes, "QUICK brown fox jumps over the lazy dog!");
    done = DeviceIoControl(device, IOCTL_MODES_GET, &end, sizeof end, buffer, sizeof buffer, &bytes, NULL);
    show("METHOD_OUT_DIRECT, at the end", done, bytes, ERROR_HANDLE_EOF, 0);
    done = DeviceIoControl(device, IOCTL_MODES_GET, &place, sizeof place, Nowhere, 5, &bytes, NULL);
    show("METHOD_OUT_DIRECT, to nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = DeviceIoControl(device, IOCTL_MODES_GET, &place, sizeof place - 1, buffer, 5, &bytes, NULL);
    show("METHOD_OUT_DIRECT, input too small", done, bytes, ERROR_INVALID_PARAMETER, 0);
}

static void control_neither(HANDLE device)
{
    struct modes_found found[2] = {{0}};
    char pattern[MODES_PATTERN_MAX + 1] = "o";
    DWORD bytes = 0;
    BOOL done = DeviceIoControl(device, IOCTL_MODES_FIND, pattern, 1, found, sizeof *found, &bytes, NULL);

    show("METHOD_NEITHER, find \"o\"", done, bytes, 0, sizeof *found);
    show_number("offset", found->offset, 12);
    show_number("count", found->count, 4);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, "cat", 3, found, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, find what is not there", done, bytes, ERROR_NOT_FOUND, 0);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, pattern, sizeof pattern, found, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, a pattern too long", done, bytes, ERROR_INVALID_PARAMETER, 0);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, Nowhere, 3, found, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, a pattern nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, KernelAddress, 3, found, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, a pattern in kernel memory", done, bytes, ERROR_NOACCESS, 0);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, pattern, 1, Nowhere, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, output to nowhere", done, bytes, ERROR_NOACCESS, 0);
    done = DeviceIoControl(device, IOCTL_MODES_FIND, pattern, 1, (char *)found + 1, sizeof *found, &bytes, NULL);
    show("METHOD_NEITHER, output to an odd address", done, bytes, ERROR_NOACCESS, 0);
}

// What is empty stays empty, whatever the way.
static void empty_message(HANDLE device)
{
    char buffer[8];
    DWORD bytes = 1;
    BOOL done = WriteFile(device, buffer, 0, &bytes, NULL);

    show("write of 0 bytes", done, bytes, 0, 0);
    done = ReadFile(device, buffer, sizeof buffer, &bytes, NULL);
    show("read of the empty message", done, bytes, 0, 0);
}

static HANDLE open_device(const char *name, DWORD access)
{
    HANDLE device = CreateFileA(name, access, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (device == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "modes: cannot open %s: error %lu%s\n", name, (unsigned long)GetLastError(),
                GetLastError() == ERROR_FILE_NOT_FOUND ? " (\"drvctl start Modes\" starts the driver)" : "");
        failures++;
    }
    return device;
}

// The access bits of a control code are compared with the rights of the handle.
static void show_rights(const char *name)
{
    struct modes_place place = {0};
    char buffer[1] = "";
    DWORD bytes = 0;
    HANDLE device = open_device(name, GENERIC_READ);

    if (device == INVALID_HANDLE_VALUE)
        return;
    BOOL done = DeviceIoControl(device, IOCTL_MODES_PUT, &place, sizeof place, buffer, 1, &bytes, NULL);
    show("a code for writing on a handle for reading", done, bytes, ERROR_ACCESS_DENIED, 0);
    CloseHandle(device);
}

static void show_device(const char *name)
{
    HANDLE device = open_device(name, GENERIC_READ | GENERIC_WRITE);

    if (device == INVALID_HANDLE_VALUE)
        return;
    printf("%s\n", name);
    write_message(device);
    read_message(device);
    control_buffered(device);
    control_in_direct(device);
    control_out_direct(device);
    control_neither(device);
    empty_message(device);
    CloseHandle(device);
    show_rights(name);
}

int main(void)
{
    show_device("\\\\.\\ModesBuffered");
    show_device("\\\\.\\ModesDirect");
    show_device("\\\\.\\ModesNeither");
    printf("%d answers were not as promised\n", failures);
    return failures > 0 || fflush(stdout) != 0;
}
