// Facts 8, 35, 36, 43: where a transfer happens, and requests the driver has no routine for.

#include "app.h"

static void show_read(const char *what, HANDLE device, LONGLONG *offset)
{
    OVERLAPPED overlapped = {0};
    char byte[5];
    DWORD bytes;

    if (offset) {
        overlapped.Offset = (DWORD)*offset;
        overlapped.OffsetHigh = (DWORD)(*offset >> 32);
    }
    BOOL done = ReadFile(device, byte, sizeof byte, &bytes, offset ? &overlapped : NULL);
    printf("%s: %s\n", what, result(done));
}

static void show_write(const char *what, HANDLE device, LONGLONG *offset)
{
    OVERLAPPED overlapped = {0};
    DWORD bytes;

    if (offset) {
        overlapped.Offset = (DWORD)*offset;
        overlapped.OffsetHigh = (DWORD)(*offset >> 32);
    }
    BOOL done = WriteFile(device, "12345", 5, &bytes, offset ? &overlapped : NULL);
    printf("%s: %s\n", what, result(done));
}

static void show_synchronous(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, 0);
    LARGE_INTEGER hundred = {.QuadPart = 100}, nowhere = {.QuadPart = 0}, position = {.QuadPart = -1};
    LONGLONG far_away = 0x100000007, minus_one = -1, minus_two = -2, minus_three = -3;
    ULONG behaviour = IO_ADVANCE;
    DWORD bytes;

    show_read("fact 36: read", device, NULL);
    show_read("fact 36: read again", device, NULL);
    show_read("fact 35: read at an offset", device, &far_away);
    BOOL done = SetFilePointerEx(device, hundred, &position, FILE_BEGIN);
    printf("fact 35: SetFilePointerEx: %s, ", result(done));
    printf("position %ld\n", (long)position.QuadPart);
    show_read("fact 35: read at the position", device, NULL);
    show_read("fact 35: read at offset -2", device, &minus_two);
    show_read("fact 35: read at offset -1", device, &minus_one);
    show_read("fact 35: read at offset -3", device, &minus_three);
    show_write("fact 35: write at offset -2", device, &minus_two);
    show_write("fact 35: write at offset -1", device, &minus_one);
    show_write("fact 35: write at offset -3", device, &minus_three);
    DeviceIoControl(device, IOCTL_IO_BEHAVE, &behaviour, sizeof behaviour, NULL, 0, &bytes, NULL);
    show_read("fact 35: read, the driver moves the position", device, NULL);
    show_write("fact 35: write there", device, NULL);
    done = SetFilePointerEx(device, nowhere, &position, FILE_CURRENT);
    printf("fact 35: the position: %s, ", result(done));
    printf("%ld\n", (long)position.QuadPart);
    CloseHandle(device);
}

static void show_others(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    DWORD bytes = 0;
    char byte;

    show_read("fact 35: read without an offset on an overlapped handle", device, NULL);
    show_write("fact 35: write without an offset on an overlapped handle", device, NULL);
    CloseHandle(device);

    device = open_device(DEVICE, FILE_APPEND_DATA, 0);
    show_write("facts 8, 35: write on a handle for appending", device, NULL);
    BOOL done = ReadFile(device, &byte, 1, &bytes, NULL);
    printf("fact 8: read on a handle for appending: %s\n", result(done));
    CloseHandle(device);
}

static void show_missing_routines(void)
{
    LARGE_INTEGER size;

    printf("fact 43: FlushFileBuffers: %s\n", result(FlushFileBuffers(control)));
    printf("fact 43: GetFileSizeEx: %s\n", result(GetFileSizeEx(control, &size)));
}

void show_positions(void)
{
    show_synchronous();
    show_others();
    show_missing_routines();
}
