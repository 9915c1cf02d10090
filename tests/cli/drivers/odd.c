// What a viewer of requests must get right beside the ordinary: a control code that a fast I/O routine answers, one whose dispatch
// routine ends in a bugcheck.
#include <wdm.h>

#define DEVICE_NAME L"\\Device\\Odd"
#define LINK_NAME   L"\\??\\Odd"

#define IOCTL_ODD_FAST  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ODD_CRASH CTL_CODE(FILE_DEVICE_UNKNOWN, 0x901, METHOD_BUFFERED, FILE_ANY_ACCESS)

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreateClose, DispatchControl;
static FAST_IO_DEVICE_CONTROL FastControl;
static FAST_IO_DISPATCH FastIo;

static NTSTATUS DispatchCreateClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    KeBugCheckEx(0xE2, 0, 0, 0, 0);
}

static BOOLEAN NTAPI FastControl(FILE_OBJECT *file, BOOLEAN wait, PVOID in, ULONG in_length, PVOID out,
                                 ULONG out_length, ULONG code, IO_STATUS_BLOCK *status, DEVICE_OBJECT *device)
{
    UNREFERENCED_PARAMETER(file);
    UNREFERENCED_PARAMETER(wait);
    UNREFERENCED_PARAMETER(in);
    UNREFERENCED_PARAMETER(in_length);
    UNREFERENCED_PARAMETER(out);
    UNREFERENCED_PARAMETER(out_length);
    UNREFERENCED_PARAMETER(device);
    if (code != IOCTL_ODD_FAST)
        return FALSE;
    status->Status = STATUS_SUCCESS;
    status->Information = 0;
    return TRUE;
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);

    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(driver->DeviceObject);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(DEVICE_NAME), link = RTL_CONSTANT_STRING(LINK_NAME);
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    FastIo.SizeOfFastIoDispatch = sizeof FastIo;
    FastIo.FastIoDeviceControl = FastControl;
    driver->FastIoDispatch = &FastIo;
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_CREATE] = driver->MajorFunction[IRP_MJ_CLOSE] = DispatchCreateClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    return NT_SUCCESS(status) ? IoCreateSymbolicLink(&link, &name) : status;
}
