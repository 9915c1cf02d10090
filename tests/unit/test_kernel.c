// The kernel in one process, from boot to shutdown, with the mission's driver: what an application's services see.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <nthost.h>

#include "io/io.h"
#include "rtl/rtl.h"

#include <stdio.h>
#include <string.h>

#define DRIVER NTHOST_BUILD_DIR "/drivers/LySharkDriver.sys"

static struct _EPROCESS *application;

static NTSTATUS make_application(void *unused)
{
    (void)unused;
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    return application ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

static int boot_with_driver(void **state)
{
    char message[512];
    (void)state;
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    NTSTATUS status = nthost_load_driver(DRIVER, NULL, message, sizeof message);
    if (status)
        print_error("%s: %s\n", rtl_status_name(status), message);
    assert_int_equal(status, STATUS_SUCCESS);
    make_application(NULL);
    ps_attach_thread(application, 0);
    return 0;
}

static int shut_down(void **state)
{
    (void)state;
    ps_rundown_process(application);
    ps_detach_thread();
    assert_int_equal(nthost_unload_driver("LySharkDriver"), STATUS_SUCCESS);
    nthost_shutdown();
    struct nthost_counts counts = nthost_counts();
    assert_int_equal(counts.objects, 0);
    assert_int_equal(counts.pool_blocks, 0);
    return 0;
}

static NTSTATUS open_path(const WCHAR *path, ACCESS_MASK access, ULONG options, HANDLE *handle)
{
    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    return NtCreateFile(handle, access | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, options, NULL, 0);
}

static HANDLE open_device(void)
{
    HANDLE handle = NULL;
    assert_int_equal(
        open_path(L"\\??\\lysharkdriver", FILE_READ_DATA | FILE_WRITE_DATA, FILE_SYNCHRONOUS_IO_NONALERT, &handle),
        STATUS_SUCCESS);
    return handle;
}

static void reads_what_the_driver_gives(void **state)
{
    (void)state;
    HANDLE handle = open_device();
    IO_STATUS_BLOCK iosb = {.Status = -1};
    char buffer[128] = "................";
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 5, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 5);
    assert_memory_equal(buffer, "hello...", 8);
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 13);
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, &iosb, NULL, 0, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 0);
    assert_int_equal(NtWriteFile(handle, NULL, NULL, NULL, &iosb, (char *)"hello lyshark", 13, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 13);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
}

static void bad_calls_get_their_status(void **state)
{
    (void)state;
    HANDLE handle = open_device(), second;
    IO_STATUS_BLOCK iosb;
    char buffer[8];
    assert_int_equal(open_path(L"\\??\\LySharkDriver", FILE_READ_DATA, 0, &second), STATUS_ACCESS_DENIED);
    assert_int_equal(open_path(L"\\??\\Nobody", FILE_READ_DATA, 0, &second), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_path(L"\\Nowhere\\Nobody", FILE_READ_DATA, 0, &second), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(open_path(L"Nobody", FILE_READ_DATA, 0, &second), STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, &iosb, (void *)8, 5, NULL, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtWriteFile(handle, NULL, NULL, NULL, &iosb, (void *)HAL_KERNEL_BASE, 5, NULL, NULL),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, (void *)8, buffer, 5, NULL, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtReadFile((HANDLE)0x1234, NULL, NULL, NULL, &iosb, buffer, 5, NULL, NULL), STATUS_INVALID_HANDLE);
    assert_int_equal(NtDeviceIoControlFile(handle, NULL, NULL, NULL, &iosb, 0x222000, NULL, 0, NULL, 0),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
    assert_int_equal(NtClose(handle), STATUS_INVALID_HANDLE);
}

static void handles_left_open_are_closed(void **state)
{
    (void)state;
    open_device(); // shut_down runs the process down
}

// The last reference goes in a worker, which is started for it and sends IRP_MJ_CLOSE.
static void own_threads_are_counted_apart(void **state)
{
    (void)state;
    HANDLE handle = open_device();
    IO_STATUS_BLOCK iosb;
    char buffer[8];
    void *file;
    assert_int_equal(NtReadFile(handle, NULL, NULL, NULL, &iosb, buffer, 5, NULL, NULL), STATUS_SUCCESS);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
    struct nthost_counts before = nthost_counts();
    handle = open_device();
    assert_int_equal(ob_reference_by_handle(handle, 0, &io_file_type, UserMode, &file, NULL), STATUS_SUCCESS);
    assert_int_equal(nthost_counts().handles, before.handles + 1);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
    assert_int_equal(nthost_counts().files, before.files + 1);
    ob_dereference_deferred(file);
    struct nthost_counts now = nthost_counts();
    for (int i = 0; i < 10000 && now.pool_blocks != before.pool_blocks; i++) {
        LARGE_INTEGER millisecond = {.QuadPart = -10000};
        NtDelayExecution(FALSE, &millisecond);
        now = nthost_counts();
    }
    assert_int_equal(now.own_threads, before.own_threads + 1);
    assert_int_equal(now.pool_blocks, before.pool_blocks);
    assert_int_equal(now.objects, before.objects);
    assert_int_equal(now.handles, before.handles);
    assert_int_equal(now.files, before.files);
    assert_int_equal(now.threads, before.threads);
}

// 1,000 kernels, one after the other, in this process: nothing may stay behind.
static void boots_a_thousand_times(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
        assert_int_equal(nthost_load_driver(DRIVER, NULL, NULL, 0), STATUS_SUCCESS);
        assert_int_equal(nthost_unload_driver("LySharkDriver"), STATUS_SUCCESS);
        nthost_shutdown();
    }
    assert_int_equal(nthost_counts().objects, 0);
    assert_int_equal(nthost_counts().pool_blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_the_driver_gives, boot_with_driver, shut_down),
        cmocka_unit_test_setup_teardown(bad_calls_get_their_status, boot_with_driver, shut_down),
        cmocka_unit_test_setup_teardown(handles_left_open_are_closed, boot_with_driver, shut_down),
        cmocka_unit_test_setup_teardown(own_threads_are_counted_apart, boot_with_driver, shut_down),
        cmocka_unit_test(boots_a_thousand_times),
    };
    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
