// conformance-secure.sys: devices that are protected (fact 29).
//
//     NthostNobody        FILE_DEVICE_SECURE_OPEN, nobody may open it
//     NthostNobodyLoose   without that characteristic, nobody may open it
//     NthostReaders       FILE_DEVICE_SECURE_OPEN, everybody may read

#include <ntifs.h>
#include <ddkcompat.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Dispatch;

static const struct {
    UNICODE_STRING device, link;
    ULONG characteristics;
    ACCESS_MASK everybody; // what everybody may do
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\NthostNobody"), RTL_CONSTANT_STRING(L"\\??\\NthostNobody"),
     FILE_DEVICE_SECURE_OPEN, 0},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostNobodyLoose"), RTL_CONSTANT_STRING(L"\\??\\NthostNobodyLoose"), 0, 0},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostReaders"), RTL_CONSTANT_STRING(L"\\??\\NthostReaders"),
     FILE_DEVICE_SECURE_OPEN, FILE_GENERIC_READ},
};

static SID World = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}}; // S-1-1-0

static NTSTATUS Dispatch(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    UNICODE_STRING nothing = RTL_CONSTANT_STRING(L"");

    UNREFERENCED_PARAMETER(device);
    if (stack->MajorFunction == IRP_MJ_CREATE)
        DbgPrint("create \"%wZ\"\n", stack->FileObject->FileName.Length ? &stack->FileObject->FileName : &nothing);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

// Replaces the list of who may do what. Where Microsoft's kit is at hand, IoCreateDeviceSecure of wdmsec.lib
// does this from a string, before anybody can open the device.
static NTSTATUS Protect(DEVICE_OBJECT *device, ACCESS_MASK everybody)
{
    SECURITY_DESCRIPTOR descriptor;
    UCHAR buffer[128] __attribute__((aligned(8)));
    ACL *list = (ACL *)buffer;
    HANDLE handle;

    NTSTATUS status = RtlCreateAcl(list, sizeof buffer, ACL_REVISION);
    if (NT_SUCCESS(status) && everybody)
        status = RtlAddAccessAllowedAce(list, ACL_REVISION, everybody, &World);
    if (NT_SUCCESS(status))
        status = RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    if (NT_SUCCESS(status))
        status = RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
    if (NT_SUCCESS(status))
        status = ObOpenObjectByPointer(device, OBJ_KERNEL_HANDLE, NULL, WRITE_DAC, NULL, KernelMode, &handle);
    if (!NT_SUCCESS(status))
        return status;
    status = ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor);
    ZwClose(handle);
    return status;
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
    driver->MajorFunction[IRP_MJ_CREATE] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLEANUP] = Dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = Dispatch;
    driver->DriverUnload = Unload;
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++) {
        DEVICE_OBJECT *device;
        NTSTATUS status = IoCreateDevice(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN,
                                         Devices[i].characteristics, FALSE, &device);
        if (NT_SUCCESS(status))
            status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
        if (!NT_SUCCESS(status)) {
            Unload(driver);
            return status;
        }
        DbgPrint("%lu: protected: %08lX\n", i, Protect(device, Devices[i].everybody));
    }
    return STATUS_SUCCESS;
}
