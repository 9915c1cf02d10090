// conformance-attach: lets the driver change a number in memory of VirtualAlloc, which the server shares.
#include <windows.h>

#include <stdio.h>

#include "attach.h"

int main(void)
{
    DWORD length;
    HANDLE device =
        CreateFileA("\\\\.\\ConformanceAttach", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    DWORD *number = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (device == INVALID_HANDLE_VALUE || !number) {
        printf("cannot begin: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    *number = 40;
    BOOL ok = DeviceIoControl(device, IOCTL_ATTACH, &number, sizeof number, NULL, 0, &length, NULL);
    printf("control: %s, number: %lu\n", ok ? "ok" : "failed", (unsigned long)*number);
    CloseHandle(device);
    return 0;
}
