// conformance-frameworks.sys: imports from wmilib, ksecdd, fltmgr, wdfldr and netio.
#include "../check.h"

// Their headers are not among mingw-w64's for drivers.
NTSTATUS NTAPI WmiSystemControl(VOID *context, DEVICE_OBJECT *device, IRP *irp, int *disposition);
NTSTATUS NTAPI WmiCompleteRequest(DEVICE_OBJECT *device, IRP *irp, NTSTATUS status, ULONG used, CCHAR boost);
NTSTATUS NTAPI WmiFireEvent(DEVICE_OBJECT *device, const GUID *guid, ULONG instance, ULONG bytes, VOID *data);
NTSTATUS NTAPI BCryptOpenAlgorithmProvider(VOID **algorithm, const WCHAR *name, const WCHAR *implementation,
                                           ULONG flags);
NTSTATUS NTAPI BCryptCloseAlgorithmProvider(VOID *algorithm, ULONG flags);
NTSTATUS NTAPI BCryptGenRandom(VOID *algorithm, UCHAR *buffer, ULONG length, ULONG flags);
NTSTATUS NTAPI FltRegisterFilter(DRIVER_OBJECT *driver, const VOID *registration, VOID **filter);
NTSTATUS NTAPI FltStartFiltering(VOID *filter);
VOID NTAPI FltUnregisterFilter(VOID *filter);
NTSTATUS NTAPI FltBuildDefaultSecurityDescriptor(VOID **descriptor, ACCESS_MASK access);
NTSTATUS NTAPI WdfVersionBind(DRIVER_OBJECT *driver, UNICODE_STRING *path, VOID *bind, VOID **globals);
NTSTATUS NTAPI WdfVersionUnbind(UNICODE_STRING *path, VOID *bind, VOID *globals);
NTSTATUS NTAPI WskRegister(VOID *client, VOID *registration);
NTSTATUS NTAPI WskCaptureProviderNPI(VOID *registration, ULONG timeout, VOID *provider);
VOID NTAPI WskDeregister(VOID *registration);

#define FLT_NOT_INITIALIZED 0xC01C0007
#define USE_PREFERRED_RNG   2
#define WMI_GUID_NOT_FOUND  0xC0000295

static int Done;

static NTSTATUS Completed(DEVICE_OBJECT *device, IRP *irp, VOID *context)
{
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    Done++;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS Control(DEVICE_OBJECT *device, UCHAR minor, DEVICE_OBJECT *provider, int *disposition)
{
    IRP *irp = IoAllocateIrp(2, FALSE);
    if (!irp)
        return STATUS_INSUFFICIENT_RESOURCES;
    IoSetNextIrpStackLocation(irp);
    IO_STACK_LOCATION *stack = IoGetCurrentIrpStackLocation(irp);
    stack->MajorFunction = IRP_MJ_SYSTEM_CONTROL;
    stack->MinorFunction = minor;
    stack->Parameters.WMI.ProviderId = (ULONG_PTR)provider;
    NTSTATUS status = WmiSystemControl(NULL, device, irp, disposition);
    IoFreeIrp(irp);
    return status;
}

static void Wmi(void)
{
    enum { PROCESSED, NOT_COMPLETED, NOT_WMI, FORWARD };
    static const GUID guid;
    DEVICE_OBJECT *device;
    int disposition = PROCESSED;
    CHECK_IS(IoCreateDevice(CheckDriver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device), STATUS_SUCCESS);
    CHECK_IS(Control(device, IRP_MN_QUERY_ALL_DATA, NULL, &disposition), STATUS_SUCCESS);
    CHECK_IS(disposition, FORWARD);
    Control(device, 0x20, device, &disposition);
    CHECK_IS(disposition, NOT_WMI);
    CHECK_IS((ULONG)Control(device, IRP_MN_QUERY_ALL_DATA, device, &disposition), WMI_GUID_NOT_FOUND);
    CHECK_IS(disposition, NOT_COMPLETED);
    IRP *irp = IoAllocateIrp(1, FALSE);
    if (irp) {
        IoSetCompletionRoutine(irp, Completed, NULL, TRUE, TRUE, TRUE);
        IoSetNextIrpStackLocation(irp);
        CHECK_IS(WmiCompleteRequest(device, irp, STATUS_SUCCESS, 12, IO_NO_INCREMENT), STATUS_SUCCESS);
        CHECK_IS(irp->IoStatus.Information, 12);
        CHECK_IS(Done, 1);
        IoFreeIrp(irp);
    }
    CHECK_IS(WmiFireEvent(device, &guid, 0, 16, ExAllocatePoolWithTag(NonPagedPool, 16, 'imWN')), STATUS_UNSUCCESSFUL);
    IoDeleteDevice(device);
}

static void Random(void)
{
    UCHAR first[24] = {0}, second[24] = {0};
    VOID *provider = NULL;
    CHECK_IS(BCryptGenRandom(NULL, first, sizeof first, USE_PREFERRED_RNG), STATUS_SUCCESS);
    CHECK_IS(BCryptOpenAlgorithmProvider(&provider, L"RNG", NULL, 0), STATUS_SUCCESS);
    CHECK_IS(BCryptGenRandom(provider, second, sizeof second, 0), STATUS_SUCCESS);
    CHECK(RtlCompareMemory(first, second, sizeof first) != sizeof first);
    CHECK_IS(BCryptCloseAlgorithmProvider(provider, 0), STATUS_SUCCESS);
    CHECK_IS(BCryptGenRandom(NULL, first, sizeof first, 0), STATUS_INVALID_HANDLE);
    CHECK_IS(BCryptCloseAlgorithmProvider(NULL, 0), STATUS_INVALID_HANDLE);
    CHECK_IS(BCryptOpenAlgorithmProvider(&provider, L"SHA256", NULL, 0), STATUS_NOT_FOUND);
}

static void Filters(void)
{
    VOID *filter = (VOID *)1;
    CHECK_IS((ULONG)FltRegisterFilter(CheckDriver, NULL, &filter), FLT_NOT_INITIALIZED);
    CHECK_IS(filter, NULL);
    CHECK_IS((ULONG)FltStartFiltering(filter), FLT_NOT_INITIALIZED);
    CHECK_IS((ULONG)FltBuildDefaultSecurityDescriptor(&filter, 0), FLT_NOT_INITIALIZED);
    FltUnregisterFilter(filter);
}

static void Framework(void)
{
    VOID *globals = (VOID *)1;
    CHECK_IS(WdfVersionBind(CheckDriver, NULL, NULL, &globals), STATUS_NOT_SUPPORTED);
    CHECK_IS(globals, NULL);
    CHECK_IS(WdfVersionUnbind(NULL, NULL, globals), STATUS_NOT_SUPPORTED);
}

static void Sockets(void)
{
    CHECK_IS(WskRegister(NULL, NULL), STATUS_NOT_SUPPORTED);
    CHECK_IS(WskCaptureProviderNPI(NULL, 0, NULL), STATUS_NOT_SUPPORTED);
    WskDeregister(NULL);
}

CHECK_DRIVER({"WMI", Wmi}, {"random", Random}, {"filters", Filters}, {"framework", Framework}, {"sockets", Sockets})
