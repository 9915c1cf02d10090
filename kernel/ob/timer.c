// Timer objects and the services on them. A timer's APC runs in the thread that set it.
#include "ob/ob.h"

struct timer {
    KTIMER timer;
    KDPC dpc; // queues the APC at expiry
    KAPC apc;
    struct _KTHREAD *thread; // referenced while an APC may come; NULL none
    struct hal_mutex lock;
};

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((struct timer *)object)->timer.Header;
}

static void stop(struct timer *timer)
{
    KeCancelTimer(&timer->timer);
    KeRemoveQueueDpc(&timer->dpc);
    hal_mutex_lock(&timer->lock);
    struct _KTHREAD *thread = timer->thread;
    timer->thread = NULL;
    hal_mutex_unlock(&timer->lock);
    if (thread) {
        KeRemoveQueueApc(&timer->apc);
        ob_dereference(thread);
    }
}

static void destroy(void *object)
{
    stop(object);
    KeFlushQueuedDpcs();
}

struct _OBJECT_TYPE ob_timer_type = {
    .name = L"Timer",
    .tag = EX_TAG('T', 'i', 'm', 'e'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | TIMER_QUERY_STATE,
                .GenericWrite = STANDARD_RIGHTS_WRITE | TIMER_MODIFY_STATE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = TIMER_ALL_ACCESS},
    .waitable = waitable,
    .destroy = destroy,
};

static void NTAPI apc_delivered(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1,
                                PVOID *argument2)
{
    (void)apc, (void)routine, (void)context, (void)argument1, (void)argument2;
}

static void NTAPI expired(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct timer *timer = context;
    uint64_t now = hal_system_time_100ns();
    (void)dpc, (void)argument1, (void)argument2;
    hal_mutex_lock(&timer->lock);
    if (timer->thread)
        KeInsertQueueApc(&timer->apc, (PVOID)(ULONG_PTR)(ULONG)now, (PVOID)(ULONG_PTR)(now >> 32), 0);
    hal_mutex_unlock(&timer->lock);
}

NTSTATUS NTAPI NtCreateTimer(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, TIMER_TYPE type)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *object;
    if (type != NotificationTimer && type != SynchronizationTimer)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&ob_timer_type, sizeof(struct timer), &object);
    if (NT_SUCCESS(status)) {
        struct timer *timer = object;
        KeInitializeTimerEx(&timer->timer, type);
        KeInitializeDpc(&timer->dpc, expired, timer);
        status = ob_finish_create(object, &captured, access, mode, handle);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenTimer(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_timer_type, access, handle);
}

static void aim_apc(struct timer *timer, PTIMER_APC_ROUTINE routine, PVOID context)
{
    struct _KTHREAD *thread = ke_current_thread();
    ob_reference(thread);
    KeInitializeApc(&timer->apc, thread, OriginalApcEnvironment, apc_delivered, NULL, (PKNORMAL_ROUTINE)(PVOID)routine,
                    UserMode, context);
    timer->thread = thread;
}

NTSTATUS NTAPI NtSetTimer(HANDLE handle, PLARGE_INTEGER user_due, PTIMER_APC_ROUTINE routine, PVOID context,
                          BOOLEAN resume, LONG period, PBOOLEAN previous)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LARGE_INTEGER due;
    void *object;
    (void)resume;
    if (period < 0)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = mm_copy_in(&due, user_due, sizeof due, mode);
    if (NT_SUCCESS(status))
        status = ob_reference_by_handle(handle, TIMER_MODIFY_STATE, &ob_timer_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    struct timer *timer = object;
    BOOLEAN state = KeReadStateTimer(&timer->timer);
    stop(timer);
    if (routine)
        aim_apc(timer, routine, context);
    KeSetTimerEx(&timer->timer, due, period, routine ? &timer->dpc : NULL);
    if (previous)
        status = mm_copy_out(previous, &state, sizeof state, mode);
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtCancelTimer(HANDLE handle, PBOOLEAN user_state)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *object;
    NTSTATUS status = ob_reference_by_handle(handle, TIMER_MODIFY_STATE, &ob_timer_type, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    stop(object);
    BOOLEAN state = KeReadStateTimer(&((struct timer *)object)->timer);
    if (user_state)
        status = mm_copy_out(user_state, &state, sizeof state, mode);
    ob_dereference(object);
    return status;
}
