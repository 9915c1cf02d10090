// Named events that drivers share with applications. wdm/nf-wdm-iocreatenotificationevent: the handle is a kernel
// handle, the event stays valid until it is closed.
#include "io/io.h"

static PKEVENT create(PUNICODE_STRING name, PHANDLE handle, EVENT_TYPE type)
{
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes,
                                    .ObjectName = name,
                                    .Attributes = OBJ_OPENIF | OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE};
    void *event;
    // Signalled when it is new, as documented; an existing one keeps its state.
    if (!NT_SUCCESS(ZwCreateEvent(handle, EVENT_ALL_ACCESS, &attributes, type, TRUE)))
        return NULL;
    if (!NT_SUCCESS(ob_reference_by_handle(*handle, 0, &ob_event_type, KernelMode, &event, NULL))) {
        ZwClose(*handle);
        return NULL;
    }
    ob_dereference(event); // the handle keeps it
    return event;
}

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING name, PHANDLE handle)
{
    return create(name, handle, NotificationEvent);
}

PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING name, PHANDLE handle)
{
    return create(name, handle, SynchronizationEvent);
}
