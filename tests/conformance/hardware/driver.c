// conformance-hardware.sys: looks for hardware and says what it is told where there is none.

#include <ntddk.h>
#include <ddkcompat.h>

// ntddk.h declares it for old targets only.
NTHALAPI ULONG NTAPI HalGetInterruptVector(INTERFACE_TYPE type, ULONG bus, ULONG level, ULONG vector, KIRQL *irql,
                                           KAFFINITY *affinity);

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static KSERVICE_ROUTINE Service;

static BOOLEAN Service(PKINTERRUPT interrupt, VOID *context)
{
    UNREFERENCED_PARAMETER(interrupt);
    UNREFERENCED_PARAMETER(context);
    return FALSE;
}

static NTSTATUS NTAPI Describe(VOID *context, UNICODE_STRING *path, INTERFACE_TYPE bus, ULONG number,
                               KEY_VALUE_FULL_INFORMATION **bus_information, CONFIGURATION_TYPE controller,
                               ULONG controller_number, KEY_VALUE_FULL_INFORMATION **controller_information,
                               CONFIGURATION_TYPE peripheral, ULONG peripheral_number,
                               KEY_VALUE_FULL_INFORMATION **peripheral_information)
{
    UNREFERENCED_PARAMETER(path);
    UNREFERENCED_PARAMETER(bus);
    UNREFERENCED_PARAMETER(number);
    UNREFERENCED_PARAMETER(bus_information);
    UNREFERENCED_PARAMETER(controller);
    UNREFERENCED_PARAMETER(controller_number);
    UNREFERENCED_PARAMETER(controller_information);
    UNREFERENCED_PARAMETER(peripheral);
    UNREFERENCED_PARAMETER(peripheral_number);
    UNREFERENCED_PARAMETER(peripheral_information);
    *(ULONG *)context += 1;
    return STATUS_SUCCESS;
}

static void LookForBuses(void)
{
    PHYSICAL_ADDRESS from = {.QuadPart = 0xA0000}, to;
    KAFFINITY affinity = 1;
    KIRQL irql = 7;
    ULONG space = 0, header = 0, described = 0;
    INTERFACE_TYPE type = Isa;
    DbgPrint("HalGetBusDataByOffset: %lu\n", HalGetBusDataByOffset(PCIConfiguration, 0, 0, &header, 0, sizeof header));
    DbgPrint("HalSetBusDataByOffset: %lu\n", HalSetBusDataByOffset(PCIConfiguration, 0, 0, &header, 0, sizeof header));
    DbgPrint("HalTranslateBusAddress: %d\n", HalTranslateBusAddress(Isa, 0, from, &space, &to));
    ULONG vector = HalGetInterruptVector(Isa, 0, 4, 4, &irql, &affinity);
    DbgPrint("HalGetInterruptVector: %lu, IRQL %d, processors %Ix\n", vector, irql, affinity);
    NTSTATUS status = IoQueryDeviceDescription(&type, NULL, NULL, NULL, NULL, NULL, Describe, &described);
    DbgPrint("IoQueryDeviceDescription: %08lX, %lu described\n", status, described);
}

static void Connect(DEVICE_OBJECT *device)
{
    IO_CONNECT_INTERRUPT_PARAMETERS connect = {.Version = CONNECT_LINE_BASED};
    IO_DISCONNECT_INTERRUPT_PARAMETERS disconnect = {.Version = CONNECT_LINE_BASED};
    DEVICE_DESCRIPTION description = {.Version = DEVICE_DESCRIPTION_VERSION};
    PKINTERRUPT interrupt = (PKINTERRUPT)1;
    ULONG registers = 5;

    NTSTATUS status = IoConnectInterrupt(&interrupt, Service, NULL, NULL, 4, 5, 5, Latched, FALSE, 1, FALSE);
    DbgPrint("IoConnectInterrupt: %08lX, %p\n", status, interrupt);
    IoDisconnectInterrupt(interrupt);
    connect.LineBased.PhysicalDeviceObject = device;
    connect.LineBased.ServiceRoutine = Service;
    connect.LineBased.InterruptObject = &interrupt;
    status = IoConnectInterruptEx(&connect);
    DbgPrint("IoConnectInterruptEx: %08lX\n", status);
    IoDisconnectInterruptEx(&disconnect);
    DMA_ADAPTER *adapter = IoGetDmaAdapter(device, &description, &registers);
    DbgPrint("IoGetDmaAdapter: %p, %lu map registers\n", adapter, registers);
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
    NTSTATUS status = IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    driver->DriverUnload = Unload;
    LookForBuses();
    Connect(device);
    return STATUS_SUCCESS;
}
