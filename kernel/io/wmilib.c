// wmilib.sys: what helps drivers with WMI requests. No WMI service sends any, so a request that arrives comes from another
// driver and is meant for the one below. wmilib/nf-wmilib-wmisystemcontrol, -wmicompleterequest, -wmifireevent.
#include "dbg/dbg.h"
#include "io/io.h"

enum disposition { PROCESSED, NOT_COMPLETED, NOT_WMI, FORWARD };

NTSTATUS NTAPI WmiSystemControl(PVOID context, PDEVICE_OBJECT device, PIRP irp, int *disposition);
NTSTATUS NTAPI WmiCompleteRequest(PDEVICE_OBJECT device, PIRP irp, NTSTATUS status, ULONG used, CCHAR boost);
NTSTATUS NTAPI WmiFireEvent(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG bytes, PVOID data);

// Says what the driver has to do with the request: forward what is another device's, complete what names a data block of
// its own (STATUS_WMI_GUID_NOT_FOUND: blocks are not served here).
NTSTATUS NTAPI WmiSystemControl(PVOID context, PDEVICE_OBJECT device, PIRP irp, int *disposition)
{
    const IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    (void)context;
    if (stack->MinorFunction > IRP_MN_EXECUTE_METHOD && stack->MinorFunction != IRP_MN_REGINFO_EX) {
        *disposition = NOT_WMI;
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (stack->Parameters.WMI.ProviderId != (ULONG_PTR)device) {
        *disposition = FORWARD;
        return STATUS_SUCCESS;
    }
    *disposition = NOT_COMPLETED;
    irp->IoStatus.Status = STATUS_WMI_GUID_NOT_FOUND;
    irp->IoStatus.Information = 0;
    return STATUS_WMI_GUID_NOT_FOUND;
}

// Completes a request that the driver has served.
NTSTATUS NTAPI WmiCompleteRequest(PDEVICE_OBJECT device, PIRP irp, NTSTATUS status, ULONG used, CCHAR boost)
{
    (void)device;
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = used;
    IofCompleteRequest(irp, boost);
    return status;
}

// The data is the library's from here on, and freed.
NTSTATUS NTAPI WmiFireEvent(PDEVICE_OBJECT device, const GUID *guid, ULONG instance, ULONG bytes, PVOID data)
{
    (void)device, (void)guid, (void)instance, (void)bytes;
    DBG_REFUSED("there is no WMI service here (STATUS_UNSUCCESSFUL)");
    if (data)
        ex_free(data);
    return STATUS_UNSUCCESSFUL;
}
