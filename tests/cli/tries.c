// What a program may do here, whoever runs it: opens the devices of the "guarded" driver, changes a service's key, loads
// a driver past the service control manager, makes a service, writes and reads a file. A line for each with 0 or the error's number.
#include <windows.h>

#include <stdio.h>

static void open_device(const char *name, DWORD access, const char *how)
{
    HANDLE device = CreateFileA(name, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    printf("%s to %s: %u\n", name + 4, how, device == INVALID_HANDLE_VALUE ? GetLastError() : 0);
    if (device != INVALID_HANDLE_VALUE)
        CloseHandle(device);
}

static void open_file(DWORD access, DWORD disposition, const char *how)
{
    HANDLE file = CreateFileA("C:\\Windows\\Temp\\tries", access, FILE_SHARE_READ, NULL, disposition, 0, NULL);
    printf("file to %s: %u\n", how, file == INVALID_HANDLE_VALUE ? GetLastError() : 0);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
}

static void open_service(SC_HANDLE manager, DWORD access, const char *how)
{
    SC_HANDLE service = OpenServiceA(manager, "Guarded", access);
    printf("service to %s: %u\n", how, service ? 0 : GetLastError());
    if (service)
        CloseServiceHandle(service);
}

int main(void)
{
    static const char *const devices[] = {"\\\\.\\GuardedOpen", "\\\\.\\GuardedReaders", "\\\\.\\GuardedClosed"};
    for (int i = 0; i < 3; i++) {
        open_device(devices[i], GENERIC_READ, "read");
        open_device(devices[i], GENERIC_READ | GENERIC_WRITE, "write");
    }
    open_file(GENERIC_WRITE, CREATE_ALWAYS, "write");
    open_file(GENERIC_READ, OPEN_EXISTING, "read");
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    printf("manager to create: %u\n", manager ? 0 : GetLastError());
    if (manager)
        CloseServiceHandle(manager);
    manager = OpenSCManagerA(NULL, NULL, MAXIMUM_ALLOWED);
    open_service(manager, SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, "look");
    open_service(manager, SERVICE_START, "start");
    open_service(manager, SERVICE_STOP, "stop");
    open_service(manager, SERVICE_CHANGE_CONFIG, "change");
    open_service(manager, DELETE, "delete");
    CloseServiceHandle(manager);
    return 0;
}
