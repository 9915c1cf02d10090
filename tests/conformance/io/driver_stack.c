// Facts 18 and 22: completion routines and cancellation, seen by a driver that sends IRPs of its own through
// a stack of two devices.
//
//     originator (no stack location of its own)  -->  Upper  -->  Lower
//
// What the two devices do is in the static variables, set before each IRP is sent.
// IRP_MJ_INTERNAL_DEVICE_CONTROL.

#include "driver.h"

static DEVICE_OBJECT *Upper, *Lower;
static NTSTATUS LowerStatus; // how Lower completes
static enum { AT_ONCE, MARKED, KEPT, KEPT_HARD } LowerWay;
static enum { SKIPS, COPIES, LISTENS, STOPS } UpperWay; // STOPS: keeps the IRP, completes it again later
static ULONG UpperWhen;                                 // SL_INVOKE_ON_...
static const char *Step;

static const char *DeviceName(DEVICE_OBJECT *device)
{
    return device == NULL ? "no device" : device == Upper ? "Upper" : device == Lower ? "Lower" : "another";
}

static NTSTATUS NTAPI UpperDone(DEVICE_OBJECT *device, IRP *irp, void *context)
{
    UNREFERENCED_PARAMETER(context);
    DbgPrint("fact 18: %s: Upper's routine: %s, status %08lX, pending returned %d, cancel %d\n", Step,
             DeviceName(device), irp->IoStatus.Status, irp->PendingReturned, irp->Cancel);
    if (UpperWay == STOPS)
        return STATUS_MORE_PROCESSING_REQUIRED;
    if (irp->PendingReturned)
        IoMarkIrpPending(irp);
    return STATUS_CONTINUE_COMPLETION;
}

static NTSTATUS NTAPI OriginatorDone(DEVICE_OBJECT *device, IRP *irp, void *context)
{
    DbgPrint("fact 18: %s: originator's routine: %s, status %08lX, pending returned %d\n", Step, DeviceName(device),
             irp->IoStatus.Status, irp->PendingReturned);
    *(BOOLEAN *)context = TRUE;
    return STATUS_MORE_PROCESSING_REQUIRED; // the IRP is the originator's, who frees it
}

static NTSTATUS UpperDispatch(IRP *irp)
{
    if (UpperWay == SKIPS) {
        IoSkipCurrentIrpStackLocation(irp);
        return IoCallDriver(Lower, irp);
    }
    IoCopyCurrentIrpStackLocationToNext(irp);
    if (UpperWay == COPIES)
        return IoCallDriver(Lower, irp);
    IoSetCompletionRoutine(irp, UpperDone, NULL, (UpperWhen & SL_INVOKE_ON_SUCCESS) != 0,
                           (UpperWhen & SL_INVOKE_ON_ERROR) != 0, (UpperWhen & SL_INVOKE_ON_CANCEL) != 0);
    NTSTATUS status = IoCallDriver(Lower, irp);
    if (UpperWay != STOPS)
        return status;
    DbgPrint("fact 18: %s: Upper has the IRP back\n", Step);
    return Complete(irp, STATUS_NO_MORE_ENTRIES, 0);
}

static NTSTATUS LowerDispatch(IRP *irp)
{
    switch (LowerWay) {
    case AT_ONCE:
        return Complete(irp, LowerStatus, 0);
    case MARKED:
        IoMarkIrpPending(irp);
        Complete(irp, LowerStatus, 0);
        return STATUS_PENDING;
    default:
        return Keep(irp, LowerWay == KEPT, 100);
    }
}

NTSTATUS StackDispatch(DEVICE_OBJECT *device, IRP *irp)
{
    return device == Upper ? UpperDispatch(irp) : LowerDispatch(irp);
}

// The IRP, sent to Upper; *done becomes TRUE when it has come back.
static IRP *Send(BOOLEAN *done)
{
    IRP *irp = IoAllocateIrp(Upper->StackSize, FALSE);

    *done = FALSE;
    if (!irp)
        return NULL;
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    IoSetCompletionRoutine(irp, OriginatorDone, done, TRUE, TRUE, TRUE);
    NTSTATUS status = IoCallDriver(Upper, irp);
    DbgPrint("fact 18: %s: IoCallDriver returned %08lX, %s\n", Step, status, *done ? "done" : "not done");
    return irp;
}

static void Play(const char *step, int lower, NTSTATUS lower_status, int upper, ULONG when)
{
    BOOLEAN done;

    Step = step;
    LowerWay = lower;
    LowerStatus = lower_status;
    UpperWay = upper;
    UpperWhen = when;
    IRP *irp = Send(&done);
    if (irp && done)
        IoFreeIrp(irp);
}

static BOOLEAN CreateStack(DRIVER_OBJECT *driver)
{
    if (!NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Lower)))
        return FALSE;
    if (!NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Upper))) {
        IoDeleteDevice(Lower);
        return FALSE;
    }
    Lower->Flags &= ~DO_DEVICE_INITIALIZING; // nobody can attach to it before
    DEVICE_OBJECT *below = IoAttachDeviceToDeviceStack(Upper, Lower);
    DbgPrint("fact 18: Upper is attached to %s, stack sizes %d and %d\n", DeviceName(below), Upper->StackSize,
             Lower->StackSize);
    Upper->Flags &= ~DO_DEVICE_INITIALIZING;
    return TRUE;
}

static void DeleteStack(void)
{
    IoDetachDevice(Lower);
    IoDeleteDevice(Upper);
    IoDeleteDevice(Lower);
    Upper = Lower = NULL;
}

void AskStack(DRIVER_OBJECT *driver)
{
    const ULONG always = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;

    if (!CreateStack(driver))
        return;
    Play("skips", AT_ONCE, STATUS_SUCCESS, SKIPS, 0);
    Play("copies", AT_ONCE, STATUS_SUCCESS, COPIES, 0);
    Play("listens", AT_ONCE, STATUS_SUCCESS, LISTENS, always);
    Play("listens for errors, success", AT_ONCE, STATUS_SUCCESS, LISTENS, SL_INVOKE_ON_ERROR);
    Play("listens for errors, error", AT_ONCE, STATUS_UNSUCCESSFUL, LISTENS, SL_INVOKE_ON_ERROR);
    Play("listens for errors, warning", AT_ONCE, STATUS_BUFFER_OVERFLOW, LISTENS, SL_INVOKE_ON_ERROR);
    Play("skips, pended", MARKED, STATUS_SUCCESS, SKIPS, 0);
    Play("copies, pended", MARKED, STATUS_SUCCESS, COPIES, 0);
    Play("listens, pended", MARKED, STATUS_SUCCESS, LISTENS, always);
    Play("stops", AT_ONCE, STATUS_SUCCESS, STOPS, always);
    DeleteStack();
}

// Fact 22: what IoCancelIrp answers with and without a cancel routine.
void AskCancel(DRIVER_OBJECT *driver)
{
    BOOLEAN done;
    IRP *irp;

    if (!CreateStack(driver))
        return;
    UpperWay = LISTENS;
    UpperWhen = SL_INVOKE_ON_CANCEL;
    Step = "cancelled";
    LowerWay = KEPT;
    irp = Send(&done);
    if (irp) {
        BOOLEAN answer = IoCancelIrp(irp);
        DbgPrint("fact 22: with a cancel routine: IoCancelIrp returned %d, cancel %d, %s\n", answer, irp->Cancel,
                 done ? "done" : "not done");
        IoFreeIrp(irp);
    }
    Step = "cancelled without a routine";
    LowerWay = KEPT_HARD;
    irp = Send(&done);
    if (irp) {
        BOOLEAN answer = IoCancelIrp(irp);
        DbgPrint("fact 22: without a cancel routine: IoCancelIrp returned %d, cancel %d, %s\n", answer, irp->Cancel,
                 done ? "done" : "not done");
        FinishKept(STATUS_SUCCESS, 0); // an outcome for which Upper did not ask, but Cancel is set
        DbgPrint("fact 22: without a cancel routine: %s\n", done ? "done" : "not done");
        IoFreeIrp(irp);
    }
    DeleteStack();
}
