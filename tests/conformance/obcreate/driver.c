// conformance-obcreate.sys: objects that a driver makes, and references with tags.

#include <ntifs.h>
#include <ddkcompat.h>

enum { TAG = 'xenN' };

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void Tags(void *object)
{
    LONG_PTR with = ObfReferenceObjectWithTag(object, TAG);
    LONG_PTR without = ObfDereferenceObjectWithTag(object, TAG);

    DbgPrint("referenced and dereferenced: %d\n", with == without + 1);
    ObfReferenceObject(object);
    ObDereferenceObjectDeferDelete(object);
    with = ObfReferenceObjectWithTag(object, TAG);
    DbgPrint("as many references as before: %d\n", with == without + 1);
    ObfDereferenceObjectWithTag(object, TAG);
}

static void Event(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\NthostObCreate");
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle, opened;
    void *object, *again = NULL;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status =
        ObCreateObject(KernelMode, *ExEventObjectType, &attributes, KernelMode, NULL, sizeof(KEVENT), 0, 0, &object);
    DbgPrint("an event: %08lX\n", status);
    if (!NT_SUCCESS(status))
        return;
    KeInitializeEvent(object, NotificationEvent, FALSE);
    DbgPrint("its name is not there yet: %08lX\n", ZwOpenEvent(&opened, EVENT_ALL_ACCESS, &attributes));
    status = ObInsertObject(object, NULL, EVENT_ALL_ACCESS, 0, NULL, &handle);
    DbgPrint("inserted: %08lX\n", status);
    status =
        ObReferenceObjectByHandleWithTag(handle, EVENT_MODIFY_STATE, *ExEventObjectType, KernelMode, TAG, &again, NULL);
    DbgPrint("by its handle: %08lX, the same: %d\n", status, again == object);
    Tags(again);
    KeSetEvent(again, IO_NO_INCREMENT, FALSE);
    ObfDereferenceObjectWithTag(again, TAG);
    status = ZwOpenEvent(&opened, EVENT_ALL_ACCESS, &attributes);
    DbgPrint("by its name: %08lX, set: %08lX\n", status, ZwWaitForSingleObject(opened, FALSE, NULL));
    ZwClose(opened);
    ZwClose(handle);
    DbgPrint("gone with its last handle: %08lX\n", ZwOpenEvent(&opened, EVENT_ALL_ACCESS, &attributes));
}

// What drivers make most: a file object that no open made.
static void File(void)
{
    FILE_OBJECT *file;

    NTSTATUS status =
        ObCreateObject(KernelMode, *IoFileObjectType, NULL, KernelMode, NULL, sizeof *file, 0, 0, (void **)&file);
    DbgPrint("a file object: %08lX\n", status);
    if (!NT_SUCCESS(status))
        return;
    RtlZeroMemory(file, sizeof *file);
    file->Type = IO_TYPE_FILE;
    file->Size = sizeof *file;
    DbgPrint("its type: %d\n", ObReferenceObjectByPointer(file, 0, *IoFileObjectType, KernelMode) == STATUS_SUCCESS);
    ObDereferenceObject(file);
    ObDereferenceObject(file);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    driver->DriverUnload = Unload;
    Event();
    File();
    return STATUS_SUCCESS;
}
