// conformance-io.sys: shows what reaches a driver, fact by fact.
//
//     \\.\NthostIo            buffered, shared; takes the control codes of io.h
//     \\.\NthostIoDirect      direct          \\.\NthostIoNeither   neither
//     \\.\NthostIoExclusive   buffered, exclusive
//     \\.\NthostIoLate        made and deleted while the driver runs
//     \\.\NthostIoGlobal      a second link to NthostIo, made as \DosDevices\Global\NthostIoGlobal
//
// driver.c opens, reads, writes, controls; driver_keep.c keeps requests; driver_stack.c and driver_self.c ask
// the system without an application.

#include "driver.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchCreate, DispatchCleanup, DispatchClose, DispatchTransfer, DispatchControl,
    DispatchFsControl;

static const struct {
    UNICODE_STRING device, link;
    ULONG flag;
    BOOLEAN exclusive;
} Devices[] = {
    {RTL_CONSTANT_STRING(L"\\Device\\NthostIo"), RTL_CONSTANT_STRING(L"\\??\\NthostIo"), DO_BUFFERED_IO, FALSE},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostIoDirect"), RTL_CONSTANT_STRING(L"\\??\\NthostIoDirect"), DO_DIRECT_IO,
     FALSE},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostIoNeither"), RTL_CONSTANT_STRING(L"\\??\\NthostIoNeither"), 0, FALSE},
    {RTL_CONSTANT_STRING(L"\\Device\\NthostIoExclusive"), RTL_CONSTANT_STRING(L"\\??\\NthostIoExclusive"),
     DO_BUFFERED_IO, TRUE},
};
static UNICODE_STRING LateName = RTL_CONSTANT_STRING(L"\\Device\\NthostIoLate");
static UNICODE_STRING LateLink = RTL_CONSTANT_STRING(L"\\??\\NthostIoLate");
static UNICODE_STRING GlobalLink = RTL_CONSTANT_STRING(L"\\DosDevices\\Global\\NthostIoGlobal");

static DEVICE_OBJECT *Late;
static struct io_answer OpenAnswer; // taken by the next open
static FAST_IO_DISPATCH FastIo;

NTSTATUS Complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

void *MapMdl(IRP *irp)
{
    return irp->MdlAddress ? MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority) : NULL;
}

static void ShowCreate(DEVICE_OBJECT *device, const FILE_OBJECT *file, const IO_STACK_LOCATION *stack)
{
    UNICODE_STRING nothing = RTL_CONSTANT_STRING(L"");

    DbgPrint("create \"%wZ\"\n", file->FileName.Length ? &file->FileName : &nothing);
    DbgPrint("  disposition %lu, options %lX, share %X, direct open %d, initializing %d\n",
             stack->Parameters.Create.Options >> 24, stack->Parameters.Create.Options & 0xFFFFFF,
             stack->Parameters.Create.ShareAccess, (file->Flags & FO_DIRECT_DEVICE_OPEN) != 0,
             (device->Flags & DO_DEVICE_INITIALIZING) != 0);
}

// FsContext of a file is its behaviour, IO_...
static NTSTATUS DispatchCreate(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    struct io_answer answer = OpenAnswer;

    OpenAnswer = (struct io_answer){0};
    ShowCreate(device, stack->FileObject, stack);
    if (answer.keep)
        return Keep(irp, FALSE, 0);
    return Complete(irp, answer.status, answer.information);
}

static NTSTATUS DispatchCleanup(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("cleanup\n");
    CancelKeptOf(IoGetCurrentIrpStackLocation(irp)->FileObject);
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("close\n");
    return Complete(irp, STATUS_SUCCESS, 0);
}

// What the buffer is, whichever way it comes: a system buffer, an MDL, an address.
static void ShowBuffer(DEVICE_OBJECT *device, IRP *irp)
{
    if (device->Flags & DO_BUFFERED_IO)
        DbgPrint("  %s\n", irp->AssociatedIrp.SystemBuffer ? "a system buffer" : "no system buffer");
    else if (device->Flags & DO_DIRECT_IO && irp->MdlAddress)
        DbgPrint("  an MDL of %lu bytes\n", MmGetMdlByteCount(irp->MdlAddress));
    else if (device->Flags & DO_DIRECT_IO)
        DbgPrint("  no MDL\n");
    else
        DbgPrint("  %s\n", irp->UserBuffer ? "a user address" : "no user address");
}

// Reads give "wxyz", as much as there is room for; direct and neither devices do not touch the buffer.
static NTSTATUS DispatchTransfer(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    BOOLEAN read = stack->MajorFunction == IRP_MJ_READ;
    ULONG length = stack->Parameters.Read.Length; // of writes too: the same layout
    ULONG_PTR behaviour = (ULONG_PTR)stack->FileObject->FsContext;

    DbgPrint("%s %lu bytes at %I64d, %s\n", read ? "read" : "write", length, stack->Parameters.Read.ByteOffset.QuadPart,
             irp->RequestorMode == KernelMode ? "for the kernel" : "for a user");
    ShowBuffer(device, irp);
    if (behaviour == IO_LAZY) {
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return STATUS_SUCCESS;
    }
    if (behaviour == IO_ADVANCE)
        stack->FileObject->CurrentByteOffset.QuadPart = stack->Parameters.Read.ByteOffset.QuadPart + length;
    if (read && device->Flags & DO_BUFFERED_IO && irp->AssociatedIrp.SystemBuffer) {
        length = min(length, 4);
        RtlCopyMemory(irp->AssociatedIrp.SystemBuffer, "wxyz", length);
    }
    return Complete(irp, STATUS_SUCCESS, length);
}

static NTSTATUS ShowControl(IRP *irp, IO_STACK_LOCATION *stack)
{
    static const char *const methods[] = {"buffered", "in direct", "out direct", "neither"};
    ULONG method = stack->Parameters.DeviceIoControl.IoControlCode & 3;
    ULONG in = stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out = stack->Parameters.DeviceIoControl.OutputBufferLength;

    if (method == METHOD_NEITHER)
        DbgPrint("fact 37: %s, %lu in, %lu out: %s, %s\n", methods[method], in, out,
                 stack->Parameters.DeviceIoControl.Type3InputBuffer ? "an input" : "no input",
                 irp->UserBuffer ? "an output" : "no output");
    else
        DbgPrint("fact 37: %s, %lu in, %lu out: %s, %s\n", methods[method], in, out,
                 irp->AssociatedIrp.SystemBuffer ? "a system buffer" : "no system buffer",
                 irp->MdlAddress ? "an MDL" : "no MDL");
    return Complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS DispatchFsControl(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    DbgPrint("fact 38: file system control\n");
    return Complete(irp, STATUS_SUCCESS, 0);
}

static BOOLEAN NTAPI FastControl(FILE_OBJECT *file, BOOLEAN wait, PVOID input, ULONG input_length, PVOID output,
                                 ULONG output_length, ULONG code, PIO_STATUS_BLOCK iosb, DEVICE_OBJECT *device)
{
    UNREFERENCED_PARAMETER(file);
    UNREFERENCED_PARAMETER(input);
    UNREFERENCED_PARAMETER(output);
    UNREFERENCED_PARAMETER(device);
    if (code != IOCTL_IO_FAST)
        return FALSE; // the IRP way, please
    DbgPrint("fact 39: fast control, wait %d, %lu in, %lu out\n", wait, input_length, output_length);
    iosb->Status = STATUS_SUCCESS;
    iosb->Information = 7;
    return TRUE;
}

static NTSTATUS CreateLate(DRIVER_OBJECT *driver)
{
    NTSTATUS status = IoCreateDevice(driver, 0, &LateName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Late);

    if (NT_SUCCESS(status))
        status = IoCreateSymbolicLink(&LateLink, &LateName);
    return status;
}

static void DeleteLate(void)
{
    if (!Late)
        return;
    IoDeleteDevice(Late);
    Late = NULL;
    IoDeleteSymbolicLink(&LateLink);
}

static NTSTATUS WaitFor(const struct io_wait *wish)
{
    LARGE_INTEGER timeout = {.QuadPart = wish->milliseconds * -10000LL};
    KEVENT event;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    return KeWaitForSingleObject(&event, Executive, wish->mode ? UserMode : KernelMode, wish->alertable != 0, &timeout);
}

static ULONG Number(const void *input)
{
    return *(const ULONG *)input;
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    void *system = irp->AssociatedIrp.SystemBuffer; // the application of this case sends what io.h says
    const struct io_answer *answer = system;
    NTSTATUS status = STATUS_SUCCESS;
    ULONG information = 0;

    switch (stack->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_IO_SHOW_BUFFERED:
    case IOCTL_IO_SHOW_IN_DIRECT:
    case IOCTL_IO_SHOW_OUT_DIRECT:
    case IOCTL_IO_SHOW_NEITHER:
        return ShowControl(irp, stack);
    case IOCTL_IO_FAST:
        DbgPrint("fact 39: the IRP of the fast control\n");
        break;
    case IOCTL_IO_BEHAVE:
        stack->FileObject->FsContext = (PVOID)(ULONG_PTR)Number(system);
        break;
    case IOCTL_IO_ANSWER_OPEN:
        OpenAnswer = *answer;
        break;
    case IOCTL_IO_FINISH:
        status = FinishKept(answer->status, answer->information);
        break;
    case IOCTL_IO_STATUS:
        status = answer->status;
        information = answer->information;
        break;
    case IOCTL_IO_KEEP:
        return Keep(irp, TRUE, Number(system));
    case IOCTL_IO_KEEP_HARD:
        return Keep(irp, FALSE, 0);
    case IOCTL_IO_KEEP_MDL:
        DbgPrint("fact 40: an MDL of %lu bytes, at the application's offset in the page %d\n",
                 MmGetMdlByteCount(irp->MdlAddress), MmGetMdlByteOffset(irp->MdlAddress) == Number(system));
        return Keep(irp, FALSE, 0);
    case IOCTL_IO_TOUCH:
        TouchKept((UCHAR)Number(system));
        break;
    case IOCTL_IO_KEPT:
        *(ULONG *)system = CountKept();
        information = sizeof(ULONG);
        break;
    case IOCTL_IO_WAIT:
        status = WaitFor(system);
        DbgPrint("fact 25: the wait returned %08lX\n", status);
        break;
    case IOCTL_IO_PROBE:
        status = AskProbes(irp);
        break;
    case IOCTL_IO_LATE_CREATE:
        status = CreateLate(device->DriverObject);
        break;
    case IOCTL_IO_LATE_READY:
        Late->Flags &= ~DO_DEVICE_INITIALIZING;
        break;
    case IOCTL_IO_LATE_DELETE:
        DeleteLate();
        break;
    case IOCTL_IO_STACK:
        AskStack(device->DriverObject);
        break;
    case IOCTL_IO_CANCEL:
        AskCancel(device->DriverObject);
        break;
    default:
        status = STATUS_INVALID_DEVICE_REQUEST;
    }
    return Complete(irp, status, information);
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&GlobalLink);
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++)
        IoDeleteSymbolicLink((UNICODE_STRING *)&Devices[i].link);
    DeleteLate();
    while (driver->DeviceObject)
        IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    KeepInitialize();
    AskEntry(driver);
    for (ULONG i = 0; i < ARRAYSIZE(Devices); i++) {
        DEVICE_OBJECT *device;
        NTSTATUS status = IoCreateDevice(driver, 0, (UNICODE_STRING *)&Devices[i].device, FILE_DEVICE_UNKNOWN, 0,
                                         Devices[i].exclusive, &device);
        if (NT_SUCCESS(status)) {
            device->Flags |= Devices[i].flag;
            status = IoCreateSymbolicLink((UNICODE_STRING *)&Devices[i].link, (UNICODE_STRING *)&Devices[i].device);
        }
        if (!NT_SUCCESS(status)) {
            Unload(driver);
            return status;
        }
    }
    DbgPrint("fact 26: the global link: %08lX\n",
             IoCreateSymbolicLink(&GlobalLink, (UNICODE_STRING *)&Devices[0].device));
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchCreate;
    driver->MajorFunction[IRP_MJ_CLEANUP] = DispatchCleanup;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchClose;
    driver->MajorFunction[IRP_MJ_READ] = DispatchTransfer;
    driver->MajorFunction[IRP_MJ_WRITE] = DispatchTransfer;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = StackDispatch;
    driver->MajorFunction[IRP_MJ_FILE_SYSTEM_CONTROL] = DispatchFsControl;
    driver->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = NULL; // fact 43: a slot without a routine is repaired
    FastIo.SizeOfFastIoDispatch = sizeof FastIo;
    FastIo.FastIoDeviceControl = FastControl;
    driver->FastIoDispatch = &FastIo;
    driver->DriverUnload = Unload;
    DbgPrint("started\n");
    return STATUS_SUCCESS;
}
