// conformance-io: the facts about requests that one driver and one application can show, one after the other.
//
// Each line begins with the number of its fact; what the driver saw stands in driver.txt. The status matrix
// is a case of its own, and the case "facts" shows the most common ones. Not here, because Windows leaves the
// outcome undefined or stops the machine: facts 3, 5, 14 and 19; because they have nothing to be seen from
// outside: 20 and 21.

#include "app.h"

HANDLE control;

HANDLE open_device(const char *name, DWORD access, DWORD flags)
{
    return CreateFileA(name, access, 0, NULL, OPEN_EXISTING, flags, NULL);
}

const char *result(BOOL done)
{
    static char text[40];
    DWORD error = GetLastError();

    snprintf(text, sizeof text, "FALSE, error %lu", (unsigned long)error);
    return done ? "TRUE" : text;
}

BOOL is_set(HANDLE object)
{
    return WaitForSingleObject(object, 0) == WAIT_OBJECT_0;
}

BOOL ask(DWORD code)
{
    return tell(code, NULL, 0);
}

BOOL tell(DWORD code, void *input, DWORD size)
{
    DWORD bytes;

    return DeviceIoControl(control, code, input, size, NULL, 0, &bytes, NULL);
}

void finish_one(LONG status)
{
    struct io_answer answer = {.status = status};

    if (!tell(IOCTL_IO_FINISH, &answer, sizeof answer))
        printf("nothing to finish: error %lu\n", (unsigned long)GetLastError());
}

void wait_until_kept(DWORD count)
{
    ULONG kept = 0;
    DWORD bytes;

    for (int i = 0; i < PATIENCE && kept < count; i++) {
        if (!DeviceIoControl(control, IOCTL_IO_KEPT, NULL, 0, &kept, sizeof kept, &bytes, NULL))
            break;
        if (kept < count)
            Sleep(1);
    }
    if (kept < count)
        printf("%lu requests are kept, not %lu\n", (unsigned long)kept, (unsigned long)count);
}

BOOL start(HANDLE device, DWORD code, ULONG name, OVERLAPPED *overlapped)
{
    *overlapped = (OVERLAPPED){.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    return DeviceIoControl(device, code, &name, sizeof name, NULL, 0, NULL, overlapped);
}

const char *outcome(HANDLE device, OVERLAPPED *overlapped)
{
    static char text[64];
    DWORD bytes = UNTOUCHED;

    if (WaitForSingleObject(overlapped->hEvent, PATIENCE) != WAIT_OBJECT_0) {
        snprintf(text, sizeof text, "not done");
    } else {
        BOOL done = GetOverlappedResult(device, overlapped, &bytes, FALSE);
        snprintf(text, sizeof text, "%s", result(done));
    }
    CloseHandle(overlapped->hEvent);
    return text;
}

int main(void)
{
    control = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, 0);
    if (control == INVALID_HANDLE_VALUE) {
        printf("cannot open the driver: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    show_buffers();
    show_opens();
    show_positions();
    show_ends();
    show_waits();
    show_statuses();
    CloseHandle(control);
    return fflush(stdout) == 0 ? 0 : 1;
}
