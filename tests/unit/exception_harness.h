// A kernel with test-exceptions.sys and LySharkDriver.sys, an application to call from, and the log.
#pragma once

#include <nthost.h>

#include "../drivers/exceptions.h"
#include "dbg/dbg.h"
#include "io/io.h"
#include "rtl/rtl.h"

#include <stdio.h>
#include <string.h>

static struct _EPROCESS *application;
static HANDLE device;
static struct exceptions_reply last;
static char log_text[64 * 1024]; // the messages since forget_log

static void add_to_log(const struct dbg_record *record, void *context)
{
    size_t used = strlen(log_text);
    (void)context;
    if (used + record->length < sizeof log_text)
        memcpy(log_text + used, record->text, record->length + 1);
}

static void forget_log(void)
{
    log_text[0] = 0;
}

static void assert_status(NTSTATUS got, NTSTATUS expected)
{
    if (got != expected)
        fail_msg("%s (0x%08X) instead of %s", rtl_status_name(got), (unsigned)got, rtl_status_name(expected));
}

static void load(const char *name)
{
    char path[512], message[512];
    snprintf(path, sizeof path, "%s/drivers/%s.sys", NTHOST_BUILD_DIR, name);
    NTSTATUS status = nthost_load_driver(path, NULL, message, sizeof message);
    if (status)
        print_error("%s: %s\n", rtl_status_name(status), message);
    assert_status(status, STATUS_SUCCESS);
}

static HANDLE open_path(const WCHAR *path)
{
    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    HANDLE handle = NULL;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    assert_status(NtCreateFile(&handle, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0,
                               FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0),
                  STATUS_SUCCESS);
    return handle;
}

static int boot(void **state)
{
    struct nthost_options options = NTHOST_OPTIONS_DEFAULT;
    options.log_sink = add_to_log;
    log_text[0] = 0;
    (void)state;
    assert_status(nthost_boot(&options), STATUS_SUCCESS);
    load("test-exceptions");
    load("LySharkDriver");
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    ps_attach_thread(application, 0);
    device = open_path(L"\\??\\TestExceptions");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    ps_rundown_process(application);
    ps_detach_thread();
    nthost_shutdown();
    return 0;
}

static int __attribute__((unused)) shut_down(void **state)
{
    stop(state);
    struct nthost_counts counts = nthost_counts();
    assert_int_equal(counts.objects, 0);
    assert_int_equal(counts.pool_blocks, 0);
    return 0;
}

// What NtDeviceIoControlFile returns; the driver's reply is in `last`.
static NTSTATUS try_run(struct exceptions_request request)
{
    IO_STATUS_BLOCK iosb = {.Status = -1};
    memset(&last, 0, sizeof last);
    forget_log();
    hal_faults_init(); // cmocka has set handlers of its own
    NTSTATUS status = NtDeviceIoControlFile(device, NULL, NULL, NULL, &iosb, EXCEPTIONS_IOCTL, &request, sizeof request,
                                            &last, sizeof last);
    return NT_SUCCESS(status) && iosb.Information != sizeof last ? STATUS_DATA_ERROR : status;
}

static struct exceptions_reply __attribute__((unused)) run(struct exceptions_request request)
{
    NTSTATUS status = try_run(request);
    if (status != STATUS_SUCCESS)
        fprintf(stderr, "the log:\n%s", log_text);
    assert_status(status, STATUS_SUCCESS);
    return last;
}
