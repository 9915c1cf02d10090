// Dispatcher objects and waits.
//
// One lock protects the states of all dispatcher objects and every wait. A thread that waits is linked into the
// objects' wait lists by wait blocks; whoever signals an object walks its list, consumes the state on behalf of
// the waiter and ends that thread's wait.
//
//      running --ke_block--> waiting --ke_end_wait (signalled, alerted, APC, terminated)--> running
//                               |
//                               +------- deadline: STATUS_TIMEOUT --------------------> running
//
// Facts: semantics 25; wdm/nf-wdm-kewaitforsingleobject, -kewaitformultipleobjects.
#include "ke/ke.h"

struct hal_mutex ke_dispatcher_lock;

void ke_initialize_header(DISPATCHER_HEADER *header, UCHAR type, ULONG size, LONG state)
{
    header->Type = type;
    header->Size = (UCHAR)(size / sizeof(LONG));
    header->SignalState = state;
    InitializeListHead(&header->WaitListHead);
}

static bool is_mutant(const DISPATCHER_HEADER *header)
{
    return (header->Type & 0x7f) == MutantObject;
}

static bool is_signalled(DISPATCHER_HEADER *header, struct _KTHREAD *thread)
{
    if (is_mutant(header))
        return header->SignalState > 0 || ((KMUTANT *)header)->OwnerThread == thread;
    return __atomic_load_n(&header->SignalState, __ATOMIC_SEQ_CST) > 0;
}

// The thread's wait succeeds: take what the object gives. STATUS_ABANDONED for a mutant left behind.
static NTSTATUS consume(DISPATCHER_HEADER *header, struct _KTHREAD *thread, UCHAR type)
{
    switch (header->Type & 0x7f) {
    case EventSynchronizationObject:
    case TimerSynchronizationObject:
        ke_set_state(header, 0);
        return STATUS_SUCCESS;
    case SemaphoreObject:
        header->SignalState--;
        return STATUS_SUCCESS;
    case QueueObject:
        header->SignalState -= type == KE_WAIT_DEQUEUE;
        return STATUS_SUCCESS;
    case MutantObject: {
        KMUTANT *mutant = (KMUTANT *)header;
        if (--header->SignalState == 0) {
            mutant->OwnerThread = thread;
            InsertTailList(&thread->mutants, &mutant->MutantListEntry);
            thread->kernel_apc_disable += mutant->ApcDisable;
        }
        NTSTATUS status = mutant->Abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
        mutant->Abandoned = FALSE;
        return status;
    }
    default:
        return STATUS_SUCCESS;
    }
}

// Whoever signals an event without the lock looks at the head of its wait list: the writes are atomic, and a store
// that links is a full barrier before the waiter's second look at the state.
static void link_after(LIST_ENTRY *before, LIST_ENTRY *entry)
{
    LIST_ENTRY *after = before->Flink;
    entry->Flink = after;
    entry->Blink = before;
    after->Blink = entry;
    __atomic_store_n(&before->Flink, entry, __ATOMIC_SEQ_CST);
}

static void unlink_entry(LIST_ENTRY *entry)
{
    entry->Flink->Blink = entry->Blink;
    __atomic_store_n(&entry->Blink->Flink, entry->Flink, __ATOMIC_RELAXED);
}

static void unlink_blocks(struct _KTHREAD *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++)
        unlink_entry(&thread->wait_blocks[i].WaitListEntry);
    thread->wait_count = 0;
}

void ke_end_wait(struct _KTHREAD *thread, NTSTATUS status)
{
    if (!thread->waiting)
        return;
    unlink_blocks(thread);
    thread->waiting = false;
    thread->wait_status = status;
    atomic_store_explicit(&thread->awake, 1, memory_order_release);
    hal_futex_wake(&thread->awake, 1);
}

static bool all_signalled(struct _KTHREAD *thread)
{
    for (ULONG i = 0; i < thread->wait_count; i++)
        if (!is_signalled(thread->wait_blocks[i].Object, thread))
            return false;
    return true;
}

static NTSTATUS consume_all(struct _KTHREAD *thread)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG i = 0; i < thread->wait_count; i++)
        if (consume(thread->wait_blocks[i].Object, thread, WaitAll) == STATUS_ABANDONED)
            status = STATUS_ABANDONED;
    return status;
}

void ke_release_waiters(DISPATCHER_HEADER *header)
{
    LIST_ENTRY *entry = header->WaitListHead.Flink;
    while (entry != &header->WaitListHead && (ke_state(header) > 0 || is_mutant(header))) {
        KWAIT_BLOCK *block = CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry);
        struct _KTHREAD *thread = block->Thread;
        entry = entry->Flink;
        if (!is_signalled(header, thread))
            continue;
        if (block->WaitType != WaitAll) {
            NTSTATUS status = (NTSTATUS)block->WaitKey + consume(header, thread, block->WaitType);
            ke_end_wait(thread, status);
        } else if (all_signalled(thread)) {
            ke_end_wait(thread, consume_all(thread));
        } else {
            continue;
        }
        entry = header->WaitListHead.Flink; // the thread may have stood here more than once
    }
}

NTSTATUS ke_test_alert(struct _KTHREAD *thread, KPROCESSOR_MODE mode, BOOLEAN alertable)
{
    if (mode == UserMode && thread->terminating)
        return STATUS_THREAD_IS_TERMINATING;
    if (alertable && thread->alerted[(int)mode]) {
        thread->alerted[(int)mode] = false;
        return STATUS_ALERTED;
    }
    if (alertable && mode == UserMode && !IsListEmpty(&thread->apcs[UserMode])) {
        thread->user_apc_due = true;
        return STATUS_USER_APC;
    }
    if (alertable && thread->alerted[KernelMode]) {
        thread->alerted[KernelMode] = false;
        return STATUS_ALERTED;
    }
    return STATUS_SUCCESS;
}

NTSTATUS ke_block(struct _KTHREAD *thread, KPROCESSOR_MODE mode, BOOLEAN alertable, const uint64_t *deadline_ns)
{
    thread->wait_mode = mode;
    thread->wait_alertable = alertable;
    thread->waiting = true;
    atomic_store_explicit(&thread->awake, 0, memory_order_relaxed);
    ke_unlock_dispatcher();
    while (!atomic_load_explicit(&thread->awake, memory_order_acquire)) {
        if (deadline_ns && hal_monotonic_ns() >= *deadline_ns)
            break;
        hal_futex_wait(&thread->awake, 0, deadline_ns);
    }
    ke_lock_dispatcher();
    if (thread->waiting)
        ke_end_wait(thread, STATUS_TIMEOUT);
    return thread->wait_status;
}

// Whether the wait is over before it begins; with WaitAny the first signalled object decides.
static bool satisfied_at_once(struct _KTHREAD *thread, ULONG count, PVOID *objects, UCHAR type, NTSTATUS *status)
{
    for (ULONG i = 0; i < count; i++) {
        bool signalled = is_signalled(objects[i], thread);
        if (type != WaitAll && signalled) {
            *status = (NTSTATUS)i + consume(objects[i], thread, type);
            return true;
        }
        if (type == WaitAll && !signalled)
            return false;
    }
    if (type != WaitAll)
        return false;
    *status = STATUS_SUCCESS;
    for (ULONG i = 0; i < count; i++)
        if (consume(objects[i], thread, type) == STATUS_ABANDONED)
            *status = STATUS_ABANDONED;
    return true;
}

// First come, first served; but the thread that came to a queue last takes from it first, as its cache is warm.
static void link_blocks(struct _KTHREAD *thread, ULONG count, PVOID *objects, UCHAR type, PKWAIT_BLOCK blocks)
{
    for (ULONG i = 0; i < count; i++) {
        DISPATCHER_HEADER *header = objects[i];
        blocks[i].Thread = thread;
        blocks[i].Object = header;
        blocks[i].WaitKey = (USHORT)i;
        blocks[i].WaitType = type;
        link_after(type == KE_WAIT_DEQUEUE ? &header->WaitListHead : header->WaitListHead.Blink,
                   &blocks[i].WaitListEntry);
    }
    thread->wait_blocks = blocks;
    thread->wait_count = count;
}

// With the dispatcher lock, which is released meanwhile.
static void deliver_kernel_apcs(struct _KTHREAD *thread)
{
    while (hal_unlikely(ke_kernel_apc_waits(thread))) {
        ke_unlock_dispatcher();
        ke_deliver_kernel_apcs();
        ke_lock_dispatcher();
    }
}

// A kernel APC interrupts the sleep and begins the wait anew: whatever came while it ran is seen then.
static NTSTATUS wait(ULONG count, PVOID *objects, UCHAR type, KPROCESSOR_MODE mode, BOOLEAN alertable,
                     PLARGE_INTEGER timeout, PKWAIT_BLOCK blocks)
{
    struct _KTHREAD *thread = ke_current_thread();
    bool poll = timeout && timeout->QuadPart == 0;
    uint64_t deadline = timeout && !poll ? ke_deadline_ns(timeout) : 0;
    NTSTATUS status;
    ke_lock_dispatcher();
    do {
        deliver_kernel_apcs(thread);
        if (satisfied_at_once(thread, count, objects, type, &status))
            break;
        status = ke_test_alert(thread, mode, alertable);
        if (status != STATUS_SUCCESS)
            break;
        status = STATUS_TIMEOUT;
        if (poll)
            break;
        link_blocks(thread, count, objects, type, blocks);
        if (satisfied_at_once(thread, count, objects, type, &status)) { // ke_signal_event takes no lock
            unlink_blocks(thread);
            break;
        }
        status = ke_block(thread, mode, alertable, timeout ? &deadline : NULL);
    } while (status == STATUS_KERNEL_APC);
    ke_unlock_dispatcher();
    return status;
}

static void check_wait_irql(const LARGE_INTEGER *timeout)
{
    bool may_sleep = !timeout || timeout->QuadPart != 0;
    KIRQL irql = ke_irql();
    if (hal_unlikely(may_sleep ? irql > APC_LEVEL : irql > DISPATCH_LEVEL))
        ke_bugcheck(IRQL_NOT_LESS_OR_EQUAL, 0, irql, 0, 0,
                    "a wait that may sleep was called at DISPATCH_LEVEL or above");
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode, BOOLEAN alertable,
                                     PLARGE_INTEGER timeout)
{
    (void)reason;
    check_wait_irql(timeout);
    return wait(1, &object, WaitAny, mode, alertable, timeout, ke_current_thread()->own_blocks);
}

NTSTATUS ke_reserve_entry(PRKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    PVOID object = queue;
    check_wait_irql(timeout);
    return wait(1, &object, KE_WAIT_DEQUEUE, mode, alertable, timeout, ke_current_thread()->own_blocks);
}

// Without blocks of its own a caller may wait for THREAD_WAIT_OBJECTS (3) objects, with them for 64.
NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, KWAIT_REASON reason,
                                        KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                                        PKWAIT_BLOCK blocks)
{
    (void)reason;
    check_wait_irql(timeout);
    if (count == 0 || count > (blocks ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS))
        ke_bugcheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED, 0, 0, 0, 0,
                    "KeWaitForMultipleObjects: more objects than wait blocks");
    return wait(count, objects, (UCHAR)type, mode, alertable, timeout,
                blocks ? blocks : ke_current_thread()->own_blocks);
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval)
{
    struct _KTHREAD *thread = ke_current_thread();
    bool yield_only = interval->QuadPart == 0;
    uint64_t deadline = yield_only ? 0 : ke_deadline_ns(interval);
    NTSTATUS status;
    check_wait_irql(interval);
    ke_lock_dispatcher();
    do {
        deliver_kernel_apcs(thread);
        status = ke_test_alert(thread, mode, alertable);
        if (status == STATUS_SUCCESS && !yield_only)
            status = ke_block(thread, mode, alertable, &deadline);
    } while (status == STATUS_KERNEL_APC);
    ke_unlock_dispatcher();
    if (yield_only)
        hal_yield();
    return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}
