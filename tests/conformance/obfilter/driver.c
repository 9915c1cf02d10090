// conformance-obfilter.sys: two filters of handles to processes and threads. While a process is protected, nobody gets a
// handle that may end it or its threads.

#include <ntifs.h>
#include <ddkcompat.h>
#include "obfilter.h"

#define THREAD_TERMINATE 0x0001

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchControl;

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostObFilter");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostObFilter");

static void *Upper, *Lower;
static HANDLE Protected;

static HANDLE ProcessOf(void *object, POBJECT_TYPE type)
{
    return type == *PsProcessType ? PsGetProcessId(object) : PsGetThreadProcessId(object);
}

static const char *Operation(OB_OPERATION operation)
{
    return operation == OB_OPERATION_HANDLE_CREATE ? "create" : "duplicate";
}

static OB_PREOP_CALLBACK_STATUS NTAPI Before(void *context, POB_PRE_OPERATION_INFORMATION info)
{
    const ACCESS_MASK end = info->ObjectType == *PsProcessType ? PROCESS_TERMINATE : THREAD_TERMINATE;

    if (!Protected || ProcessOf(info->Object, info->ObjectType) != Protected)
        return OB_PREOP_SUCCESS;
    // Both operations' parameters begin with the same two masks.
    ACCESS_MASK *wanted = &info->Parameters->CreateHandleInformation.DesiredAccess;
    DbgPrint("%s, before: %s a %s handle, kernel's: %u, may end: %d, as asked: %d\n", (char *)context,
             Operation(info->Operation), info->ObjectType == *PsProcessType ? "process" : "thread", info->KernelHandle,
             (*wanted & end) != 0, *wanted == info->Parameters->CreateHandleInformation.OriginalDesiredAccess);
    if (info->Operation == OB_OPERATION_HANDLE_DUPLICATE)
        DbgPrint("from and to the current process: %d\n",
                 info->Parameters->DuplicateHandleInformation.SourceProcess == PsGetCurrentProcess() &&
                     info->Parameters->DuplicateHandleInformation.TargetProcess == PsGetCurrentProcess());
    if (*(char *)context == 'u')
        *wanted &= ~end;
    else
        *wanted |= end; // in vain
    info->CallContext = context;
    return OB_PREOP_SUCCESS;
}

static void NTAPI After(void *context, POB_POST_OPERATION_INFORMATION info)
{
    const ACCESS_MASK end = info->ObjectType == *PsProcessType ? PROCESS_TERMINATE : THREAD_TERMINATE;

    if (!Protected || ProcessOf(info->Object, info->ObjectType) != Protected)
        return;
    DbgPrint("%s, after: %s, %08lX, may end: %d, its context: %d\n", (char *)context, Operation(info->Operation),
             info->ReturnStatus, (info->Parameters->CreateHandleInformation.GrantedAccess & end) != 0,
             info->CallContext == context);
}

static NTSTATUS Register(const WCHAR *altitude, char *context, USHORT version, void **handle)
{
    OB_OPERATION_REGISTRATION operations[] = {
        {(POBJECT_TYPE *)PsProcessType, OB_OPERATION_HANDLE_CREATE | OB_OPERATION_HANDLE_DUPLICATE, Before, After},
        {(POBJECT_TYPE *)PsThreadType, OB_OPERATION_HANDLE_CREATE, Before, After},
    };
    OB_CALLBACK_REGISTRATION registration = {.Version = version,
                                             .OperationRegistrationCount = 2,
                                             .RegistrationContext = context,
                                             .OperationRegistration = operations};

    RtlInitUnicodeString(&registration.Altitude, altitude);
    return ObRegisterCallbacks(&registration, handle);
}

// A driver's own handles pass the filters as well.
static void OpenKernel(void)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = Protected};
    HANDLE handle;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwOpenProcess(&handle, PROCESS_QUERY_INFORMATION, &attributes, &id);
    DbgPrint("ZwOpenProcess: %08lX\n", status);
    if (NT_SUCCESS(status))
        ZwClose(handle);
}

static NTSTATUS Complete(IRP *irp, NTSTATUS status)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS DispatchOpenClose(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    return Complete(irp, STATUS_SUCCESS);
}

static NTSTATUS DispatchControl(DEVICE_OBJECT *device, IRP *irp)
{
    UNREFERENCED_PARAMETER(device);
    switch (IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_OBFILTER_BEGIN:
        Protected = PsGetCurrentProcessId();
        return Complete(irp, STATUS_SUCCESS);
    case IOCTL_OBFILTER_OPEN:
        OpenKernel();
        return Complete(irp, STATUS_SUCCESS);
    case IOCTL_OBFILTER_END:
        Protected = NULL;
        return Complete(irp, STATUS_SUCCESS);
    default:
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    }
}

static void Unload(DRIVER_OBJECT *driver)
{
    ObUnRegisterCallbacks(Lower);
    ObUnRegisterCallbacks(Upper);
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;
    void *third;

    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("version %04X\n", ObGetFilterVersion());
    DbgPrint("the lower one: %08lX\n", Register(L"99999", "lower", OB_FLT_REGISTRATION_VERSION, &Lower));
    DbgPrint("the upper one: %08lX\n", Register(L"320000.5", "upper", OB_FLT_REGISTRATION_VERSION, &Upper));
    DbgPrint("at an altitude that is taken: %08lX\n",
             Register(L"320000.50", "third", OB_FLT_REGISTRATION_VERSION, &third));
    DbgPrint("of another version: %08lX\n", Register(L"1", "third", 0x200, &third));
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return IoCreateSymbolicLink(&LinkName, &DeviceName);
}
