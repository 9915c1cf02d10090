// Requests for another driver: IoBuild..., IoMakeAssociatedIrp, IoReuseIrp.

#include "driver.h"

static void ShowControl(const char *what, ULONG code, BOOLEAN internal)
{
    char input[4] = {'a', 'b', 'c', 'd'}, output[8] = "";
    IO_STATUS_BLOCK iosb = {0};
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IRP *irp = IoBuildDeviceIoControlRequest(code, Buffered, input, sizeof input, output, sizeof output, internal,
                                             &event, &iosb);
    if (!irp)
        return;
    NTSTATUS status = IoCallDriver(Buffered, irp);
    DbgPrint("IoBuildDeviceIoControlRequest, %s: returned %08lX\n", what, status);
    if (status == STATUS_PENDING)
        WaitFor(&event);
    if (!NT_ERROR(status)) // an error that was not pending may leave the event and the status block alone
        DbgPrint("  status %08lX, %lu bytes, %.7s\n", iosb.Status, (ULONG)iosb.Information,
                 output[0] ? output : "nothing");
}

static void ShowSynchronous(void)
{
    LARGE_INTEGER offset = {.QuadPart = 0};
    char buffer[6] = "";
    IO_STATUS_BLOCK iosb = {0};
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IRP *irp = IoBuildSynchronousFsdRequest(IRP_MJ_READ, Buffered, buffer, 5, &offset, &event, &iosb);
    if (!irp)
        return;
    DbgPrint("IoBuildSynchronousFsdRequest: system buffer %d, user mode %d\n", irp->AssociatedIrp.SystemBuffer != NULL,
             irp->RequestorMode);
    NTSTATUS status = IoCallDriver(Buffered, irp);
    if (status == STATUS_PENDING)
        WaitFor(&event);
    DbgPrint("  returned %08lX, status %08lX, %lu bytes, %.5s\n", status, iosb.Status, (ULONG)iosb.Information, buffer);
}

// The caller of an asynchronous one frees it, in its completion routine.
static NTSTATUS NTAPI FreeAsynchronous(DEVICE_OBJECT *device, IRP *irp, void *event)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("  routine: status %08lX, %lu bytes\n", irp->IoStatus.Status, (ULONG)irp->IoStatus.Information);
    IoFreeIrp(irp);
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void ShowAsynchronous(void)
{
    LARGE_INTEGER offset = {.QuadPart = 0};
    char buffer[6] = "";
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IRP *irp = IoBuildAsynchronousFsdRequest(IRP_MJ_READ, Plain, buffer, 5, &offset, NULL);
    if (!irp)
        return;
    DbgPrint("IoBuildAsynchronousFsdRequest: the buffer itself %d\n", irp->UserBuffer == buffer);
    IoSetCompletionRoutine(irp, FreeAsynchronous, &event, TRUE, TRUE, TRUE);
    IoCallDriver(Plain, irp);
    WaitFor(&event);
    DbgPrint("  %.5s\n", buffer);
}

static void ShowPointer(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\NthostIrpBuffered");
    DEVICE_OBJECT *device = NULL;
    FILE_OBJECT *file = NULL;

    DbgPrint("IoGetDeviceObjectPointer:\n");
    NTSTATUS status = IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &device);
    DbgPrint("  %08lX, the device %d\n", status, device == Buffered);
    if (NT_SUCCESS(status))
        ObDereferenceObject(file); // not the device
}

void AskBuilt(void)
{
    ShowControl("at once", IOCTL_TARGET_ECHO, FALSE);
    ShowControl("later", IOCTL_TARGET_LATER, FALSE);
    ShowControl("internal", IOCTL_TARGET_ECHO, TRUE);
    ShowControl("refused", IOCTL_TARGET_ECHO + 0x100, FALSE);
    ShowSynchronous();
    ShowAsynchronous();
    ShowPointer();
}

static NTSTATUS NTAPI MasterDone(DEVICE_OBJECT *device, IRP *irp, void *done)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    *(BOOLEAN *)done = TRUE;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// The last associated IRP completes the master.
void AskAssociated(void)
{
    BOOLEAN done = FALSE;
    IRP *master = IoAllocateIrp(2, FALSE), *parts[2] = {NULL, NULL};

    if (!master)
        return;
    IoSetCompletionRoutine(master, MasterDone, &done, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(master);
    master->IoStatus.Status = STATUS_SUCCESS;
    master->AssociatedIrp.IrpCount = 2;
    for (ULONG i = 0; i < 2; i++) {
        parts[i] = IoMakeAssociatedIrp(master, 1);
        if (!parts[i])
            return;
        IoSetNextIrpStackLocation(parts[i]);
        DbgPrint("IoMakeAssociatedIrp: master %d, flag %d\n", parts[i]->AssociatedIrp.MasterIrp == master,
                 (parts[i]->Flags & IRP_ASSOCIATED_IRP) != 0);
    }
    for (ULONG i = 0; i < 2; i++) {
        Complete(parts[i], STATUS_SUCCESS, 0);
        DbgPrint("  %lu completed, the master is done %d\n", i + 1, done);
    }
    IoFreeIrp(master);
}

void AskReuse(void)
{
    BOOLEAN done;
    IRP *irp = MakeIrp(&done);

    if (!irp)
        return;
    irp->Cancel = TRUE;
    irp->IoStatus.Information = 7;
    IoSetNextIrpStackLocation(irp);
    IoReuseIrp(irp, STATUS_DEVICE_NOT_READY);
    DbgPrint("IoReuseIrp: status %08lX, %lu bytes, cancel %d, at the top %d\n", irp->IoStatus.Status,
             (ULONG)irp->IoStatus.Information, irp->Cancel, irp->CurrentLocation == irp->StackCount + 1);
    IoFreeIrp(irp);
}
