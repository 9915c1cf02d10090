// Who is told when device interfaces come and go. Hardware profiles and target devices do not change here: who registers for
// those never hears anything.
//
// Callbacks run at PASSIVE_LEVEL in the thread that caused the event, which holds the plug-and-play lock; unregistering waits
// for it, so that none runs afterwards. A callback may unregister itself.
//
// wdm/nf-wdm-ioregisterplugplaynotification, -iounregisterplugplaynotification, -iounregisterplugplaynotificationex;
// wdm/ns-wdm-_device_interface_change_notification.
#include "io/pnp.h"

struct notification {
    LIST_ENTRY link;
    PDRIVER_OBJECT driver; // referenced
    IO_NOTIFICATION_EVENT_CATEGORY category;
    GUID class; // of interfaces
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine;
    PVOID context;
    bool removed; // freed when no callback runs any more
};

static LIST_ENTRY notifications; // under the lock
static unsigned running;         // callbacks, one within another

void io_init_notifications(void)
{
    InitializeListHead(&notifications);
    running = 0;
}

static void free_removed(void)
{
    for (LIST_ENTRY *at = notifications.Flink, *next = at->Flink; at != &notifications; at = next, next = at->Flink) {
        struct notification *notification = CONTAINING_RECORD(at, struct notification, link);
        if (!notification->removed)
            continue;
        RemoveEntryList(at);
        ob_dereference(notification->driver);
        ex_free(notification);
    }
}

// A bugcheck in it stops the driver that registered it.
__attribute__((noinline)) static void call(struct notification *notification, const GUID *class, PUNICODE_STRING name,
                                           bool arrived)
{
    static const GUID arrival = {0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
    static const GUID removal = {0xcb3a4005, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
    DEVICE_INTERFACE_CHANGE_NOTIFICATION event = {.Version = 1,
                                                  .Size = sizeof event,
                                                  .Event = arrived ? arrival : removal,
                                                  .InterfaceClassGuid = *class,
                                                  .SymbolicLinkName = name};
    struct ke_recovery recovery = {.what = "a plug-and-play notification"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        notification->routine(&event, notification->context);
    else
        io_mark_failed(CONTAINING_RECORD(notification->driver, struct io_driver, object));
    ke_pop_recovery(&recovery);
}

static void call_guarded(struct notification *notification, const GUID *class, PUNICODE_STRING name, bool arrived)
{
    if (notification->removed || CONTAINING_RECORD(notification->driver, struct io_driver, object)->failed)
        return;
    running++;
    call(notification, class, name, arrived);
    if (--running == 0)
        free_removed();
}

void io_notify_interface(const GUID *class, PUNICODE_STRING name, bool arrived)
{
    running++; // the list stays as it is, but for its end
    for (LIST_ENTRY *at = notifications.Flink; at != &notifications; at = at->Flink) {
        struct notification *notification = CONTAINING_RECORD(at, struct notification, link);
        if (notification->category == EventCategoryDeviceInterfaceChange && io_same_class(&notification->class, class))
            call_guarded(notification, class, name, arrived);
    }
    if (--running == 0)
        free_removed();
}

static void tell_existing(PUNICODE_STRING name, void *context)
{
    struct notification *notification = context;
    call_guarded(notification, &notification->class, name, true);
}

// data is the class of EventCategoryDeviceInterfaceChange; with PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES the
// routine is called for those there are before it returns. STATUS_INVALID_PARAMETER for a category that is none and for
// interfaces of no class. PASSIVE_LEVEL. wdm/nf-wdm-ioregisterplugplaynotification.
NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, PVOID data,
                                              PDRIVER_OBJECT driver, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                              PVOID context, PVOID *entry)
{
    bool interfaces = category == EventCategoryDeviceInterfaceChange;
    if (category < EventCategoryHardwareProfileChange || category > EventCategoryTargetDeviceChange ||
        (interfaces && !data))
        return STATUS_INVALID_PARAMETER;
    struct notification *notification = ex_allocate_zeroed(sizeof *notification, IO_PNP_TAG);
    if (!notification)
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(driver);
    *notification =
        (struct notification){.driver = driver, .category = category, .routine = routine, .context = context};
    if (interfaces)
        notification->class = *(const GUID *)data;
    io_pnp_lock();
    InsertTailList(&notifications, &notification->link);
    *entry = notification;
    running++;
    if (interfaces && (flags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES))
        io_each_interface(&notification->class, tell_existing, notification);
    if (--running == 0)
        free_removed();
    io_pnp_unlock();
    return STATUS_SUCCESS;
}

// No callback runs when it returns, but one that called it. PASSIVE_LEVEL.
NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID entry)
{
    struct notification *notification = entry;
    io_pnp_lock();
    notification->removed = true;
    if (!running)
        free_removed();
    io_pnp_unlock();
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID entry)
{
    return IoUnregisterPlugPlayNotificationEx(entry);
}
