// conformance-atfault.sys: breaks the rules of completing requests, for want of a driver that does it by mistake.
//
// What stops a machine happens in a thread of its own each time: the next thread still runs. For applications the driver
// is stopped from the first one on, and is unloaded without its DriverUnload. A request that was
// at fault is not touched again, and its memory is left as it is.

#include <wdm.h>
#include "atfault.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchRead, DispatchControl, DispatchInternal;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostAtFault");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostAtFault");

static DEVICE_OBJECT *Device;
static ULONG NextRead; // an IOCTL_ATFAULT_...

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

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, "ABCD", ATFAULT_BYTES);
    if (NextRead == IOCTL_ATFAULT_TOO_MUCH)
        return Complete(irp, STATUS_SUCCESS, 100 * ATFAULT_BYTES);
    if (NextRead == IOCTL_ATFAULT_UNMARKED)
        Complete(irp, STATUS_SUCCESS, ATFAULT_BYTES);
    return STATUS_PENDING;
}

// ---- fact 19 ------------------------------------------------------------------------------------------------------

static NTSTATUS NTAPI KeepIrp(DEVICE_OBJECT *device, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static IRP *MakeIrp(void)
{
    IRP *irp = IoAllocateIrp(1, FALSE);

    if (irp) {
        IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
        IoSetCompletionRoutine(irp, KeepIrp, NULL, TRUE, TRUE, TRUE);
        IoSetNextIrpStackLocation(irp);
    }
    return irp;
}

// As a request stands that has gone up all its locations and has been ended. To touch a real one would be a second fault.
static void StandAsCompleted(IRP *irp)
{
    irp->CurrentLocation = irp->StackCount + 2;
}

static void CompleteTwice(IRP *irp)
{
    StandAsCompleted(irp);
    Complete(irp, STATUS_SUCCESS, 0);
}

static void CompletePending(IRP *irp)
{
    Complete(irp, STATUS_PENDING, 0);
}

static void CompleteMinusOne(IRP *irp)
{
    Complete(irp, (NTSTATUS)0xFFFFFFFF, 0);
}

static void NTAPI CancelNothing(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
}

static void CompleteCancellable(IRP *irp)
{
    IoSetCancelRoutine(irp, CancelNothing);
    Complete(irp, STATUS_SUCCESS, 0);
}

static void CompleteAboveDispatch(IRP *irp)
{
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL + 1, &irql);
    Complete(irp, STATUS_SUCCESS, 0);
    KeLowerIrql(irql);
}

// The one location is in use.
static void CallWithoutLocation(IRP *irp)
{
    IoCallDriver(Device, irp);
}

static void CancelCompleted(IRP *irp)
{
    StandAsCompleted(irp);
    IoSetCancelRoutine(irp, CancelNothing);
    IoCancelIrp(irp);
}

static const struct rule {
    const char *name;
    void (*breaks)(IRP *irp);
} Rules[] = {
    {"completed twice", CompleteTwice},
    {"completed with STATUS_PENDING", CompletePending},
    {"completed with -1", CompleteMinusOne},
    {"completed with its cancel routine set", CompleteCancellable},
    {"completed above DISPATCH_LEVEL", CompleteAboveDispatch},
    {"sent on without a stack location", CallWithoutLocation},
    {"cancelled after it was completed", CancelCompleted},
};

static void NTAPI Break(void *context)
{
    const struct rule *rule = context;
    IRP *irp = MakeIrp();

    DbgPrint("fact 19: %s\n", rule->name);
    if (irp)
        rule->breaks(irp);
    DbgPrint("fact 19: %s: nothing stopped it\n", rule->name);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS BreakRule(const struct rule *rule)
{
    HANDLE handle;
    void *thread;
    NTSTATUS status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Break, (struct rule *)rule);

    if (!NT_SUCCESS(status))
        return status;
    status = ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &thread, NULL);
    if (NT_SUCCESS(status)) {
        KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(thread);
    }
    ZwClose(handle);
    return status;
}

static NTSTATUS BreakRules(void)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (ULONG i = 0; i < RTL_NUMBER_OF(Rules) && NT_SUCCESS(status); i++)
        status = BreakRule(&Rules[i]);
    return status;
}

static NTSTATUS DispatchInternal(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    ULONG code = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode;
    KIRQL irql;

    UNREFERENCED_PARAMETER(device);
    switch (code) {
    case IOCTL_ATFAULT_TOO_MUCH:
    case IOCTL_ATFAULT_UNMARKED:
    case IOCTL_ATFAULT_DROPPED:
        NextRead = code;
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_ATFAULT_STOPS:
        return Complete(irp, BreakRules(), 0);
    case IOCTL_ATFAULT_LEVEL:
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        return Complete(irp, STATUS_SUCCESS, 0);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(Device);
        return status;
    }
    Device->Flags |= DO_BUFFERED_IO;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = DispatchInternal;
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
