// What the driver asks the system by itself: driver and device objects, probes.

#include "driver.h"

// Facts 43, 44, 48, within DriverEntry. The driver has one device so far.
void AskEntry(DRIVER_OBJECT *driver)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\NthostIoAsked");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\NthostIoAsked");
    DEVICE_OBJECT *device, *second;
    ULONG same = 0;

    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        same += driver->MajorFunction[i] && driver->MajorFunction[i] == driver->MajorFunction[0];
    DbgPrint("fact 43: %lu slots hold the same routine\n", same);

    NTSTATUS status = IoCreateDevice(driver, 64, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return;
    ULONG set = 0;
    for (ULONG i = 0; i < 64; i++)
        set += ((UCHAR *)device->DeviceExtension)[i] != 0;
    DbgPrint("fact 44: initializing %d, stack size %d, %lu bytes of the extension are not 0\n",
             (device->Flags & DO_DEVICE_INITIALIZING) != 0, device->StackSize, set);
    status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &second);
    DbgPrint("fact 44: the same name again: %08lX\n", status);
    status = IoCreateSymbolicLink(&link, &name);
    DbgPrint("fact 48: a link: %08lX\n", status);
    status = IoCreateSymbolicLink(&link, &name);
    DbgPrint("fact 48: the same link again: %08lX\n", status);
    status = IoDeleteSymbolicLink(&link);
    DbgPrint("fact 48: deleted: %08lX\n", status);
    status = IoDeleteSymbolicLink(&link);
    DbgPrint("fact 48: deleted again: %08lX\n", status);
    IoDeleteDevice(device);
}

static NTSTATUS TryRead(PVOID address, SIZE_T length, ULONG alignment)
{
    __try {
        ProbeForRead(address, length, alignment);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static NTSTATUS TryWrite(PVOID address, SIZE_T length, ULONG alignment)
{
    __try {
        ProbeForWrite(address, length, alignment);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

// Fact 41.
NTSTATUS AskProbes(IRP *irp)
{
    const struct io_probes *probes = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.Type3InputBuffer;
    PVOID kernel = irp, nothing = (PVOID)(ULONG_PTR)0x10;
    struct io_probes at = *probes; // the application of this case passes a good address

#define SHOW(what, address, length, alignment)                                                                         \
    DbgPrint("fact 41: " what ": read %08lX, write %08lX\n", TryRead((address), (length), (alignment)),                \
             TryWrite((address), (length), (alignment)))
    SHOW("writable memory", at.writable, 16, 4);
    SHOW("read-only memory", at.read_only, 16, 4);
    SHOW("an odd address", (PUCHAR)at.writable + 1, 4, 4);
    SHOW("an odd address of bytes", (PUCHAR)at.writable + 1, 4, 1);
    SHOW("unmapped memory", nothing, 16, 4);
    SHOW("kernel memory", kernel, 16, 4);
    SHOW("kernel memory, 0 bytes", kernel, 0, 4);
    SHOW("an odd address, 0 bytes", (PUCHAR)at.writable + 1, 0, 4);
    SHOW("a length that reaches into the kernel", at.writable, (SIZE_T)0x7FFFFFFFFFFFFFFF, 1);
    SHOW("a length that wraps around", at.writable, (SIZE_T)-1, 1);
#undef SHOW
    return STATUS_SUCCESS;
}
