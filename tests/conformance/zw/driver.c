// conformance-zw.sys: requests that a driver makes with Zw routines (facts 8, 42), to its own device, without
// an application.
//
// The previous mode is KernelMode then: nobody asks for rights, nobody probes the buffers, and the requests
// say so in RequestorMode. DriverEntry runs in a system thread, whose previous mode is KernelMode as well.

#include <ntddk.h>
#include <ddkcompat.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Dispatch;

static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NthostZw");

#define IOCTL_ZW CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_WRITE_ACCESS)

static NTSTATUS Dispatch(DEVICE_OBJECT *device, IRP *irp)
{
    static const char *const names[IRP_MJ_MAXIMUM_FUNCTION + 1] = {
        [IRP_MJ_CREATE] = "create", [IRP_MJ_CLEANUP] = "cleanup", [IRP_MJ_CLOSE] = "close",
        [IRP_MJ_READ] = "read",     [IRP_MJ_WRITE] = "write",     [IRP_MJ_DEVICE_CONTROL] = "control",
    };
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    ULONG given = 0;

    UNREFERENCED_PARAMETER(device);
    if (stack->MajorFunction == IRP_MJ_CREATE && stack->FileObject->FileName.Length)
        DbgPrint("fact 29: create of \"%wZ\", related to an open file %d\n", &stack->FileObject->FileName,
                 stack->FileObject->RelatedFileObject != NULL);
    DbgPrint("fact 42: %s in mode %d, previous mode %d\n", names[stack->MajorFunction], irp->RequestorMode,
             ExGetPreviousMode());
    if (stack->MajorFunction == IRP_MJ_READ) {
        given = min(stack->Parameters.Read.Length, 4);
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, "wxyz", given);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = given;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

// A name below an open file of the device.
static void AskRelated(HANDLE root)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"below\\it");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root, NULL);
    NTSTATUS status = ZwCreateFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0, FILE_OPEN,
                                   FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    DbgPrint("fact 29: ZwCreateFile with a root: %08lX\n", status);
    if (NT_SUCCESS(status))
        ZwClose(file);
}

static void Ask(void)
{
    LARGE_INTEGER offset = {.QuadPart = 0};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    char buffer[4] = "";

    InitializeObjectAttributes(&attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwCreateFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0, FILE_OPEN,
                                   FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    DbgPrint("fact 42: ZwCreateFile: %08lX\n", status);
    if (!NT_SUCCESS(status))
        return;
    status = ZwReadFile(file, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, &offset, NULL);
    DbgPrint("fact 42: ZwReadFile into kernel memory: %08lX, %lu bytes, %.4s\n", status, (ULONG)iosb.Information,
             buffer);
    status = ZwWriteFile(file, NULL, NULL, NULL, &iosb, buffer, sizeof buffer, &offset, NULL);
    DbgPrint("fact 8: ZwWriteFile without the right: %08lX\n", status);
    status = ZwDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, IOCTL_ZW, NULL, 0, NULL, 0);
    DbgPrint("fact 8: ZwDeviceIoControlFile without the right: %08lX\n", status);
    AskRelated(file);
    status = ZwClose(file);
    DbgPrint("fact 42: ZwClose: %08lX\n", status);
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;

    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    driver->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    driver->MajorFunction[IRP_MJ_READ] = Dispatch;
    driver->MajorFunction[IRP_MJ_WRITE] = Dispatch;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = Dispatch;
    driver->DriverUnload = Unload;
    device->Flags |= DO_BUFFERED_IO;
    device->Flags &= ~DO_DEVICE_INITIALIZING; // it is opened before DriverEntry returns
    Ask();
    return STATUS_SUCCESS;
}
