// conformance-manager.sys: a device of two driver layers, and what the I/O, power and trace managers say to it.

#include <ntifs.h>
#include <ddkcompat.h>

// Not in mingw-w64's headers.
NTKERNELAPI NTSTATUS NTAPI EtwSetInformation(REGHANDLE handle, ULONG information_class, VOID *information,
                                             ULONG length);

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH Power;
static REQUEST_POWER_COMPLETE Complete;

static UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NthostManager");
static DEVICE_OBJECT *Lower, *Upper;

// The upper device passes it down, the lower completes it; it is what PoRequestPowerIrp sends.
static NTSTATUS Power(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    DbgPrint("  %s: minor %d, type %d, state %d, status %08lX\n", device == Upper ? "upper" : "lower",
             stack->MinorFunction, stack->Parameters.Power.Type, stack->Parameters.Power.State.DeviceState,
             irp->IoStatus.Status);
    PoStartNextPowerIrp(irp);
    if (device == Upper) {
        IoCopyCurrentIrpStackLocationToNext(irp);
        return PoCallDriver(Lower, irp);
    }
    irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static VOID NTAPI Complete(DEVICE_OBJECT *device, UCHAR minor, POWER_STATE state, VOID *context, IO_STATUS_BLOCK *iosb)
{
    DbgPrint("  complete: the lower device %d, minor %d, state %d, context %s, status %08lX\n", device == Lower, minor,
             state.DeviceState, (const char *)context, iosb->Status);
}

static void RequestPower(void)
{
    POWER_STATE state = {.DeviceState = PowerDeviceD3};
    IRP *irp = (IRP *)1;
    NTSTATUS status = PoRequestPowerIrp(Lower, IRP_MN_SET_POWER, state, Complete, "mine", &irp);
    DbgPrint("PoRequestPowerIrp: %08lX, IRP %p\n", status, irp);
    status = PoRequestPowerIrp(Lower, IRP_MN_POWER_SEQUENCE, state, Complete, NULL, NULL);
    DbgPrint("PoRequestPowerIrp of a power sequence: %08lX\n", status);
    POWER_STATE before = PoSetPowerState(Lower, DevicePowerState, state);
    state.DeviceState = PowerDeviceD0;
    POWER_STATE now = PoSetPowerState(Lower, DevicePowerState, state);
    DbgPrint("PoSetPowerState: %d, then %d\n", before.DeviceState, now.DeviceState);
    ULONG *idle = PoRegisterDeviceForIdleDetection(Lower, 10, 20, PowerDeviceD3);
    DbgPrint("PoRegisterDeviceForIdleDetection: %p\n", idle);
    VOID *busy = PoRegisterSystemState(NULL, ES_SYSTEM_REQUIRED | ES_CONTINUOUS);
    DbgPrint("PoRegisterSystemState: %d, again the same %d\n", busy != NULL,
             PoRegisterSystemState(busy, ES_CONTINUOUS) == busy);
    PoUnregisterSystemState(busy);
}

static void WriteErrors(DRIVER_OBJECT *driver)
{
    static const WCHAR text[] = L"a string";
    const UCHAR size = sizeof(IO_ERROR_LOG_PACKET) + sizeof(ULONG) + sizeof text;
    UNICODE_STRING message = RTL_CONSTANT_STRING(L"a message");
    IO_ERROR_LOG_PACKET *packet = IoAllocateErrorLogEntry(Lower, size);
    DbgPrint("IoAllocateErrorLogEntry: %d, too small %p, too large %p\n", packet != NULL,
             IoAllocateErrorLogEntry(driver, 8), IoAllocateErrorLogEntry(driver, ERROR_LOG_MAXIMUM_SIZE + 1));
    if (packet) {
        packet->ErrorCode = (NTSTATUS)0xC0040001;
        packet->FinalStatus = STATUS_DEVICE_DATA_ERROR;
        packet->UniqueErrorValue = 77;
        packet->DumpDataSize = 2 * sizeof(ULONG);
        packet->DumpData[0] = 0x11223344;
        packet->DumpData[1] = 0x55667788;
        packet->NumberOfStrings = 1;
        packet->StringOffset = sizeof(IO_ERROR_LOG_PACKET) + sizeof(ULONG);
        RtlCopyMemory((UCHAR *)packet + packet->StringOffset, text, sizeof text);
        IoWriteErrorLogEntry(packet);
    }
    packet = IoAllocateErrorLogEntry(driver, sizeof *packet);
    if (packet)
        IoFreeErrorLogEntry(packet);
    DbgPrint("IoRaiseInformationalHardError: %d\n",
             IoRaiseInformationalHardError(STATUS_DEVICE_DATA_ERROR, &message, NULL));
}

static void Provide(void)
{
    static const GUID provider = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    static const EVENT_DESCRIPTOR event = {.Id = 1};
    const EVENT_DESCRIPTOR *descriptor = &event;
    REGHANDLE handle = 0;
    NTSTATUS status = EtwRegister(&provider, NULL, NULL, &handle);
    DbgPrint("EtwRegister: %08lX, a handle %d\n", status, handle != 0);
    DbgPrint("written: %08lX %08lX %08lX, set %08lX, enabled %d %d\n", EtwWrite(handle, descriptor, NULL, 0, NULL),
             EtwWriteTransfer(handle, descriptor, NULL, NULL, 0, NULL), EtwWriteString(handle, 0, 0, NULL, L"text"),
             EtwSetInformation(handle, 2, NULL, 0), EtwEventEnabled(handle, descriptor),
             EtwProviderEnabled(handle, 0, 0));
    status = EtwUnregister(handle);
    DbgPrint("EtwUnregister: %08lX, again %08lX, write %08lX\n", status, EtwUnregister(handle),
             EtwWrite(handle, descriptor, NULL, 0, NULL));
    DbgPrint("WMI: register %08lX, deregister %08lX, no action %08lX, event %08lX, provider's number %d\n",
             IoWMIRegistrationControl(Lower, WMIREG_ACTION_REGISTER),
             IoWMIRegistrationControl(Lower, WMIREG_ACTION_DEREGISTER), IoWMIRegistrationControl(Lower, 99),
             IoWMIWriteEvent((VOID *)1), IoWMIDeviceObjectToProviderId(Lower) != IoWMIDeviceObjectToProviderId(Upper));
}

static void LookAround(void)
{
    ULONG_PTR low, high, here = (ULONG_PTR)&low;
    KIRQL irql;
    IoGetStackLimits(&low, &high);
    DbgPrint("stack: within %d\n", here >= low && here < high);
    DbgPrint("top level IRP: %p\n", IoGetTopLevelIrp());
    IoSetTopLevelIrp((IRP *)FSRTL_FSP_TOP_LEVEL_IRP);
    DbgPrint("top level IRP: %p\n", IoGetTopLevelIrp());
    IoSetTopLevelIrp(NULL);
    IoAcquireVpbSpinLock(&irql);
    DbgPrint("VPB lock: at IRQL %d", KeGetCurrentIrql());
    IoReleaseVpbSpinLock(irql);
    DbgPrint(", released at %d\n", KeGetCurrentIrql());
    DEVICE_OBJECT *base = IoGetDeviceAttachmentBaseRef(Upper);
    DbgPrint("base of the stack: the lower device %d\n", base == Lower);
    ObDereferenceObject(base);
    GENERIC_MAPPING *mapping = IoGetFileObjectGenericMapping();
    DbgPrint("generic rights of files: %08lX %08lX %08lX %08lX\n", mapping->GenericRead, mapping->GenericWrite,
             mapping->GenericExecute, mapping->GenericAll);
    CONFIGURATION_INFORMATION *found = IoGetConfigurationInformation();
    DbgPrint("configuration: %lu disks, %lu serial ports\n", found->DiskCount, found->SerialCount);
    found->SerialCount++;
    DbgPrint("with mine: %lu serial ports\n", IoGetConfigurationInformation()->SerialCount);
    found->SerialCount--;
}

static void Open(void)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    InitializeObjectAttributes(&attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = IoCreateFile(&file, FILE_READ_DATA, &attributes, &iosb, NULL, 0, 0, FILE_OPEN, 0, NULL, 0,
                                   CreateFileTypeNone, NULL, IO_NO_PARAMETER_CHECKING);
    DbgPrint("IoCreateFile: %08lX\n", status); // the device answers no create
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    IoDeleteDevice(Upper);
    IoDeleteDevice(Lower);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    NTSTATUS status = IoCreateDevice(driver, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Lower);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Upper);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(Lower);
        return status;
    }
    Lower->Flags &= ~DO_DEVICE_INITIALIZING; // nothing attaches to a device before
    IoAttachDeviceToDeviceStack(Upper, Lower);
    Upper->Flags &= ~DO_DEVICE_INITIALIZING;
    driver->MajorFunction[IRP_MJ_POWER] = Power;
    driver->DriverUnload = Unload;
    RequestPower();
    WriteErrors(driver);
    Provide();
    LookAround();
    Open();
    IoDetachDevice(Lower); // a driver with an attached device is not unloaded
    return STATUS_SUCCESS;
}
