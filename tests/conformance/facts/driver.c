// conformance-facts.sys: a driver that answers as the application orders, and prints what reaches it.
//
//     \\.\NthostFacts            buffered, shared
//     \\.\NthostFactsExclusive   buffered, exclusive
//
// An order (facts.h) is kept with the file object from its write until the close.

#include <wdm.h>
#include "facts.h"

#define TAG 'tcaF'

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreate, DispatchCleanup, DispatchClose, DispatchRead, DispatchWrite, DispatchControl;

static const struct {
    UNICODE_STRING device, link;
    BOOLEAN exclusive;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\NthostFacts"), RTL_CONSTANT_STRING(L"\\??\\NthostFacts"), FALSE},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostFactsExclusive"), RTL_CONSTANT_STRING(L"\\DosDevices\\NthostFactsExclusive"),
     TRUE},
};

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchCreate(DEVICE_OBJECT *device, IRP *irp)
{
    FILE_OBJECT *file = IoGetCurrentIrpStackLocation(irp)->FileObject;
    UNICODE_STRING nothing = RTL_CONSTANT_STRING(L""); // FileName.Buffer is NULL when there is no name
    struct facts_order *order;

    UNREFERENCED_PARAMETER(device);
    DbgPrint("create \"%wZ\"\n", file->FileName.Length ? &file->FileName : &nothing);
    order = ExAllocatePoolWithTag(NonPagedPool, sizeof *order, TAG);
    if (!order)
        return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(order, sizeof *order);
    file->FsContext = order;
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("cleanup\n");
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("close\n");
    ExFreePoolWithTag(IoGetCurrentIrpStackLocation(irp)->FileObject->FsContext, TAG);
    return Complete(irp, STATUS_SUCCESS, 0);
}

// Fills the whole buffer with ABC..., whatever the order says about the result.
static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const struct facts_order *order = stack->FileObject->FsContext;
    ULONG length = stack->Parameters.Read.Length;
    char *buffer = irp->AssociatedIrp.SystemBuffer;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG information = length;
    BOOLEAN pend = FALSE;

    UNREFERENCED_PARAMETER(device);
    DbgPrint("read %lu bytes, %s, offset %I64d\n", length, buffer ? "a buffer" : "no buffer",
             stack->Parameters.Read.ByteOffset.QuadPart);
    for (ULONG i = 0; i < length; i++)
        buffer[i] = (char)('A' + i % 26);
    if (order->magic == FACTS_MAGIC) {
        status = order->status;
        information = min(order->information, length);
        pend = order->pend != 0;
    }
    if (!pend)
        return Complete(irp, status, information);
    IoMarkIrpPending(irp);
    Complete(irp, status, information);
    return STATUS_PENDING;
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.Write.Length;
    const struct facts_order *order = irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(device);
    if (length == sizeof *order && order->magic == FACTS_MAGIC)
        RtlCopyMemory(stack->FileObject->FsContext, order, sizeof *order);
    else
        DbgPrint("write %lu bytes, %s\n", length, order ? "a buffer" : "no buffer");
    return Complete(irp, STATUS_SUCCESS, length);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG input = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG output = stack->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(device);
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_FACTS_ECHO:
    case IOCTL_FACTS_READ:
    case IOCTL_FACTS_WRITE:
        // Input and output share SystemBuffer: the echo is there already.
        DbgPrint("control %lu in, %lu out, %s\n", input, output,
                 irp->AssociatedIrp.SystemBuffer ? "a buffer" : "no buffer");
        return Complete(irp, STATUS_SUCCESS, min(input, output));
    default:
        DbgPrint("control with an unknown code\n");
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++)
        IoDeleteSymbolicLink((UNICODE_STRING *)&Devices[i].link);
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++) {
        DEVICE_OBJECT *device;
        NTSTATUS status = IoCreateDevice(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN, 0,
                                         Devices[i].exclusive, &device);
        if (NT_SUCCESS(status)) {
            device->Flags |= DO_BUFFERED_IO;
            status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
        }
        if (!NT_SUCCESS(status)) {
            Unload(driver);
            return status;
        }
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchCreate;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    DbgPrint("started\n");
    return STATUS_SUCCESS;
}
