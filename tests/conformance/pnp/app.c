// conformance-pnp: opens a device by its interface, which its driver takes away and gives back.
#include <windows.h>
#include <winioctl.h>

#include <stdio.h>

#include "pnp.h"

static HANDLE Open(const char *path)
{
    HANDLE device = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE)
        printf("open: error %lu\n", (unsigned long)GetLastError());
    else
        printf("open: ok\n");
    return device;
}

static void Control(HANDLE device, DWORD code)
{
    DWORD length;
    BOOL ok = DeviceIoControl(device, code, NULL, 0, NULL, 0, &length, NULL);
    printf("control: %s\n", ok ? "ok" : "failed");
}

int main(void)
{
    WCHAR name[128] = {0};
    DWORD length = 0;
    HANDLE device = Open(INTERFACE_PATH);
    if (device == INVALID_HANDLE_VALUE)
        return 1;
    DeviceIoControl(device, IOCTL_NAME, NULL, 0, name, sizeof name - sizeof(WCHAR), &length, NULL);
    for (WCHAR *at = name; *at; at++)
        putchar(*at < 0x80 ? (char)*at : '?');
    putchar('\n');
    Control(device, IOCTL_DISABLE);
    Open(INTERFACE_PATH);
    Control(device, IOCTL_ENABLE);
    CloseHandle(Open(INTERFACE_PATH "\\reference"));
    CloseHandle(Open(INTERFACE_PATH));
    CloseHandle(device);
    return 0;
}
