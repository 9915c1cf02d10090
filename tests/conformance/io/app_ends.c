// Facts 15, 16, 18, 22 to 24, 34: how requests end, and who hears of it.

#include "app.h"

static void show_states(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    OVERLAPPED with_event = {.hEvent = CreateEventA(NULL, TRUE, TRUE, NULL)}, without_event = {0};
    char byte;

    printf("fact 15: a fresh handle is signalled: %s\n", is_set(device) ? "yes" : "no");
    BOOL done = ReadFile(device, &byte, 1, NULL, &with_event);
    printf("fact 15: read with an event: %s\n", result(done));
    printf("fact 15: event %s, handle %s\n", is_set(with_event.hEvent) ? "set" : "reset",
           is_set(device) ? "set" : "reset");
    done = ReadFile(device, &byte, 1, NULL, &without_event);
    printf("fact 15: read without an event: %s\n", result(done));
    printf("fact 15: handle %s\n", is_set(device) ? "set" : "reset");
    CloseHandle(with_event.hEvent);
    CloseHandle(device);
}

static void WINAPI ignore(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    (void)error, (void)bytes, (void)overlapped;
}

static void show_port(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    HANDLE port = CreateIoCompletionPort(device, NULL, 1, 0), event = CreateEventA(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {0}, quiet = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)}, *which = NULL;
    ULONG_PTR key;
    DWORD bytes;
    char byte;

    printf("fact 16: a second port: %s\n", result(CreateIoCompletionPort(device, NULL, 2, 0) != NULL));
    printf("fact 16: a completion routine beside the port: %s\n",
           result(ReadFileEx(device, &byte, 1, &overlapped, ignore)));
    printf("fact 16: read, the event's low bit set: %s\n", result(ReadFile(device, &byte, 1, NULL, &quiet)));
    printf("fact 16: event %s\n", is_set(event) ? "set" : "reset");
    BOOL done = GetQueuedCompletionStatus(port, &bytes, &key, &which, 0);
    printf("fact 16: a packet: %s\n", result(done));
    CloseHandle(event);
    CloseHandle(device);
    CloseHandle(port);
}

struct visitor {
    HANDLE device;
    OVERLAPPED overlapped;
    HANDLE leave; // the thread goes when it is set
};

static DWORD WINAPI visit(LPVOID parameter)
{
    struct visitor *visitor = parameter;

    start(visitor->device, IOCTL_IO_KEEP, 3, &visitor->overlapped);
    WaitForSingleObject(visitor->leave, PATIENCE);
    return 0;
}

static HANDLE send_visitor(struct visitor *visitor, HANDLE device, DWORD kept)
{
    *visitor = (struct visitor){.device = device, .leave = CreateEventA(NULL, TRUE, FALSE, NULL)};
    HANDLE thread = CreateThread(NULL, 0, visit, visitor, 0, NULL);
    wait_until_kept(kept);
    return thread;
}

static void say_goodbye(struct visitor *visitor, HANDLE thread)
{
    SetEvent(visitor->leave);
    WaitForSingleObject(thread, PATIENCE);
    CloseHandle(visitor->leave);
    CloseHandle(thread);
}

static void show_cancel(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    OVERLAPPED first, second;
    struct visitor visitor;

    start(device, IOCTL_IO_KEEP, 1, &first);
    start(device, IOCTL_IO_KEEP, 2, &second);
    HANDLE thread = send_visitor(&visitor, device, 3);
    printf("fact 23: CancelIo: %s\n", result(CancelIo(device)));
    printf("fact 23: this thread's first: %s\n", outcome(device, &first));
    printf("fact 23: this thread's second: %s\n", outcome(device, &second));
    printf("fact 23: the other thread's is done: %s\n", is_set(visitor.overlapped.hEvent) ? "yes" : "no");
    start(device, IOCTL_IO_KEEP, 1, &first);
    start(device, IOCTL_IO_KEEP, 2, &second);
    printf("fact 23: CancelIoEx of the second: %s\n", result(CancelIoEx(device, &second)));
    printf("fact 23: the second: %s\n", outcome(device, &second));
    printf("fact 23: the first is done: %s\n", is_set(first.hEvent) ? "yes" : "no");
    printf("fact 23: CancelIoEx of all threads': %s\n", result(CancelIoEx(device, NULL)));
    printf("fact 23: the first: %s\n", outcome(device, &first));
    printf("fact 23: the other thread's: %s\n", outcome(device, &visitor.overlapped));
    printf("fact 23: CancelIoEx with nothing pending: %s\n", result(CancelIoEx(device, NULL)));
    say_goodbye(&visitor, thread);

    start(device, IOCTL_IO_KEEP_HARD, 0, &first);
    printf("fact 23: CancelIoEx of what cannot be cancelled: %s\n", result(CancelIoEx(device, &first)));
    printf("fact 23: it is done: %s\n", is_set(first.hEvent) ? "yes" : "no");
    finish_one(0);
    printf("fact 23: it ends as the driver says: %s\n", outcome(device, &first));

    thread = send_visitor(&visitor, device, 1);
    say_goodbye(&visitor, thread);
    BOOL done = WaitForSingleObject(visitor.overlapped.hEvent, PATIENCE) == WAIT_OBJECT_0;
    printf("fact 24: a request whose thread has ended is done: %s\n", done ? "yes" : "no");
    CloseHandle(visitor.overlapped.hEvent);
    CloseHandle(device);
}

static DWORD WINAPI call_and_wait(LPVOID parameter)
{
    HANDLE device = parameter;
    ULONG name = 4;
    DWORD bytes;
    BOOL done = DeviceIoControl(device, IOCTL_IO_KEEP, &name, sizeof name, NULL, 0, &bytes, NULL);

    printf("fact 34: a request on a synchronous handle: %s\n", result(done));
    return 0;
}

static DWORD WINAPI call_second(LPVOID parameter)
{
    HANDLE device = parameter;
    ULONG kept;
    DWORD bytes;

    return DeviceIoControl(device, IOCTL_IO_KEPT, NULL, 0, &kept, sizeof kept, &bytes, NULL) ? 0 : GetLastError();
}

static void show_synchronous_handle(void)
{
    HANDLE device = open_device(DEVICE, GENERIC_READ | GENERIC_WRITE, 0);
    HANDLE first = CreateThread(NULL, 0, call_and_wait, device, 0, NULL);
    wait_until_kept(1);
    HANDLE second = CreateThread(NULL, 0, call_second, device, 0, NULL);

    printf("fact 34: a second one waits: %s\n", WaitForSingleObject(second, MOMENT) == WAIT_TIMEOUT ? "yes" : "no");
    finish_one(0);
    WaitForSingleObject(first, PATIENCE);
    printf("fact 34: until the first is done: %s\n",
           WaitForSingleObject(second, PATIENCE) == WAIT_OBJECT_0 ? "yes" : "no");
    CloseHandle(first);
    CloseHandle(second);

    first = CreateThread(NULL, 0, call_and_wait, device, 0, NULL);
    wait_until_kept(1);
    BOOL done = CancelSynchronousIo(first);
    WaitForSingleObject(first, PATIENCE);
    printf("fact 23: CancelSynchronousIo: %s\n", done ? "TRUE" : "FALSE");
    printf("fact 23: CancelSynchronousIo of a thread that has ended: %s\n", result(CancelSynchronousIo(first)));
    CloseHandle(first);
    CloseHandle(device);
}

void show_ends(void)
{
    show_states();
    show_port();
    printf("fact 18: completion routines: %s\n", result(ask(IOCTL_IO_STACK)));
    printf("fact 22: IoCancelIrp: %s\n", result(ask(IOCTL_IO_CANCEL)));
    show_cancel();
    show_synchronous_handle();
}
