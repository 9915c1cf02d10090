// LySharkDriver: a device that an application reads and writes.
//
//     CreateFile("\\\\.\\LySharkDriver")  ->  DispatchCreate
//     ReadFile                            ->  DispatchRead     "hello lyshark", at most as many bytes as
//     asked for WriteFile                           ->  DispatchWrite    prints what came CloseHandle ->
//     DispatchCleanup, DispatchClose
//
// The device uses buffered I/O: the I/O manager gives each request a buffer in kernel memory (SystemBuffer),
// copies written bytes into it before the driver sees the request, and copies read bytes out of it after the
// driver has completed the request. The device is exclusive: while one handle is open, a second open is
// refused.
//
// The debug messages are UTF-8 and are those of the article this driver follows; docs/tutorial.md compares
// the two.

#include <wdm.h>

#define DEVICE_NAME L"\\Device\\LySharkDriver"
#define LINK_NAME   L"\\??\\LySharkDriver"

// DbgPrint passes on at most 512 bytes of a line; this much of it may be data that an application wrote.
#define DATA_SHOWN 400

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreate, DispatchClose, DispatchCleanup, DispatchRead, DispatchWrite, DispatchDefault;

static const char Greeting[] = "hello lyshark"; // what a reader gets, without the terminating zero

// Finishes a request. The I/O manager may free the IRP at once, so nobody may look at it afterwards: the
// status is returned from the parameter, never read back from the IRP.
static NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchCreate(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("派遣函数 IRP_MJ_CREATE 执行 \n");
    return Complete(irp, STATUS_SUCCESS, 0);
}

// The last handle is gone; requests may still be on their way. This driver keeps none, so nothing is to be
// cancelled.
static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("派遣函数 IRP_MJ_CLOSE 执行 \n");
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG wanted = stack->Parameters.Read.Length; // bytes; 0 is legal, and then there is no SystemBuffer
    ULONG given = min(wanted, (ULONG)sizeof Greeting - 1);

    UNREFERENCED_PARAMETER(device);
    DbgPrint("读取长度: %lu \n", wanted);
    if (given > 0)
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, Greeting, given);

    // Information is what the I/O manager copies out: never more than was written into the buffer above.
    return Complete(irp, STATUS_SUCCESS, given);
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG length = stack->Parameters.Write.Length; // bytes; 0 is legal, and then there is no SystemBuffer
    const char *data = length > 0 ? irp->AssociatedIrp.SystemBuffer : "";

    // The bytes end where Length says; nobody promised a terminating zero. "%.*s" reads no further than its
    // count.
    UNREFERENCED_PARAMETER(device);
    DbgPrint("传入长度: %lu 传入数据: %.*s \n", length, (int)min(length, DATA_SHOWN), data);
    return Complete(irp, STATUS_SUCCESS, length);
}

// Every request this driver has no meaning for.
static NTSTATUS DispatchDefault(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
}

// Undoes CreateDevice in reverse order: first nobody can find the device by its link, then the device goes.
static void Unload(DRIVER_OBJECT *driver)
{
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);
    NTSTATUS status = IoDeleteSymbolicLink(&link);

    if (!NT_SUCCESS(status))
        DbgPrint("IoDeleteSymbolicLink: 0x%08lX \n", status);
    if (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
    DbgPrint("驱动卸载完毕...\n");
}

// The device, and the name by which applications find it. The I/O manager clears DO_DEVICE_INITIALIZING when
// DriverEntry has succeeded, so no application comes in before the dispatch routines are set.
__declspec(code_seg("INIT")) static NTSTATUS CreateDevice(DRIVER_OBJECT *driver)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(DEVICE_NAME);
    UNICODE_STRING link = RTL_CONSTANT_STRING(LINK_NAME);
    DEVICE_OBJECT *device;

    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, TRUE, &device);
    if (!NT_SUCCESS(status)) {
        DbgPrint("IoCreateDevice: 0x%08lX \n", status);
        return status;
    }
    device->Flags |= DO_BUFFERED_IO;

    status = IoCreateSymbolicLink(&link, &name);
    if (!NT_SUCCESS(status)) {
        DbgPrint("IoCreateSymbolicLink: 0x%08lX \n", status);
        IoDeleteDevice(device);
    }
    return status;
}

// INIT is discarded when this has returned; nothing that runs later may stand in it.
__declspec(code_seg("INIT")) NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("hello lyshark \n");

    NTSTATUS status = CreateDevice(driver);
    if (!NT_SUCCESS(status))
        return status; // a driver that does not start is not unloaded: CreateDevice has left nothing behind

    // All 28 slots, 0 to IRP_MJ_MAXIMUM_FUNCTION, get the default; then those that mean something here.
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        DbgPrint("初始化派遣: %lu \n", i);
        driver->MajorFunction[i] = DispatchDefault;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchCreate;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    driver->DriverUnload = Unload;

    DbgPrint("驱动加载完成...\n");
    return STATUS_SUCCESS;
}
