// Sends a request to the "late" driver that stays pending, says "pending" and waits to be killed.
#include <windows.h>
#include <winioctl.h>

#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static char buffer[1 << 20];
    OVERLAPPED overlapped = {0};
    HANDLE device =
        CreateFileA("\\\\.\\Late", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    DWORD code = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_OUT_DIRECT, FILE_ANY_ACCESS);
    if (DeviceIoControl(device, code, NULL, 0, buffer, sizeof buffer, NULL, &overlapped) ||
        GetLastError() != ERROR_IO_PENDING)
        return 1;
    puts("pending");
    fflush(stdout);
    pause();
    return 0;
}
