// Waits, named objects, timers, completion ports, handles, GetFileType and positions: the translation to
// services.

#include "win32_test.h"

#include "../../win32/last_error.c"
#include "../../win32/string.c"
#include "../../win32/wait.c"
#include "../../win32/named.c"
#include "../../win32/event.c"
#include "../../win32/mutex.c"
#include "../../win32/semaphore.c"
#include "../../win32/timer.c"
#include "../../win32/handle.c"
#include "../../win32/file.c"
#include "../../win32/completion_port.c"

static struct {
    int calls;
    HANDLE handle, other;
    ACCESS_MASK access;
    ULONG flags, type, state;
    LONG first, second;
    char name[256];
    bool has_name, has_timeout;
    LONGLONG timeout;
    BOOLEAN alertable;
    PTIMER_APC_ROUTINE timer_apc;
    PVOID context;
    ULONG_PTR key, bytes;
    NTSTATUS answers[4]; // one a call, the last one for the rest
    IO_STATUS_BLOCK packet;
} seen;

static NTSTATUS answer(void)
{
    int call = seen.calls++;
    return seen.answers[call < 3 ? call : 3];
}

static void answer_always(NTSTATUS status)
{
    memset(&seen, 0, sizeof(seen));
    for (int i = 0; i < 4; i++)
        seen.answers[i] = status;
}

static NTSTATUS created(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    seen.access = access;
    seen.flags = attributes->Attributes;
    seen.has_name = attributes->ObjectName != NULL;
    if (seen.has_name)
        strcpy(seen.name, shown(attributes->ObjectName));
    *handle = (HANDLE)0x88;
    return answer();
}

static NTSTATUS NTAPI create_event(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, EVENT_TYPE type,
                                   BOOLEAN state)
{
    NTSTATUS status = created(handle, access, attributes);
    seen.type = type;
    seen.state = state;
    return status;
}

static NTSTATUS NTAPI open_any(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return created(handle, access, attributes);
}

static NTSTATUS NTAPI create_mutant(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, BOOLEAN owner)
{
    seen.state = owner;
    NTSTATUS status = created(handle, access, attributes);
    return status;
}

static NTSTATUS NTAPI create_semaphore(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, LONG count,
                                       LONG limit)
{
    seen.first = count;
    seen.second = limit;
    return created(handle, access, attributes);
}

static NTSTATUS NTAPI create_timer(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, TIMER_TYPE type)
{
    seen.type = type;
    return created(handle, access, attributes);
}

static NTSTATUS NTAPI wait_one(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    seen.handle = handle;
    seen.alertable = alertable;
    seen.has_timeout = timeout != NULL;
    seen.timeout = timeout ? timeout->QuadPart : 0;
    return answer();
}

static NTSTATUS NTAPI wait_many(ULONG count, HANDLE *handles, WAIT_TYPE type, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    seen.first = (LONG)count;
    seen.type = type;
    return wait_one(handles[0], alertable, timeout);
}

static NTSTATUS NTAPI delay(BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    return wait_one(NULL, alertable, timeout);
}

static NTSTATUS NTAPI set_timer(HANDLE timer, PLARGE_INTEGER due, PTIMER_APC_ROUTINE apc, PVOID context, BOOLEAN resume,
                                LONG period, PBOOLEAN previous)
{
    (void)resume;
    (void)previous;
    seen.handle = timer;
    seen.timeout = due->QuadPart;
    seen.timer_apc = apc;
    seen.context = context;
    seen.first = period;
    return answer();
}

static NTSTATUS NTAPI create_port(PHANDLE port, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG threads)
{
    assert_null(attributes);
    seen.access = access;
    seen.type = threads;
    *port = (HANDLE)0x90;
    return answer();
}

static NTSTATUS NTAPI set_file(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
                               FILE_INFORMATION_CLASS information_class)
{
    (void)iosb;
    (void)length;
    seen.handle = file;
    seen.type = information_class;
    if (information_class == FileCompletionInformation) {
        seen.other = ((FILE_COMPLETION_INFORMATION *)information)->Port;
        seen.key = (ULONG_PTR)((FILE_COMPLETION_INFORMATION *)information)->Key;
    } else if (information_class == FileIoCompletionNotificationInformation) {
        seen.flags = *(ULONG *)information;
    } else {
        seen.timeout = ((FILE_POSITION_INFORMATION *)information)->CurrentByteOffset.QuadPart;
    }
    return answer();
}

static NTSTATUS NTAPI query_file(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
                                 FILE_INFORMATION_CLASS information_class)
{
    (void)file;
    (void)iosb;
    (void)length;
    if (information_class == FilePositionInformation)
        ((FILE_POSITION_INFORMATION *)information)->CurrentByteOffset.QuadPart = 100;
    else
        ((FILE_STANDARD_INFORMATION *)information)->EndOfFile.QuadPart = 0x100000000LL + 1000;
    return answer();
}

static DEVICE_TYPE device_type;

static NTSTATUS NTAPI query_volume(HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
                                   FS_INFORMATION_CLASS information_class)
{
    (void)file;
    (void)iosb;
    (void)length;
    assert_int_equal(information_class, FileFsDeviceInformation);
    ((FILE_FS_DEVICE_INFORMATION *)information)->DeviceType = device_type;
    return answer();
}

static NTSTATUS NTAPI remove_packet(HANDLE port, PVOID *key, PVOID *context, PIO_STATUS_BLOCK iosb,
                                    PLARGE_INTEGER timeout)
{
    seen.handle = port;
    seen.has_timeout = timeout != NULL;
    *key = (PVOID)seen.key;
    *context = seen.context;
    *iosb = seen.packet;
    return answer();
}

static NTSTATUS NTAPI remove_packets(HANDLE port, PFILE_IO_COMPLETION_INFORMATION entries, ULONG count, PULONG removed,
                                     PLARGE_INTEGER timeout, BOOLEAN alertable)
{
    (void)count;
    (void)timeout;
    seen.handle = port;
    seen.alertable = alertable;
    entries[0] = (FILE_IO_COMPLETION_INFORMATION){(PVOID)7, (PVOID)0x1000, {{STATUS_CANCELLED}, 3}};
    *removed = 1;
    return answer();
}

static NTSTATUS NTAPI post_packet(HANDLE port, PVOID key, PVOID context, NTSTATUS status, ULONG_PTR information)
{
    assert_int_equal(status, STATUS_SUCCESS);
    seen.handle = port;
    seen.key = (ULONG_PTR)key;
    seen.context = context;
    seen.bytes = information;
    return answer();
}

static NTSTATUS NTAPI close_handle(HANDLE handle)
{
    seen.other = handle;
    return answer();
}

static int reset(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    table.NtCreateEvent = create_event;
    table.NtOpenEvent = table.NtOpenMutant = table.NtOpenSemaphore = table.NtOpenTimer = open_any;
    table.NtCreateMutant = create_mutant;
    table.NtCreateSemaphore = create_semaphore;
    table.NtCreateTimer = create_timer;
    table.NtSetTimer = set_timer;
    table.NtWaitForSingleObject = wait_one;
    table.NtWaitForMultipleObjects = wait_many;
    table.NtDelayExecution = delay;
    table.NtCreateIoCompletion = create_port;
    table.NtSetInformationFile = set_file;
    table.NtQueryInformationFile = query_file;
    table.NtQueryVolumeInformationFile = query_volume;
    table.NtRemoveIoCompletion = remove_packet;
    table.NtRemoveIoCompletionEx = remove_packets;
    table.NtSetIoCompletion = post_packet;
    table.NtClose = close_handle;
    return 0;
}

static void waits(void **state)
{
    (void)state;
    assert_int_equal(WaitForSingleObject((HANDLE)4, INFINITE), WAIT_OBJECT_0);
    assert_false(seen.has_timeout);
    assert_false(seen.alertable);
    WaitForSingleObject((HANDLE)4, 1500);
    assert_int_equal(seen.timeout, -15000000); // relative, 100 ns
    WaitForSingleObject((HANDLE)4, 0);
    assert_true(seen.has_timeout);
    assert_int_equal(seen.timeout, 0);

    answer_always(STATUS_TIMEOUT);
    assert_int_equal(WaitForSingleObject((HANDLE)4, 1), WAIT_TIMEOUT);
    answer_always(STATUS_ABANDONED);
    assert_int_equal(WaitForSingleObject((HANDLE)4, 1), WAIT_ABANDONED);
    answer_always(STATUS_INVALID_HANDLE);
    assert_int_equal(WaitForSingleObject(NULL, 1), WAIT_FAILED);
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    answer_always(STATUS_USER_APC);
    seen.answers[0] = STATUS_ALERTED; // an alert is not a reason to return
    assert_int_equal(WaitForSingleObjectEx((HANDLE)4, 1, TRUE), WAIT_IO_COMPLETION);
    assert_int_equal(seen.calls, 2);
    assert_true(seen.alertable);

    HANDLE handles[2] = {(HANDLE)8, (HANDLE)12};
    answer_always(STATUS_WAIT_1);
    assert_int_equal(WaitForMultipleObjects(2, handles, FALSE, INFINITE), WAIT_OBJECT_0 + 1);
    assert_int_equal(seen.type, WaitAny);
    assert_int_equal(seen.first, 2);
    WaitForMultipleObjects(2, handles, TRUE, INFINITE);
    assert_int_equal(seen.type, WaitAll);
    answer_always(STATUS_INVALID_PARAMETER_1);
    assert_int_equal(WaitForMultipleObjects(65, handles, TRUE, INFINITE), WAIT_FAILED);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);

    answer_always(STATUS_SUCCESS);
    Sleep(2);
    assert_int_equal(seen.timeout, -20000);
    assert_int_equal(SleepEx(INFINITE, FALSE), 0);
    assert_int_equal(seen.timeout, INT64_MIN);
    answer_always(STATUS_USER_APC);
    assert_int_equal(SleepEx(1, TRUE), WAIT_IO_COMPLETION);
}

static void names(void **state)
{
    static const struct {
        const char *name, *path;
    } cases[] = {
        {"Event", "\\BaseNamedObjects\\Event"},
        {"Global\\Event", "\\BaseNamedObjects\\Event"},
        {"Local\\Event", "\\BaseNamedObjects\\Event"},
        {"global\\Event", "\\BaseNamedObjects\\global\\Event"}, // the prefixes tell case
        {"a\\b", "\\BaseNamedObjects\\a\\b"},
        {"名", "\\BaseNamedObjects\\名"},
    };
    for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
        reset(state);
        assert_ptr_equal(CreateEventA(NULL, TRUE, FALSE, cases[i].name), (HANDLE)0x88);
        assert_string_equal(seen.name, cases[i].path);
        assert_int_equal(seen.flags, OBJ_OPENIF); // and case matters
        assert_int_equal(seen.access, EVENT_ALL_ACCESS);
        assert_int_equal(GetLastError(), 0);
        OpenEventA(SYNCHRONIZE, TRUE, cases[i].name);
        assert_string_equal(seen.name, cases[i].path);
        assert_int_equal(seen.flags, OBJ_INHERIT);
        assert_int_equal(seen.access, SYNCHRONIZE);
    }
    reset(state);
    CreateEventW(NULL, FALSE, TRUE, NULL);
    assert_false(seen.has_name);
    assert_int_equal(seen.flags, 0);
    assert_int_equal(seen.type, SynchronizationEvent);
    assert_int_equal(seen.state, TRUE);
    assert_null(OpenEventA(SYNCHRONIZE, FALSE, NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);

    answer_always(STATUS_OBJECT_NAME_EXISTS);
    assert_non_null(CreateMutexA(NULL, TRUE, "M"));
    assert_int_equal(GetLastError(), ERROR_ALREADY_EXISTS);
    answer_always(STATUS_OBJECT_TYPE_MISMATCH); // the name belongs to an object of another type
    assert_null(CreateSemaphoreA(NULL, 1, 2, "M"));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(seen.first, 1);
    assert_int_equal(seen.second, 2);
    answer_always(STATUS_OBJECT_NAME_NOT_FOUND);
    assert_null(OpenMutexW(SYNCHRONIZE, FALSE, L"none"));
    assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
    assert_null(CreateEventExW(NULL, NULL, 4, 0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static struct {
    int calls;
    LPVOID argument;
    DWORD low, high;
} timer_seen;

static void timer_routine(LPVOID argument, DWORD low, DWORD high)
{
    timer_seen.calls++;
    timer_seen.argument = argument;
    timer_seen.low = low;
    timer_seen.high = high;
}

static void timers(void **state)
{
    (void)state;
    LARGE_INTEGER due = {.QuadPart = -5000000};
    HANDLE timer = CreateWaitableTimerA(NULL, TRUE, NULL);
    assert_int_equal(seen.type, NotificationTimer);
    assert_true(SetWaitableTimer(timer, &due, 100, NULL, NULL, FALSE));
    assert_int_equal(seen.timeout, -5000000);
    assert_int_equal(seen.first, 100);
    assert_null(seen.timer_apc);
    assert_true(SetWaitableTimer(timer, &due, 0, timer_routine, &due, FALSE));
    PVOID context = seen.context;
    seen.timer_apc(context, 1, 2); // as the kernel will
    assert_int_equal(timer_seen.calls, 1);
    assert_ptr_equal(timer_seen.argument, &due);
    assert_int_equal(timer_seen.high, 2);
    assert_true(SetWaitableTimer(timer, &due, 0, timer_routine, NULL, TRUE));
    assert_ptr_equal(seen.context, context);               // the same record again
    assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED); // this machine is not woken
}

static void ports(void **state)
{
    (void)state;
    HANDLE file = (HANDLE)0x48, port = (HANDLE)0x90;
    OVERLAPPED overlapped, *taken;
    DWORD bytes;
    ULONG_PTR key;
    assert_ptr_equal(CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 3), port);
    assert_int_equal(seen.type, 3);
    assert_int_equal(seen.calls, 1);
    assert_null(CreateIoCompletionPort(INVALID_HANDLE_VALUE, port, 0, 0));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    reset(NULL);
    assert_ptr_equal(CreateIoCompletionPort(file, NULL, 123, 0), port); // made and associated at once
    assert_ptr_equal(seen.other, port);
    assert_int_equal(seen.key, 123);
    reset(NULL);
    seen.answers[1] = STATUS_INVALID_PARAMETER; // the association fails: the port goes again
    assert_null(CreateIoCompletionPort(file, NULL, 123, 0));
    assert_int_equal(seen.calls, 3);
    assert_ptr_equal(seen.other, port);
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    reset(NULL);
    seen.answers[0] = STATUS_INVALID_PARAMETER;
    assert_null(CreateIoCompletionPort(file, port, 123, 0)); // not one that was there
    assert_int_equal(seen.calls, 1);

    answer_always(STATUS_SUCCESS);
    seen.key = 5;
    seen.context = &overlapped;
    seen.packet = (IO_STATUS_BLOCK){{STATUS_SUCCESS}, 12};
    assert_true(GetQueuedCompletionStatus(port, &bytes, &key, &taken, INFINITE));
    assert_int_equal(bytes, 12);
    assert_int_equal(key, 5);
    assert_ptr_equal(taken, &overlapped);
    seen.packet.Status = STATUS_CANCELLED; // a packet of a request that failed
    assert_false(GetQueuedCompletionStatus(port, &bytes, &key, &taken, INFINITE));
    assert_int_equal(GetLastError(), ERROR_OPERATION_ABORTED);
    assert_ptr_equal(taken, &overlapped);
    answer_always(STATUS_TIMEOUT);
    assert_false(GetQueuedCompletionStatus(port, &bytes, &key, &taken, 0));
    assert_int_equal(GetLastError(), WAIT_TIMEOUT);
    assert_null(taken);

    OVERLAPPED_ENTRY entry;
    ULONG removed = 0;
    answer_always(STATUS_SUCCESS);
    assert_true(GetQueuedCompletionStatusEx(port, &entry, 1, &removed, INFINITE, FALSE));
    assert_int_equal(removed, 1);
    assert_int_equal(entry.lpCompletionKey, 7);
    assert_ptr_equal(entry.lpOverlapped, (LPOVERLAPPED)0x1000);
    assert_int_equal(entry.dwNumberOfBytesTransferred, 3);
    assert_int_equal((NTSTATUS)entry.Internal, STATUS_CANCELLED);
    answer_always(STATUS_USER_APC);
    assert_false(GetQueuedCompletionStatusEx(port, &entry, 1, &removed, INFINITE, TRUE));
    assert_int_equal(GetLastError(), WAIT_IO_COMPLETION);

    answer_always(STATUS_SUCCESS);
    assert_true(PostQueuedCompletionStatus(port, 9, 8, &overlapped));
    assert_int_equal(seen.bytes, 9);
    assert_int_equal(seen.key, 8);
    assert_true(SetFileCompletionNotificationModes(file, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    assert_int_equal(seen.flags, 1);
    assert_false(SetFileCompletionNotificationModes(file, 4));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void files(void **state)
{
    (void)state;
    HANDLE file = (HANDLE)0x48;
    LARGE_INTEGER size, distance = {.QuadPart = 10};
    DWORD high = 0;
    device_type = FILE_DEVICE_UNKNOWN;
    SetLastError(5);
    assert_int_equal(GetFileType(file), FILE_TYPE_UNKNOWN);
    assert_int_equal(GetLastError(), NO_ERROR);
    device_type = FILE_DEVICE_SERIAL_PORT;
    assert_int_equal(GetFileType(file), FILE_TYPE_CHAR);
    device_type = FILE_DEVICE_DISK;
    assert_int_equal(GetFileType(file), FILE_TYPE_DISK);

    assert_true(GetFileSizeEx(file, &size));
    assert_int_equal(size.QuadPart, 0x100000000LL + 1000);
    assert_int_equal(GetFileSize(file, &high), 1000);
    assert_int_equal(high, 1);

    assert_true(SetFilePointerEx(file, distance, &size, FILE_BEGIN));
    assert_int_equal(size.QuadPart, 10);
    assert_int_equal(seen.timeout, 10);
    assert_true(SetFilePointerEx(file, distance, &size, FILE_CURRENT));
    assert_int_equal(size.QuadPart, 110);
    distance.QuadPart = -10;
    assert_true(SetFilePointerEx(file, distance, &size, FILE_END));
    assert_int_equal(size.QuadPart, 0x100000000LL + 990);
    assert_false(SetFilePointerEx(file, distance, NULL, FILE_BEGIN));
    assert_int_equal(GetLastError(), ERROR_NEGATIVE_SEEK);
    assert_false(SetFilePointerEx(file, distance, NULL, 3));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
    assert_int_equal(SetFilePointer(file, -50, NULL, FILE_CURRENT), 50);
    LONG high_half = 1;
    assert_int_equal(SetFilePointer(file, 5, &high_half, FILE_BEGIN), 5);
    assert_int_equal(seen.timeout, 0x100000005LL);
    assert_int_equal(SetFilePointer(file, -1, NULL, FILE_END),
                     INVALID_SET_FILE_POINTER); // does not fit 32 bits
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void handles(void **state)
{
    (void)state;
    answer_always(STATUS_INVALID_HANDLE);
    assert_false(CloseHandle(NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_false(CloseHandle(INVALID_HANDLE_VALUE)); // the kernel's answer, whatever it is
    assert_ptr_equal(seen.other, INVALID_HANDLE_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(waits, reset),  cmocka_unit_test_setup(names, reset),
        cmocka_unit_test_setup(timers, reset), cmocka_unit_test_setup(ports, reset),
        cmocka_unit_test_setup(files, reset),  cmocka_unit_test_setup(handles, reset),
    };
    return cmocka_run_group_tests_name("win32 waits and objects", tests, NULL, NULL);
}
