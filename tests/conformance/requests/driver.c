// conformance-requests.sys: devices and requests as a driver makes them itself. Two devices, the upper attached to the
// lower; both are this driver's, and DriverEntry sends the requests.
//
// https://learn.microsoft.com/windows-hardware/drivers/kernel/handling-irps
#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"
IMPORTED(NTSTATUS, IoCallDriver, (PDEVICE_OBJECT device, PIRP irp));
PIRP NTAPI IoAllocateIrpEx(PDEVICE_OBJECT device, CCHAR stack_size, BOOLEAN charge_quota);
VOID NTAPI IoCancelThreadIo(PETHREAD thread);
NTSTATUS NTAPI ZwCancelIoFileEx(HANDLE file, PIO_STATUS_BLOCK of, PIO_STATUS_BLOCK iosb);
NTSTATUS NTAPI ZwCancelIoFile(HANDLE file, PIO_STATUS_BLOCK iosb);
ULONG NTAPI IoSizeofWorkItem(void);
VOID NTAPI IoInitializeWorkItem(PVOID object, PIO_WORKITEM item);
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM item);
NTSTATUS NTAPI IoCreateDeviceSecure(PDRIVER_OBJECT driver, ULONG extension, PUNICODE_STRING name, DEVICE_TYPE type,
                                    ULONG characteristics, BOOLEAN exclusive, PCUNICODE_STRING sddl, const GUID *guid,
                                    PDEVICE_OBJECT *device);

enum { CONTROL = CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS) };

static UNICODE_STRING LowerName = RTL_CONSTANT_STRING(L"\\Device\\NthostRequestsLower");
static PDEVICE_OBJECT Lower, Upper;
static ULONG Seen;     // requests that came to the lower device
static PIRP Held;      // the one that it keeps pending
static KEVENT Holding; // and that it has it
static BOOLEAN Synchronous;

static DRIVER_CANCEL Cancel;
static void Cancel(PDEVICE_OBJECT device, PIRP irp)
{
    UNREFERENCED_PARAMETER(device);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    irp->IoStatus.Status = STATUS_CANCELLED;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
}

static NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS Hold(PIRP irp)
{
    IoMarkIrpPending(irp);
    Held = irp;
    IoSetCancelRoutine(irp, Cancel);
    KeSetEvent(&Holding, IO_NO_INCREMENT, FALSE);
    return STATUS_PENDING;
}

// The lower device answers; a request to the upper one goes down.
static DRIVER_DISPATCH Dispatch;
static NTSTATUS Dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    PIO_STACK_LOCATION stack = IoGetCurrentIrpStackLocation(irp);
    if (device == Upper) {
        if (!IoForwardIrpSynchronously(Lower, irp))
            return Complete(irp, STATUS_UNSUCCESSFUL, 0);
        irp->IoStatus.Information += 100; // what the upper one adds
        NTSTATUS status = irp->IoStatus.Status;
        IoCompleteRequest(irp, IO_NO_INCREMENT);
        return status;
    }
    Seen++;
    Synchronous = IoIsOperationSynchronous(irp);
    switch (stack->MajorFunction) {
    case IRP_MJ_READ:
        if (stack->Parameters.Read.Length == 1)
            return Hold(irp);
        return Complete(irp, STATUS_SUCCESS, min(stack->Parameters.Read.Length, 4));
    case IRP_MJ_WRITE:
        return Complete(irp, STATUS_SUCCESS, stack->Parameters.Write.Length);
    case IRP_MJ_DEVICE_CONTROL:
        CHECK(IoGetRequestorProcess(irp) == PsGetCurrentProcess());
        CHECK_IS(IoGetRequestorProcessId(irp), (ULONG)(ULONG_PTR)PsGetCurrentProcessId());
        CHECK(!IoIs32bitProcess(irp));
        CHECK_IS(IoValidateDeviceIoControlAccess(irp, FILE_READ_ACCESS), STATUS_SUCCESS);
        CHECK_IS(IoValidateDeviceIoControlAccess(irp, FILE_WRITE_ACCESS), STATUS_SUCCESS); // the kernel may
        return Complete(irp, STATUS_SUCCESS, 0);
    case IRP_MJ_QUERY_INFORMATION:
        CHECK_IS(stack->Parameters.QueryFile.FileInformationClass, FileStandardInformation);
        return Complete(irp, STATUS_SUCCESS, sizeof(FILE_STANDARD_INFORMATION));
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        return Complete(irp, STATUS_NOT_SUPPORTED, 0);
    default:
        return Complete(irp, STATUS_SUCCESS, 0);
    }
}

static void Devices(void)
{
    PDEVICE_OBJECT devices[4], attached = NULL, other, device;
    PFILE_OBJECT file;
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\??\\NthostRequests"),
                   system_only = RTL_CONSTANT_STRING(L"D:P(A;;GA;;;SY)"),
                   secure = RTL_CONSTANT_STRING(L"\\Device\\NthostRequestsSecure");
    ULONG count = 0;
    for (ULONG i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        CheckDriver->MajorFunction[i] = Dispatch;
    CHECK_IS(IoCreateDevice(CheckDriver, 0, &LowerName, FILE_DEVICE_UNKNOWN, 0, FALSE, &Lower), STATUS_SUCCESS);
    CHECK_IS(IoCreateDevice(CheckDriver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Upper), STATUS_SUCCESS);
    Lower->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    Upper->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    CHECK_IS(IoEnumerateDeviceObjectList(CheckDriver, devices, sizeof devices, &count), STATUS_SUCCESS);
    CHECK_IS(count, 2);
    for (ULONG i = 0; i < min(count, 4); i++)
        ObDereferenceObject(devices[i]);
    CHECK_IS(IoEnumerateDeviceObjectList(CheckDriver, devices, sizeof *devices, &count), STATUS_BUFFER_TOO_SMALL);
    ObDereferenceObject(devices[0]);
    CHECK_IS(IoCreateDeviceSecure(CheckDriver, 0, &secure, FILE_DEVICE_UNKNOWN, 0, FALSE, &system_only, NULL, &device),
             STATUS_SUCCESS);
    IoDeleteDevice(device);
    CHECK_IS(IoAttachDeviceToDeviceStackSafe(Upper, Lower, &attached), STATUS_SUCCESS);
    CHECK(attached == Lower && Upper->StackSize == Lower->StackSize + 1);
    CHECK(IoGetAttachedDevice(Lower) == Upper && IoGetAttachedDevice(Upper) == Upper);
    other = IoGetAttachedDeviceReference(Lower);
    CHECK(other == Upper);
    ObDereferenceObject(other);
    other = IoGetLowerDeviceObject(Upper);
    CHECK(other == Lower);
    ObDereferenceObject(other);
    IoDetachDevice(Lower);
    CHECK(IoGetAttachedDevice(Lower) == Lower);
    CHECK(IoGetLowerDeviceObject(Upper) == NULL);
    CHECK_IS(IoAttachDevice(Upper, &LowerName, &attached), STATUS_SUCCESS); // by name
    CHECK(attached == Lower);
    CHECK_IS(IoGetDeviceObjectPointer(&LowerName, FILE_READ_DATA, &file, &device), STATUS_SUCCESS);
    CHECK(device == Upper && IoGetRelatedDeviceObject(file) == Upper);
    ObDereferenceObject(file);
    CHECK_IS(IoCreateUnprotectedSymbolicLink(&link, &LowerName), STATUS_SUCCESS);
    CHECK_IS(IoCreateUnprotectedSymbolicLink(&link, &LowerName), STATUS_OBJECT_NAME_COLLISION);
    CHECK_IS(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
}

static void Extensions(void)
{
    PVOID extension = NULL, second;
    CHECK(IoGetDriverObjectExtension(CheckDriver, &Seen) == NULL);
    CHECK_IS(IoAllocateDriverObjectExtension(CheckDriver, &Seen, 64, &extension), STATUS_SUCCESS);
    CHECK(extension && IoGetDriverObjectExtension(CheckDriver, &Seen) == extension);
    CHECK_IS(IoAllocateDriverObjectExtension(CheckDriver, &Seen, 64, &second), STATUS_OBJECT_NAME_COLLISION);
    CHECK_IS(IoRegisterShutdownNotification(Lower), STATUS_SUCCESS);
    CHECK_IS(IoRegisterLastChanceShutdownNotification(Lower), STATUS_SUCCESS);
    IoUnregisterShutdownNotification(Lower);
}

static IO_COMPLETION_ROUTINE Completed;
static NTSTATUS Completed(PDEVICE_OBJECT device, PIRP irp, PVOID context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// A request of our own, down both devices, first as a write, then once more as a flush.
static void Own(PIRP irp)
{
    KEVENT done;
    PIO_STACK_LOCATION stack = IoGetNextIrpStackLocation(irp);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    stack->MajorFunction = IRP_MJ_WRITE;
    stack->Parameters.Write.Length = 7;
    CHECK_IS(IoSetCompletionRoutineEx(Upper, irp, Completed, &done, TRUE, TRUE, TRUE), STATUS_SUCCESS);
    Seen = 0;
    CHECK_IS(Imported_IoCallDriver(Upper, irp), STATUS_SUCCESS);
    CHECK(KeReadStateEvent(&done) != 0 && Seen == 1);
    CHECK_IS(irp->IoStatus.Information, 107);
}

static void Requests(void)
{
    PIRP irp = IoAllocateIrpEx(Upper, Upper->StackSize, FALSE);
    UCHAR room[1024] __attribute__((aligned(16)));
    CHECK(irp != NULL);
    Own(irp);
    IoFreeIrp(irp);
    CHECK(IoSizeOfIrp(Upper->StackSize) <= sizeof room);
    irp = (PIRP)room;
    IoInitializeIrp(irp, IoSizeOfIrp(Upper->StackSize), Upper->StackSize);
    CHECK_IS(irp->StackCount, Upper->StackSize);
    Own(irp);
}

static HANDLE Open(ULONG options)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file = NULL;
    InitializeObjectAttributes(&attributes, &LowerName, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_IS(ZwOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &iosb, 0, options), STATUS_SUCCESS);
    return file;
}

static void Files(void)
{
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    HANDLE file;
    char buffer[8];
    LARGE_INTEGER start = {.QuadPart = 0};
    FILE_STANDARD_INFORMATION standard;
    FILE_POSITION_INFORMATION position = {.CurrentByteOffset.QuadPart = 12};
    InitializeObjectAttributes(&attributes, &LowerName, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_IS(NtCreateFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &iosb, NULL, 0, 0, FILE_OPEN,
                          FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0),
             STATUS_SUCCESS);
    CHECK_IS(NtReadFile(file, NULL, NULL, NULL, &iosb, buffer, 8, &start, NULL), STATUS_SUCCESS);
    CHECK(iosb.Information == 104 || iosb.Information == 8); // the upper device's sum, cut to the buffer
    CHECK(Synchronous);
    CHECK_IS(NtWriteFile(file, NULL, NULL, NULL, &iosb, buffer, 3, &start, NULL), STATUS_SUCCESS);
    CHECK_IS(NtDeviceIoControlFile(file, NULL, NULL, NULL, &iosb, CONTROL, NULL, 0, NULL, 0), STATUS_SUCCESS);
    CHECK_IS(NtFsControlFile(file, NULL, NULL, NULL, &iosb, CONTROL, NULL, 0, NULL, 0), STATUS_NOT_SUPPORTED);
    CHECK_IS(ZwFsControlFile(file, NULL, NULL, NULL, &iosb, CONTROL, NULL, 0, NULL, 0), STATUS_NOT_SUPPORTED);
    CHECK_IS(ZwFlushBuffersFile(file, &iosb), STATUS_SUCCESS);
    CHECK_IS(ZwQueryInformationFile(file, &iosb, &standard, sizeof standard, FileStandardInformation), STATUS_SUCCESS);
    CHECK_IS(ZwSetInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation), STATUS_SUCCESS);
    position.CurrentByteOffset.QuadPart = 0;
    CHECK_IS(ZwQueryInformationFile(file, &iosb, &position, sizeof position, FilePositionInformation), STATUS_SUCCESS);
    CHECK_IS(position.CurrentByteOffset.QuadPart, 12);
    ZwClose(file);
    CHECK_IS(NtOpenFile(&file, FILE_READ_DATA, &attributes, &iosb, 0, 0), STATUS_SUCCESS);
    ZwClose(file);
}

// A read of one byte is held until it is cancelled.
static void Cancels(void)
{
    IO_STATUS_BLOCK read, cancel;
    LARGE_INTEGER start = {.QuadPart = 0};
    char byte;
    for (int way = 0; way < 3; way++) {
        IoDetachDevice(Lower); // the upper device would wait for it
        HANDLE file = Open(0);
        KeInitializeEvent(&Holding, NotificationEvent, FALSE);
        CHECK_IS(ZwReadFile(file, NULL, NULL, NULL, &read, &byte, 1, &start, NULL), STATUS_PENDING);
        CHECK(KeReadStateEvent(&Holding) != 0 && !Synchronous);
        if (way == 0)
            CHECK_IS(ZwCancelIoFile(file, &cancel), STATUS_SUCCESS);
        else if (way == 1)
            CHECK_IS(ZwCancelIoFileEx(file, &read, &cancel), STATUS_SUCCESS);
        else
            IoCancelThreadIo(PsGetCurrentThread());
        CHECK_IS(ZwWaitForSingleObject(file, FALSE, NULL), STATUS_SUCCESS);
        CHECK_IS(read.Status, STATUS_CANCELLED);
        CHECK_IS(ZwCancelIoFileEx(file, &read, &cancel), STATUS_NOT_FOUND); // nothing left
        ZwClose(file);
        IoAttachDeviceToDeviceStack(Upper, Lower);
    }
}

static KEVENT Worked;

static VOID NTAPI Work(PVOID object, PVOID context, PIO_WORKITEM item)
{
    CHECK(object == Lower && context == &Worked && item != NULL);
    KeSetEvent(&Worked, IO_NO_INCREMENT, FALSE);
}

static IO_TIMER_ROUTINE Tick;
static void Tick(PDEVICE_OBJECT device, PVOID context)
{
    CHECK(device == Lower);
    CHECK_IS(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

static void Helpers(void)
{
    static ULONG64 room[64];
    PIO_WORKITEM item = (PIO_WORKITEM)room;
    LARGE_INTEGER moment = {.QuadPart = -100000};
    KeInitializeEvent(&Worked, SynchronizationEvent, FALSE);
    CHECK(IoSizeofWorkItem() <= sizeof room);
    IoInitializeWorkItem(Lower, item);
    IoQueueWorkItemEx(item, Work, DelayedWorkQueue, &Worked);
    CHECK_IS(KeWaitForSingleObject(&Worked, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    KeDelayExecutionThread(KernelMode, FALSE, &moment); // the routine must have returned
    IoUninitializeWorkItem(item);
    CHECK_IS(IoInitializeTimer(Lower, Tick, &Worked), STATUS_SUCCESS);
    IoStartTimer(Lower); // once a second
    CHECK_IS(KeWaitForSingleObject(&Worked, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    IoStopTimer(Lower);
    IoDetachDevice(Lower);
    IoDeleteDevice(Upper);
    IoDeleteDevice(Lower);
}

// A driver that there is not, by its service key.
static void Drivers(void)
{
    UNICODE_STRING none =
        RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\NthostNoSuchDriver");
    CHECK_IS(ZwLoadDriver(&none), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_IS(ZwUnloadDriver(&none), STATUS_OBJECT_NAME_NOT_FOUND);
}

CHECK_DRIVER({"devices", Devices}, {"extensions", Extensions}, {"requests", Requests}, {"files", Files},
             {"cancels", Cancels}, {"helpers", Helpers}, {"drivers", Drivers})
