// conformance-unload: stops and starts its driver while handles are open (facts 45, 46, 48).

#include <windows.h>
#include <winioctl.h>
#include <winsvc.h>
#include <stdio.h>

#include "unload.h"

#define SERVICE "conformance-unload"
#define DEVICE  "\\\\.\\NthostUnload"

static const char *result(BOOL done)
{
    static char text[40];
    DWORD error = GetLastError();

    snprintf(text, sizeof text, "FALSE, error %lu", (unsigned long)error);
    return done ? "TRUE" : text;
}

static HANDLE open_device(void)
{
    return CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
}

static BOOL tell(HANDLE device, DWORD code)
{
    DWORD bytes;

    return DeviceIoControl(device, code, NULL, 0, NULL, 0, &bytes, NULL);
}

static void show_state(const char *when, SC_HANDLE service)
{
    SERVICE_STATUS status = {0};
    BOOL done = QueryServiceStatus(service, &status);

    printf("fact 46: %s: %s, ", when, result(done));
    printf("%s\n", status.dwCurrentState == SERVICE_RUNNING        ? "running"
                   : status.dwCurrentState == SERVICE_STOP_PENDING ? "stop pending"
                   : status.dwCurrentState == SERVICE_STOPPED      ? "stopped"
                                                                   : "another state");
}

static void show_open(const char *what)
{
    HANDLE device = open_device();

    printf("%s: %s\n", what, result(device != INVALID_HANDLE_VALUE));
    if (device != INVALID_HANDLE_VALUE)
        CloseHandle(device);
}

// Unload waits for the last handle.
static void stop_while_open(SC_HANDLE service)
{
    HANDLE device = open_device();
    SERVICE_STATUS status;

    printf("fact 46: open: %s\n", result(device != INVALID_HANDLE_VALUE));
    BOOL done = ControlService(service, SERVICE_CONTROL_STOP, &status);
    printf("fact 46: stop while it is open: %s\n", result(done));
    show_state("the service", service);
    show_open("fact 46: another open");
    printf("fact 46: a request on the old handle: %s\n", result(tell(device, 0)));
    printf("fact 46: close: %s\n", result(CloseHandle(device)));
    show_state("the service then", service);
    show_open("fact 46: an open after the unload");
}

// Stops the driver after that control code, and starts it again.
static void restart(const char *what, SC_HANDLE service, DWORD code)
{
    HANDLE device = open_device();
    SERVICE_STATUS status;

    printf("%s: told: %s\n", what, result(tell(device, code)));
    CloseHandle(device);
    BOOL done = ControlService(service, SERVICE_CONTROL_STOP, &status);
    printf("%s: stop: %s\n", what, result(done));
    printf("%s: start: %s\n", what, result(StartServiceA(service, 0, NULL)));
}

int main(void)
{
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, SERVICE, SERVICE_START | SERVICE_STOP | SERVICE_QUERY_STATUS);

    if (!service) {
        printf("cannot open the service: error %lu\n", (unsigned long)GetLastError());
        return 1;
    }
    stop_while_open(service);
    printf("fact 46: start again: %s\n", result(StartServiceA(service, 0, NULL)));
    show_open("fact 46: open again");
    restart("fact 48: a driver that leaves its link", service, IOCTL_UNLOAD_LEAVE_LINK);
    show_open("fact 48: open by the old link");
    restart("fact 45: a DriverEntry that fails", service, IOCTL_UNLOAD_FAIL_NEXT);
    show_state("the service after that", service);
    printf("fact 45: start once more: %s\n", result(StartServiceA(service, 0, NULL)));
    show_open("fact 45: open");
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return fflush(stdout) == 0 ? 0 : 1;
}
