// Event objects and the services on them. A driver gets at an application's event with ObReferenceObjectByHandle.
#include "ob/ob.h"

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((PKEVENT)object)->Header;
}

struct _OBJECT_TYPE ob_event_type = {
    .name = L"Event",
    .tag = EX_TAG('E', 'v', 'e', 'n'),
    .mapping = {.GenericRead = STANDARD_RIGHTS_READ | EVENT_QUERY_STATE,
                .GenericWrite = STANDARD_RIGHTS_WRITE | EVENT_MODIFY_STATE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE,
                .GenericAll = EVENT_ALL_ACCESS},
    .waitable = waitable,
};

NTSTATUS NTAPI NtCreateEvent(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, EVENT_TYPE type,
                             BOOLEAN state)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *event;
    if (type != NotificationEvent && type != SynchronizationEvent)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_create(&ob_event_type, sizeof(KEVENT), &event);
    if (NT_SUCCESS(status)) {
        KeInitializeEvent(event, type, state);
        status = ob_finish_create(event, &captured, access, mode, handle);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtOpenEvent(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return ob_open(attributes, &ob_event_type, access, handle);
}

static NTSTATUS change(HANDLE handle, PLONG previous, LONG (*act)(PKEVENT event))
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *event;
    NTSTATUS status = ob_reference_by_handle(handle, EVENT_MODIFY_STATE, &ob_event_type, mode, &event, NULL);
    if (!NT_SUCCESS(status))
        return status;
    LONG before = act(event);
    if (previous)
        status = mm_copy_out(previous, &before, sizeof before, mode);
    ob_dereference(event);
    return status;
}

static LONG set(PKEVENT event)
{
    return KeSetEvent(event, 0, FALSE);
}

static LONG reset(PKEVENT event)
{
    return KeResetEvent(event);
}

static LONG pulse(PKEVENT event)
{
    return KePulseEvent(event, 0, FALSE);
}

NTSTATUS NTAPI NtSetEvent(HANDLE handle, PLONG previous)
{
    return change(handle, previous, set);
}

NTSTATUS NTAPI NtResetEvent(HANDLE handle, PLONG previous)
{
    return change(handle, previous, reset);
}

NTSTATUS NTAPI NtClearEvent(HANDLE handle)
{
    return change(handle, NULL, reset);
}

NTSTATUS NTAPI NtPulseEvent(HANDLE handle, PLONG previous)
{
    return change(handle, previous, pulse);
}

NTSTATUS NTAPI NtQueryEvent(HANDLE handle, EVENT_INFORMATION_CLASS information_class, PVOID buffer, ULONG length,
                            PULONG returned)
{
    void *object;
    if (information_class != EventBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    NTSTATUS status =
        ob_reference_by_handle(handle, EVENT_QUERY_STATE, &ob_event_type, ExGetPreviousMode(), &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    PKEVENT event = object;
    EVENT_BASIC_INFORMATION answer = {.EventType = (EVENT_TYPE)(event->Header.Type & 0x7f),
                                      .EventState = KeReadStateEvent(event)};
    ob_dereference(object);
    return ob_deliver(&answer, sizeof answer, buffer, length, returned);
}

POBJECT_TYPE nt_ExEventObjectType_value = &ob_event_type;
