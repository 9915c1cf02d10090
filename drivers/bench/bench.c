// BenchDriver: as little driver as possible, for measuring what is around it.
//
//     \\.\BenchDriver     buffered: a read returns "hello", cut to the length asked for, a write takes everything,
//                       a control with METHOD_BUFFERED answers its input; with IOCTL_BENCH_RAISE_LOWER IRQL goes up and
//                       down as often as the input (a ULONG) says
//     \\.\BenchBuffered   buffered: a read fills the buffer from a block of 1 MiB, which begins with "hello"
//     \\.\BenchDirect     direct: the same
//
// Nothing is printed.

#include <wdm.h>

#define BLOCK_SIZE 0x100000
#define TAG        'hcnB'

#define IOCTL_BENCH_RAISE_LOWER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchRead, DispatchWrite, DispatchControl;

static const char Greeting[] = "hello";

static const struct {
    UNICODE_STRING name, link;
    ULONG flags;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\BenchDriver"), RTL_CONSTANT_STRING(L"\\??\\BenchDriver"), DO_BUFFERED_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\BenchBuffered"), RTL_CONSTANT_STRING(L"\\??\\BenchBuffered"), DO_BUFFERED_IO},
    {RTL_CONSTANT_STRING(L"\\Device\\BenchDirect"), RTL_CONSTANT_STRING(L"\\??\\BenchDirect"), DO_DIRECT_IO},
};

struct extension {
    UNICODE_STRING link;
    BOOLEAN blocks; // reads are of the block
};

static char *Block;

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

static NTSTATUS ReadBlock(IRP *irp, ULONG wanted)
{
    ULONG given = min(wanted, BLOCK_SIZE);
    void *buffer = irp->MdlAddress ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority)
                                   : irp->AssociatedIrp.SystemBuffer;

    if (given > 0 && !buffer)
        return Complete(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlCopyMemory(buffer, Block, given);
    return Complete(irp, STATUS_SUCCESS, given);
}

static NTSTATUS DispatchRead(DEVICE_OBJECT *device, IRP *irp)
{
    const struct extension *extension = device->DeviceExtension;
    ULONG wanted = IoGetCurrentIrpStackLocation(irp)->Parameters.Read.Length;

    if (extension->blocks)
        return ReadBlock(irp, wanted);
    ULONG given = min(wanted, (ULONG)sizeof Greeting - 1);
    if (given > 0)
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, Greeting, given);
    return Complete(irp, STATUS_SUCCESS, given);
}

static NTSTATUS DispatchWrite(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS, IoGetCurrentIrpStackLocation(irp)->Parameters.Write.Length);
}

static void RaiseAndLower(ULONG times)
{
    KIRQL irql;

    for (; times > 0; times--) {
        KeRaiseIrql(DISPATCH_LEVEL, &irql);
        KeLowerIrql(irql);
    }
}

// Input and output share SystemBuffer, so the answer is there already.
static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG input = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG output = stack->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(device);
    if ((stack->Parameters.DeviceIoControl.IoControlCode & 3) != METHOD_BUFFERED)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_BENCH_RAISE_LOWER && input >= sizeof(ULONG))
        RaiseAndLower(*(ULONG *)irp->AssociatedIrp.SystemBuffer);
    return Complete(irp, STATUS_SUCCESS, min(input, output));
}

static void Unload(DRIVER_OBJECT *driver)
{
    while (driver->DeviceObject) {
        struct extension *extension = driver->DeviceObject->DeviceExtension;
        if (extension->link.Length)
            IoDeleteSymbolicLink(&extension->link);
        IoDeleteDevice(driver->DeviceObject);
    }
    if (Block)
        ExFreePoolWithTag(Block, TAG);
}

static NTSTATUS MakeDevice(DRIVER_OBJECT *driver, ULONG which)
{
    UNICODE_STRING name = Devices[which].name, link = Devices[which].link;
    struct extension *extension;
    DEVICE_OBJECT *device;

    NTSTATUS status =
        IoCreateDevice(driver, sizeof *extension, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    device->Flags |= Devices[which].flags;
    extension = device->DeviceExtension;
    extension->blocks = which > 0;
    status = IoCreateSymbolicLink(&link, &name);
    if (NT_SUCCESS(status))
        extension->link = link;
    return status;
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    NTSTATUS status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(registry_path);
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchRead;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchWrite;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;

    Block = ExAllocatePoolWithTag(NonPagedPool, BLOCK_SIZE, TAG);
    if (!Block)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Block, BLOCK_SIZE);
    RtlCopyMemory(Block, Greeting, sizeof Greeting - 1);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Devices) && NT_SUCCESS(status); i++)
        status = MakeDevice(driver, i);
    if (!NT_SUCCESS(status))
        Unload(driver);
    return status;
}
