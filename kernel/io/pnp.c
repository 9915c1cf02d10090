// Plug and play: there is no enumerator, so no device object is one of its physical device objects. Routines on those refuse
// as Windows does for a device object of another kind; notifications can be registered, and nothing ever comes.
//
// wdm/nf-wdm-ioregisterdeviceinterface, -iosetdeviceinterfacestate, -iogetdeviceinterfaces, -iogetdeviceproperty,
// -ioopendeviceregistrykey, -ioregisterplugplaynotification, -ioinvalidatedevicerelations, -ioinvalidatedevicestate.
#include "dbg/dbg.h"
#include "io/io.h"

#define NO_PHYSICAL_DEVICE "no physical device objects here: nothing enumerates devices (STATUS_INVALID_DEVICE_REQUEST)"

NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT device, const GUID *interface_class, PUNICODE_STRING reference,
                                         PUNICODE_STRING link)
{
    (void)device, (void)interface_class, (void)reference;
    DBG_REFUSED(NO_PHYSICAL_DEVICE);
    *link = (UNICODE_STRING){0};
    return STATUS_INVALID_DEVICE_REQUEST;
}

// No interface has been registered that could have this name.
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING link, BOOLEAN enable)
{
    (void)link, (void)enable;
    DBG_REFUSED("no device interface is registered (STATUS_OBJECT_NAME_NOT_FOUND)");
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

// An empty list: one terminator, in pool.
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *interface_class, PDEVICE_OBJECT device, ULONG flags, PZPWSTR *list)
{
    (void)interface_class, (void)device, (void)flags;
    WCHAR *empty = ex_allocate_zeroed(sizeof *empty, EX_TAG('I', 'o', 'P', 'n'));
    *list = (PZPWSTR)empty;
    return empty ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT device, DEVICE_REGISTRY_PROPERTY property, ULONG length, PVOID buffer,
                                   PULONG result_length)
{
    (void)device, (void)property, (void)length, (void)buffer;
    DBG_REFUSED(NO_PHYSICAL_DEVICE);
    *result_length = 0;
    return STATUS_INVALID_DEVICE_REQUEST;
}

NTSTATUS NTAPI IoOpenDeviceRegistryKey(PDEVICE_OBJECT device, ULONG type, ACCESS_MASK access, PHANDLE key)
{
    (void)device, (void)type, (void)access;
    DBG_REFUSED(NO_PHYSICAL_DEVICE);
    *key = NULL;
    return STATUS_INVALID_DEVICE_REQUEST;
}

// Something to be ended by: the driver, referenced, as long as it is registered.
struct notification {
    PDRIVER_OBJECT driver;
};

// STATUS_INVALID_PARAMETER for a category that is none.
NTSTATUS NTAPI IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, PVOID data,
                                              PDRIVER_OBJECT driver, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                              PVOID context, PVOID *entry)
{
    (void)flags, (void)data, (void)routine, (void)context;
    if (category < EventCategoryHardwareProfileChange || category > EventCategoryTargetDeviceChange)
        return STATUS_INVALID_PARAMETER;
    struct notification *notification = ex_allocate(sizeof *notification, EX_TAG('I', 'o', 'P', 'n'));
    if (!notification)
        return STATUS_INSUFFICIENT_RESOURCES;
    ob_reference(driver);
    notification->driver = driver;
    *entry = notification;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotification(PVOID entry)
{
    struct notification *notification = entry;
    ob_dereference(notification->driver);
    ex_free(notification);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI IoUnregisterPlugPlayNotificationEx(PVOID entry)
{
    return IoUnregisterPlugPlayNotification(entry);
}

VOID NTAPI IoInvalidateDeviceRelations(PDEVICE_OBJECT device, DEVICE_RELATION_TYPE type)
{
    (void)device, (void)type;
    DBG_REFUSED("nothing enumerates devices here");
}

VOID NTAPI IoInvalidateDeviceState(PDEVICE_OBJECT device)
{
    (void)device;
    DBG_REFUSED("nothing enumerates devices here");
}
