// conformance-sections.sys: two views of the same memory, a view of a file, virtual memory of the system process, and
// the list of modules.

#include <ntifs.h>
#include <ddkcompat.h>

NTSYSAPI NTSTATUS NTAPI ZwQueryVirtualMemory(HANDLE process, VOID *address, ULONG information_class, VOID *buffer,
                                             SIZE_T length, SIZE_T *returned);
NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG information_class, VOID *buffer, ULONG length, ULONG *returned);
#ifndef SEC_COMMIT
#define SEC_COMMIT 0x8000000
#define SEC_IMAGE  0x1000000
#endif

typedef struct {
    VOID *BaseAddress, *AllocationBase;
    ULONG AllocationProtect;
    SIZE_T RegionSize;
    ULONG State, Protect, Type;
} BASIC_MEMORY;

typedef struct {
    HANDLE Section;
    VOID *MappedBase, *ImageBase;
    ULONG ImageSize, Flags;
    USHORT LoadOrderIndex, InitOrderIndex, LoadCount, OffsetToFileName;
    CHAR FullPathName[256];
} MODULE;

typedef struct {
    ULONG Count;
    MODULE Modules[1];
} MODULES;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static NTSTATUS Create(HANDLE *section, const WCHAR *name, LONGLONG size, ULONG protection, ULONG allocation,
                       HANDLE file)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    LARGE_INTEGER bytes = {.QuadPart = size};
    RtlInitUnicodeString(&string, name);
    InitializeObjectAttributes(&attributes, name ? &string : NULL, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    return ZwCreateSection(section, SECTION_ALL_ACCESS, &attributes, size ? &bytes : NULL, protection, allocation,
                           file);
}

static NTSTATUS Open(HANDLE *section, const WCHAR *name)
{
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    InitializeObjectAttributes(&attributes, &string, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    return ZwOpenSection(section, SECTION_MAP_READ | SECTION_MAP_WRITE, &attributes);
}

static NTSTATUS Map(HANDLE section, CHAR **base, LONGLONG offset, SIZE_T *size, ULONG protection)
{
    LARGE_INTEGER where = {.QuadPart = offset};
    VOID *view = NULL;
    NTSTATUS status =
        ZwMapViewOfSection(section, ZwCurrentProcess(), &view, 0, 0, &where, size, ViewUnmap, 0, protection);
    *base = view;
    return status;
}

static void Unmap(VOID *base)
{
    NTSTATUS status = ZwUnmapViewOfSection(ZwCurrentProcess(), base);
    if (!NT_SUCCESS(status))
        DbgPrint("ZwUnmapViewOfSection: %08lX\n", status);
}

static void ShareMemory(void)
{
    HANDLE section, again;
    CHAR *first, *second, *third;
    SIZE_T size = 0, other = 0, small = 100;
    NTSTATUS status = Create(&section, L"\\BaseNamedObjects\\NthostSection", 0x18000, PAGE_READWRITE, SEC_COMMIT, NULL);
    DbgPrint("create: %08lX, open: %08lX\n", status, Open(&again, L"\\BaseNamedObjects\\nthostsection"));
    if (!NT_SUCCESS(status))
        return;
    status = Map(section, &first, 0, &size, PAGE_READWRITE);
    DbgPrint("map: %08lX, %Ix bytes\n", status, size);
    status = Map(again, &second, 0x10000, &other, PAGE_READWRITE);
    DbgPrint("map the end of it: %08lX, %Ix bytes\n", status, other);
    status = Map(section, &third, 0, &small, PAGE_READONLY);
    DbgPrint("map a little: %08lX, %Ix bytes\n", status, small);
    first[0x10005] = 'x';
    first[7] = 'y';
    DbgPrint("the same memory: %c %c, elsewhere %d\n", second[5], third[7], first != third);
    size = 0x20000;
    DbgPrint("more than there is: %08lX\n", Map(section, &third, 0, &size, PAGE_READWRITE));
    size = 0;
    DbgPrint("at an odd offset: %08lX\n", Map(section, &third, 0x1000, &size, PAGE_READWRITE));
    Unmap(first);
    DbgPrint("still there: %c\n", second[5]);
    Unmap(second + 100);
    ZwClose(again);
    ZwClose(section);
    DbgPrint("the name goes with the last handle: %08lX\n", Open(&again, L"\\BaseNamedObjects\\NthostSection"));
    DbgPrint("unmap nothing: %08lX\n", ZwUnmapViewOfSection(ZwCurrentProcess(), second));
}

static void Refuse(void)
{
    HANDLE section;
    DbgPrint("no size: %08lX\n", Create(&section, NULL, 0, PAGE_READWRITE, SEC_COMMIT, NULL));
    DbgPrint("no protection: %08lX\n", Create(&section, NULL, 0x1000, 0, SEC_COMMIT, NULL));
    DbgPrint("neither reserved nor committed: %08lX\n", Create(&section, NULL, 0x1000, PAGE_READWRITE, 0, NULL));
    NTSTATUS status = Create(&section, NULL, 0x1000, PAGE_READONLY, SEC_COMMIT, NULL);
    if (NT_SUCCESS(status)) {
        CHAR *view;
        SIZE_T size = 0;
        DbgPrint("writing to what is read only: %08lX\n", Map(section, &view, 0, &size, PAGE_READWRITE));
        ZwClose(section);
    }
}

static void MapFile(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\??\\C:\\nthost-section");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK iosb;
    LARGE_INTEGER start = {.QuadPart = 0};
    HANDLE file, section;
    CHAR *view, text[8] = "";
    SIZE_T size = 0;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    NTSTATUS status = ZwCreateFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE, &attributes, &iosb,
                                   NULL, FILE_ATTRIBUTE_NORMAL, 0, FILE_OVERWRITE_IF,
                                   FILE_SYNCHRONOUS_IO_NONALERT | FILE_DELETE_ON_CLOSE, NULL, 0);
    if (!NT_SUCCESS(status))
        return;
    DbgPrint("of an empty file: %08lX\n", Create(&section, NULL, 0, PAGE_READWRITE, SEC_COMMIT, file));
    ZwWriteFile(file, NULL, NULL, NULL, &iosb, "contents", 8, &start, NULL);
    DbgPrint("read only and too large: %08lX\n", Create(&section, NULL, 100, PAGE_READONLY, SEC_COMMIT, file));
    status = Create(&section, NULL, 0, PAGE_READWRITE, SEC_COMMIT, file);
    DbgPrint("of a file: %08lX\n", status);
    if (NT_SUCCESS(status)) {
        status = Map(section, &view, 0, &size, PAGE_READWRITE);
        DbgPrint("its view: %08lX, %Ix bytes, %.8s\n", status, size, view);
        view[0] = 'C';
        Unmap(view);
        ZwReadFile(file, NULL, NULL, NULL, &iosb, text, 8, &start, NULL);
        DbgPrint("in the file: %.8s\n", text);
        ZwClose(section);
    }
    ZwClose(file);
}

static void Allocate(void)
{
    VOID *base = NULL;
    SIZE_T size = 0x12345, all = 0;
    BASIC_MEMORY memory;
    NTSTATUS status = ZwAllocateVirtualMemory(ZwCurrentProcess(), &base, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    DbgPrint("allocate: %08lX, %Ix bytes, zero %d\n", status, size, base && *(UCHAR *)base == 0);
    if (!NT_SUCCESS(status))
        return;
    *(UCHAR *)base = 1;
    status = ZwQueryVirtualMemory(ZwCurrentProcess(), (UCHAR *)base + 0x1234, 0, &memory, sizeof memory, &all);
    DbgPrint("query: %08lX, base %d, %Ix bytes, state %lx, protection %lx, type %lx\n", status,
             memory.AllocationBase == base, memory.RegionSize, memory.State, memory.Protect, memory.Type);
    status = ZwQueryVirtualMemory(ZwCurrentProcess(), base, 0, &memory, 8, &all);
    DbgPrint("query, too short: %08lX\n", status);
    all = 0;
    status = ZwFreeVirtualMemory(ZwCurrentProcess(), &base, &all, MEM_RELEASE);
    DbgPrint("free: %08lX, %Ix bytes\n", status, all);
}

static void AskForModules(DRIVER_OBJECT *driver)
{
    ULONG needed = 0, mine = 0;
    NTSTATUS status = ZwQuerySystemInformation(11, NULL, 0, &needed); // SystemModuleInformation
    DbgPrint("modules: %08lX\n", status);
    MODULES *modules = ExAllocatePoolWithTag(NonPagedPool, needed + 4096, 'doMN');
    if (!modules)
        return;
    status = ZwQuerySystemInformation(11, modules, needed + 4096, &needed);
    for (ULONG i = 0; NT_SUCCESS(status) && i < modules->Count; i++)
        mine +=
            modules->Modules[i].ImageBase == driver->DriverStart && modules->Modules[i].ImageSize == driver->DriverSize;
    if (NT_SUCCESS(status))
        DbgPrint("first %s, this driver %lu times\n",
                 modules->Modules[0].FullPathName + modules->Modules[0].OffsetToFileName, mine);
    ExFreePoolWithTag(modules, 'doMN');
}

static void AskForProcesses(void)
{
    ULONG needed = 0, found = 0, threads = 0;
    ZwQuerySystemInformation(5, NULL, 0, &needed); // SystemProcessInformation
    UCHAR *list = ExAllocatePoolWithTag(NonPagedPool, needed + 16384, 'rpMN');
    if (!list)
        return;
    NTSTATUS status = ZwQuerySystemInformation(5, list, needed + 16384, &needed);
    for (UCHAR *entry = list; NT_SUCCESS(status); entry += *(ULONG *)entry) {
        if (*(HANDLE *)(entry + 0x50) == PsGetCurrentProcessId()) {
            found++;
            threads = ((ULONG *)entry)[1];
        }
        if (!*(ULONG *)entry)
            break;
    }
    DbgPrint("processes: %08lX, the current one %lu times, with threads %d\n", status, found, threads > 0);
    ExFreePoolWithTag(list, 'rpMN');
}

static void AskForTheSystem(void)
{
    struct {
        ULONG reserved, resolution, page_size, pages, lowest, highest, granularity;
        ULONG_PTR least, most, affinity;
        CCHAR processors;
    } basic;
    ULONG needed = 0;
    NTSTATUS status = ZwQuerySystemInformation(0, &basic, sizeof basic, &needed);
    DbgPrint("basic: %08lX, %lu bytes, page %lu, granularity %lu, processors %d\n", status, needed, basic.page_size,
             basic.granularity, basic.processors > 0);
    DbgPrint("basic, too short: %08lX\n", ZwQuerySystemInformation(0, &basic, 4, &needed));
    DbgPrint("no such class: %08lX\n", ZwQuerySystemInformation(9999, &basic, sizeof basic, &needed));
    BOOLEAN debugger[2] = {9, 9};
    status = ZwQuerySystemInformation(35, debugger, sizeof debugger, &needed);
    DbgPrint("debugger: %08lX, %d %d\n", status, debugger[0], debugger[1]);
    LONGLONG times[6];
    status = ZwQuerySystemInformation(3, times, sizeof times, &needed);
    DbgPrint("time of day: %08lX, booted before now %d\n", status, times[0] < times[1]);
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
    ShareMemory();
    Refuse();
    MapFile();
    Allocate();
    AskForModules(driver);
    AskForProcesses();
    AskForTheSystem();
    return STATUS_SUCCESS;
}
