// Windows Management Instrumentation: devices may register as providers, but there is no WMI service that would ask them.
// wdm/nf-wdm-iowmiregistrationcontrol, -iowmiwriteevent, -iowmideviceobjecttoproviderid.
#include "dbg/dbg.h"
#include "io/io.h"

// STATUS_SUCCESS for the actions that exist; nobody queries the device.
NTSTATUS NTAPI IoWMIRegistrationControl(PDEVICE_OBJECT device, ULONG action)
{
    enum { REREGISTER = 3, UPDATE_GUIDS = 4, BLOCK_IRPS = 5, CALLBACK_IRP = 0x40000000, KERNEL = 0x20000000 };
    (void)device;
    switch (action & ~(ULONG)(CALLBACK_IRP | KERNEL)) {
    case WMIREG_ACTION_REGISTER:
    case WMIREG_ACTION_DEREGISTER:
    case REREGISTER:
    case UPDATE_GUIDS:
    case BLOCK_IRPS:
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// STATUS_UNSUCCESSFUL: no WMI service. The event item stays the driver's.
NTSTATUS NTAPI IoWMIWriteEvent(PVOID item)
{
    (void)item;
    DBG_REFUSED("there is no WMI service here (STATUS_UNSUCCESSFUL)");
    return STATUS_UNSUCCESSFUL;
}

// A number that tells providers apart.
ULONG NTAPI IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT device)
{
    return (ULONG)((ULONG_PTR)device >> 4);
}
