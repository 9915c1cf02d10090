// A driver that is stopped on request: what is written to \\.\NthostStops says how.
//
//     b   KeBugCheckEx          k   KeBugCheck
//     u   reads a user address where nothing is            g   the same within __try: the status is the writer's
//     n   writes to a kernel address where nothing is, within __try, which is no help
//     l   completes a request twice
#include <ntddk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpen, DispatchWrite;

static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NthostStops"),
                      Link = RTL_CONSTANT_STRING(L"\\??\\NthostStops");

static __declspec(noinline) ULONG ReadUserAddress(void)
{
    return *(volatile ULONG *)(ULONG_PTR)0x10;
}

static __declspec(noinline) void WriteFreedPool(void)
{
    *(volatile ULONG *)(ULONG_PTR)0xFFFF800000001000 = 1;
}

static NTSTATUS Guarded(void (*routine)(void))
{
    __try {
        routine();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void ReadGuarded(void)
{
    ReadUserAddress();
}

static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpen(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length;
    const char *how = irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(device);
    DbgPrint("stops: %c\n", length ? *how : '-');
    switch (length ? *how : 0) {
    case 'b':
        KeBugCheckEx(MANUALLY_INITIATED_CRASH, 0x11, 0x22, 0x33, 0x44);
    case 'k':
        KeBugCheck(0xE2);
    case 'u':
        ReadUserAddress();
        break;
    case 'g':
        return Complete(irp, Guarded(ReadGuarded), 0);
    case 'n':
        return Complete(irp, Guarded(WriteFreedPool), 0);
    case 'l':
        Complete(irp, STATUS_SUCCESS, 0);
        break;
    default:
        break;
    }
    return Complete(irp, STATUS_SUCCESS, length);
}

static void Unload(DRIVER_OBJECT *driver)
{
    DbgPrint("stops: unload\n");
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpen;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    NTSTATUS status = IoCreateDevice(driver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    device->Flags |= DO_BUFFERED_IO;
    status = IoCreateSymbolicLink(&Link, &Name);
    if (!NT_SUCCESS(status))
        IoDeleteDevice(device);
    return status;
}
