// conformance-matrix.sys: answers as the application orders; the status matrix.
//
//     \\.\NthostMatrix                               takes the orders
//     \\.\NthostMatrixBuffered, Direct, Neither      transfer
//
// One order and at most one pending transfer at a time; the application sees to that.

#include <wdm.h>
#include <ddkcompat.h>
#include "matrix.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreateClose, DispatchCleanup, DispatchRead, DispatchControl;

static const struct {
    UNICODE_STRING device, link;
    ULONG flag;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\NthostMatrix"), RTL_CONSTANT_STRING(L"\\??\\NthostMatrix"), DO_BUFFERED_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostMatrixBuffered"), RTL_CONSTANT_STRING(L"\\??\\NthostMatrixBuffered"),
     DO_BUFFERED_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostMatrixDirect"), RTL_CONSTANT_STRING(L"\\??\\NthostMatrixDirect"),
     DO_DIRECT_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostMatrixNeither"), RTL_CONSTANT_STRING(L"\\??\\NthostMatrixNeither"), 0},
};

static struct matrix_order Order;
static KSPIN_LOCK Lock; // protects Pending
static IRP *Pending;

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

// Takes the pending request; with a file, only a request of that file.
static IRP *TakePending(const FILE_OBJECT *file)
{
    KIRQL irql;

    KeAcquireSpinLock(&Lock, &irql);
    IRP *irp = Pending;
    if (irp && file && IoGetCurrentIrpStackLocation(irp)->FileObject != file)
        irp = NULL;
    if (irp)
        Pending = NULL;
    KeReleaseSpinLock(&Lock, irql);
    return irp;
}

static NTSTATUS DispatchCreateClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    IRP *pending = TakePending(IoGetCurrentIrpStackLocation(irp)->FileObject);

    UNREFERENCED_PARAMETER(device);
    if (pending)
        Complete(pending, STATUS_CANCELLED, 0);
    return Complete(irp, STATUS_SUCCESS, 0);
}

// Fills the buffer and answers. The addresses of the application are good; nothing is checked here.
static NTSTATUS Transfer(IRP *irp, void *buffer, ULONG length)
{
    static const char letters[] = "ABCDE";
    struct matrix_order order = Order;
    KIRQL irql;

    RtlCopyMemory(buffer, letters, min(length, MATRIX_LENGTH));
    switch (order.pend) {
    case MATRIX_AT_ONCE:
        break;
    case MATRIX_MARKED:
        IoMarkIrpPending(irp);
        break;
    default:
        IoMarkIrpPending(irp);
        KeAcquireSpinLock(&Lock, &irql);
        Pending = irp;
        KeReleaseSpinLock(&Lock, irql);
        return STATUS_PENDING;
    }
    Complete(irp, order.status, order.information);
    return order.returned; // which may differ from order.status, and then the driver is at fault
}

static void *MdlAddress(IRP *irp)
{
    return MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority | MdlMappingNoExecute);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;

    if (device->Flags & DO_BUFFERED_IO)
        return Transfer(irp, irp->AssociatedIrp.SystemBuffer, length);
    return Transfer(irp, device->Flags & DO_DIRECT_IO ? MdlAddress(irp) : irp->UserBuffer, length);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.DeviceIoControl.OutputBufferLength;
    IRP *pending;

    UNREFERENCED_PARAMETER(device);
    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_MATRIX_ORDER:
        if (stack->Parameters.DeviceIoControl.InputBufferLength != sizeof Order)
            return Complete(irp, STATUS_INVALID_PARAMETER, 0);
        RtlCopyMemory(&Order, irp->AssociatedIrp.SystemBuffer, sizeof Order);
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_MATRIX_FINISH:
        pending = TakePending(NULL);
        if (!pending)
            return Complete(irp, STATUS_NOT_FOUND, 0);
        Complete(pending, Order.status, Order.information);
        return Complete(irp, STATUS_SUCCESS, 0);
    case IOCTL_MATRIX_BUFFERED:
        return Transfer(irp, irp->AssociatedIrp.SystemBuffer, length);
    case IOCTL_MATRIX_DIRECT:
        return Transfer(irp, MdlAddress(irp), length);
    case IOCTL_MATRIX_NEITHER:
        return Transfer(irp, irp->UserBuffer, length);
    default:
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
    KeInitializeSpinLock(&Lock);
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++) {
        DEVICE_OBJECT *device;
        NTSTATUS status = IoCreateDevice(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN,
                                         FILE_DEVICE_SECURE_OPEN, FALSE, &device);
        if (NT_SUCCESS(status)) {
            device->Flags |= Devices[i].flag;
            status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
        }
        if (!NT_SUCCESS(status)) {
            Unload(driver);
            return status;
        }
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchCreateClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchCreateClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    DbgPrint("started\n");
    return STATUS_SUCCESS;
}
