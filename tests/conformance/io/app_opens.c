// Facts 26 to 33, 47: opening and closing.

#include "app.h"

static void show_open(const char *what, const char *name, DWORD access, DWORD flags)
{
    HANDLE device = open_device(name, access, flags);

    printf("%s: %s\n", what, result(device != INVALID_HANDLE_VALUE));
    if (device != INVALID_HANDLE_VALUE)
        CloseHandle(device);
}

static void show_names(void)
{
    show_open("fact 26: \\\\?\\NthostIo", "\\\\?\\NthostIo", GENERIC_READ, 0);
    show_open("fact 26: a link made as \\DosDevices\\Global", "\\\\.\\NthostIoGlobal", GENERIC_READ, 0);
    show_open("fact 26: \\\\.\\Global\\NthostIo", "\\\\.\\Global\\NthostIo", GENERIC_READ, 0);
    show_open("fact 29: a backslash below the device", DEVICE "\\", GENERIC_READ, 0);
    show_open("fact 29: a name below the device", DEVICE "\\a\\b", GENERIC_READ, 0);
    show_open("fact 30: no rights asked for", DEVICE, 0, 0);
    show_open("fact 30: a right asked for", DEVICE, FILE_READ_DATA, 0);
    show_open("fact 30: no rights, a name below", DEVICE "\\a", 0, 0);
}

// How the driver answers the next open.
static void answer_open(LONG status, ULONG information, ULONG keep)
{
    struct io_answer answer = {status, information, keep};

    tell(IOCTL_IO_ANSWER_OPEN, &answer, sizeof answer);
}

static void show_disposition(const char *what, DWORD disposition, DWORD share, DWORD flags, LONG status,
                             ULONG information)
{
    DWORD access = disposition == TRUNCATE_EXISTING ? GENERIC_WRITE : GENERIC_READ;

    answer_open(status, information, 0);
    SetLastError(UNTOUCHED);
    HANDLE device = CreateFileA(DEVICE, access, share, NULL, disposition, flags, NULL);
    DWORD error = GetLastError();

    printf("fact 27: %s: %s", what, device != INVALID_HANDLE_VALUE ? "opened" : "not opened");
    if (device == INVALID_HANDLE_VALUE || disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS)
        printf(", last error %lu", (unsigned long)error);
    putchar('\n');
    if (device != INVALID_HANDLE_VALUE)
        CloseHandle(device);
}

static void show_dispositions(void)
{
    enum { OPENED = 1, CREATED = 2, OVERWRITTEN = 3 };

    show_disposition("CREATE_NEW", CREATE_NEW, 0, 0, 0, CREATED);
    show_disposition("CREATE_NEW, name collision", CREATE_NEW, 0, 0, (LONG)0xC0000035, 0);
    show_disposition("CREATE_ALWAYS, created", CREATE_ALWAYS, 0, 0, 0, CREATED);
    show_disposition("CREATE_ALWAYS, overwritten", CREATE_ALWAYS, 0, 0, 0, OVERWRITTEN);
    show_disposition("OPEN_ALWAYS, created", OPEN_ALWAYS, 0, 0, 0, CREATED);
    show_disposition("OPEN_ALWAYS, opened", OPEN_ALWAYS, 0, 0, 0, OPENED);
    show_disposition("TRUNCATE_EXISTING", TRUNCATE_EXISTING, 0, 0, 0, OVERWRITTEN);
    show_disposition("overlapped", OPEN_EXISTING, FILE_SHARE_READ, FILE_FLAG_OVERLAPPED, 0, OPENED);
    show_disposition("backup semantics", OPEN_EXISTING, FILE_SHARE_WRITE, FILE_FLAG_BACKUP_SEMANTICS, 0, OPENED);
    show_disposition("write through", OPEN_EXISTING, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                     FILE_FLAG_WRITE_THROUGH, 0, OPENED);
    show_disposition("sequential, no buffering", OPEN_EXISTING, 0, FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_NO_BUFFERING,
                     0, OPENED);
}

// An open that fails in the driver, and one that takes its time.
static DWORD WINAPI open_slowly(LPVOID parameter)
{
    (void)parameter;
    show_open("fact 31: an open that was pending", DEVICE, GENERIC_READ, 0);
    return 0;
}

static void show_create_results(void)
{
    answer_open((LONG)0xC00000A3, 0, 0); // STATUS_DEVICE_NOT_READY
    show_open("fact 31: the driver refuses", DEVICE, GENERIC_READ, 0);
    answer_open((LONG)0xC0000043, 0, 0); // STATUS_SHARING_VIOLATION
    show_open("fact 31: the driver refuses otherwise", DEVICE, GENERIC_READ, 0);

    answer_open(0, 0, 1);
    HANDLE thread = CreateThread(NULL, 0, open_slowly, NULL, 0, NULL);
    wait_until_kept(1);
    printf("fact 31: the open waits: %s\n", is_set(thread) ? "no" : "yes");
    finish_one(0);
    WaitForSingleObject(thread, PATIENCE);
    CloseHandle(thread);
}

static void show_share_modes(void)
{
    HANDLE first = CreateFileA(DEVICE, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

    show_open("fact 28: a second open, nothing shared", DEVICE, GENERIC_WRITE, 0);
    CloseHandle(first);
}

static void show_late_device(void)
{
    printf("fact 28: a device is made: %s\n", result(ask(IOCTL_IO_LATE_CREATE)));
    show_open("fact 28: while DO_DEVICE_INITIALIZING is set", LATE, GENERIC_READ, 0);
    ask(IOCTL_IO_LATE_READY);
    HANDLE device = open_device(LATE, GENERIC_READ, 0);
    printf("fact 28: when it is clear: %s\n", result(device != INVALID_HANDLE_VALUE));

    printf("fact 47: the device is deleted while it is open: %s\n", result(ask(IOCTL_IO_LATE_DELETE)));
    show_open("fact 47: another open", LATE, GENERIC_READ, 0);
    printf("fact 47: its name is free: %s\n", result(ask(IOCTL_IO_LATE_CREATE)));
    if (device != INVALID_HANDLE_VALUE)
        printf("fact 47: the old handle is closed: %s\n", result(CloseHandle(device)));
    printf("fact 47: the new device is deleted: %s\n", result(ask(IOCTL_IO_LATE_DELETE)));
}

// A request that outlives its handle: CLEANUP comes with the close of the handle, CLOSE when the request is
// done.
static void show_request_after_cleanup(void)
{
    HANDLE device = open_device(EXCLUSIVE, GENERIC_READ | GENERIC_WRITE, FILE_FLAG_OVERLAPPED);
    OVERLAPPED overlapped;
    BOOL done = start(device, IOCTL_IO_KEEP_HARD, 0, &overlapped);

    printf("fact 32: a request stays pending: %s\n", result(done));
    printf("fact 32: the handle is closed: %s\n", result(CloseHandle(device)));
    show_open("fact 33: the exclusive device, its request pending", EXCLUSIVE, GENERIC_READ, 0);
    finish_one(0);
    printf("fact 32: the request is done: %s\n", is_set(overlapped.hEvent) ? "yes" : "no");
    CloseHandle(overlapped.hEvent);
    show_open("fact 33: the exclusive device, its request done", EXCLUSIVE, GENERIC_READ, 0);
}

void show_opens(void)
{
    show_names();
    show_dispositions();
    show_create_results();
    show_share_modes();
    show_late_device();
    show_request_after_cleanup();
}
