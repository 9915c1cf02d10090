// conformance-ps: tells the driver who it is, and opens itself.

#include <stdio.h>
#include <windows.h>
#include <winioctl.h>
#include "ps.h"

static void say_opened(const char *what, HANDLE handle)
{
    printf("%s: %s", what, handle ? "opened" : "not opened");
    printf(handle ? "\n" : ", error %lu\n", (unsigned long)GetLastError());
    if (handle)
        CloseHandle(handle);
}

int main(void)
{
    PS_WHO who = {GetCurrentProcessId(), GetCurrentThreadId()};
    DWORD returned, code;

    HANDLE device = CreateFileW(L"\\\\.\\NthostPs", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the device: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    printf("control: %d\n", DeviceIoControl(device, IOCTL_PS_LOOK, &who, sizeof who, NULL, 0, &returned, NULL));
    CloseHandle(device);

    HANDLE self = OpenProcess(PROCESS_ALL_ACCESS, FALSE, who.process);
    printf("OpenProcess: %d, the process: %d\n", self != NULL, GetProcessId(self) == who.process);
    printf("its exit code: %d", GetExitCodeProcess(self, &code));
    printf(", still active: %d\n", code == 259);
    CloseHandle(self);
    say_opened("OpenThread", OpenThread(THREAD_QUERY_INFORMATION, FALSE, who.thread));
    say_opened("no such process", OpenProcess(PROCESS_ALL_ACCESS, FALSE, 0x7ffffff0));
    return 0;
}
