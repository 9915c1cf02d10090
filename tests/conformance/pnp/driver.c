// conformance-pnp.sys: the life of a root device, from AddDevice to IRP_MN_REMOVE_DEVICE, with an interface by which
// applications find it.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/starting-a-device-in-a-function-driver
// https://learn.microsoft.com/windows-hardware/drivers/kernel/removing-a-device-in-a-function-driver
#include <ntddk.h>

#include "pnp.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_ADD_DEVICE AddDevice;
static DRIVER_DISPATCH DispatchOpen, DispatchControl, DispatchPnp, DispatchDown;

static const GUID InterfaceClass = {0x6b1d3b52, 0x7c11, 0x4c3a, {0x9d, 0x55, 0x0a, 0x1f, 0x60, 0xe3, 0xc9, 0xa1}};
static const GUID OtherClass = {0x6b1d3b53, 0x7c11, 0x4c3a, {0x9d, 0x55, 0x0a, 0x1f, 0x60, 0xe3, 0xc9, 0xa1}};
static const GUID Arrival = {0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

struct extension {
    DEVICE_OBJECT *physical, *below;
    UNICODE_STRING name;
};

static PVOID Notification;

static void Check(const char *what, NTSTATUS got, NTSTATUS expected)
{
    if (got == expected)
        DbgPrint("%s: ok\n", what);
    else
        DbgPrint("%s: %08lX, not %08lX\n", what, got, expected);
}

// ---- properties -------------------------------------------------------------------------------------------------

static void ShowText(DEVICE_OBJECT *physical, DEVICE_REGISTRY_PROPERTY property, const char *what)
{
    WCHAR text[128];
    ULONG length = 0;
    NTSTATUS status = IoGetDeviceProperty(physical, property, sizeof text, text, &length);
    if (NT_SUCCESS(status))
        DbgPrint("%s: %ws (%lu bytes)\n", what, text, length);
    else
        DbgPrint("%s: %08lX\n", what, status);
}

static void ShowProperties(DEVICE_OBJECT *physical)
{
    ULONG number = 99, length = 0;
    WCHAR name[64];
    ShowText(physical, DevicePropertyDeviceDescription, "description");
    ShowText(physical, DevicePropertyHardwareID, "hardware ID");
    ShowText(physical, DevicePropertyClassName, "class");
    ShowText(physical, DevicePropertyClassGuid, "class GUID");
    ShowText(physical, DevicePropertyEnumeratorName, "enumerator");
    Check("device object's name",
          IoGetDeviceProperty(physical, DevicePropertyPhysicalDeviceObjectName, sizeof name, name, &length),
          STATUS_SUCCESS);
    Check("begins with \\Device\\", wcsncmp(name, L"\\Device\\", 8), 0);
    Check("install state", IoGetDeviceProperty(physical, DevicePropertyInstallState, sizeof number, &number, &length),
          STATUS_SUCCESS);
    Check("installed", (NTSTATUS)number, 0);
    Check("a buffer too small", IoGetDeviceProperty(physical, DevicePropertyEnumeratorName, 0, NULL, &length),
          STATUS_BUFFER_TOO_SMALL);
    Check("what it takes", (NTSTATUS)length, 10);
    Check("no bus", IoGetDeviceProperty(physical, DevicePropertyBusNumber, sizeof number, &number, &length),
          STATUS_OBJECT_NAME_NOT_FOUND);
    Check("no such property", IoGetDeviceProperty(physical, 0x7f, sizeof number, &number, &length),
          STATUS_INVALID_PARAMETER_2);
}

static void UseKey(DEVICE_OBJECT *physical, ULONG type, const char *what)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"Number");
    UCHAR buffer[64];
    ULONG number = 42, length;
    HANDLE key;
    Check(what, IoOpenDeviceRegistryKey(physical, type, KEY_ALL_ACCESS, &key), STATUS_SUCCESS);
    Check("set", ZwSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    ZwClose(key);
    IoOpenDeviceRegistryKey(physical, type, KEY_READ, &key);
    Check("is there", ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof buffer, &length),
          STATUS_SUCCESS);
    ZwClose(key);
}

// ---- interfaces -------------------------------------------------------------------------------------------------

static NTSTATUS NTAPI Notify(PVOID structure, PVOID context)
{
    DEVICE_INTERFACE_CHANGE_NOTIFICATION *change = structure;
    UNREFERENCED_PARAMETER(context);
    DbgPrint("notification: %s %wZ\n", IsEqualGUID(&change->Event, &Arrival) ? "arrival" : "removal",
             change->SymbolicLinkName);
    return STATUS_SUCCESS;
}

static void ShowInterfaces(const GUID *class, DEVICE_OBJECT *physical, ULONG flags, const char *what)
{
    WCHAR *list = NULL;
    unsigned count = 0;
    NTSTATUS status = IoGetDeviceInterfaces(class, physical, flags, (PVOID)&list);
    if (!NT_SUCCESS(status)) {
        DbgPrint("%s: %08lX\n", what, status);
        return;
    }
    for (WCHAR *at = list; *at; at += wcslen(at) + 1)
        count++;
    DbgPrint("%s: %u\n", what, count);
    ExFreePool(list);
}

static void RegisterInterfaces(struct extension *extension, DEVICE_OBJECT *device)
{
    UNICODE_STRING reference = RTL_CONSTANT_STRING(L"reference"), wrong = RTL_CONSTANT_STRING(L"a\\b"), other, alias;
    HANDLE key;
    DEVICE_OBJECT *physical = extension->physical;
    Check("register", IoRegisterDeviceInterface(physical, &InterfaceClass, NULL, &extension->name), STATUS_SUCCESS);
    DbgPrint("%wZ\n", &extension->name);
    Check("a separator", IoRegisterDeviceInterface(physical, &InterfaceClass, &wrong, &other),
          STATUS_INVALID_DEVICE_REQUEST);
    Check("another device", IoRegisterDeviceInterface(device, &InterfaceClass, NULL, &other),
          STATUS_INVALID_DEVICE_REQUEST);
    Check("with a reference", IoRegisterDeviceInterface(physical, &InterfaceClass, &reference, &other), STATUS_SUCCESS);
    DbgPrint("%wZ\n", &other);
    RtlFreeUnicodeString(&other);
    Check("no alias", IoGetDeviceInterfaceAlias(&extension->name, &OtherClass, &alias), STATUS_OBJECT_NAME_NOT_FOUND);
    Check("another class", IoRegisterDeviceInterface(physical, &OtherClass, NULL, &other), STATUS_SUCCESS);
    Check("an alias", IoGetDeviceInterfaceAlias(&extension->name, &OtherClass, &alias), STATUS_SUCCESS);
    Check("is that", RtlEqualUnicodeString(&other, &alias, FALSE), TRUE);
    RtlFreeUnicodeString(&alias);
    RtlFreeUnicodeString(&other);
    Check("interface's key", IoOpenDeviceInterfaceRegistryKey(&extension->name, KEY_READ, &key), STATUS_SUCCESS);
    ZwClose(key);
    Check("not enabled", IoSetDeviceInterfaceState(&extension->name, FALSE), STATUS_OBJECT_NAME_NOT_FOUND);
    ShowInterfaces(&InterfaceClass, NULL, 0, "enabled interfaces");
    ShowInterfaces(&InterfaceClass, physical, DEVICE_INTERFACE_INCLUDE_NONACTIVE, "registered interfaces");
}

// ---- the device -------------------------------------------------------------------------------------------------

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS AddDevice(DRIVER_OBJECT *driver, DEVICE_OBJECT *physical)
{
    DEVICE_OBJECT *device;
    struct extension *extension;
    HANDLE key;
    DbgPrint("add device\n");
    NTSTATUS status = IoCreateDevice(driver, sizeof *extension, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    extension = device->DeviceExtension;
    extension->physical = physical;
    extension->below = IoAttachDeviceToDeviceStack(device, physical);
    Check("attached to the physical device", extension->below == physical, TRUE);
    ShowProperties(physical);
    Check("no physical device", IoOpenDeviceRegistryKey(device, PLUGPLAY_REGKEY_DEVICE, KEY_READ, &key),
          STATUS_INVALID_DEVICE_REQUEST);
    UseKey(physical, PLUGPLAY_REGKEY_DEVICE, "device key");
    UseKey(physical, PLUGPLAY_REGKEY_DRIVER, "driver key");
    RegisterInterfaces(extension, device);
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Started(DEVICE_OBJECT *device, IRP *irp, PVOID event)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The devices below start first.
static NTSTATUS SendDownAndWait(DEVICE_OBJECT *below, IRP *irp)
{
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoCopyCurrentIrpStackLocationToNext(irp);
    IoSetCompletionRoutine(irp, Started, &event, TRUE, TRUE, TRUE);
    if (IoCallDriver(below, irp) == STATUS_PENDING)
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    return irp->IoStatus.Status;
}

static NTSTATUS Start(struct extension *extension, IRP *irp)
{
    NTSTATUS status = SendDownAndWait(extension->below, irp);
    Check("start", status, STATUS_SUCCESS);
    if (NT_SUCCESS(status)) {
        Check("enable", IoSetDeviceInterfaceState(&extension->name, TRUE), STATUS_SUCCESS);
        Check("again", IoSetDeviceInterfaceState(&extension->name, TRUE), STATUS_OBJECT_NAME_EXISTS);
        ShowInterfaces(&InterfaceClass, NULL, 0, "enabled interfaces");
    }
    return Complete(irp, status, irp->IoStatus.Information);
}

static NTSTATUS Remove(DEVICE_OBJECT *device, struct extension *extension, IRP *irp)
{
    DbgPrint("remove\n");
    Check("disable", IoSetDeviceInterfaceState(&extension->name, FALSE), STATUS_SUCCESS);
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(irp);
    NTSTATUS status = IoCallDriver(extension->below, irp);
    RtlFreeUnicodeString(&extension->name);
    IoDetachDevice(extension->below);
    IoDeleteDevice(device);
    return status;
}

static NTSTATUS DispatchPnp(DEVICE_OBJECT *device, IRP *irp)
{
    struct extension *extension = device->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE:
        return Start(extension, irp);
    case IRP_MN_REMOVE_DEVICE:
        return Remove(device, extension, irp);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        DbgPrint("query remove\n");
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    default:
        break;
    }
    return DispatchDown(device, irp);
}

static NTSTATUS DispatchDown(DEVICE_OBJECT *device, IRP *irp)
{
    struct extension *extension = device->DeviceExtension;
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(extension->below, irp);
}

// What follows the interface's name; never NULL.
static const UNICODE_STRING *NameOf(FILE_OBJECT *file)
{
    static const UNICODE_STRING nothing = RTL_CONSTANT_STRING(L"");
    return file->FileName.Length ? &file->FileName : &nothing;
}

static NTSTATUS DispatchOpen(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    UNREFERENCED_PARAMETER(device);
    if (stack->MajorFunction == IRP_MJ_CREATE)
        DbgPrint("opened: \"%wZ\"\n", NameOf(stack->FileObject));
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS GiveName(const UNICODE_STRING *name, IRP *irp)
{
    ULONG room = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    if (room < name->Length)
        return Complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, name->Buffer, name->Length);
    return Complete(irp, STATUS_SUCCESS, name->Length);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    struct extension *extension = device->DeviceExtension;
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_NAME:
        return GiveName(&extension->name, irp);
    case IOCTL_DISABLE:
        return Complete(irp, IoSetDeviceInterfaceState(&extension->name, FALSE), 0);
    case IOCTL_ENABLE:
        return Complete(irp, IoSetDeviceInterfaceState(&extension->name, TRUE), 0);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoUnregisterPlugPlayNotification(Notification);
    Check("no device left", driver->DeviceObject == NULL, TRUE);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverExtension->AddDevice = AddDevice;
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_PNP] = DispatchPnp;
    driver->MajorFunction[IRP_MJ_POWER] = DispatchDown;
    driver->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = DispatchDown;
    return IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange,
                                          PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                                          (PVOID)&InterfaceClass, driver, Notify, NULL, &Notification);
}
