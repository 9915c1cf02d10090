// conformance-usermap: memory of the driver that the application sees, at an address of its own.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>

#include "usermap.h"

static HANDLE device;

static BOOL ask(DWORD code)
{
    DWORD bytes;

    return DeviceIoControl(device, code, NULL, 0, NULL, 0, &bytes, NULL);
}

static char *map(void)
{
    ULONG64 address = 0;
    DWORD bytes;
    BOOL done = DeviceIoControl(device, IOCTL_USERMAP_MAP, NULL, 0, &address, sizeof address, &bytes, NULL);

    printf("mapped: %s\n", done && address ? "yes" : "no");
    return done ? (char *)(ULONG_PTR)address : NULL;
}

int main(void)
{
    device = CreateFileA("\\\\.\\NthostUsermap", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    char *buffer = map();
    if (buffer) {
        printf("the application sees: %s\n", buffer);
        snprintf(buffer, USERMAP_BYTES, "from the application");
        snprintf(buffer + USERMAP_BYTES - 16, 16, "at the end");
        ask(IOCTL_USERMAP_LOOK);
        ask(IOCTL_USERMAP_WRITE);
        printf("the application sees: %s\n", buffer);
        printf("unmapped: %s\n", ask(IOCTL_USERMAP_UNMAP) ? "yes" : "no");
        ask(IOCTL_USERMAP_LOOK);
        buffer = map();
        if (buffer)
            printf("the application sees: %s\n", buffer);
    }
    CloseHandle(device); // the driver takes the mapping back
    return fflush(stdout) == 0 ? 0 : 1;
}
