// conformance-ps.sys: processes and threads by number, opened, asked and set.

#include <ntifs.h>
#include <ddkcompat.h>
#include "ps.h"

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static DRIVER_DISPATCH DispatchOpenClose, DispatchControl;

#ifdef __MINGW32__ // the variable, not what it points to (ddkcompat.h says why)
#define InitialSystemProcess (*(PEPROCESS *)&PsInitialSystemProcess)
#else
#define InitialSystemProcess PsInitialSystemProcess
#endif

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\NthostPs");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\NthostPs");

static void Processes(const PS_WHO *who)
{
    PEPROCESS process, other;
    HANDLE id = PsGetCurrentProcessId();
    NTSTATUS status = PsLookupProcessByProcessId(id, &process);

    DbgPrint("the application's process: %d, found: %08lX, the current one: %d\n",
             (unsigned)(ULONG_PTR)id == who->process, status, NT_SUCCESS(status) && process == PsGetCurrentProcess());
    if (NT_SUCCESS(status)) {
        DbgPrint("its number: %d\n", PsGetProcessId(process) == id);
        ObDereferenceObject(process);
    }
    status = PsLookupProcessByProcessId(PsGetProcessId(InitialSystemProcess), &other);
    DbgPrint("the system process: %08lX, another one: %d\n", status, other == InitialSystemProcess && other != process);
    if (NT_SUCCESS(status))
        ObDereferenceObject(other);
    DbgPrint("no such process: %d\n", !NT_SUCCESS(PsLookupProcessByProcessId((HANDLE)0x7ffffff0, &process)));
}

static void Threads(const PS_WHO *who)
{
    PETHREAD thread;
    HANDLE id = PsGetCurrentThreadId();
    NTSTATUS status = PsLookupThreadByThreadId(id, &thread);

    DbgPrint("the application's thread: %d, found: %08lX\n", (unsigned)(ULONG_PTR)id == who->thread, status);
    if (NT_SUCCESS(status)) {
        DbgPrint("its number: %d, of its process: %d, a system thread: %d\n", PsGetThreadId(thread) == id,
                 PsGetThreadProcessId(thread) == PsGetCurrentProcessId(), PsIsSystemThread(thread));
        ObDereferenceObject(thread);
    }
    DbgPrint("no such thread: %08lX\n", PsLookupThreadByThreadId((HANDLE)0x7ffffff0, &thread));
}

static void OpenProcess(void)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId()};
    PROCESS_BASIC_INFORMATION basic;
    PEPROCESS process;
    HANDLE handle;
    ULONG length = 0;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwOpenProcess(&handle, PROCESS_ALL_ACCESS, &attributes, &id);
    DbgPrint("ZwOpenProcess: %08lX\n", status);
    if (NT_SUCCESS(status)) {
        status = ObReferenceObjectByHandle(handle, 0, *PsProcessType, KernelMode, (void **)&process, NULL);
        DbgPrint("it is the process: %d\n", NT_SUCCESS(status) && process == PsGetCurrentProcess());
        if (NT_SUCCESS(status))
            ObDereferenceObject(process);
        status = ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, sizeof basic, &length);
        DbgPrint("basic information: %08lX, %lu bytes, its number: %d, running: %d\n", status, length,
                 (HANDLE)basic.UniqueProcessId == id.UniqueProcess, (NTSTATUS)basic.ExitStatus == STATUS_PENDING);
        status = ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, sizeof basic - 1, NULL);
        DbgPrint("too short a buffer: %08lX\n", status);
        ZwClose(handle);
    }
    id.UniqueProcess = (HANDLE)0x7ffffff0;
    status = ZwOpenProcess(&handle, PROCESS_ALL_ACCESS, &attributes, &id);
    DbgPrint("of a process that is not there: %08lX\n", status);
}

static void OpenThread(void)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId(), .UniqueThread = PsGetCurrentThreadId()};
    PETHREAD thread;
    HANDLE handle;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwOpenThread(&handle, THREAD_ALL_ACCESS, &attributes, &id);
    DbgPrint("ZwOpenThread: %08lX\n", status);
    if (NT_SUCCESS(status)) {
        status = ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, (void **)&thread, NULL);
        DbgPrint("it is the thread: %d\n", NT_SUCCESS(status) && PsGetThreadId(thread) == id.UniqueThread);
        if (NT_SUCCESS(status))
            ObDereferenceObject(thread);
        ZwClose(handle);
    }
    id.UniqueThread = (HANDLE)0x7ffffff0;
    status = ZwOpenThread(&handle, THREAD_ALL_ACCESS, &attributes, &id);
    DbgPrint("of a thread that is not there: %08lX\n", status);
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
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    const PS_WHO *who = irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(device);
    if (stack->Parameters.DeviceIoControl.IoControlCode != IOCTL_PS_LOOK ||
        stack->Parameters.DeviceIoControl.InputBufferLength != sizeof *who)
        return Complete(irp, STATUS_INVALID_DEVICE_REQUEST);
    Processes(who);
    Threads(who);
    OpenProcess();
    OpenThread();
    return Complete(irp, STATUS_SUCCESS);
}

static void Unload(DRIVER_OBJECT *driver)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(driver->DeviceObject);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    DEVICE_OBJECT *device;
    ULONG major, minor, build;

    UNREFERENCED_PARAMETER(registry_path);
    DbgPrint("a checked build: %d, Windows 10: %d\n", PsGetVersion(&major, &minor, &build, NULL), major == 10);
    DbgPrint("DriverEntry in the system process: %d\n", PsGetCurrentProcess() == InitialSystemProcess);
    NTSTATUS status = IoCreateDevice(driver, 0, &DeviceName, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    driver->MajorFunction[IRP_MJ_CREATE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_CLOSE] = DispatchOpenClose;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = DispatchControl;
    driver->DriverUnload = Unload;
    return IoCreateSymbolicLink(&LinkName, &DeviceName);
}
