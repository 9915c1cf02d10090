// Work items, fast mutexes, interlocked lists.
#include "kernel_test.h"

// ---- work items -------------------------------------------------------------------------------------------

struct work {
    WORK_QUEUE_ITEM item;
    KEVENT begun, go_on, done;
    _Atomic int runs;
};

static void NTAPI run_work(PVOID context)
{
    struct work *work = context;
    CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    CHECK(PsIsSystemThread(ps_current_thread()));
    atomic_fetch_add(&work->runs, 1);
    KeSetEvent(&work->begun, 0, FALSE);
    CHECK(KeWaitForSingleObject(&work->go_on, Executive, KernelMode, FALSE, NULL) == STATUS_SUCCESS);
    KeSetEvent(&work->done, 0, FALSE);
}

static void queue_work(struct work *work, bool held)
{
    KeInitializeEvent(&work->begun, NotificationEvent, FALSE);
    KeInitializeEvent(&work->go_on, NotificationEvent, !held);
    KeInitializeEvent(&work->done, NotificationEvent, FALSE);
    atomic_store(&work->runs, 0);
    ExInitializeWorkItem(&work->item, run_work, work);
    ExQueueWorkItem(&work->item, DelayedWorkQueue);
}

static NTSTATUS wait_for(PKEVENT event)
{
    LARGE_INTEGER timeout = after_ms(5000);
    return KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &timeout);
}

static void an_item_runs_once_in_a_system_thread(void **state)
{
    struct work work;
    (void)state;
    for (int i = 0; i < 3; i++) {
        queue_work(&work, false);
        assert_int_equal(wait_for(&work.done), STATUS_SUCCESS);
        assert_int_equal(atomic_load(&work.runs), 1);
    }
}

enum { ITEMS = 12 };

// Drivers wait in one item for another; there must be a thread for it.
static void items_that_wait_do_not_hold_others_up(void **state)
{
    struct work items[ITEMS];
    (void)state;
    queue_work(&items[0], false); // so that there is an idle worker
    assert_int_equal(wait_for(&items[0].done), STATUS_SUCCESS);
    pause_ms(5);
    for (int i = 0; i < ITEMS; i++)
        queue_work(&items[i], true);
    for (int i = ITEMS - 1; i >= 0; i--) {
        bool begun = wait_for(&items[i].begun) == STATUS_SUCCESS;
        if (!begun)
            print_error("item %d waits for the items before it\n", i);
        KeSetEvent(&items[i].go_on, 0, FALSE);
        if (!begun)
            for (int j = 0; j < i; j++)
                KeSetEvent(&items[j].go_on, 0, FALSE);
        assert_int_equal(wait_for(&items[i].done), STATUS_SUCCESS);
        assert_true(begun);
    }
}

static void what_is_queued_runs_before_shutdown(void **state)
{
    static struct work items[3];
    (void)state;
    boot();
    for (int i = 0; i < 3; i++)
        queue_work(&items[i], false);
    shut_down();
    for (int i = 0; i < 3; i++)
        assert_int_equal(atomic_load(&items[i].runs), 1);
}

// The thread object comes from pool, and pool may be exhausted at that moment.
static void an_item_runs_although_memory_was_short(void **state)
{
    struct work work;
    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        boot();
        ex_pool_fail_after(n);
        queue_work(&work, false);
        assert_int_equal(wait_for(&work.done), STATUS_SUCCESS);
        ex_pool_fail_after(0);
        shut_down();
    }
}

static void NTAPI bugcheck(PVOID context)
{
    (void)context;
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, 0, 0, 0, 0);
}

static void an_item_that_bugchecks_does_not_stop_the_worker(void **state)
{
    WORK_QUEUE_ITEM bad;
    struct work work;
    (void)state;
    ke_set_bugcheck_reporter(note_bugcheck);
    for (int i = 0; i < 8; i++) {
        ExInitializeWorkItem(&bad, bugcheck, NULL);
        ExQueueWorkItem(&bad, CriticalWorkQueue);
        queue_work(&work, false);
        assert_int_equal(wait_for(&work.done), STATUS_SUCCESS);
    }
    assert_int_equal(atomic_load(&last_code), MANUALLY_INITIATED_CRASH);
}

static _Atomic int ran;

static void NTAPI count_run(PVOID context)
{
    free(context); // the item may go in its own routine
    atomic_fetch_add(&ran, 1);
}

static void queue_many(void *unused)
{
    (void)unused;
    for (int i = 0; i < 500 * RACES; i++) {
        WORK_QUEUE_ITEM *item = malloc(sizeof *item);
        ExInitializeWorkItem(item, count_run, item);
        KIRQL irql = i % 2 ? KeRaiseIrqlToDpcLevel() : KeGetCurrentIrql();
        ExQueueWorkItem(item, DelayedWorkQueue);
        KeLowerIrql(irql);
    }
}

static void items_of_many_threads_all_run(void **state)
{
    struct thread threads[4];
    (void)state;
    atomic_store(&ran, 0);
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], queue_many, NULL);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    for (int i = 0; i < 5000 && atomic_load(&ran) < 4 * 500 * RACES; i++)
        pause_ms(1);
    assert_int_equal(atomic_load(&ran), 4 * 500 * RACES);
}

// ---- work items of devices --------------------------------------------------------------------------------

static PIO_WORKITEM device_item;
static _Atomic int device_runs;

static void NTAPI device_work(PDEVICE_OBJECT device, PVOID context)
{
    CHECK(device->DeviceType == FILE_DEVICE_UNKNOWN); // the device is there as long as this runs
    IoFreeWorkItem(device_item);
    atomic_fetch_add(&device_runs, 1);
    KeSetEvent(context, 0, FALSE);
}

static void a_device_stays_until_its_work_item_has_run(void **state)
{
    struct io_driver *driver = make_simple_driver("work");
    PDEVICE_OBJECT device = make_device(driver, NULL, 0, 0);
    KEVENT done;
    (void)state;
    atomic_store(&device_runs, 0);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    device_item = IoAllocateWorkItem(device);
    IoQueueWorkItem(device_item, device_work, DelayedWorkQueue, &done);
    IoDeleteDevice(device);
    assert_int_equal(wait_for(&done), STATUS_SUCCESS);
    assert_int_equal(atomic_load(&device_runs), 1);
    unload_driver(driver);
}

// ---- fast mutexes -----------------------------------------------------------------------------------------

struct contest {
    FAST_MUTEX mutex;
    long count;
    _Atomic int tries;
};

static void a_fast_mutex_is_held_at_apc_level(void **state)
{
    FAST_MUTEX mutex;
    (void)state;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    assert_ptr_equal(mutex.Owner, KeGetCurrentThread());
    ExReleaseFastMutex(&mutex);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_null(mutex.Owner);
    assert_true(ExTryToAcquireFastMutex(&mutex));
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    assert_false(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ExReleaseFastMutexUnsafe(&mutex);
    KeLeaveCriticalRegion();
}

static void add_under_fast_mutex(void *argument)
{
    struct contest *contest = argument;
    for (int i = 0; i < 3000 * RACES; i++) {
        if (i % 3 == 0) {
            while (!ExTryToAcquireFastMutex(&contest->mutex))
                atomic_fetch_add(&contest->tries, 1);
        } else {
            ExAcquireFastMutex(&contest->mutex);
        }
        CHECK(contest->mutex.Owner == KeGetCurrentThread());
        contest->count++;
        ExReleaseFastMutex(&contest->mutex);
        CHECK(KeGetCurrentIrql() == PASSIVE_LEVEL);
    }
}

static void a_fast_mutex_excludes(void **state)
{
    struct contest contest = {0};
    struct thread threads[4];
    (void)state;
    ExInitializeFastMutex(&contest.mutex);
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], add_under_fast_mutex, &contest);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    assert_int_equal(contest.count, 4 * 3000 * RACES);
    assert_int_equal(contest.mutex.Count, 1);
}

// ---- interlocked lists ------------------------------------------------------------------------------------

static void interlocked_lists_tell_what_was_there(void **state)
{
    LIST_ENTRY list, first, second;
    KSPIN_LOCK lock;
    LARGE_INTEGER sum = {.QuadPart = 5};
    ULONG number = 7;
    (void)state;
    InitializeListHead(&list);
    KeInitializeSpinLock(&lock);
    assert_null(ExInterlockedRemoveHeadList(&list, &lock));
    assert_null(ExInterlockedInsertTailList(&list, &first, &lock));
    assert_ptr_equal(ExInterlockedInsertTailList(&list, &second, &lock), &first);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&list, &lock), &first);
    assert_ptr_equal(ExInterlockedInsertHeadList(&list, &first, &lock), &second);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&list, &lock), &first);
    assert_int_equal(ExInterlockedAddLargeInteger(&sum, (LARGE_INTEGER){.QuadPart = -8}, &lock).QuadPart, 5);
    assert_int_equal(sum.QuadPart, -3);
    assert_int_equal(ExInterlockedAddUlong(&number, 3, &lock), 7);
    assert_int_equal(number, 10);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(an_item_runs_once_in_a_system_thread),
        KERNEL_TEST(items_that_wait_do_not_hold_others_up),
        cmocka_unit_test(what_is_queued_runs_before_shutdown),
        cmocka_unit_test(an_item_runs_although_memory_was_short),
        KERNEL_TEST(an_item_that_bugchecks_does_not_stop_the_worker),
        KERNEL_TEST(items_of_many_threads_all_run),
        KERNEL_TEST(a_device_stays_until_its_work_item_has_run),
        KERNEL_TEST(a_fast_mutex_is_held_at_apc_level),
        KERNEL_TEST(a_fast_mutex_excludes),
        KERNEL_TEST(interlocked_lists_tell_what_was_there),
    };
    return cmocka_run_group_tests_name("ex: work items, fast mutexes, interlocked lists", tests, NULL, NULL);
}
