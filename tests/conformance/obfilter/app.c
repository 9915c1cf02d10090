// conformance-obfilter: asks for handles to itself while the driver protects it.

#include <stdio.h>
#include <windows.h>
#include <winioctl.h>
#include "obfilter.h"

static void control(HANDLE device, const char *what, DWORD code)
{
    DWORD returned;
    printf("%s: %d\n", what, DeviceIoControl(device, code, NULL, 0, NULL, 0, &returned, NULL));
}

// Nobody is ended: the handle does not allow it.
static void try_to_end(const char *what, HANDLE process)
{
    printf("%s: %s", what, process ? "opened" : "not opened");
    if (TerminateProcess(process, 1))
        printf(", ended\n");
    else
        printf(", not ended, error %lu\n", (unsigned long)GetLastError());
    CloseHandle(process);
}

int main(void)
{
    HANDLE copy = NULL;

    HANDLE device =
        CreateFileW(L"\\\\.\\NthostObFilter", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the device: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    control(device, "begin", IOCTL_OBFILTER_BEGIN);
    try_to_end("OpenProcess", OpenProcess(PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, FALSE, GetCurrentProcessId()));
    DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &copy, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    try_to_end("DuplicateHandle", copy);
    HANDLE thread = OpenThread(THREAD_TERMINATE | THREAD_QUERY_INFORMATION, FALSE, GetCurrentThreadId());
    printf("OpenThread: %d\n", thread != NULL);
    CloseHandle(thread);
    control(device, "open", IOCTL_OBFILTER_OPEN);
    control(device, "end", IOCTL_OBFILTER_END);
    CloseHandle(device);
    return 0;
}
