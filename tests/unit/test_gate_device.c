// Devices through the server: buffers of every method, requests that finish later, clients killed meanwhile.
//
// The devices are C functions of this process:
//     \??\GateBuffered   a read waits until a write brings its bytes; METHOD_BUFFERED and METHOD_NEITHER
//     controls
//                        turn their bytes round
//     \??\GateDirect     a read writes all of the buffer and says 1
#include "kernel_test.h"

#include "gate.h"
#include "gate_child.h"
#include "server.h"

#include <sys/stat.h>

enum { SOON = 20000, TURN_BUFFERED = 0x222000, TURN_NEITHER = 0x222003, LARGE = 1 << 20 };

static char folder[64], socket_path[96];
static struct gate_server *server;

// ---- the devices --------------------------------------------------------------------------------------------------

static struct hal_mutex lock;
static PIRP waiting; // under the lock

static void NTAPI cancel_read(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoReleaseCancelSpinLock(irp->CancelIrql);
    hal_mutex_lock(&lock);
    if (waiting == irp)
        waiting = NULL;
    hal_mutex_unlock(&lock);
    complete(irp, STATUS_CANCELLED, 0);
}

// The read that waits, no longer cancellable; NULL none.
static PIRP take_waiting(void)
{
    hal_mutex_lock(&lock);
    PIRP irp = waiting;
    if (irp && !IoSetCancelRoutine(irp, NULL))
        irp = NULL;
    if (irp)
        waiting = NULL;
    hal_mutex_unlock(&lock);
    return irp;
}

static NTSTATUS NTAPI pend_read(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    IoMarkIrpPending(irp);
    hal_mutex_lock(&lock);
    waiting = irp;
    IoSetCancelRoutine(irp, cancel_read);
    bool cancelled = irp->Cancel && IoSetCancelRoutine(irp, NULL);
    if (cancelled)
        waiting = NULL;
    hal_mutex_unlock(&lock);
    if (cancelled)
        complete(irp, STATUS_CANCELLED, 0);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI answer_read(PDEVICE_OBJECT device, PIRP irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length;
    PIRP read = take_waiting();
    (void)device;
    if (read) {
        ULONG room = IoGetCurrentIrpStackLocation(read)->Parameters.Read.Length;
        ULONG bytes = length < room ? length : room;
        memcpy(read->AssociatedIrp.SystemBuffer, irp->AssociatedIrp.SystemBuffer, bytes);
        complete(read, STATUS_SUCCESS, bytes);
    }
    return complete(irp, read ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE, length);
}

static NTSTATUS NTAPI turn(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    ULONG input = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG output = stack->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG bytes = input < output ? input : output;
    char *from = irp->AssociatedIrp.SystemBuffer, *to = from;
    (void)device;
    if (stack->Parameters.DeviceIoControl.IoControlCode == TURN_NEITHER) {
        from = stack->Parameters.DeviceIoControl.Type3InputBuffer;
        to = irp->UserBuffer;
    }
    for (ULONG i = 0; i < bytes / 2; i++) {
        char first = from[i], last = from[bytes - 1 - i];
        to[i] = last;
        to[bytes - 1 - i] = first;
    }
    return complete(irp, STATUS_SUCCESS, bytes);
}

static NTSTATUS NTAPI fill_directly(PDEVICE_OBJECT device, PIRP irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;
    (void)device;
    if (length)
        memset(MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority), 'd', length);
    return complete(irp, STATUS_SUCCESS, length ? 1 : 0);
}

static void link_to(const WCHAR *link_path, const WCHAR *device_path)
{
    UNICODE_STRING link_name, device;
    RtlInitUnicodeString(&link_name, link_path);
    RtlInitUnicodeString(&device, device_path);
    assert_int_equal(IoCreateSymbolicLink(&link_name, &device), STATUS_SUCCESS);
}

static void unlink_from(const WCHAR *link_path)
{
    UNICODE_STRING link_name;
    RtlInitUnicodeString(&link_name, link_path);
    IoDeleteSymbolicLink(&link_name);
}

static struct io_driver *driver, *direct_driver;

static int set_up(void **state)
{
    char message[256] = "";
    (void)state;
    boot();
    as_kernel(true);
    driver = make_simple_driver("GateBuffered");
    driver->object.MajorFunction[IRP_MJ_READ] = pend_read;
    driver->object.MajorFunction[IRP_MJ_WRITE] = answer_read;
    driver->object.MajorFunction[IRP_MJ_DEVICE_CONTROL] = turn;
    make_device(driver, L"\\Device\\GateBuffered", DO_BUFFERED_IO, 0);
    link_to(L"\\??\\GateBuffered", L"\\Device\\GateBuffered");
    direct_driver = make_simple_driver("GateDirect");
    direct_driver->object.MajorFunction[IRP_MJ_READ] = fill_directly;
    make_device(direct_driver, L"\\Device\\GateDirect", DO_DIRECT_IO, 0);
    link_to(L"\\??\\GateDirect", L"\\Device\\GateDirect");
    if (gate_server_start(socket_path, &server, message, sizeof message) != 0)
        fail_msg("%s", message);
    setenv("NTHOST_SERVER", socket_path, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gate_server_stop(server);
    unlink_from(L"\\??\\GateBuffered");
    unlink_from(L"\\??\\GateDirect");
    unload_driver(driver);
    unload_driver(direct_driver);
    as_kernel(false);
    shut_down();
    return 0;
}

// ---- parts of the client ------------------------------------------------------------------------------------------

static HANDLE open_by_gate(const WCHAR *path, ULONG options)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK(nt()->NtCreateFile(&file, FILE_GENERIC_READ | FILE_GENERIC_WRITE | SYNCHRONIZE, &attributes, &iosb, NULL, 0,
                             0, FILE_OPEN, options, NULL, 0) == STATUS_SUCCESS);
    return file;
}

static HANDLE new_event(void)
{
    HANDLE event;
    CHECK(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE) == STATUS_SUCCESS);
    return event;
}

static NTSTATUS write_text(HANDLE file, const char *text)
{
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER offset = {0};
    return nt()->NtWriteFile(file, NULL, NULL, NULL, &iosb, (PVOID)text, (ULONG)strlen(text), &offset, NULL);
}

struct later { // a read that answers later
    HANDLE file, event;
    IO_STATUS_BLOCK iosb;
    char buffer[16];
};

static void start_read(struct later *later)
{
    LARGE_INTEGER offset = {0};
    later->iosb = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
    memset(later->buffer, '.', sizeof later->buffer);
    CHECK(nt()->NtReadFile(later->file, later->event, NULL, later, &later->iosb, later->buffer, sizeof later->buffer,
                           &offset, NULL) == STATUS_PENDING);
}

static void *wait_for_later(void *argument)
{
    struct later *later = argument;
    CHECK(nt()->NtWaitForSingleObject(later->event, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(later->iosb.Status == STATUS_SUCCESS && later->iosb.Information == 5);
    CHECK(memcmp(later->buffer, "later...........", 16) == 0);
    return NULL;
}

static void part_later(void)
{
    struct later later = {.file = open_by_gate(L"\\??\\GateBuffered", 0), .event = new_event()};
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        start_read(&later);
        CHECK(later.iosb.Status == STATUS_PENDING);
        pthread_create(&thread, NULL, wait_for_later, &later);
        CHECK(write_text(later.file, "later") == STATUS_SUCCESS);
        wait_for_later(&later);
        pthread_join(thread, NULL);
    }
    // Looking at memory alone.
    start_read(&later);
    CHECK(write_text(later.file, "later") == STATUS_SUCCESS);
    gate_collect();
    CHECK(later.iosb.Status == STATUS_SUCCESS);
}

static void part_cancel(void)
{
    struct later later = {.file = open_by_gate(L"\\??\\GateBuffered", 0), .event = new_event()};
    IO_STATUS_BLOCK other = {0}, iosb;
    start_read(&later);
    CHECK(nt()->NtCancelIoFileEx(later.file, &other, &iosb) == STATUS_NOT_FOUND);
    CHECK(nt()->NtCancelIoFileEx(later.file, &later.iosb, &iosb) == STATUS_SUCCESS);
    CHECK(nt()->NtWaitForSingleObject(later.event, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(later.iosb.Status == STATUS_CANCELLED && later.buffer[0] == '.');
    start_read(&later);
    CHECK(nt()->NtCancelIoFile(later.file, &iosb) == STATUS_SUCCESS);
    CHECK(nt()->NtWaitForSingleObject(later.event, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(later.iosb.Status == STATUS_CANCELLED);
}

static void *serve_port(void *argument)
{
    enum { PACKETS = 300 };
    HANDLE port = argument;
    for (int i = 0; i < PACKETS; i++) {
        PVOID key, context;
        IO_STATUS_BLOCK iosb;
        CHECK(nt()->NtRemoveIoCompletion(port, &key, &context, &iosb, NULL) == STATUS_SUCCESS);
        struct later *later = context;
        CHECK(key == (PVOID)0x1234 && iosb.Status == STATUS_SUCCESS && iosb.Information == 5);
        CHECK(later->iosb.Status == STATUS_SUCCESS && memcmp(later->buffer, "later...", 8) == 0);
        CHECK(nt()->NtSetEvent(later->event, NULL) == STATUS_SUCCESS);
    }
    return NULL;
}

// The packet may arrive before the call that started the request has returned.
static void part_port(void)
{
    struct later later = {.file = open_by_gate(L"\\??\\GateBuffered", 0)};
    HANDLE done = new_event(), port;
    LARGE_INTEGER offset = {0};
    IO_STATUS_BLOCK iosb;
    pthread_t thread;
    CHECK(nt()->NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, 0) == STATUS_SUCCESS);
    FILE_COMPLETION_INFORMATION information = {.Port = port, .Key = (PVOID)0x1234};
    CHECK(nt()->NtSetInformationFile(later.file, &iosb, &information, sizeof information, FileCompletionInformation) ==
          STATUS_SUCCESS);
    pthread_create(&thread, NULL, serve_port, port);
    HANDLE writer = open_by_gate(L"\\??\\GateBuffered", FILE_SYNCHRONOUS_IO_NONALERT);
    later.event = done;
    for (int i = 0; i < 300; i++) {
        CHECK(nt()->NtResetEvent(done, NULL) == STATUS_SUCCESS);
        later.iosb = (IO_STATUS_BLOCK){.Status = STATUS_PENDING};
        memset(later.buffer, '.', sizeof later.buffer);
        CHECK(nt()->NtReadFile(later.file, NULL, NULL, &later, &later.iosb, later.buffer, sizeof later.buffer, &offset,
                               NULL) == STATUS_PENDING);
        CHECK(write_text(writer, "later") == STATUS_SUCCESS);
        CHECK(nt()->NtWaitForSingleObject(done, FALSE, NULL) == STATUS_SUCCESS);
    }
    pthread_join(thread, NULL);
}

static void turned(ULONG code, ULONG bytes)
{
    HANDLE file = open_by_gate(L"\\??\\GateBuffered", FILE_SYNCHRONOUS_IO_NONALERT);
    char *input = malloc(bytes), *output = malloc(bytes + 1);
    IO_STATUS_BLOCK iosb;
    for (ULONG i = 0; i < bytes; i++)
        input[i] = (char)(i * 7 + i / 256);
    memset(output, 0, bytes + 1);
    CHECK(nt()->NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, code, input, bytes, output, bytes + 1) ==
          STATUS_SUCCESS);
    CHECK(iosb.Information == bytes && output[bytes] == 0);
    for (ULONG i = 0; i < bytes; i++)
        CHECK(output[i] == input[bytes - 1 - i]);
    free(input);
    free(output);
    CHECK(nt()->NtClose(file) == STATUS_SUCCESS);
}

static void part_controls(void)
{
    for (int i = 0; i < 3; i++) {
        turned(TURN_BUFFERED, 10);
        turned(TURN_BUFFERED, LARGE);
        turned(TURN_NEITHER, 10);
        turned(TURN_NEITHER, LARGE);
    }
}

static void part_direct(void)
{
    HANDLE file = open_by_gate(L"\\??\\GateDirect", FILE_SYNCHRONOUS_IO_NONALERT);
    IO_STATUS_BLOCK iosb;
    char buffer[12] = "0123456789+";
    CHECK(nt()->NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, 10, NULL, NULL) == STATUS_SUCCESS);
    CHECK(iosb.Information == 1 && memcmp(buffer, "dddddddddd+", 12) == 0);
    HANDLE buffered = open_by_gate(L"\\??\\GateBuffered", FILE_SYNCHRONOUS_IO_NONALERT), copy;
    CHECK(nt()->NtDuplicateObject(NtCurrentProcess(), file, NtCurrentProcess(), &copy, 0, 0,
                                  DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE) == STATUS_SUCCESS);
    memset(buffer, '.', 10);
    CHECK(nt()->NtReadFile(copy, NULL, NULL, NULL, &iosb, buffer, 10, NULL, NULL) == STATUS_SUCCESS);
    CHECK(memcmp(buffer, "dddddddddd+", 12) == 0); // nothing is known of the new handle
    CHECK(nt()->NtClose(buffered) == STATUS_SUCCESS);
}

static void part_killed(void)
{
    struct later later = {.file = open_by_gate(L"\\??\\GateBuffered", 0), .event = new_event()};
    start_read(&later);
    fclose(fopen(getenv("TEST_READY"), "w"));
    pause();
}

static const struct {
    const char *name;
    void (*play)(void);
} parts[] = {
    {"later", part_later},       {"cancel", part_cancel}, {"port", part_port},
    {"controls", part_controls}, {"direct", part_direct}, {"killed", part_killed},
};

static int play(const char *name)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0) {
            parts[i].play();
            return 0;
        }
    return 2;
}

// ---- the tests ----------------------------------------------------------------------------------------------------

static void expect_part(const char *part)
{
    assert_int_equal(child_wait(child_start(part), SOON), 0);
    assert_int_equal(nthost_counts().files, 0);
}

static void overlapped_requests(void **state)
{
    (void)state;
    expect_part("later");
    expect_part("cancel");
}

static void completion_ports(void **state)
{
    (void)state;
    expect_part("port");
}

static void buffers_of_every_method(void **state)
{
    (void)state;
    expect_part("controls");
    expect_part("direct");
}

static void killed_with_a_request_pending(void **state)
{
    char ready[96];
    (void)state;
    snprintf(ready, sizeof ready, "%s/ready", folder);
    setenv("TEST_READY", ready, 1);
    for (int i = 0; i < 5; i++) {
        unlink(ready);
        pid_t child = child_start("killed");
        for (int waited = 0; access(ready, F_OK) != 0 && waited < SOON; waited++)
            usleep(1000);
        kill(child, SIGKILL);
        assert_int_equal(child_wait(child, SOON), 128 + SIGKILL);
        assert_int_equal(gate_server_wait_idle(server, SOON), 0);
        assert_null(waiting); // cancelled
        assert_int_equal(nthost_counts().files, 0);
    }
}

int main(int argc, char **argv)
{
#define DEVICE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DEVICE_TEST(overlapped_requests),
        DEVICE_TEST(completion_ports),
        DEVICE_TEST(buffers_of_every_method),
        DEVICE_TEST(killed_with_a_request_pending),
    };
    if (argc > 1)
        return play(argv[1]);
    snprintf(folder, sizeof folder, "/tmp/nthost-device-%d", (int)getpid());
    mkdir(folder, 0700);
    snprintf(socket_path, sizeof socket_path, "%s/test.sock", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 ? 1 : failed;
}
