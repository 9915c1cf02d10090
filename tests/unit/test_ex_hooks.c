// Hooks: what drivers registered to be told of; and the news of driver images.
#include "kernel_test.h"

#define LYSHARK NTHOST_BUILD_DIR "/drivers/LySharkDriver.sys"

static struct ex_hooks hooks;
static char order[8];
static unsigned called;

static struct named {
    struct ex_hook hook;
    char name;
} first = {.name = 'a'}, second = {.name = 'b'}, third = {.name = 'c'};

static bool note(struct ex_hook *hook, void *context)
{
    (void)context;
    order[called++] = CONTAINING_RECORD(hook, struct named, hook)->name;
    return true;
}

static bool break_down(struct ex_hook *hook, void *context)
{
    note(hook, context);
    if (hook == &second.hook)
        ke_bugcheck(MANUALLY_INITIATED_CRASH, 0, 0, 0, 0, "a test");
    return true;
}

static bool is_before(const struct ex_hook *hook, const struct ex_hook *other)
{
    return CONTAINING_RECORD(hook, struct named, hook)->name < CONTAINING_RECORD(other, struct named, hook)->name;
}

static void walk(bool (*call)(struct ex_hook *hook, void *context), bool back)
{
    memset(order, 0, sizeof order);
    called = 0;
    (back ? ex_hooks_walk_back : ex_hooks_walk)(&hooks, "a test", call, NULL);
}

static void test_hooks_are_called_in_their_order_and_not_after_a_bugcheck(void **state)
{
    (void)state;
    ex_hooks_add(&hooks, &third.hook, is_before);
    ex_hooks_add(&hooks, &first.hook, is_before);
    ex_hooks_add(&hooks, &second.hook, is_before);
    walk(note, false);
    assert_string_equal(order, "abc");
    walk(note, true);
    assert_string_equal(order, "cba");
    walk(break_down, false);
    assert_string_equal(order, "abc");
    walk(note, false);
    assert_string_equal(order, "ac");
    ex_hooks_remove(&hooks, &second.hook);
    ex_hooks_remove(&hooks, &first.hook);
    walk(note, false);
    assert_string_equal(order, "c");
    ex_hooks_remove(&hooks, &third.hook);
    assert_true(ex_hooks_empty(&hooks));
}

static _Atomic uint32_t inside, leave, removed;

static bool stay(struct ex_hook *hook, void *context)
{
    (void)hook, (void)context;
    atomic_store(&inside, 1);
    hal_futex_wake(&inside, 1);
    while (!atomic_load(&leave))
        hal_futex_wait(&leave, 0, NULL);
    CHECK(!atomic_load(&removed));
    return true;
}

static void *walk_and_stay(void *argument)
{
    (void)argument;
    CHECK(ps_attach_thread(application, 0) != NULL);
    ex_hooks_walk(&hooks, "a test", stay, NULL);
    ps_detach_thread();
    return NULL;
}

static void *let_go(void *argument)
{
    (void)argument;
    while (!first.hook.removed)
        hal_yield();
    atomic_store(&leave, 1);
    hal_futex_wake(&leave, 1);
    return NULL;
}

static void test_who_removes_a_hook_waits_for_those_in_it(void **state)
{
    pthread_t walker, helper;
    (void)state;
    first.hook = (struct ex_hook){0};
    ex_hooks_add(&hooks, &first.hook, NULL);
    assert_int_equal(pthread_create(&walker, NULL, walk_and_stay, NULL), 0);
    while (!atomic_load(&inside))
        hal_futex_wait(&inside, 0, NULL);
    assert_int_equal(pthread_create(&helper, NULL, let_go, NULL), 0);
    ex_hooks_remove(&hooks, &first.hook);
    atomic_store(&removed, 1);
    pthread_join(walker, NULL);
    pthread_join(helper, NULL);
}

static int compare(const WCHAR *a, const WCHAR *b)
{
    UNICODE_STRING one, other;
    RtlInitUnicodeString(&one, a);
    RtlInitUnicodeString(&other, b);
    return ex_compare_altitudes(&one, &other);
}

static void test_altitudes_are_decimal_numbers(void **state)
{
    static const WCHAR *const sound[] = {L"1", L"0320000.5", L"320000."}, *const odd[] = {L"", L".", L"1.2.3", L"12a"};
    UNICODE_STRING text;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        RtlInitUnicodeString(&text, sound[i]);
        assert_true(ex_is_altitude(&text));
    }
    for (unsigned i = 0; i < 4; i++) {
        RtlInitUnicodeString(&text, odd[i]);
        assert_false(ex_is_altitude(&text));
    }
    assert_true(compare(L"99999", L"320000") < 0);
    assert_true(compare(L"320000.1", L"320000") > 0);
    assert_true(compare(L"320000.05", L"320000.5") < 0);
    assert_int_equal(compare(L"00320000.50", L"320000.5"), 0);
}

static unsigned images;
static char image_name[256];

static void NTAPI on_image(PUNICODE_STRING name, HANDLE process, PIMAGE_INFO info)
{
    ULONG bytes = 0;
    CHECK(process == NULL && info->SystemModeImage && ldr_find_image(info->ImageBase) && info->ImageSize);
    RtlUnicodeToUTF8N(image_name, sizeof image_name - 1, &bytes, name->Buffer, name->Length);
    image_name[bytes] = 0;
    images++;
}

static void test_a_driver_s_image_is_reported_before_it_runs(void **state)
{
    (void)state;
    assert_int_equal(PsSetLoadImageNotifyRoutine(on_image), STATUS_SUCCESS);
    assert_int_equal(nthost_load_driver(LYSHARK, NULL, NULL, 0), STATUS_SUCCESS);
    assert_int_equal(images, 1);
    assert_non_null(strstr(image_name, "\\??\\/"));
    assert_non_null(strstr(image_name, "/LySharkDriver.sys"));
    LIST_ENTRY *entry = PsLoadedModuleList.Flink;
    const KLDR_DATA_TABLE_ENTRY *section = CONTAINING_RECORD(entry, KLDR_DATA_TABLE_ENTRY, InLoadOrderLinks);
    assert_ptr_equal(entry->Flink, &PsLoadedModuleList);
    assert_non_null(ldr_find_image(section->DllBase));
    assert_int_equal(nthost_unload_driver("LySharkDriver"), STATUS_SUCCESS);
    assert_true(IsListEmpty(&PsLoadedModuleList));
    assert_int_equal(PsRemoveLoadImageNotifyRoutine(on_image), STATUS_SUCCESS);
}

static void test_what_is_never_removed_is_gone_after_a_shutdown(void **state)
{
    (void)state;
    assert_int_equal(PsSetLoadImageNotifyRoutine(on_image), STATUS_SUCCESS);
    images = 0;
    shut_down();
    boot();
    assert_int_equal(nthost_load_driver(LYSHARK, NULL, NULL, 0), STATUS_SUCCESS);
    assert_int_equal(images, 0);
    assert_int_equal(nthost_unload_driver("LySharkDriver"), STATUS_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(test_hooks_are_called_in_their_order_and_not_after_a_bugcheck),
        KERNEL_TEST(test_who_removes_a_hook_waits_for_those_in_it),
        KERNEL_TEST(test_altitudes_are_decimal_numbers),
        KERNEL_TEST(test_a_driver_s_image_is_reported_before_it_runs),
        KERNEL_TEST(test_what_is_never_removed_is_gone_after_a_shutdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
