// conformance-events.sys: events shared by driver and application.
//
//     Global\NthostNotification, Global\NthostSynchronization   made by the driver, opened by the application
//     handles in control codes                                  made by the application, referenced by the
//     driver

#include <ntddk.h>
#include <ddkcompat.h>
#include "events.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchControl;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostEvents");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostEvents");
static UNICODE_STRING NotificationName = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\NthostNotification");
static UNICODE_STRING SynchronizationName = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\NthostSynchronization");

static KEVENT *Notification, *Synchronization;
static HANDLE NotificationHandle, SynchronizationHandle;
static KEVENT *Kept;

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

// The caller's handle is looked up in the caller's process, with the caller's rights.
static NTSTATUS Reference(IRP *irp, KEVENT **event)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG64 handle;

    if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof handle)
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&handle, irp->AssociatedIrp.SystemBuffer, sizeof handle);
    return ObReferenceObjectByHandle((HANDLE)(ULONG_PTR)handle, EVENT_MODIFY_STATE, *ExEventObjectType,
                                     irp->RequestorMode, (void **)event, NULL);
}

static NTSTATUS Signal(IRP *irp)
{
    KEVENT *event;
    NTSTATUS status = Reference(irp, &event);

    if (NT_SUCCESS(status)) {
        DbgPrint("the application's event was set before: %d\n", KeSetEvent(event, IO_NO_INCREMENT, FALSE) != 0);
        ObDereferenceObject(event);
    }
    return status;
}

static NTSTATUS Wait(IRP *irp)
{
    LARGE_INTEGER timeout = {.QuadPart = -50 * 10000};
    KEVENT *event;
    NTSTATUS status = Reference(irp, &event);

    if (!NT_SUCCESS(status))
        return status;
    status = KeWaitForSingleObject(event, Executive, KernelMode, FALSE, &timeout);
    DbgPrint("the wait returned %08lX\n", status);
    ObDereferenceObject(event);
    return STATUS_SUCCESS;
}

static void LetGo(void)
{
    if (!Kept)
        return;
    KeSetEvent(Kept, IO_NO_INCREMENT, FALSE);
    ObDereferenceObject(Kept);
    Kept = NULL;
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_EVENTS_SET:
        KeSetEvent(Notification, IO_NO_INCREMENT, FALSE);
        KeSetEvent(Synchronization, IO_NO_INCREMENT, FALSE);
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_EVENTS_CLEAR:
        KeClearEvent(Notification);
        KeClearEvent(Synchronization);
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_EVENTS_SIGNAL:
        return Complete(irp, Signal(irp), 0);
    case IOCTL_EVENTS_KEEP:
        return Complete(irp, Reference(irp, &Kept), 0);
    case IOCTL_EVENTS_WAIT:
        return Complete(irp, Wait(irp), 0);
    case IOCTL_EVENTS_LET_GO:
        LetGo();
        return Complete(irp, STATUS_SUCCESS, 0);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    LetGo();
    if (Synchronization)
        ZwClose(SynchronizationHandle);
    if (Notification)
        ZwClose(NotificationHandle);
    IoDeleteSymbolicLink(&LinkName);
    if (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

// Both begin as set. Asking again for the same name gives the same event.
static void MakeEvents(void)
{
    HANDLE handle;

    Notification = IoCreateNotificationEvent(&NotificationName, &NotificationHandle);
    Synchronization = IoCreateSynchronizationEvent(&SynchronizationName, &SynchronizationHandle);
    if (!Notification || !Synchronization)
        return;
    DbgPrint("set: %d %d\n", KeReadStateEvent(Notification) != 0, KeReadStateEvent(Synchronization) != 0);
    KeClearEvent(Notification);
    KEVENT *again = IoCreateNotificationEvent(&NotificationName, &handle);
    DbgPrint("asked again: the same event %d, set %d\n", again == Notification, KeReadStateEvent(Notification) != 0);
    if (again)
        ZwClose(handle);
    KeClearEvent(Synchronization);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status =
        IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    MakeEvents();
    status =
        Notification && Synchronization ? IoCreateSymbolicLink(&LinkName, &DeviceName) : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        Unload(driver);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
