// conformance-events: events that this program and its driver share, by name and by handle.

#include <windows.h>
#include <winioctl.h>
#include <stdio.h>

#include "events.h"

static HANDLE device;

static const char *result(BOOL done)
{
    static char text[40];
    DWORD error = GetLastError();

    snprintf(text, sizeof text, "FALSE, error %lu", (unsigned long)error);
    return done ? "TRUE" : text;
}

static BOOL tell(DWORD code, HANDLE handle)
{
    ULONG64 input = (ULONG_PTR)handle;
    DWORD bytes;

    return DeviceIoControl(device, code, &input, sizeof input, NULL, 0, &bytes, NULL);
}

static const char *state(HANDLE event)
{
    DWORD waited = WaitForSingleObject(event, 0);

    return waited == WAIT_OBJECT_0 ? "set" : waited == WAIT_TIMEOUT ? "reset" : "no event";
}

static void show_named(const char *name)
{
    HANDLE event = OpenEventA(SYNCHRONIZE, FALSE, name);

    printf("%s: open: %s\n", name, result(event != NULL));
    tell(IOCTL_EVENTS_CLEAR, NULL);
    printf("%s: after KeClearEvent %s\n", name, state(event));
    tell(IOCTL_EVENTS_SET, NULL);
    const char *first = state(event), *second = state(event); // a synchronization event lets one wait through
    printf("%s: after KeSetEvent %s, then %s\n", name, first, second);
    if (event)
        CloseHandle(event);
}

static void show_handles(void)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), waiting = NULL;

    printf("the driver sets it: %s\n", result(tell(IOCTL_EVENTS_SIGNAL, event)));
    printf("then it is %s\n", state(event));
    printf("the driver sets it again: %s\n", result(tell(IOCTL_EVENTS_SIGNAL, event)));
    printf("the driver waits for it: %s\n", result(tell(IOCTL_EVENTS_WAIT, event)));
    ResetEvent(event);
    printf("the driver waits for it, reset: %s\n", result(tell(IOCTL_EVENTS_WAIT, event)));
    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &waiting, SYNCHRONIZE, FALSE, 0);
    printf("a handle for waiting only: %s\n", result(tell(IOCTL_EVENTS_SIGNAL, waiting)));
    printf("the device's handle: %s\n", result(tell(IOCTL_EVENTS_SIGNAL, device)));
    printf("no handle: %s\n", result(tell(IOCTL_EVENTS_SIGNAL, (HANDLE)(ULONG_PTR)0x7FFF0)));

    printf("the driver keeps it: %s\n", result(tell(IOCTL_EVENTS_KEEP, event)));
    CloseHandle(event);
    printf("its handle is closed, it is %s\n", state(waiting));
    tell(IOCTL_EVENTS_LET_GO, NULL);
    printf("the driver has set it and let it go, it is %s\n", state(waiting));
    CloseHandle(waiting);
}

int main(void)
{
    device = CreateFileA("\\\\.\\NthostEvents", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (device == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    show_named("Global\\NthostNotification");
    show_named("Global\\NthostSynchronization");
    show_handles();
    CloseHandle(device);
    return fflush(stdout) == 0 ? 0 : 1;
}
