// The Win32 calls around a device: handles, events, mutexes, semaphores, timers, completion ports, threads,
// messages, strings, services. Each line says what was called and what came back; app.txt holds what
// Microsoft's documentation says must come. The driver is LySharkDriver.

#include <windows.h>
#include <winsvc.h>
#include <stdio.h>
#include <string.h>

#define DEVICE "\\\\.\\LySharkDriver"

// "what: result, error": the error only where the result says that there is one.
static void say(const char *what, long long result, int failed)
{
    DWORD error = GetLastError();
    if (failed)
        printf("%s: %lld, error %lu\n", what, result, (unsigned long)error);
    else
        printf("%s: %lld\n", what, result);
}

#define BOOLEAN_CALL(call)                                                                                             \
    do {                                                                                                               \
        SetLastError(0xdead);                                                                                          \
        BOOL result_ = (call);                                                                                         \
        say(#call, !!result_, !result_);                                                                               \
    } while (0)
#define WAIT_CALL(call)                                                                                                \
    do {                                                                                                               \
        SetLastError(0xdead);                                                                                          \
        DWORD result_ = (call);                                                                                        \
        say(#call, (int)result_, result_ == WAIT_FAILED);                                                              \
    } while (0)

static HANDLE handle_of(const char *what, HANDLE handle, HANDLE bad)
{
    if (handle == bad)
        printf("%s: none, error %lu\n", what, (unsigned long)GetLastError());
    else
        printf("%s: a handle, last error %lu\n", what, (unsigned long)GetLastError());
    return handle;
}

#define CREATE_CALL(call) (SetLastError(0xdead), handle_of(#call, (call), NULL))
#define OPEN_CALL(call)   (SetLastError(0xdead), handle_of(#call, (call), INVALID_HANDLE_VALUE))

// Whether these change the last error when they succeed is not documented.
static SC_HANDLE service_of(const char *what, SC_HANDLE handle)
{
    if (handle)
        printf("%s: a handle\n", what);
    else
        printf("%s: none, error %lu\n", what, (unsigned long)GetLastError());
    return handle;
}

#define SERVICE_CALL(call) service_of(#call, (call))

// --- devices -------------------------------------------------------------------------------------

static void opening(void)
{
    HANDLE device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL));
    BOOLEAN_CALL(CloseHandle(device));
    BOOLEAN_CALL(CloseHandle(device));
    OPEN_CALL(CreateFileA("\\\\.\\NoSuchDevice", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    OPEN_CALL(CreateFileA("\\\\.\\NoSuchDevice\\x", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    OPEN_CALL(CreateFileA("", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ, 0, NULL, 0, 0, NULL));
    OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ, 0, NULL, 6, 0, NULL));
    device = OPEN_CALL(CreateFileW(L"//./LySharkDriver", GENERIC_READ, 0, NULL, OPEN_ALWAYS, 0, NULL));
    BOOLEAN_CALL(CloseHandle(device));
    device = OPEN_CALL(CreateFileA("\\\\?\\lysharkdriver", 0, 0, NULL, OPEN_EXISTING, 0, NULL));
    BOOLEAN_CALL(CloseHandle(device));
    BOOLEAN_CALL(CloseHandle(NULL));
}

static void transferring(void)
{
    char buffer[32] = "";
    DWORD bytes = 99;
    HANDLE device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    BOOLEAN_CALL(ReadFile(device, buffer, 5, &bytes, NULL));
    printf("read %lu: %s\n", (unsigned long)bytes, buffer);
    BOOLEAN_CALL(ReadFile(device, buffer, sizeof(buffer), &bytes, NULL));
    printf("read %lu: %s\n", (unsigned long)bytes, buffer);
    BOOLEAN_CALL(WriteFile(device, "abc", 3, &bytes, NULL));
    printf("wrote %lu\n", (unsigned long)bytes);
    BOOLEAN_CALL(WriteFile(device, "abc", 0, &bytes, NULL));
    printf("wrote %lu\n", (unsigned long)bytes);
    bytes = 99;
    BOOLEAN_CALL(ReadFile(NULL, buffer, 5, &bytes, NULL));
    printf("read %lu\n", (unsigned long)bytes);
    bytes = 99;
    BOOLEAN_CALL(DeviceIoControl(device, 0x222000, NULL, 0, buffer, sizeof(buffer), &bytes, NULL));
    printf("bytes %lu\n", (unsigned long)bytes); // an error leaves them alone
    BOOLEAN_CALL(FlushFileBuffers(device));
    BOOLEAN_CALL(CloseHandle(device));

    device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    BOOLEAN_CALL(WriteFile(device, "abc", 3, &bytes, NULL)); // not opened for writing
    BOOLEAN_CALL(CloseHandle(device));
}

static void overlapped(void)
{
    char buffer[32] = "";
    DWORD bytes = 99;
    OVERLAPPED request = {0};
    request.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    HANDLE device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL));
    BOOLEAN_CALL(ReadFile(device, buffer, 5, NULL, &request));
    BOOLEAN_CALL(HasOverlappedIoCompleted(&request));
    WAIT_CALL(WaitForSingleObject(request.hEvent, 0));
    BOOLEAN_CALL(GetOverlappedResult(device, &request, &bytes, FALSE));
    printf("read %lu: %s\n", (unsigned long)bytes, buffer);
    BOOLEAN_CALL(ReadFile(device, buffer, 5, &bytes, NULL)); // without an OVERLAPPED, on such a handle
    BOOLEAN_CALL(CancelIo(device));
    BOOLEAN_CALL(CancelIoEx(device, NULL));
    BOOLEAN_CALL(CloseHandle(device));
    BOOLEAN_CALL(CloseHandle(request.hEvent));
}

static void ports(void)
{
    char buffer[32];
    DWORD bytes = 99;
    ULONG_PTR key = 99;
    OVERLAPPED request = {0}, *taken = &request;
    HANDLE port = CREATE_CALL(CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1));
    BOOLEAN_CALL(GetQueuedCompletionStatus(port, &bytes, &key, &taken, 0));
    printf("taken: %s\n", taken ? "something" : "nothing");
    BOOLEAN_CALL(PostQueuedCompletionStatus(port, 7, 8, (OVERLAPPED *)0x1230));
    BOOLEAN_CALL(GetQueuedCompletionStatus(port, &bytes, &key, &taken, 1000));
    printf("taken: %lu bytes, key %lu, %s\n", (unsigned long)bytes, (unsigned long)key,
           taken == (OVERLAPPED *)0x1230 ? "the right one" : "another");

    HANDLE device = CreateFileA(DEVICE, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    BOOLEAN_CALL(CreateIoCompletionPort(device, port, 123, 0) == port);
    CREATE_CALL(CreateIoCompletionPort(device, port, 124, 0)); // a file belongs to one port for ever
    BOOLEAN_CALL(ReadFile(device, buffer, 5, NULL, &request));
    BOOLEAN_CALL(GetQueuedCompletionStatus(port, &bytes, &key, &taken, 1000));
    printf("taken: %lu bytes, key %lu, %s\n", (unsigned long)bytes, (unsigned long)key,
           taken == &request ? "the right one" : "another");
    BOOLEAN_CALL(SetFileCompletionNotificationModes(device, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    BOOLEAN_CALL(ReadFile(device, buffer, 5, NULL, &request));
    BOOLEAN_CALL(GetQueuedCompletionStatus(port, &bytes, &key, &taken, 0));

    OVERLAPPED_ENTRY entries[4];
    ULONG removed = 99;
    for (int i = 0; i < 3; i++)
        PostQueuedCompletionStatus(port, (DWORD)i, 5, NULL);
    BOOLEAN_CALL(GetQueuedCompletionStatusEx(port, entries, 4, &removed, 0, FALSE));
    printf("removed %lu, the last has %lu bytes\n", (unsigned long)removed,
           (unsigned long)entries[2].dwNumberOfBytesTransferred);
    BOOLEAN_CALL(GetQueuedCompletionStatusEx(port, entries, 4, &removed, 0, FALSE));
    BOOLEAN_CALL(CloseHandle(device));
    BOOLEAN_CALL(CloseHandle(port));
    CREATE_CALL(CreateIoCompletionPort(INVALID_HANDLE_VALUE, (HANDLE)0x7770, 0, 0));
}

// --- objects -------------------------------------------------------------------------------------

static void events(void)
{
    HANDLE manual = CREATE_CALL(CreateEventA(NULL, TRUE, FALSE, "Local\\nthost conformance event"));
    HANDLE same = CREATE_CALL(CreateEventA(NULL, TRUE, TRUE, "nthost conformance event"));
    HANDLE opened = CREATE_CALL(OpenEventW(SYNCHRONIZE, FALSE, L"Local\\nthost conformance event"));
    HANDLE automatic = CREATE_CALL(CreateEventA(NULL, FALSE, TRUE, NULL));
    CREATE_CALL(OpenEventA(SYNCHRONIZE, FALSE, "no\\such event"));
    CREATE_CALL(CreateMutexA(NULL, FALSE, "nthost conformance event")); // another type has the name

    WAIT_CALL(WaitForSingleObject(manual, 0));
    BOOLEAN_CALL(SetEvent(opened)); // opened to wait only
    BOOLEAN_CALL(SetEvent(same));
    WAIT_CALL(WaitForSingleObject(opened, 0));
    WAIT_CALL(WaitForSingleObject(manual, 0)); // stays set
    WAIT_CALL(WaitForSingleObject(automatic, 0));
    WAIT_CALL(WaitForSingleObject(automatic, 0)); // the first wait took it

    HANDLE both[2] = {automatic, manual};
    WAIT_CALL(WaitForMultipleObjects(2, both, FALSE, 0));
    WAIT_CALL(WaitForMultipleObjects(2, both, TRUE, 0));
    SetEvent(automatic);
    WAIT_CALL(WaitForMultipleObjects(2, both, TRUE, 0));
    WAIT_CALL(WaitForSingleObject(automatic, 0));
    WAIT_CALL(WaitForMultipleObjects(0, both, FALSE, 0));
    WAIT_CALL(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS + 1, both, FALSE, 0));
    WAIT_CALL(WaitForSingleObject((HANDLE)0x7770, 0));
    BOOLEAN_CALL(ResetEvent(manual));
    WAIT_CALL(WaitForSingleObject(manual, 1));
    BOOLEAN_CALL(PulseEvent(manual));
    WAIT_CALL(WaitForSingleObject(manual, 0));

    HANDLE copy = NULL;
    BOOLEAN_CALL(
        DuplicateHandle(GetCurrentProcess(), manual, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    BOOLEAN_CALL(CloseHandle(manual));
    BOOLEAN_CALL(SetEvent(copy));
    WAIT_CALL(WaitForSingleObject(same, 0));
    CloseHandle(copy);
    CloseHandle(same);
    CloseHandle(opened);
    CREATE_CALL(OpenEventA(SYNCHRONIZE, FALSE, "nthost conformance event")); // gone with its last handle
    CloseHandle(automatic);
}

static void mutexes(void)
{
    HANDLE mutex = CREATE_CALL(CreateMutexA(NULL, TRUE, NULL));
    WAIT_CALL(WaitForSingleObject(mutex, 0)); // the owner may again
    BOOLEAN_CALL(ReleaseMutex(mutex));
    BOOLEAN_CALL(ReleaseMutex(mutex));
    BOOLEAN_CALL(ReleaseMutex(mutex)); // not its owner any more
    CloseHandle(mutex);
}

static void semaphores(void)
{
    LONG previous = 99;
    HANDLE semaphore = CREATE_CALL(CreateSemaphoreA(NULL, 1, 2, NULL));
    WAIT_CALL(WaitForSingleObject(semaphore, 0));
    WAIT_CALL(WaitForSingleObject(semaphore, 0));
    BOOLEAN_CALL(ReleaseSemaphore(semaphore, 2, &previous));
    printf("previous count %ld\n", (long)previous);
    BOOLEAN_CALL(ReleaseSemaphore(semaphore, 1, &previous)); // above its maximum
    BOOLEAN_CALL(SetEvent(semaphore));                       // not an event
    CloseHandle(semaphore);
    CREATE_CALL(CreateSemaphoreA(NULL, 3, 2, NULL));
}

static void timers(void)
{
    LARGE_INTEGER due;
    HANDLE timer = CREATE_CALL(CreateWaitableTimerA(NULL, FALSE, NULL));
    WAIT_CALL(WaitForSingleObject(timer, 0));
    due.QuadPart = -20000; // 2 ms from now
    BOOLEAN_CALL(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    WAIT_CALL(WaitForSingleObject(timer, 5000));
    WAIT_CALL(WaitForSingleObject(timer, 0));
    due.QuadPart = -6000000000LL;
    BOOLEAN_CALL(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    BOOLEAN_CALL(CancelWaitableTimer(timer));
    WAIT_CALL(WaitForSingleObject(timer, 0));
    CloseHandle(timer);
}

static HANDLE go, orphan;

static DWORD WINAPI until_go(LPVOID parameter)
{
    (void)parameter;
    WaitForSingleObject(orphan, INFINITE); // and never releases it
    WaitForSingleObject(go, INFINITE);
    return 7;
}

// Objects of all kinds in one wait.
static void mixed(void)
{
    HANDLE device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL));
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), semaphore = CreateSemaphoreA(NULL, 0, 2, NULL);
    HANDLE mutex = CreateMutexA(NULL, FALSE, NULL), timer = CreateWaitableTimerA(NULL, FALSE, NULL);
    LARGE_INTEGER due = {.QuadPart = -20000}; // 2 ms from now
    DWORD code = 0;

    go = CreateEventA(NULL, TRUE, FALSE, NULL);
    orphan = CreateMutexA(NULL, FALSE, NULL);
    HANDLE thread = CreateThread(NULL, 0, until_go, NULL, 0, NULL);
    HANDLE any[] = {event, semaphore, timer, thread, mutex};
    WAIT_CALL(WaitForMultipleObjects(4, any, FALSE, 0));
    BOOLEAN_CALL(ReleaseSemaphore(semaphore, 1, NULL));
    WAIT_CALL(WaitForMultipleObjects(4, any, FALSE, 0));
    WAIT_CALL(WaitForMultipleObjects(4, any, FALSE, 0)); // the first wait took it
    BOOLEAN_CALL(SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE));
    WAIT_CALL(WaitForMultipleObjects(4, any, FALSE, 5000));
    WAIT_CALL(WaitForMultipleObjects(5, any, FALSE, 0)); // the mutex is free
    BOOLEAN_CALL(ReleaseMutex(mutex));
    SetEvent(go);
    WAIT_CALL(WaitForMultipleObjects(4, any, FALSE, 5000));
    BOOLEAN_CALL(GetExitCodeThread(thread, &code));
    printf("exit code %lu\n", (unsigned long)code);
    WAIT_CALL(WaitForSingleObject(orphan, 0)); // its owner has ended

    HANDLE all[] = {event, semaphore, mutex, thread, device};
    ReleaseSemaphore(semaphore, 1, NULL);
    WAIT_CALL(WaitForMultipleObjects(5, all, TRUE, 0)); // the event is missing, nothing is taken
    SetEvent(event);
    WAIT_CALL(WaitForMultipleObjects(5, all, TRUE, 0)); // a device nobody waits for is set
    WAIT_CALL(WaitForSingleObject(semaphore, 0));
    WAIT_CALL(WaitForSingleObject(event, 0));
    all[4] = event;
    WAIT_CALL(WaitForMultipleObjects(5, all, TRUE, 0)); // the event twice
    HANDLE handles[] = {device, event, semaphore, mutex, timer, thread, go, orphan};
    for (unsigned i = 0; i < sizeof handles / sizeof *handles; i++)
        CloseHandle(handles[i]);
}

static unsigned calls;

static void WINAPI written(DWORD error, DWORD bytes, LPOVERLAPPED which)
{
    calls++;
    printf("written: error %lu, %lu bytes, offset %lu\n", (unsigned long)error, (unsigned long)bytes,
           (unsigned long)which->Offset);
}

static void CALLBACK timed(LPVOID argument, DWORD low, DWORD high)
{
    (void)low, (void)high;
    calls++;
    printf("timed: argument %d\n", *(int *)argument);
}

// Routines that run when their thread waits alertably.
static void routines(void)
{
    HANDLE device = OPEN_CALL(CreateFileA(DEVICE, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL));
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    LARGE_INTEGER due = {.QuadPart = -20000};
    OVERLAPPED which = {.Offset = 5};
    char text[] = "text";
    int argument = 42;

    BOOLEAN_CALL(WriteFileEx(device, text, 4, &which, written));
    WAIT_CALL(SleepEx(0, FALSE)); // not alertable
    printf("%u calls\n", calls);
    WAIT_CALL(WaitForSingleObjectEx(event, 5000, TRUE));
    printf("%u calls\n", calls);
    BOOLEAN_CALL(SetWaitableTimer(timer, &due, 0, timed, &argument, FALSE));
    WAIT_CALL(SleepEx(5000, TRUE));
    printf("%u calls\n", calls);
    WAIT_CALL(SleepEx(0, TRUE));
    CloseHandle(timer);
    CloseHandle(event);
    CloseHandle(device);
}

// --- messages and strings ------------------------------------------------------------------------

static void messages(void)
{
    static const DWORD errors[] = {0, 2, 5, 6, 87, 997, 998, 1056, 1060, 1062, 1072, 1073};
    char text[512];
    for (unsigned i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        DWORD length =
            FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK,
                           NULL, errors[i], 0, text, sizeof(text), NULL);
        printf("message %lu: %lu characters: %s\n", (unsigned long)errors[i], (unsigned long)length, text);
    }
    BOOLEAN_CALL(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 0xdeadbeef, 0, text, sizeof(text), NULL));
    BOOLEAN_CALL(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 5, 0, text, 3, NULL));
    DWORD_PTR arguments[] = {(DWORD_PTR) "one", 42};
    FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "[%1!6s!] %2!03d! %% %1%0dropped", 0, 0,
                   text, sizeof(text), (va_list *)arguments);
    printf("%s\n", text);
    FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_IGNORE_INSERTS, "%1!d! and %2", 0, 0, text, sizeof(text),
                   NULL);
    printf("%s\n", text);
}

static void strings(void)
{
    WCHAR wide[16];
    char text[32];
    printf("%d\n", MultiByteToWideChar(CP_UTF8, 0, "h\xC3\xA9\xF0\x9F\x98\x80", -1, wide, 16));
    printf("%04x %04x %04x %04x\n", wide[0], wide[1], wide[2], wide[3]);
    printf("%d\n", WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, sizeof(text), NULL, NULL));
    BOOLEAN_CALL(MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, "a\xFF", -1, wide, 16));
    BOOLEAN_CALL(MultiByteToWideChar(CP_UTF8, 0, "abc", -1, wide, 3));
    BOOLEAN_CALL(MultiByteToWideChar(CP_UTF8, 0, "abc", 0, wide, 3));
    BOOLEAN_CALL(WideCharToMultiByte(CP_UTF8, 0, L"abc", -1, text, 3, NULL, NULL));
    MultiByteToWideChar(CP_UTF8, 0,
                        "a\xE4\xBD\xFF"
                        "b",
                        -1, wide, 16); // one U+FFFD for a character that breaks off
    printf("%04x %04x %04x %04x\n", wide[0], wide[1], wide[2], wide[3]);
}

// --- services ------------------------------------------------------------------------------------

static void services(void)
{
    SERVICE_STATUS status;
    SC_HANDLE manager = SERVICE_CALL(OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS)), weak;
    SERVICE_CALL(OpenSCManagerA(NULL, "DoesNotExist", SC_MANAGER_CONNECT));
    SERVICE_CALL(OpenServiceA(manager, "nthost-none", SERVICE_ALL_ACCESS));
    SERVICE_CALL(OpenServiceA(NULL, "nthost-none", SERVICE_ALL_ACCESS));
    weak = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SERVICE_CALL(CreateServiceA(weak, "nthost-t", NULL, 0, 1, 3, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    CloseServiceHandle(weak);
    SERVICE_CALL(CreateServiceA(manager, "", NULL, 0, 1, 3, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    SERVICE_CALL(CreateServiceA(manager, "a/b", NULL, 0, 1, 3, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    SERVICE_CALL(CreateServiceA(manager, "nthost-t", NULL, 0, 1, 5, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    SC_HANDLE service = SERVICE_CALL(
        CreateServiceA(manager, "nthost-t", "nthost test", 0xF01FF, 1, 3, 1, "C:\\nthost\\x.sys", 0, 0, 0, 0, 0));
    SERVICE_CALL(CreateServiceA(manager, "NTHOST-T", NULL, 0, 1, 3, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    BOOLEAN_CALL(QueryServiceStatus(service, &status));
    printf("type %lu, state %lu, controls %lu, exit code %lu\n", (unsigned long)status.dwServiceType,
           (unsigned long)status.dwCurrentState, (unsigned long)status.dwControlsAccepted,
           (unsigned long)status.dwWin32ExitCode);
    BOOLEAN_CALL(ControlService(service, SERVICE_CONTROL_STOP, &status));
    BOOLEAN_CALL(ControlService(service, 77, &status));
    weak = OpenServiceA(manager, "nthost-t", SERVICE_QUERY_STATUS);
    BOOLEAN_CALL(StartServiceA(weak, 0, NULL));
    BOOLEAN_CALL(DeleteService(weak));
    BOOLEAN_CALL(DeleteService(service));
    BOOLEAN_CALL(DeleteService(service));
    BOOLEAN_CALL(StartServiceA(service, 0, NULL));
    SERVICE_CALL(CreateServiceA(manager, "nthost-t", NULL, 0, 1, 3, 1, "C:\\x.sys", 0, 0, 0, 0, 0));
    CloseServiceHandle(weak);
    BOOLEAN_CALL(CloseServiceHandle(service));
    SERVICE_CALL(OpenServiceA(manager, "nthost-t", SERVICE_ALL_ACCESS));
    BOOLEAN_CALL(CloseServiceHandle(NULL));
    BOOLEAN_CALL(CloseServiceHandle(manager));
}

int main(void)
{
    static void (*const parts[])(void) = {opening, transferring, overlapped, ports,    events,  mutexes, semaphores,
                                          timers,  mixed,        routines,   messages, strings, services};
    SetConsoleOutputCP(CP_UTF8);
    setvbuf(stdout, NULL, _IONBF, 0);
    for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        parts[i]();
    return 0;
}
