// The gate without a gate: services called directly, the environment's form of it, and the end of the
// process.
#include "gate.h"
#include "gate_child.h"
#include "ke/ke.h"

#include <nthost.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

enum { SOON = 20000 };

static const char bench_driver[] = NTHOST_BUILD_DIR "/drivers/BenchDriver.sys";
static const char lyshark_driver[] = NTHOST_BUILD_DIR "/drivers/LySharkDriver.sys";

// ---- within the test ----------------------------------------------------------------------------------------------

static void test_start_and_stop(void **state)
{
    struct nthost_counts first = {0};
    (void)state;
    for (int i = 0; i < 50; i++) {
        HANDLE event;
        assert_int_equal(gate_inprocess_start(), STATUS_SUCCESS);
        assert_int_equal(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, TRUE), STATUS_SUCCESS);
        assert_int_equal(nt()->NtWaitForSingleObject(event, FALSE, NULL), STATUS_SUCCESS);
        assert_int_equal(nt()->NtClose((HANDLE)0x7777770), STATUS_INVALID_HANDLE);
        struct nthost_counts counts = nthost_counts();
        if (i == 0)
            first = counts;
        assert_int_equal(counts.objects, first.objects);
        gate_inprocess_stop();
        assert_false(nthost_is_running());
    }
}

static void test_in_a_kernel_that_runs(void **state)
{
    (void)state;
    assert_int_equal(nthost_boot(NULL), STATUS_SUCCESS);
    struct nthost_counts before = nthost_counts();
    assert_int_equal(gate_inprocess_start(), STATUS_SUCCESS);
    for (int i = 0; i < 10; i++) {
        HANDLE left;
        assert_int_equal(nt()->NtCreateEvent(&left, EVENT_ALL_ACCESS, NULL, NotificationEvent, TRUE), STATUS_SUCCESS);
    }
    gate_inprocess_stop();
    assert_true(nthost_is_running());
    assert_int_equal(nthost_counts().objects, before.objects);
    assert_int_equal(nthost_counts().pool_blocks, before.pool_blocks);
    nthost_shutdown();
}

static void *close_nothing(void *argument)
{
    (void)argument;
    for (int i = 0; i < 100; i++)
        if (nt()->NtClose((HANDLE)0x7777770) != STATUS_INVALID_HANDLE)
            return "wrong";
    return NULL;
}

static void test_threads(void **state)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    (void)state;
    assert_int_equal(gate_inprocess_start(), STATUS_SUCCESS);
    nt();
    unsigned before = nthost_counts().threads;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, close_nothing, NULL);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_null(result);
    }
    assert_int_equal(nthost_counts().threads, before); // all detached
    gate_inprocess_stop();
}

static int apc_runs;
static KAPC apc;

static void NTAPI apc_taken(PKAPC taken, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2)
{
    (void)taken, (void)routine, (void)context, (void)argument1, (void)argument2;
}

static void NTAPI apc_routine(PVOID context, PVOID argument1, PVOID argument2)
{
    apc_runs += context == (PVOID)1 && argument1 == (PVOID)2 && argument2 == (PVOID)3;
}

static void test_user_apc(void **state)
{
    LARGE_INTEGER now = {0};
    HANDLE event;
    (void)state;
    assert_int_equal(gate_inprocess_start(), STATUS_SUCCESS);
    assert_int_equal(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, apc_taken, NULL, apc_routine, UserMode,
                    (PVOID)1);
    assert_true(KeInsertQueueApc(&apc, (PVOID)2, (PVOID)3, 0));
    assert_int_equal(nt()->NtWaitForSingleObject(event, FALSE, &now), STATUS_TIMEOUT);
    assert_int_equal(apc_runs, 0);
    assert_int_equal(nt()->NtWaitForSingleObject(event, TRUE, NULL), STATUS_USER_APC);
    assert_int_equal(apc_runs, 1);
    gate_inprocess_stop();
}

// ---- processes of their own: the environment decides --------------------------------------------------------------

static NTSTATUS open_device(const WCHAR *path, HANDLE *file)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return nt()->NtCreateFile(file, FILE_GENERIC_READ | FILE_GENERIC_WRITE | SYNCHRONIZE, &attributes, &iosb, NULL, 0,
                              0, FILE_OPEN, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
}

static void read_hello(HANDLE file)
{
    IO_STATUS_BLOCK iosb = {0};
    char buffer[16] = "0123456789";
    CHECK(nt()->NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, 5, NULL, NULL) == STATUS_SUCCESS);
    CHECK(iosb.Information == 5 && memcmp(buffer, "hello56789", 11) == 0);
    CHECK(nt()->NtReadFile(file, NULL, NULL, NULL, &iosb, NULL, 5, NULL, NULL) == STATUS_ACCESS_VIOLATION);
    CHECK(nt()->NtReadFile(file, NULL, NULL, NULL, NULL, buffer, 5, NULL, NULL) == STATUS_ACCESS_VIOLATION);
}

static void part_two_drivers(void)
{
    HANDLE file;
    CHECK(open_device(L"\\??\\BenchDriver", &file) == STATUS_SUCCESS);
    read_hello(file);
    CHECK(nt()->NtClose(file) == STATUS_SUCCESS);
    CHECK(open_device(L"\\??\\LySharkDriver", &file) == STATUS_SUCCESS);
    read_hello(file); // and stays open: the end of the process closes it
}

static void *wait_for_good(void *argument)
{
    HANDLE event;
    CHECK(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE) == STATUS_SUCCESS);
    *(_Atomic bool *)argument = true;
    nt()->NtWaitForSingleObject(event, FALSE, NULL);
    return NULL;
}

// Who ends without a rundown of the kernel (with a thread in it, or a fork's with its parent's) leaves what the kernel
// has: that is no leak.
static int without_rundown;
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return without_rundown;
}

// The end of main while another thread is in the kernel.
static void part_thread_left(void)
{
    static _Atomic bool waiting;
    pthread_t thread;
    without_rundown = 1;
    pthread_create(&thread, NULL, wait_for_good, &waiting);
    while (!waiting)
        usleep(1000);
    CHECK(nt()->NtClose(NULL) == STATUS_INVALID_HANDLE);
}

static void part_forks(void)
{
    HANDLE event;
    CHECK(nt()->NtCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE) == STATUS_SUCCESS);
    pid_t child = fork();
    if (child == 0) {
        without_rundown = 1;
        exit(7);
    }
    CHECK(child_wait(child, SOON) == 7);
    CHECK(nt()->NtClose(event) == STATUS_SUCCESS);
}

static const struct {
    const char *name;
    void (*play)(void);
} parts[] = {
    {"two drivers", part_two_drivers},
    {"thread left", part_thread_left},
    {"forks", part_forks},
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

static void read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

static void test_drivers_from_the_environment(void **state)
{
    char log[64], drivers[1024], text[8192];
    (void)state;
    if (access(bench_driver, R_OK) != 0 || access(lyshark_driver, R_OK) != 0)
        skip();
    snprintf(log, sizeof log, "/tmp/nthost-inprocess-%d.log", (int)getpid());
    snprintf(drivers, sizeof drivers, "%s:%s", bench_driver, lyshark_driver);
    setenv("NTHOST_GATE", "inprocess", 1);
    setenv("NTHOST_DRIVERS", drivers, 1);
    setenv("NTHOST_LOG", log, 1);
    setenv("NTHOST_LOG_FORMAT", "plain", 1);
    assert_int_equal(child_wait(child_start("two drivers"), SOON), 0);
    read_file(log, text, sizeof text);
    assert_non_null(strstr(text, "hello lyshark \n"));
    assert_non_null(strstr(text, "读取长度: 5 \n派遣函数 IRP_MJ_CLOSE 执行 \n驱动卸载完毕...\n"));
    setenv("NTHOST_LOG_FORMAT", "", 1);
    assert_int_equal(child_wait(child_start("two drivers"), SOON), 0);
    read_file(log, text, sizeof text);
    assert_int_equal(strncmp(text, "1\t", 2), 0);
    unlink(log);
    unsetenv("NTHOST_LOG");
    unsetenv("NTHOST_DRIVERS");
}

static void test_end_of_the_process(void **state)
{
    (void)state;
    setenv("NTHOST_GATE", "inprocess", 1);
    assert_int_equal(child_wait(child_start("thread left"), SOON), 0);
    assert_int_equal(child_wait(child_start("forks"), SOON), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_and_stop),
        cmocka_unit_test(test_in_a_kernel_that_runs),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_user_apc),
        cmocka_unit_test(test_drivers_from_the_environment),
        cmocka_unit_test(test_end_of_the_process),
    };
    if (argc > 1)
        return play(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
