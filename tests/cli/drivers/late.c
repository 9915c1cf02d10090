// A driver that is late: a request is answered three seconds after it came, whatever has become of its requester, and is
// never cancelled. It writes to the requester's locked buffer then, as it may.
#include <wdm.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Succeed, Control;
static KDEFERRED_ROUTINE Answer;

static UNICODE_STRING Device = RTL_CONSTANT_STRING(L"\\Device\\Late"), Link = RTL_CONSTANT_STRING(L"\\??\\Late");
static KTIMER Timer;
static KDPC Dpc;
static IRP *Waiting;

static NTSTATUS Succeed(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void Answer(KDPC *dpc, void *context, void *argument1, void *argument2)
{
    IRP *irp = InterlockedExchangePointer((void **)&Waiting, NULL);
    ULONG length = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.OutputBufferLength;
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    RtlFillMemory(MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority), length, 0x55);
    DbgPrint("late: answered\n");
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = length;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static NTSTATUS Control(DEVICE_OBJECT *device, IRP *irp)
{
    LARGE_INTEGER later = {.QuadPart = -30000000}; // 3 s
    if (!irp->MdlAddress || InterlockedCompareExchangePointer((void **)&Waiting, irp, NULL) != NULL)
        return Succeed(device, irp);
    IoMarkIrpPending(irp);
    KeSetTimer(&Timer, later, &Dpc);
    return STATUS_PENDING;
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = driver->MajorFunction[IRP_MJ_CLOSE] = Succeed;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Control;
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, Answer, NULL);
    NTSTATUS status = IoCreateDevice(driver, 0, &Device, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (NT_SUCCESS(status))
        status = IoCreateSymbolicLink(&Link, &Device);
    return status;
}
