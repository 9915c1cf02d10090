// conformance-system-space.sys: a section that is mapped by pointer, and physical memory, which is refused.

#include <ntifs.h>
#include <ddkcompat.h>

__declspec(dllimport) extern POBJECT_TYPE MmSectionObjectType; // not in mingw-w64's headers

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void MapInSystemSpace(void)
{
    LARGE_INTEGER size = {.QuadPart = 0x2000};
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    VOID *section, *first = NULL, *second = NULL;
    SIZE_T bytes = 0, some = 0x1000;
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwCreateSection(&handle, SECTION_ALL_ACCESS, &attributes, &size, PAGE_READWRITE, 0x8000000, NULL);
    if (!NT_SUCCESS(status))
        return;
    status = ObReferenceObjectByHandle(handle, SECTION_MAP_READ, MmSectionObjectType, KernelMode, &section, NULL);
    DbgPrint("ObReferenceObjectByHandle: %08lX\n", status);
    ZwClose(handle);
    if (!NT_SUCCESS(status))
        return;
    status = MmMapViewInSystemSpace(section, &first, &bytes);
    DbgPrint("MmMapViewInSystemSpace: %08lX, %Ix bytes\n", status, bytes);
    status = MmMapViewInSystemSpace(section, &second, &some);
    DbgPrint("MmMapViewInSystemSpace: %08lX, %Ix bytes\n", status, some);
    ((UCHAR *)first)[9] = 42;
    DbgPrint("the same memory: %d, in system space %d\n", ((UCHAR *)second)[9], first > MmSystemRangeStart);
    DbgPrint("MmUnmapViewInSystemSpace: %08lX %08lX\n", MmUnmapViewInSystemSpace(first),
             MmUnmapViewInSystemSpace(second));
    ObDereferenceObject(section);
}

static void OpenPhysicalMemory(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\PhysicalMemory");
    OBJECT_ATTRIBUTES attributes;
    HANDLE section;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    DbgPrint("physical memory: %08lX\n", ZwOpenSection(&section, SECTION_MAP_READ, &attributes));
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
    MapInSystemSpace();
    OpenPhysicalMemory();
    return STATUS_SUCCESS;
}
