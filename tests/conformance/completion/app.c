// conformance-completion: when and where a request ends, as far as one driver and one application can show it.
//
// Each line begins with the number of its fact; what the driver saw stands in driver.txt.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>
#include <string.h>

#include "completion.h"

#define DEVICE "\\\\.\\NthostCompletion"

enum { PATIENCE = 10000 };

static HANDLE control;

static HANDLE open_device(DWORD flags)
{
    return CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL);
}

static BOOL ask(DWORD code, void *output, DWORD length)
{
    DWORD bytes;

    return DeviceIoControl(control, code, NULL, 0, output, length, &bytes, NULL);
}

static const char *yes(BOOL so)
{
    return so ? "yes" : "no";
}

static void show_unwritten(void)
{
    char buffer[COMPLETION_BYTES], held[COMPLETION_BYTES];
    DWORD bytes = 0;

    memset(buffer, '.', sizeof buffer);
    ask(IOCTL_COMPLETION_UNWRITTEN, NULL, 0);
    BOOL done = ReadFile(control, buffer, sizeof buffer, &bytes, NULL);
    ask(IOCTL_COMPLETION_HELD, held, sizeof held);
    printf("fact 3: bytes counted and not written: %s, %lu bytes, those of the system buffer: %s\n",
           done ? "TRUE" : "FALSE", (unsigned long)bytes, yes(memcmp(buffer, held, sizeof held) == 0));
}

static void show_marked(void)
{
    char buffer[COMPLETION_BYTES + 1] = "";
    DWORD bytes = 0;

    ask(IOCTL_COMPLETION_MARKED, NULL, 0);
    BOOL done = ReadFile(control, buffer, COMPLETION_BYTES, &bytes, NULL);
    printf("fact 9: pending and completed already: %s, %lu bytes, %s\n", done ? "TRUE" : "FALSE", (unsigned long)bytes,
           buffer);
}

// Waits for the read that is kept and says at once that it has come.
static DWORD WINAPI receive(LPVOID parameter)
{
    OVERLAPPED *overlapped = parameter;
    HANDLE device = open_device(0);
    DWORD bytes;
    BOOL came = WaitForSingleObject(overlapped->hEvent, PATIENCE) == WAIT_OBJECT_0;

    printf("fact 10: the read came: %s\n", yes(came));
    DeviceIoControl(device, IOCTL_COMPLETION_SEEN, NULL, 0, NULL, 0, &bytes, NULL);
    CloseHandle(device);
    return 0;
}

static void show_kept(HANDLE device)
{
    char buffer[COMPLETION_BYTES + 1] = "";
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};

    ask(IOCTL_COMPLETION_KEPT, NULL, 0);
    BOOL done = ReadFile(device, buffer, COMPLETION_BYTES, NULL, &overlapped);
    printf("fact 10: kept: %s, pending: %s\n", done ? "TRUE" : "FALSE", yes(GetLastError() == ERROR_IO_PENDING));
    HANDLE receiver = CreateThread(NULL, 0, receive, &overlapped, 0, NULL);
    ask(IOCTL_COMPLETION_FINISH, NULL, 0);
    WaitForSingleObject(receiver, PATIENCE);
    printf("fact 10: %lu bytes, %s\n", (unsigned long)overlapped.InternalHigh, buffer);
    CloseHandle(receiver);
    CloseHandle(overlapped.hEvent);
}

static void show_dpc(HANDLE device)
{
    char buffer[COMPLETION_BYTES + 1] = "";
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD bytes = 0;

    ask(IOCTL_COMPLETION_DPC, NULL, 0);
    ReadFile(device, buffer, COMPLETION_BYTES, NULL, &overlapped);
    BOOL set = WaitForSingleObject(overlapped.hEvent, PATIENCE) == WAIT_OBJECT_0;
    BOOL done = GetOverlappedResult(device, &overlapped, &bytes, FALSE);
    printf("fact 20: completed in a DPC: event set: %s, %s, %lu bytes, %s\n", yes(set), done ? "TRUE" : "FALSE",
           (unsigned long)bytes, buffer);
    CloseHandle(overlapped.hEvent);
}

int main(void)
{
    control = open_device(0);
    HANDLE device = open_device(FILE_FLAG_OVERLAPPED);

    if (control == INVALID_HANDLE_VALUE || device == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    show_unwritten();
    show_marked();
    show_kept(device);
    show_dpc(device);
    printf("fact 21: %s\n", ask(IOCTL_COMPLETION_INSIDE, NULL, 0) ? "TRUE" : "FALSE");
    CloseHandle(device);
    CloseHandle(control);
    return fflush(stdout) == 0 ? 0 : 1;
}
