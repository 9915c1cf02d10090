// test-limits.sys: calls routines above their IRQL limits; tests/unit/test_ldr_limit.c calls what it exports.

#include <ntifs.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

__declspec(dllexport) void CallAt(ULONG what, KIRQL irql);

enum { CLOSE, MUTEX, CONVERT, VARIADIC, PAGED, NONPAGED, WAIT, POLL };

void CallAt(ULONG what, KIRQL irql)
{
    static FAST_MUTEX mutex;
    static KEVENT event;
    UNICODE_STRING string = {0};
    LARGE_INTEGER at_once = {.QuadPart = 0};
    KIRQL before;
    PVOID memory;
    ExInitializeFastMutex(&mutex);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(irql, &before);
    switch (what) {
    case CLOSE:
        ZwClose(NULL);
        break;
    case MUTEX:
        ExAcquireFastMutex(&mutex);
        ExReleaseFastMutex(&mutex);
        break;
    case CONVERT:
        if (RtlEqualUnicodeString(&string, &string, TRUE) != TRUE)
            DbgPrint("arguments were lost\n");
        break;
    case VARIADIC:
        DbgPrint("printed at %u\n", KeGetCurrentIrql());
        break;
    case PAGED:
        ExAllocatePoolWithTag(PagedPool, 16, 'tseT');
        break;
    case NONPAGED:
        memory = ExAllocatePoolWithTag(NonPagedPool, 16, 'tseT');
        ExFreePoolWithTag(memory, 'tseT');
        break;
    case WAIT:
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        break;
    case POLL:
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &at_once);
        break;
    }
    KeLowerIrql(before);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
