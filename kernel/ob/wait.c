// Waiting for handles: NtWaitForSingleObject, NtWaitForMultipleObjects, NtDelayExecution.
#include "ob/ob.h"

static NTSTATUS waitable_of(HANDLE handle, KPROCESSOR_MODE mode, void **object, PVOID *dispatcher)
{
    NTSTATUS status = ob_reference_by_handle(handle, SYNCHRONIZE, NULL, mode, object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (!ob_type(*object)->waitable) {
        ob_dereference(*object);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *dispatcher = ob_type(*object)->waitable(*object);
    return STATUS_SUCCESS;
}

static NTSTATUS capture_timeout(PLARGE_INTEGER user, KPROCESSOR_MODE mode, LARGE_INTEGER *copy, PLARGE_INTEGER *timeout)
{
    *timeout = user ? copy : NULL;
    return user ? mm_copy_in(copy, user, sizeof *copy, mode) : STATUS_SUCCESS;
}

NTSTATUS NTAPI NtWaitForSingleObject(HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER user_timeout)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LARGE_INTEGER copy;
    PLARGE_INTEGER timeout;
    void *object;
    PVOID dispatcher;
    NTSTATUS status = capture_timeout(user_timeout, mode, &copy, &timeout);
    if (NT_SUCCESS(status))
        status = waitable_of(handle, mode, &object, &dispatcher);
    if (!NT_SUCCESS(status))
        return status;
    status = KeWaitForSingleObject(dispatcher, UserRequest, mode, alertable, timeout);
    ob_dereference(object);
    return status;
}

NTSTATUS NTAPI NtWaitForMultipleObjects(ULONG count, PHANDLE user_handles, WAIT_TYPE type, BOOLEAN alertable,
                                        PLARGE_INTEGER user_timeout)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    HANDLE handles[MAXIMUM_WAIT_OBJECTS];
    void *objects[MAXIMUM_WAIT_OBJECTS];
    PVOID dispatchers[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER copy;
    PLARGE_INTEGER timeout;
    ULONG referenced = 0;
    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS || (type != WaitAll && type != WaitAny))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = mm_copy_in(handles, user_handles, count * sizeof *handles, mode);
    if (NT_SUCCESS(status))
        status = capture_timeout(user_timeout, mode, &copy, &timeout);
    while (NT_SUCCESS(status) && referenced < count) {
        status = waitable_of(handles[referenced], mode, &objects[referenced], &dispatchers[referenced]);
        for (ULONG i = 0; NT_SUCCESS(status) && type == WaitAll && i < referenced; i++)
            if (dispatchers[i] == dispatchers[referenced])
                status = STATUS_INVALID_PARAMETER_MIX;
        referenced += NT_SUCCESS(status) || status == STATUS_INVALID_PARAMETER_MIX;
    }
    if (NT_SUCCESS(status))
        status = KeWaitForMultipleObjects(count, dispatchers, type, UserRequest, mode, alertable, timeout, blocks);
    while (referenced)
        ob_dereference(objects[--referenced]);
    return status;
}

static NTSTATUS signal(HANDLE handle, KPROCESSOR_MODE mode)
{
    void *object;
    LONG before;
    NTSTATUS status = ob_reference_by_handle(handle, 0, NULL, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    if (ob_type(object) == &ob_event_type)
        status = NtSetEvent(handle, NULL);
    else if (ob_type(object) == &ob_mutant_type)
        status = ke_release_mutant(object, &before);
    else if (ob_type(object) == &ob_semaphore_type)
        status = NtReleaseSemaphore(handle, 1, NULL);
    else
        status = STATUS_OBJECT_TYPE_MISMATCH;
    ob_dereference(object);
    return status;
}

// As documented, not one atomic step: another thread may see the signal before the wait begins.
NTSTATUS NTAPI NtSignalAndWaitForSingleObject(HANDLE to_signal, HANDLE to_wait, BOOLEAN alertable,
                                              PLARGE_INTEGER timeout)
{
    NTSTATUS status = signal(to_signal, ExGetPreviousMode());
    return NT_SUCCESS(status) ? NtWaitForSingleObject(to_wait, alertable, timeout) : status;
}

NTSTATUS NTAPI NtDelayExecution(BOOLEAN alertable, PLARGE_INTEGER user_interval)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    LARGE_INTEGER interval;
    NTSTATUS status = mm_copy_in(&interval, user_interval, sizeof interval, mode);
    return NT_SUCCESS(status) ? KeDelayExecutionThread(mode, alertable, &interval) : status;
}

NTSTATUS NTAPI NtYieldExecution(void)
{
    hal_yield();
    return STATUS_SUCCESS;
}

// Whether user APCs wait for the thread; the gate delivers them.
NTSTATUS NTAPI NtTestAlert(void)
{
    struct _KTHREAD *thread = ke_current_thread();
    ke_lock_dispatcher();
    NTSTATUS status = ke_test_alert(thread, UserMode, TRUE);
    ke_unlock_dispatcher();
    return status;
}
