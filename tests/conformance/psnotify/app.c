// conformance-psnotify: comes, has a thread, goes. With an argument: "refuse" is for the driver's eyes; "kill" asks the
// driver to end it.

#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <winioctl.h>
#include "psnotify.h"

static DWORD WINAPI use(LPVOID device)
{
    DWORD returned;
    // The kernel knows a thread from its first call on.
    return DeviceIoControl(device, IOCTL_PSNOTIFY_LOOK + 4 * 100, NULL, 0, NULL, 0, &returned, NULL);
}

static void have_a_thread(HANDLE device)
{
    HANDLE thread = CreateThread(NULL, 0, use, device, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

int main(int argc, char **argv)
{
    DWORD returned;

    HANDLE device =
        CreateFileW(L"\\\\.\\NthostPsNotify", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the device: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "kill") == 0) {
        DeviceIoControl(device, IOCTL_PSNOTIFY_KILL, NULL, 0, NULL, 0, &returned, NULL);
        for (;;) // on the server the kill comes when it comes
            Sleep(1000);
    }
    printf("look: %d\n", DeviceIoControl(device, IOCTL_PSNOTIFY_LOOK, NULL, 0, NULL, 0, &returned, NULL));
    have_a_thread(device);
    printf("remove: %d\n", DeviceIoControl(device, IOCTL_PSNOTIFY_REMOVE, NULL, 0, NULL, 0, &returned, NULL));
    CloseHandle(device);
    return 0;
}
