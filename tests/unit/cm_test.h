// What the registry's tests share: a booted kernel, and the calling thread as a thread of an application.
#pragma once

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <nthost.h>

#include "cm/cm.h"
#include "ps/ps.h"
#include "rtl/rtl.h"

#include <signal.h>
#include <string.h>

static struct sigaction cm_fault_action;

// cmocka takes the fault signals for each test; a test that hands bad addresses to services takes them back.
// First thing in main, and first thing in such a test.
static inline void cm_test_keep_faults(void)
{
    hal_faults_init();
    sigaction(SIGSEGV, NULL, &cm_fault_action);
}

static inline void cm_test_take_faults(void)
{
    sigaction(SIGSEGV, &cm_fault_action, NULL);
}

static struct _EPROCESS *cm_application;

static inline int cm_test_boot(void **state)
{
    (void)state;
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    cm_application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    assert_non_null(cm_application);
    ps_attach_thread(cm_application, 0);
    return 0;
}

static inline int cm_test_shut_down(void **state)
{
    (void)state;
    ps_rundown_process(cm_application);
    ps_detach_thread();
    nthost_shutdown();
    assert_int_equal(nthost_counts().pool_blocks, 0);
    assert_int_equal(nthost_counts().objects, 0);
    assert_int_equal(cm_bytes(), 0);
    return 0;
}

static inline UNICODE_STRING cm_string(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static inline const char *cm_narrow(const WCHAR *text)
{
    static char narrow[256];
    size_t i = 0;
    for (; text && text[i] && i < sizeof narrow - 1; i++)
        narrow[i] = text[i] < 0x80 ? (char)text[i] : '?';
    narrow[i] = 0;
    return narrow;
}

#define CM_EXPECT(actual, expected, what)                                                                              \
    do {                                                                                                               \
        NTSTATUS cm_actual = (actual), cm_expected = (expected);                                                       \
        if (cm_actual != cm_expected)                                                                                  \
            fail_msg("%s: expected %s, got %s (0x%08X)", what, rtl_status_name(cm_expected),                           \
                     rtl_status_name(cm_actual), (unsigned)cm_actual);                                                 \
    } while (0)

static inline NTSTATUS cm_open(HANDLE root, const WCHAR *path, ACCESS_MASK access, ULONG attributes, HANDLE *key)
{
    UNICODE_STRING name = cm_string(path);
    OBJECT_ATTRIBUTES object = {
        .Length = sizeof object, .RootDirectory = root, .ObjectName = &name, .Attributes = attributes};
    return NtOpenKey(key, access, &object);
}

static inline NTSTATUS cm_create(HANDLE root, const WCHAR *path, ULONG options, ULONG *disposition, HANDLE *key)
{
    UNICODE_STRING name = cm_string(path);
    OBJECT_ATTRIBUTES object = {.Length = sizeof object,
                                .RootDirectory = root,
                                .ObjectName = &name,
                                .Attributes = options & REG_OPTION_OPEN_LINK ? OBJ_OPENLINK : 0};
    return NtCreateKey(key, KEY_ALL_ACCESS, &object, 0, NULL, options & ~(ULONG)REG_OPTION_OPEN_LINK, disposition);
}

static inline NTSTATUS cm_set(HANDLE key, const WCHAR *value, ULONG type, const void *data, ULONG length)
{
    UNICODE_STRING name = cm_string(value);
    return NtSetValueKey(key, &name, 0, type, (PVOID)data, length);
}

static inline NTSTATUS cm_query(HANDLE key, const WCHAR *value, KEY_VALUE_INFORMATION_CLASS information_class,
                                void *out, ULONG length, ULONG *returned)
{
    UNICODE_STRING name = cm_string(value);
    return NtQueryValueKey(key, &name, information_class, out, length, returned);
}

// A key to play in, emptied by the shutdown.
#define CM_PLAYGROUND L"\\Registry\\Machine\\Software\\Playground"

static inline HANDLE cm_playground(void)
{
    HANDLE key = NULL;
    CM_EXPECT(cm_create(NULL, CM_PLAYGROUND, 0, NULL, &key), STATUS_SUCCESS, "playground");
    return key;
}
