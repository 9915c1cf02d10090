// The N-th allocation fails, for every N until nothing fails any more: each call succeeds or says why not,
// and nothing is left behind either way.
#include "kernel_test.h"

#define LYSHARK NTHOST_BUILD_DIR "/drivers/LySharkDriver.sys"

static bool is_shortage(NTSTATUS status)
{
    return status == STATUS_INSUFFICIENT_RESOURCES || status == STATUS_NO_MEMORY;
}

static void expect_success_or_shortage(const char *what, unsigned n, NTSTATUS status)
{
    if (NT_SUCCESS(status) || is_shortage(status))
        return;
    fprintf(stderr, "%s with allocation %u failing: %s (0x%08X)\n", what, n, rtl_status_name(status), (unsigned)status);
    abort(); // not only in the test's own thread
}

// ---- boot -------------------------------------------------------------------------------------------------

static void the_kernel_boots_or_says_that_memory_is_short(void **state)
{
    bool failed = true;
    unsigned n = 0;
    (void)state;
    while (failed) {
        ex_pool_fail_after(++n);
        NTSTATUS status = nthost_boot(NULL);
        failed = ex_pool_fail_after(0) == 0;
        expect_success_or_shortage("boot", n, status);
        assert_true(failed || status == STATUS_SUCCESS);
        nthost_shutdown();
        struct nthost_counts counts = nthost_counts();
        if (counts.objects || counts.pool_blocks)
            fail_msg("boot with allocation %u failing left %u objects, %zu blocks", n, counts.objects,
                     counts.pool_blocks);
    }
    if (n < 30)
        fail_msg("only %u allocations", n);
}

// ---- a driver's load and unload -----------------------------------------------------------------------------------

static void load_and_unload(unsigned n)
{
    char message[512];
    ex_pool_fail_after(n);
    NTSTATUS status = nthost_load_driver(LYSHARK, NULL, message, sizeof message);
    expect_success_or_shortage("load", n, status);
    if (NT_SUCCESS(status)) {
        status = nthost_unload_driver("LySharkDriver");
        expect_success_or_shortage("unload", n, status);
        if (is_shortage(status)) // then it is as it was, and may be tried again
            assert_int_equal(nthost_unload_driver("LySharkDriver"), STATUS_SUCCESS);
    }
}

static void expect_no_leak(const char *what, unsigned n, struct nthost_counts before)
{
    struct nthost_counts now = nthost_counts();
    if (now.pool_blocks != before.pool_blocks)
        ex_pool_walk(print_block, NULL);
    if (now.objects != before.objects || now.pool_blocks != before.pool_blocks)
        fail_msg("%s with allocation %u failing: %u objects, %zu blocks before; %u and %zu after", what, n,
                 before.objects, before.pool_blocks, now.objects, now.pool_blocks);
}

static void a_driver_loads_and_unloads_or_not(void **state)
{
    bool failed = true;
    (void)state;
    load_and_unload(0); // its service key exists from here on
    struct nthost_counts before = nthost_counts();
    for (unsigned n = 1; failed; n++) {
        load_and_unload(n);
        failed = ex_pool_fail_after(0) == 0;
        expect_no_leak("load and unload", n, before);
    }
}

// ---- a device, its names, its requests ----------------------------------------------------------------------------

static int creates, cleanups, closes;

static NTSTATUS NTAPI count_open_and_close(PDEVICE_OBJECT device, PIRP irp)
{
    UCHAR major = IoGetCurrentIrpStackLocation(irp)->MajorFunction;
    (void)device;
    creates += major == IRP_MJ_CREATE;
    cleanups += major == IRP_MJ_CLEANUP;
    closes += major == IRP_MJ_CLOSE;
    return complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI answer_all(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    (void)device;
    return complete(irp, STATUS_SUCCESS,
                    stack->MajorFunction == IRP_MJ_DEVICE_CONTROL ? 4 : stack->Parameters.Read.Length);
}

static void set_up_driver(struct io_driver *driver)
{
    driver->object.MajorFunction[IRP_MJ_CREATE] = count_open_and_close;
    driver->object.MajorFunction[IRP_MJ_CLEANUP] = count_open_and_close;
    driver->object.MajorFunction[IRP_MJ_CLOSE] = count_open_and_close;
    driver->object.MajorFunction[IRP_MJ_READ] = answer_all;
    driver->object.MajorFunction[IRP_MJ_WRITE] = answer_all;
    driver->object.MajorFunction[IRP_MJ_DEVICE_CONTROL] = answer_all;
}

#define CODE(method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, method, FILE_ANY_ACCESS)

static void use_file(unsigned n, HANDLE file, HANDLE event)
{
    static char buffer[600], out[5000];
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER zero = {0};
    for (ULONG length = 0; length <= 600; length += 300) {
        expect_success_or_shortage("read", n, NtReadFile(file, event, NULL, &iosb, &iosb, buffer, length, &zero, NULL));
        expect_success_or_shortage("write", n, NtWriteFile(file, NULL, NULL, NULL, &iosb, buffer, length, &zero, NULL));
    }
    for (ULONG method = 0; method < 4; method++)
        expect_success_or_shortage(
            "ioctl", n, NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, CODE(method), buffer, 8, out, sizeof out));
}

static void use_port(unsigned n, HANDLE file, HANDLE port)
{
    FILE_COMPLETION_INFORMATION completion = {.Port = port, .Key = (PVOID)1};
    LARGE_INTEGER zero = {0};
    IO_STATUS_BLOCK iosb, done;
    PVOID key, context;
    char buffer[8];
    NTSTATUS status = NtSetInformationFile(file, &iosb, &completion, sizeof completion, FileCompletionInformation);
    expect_success_or_shortage("set port", n, status);
    if (!NT_SUCCESS(status))
        return;
    status = NtReadFile(file, NULL, NULL, &iosb, &iosb, buffer, sizeof buffer, &zero, NULL);
    expect_success_or_shortage("read with port", n, status);
    if (NT_SUCCESS(status)) // what was sent is heard of
        CHECK(NtRemoveIoCompletion(port, &key, &context, &done, &zero) == STATUS_SUCCESS);
}

static void open_use_close(unsigned n, ULONG options)
{
    HANDLE file, copy, event = NULL, port = NULL;
    NTSTATUS status = try_open(L"\\??\\Failing\\some\\name", FILE_READ_DATA | FILE_WRITE_DATA, options, &file);
    expect_success_or_shortage("open", n, status);
    if (!NT_SUCCESS(status))
        return;
    status = NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE);
    expect_success_or_shortage("event", n, status);
    use_file(n, file, event);
    status = NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, NULL, 0);
    expect_success_or_shortage("port", n, status);
    if (port && !options)
        use_port(n, file, port);
    status = NtDuplicateObject(NtCurrentProcess(), file, NtCurrentProcess(), &copy, 0, 0, DUPLICATE_SAME_ACCESS);
    expect_success_or_shortage("duplicate", n, status);
    if (NT_SUCCESS(status))
        CHECK(NtClose(copy) == STATUS_SUCCESS);
    if (event)
        CHECK(NtClose(event) == STATUS_SUCCESS);
    if (port)
        CHECK(NtClose(port) == STATUS_SUCCESS);
    CHECK(NtClose(file) == STATUS_SUCCESS);
}

struct attempt {
    unsigned n;
    bool failed;
};

// In a thread of its own, because a thread keeps some memory for its next request.
static void attempt_everything(void *argument)
{
    struct attempt *attempt = argument;
    struct io_driver *driver = NULL;
    UNICODE_STRING path, link;
    PDEVICE_OBJECT device = NULL;
    creates = cleanups = closes = 0;
    RtlInitUnicodeString(&path, L"\\Device\\Failing");
    RtlInitUnicodeString(&link, L"\\??\\Failing");
    ex_pool_fail_after(attempt->n);
    NTSTATUS status = io_create_driver_object("\\Driver\\", "Failing", &driver);
    CHECK(NT_SUCCESS(status) || is_shortage(status));
    if (NT_SUCCESS(status)) {
        set_up_driver(driver);
        status = IoCreateDevice(&driver->object, 64, &path, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
        CHECK(NT_SUCCESS(status) ? device != NULL : is_shortage(status));
    }
    if (device) {
        device->Flags =
            (device->Flags & ~(ULONG)DO_DEVICE_INITIALIZING) | (attempt->n % 2 ? DO_BUFFERED_IO : DO_DIRECT_IO);
        status = IoCreateSymbolicLink(&link, &path);
        CHECK(NT_SUCCESS(status) || is_shortage(status));
        if (NT_SUCCESS(status)) {
            open_use_close(attempt->n, FILE_SYNCHRONOUS_IO_NONALERT);
            open_use_close(attempt->n, 0);
            while (!NT_SUCCESS(IoDeleteSymbolicLink(&link)))
                CHECK(ex_pool_fail_after(0) == 0);
        }
    }
    attempt->failed = ex_pool_fail_after(0) == 0;
    CHECK(creates == cleanups && creates == closes); // the driver hears of every end
    if (driver) {
        driver->object.DriverUnload = delete_devices;
        unload_driver(driver);
    }
}

static void devices_and_requests_work_or_not(void **state)
{
    struct attempt attempt = {.failed = true};
    struct thread thread;
    (void)state;
    start_thread(&thread, attempt_everything, &(struct attempt){.n = 0});
    join_thread(&thread);
    struct nthost_counts before = nthost_counts();
    while (attempt.failed) {
        attempt.n++;
        start_thread(&thread, attempt_everything, &attempt);
        join_thread(&thread);
        expect_no_leak("devices and requests", attempt.n, before);
    }
    assert_true(attempt.n > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_boots_or_says_that_memory_is_short),
        KERNEL_TEST(a_driver_loads_and_unloads_or_not),
        KERNEL_TEST(devices_and_requests_work_or_not),
    };
    return cmocka_run_group_tests_name("every allocation fails once", tests, NULL, NULL);
}
