// ReadFile, WriteFile, DeviceIoControl, with and without OVERLAPPED: which service is called with what, and
// the results of facts 16, 38 and 49 to 53 of semantics.

#include "win32_test.h"

#include "../../win32/last_error.c"
#include "../../win32/string.c"
#include "../../win32/wait.c"
#include "../../win32/transfer.c"
#include "../../win32/read.c"
#include "../../win32/write.c"
#include "../../win32/ioctl.c"
#include "../../win32/overlapped.c"

enum { READ, WRITE, IOCTL, FSCTL };

static struct {
    int kind, calls, waits;
    HANDLE file, event;
    PIO_APC_ROUTINE apc;
    PVOID context;
    PIO_STATUS_BLOCK iosb;
    PVOID buffer, input;
    ULONG length, input_length, code;
    bool has_offset;
    LARGE_INTEGER offset;
    NTSTATUS internal_before;
    // what to answer
    NTSTATUS status, iosb_status;
    ULONG_PTR information;
    NTSTATUS wait_status;
} seen;

static NTSTATUS answer(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK iosb)
{
    seen.calls++;
    seen.file = file;
    seen.event = event;
    seen.apc = apc;
    seen.context = context;
    seen.iosb = iosb;
    seen.internal_before = iosb->Status;
    if (seen.status != STATUS_PENDING && !NT_ERROR(seen.iosb_status)) { // fact 11: an error leaves it alone
        iosb->Status = seen.iosb_status;
        iosb->Information = seen.information;
    }
    return seen.status;
}

static NTSTATUS NTAPI fake_read(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK iosb,
                                PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key)
{
    assert_null(key);
    seen.kind = READ;
    seen.buffer = buffer;
    seen.length = length;
    seen.has_offset = offset != NULL;
    if (offset)
        seen.offset = *offset;
    return answer(file, event, apc, context, iosb);
}

static NTSTATUS NTAPI fake_write(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK iosb,
                                 PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key)
{
    NTSTATUS status = fake_read(file, event, apc, context, iosb, buffer, length, offset, key);
    seen.kind = WRITE;
    return status;
}

static NTSTATUS NTAPI fake_ioctl(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK iosb,
                                 ULONG code, PVOID input, ULONG input_length, PVOID output, ULONG output_length)
{
    seen.kind = IOCTL;
    seen.code = code;
    seen.input = input;
    seen.input_length = input_length;
    seen.buffer = output;
    seen.length = output_length;
    return answer(file, event, apc, context, iosb);
}

static NTSTATUS NTAPI fake_fsctl(HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID context, PIO_STATUS_BLOCK iosb,
                                 ULONG code, PVOID input, ULONG input_length, PVOID output, ULONG output_length)
{
    NTSTATUS status = fake_ioctl(file, event, apc, context, iosb, code, input, input_length, output, output_length);
    seen.kind = FSCTL;
    return status;
}

// The wait ends the request that was pended.
static NTSTATUS NTAPI fake_wait(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    (void)alertable;
    (void)timeout;
    seen.waits++;
    seen.event = handle;
    if (seen.wait_status == STATUS_SUCCESS) {
        seen.iosb->Status = seen.iosb_status;
        seen.iosb->Information = seen.information;
    }
    return seen.wait_status;
}

static int reset(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    table.NtReadFile = fake_read;
    table.NtWriteFile = fake_write;
    table.NtDeviceIoControlFile = fake_ioctl;
    table.NtFsControlFile = fake_fsctl;
    table.NtWaitForSingleObject = fake_wait;
    return 0;
}

#define FILE_HANDLE ((HANDLE)0x48)
#define EVENT       ((HANDLE)0x4C)
#define UNTOUCHED   0xdeadf00d

static char buffer[16];

static BOOL call(int kind, DWORD *bytes, OVERLAPPED *overlapped)
{
    const DWORD ioctl = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS);
    const DWORD fsctl = CTL_CODE(FILE_DEVICE_FILE_SYSTEM, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS);
    switch (kind) {
    case READ:
        return ReadFile(FILE_HANDLE, buffer, 5, bytes, overlapped);
    case WRITE:
        return WriteFile(FILE_HANDLE, buffer, 5, bytes, overlapped);
    case IOCTL:
        return DeviceIoControl(FILE_HANDLE, ioctl, "in", 2, buffer, 5, bytes, overlapped);
    default:
        return DeviceIoControl(FILE_HANDLE, fsctl, "in", 2, buffer, 5, bytes, overlapped);
    }
}

static void arguments(void **state)
{
    for (int kind = READ; kind <= FSCTL; kind++) {
        DWORD bytes;
        OVERLAPPED overlapped = {.Offset = 7, .OffsetHigh = 0x80000001, .hEvent = EVENT};
        reset(state);
        call(kind, &bytes, NULL);
        assert_int_equal(seen.kind, kind);
        assert_ptr_equal(seen.file, FILE_HANDLE);
        assert_null(seen.event);
        assert_null(seen.apc);
        assert_null(seen.context);
        assert_ptr_equal(seen.buffer, buffer);
        assert_int_equal(seen.length, 5);
        assert_false(seen.has_offset); // fact 35: NULL is the file's own position

        reset(state);
        call(kind, &bytes, &overlapped);
        assert_ptr_equal(seen.event, EVENT);
        assert_ptr_equal(seen.context, &overlapped);
        assert_ptr_equal(seen.iosb, &overlapped.Internal);
        assert_int_equal(seen.internal_before, STATUS_PENDING); // fact 52
        if (kind <= WRITE) {
            assert_true(seen.has_offset);
            assert_int_equal(seen.offset.QuadPart, 0x8000000100000007LL);
        } else {
            assert_int_equal(seen.input_length, 2);
        }

        reset(state);
        overlapped.hEvent = (HANDLE)((ULONG_PTR)EVENT | 1); // fact 16: no packet to the completion port
        call(kind, &bytes, &overlapped);
        assert_null(seen.context);
        assert_ptr_equal(seen.event, (HANDLE)((ULONG_PTR)EVENT | 1));
    }
}

// What comes of a status without OVERLAPPED, the request not pended. 3 bytes were transferred.
static void synchronous_results(void **state)
{
    static const struct {
        const char *name;
        NTSTATUS status;
        BOOL result;
        DWORD error, bytes, ioctl_bytes;
    } cases[] = {
        {"STATUS_SUCCESS", STATUS_SUCCESS, TRUE, UNTOUCHED, 3, 3},
        {"STATUS_TIMEOUT is a success", STATUS_TIMEOUT, TRUE, UNTOUCHED, 3, 3},
        {"an informational status", 0x4eadbeef, TRUE, UNTOUCHED, 3, 3},
        {"STATUS_BUFFER_OVERFLOW", STATUS_BUFFER_OVERFLOW, FALSE, ERROR_MORE_DATA, 3, 3},
        {"STATUS_NO_MORE_FILES", STATUS_NO_MORE_FILES, FALSE, ERROR_NO_MORE_FILES, 3, 3},
        {"STATUS_ACCESS_DENIED", STATUS_ACCESS_DENIED, FALSE, ERROR_ACCESS_DENIED, 0, UNTOUCHED},
        {"STATUS_INVALID_DEVICE_REQUEST", STATUS_INVALID_DEVICE_REQUEST, FALSE, ERROR_INVALID_FUNCTION, 0, UNTOUCHED},
        {"STATUS_ACCESS_VIOLATION", STATUS_ACCESS_VIOLATION, FALSE, ERROR_NOACCESS, 0, UNTOUCHED},
        {"STATUS_INVALID_HANDLE", STATUS_INVALID_HANDLE, FALSE, ERROR_INVALID_HANDLE, 0, UNTOUCHED},
        {"an unknown error", (NTSTATUS)0xceadbeef, FALSE, ERROR_MR_MID_NOT_FOUND, 0, UNTOUCHED},
    };
    for (int kind = READ; kind <= IOCTL; kind++)
        for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
            DWORD bytes = UNTOUCHED;
            reset(state);
            seen.status = seen.iosb_status = cases[i].status;
            seen.information = 3;
            SetLastError(UNTOUCHED);
            BOOL result = call(kind, &bytes, NULL);
            expect_equal(cases[i].name, "result", result, cases[i].result);
            expect_equal(cases[i].name, "last error", GetLastError(), cases[i].error);
            expect_equal(cases[i].name, "bytes", bytes, kind == IOCTL ? cases[i].ioctl_bytes : cases[i].bytes);
            expect_equal(cases[i].name, "result without a count", call(kind, NULL, NULL), cases[i].result);
        }
    all_right();
}

static void overlapped_results(void **state)
{
    static const struct {
        const char *name;
        NTSTATUS status;
        BOOL result;
        DWORD error, bytes, ioctl_bytes;
    } cases[] = {
        {"STATUS_SUCCESS", STATUS_SUCCESS, TRUE, UNTOUCHED, 3, 3},
        {"STATUS_PENDING", STATUS_PENDING, FALSE, ERROR_IO_PENDING, 0, UNTOUCHED},
        {"STATUS_END_OF_FILE", STATUS_END_OF_FILE, FALSE, ERROR_HANDLE_EOF, 0, UNTOUCHED},
        {"STATUS_BUFFER_OVERFLOW", STATUS_BUFFER_OVERFLOW, FALSE, ERROR_MORE_DATA, 0, 3},
        {"STATUS_ACCESS_DENIED", STATUS_ACCESS_DENIED, FALSE, ERROR_ACCESS_DENIED, 0, UNTOUCHED},
    };
    for (int kind = READ; kind <= IOCTL; kind++)
        for (size_t i = 0; i < ARRAYSIZE(cases); i++) {
            DWORD bytes = UNTOUCHED;
            OVERLAPPED overlapped = {.hEvent = EVENT};
            reset(state);
            seen.status = seen.iosb_status = cases[i].status;
            seen.information = 3;
            SetLastError(UNTOUCHED);
            BOOL result = call(kind, &bytes, &overlapped);
            expect_equal(cases[i].name, "result", result, cases[i].result);
            expect_equal(cases[i].name, "last error", GetLastError(), cases[i].error);
            expect_equal(cases[i].name, "bytes", bytes, kind == IOCTL ? cases[i].ioctl_bytes : cases[i].bytes);
            expect_equal(cases[i].name, "waits", seen.waits, 0);
        }
    all_right();
}

static void end_of_file(void **state)
{
    (void)state;
    DWORD bytes = UNTOUCHED;
    seen.status = seen.iosb_status = STATUS_END_OF_FILE;
    SetLastError(UNTOUCHED);
    assert_true(ReadFile(FILE_HANDLE, buffer, 5, &bytes, NULL)); // fact 50
    assert_int_equal(bytes, 0);
    assert_int_equal(GetLastError(), UNTOUCHED);
}

// Fact 11: without OVERLAPPED a pended request is waited for, and its final status counts.
static void pended_synchronous(void **state)
{
    for (int kind = READ; kind <= IOCTL; kind++) {
        DWORD bytes = UNTOUCHED;
        reset(state);
        seen.status = STATUS_PENDING;
        seen.information = 4;
        assert_true(call(kind, &bytes, NULL));
        assert_int_equal(seen.waits, 1);
        assert_ptr_equal(seen.event, FILE_HANDLE);
        assert_int_equal(bytes, 4);

        seen.iosb_status = STATUS_CANCELLED;
        assert_false(call(kind, &bytes, NULL));
        assert_int_equal(GetLastError(), ERROR_OPERATION_ABORTED);

        seen.wait_status = STATUS_INVALID_HANDLE;
        assert_false(call(kind, &bytes, NULL));
        assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    }
}

static struct {
    int calls;
    DWORD error, bytes;
    OVERLAPPED *overlapped;
} routine_seen;

static void routine(DWORD error, DWORD bytes, LPOVERLAPPED overlapped)
{
    routine_seen.calls++;
    routine_seen.error = error;
    routine_seen.bytes = bytes;
    routine_seen.overlapped = overlapped;
}

static void completion_routines(void **state)
{
    OVERLAPPED overlapped = {.Offset = 3, .hEvent = (HANDLE)0x1234};
    for (int kind = READ; kind <= WRITE; kind++) {
        reset(state);
        seen.status = STATUS_PENDING;
        assert_true(kind == READ ? ReadFileEx(FILE_HANDLE, buffer, 5, &overlapped, routine)
                                 : WriteFileEx(FILE_HANDLE, buffer, 5, &overlapped, routine));
        assert_int_equal(seen.kind, kind);
        assert_null(seen.event); // hEvent is the application's with these calls
        assert_int_equal(seen.offset.QuadPart, 3);
        overlapped.Internal = STATUS_SUCCESS;
        overlapped.InternalHigh = 5;
        seen.apc(seen.context, seen.iosb, 0); // as the kernel will
        assert_ptr_equal(routine_seen.overlapped, &overlapped);
        assert_int_equal(routine_seen.error, ERROR_SUCCESS);
        assert_int_equal(routine_seen.bytes, 5);

        overlapped.Internal = (ULONG)STATUS_CANCELLED;
        seen.apc(seen.context, seen.iosb, 0);
        assert_int_equal(routine_seen.error, ERROR_OPERATION_ABORTED);
        assert_int_equal(routine_seen.bytes, 0);

        seen.status = STATUS_ACCESS_VIOLATION;
        assert_false(kind == READ ? ReadFileEx(FILE_HANDLE, buffer, 5, &overlapped, routine)
                                  : WriteFileEx(FILE_HANDLE, buffer, 5, &overlapped, routine));
        assert_int_equal(GetLastError(), ERROR_NOACCESS);
    }
    assert_int_equal(routine_seen.calls, 4);
}

static void overlapped_result(void **state)
{
    (void)state;
    DWORD bytes = UNTOUCHED;
    OVERLAPPED overlapped = {.Internal = STATUS_PENDING};
    seen.iosb = (IO_STATUS_BLOCK *)&overlapped;
    assert_false(GetOverlappedResult(FILE_HANDLE, &overlapped, &bytes, FALSE));
    assert_int_equal(GetLastError(), ERROR_IO_INCOMPLETE);
    assert_int_equal(bytes, UNTOUCHED);
    assert_int_equal(seen.waits, 0);

    seen.information = 9;
    assert_true(GetOverlappedResult(FILE_HANDLE, &overlapped, &bytes, TRUE));
    assert_ptr_equal(seen.event, FILE_HANDLE); // no event: the file is waited for
    assert_int_equal(bytes, 9);
    assert_int_equal(seen.waits, 1);
    assert_true(GetOverlappedResult(FILE_HANDLE, &overlapped, &bytes, TRUE)); // done: no more waiting
    assert_int_equal(seen.waits, 1);

    overlapped = (OVERLAPPED){.Internal = STATUS_PENDING, .hEvent = EVENT};
    seen.iosb_status = STATUS_BUFFER_OVERFLOW;
    assert_false(GetOverlappedResult(FILE_HANDLE, &overlapped, &bytes, TRUE));
    assert_ptr_equal(seen.event, EVENT);
    assert_int_equal(GetLastError(), ERROR_MORE_DATA);
    assert_int_equal(bytes, 9);

    overlapped.Internal = STATUS_PENDING;
    seen.wait_status = STATUS_TIMEOUT;
    assert_false(GetOverlappedResultEx(FILE_HANDLE, &overlapped, &bytes, 10, FALSE));
    assert_int_equal(GetLastError(), WAIT_TIMEOUT);
    seen.wait_status = STATUS_USER_APC;
    assert_false(GetOverlappedResultEx(FILE_HANDLE, &overlapped, &bytes, INFINITE, TRUE));
    assert_int_equal(GetLastError(), WAIT_IO_COMPLETION);
    seen.wait_status = STATUS_INVALID_HANDLE;
    assert_false(GetOverlappedResultEx(FILE_HANDLE, &overlapped, &bytes, INFINITE, FALSE));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(arguments, reset),          cmocka_unit_test_setup(synchronous_results, reset),
        cmocka_unit_test_setup(overlapped_results, reset), cmocka_unit_test_setup(end_of_file, reset),
        cmocka_unit_test_setup(pended_synchronous, reset), cmocka_unit_test_setup(completion_routines, reset),
        cmocka_unit_test_setup(overlapped_result, reset),
    };
    return cmocka_run_group_tests_name("win32 transfers", tests, NULL, NULL);
}
