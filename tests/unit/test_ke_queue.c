// Queues (the dispatcher object of completion ports), device queues, spin locks, IRQL.
#include "kernel_test.h"

struct item {
    LIST_ENTRY link;
    int number;
};

static struct item *number_of(PLIST_ENTRY entry)
{
    return CONTAINING_RECORD(entry, struct item, link);
}

static LARGE_INTEGER now_or_never;

// ---- KQUEUE -----------------------------------------------------------------------------------------------

static void entries_come_out_in_order(void **state)
{
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    KQUEUE queue;
    (void)state;
    KeInitializeQueue(&queue, 0);
    assert_int_equal(KeInsertQueue(&queue, &items[1].link), 0);
    assert_int_equal(KeInsertQueue(&queue, &items[2].link), 1);
    assert_int_equal(KeInsertHeadQueue(&queue, &items[0].link), 2);
    assert_int_equal(KeReadStateQueue(&queue), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(number_of(KeRemoveQueue(&queue, KernelMode, NULL))->number, i);
    assert_ptr_equal(KeRemoveQueue(&queue, KernelMode, &now_or_never), (PVOID)STATUS_TIMEOUT);
    LARGE_INTEGER soon = after_ms(2);
    assert_ptr_equal(KeRemoveQueue(&queue, KernelMode, &soon), (PVOID)STATUS_TIMEOUT);
}

static void waiting_for_a_queue_takes_nothing_out(void **state)
{
    struct item item = {.number = 7};
    KQUEUE queue;
    (void)state;
    KeInitializeQueue(&queue, 0);
    assert_int_equal(KeWaitForSingleObject(&queue, Executive, KernelMode, FALSE, &now_or_never), STATUS_TIMEOUT);
    KeInsertQueue(&queue, &item.link);
    assert_int_equal(KeWaitForSingleObject(&queue, Executive, KernelMode, FALSE, &now_or_never), STATUS_SUCCESS);
    assert_int_equal(KeReadStateQueue(&queue), 1);
    assert_int_equal(number_of(KeRemoveQueue(&queue, KernelMode, &now_or_never))->number, 7);
}

static void running_a_queue_down_gives_its_entries_back(void **state)
{
    struct item items[2] = {{.number = 0}, {.number = 1}};
    KQUEUE queue;
    (void)state;
    KeInitializeQueue(&queue, 0);
    assert_null(KeRundownQueue(&queue));
    KeInsertQueue(&queue, &items[0].link);
    KeInsertQueue(&queue, &items[1].link);
    PLIST_ENTRY first = KeRundownQueue(&queue);
    assert_int_equal(number_of(first)->number, 0);
    assert_int_equal(number_of(first->Flink)->number, 1);
    assert_ptr_equal(first->Flink->Flink, first);
    assert_int_equal(KeReadStateQueue(&queue), 0);
}

struct taker {
    struct thread thread;
    KQUEUE *queue;
    _Atomic int got; // -1: nothing yet
};

static void take_one(void *argument)
{
    struct taker *taker = argument;
    atomic_store(&taker->got, number_of(KeRemoveQueue(taker->queue, KernelMode, NULL))->number);
}

static void the_thread_that_came_last_goes_first(void **state)
{
    struct item items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct taker takers[3];
    KQUEUE queue;
    (void)state;
    KeInitializeQueue(&queue, 0);
    for (int i = 0; i < 3; i++) {
        takers[i].queue = &queue;
        atomic_store(&takers[i].got, -1);
        start_thread(&takers[i].thread, take_one, &takers[i]);
        until_waiting(&takers[i].thread);
    }
    for (int i = 0; i < 3; i++) {
        KeInsertQueue(&queue, &items[i].link);
        join_thread(&takers[2 - i].thread);
        assert_int_equal(atomic_load(&takers[2 - i].got), i);
    }
}

enum { PRODUCERS = 2, CONSUMERS = 3, EACH = 2000 };

struct factory {
    KQUEUE queue;
    struct item *items;
    _Atomic int next, made;
    _Atomic int taken[PRODUCERS * EACH * 4];
    _Atomic bool stop;
    int each;
};

static void produce(void *argument)
{
    struct factory *factory = argument;
    int self = atomic_fetch_add(&factory->next, 1);
    for (int i = 0; i < factory->each; i++) {
        struct item *item = &factory->items[self * factory->each + i];
        item->number = self * factory->each + i;
        KeInsertQueue(&factory->queue, &item->link);
    }
}

static void consume(void *argument)
{
    struct factory *factory = argument;
    for (;;) {
        PLIST_ENTRY entries[4];
        ULONG taken = 0;
        LARGE_INTEGER timeout = after_ms(1);
        NTSTATUS status = ke_remove_queue(&factory->queue, KernelMode, FALSE, &timeout, entries, 4, &taken);
        CHECK(status == STATUS_SUCCESS ? taken >= 1 && taken <= 4 : status == STATUS_TIMEOUT && taken == 0);
        for (ULONG i = 0; i < taken; i++)
            atomic_fetch_add(&factory->taken[number_of(entries[i])->number], 1);
        if (!taken && atomic_load(&factory->stop))
            return;
    }
}

static void every_entry_reaches_exactly_one_thread(void **state)
{
    static struct factory factory;
    struct thread producers[PRODUCERS], consumers[CONSUMERS];
    (void)state;
    factory = (struct factory){.each = EACH * RACES};
    int all = PRODUCERS * factory.each;
    factory.items = calloc((size_t)all, sizeof *factory.items);
    KeInitializeQueue(&factory.queue, 0);
    for (int i = 0; i < CONSUMERS; i++)
        start_thread(&consumers[i], consume, &factory);
    for (int i = 0; i < PRODUCERS; i++)
        start_thread(&producers[i], produce, &factory);
    for (int i = 0; i < PRODUCERS; i++)
        join_thread(&producers[i]);
    atomic_store(&factory.stop, true);
    for (int i = 0; i < CONSUMERS; i++)
        join_thread(&consumers[i]);
    assert_int_equal(KeReadStateQueue(&factory.queue), 0);
    for (int i = 0; i < all; i++)
        assert_int_equal(atomic_load(&factory.taken[i]), 1);
    free(factory.items);
}

// ---- device queues ----------------------------------------------------------------------------------------

static void a_device_queue_queues_only_while_busy(void **state)
{
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY entries[4];
    (void)state;
    KeInitializeDeviceQueue(&queue);
    KIRQL irql = KeRaiseIrqlToDpcLevel();
    assert_false(KeInsertDeviceQueue(&queue, &entries[0])); // the device is free: now it is busy with this one
    assert_true(KeInsertDeviceQueue(&queue, &entries[1]));
    assert_true(KeInsertDeviceQueue(&queue, &entries[2]));
    assert_true(KeInsertDeviceQueue(&queue, &entries[3]));
    assert_true(KeRemoveEntryDeviceQueue(&queue, &entries[2]));
    assert_false(KeRemoveEntryDeviceQueue(&queue, &entries[2]));
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &entries[1]);
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &entries[3]);
    assert_null(KeRemoveDeviceQueue(&queue)); // and is free again
    assert_false(KeInsertDeviceQueue(&queue, &entries[0]));
    assert_null(KeRemoveDeviceQueue(&queue));
    KeLowerIrql(irql);
}

static void keys_sort_a_device_queue(void **state)
{
    static const ULONG keys[] = {30, 10, 20, 20, 40};
    KDEVICE_QUEUE queue;
    KDEVICE_QUEUE_ENTRY busy, entries[5];
    (void)state;
    KeInitializeDeviceQueue(&queue);
    KIRQL irql = KeRaiseIrqlToDpcLevel();
    assert_false(KeInsertByKeyDeviceQueue(&queue, &busy, 99));
    for (int i = 0; i < 5; i++)
        assert_true(KeInsertByKeyDeviceQueue(&queue, &entries[i], keys[i]));
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 25), &entries[0]); // the first not below 25
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 50), &entries[1]); // none: the first of all
    assert_ptr_equal(KeRemoveByKeyDeviceQueue(&queue, 0), &entries[2]);  // equal keys in their order
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &entries[3]);
    assert_ptr_equal(KeRemoveDeviceQueue(&queue), &entries[4]);
    assert_null(KeRemoveByKeyDeviceQueue(&queue, 0));
    KeLowerIrql(irql);
}

// ---- spin locks and IRQL ----------------------------------------------------------------------------------

static void irql_goes_up_and_down(void **state)
{
    KIRQL irql;
    KSPIN_LOCK lock;
    (void)state;
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &irql);
    assert_int_equal(irql, PASSIVE_LEVEL);
    KeInitializeSpinLock(&lock);
    KIRQL inner = KeAcquireSpinLockRaiseToDpc(&lock);
    assert_int_equal(inner, APC_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_false(KeTestSpinLock(&lock));
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLock(&lock, inner);
    assert_true(KeTestSpinLock(&lock));
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(irql);
}

static void raise_down(void *unused)
{
    (void)unused;
    KeRaiseIrqlToDpcLevel();
    KfRaiseIrql(APC_LEVEL);
}

static void lower_up(void *unused)
{
    (void)unused;
    KeLowerIrql(DISPATCH_LEVEL);
}

static void leave_region(void *unused)
{
    (void)unused;
    KeLeaveCriticalRegion();
}

static void enter_region_and_stop(void *unused)
{
    (void)unused;
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    as_kernel(true);
    KeBugCheck(MANUALLY_INITIATED_CRASH);
}

static void a_driver_that_mixes_levels_up_is_stopped(void **state)
{
    (void)state;
    assert_int_equal(bugcheck_of(raise_down, NULL), IRQL_NOT_GREATER_OR_EQUAL);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_int_equal(bugcheck_of(lower_up, NULL), IRQL_NOT_LESS_OR_EQUAL);
    assert_int_equal(bugcheck_of(leave_region, NULL), APC_INDEX_MISMATCH);
}

// What the driver had changed of its thread is as it was when it was called; the mode above all: a caller
// that stayed in kernel mode would be trusted with every pointer.
static void the_thread_goes_on_as_it_was(void **state)
{
    (void)state;
    assert_int_equal(ExGetPreviousMode(), UserMode);
    assert_int_equal(bugcheck_of(enter_region_and_stop, NULL), MANUALLY_INITIATED_CRASH);
    assert_int_equal(ExGetPreviousMode(), UserMode);
    assert_false(KeAreApcsDisabled());
    assert_false(KeAreAllApcsDisabled());
}

struct locked {
    KSPIN_LOCK lock;
    long count;
};

static void add_under_lock(void *argument)
{
    struct locked *locked = argument;
    for (int i = 0; i < 5000 * RACES; i++) {
        if (i % 2) {
            KIRQL irql = KeAcquireSpinLockRaiseToDpc(&locked->lock);
            locked->count++;
            KeReleaseSpinLock(&locked->lock, irql);
        } else {
            KLOCK_QUEUE_HANDLE handle;
            KeAcquireInStackQueuedSpinLock(&locked->lock, &handle);
            locked->count++;
            KeReleaseInStackQueuedSpinLock(&handle);
        }
    }
}

static void a_spin_lock_excludes(void **state)
{
    struct locked locked = {0};
    struct thread threads[4];
    (void)state;
    KeInitializeSpinLock(&locked.lock);
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], add_under_lock, &locked);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    assert_int_equal(locked.count, 4 * 5000 * RACES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(entries_come_out_in_order),
        KERNEL_TEST(waiting_for_a_queue_takes_nothing_out),
        KERNEL_TEST(running_a_queue_down_gives_its_entries_back),
        KERNEL_TEST(the_thread_that_came_last_goes_first),
        KERNEL_TEST(every_entry_reaches_exactly_one_thread),
        KERNEL_TEST(a_device_queue_queues_only_while_busy),
        KERNEL_TEST(keys_sort_a_device_queue),
        KERNEL_TEST(irql_goes_up_and_down),
        KERNEL_TEST(a_driver_that_mixes_levels_up_is_stopped),
        KERNEL_TEST(the_thread_goes_on_as_it_was),
        KERNEL_TEST(a_spin_lock_excludes),
    };
    return cmocka_run_group_tests_name("ke: queues, spin locks, IRQL", tests, NULL, NULL);
}
