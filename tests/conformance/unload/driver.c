// conformance-unload.sys: loading and unloading (facts 45, 46, 48).
//
// What one load tells the next is a symbolic link, because links outlive the driver that made them.

#include <wdm.h>
#include <ddkcompat.h>
#include "unload.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Dispatch;

static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NthostUnload");
static UNICODE_STRING Link = RTL_CONSTANT_STRING(L"\\??\\NthostUnload");
static UNICODE_STRING Sign = RTL_CONSTANT_STRING(L"\\??\\NthostUnloadSign");

static BOOLEAN LeaveLink, FailNext;

static NTSTATUS Dispatch(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG code = stack->Parameters.DeviceIoControl.IoControlCode;

    UNREFERENCED_PARAMETER(device);
    if (stack->MajorFunction == IRP_MJ_DEVICE_CONTROL) {
        LeaveLink |= code == IOCTL_UNLOAD_LEAVE_LINK;
        FailNext |= code == IOCTL_UNLOAD_FAIL_NEXT;
        DbgPrint("control\n");
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void Unload(DRIVER_OBJECT *driver)
{
    if (!LeaveLink)
        IoDeleteSymbolicLink(&Link);
    if (FailNext)
        IoCreateSymbolicLink(&Sign, &Name);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    driver->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Dispatch;
    driver->DriverUnload = Unload;
    if (NT_SUCCESS(IoDeleteSymbolicLink(&Sign))) {
        DbgPrint("fact 45: DriverEntry fails\n");
        return STATUS_DEVICE_NOT_READY;
    }
    NTSTATUS status = IoCreateDevice(driver, 0, &Name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    DbgPrint("fact 48: the link: %08lX\n", IoCreateSymbolicLink(&Link, &Name)); // an old one does as well
    return STATUS_SUCCESS;
}
