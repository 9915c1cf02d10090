// conformance-atfault: what an application sees of a driver that breaks the rules of completion: an answer, never a hang.
//
// Each line begins with the number of its fact.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>

#include "atfault.h"

static HANDLE device;

static BOOL ask(DWORD code)
{
    DWORD bytes;

    return DeviceIoControl(device, code, NULL, 0, NULL, 0, &bytes, NULL);
}

static void show_read(const char *what, DWORD code)
{
    char buffer[] = "......";
    DWORD bytes = 0;

    ask(code);
    BOOL done = ReadFile(device, buffer, ATFAULT_BYTES, &bytes, NULL);
    DWORD error = done ? 0 : GetLastError();
    printf("%s: %s, error %lu, %lu bytes, %s\n", what, done ? "TRUE" : "FALSE", (unsigned long)error,
           (unsigned long)bytes, buffer);
}

int main(void)
{
    device = CreateFileA("\\\\.\\NthostAtFault", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    show_read("fact 5: more bytes counted than the buffer has", IOCTL_ATFAULT_TOO_MUCH);
    show_read("fact 14: STATUS_PENDING, completed, not marked", IOCTL_ATFAULT_UNMARKED);
    show_read("fact 14: STATUS_PENDING, not marked, forgotten", IOCTL_ATFAULT_DROPPED);
    printf("fact 19: IRQL changed over the dispatch routine: %s\n", ask(IOCTL_ATFAULT_LEVEL) ? "TRUE" : "FALSE");
    printf("fact 19: rules broken: %s\n", ask(IOCTL_ATFAULT_STOPS) ? "TRUE" : "FALSE");
    printf("fact 19: the driver is stopped: %s\n", ask(IOCTL_ATFAULT_TOO_MUCH) ? "no" : "yes");
    CloseHandle(device);
    return fflush(stdout) == 0 ? 0 : 1;
}
