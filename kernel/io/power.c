// Power: there is one state, working, and nothing is ever put to sleep. Requests travel as on Windows since Vista, where
// a power IRP is sent with IoCallDriver and PoStartNextPowerIrp does nothing.
//
// wdm/nf-wdm-pocalldriver, -postartnextpowerirp; ntifs/nf-ntifs-posetpowerstate; wdm/nf-wdm-porequestpowerirp,
// -poregisterdeviceforidledetection; ntifs/nf-ntifs-poregistersystemstate.
#include "dbg/dbg.h"
#include "io/io.h"

VOID NTAPI PoStartNextPowerIrp(PIRP irp)
{
    (void)irp;
}

NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT device, PIRP irp)
{
    return IofCallDriver(device, irp);
}

// PowerFlags: the system state in the lowest four bits, the device state in the next.
enum { STATE_BITS = 4, STATE_MASK = 0xf };

// Returns the state before.
POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT device, POWER_STATE_TYPE type, POWER_STATE state)
{
    ULONG *flags = &io_device_extension(device)->object.PowerFlags;
    unsigned shift = type == DevicePowerState ? STATE_BITS : 0;
    hal_mutex_lock(&io_database_lock);
    POWER_STATE before = {.SystemState = *flags >> shift & STATE_MASK};
    *flags = (*flags & ~((ULONG)STATE_MASK << shift)) | ((ULONG)state.SystemState & STATE_MASK) << shift;
    hal_mutex_unlock(&io_database_lock);
    return before;
}

// ---- requests that drivers make ---------------------------------------------------------------------------------

struct power_request {
    PDEVICE_OBJECT device, top; // both referenced
    UCHAR minor;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE complete;
    PVOID context;
};

static NTSTATUS NTAPI power_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    struct power_request *request = context;
    (void)device;
    if (request->complete)
        request->complete(request->device, request->minor, request->state, request->context, &irp->IoStatus);
    ob_dereference(request->top);
    ob_dereference(request->device);
    ex_free(request);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static PIRP make_power_irp(struct power_request *request)
{
    PIRP irp = IoAllocateIrp(request->top->StackSize, FALSE);
    if (!irp)
        return NULL;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    stack->MajorFunction = IRP_MJ_POWER;
    stack->MinorFunction = request->minor;
    if (request->minor == IRP_MN_WAIT_WAKE) {
        stack->Parameters.WaitWake.PowerState = request->state.SystemState;
    } else {
        stack->Parameters.Power.Type = DevicePowerState;
        stack->Parameters.Power.State = request->state;
    }
    IoSetCompletionRoutine(irp, power_completed, request, TRUE, TRUE, TRUE);
    return irp;
}

// Sends it to the top of the device's stack; the completion routine is called when it comes back, the IRP is freed then.
// STATUS_PENDING; STATUS_INVALID_PARAMETER_2 for another minor function, STATUS_INSUFFICIENT_RESOURCES. *irp is set for
// IRP_MN_WAIT_WAKE, which its sender may cancel. At DISPATCH_LEVEL and below.
NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state,
                                 PREQUEST_POWER_COMPLETE complete, PVOID context, PIRP *irp_out)
{
    if (minor != IRP_MN_QUERY_POWER && minor != IRP_MN_SET_POWER && minor != IRP_MN_WAIT_WAKE)
        return STATUS_INVALID_PARAMETER_2;
    struct power_request *request = ex_allocate(sizeof *request, EX_TAG('I', 'o', 'P', 'o'));
    if (!request)
        return STATUS_INSUFFICIENT_RESOURCES;
    *request = (struct power_request){device, IoGetAttachedDeviceReference(device), minor, state, complete, context};
    PIRP irp = make_power_irp(request);
    if (!irp) {
        ob_dereference(request->top);
        ex_free(request);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ob_reference(device);
    if (irp_out)
        *irp_out = minor == IRP_MN_WAIT_WAKE ? irp : NULL;
    IofCallDriver(request->top, irp);
    return STATUS_PENDING;
}

// ---- idleness ---------------------------------------------------------------------------------------------------

// NULL: not counted.
PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT device, ULONG conservation, ULONG performance,
                                              DEVICE_POWER_STATE state)
{
    (void)device, (void)conservation, (void)performance, (void)state;
    DBG_REFUSED("devices are never put to sleep here (NULL)");
    return NULL;
}

// A registration that says the system is busy, which it is anyway; handle NULL makes one. NULL on exhaustion.
PVOID NTAPI PoRegisterSystemState(PVOID handle, ULONG flags)
{
    ULONG *state = handle ? handle : ex_allocate(sizeof *state, EX_TAG('I', 'o', 'P', 'o'));
    if (state)
        *state = flags;
    return state;
}

VOID NTAPI PoUnregisterSystemState(PVOID handle)
{
    ex_free(handle);
}
