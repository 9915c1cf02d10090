// What the kernel's unit tests share: a booted kernel, an application process with the test's thread in it,
// more threads, drivers made of C functions, and bugchecks as values.
#pragma once

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <nthost.h>

#include "dbg/dbg.h"
#include "io/io.h"
#include "rtl/rtl.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Other functions run in threads where cmocka's assertions cannot jump.
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define MILLISECONDS(n) ((LONGLONG)(n) * -10000) // a relative NT timeout

#define RACES (HAL_TSAN || HAL_ASAN ? 1 : 4) // how much longer the races run without a sanitizer

#define MAYBE_UNUSED __attribute__((unused))

static struct _EPROCESS *application;

MAYBE_UNUSED static void boot(void)
{
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    assert_non_null(application);
    assert_non_null(ps_attach_thread(application, 0));
}

MAYBE_UNUSED static void print_block(void *block, ULONG tag, size_t bytes, void *context)
{
    (void)context;
    print_error("left in pool: %p, %zu bytes, tag %.4s\n", block, bytes, (const char *)&tag);
}

// Nothing may stay behind: files, devices and drivers are counted once the application is gone, objects and
// pool after shutdown.
MAYBE_UNUSED static void shut_down(void)
{
    ps_rundown_process(application);
    ps_detach_thread();
    struct nthost_counts now = nthost_counts();
    for (int i = 0; i < 200 && now.files + now.devices + now.drivers; i++) { // a worker may still be at it
        uint64_t soon = hal_monotonic_ns() + 1000000;
        _Atomic uint32_t never = 0;
        hal_futex_wait(&never, 0, &soon);
        now = nthost_counts();
    }
    assert_int_equal(now.files, 0);
    assert_int_equal(now.devices, 0);
    assert_int_equal(now.drivers, 0);
    nthost_shutdown();
    assert_int_equal(nthost_counts().objects, 0);
    assert_int_equal(nthost_counts().pool_blocks, 0);
}

MAYBE_UNUSED static int boot_for_test(void **state)
{
    (void)state;
    boot();
    return 0;
}

MAYBE_UNUSED static int shut_down_after_test(void **state)
{
    (void)state;
    shut_down();
    return 0;
}

#define KERNEL_TEST(name) cmocka_unit_test_setup_teardown(name, boot_for_test, shut_down_after_test)

// ---- threads ----------------------------------------------------------------------------------------------

struct thread {
    pthread_t host;
    void (*entry)(void *);
    void *argument;
    struct _EPROCESS *process;
    struct _ETHREAD *nt; // valid from start to join
    _Atomic bool attached;
};

static void *run_thread(void *argument)
{
    struct thread *thread = argument;
    thread->nt = ps_attach_thread(thread->process, 0);
    CHECK(thread->nt);
    ob_reference(thread->nt);
    atomic_store(&thread->attached, true);
    thread->entry(thread->argument);
    ps_detach_thread();
    return NULL;
}

// A thread of the application that runs entry; it is attached when this returns.
MAYBE_UNUSED static void start_thread(struct thread *thread, void (*entry)(void *), void *argument)
{
    *thread = (struct thread){.entry = entry, .argument = argument, .process = application};
    CHECK(pthread_create(&thread->host, NULL, run_thread, thread) == 0);
    while (!atomic_load(&thread->attached))
        hal_yield();
}

MAYBE_UNUSED static void join_thread(struct thread *thread)
{
    CHECK(pthread_join(thread->host, NULL) == 0);
    ob_dereference(thread->nt);
}

MAYBE_UNUSED static void pause_ms(int milliseconds)
{
    LARGE_INTEGER interval = {.QuadPart = MILLISECONDS(milliseconds)};
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

// Until the thread sleeps in a wait (and so has linked its wait blocks).
MAYBE_UNUSED static void until_waiting(struct thread *thread)
{
    for (;;) {
        ke_lock_dispatcher();
        bool waiting = thread->nt->Tcb.waiting;
        ke_unlock_dispatcher();
        if (waiting)
            return;
        hal_yield();
    }
}

// One wait, in a thread of its own.
struct waiter {
    struct thread thread;
    PVOID object;
    KPROCESSOR_MODE mode;
    BOOLEAN alertable;
    LARGE_INTEGER timeout;
    bool forever;
    _Atomic bool done;
    NTSTATUS status;
};

MAYBE_UNUSED static void wait_once(void *argument)
{
    struct waiter *waiter = argument;
    waiter->status = KeWaitForSingleObject(waiter->object, Executive, waiter->mode, waiter->alertable,
                                           waiter->forever ? NULL : &waiter->timeout);
    atomic_store(&waiter->done, true);
}

MAYBE_UNUSED static void start_waiter(struct waiter *waiter, PVOID object, KPROCESSOR_MODE mode, BOOLEAN alertable)
{
    *waiter = (struct waiter){.object = object, .mode = mode, .alertable = alertable, .forever = true};
    start_thread(&waiter->thread, wait_once, waiter);
    until_waiting(&waiter->thread);
}

MAYBE_UNUSED static NTSTATUS join_waiter(struct waiter *waiter)
{
    join_thread(&waiter->thread);
    return waiter->status;
}

MAYBE_UNUSED static LARGE_INTEGER after_ms(int milliseconds)
{
    return (LARGE_INTEGER){.QuadPart = MILLISECONDS(milliseconds)};
}

MAYBE_UNUSED static bool within(uint64_t nanoseconds, uint64_t least_ms, uint64_t most_ms)
{
    if (nanoseconds >= least_ms * 1000000 && nanoseconds <= most_ms * 1000000)
        return true;
    print_error("took %llu us, expected %llu to %llu ms\n", (unsigned long long)nanoseconds / 1000,
                (unsigned long long)least_ms, (unsigned long long)most_ms);
    return false;
}

// Calls that need the kernel's previous mode.
MAYBE_UNUSED static void as_kernel(bool kernel)
{
    ke_current_thread()->PreviousMode = kernel ? KernelMode : UserMode;
}

// ---- faults -----------------------------------------------------------------------------------------------

// cmocka takes SIGSEGV for itself at the beginning of each test; tests of guarded accesses take it back.
static struct sigaction fault_action;

__attribute__((constructor)) static void keep_fault_action(void)
{
    hal_faults_init();
    sigaction(SIGSEGV, NULL, &fault_action);
}

MAYBE_UNUSED static void arm_faults(void)
{
    sigaction(SIGSEGV, &fault_action, NULL);
}

// ---- bugchecks --------------------------------------------------------------------------------------------

static __thread struct ke_bugcheck last_bugcheck; // of this thread
static _Atomic ULONG last_code;                   // of any thread

static void note_bugcheck(const struct ke_bugcheck *bugcheck)
{
    last_bugcheck = *bugcheck;
    atomic_store(&last_code, bugcheck->code);
}

// The stop code that the call ends with; 0 when it returns.
__attribute__((noinline)) MAYBE_UNUSED static ULONG bugcheck_of(void (*call)(void *), void *argument)
{
    struct ke_recovery recovery = {.what = "a test"};
    last_bugcheck = (struct ke_bugcheck){0};
    ke_set_bugcheck_reporter(note_bugcheck);
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        call(argument);
    ke_pop_recovery(&recovery);
    return last_bugcheck.code;
}

// ---- drivers made of C functions --------------------------------------------------------------------------

MAYBE_UNUSED static struct io_driver *make_driver(const char *name, PDRIVER_UNLOAD unload)
{
    struct io_driver *driver;
    assert_int_equal(io_create_driver_object("\\Driver\\", name, &driver), STATUS_SUCCESS);
    driver->object.DriverUnload = unload;
    return driver;
}

// A device that applications may open; name NULL for none.
MAYBE_UNUSED static PDEVICE_OBJECT make_device(struct io_driver *driver, const WCHAR *name, ULONG flags,
                                               ULONG extension_bytes)
{
    UNICODE_STRING path;
    PDEVICE_OBJECT device;
    if (name)
        RtlInitUnicodeString(&path, name);
    assert_int_equal(
        IoCreateDevice(&driver->object, extension_bytes, name ? &path : NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
        STATUS_SUCCESS);
    device->Flags |= flags;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return device;
}

MAYBE_UNUSED static void NTAPI delete_devices(PDRIVER_OBJECT driver)
{
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
}

MAYBE_UNUSED static NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IofCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

MAYBE_UNUSED static NTSTATUS NTAPI succeed(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    return complete(irp, STATUS_SUCCESS, 0);
}

// A driver with create, close and cleanup that succeed.
MAYBE_UNUSED static struct io_driver *make_simple_driver(const char *name)
{
    struct io_driver *driver = make_driver(name, delete_devices);
    driver->object.MajorFunction[IRP_MJ_CREATE] = succeed;
    driver->object.MajorFunction[IRP_MJ_CLOSE] = succeed;
    driver->object.MajorFunction[IRP_MJ_CLEANUP] = succeed;
    return driver;
}

MAYBE_UNUSED static void unload_driver(struct io_driver *driver)
{
    ob_reference(driver);
    assert_int_equal(io_unload_driver(driver), STATUS_SUCCESS);
    ob_dereference(driver);
}

MAYBE_UNUSED static NTSTATUS try_open(const WCHAR *path, ACCESS_MASK access, ULONG options, HANDLE *handle)
{
    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_CASE_INSENSITIVE};
    return NtCreateFile(handle, access | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, options, NULL, 0);
}

MAYBE_UNUSED static HANDLE open_synchronous(const WCHAR *path)
{
    HANDLE handle = NULL;
    assert_int_equal(try_open(path, FILE_READ_DATA | FILE_WRITE_DATA, FILE_SYNCHRONOUS_IO_NONALERT, &handle),
                     STATUS_SUCCESS);
    return handle;
}

MAYBE_UNUSED static HANDLE open_overlapped(const WCHAR *path)
{
    HANDLE handle = NULL;
    assert_int_equal(try_open(path, FILE_READ_DATA | FILE_WRITE_DATA, 0, &handle), STATUS_SUCCESS);
    return handle;
}
