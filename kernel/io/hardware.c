// Interrupts, buses and direct memory access: there is no hardware, so these routines refuse as Windows does when a
// device has none of what is asked for, and the log says so.
//
// wdm/nf-wdm-ioconnectinterrupt, -ioconnectinterruptex, -iogetdmaadapter; ntddk/nf-ntddk-halgetbusdatabyoffset,
// -halsetbusdatabyoffset, -haltranslatebusaddress, -halgetinterruptvector, -ioquerydevicedescription, -iogetconfigurationinformation.
#include "dbg/dbg.h"
#include "io/io.h"

// No vector is one of ours.
NTSTATUS NTAPI IoConnectInterrupt(PKINTERRUPT *interrupt, PKSERVICE_ROUTINE routine, PVOID context, PKSPIN_LOCK lock,
                                  ULONG vector, KIRQL irql, KIRQL synchronize_irql, int mode, BOOLEAN share,
                                  KAFFINITY affinity, BOOLEAN save_floating)
{
    (void)routine, (void)context, (void)lock, (void)vector, (void)irql, (void)synchronize_irql, (void)mode;
    (void)share, (void)affinity, (void)save_floating;
    DBG_REFUSED("no device interrupts here (STATUS_INVALID_PARAMETER)");
    *interrupt = NULL;
    return STATUS_INVALID_PARAMETER;
}

// STATUS_NOT_FOUND: the device has no interrupts.
NTSTATUS NTAPI IoConnectInterruptEx(PVOID parameters)
{
    (void)parameters;
    DBG_REFUSED("no device interrupts here (STATUS_NOT_FOUND)");
    return STATUS_NOT_FOUND;
}

// Nothing was ever connected; drivers call these when they undo what failed.
VOID NTAPI IoDisconnectInterrupt(PKINTERRUPT interrupt)
{
    (void)interrupt;
    DBG_REFUSED("no interrupt was connected");
}

VOID NTAPI IoDisconnectInterruptEx(PVOID parameters)
{
    (void)parameters;
    DBG_REFUSED("no interrupt was connected");
}

// NULL: no adapter for this device.
PVOID NTAPI IoGetDmaAdapter(PDEVICE_OBJECT device, PVOID description, PULONG map_registers)
{
    (void)device, (void)description;
    DBG_REFUSED("no bus master and no DMA controller here (NULL)");
    *map_registers = 0;
    return NULL;
}

// STATUS_OBJECT_NAME_NOT_FOUND: nothing of the kind in the hardware description.
NTSTATUS NTAPI IoQueryDeviceDescription(PULONG bus_type, PULONG bus, PULONG controller_type, PULONG controller,
                                        PULONG peripheral_type, PULONG peripheral, PVOID routine, PVOID context)
{
    (void)bus_type, (void)bus, (void)controller_type, (void)controller, (void)peripheral_type, (void)peripheral;
    (void)routine, (void)context;
    DBG_REFUSED("no hardware is described here (STATUS_OBJECT_NAME_NOT_FOUND)");
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

// 0 bytes: the bus does not exist.
ULONG NTAPI HalGetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length)
{
    (void)type, (void)bus, (void)slot, (void)buffer, (void)offset, (void)length;
    DBG_REFUSED("no buses here (0 bytes)");
    return 0;
}

ULONG NTAPI HalSetBusDataByOffset(ULONG type, ULONG bus, ULONG slot, PVOID buffer, ULONG offset, ULONG length)
{
    (void)type, (void)bus, (void)slot, (void)buffer, (void)offset, (void)length;
    DBG_REFUSED("no buses here (0 bytes)");
    return 0;
}

// FALSE: not an address of any bus.
BOOLEAN NTAPI HalTranslateBusAddress(int interface_type, ULONG bus, PHYSICAL_ADDRESS address, PULONG space,
                                     PPHYSICAL_ADDRESS translated)
{
    (void)interface_type, (void)bus, (void)address, (void)space, (void)translated;
    DBG_REFUSED("no buses here (FALSE)");
    return FALSE;
}

// Vector 0: the interrupt does not exist.
ULONG NTAPI HalGetInterruptVector(int interface_type, ULONG bus, ULONG level, ULONG vector, PKIRQL irql,
                                  PKAFFINITY affinity)
{
    (void)interface_type, (void)bus, (void)level, (void)vector;
    DBG_REFUSED("no device interrupts here (vector 0)");
    *irql = 0;
    *affinity = 0;
    return 0;
}

// How many disks, ports and so on drivers have found: none. They count what they add themselves.
PCONFIGURATION_INFORMATION NTAPI IoGetConfigurationInformation(void)
{
    static CONFIGURATION_INFORMATION information = {.Version = 2};
    return &information;
}
