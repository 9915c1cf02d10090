// conformance-memory.sys: memory as a driver for a device would ask for it, and what can be known about it. The test of
// every line is a relation that holds on any machine.

#include <ntddk.h>
#include <ddkcompat.h>

// ntifs.h and winternl.h have them, or nobody.
NTKERNELAPI NTSTATUS NTAPI MmCopyVirtualMemory(PEPROCESS from, VOID *source, PEPROCESS to, VOID *target, SIZE_T size,
                                               KPROCESSOR_MODE mode, SIZE_T *copied);
NTKERNELAPI VOID *NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS address, SIZE_T size, ULONG protection);
NTKERNELAPI VOID NTAPI MmLockPagableSectionByHandle(VOID *section);
__declspec(dllimport) extern ULONG NtBuildNumber, InitSafeBootMode;
__declspec(dllimport) extern ULONG_PTR KiBugCheckData[5];

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

#define LOW_LIMIT 0x00FFFFFF // what an ISA bus master reaches

static const PHYSICAL_ADDRESS None, Anywhere = {.QuadPart = -1}, Low = {.QuadPart = LOW_LIMIT};

static BOOLEAN AreInverse(VOID *address)
{
    PHYSICAL_ADDRESS physical = MmGetPhysicalAddress(address);
    return physical.QuadPart && MmGetVirtualForPhysical(physical) == address;
}

static BOOLEAN IsZero(const UCHAR *bytes, SIZE_T size)
{
    for (SIZE_T i = 0; i < size; i++)
        if (bytes[i])
            return FALSE;
    return TRUE;
}

static void Translate(void)
{
    UCHAR *pool = ExAllocatePoolWithTag(NonPagedPool, 100, 'yhpN');
    PHYSICAL_ADDRESS physical;
    if (!pool)
        return;
    physical = MmGetPhysicalAddress(pool + 10);
    DbgPrint("pool: inverse %d, bytes apart as addresses %d\n", AreInverse(pool),
             (int)(physical.QuadPart - MmGetPhysicalAddress(pool).QuadPart));
    UCHAR *mapped = MmMapIoSpace(physical, 20, MmNonCached);
    pool[10] = 0x5A;
    DbgPrint("MmMapIoSpace of pool: the same memory %d\n", mapped && mapped[0] == 0x5A);
    if (mapped)
        MmUnmapIoSpace(mapped, 20);
    mapped = MmMapIoSpaceEx(physical, 20, PAGE_READONLY);
    DbgPrint("MmMapIoSpaceEx of pool: the same memory %d\n", mapped && mapped[0] == 0x5A);
    if (mapped)
        MmUnmapIoSpace(mapped, 20);
    ExFreePoolWithTag(pool, 'yhpN');

    physical.QuadPart = 0xFED00000; // where PCs have a timer
    DbgPrint("MmMapIoSpace of a device: %p\n", MmMapIoSpace(physical, PAGE_SIZE, MmNonCached));
    DbgPrint("MmGetVirtualForPhysical of a device: %p\n", MmGetVirtualForPhysical(physical));
    DbgPrint("MmGetPhysicalAddress of NULL: %I64X\n", MmGetPhysicalAddress(NULL).QuadPart);
    PHYSICAL_MEMORY_RANGE *ranges = MmGetPhysicalMemoryRanges();
    ULONG count = 0, wrong = 0;
    for (; ranges && ranges[count].NumberOfBytes.QuadPart; count++)
        wrong += ranges[count].BaseAddress.QuadPart % PAGE_SIZE || ranges[count].NumberOfBytes.QuadPart % PAGE_SIZE;
    DbgPrint("MmGetPhysicalMemoryRanges: some %d, not whole pages %lu\n", count > 0, wrong);
    if (ranges)
        ExFreePool(ranges);
}

static void AllocateContiguous(void)
{
    const PHYSICAL_ADDRESS boundary = {.QuadPart = 0x10000};
    UCHAR *any = MmAllocateContiguousMemory(3 * PAGE_SIZE, Anywhere);
    UCHAR *low = MmAllocateContiguousMemory(2 * PAGE_SIZE, Low);
    UCHAR *bound = MmAllocateContiguousMemorySpecifyCache(0xF000, None, Low, boundary, MmNonCached);
    if (any && low && bound) {
        LONGLONG first = MmGetPhysicalAddress(bound).QuadPart, last = MmGetPhysicalAddress(bound + 0xEFFF).QuadPart;
        DbgPrint("contiguous: inverse %d %d %d, contiguous %d\n", AreInverse(any), AreInverse(low + PAGE_SIZE),
                 AreInverse(bound),
                 MmGetPhysicalAddress(any + 2 * PAGE_SIZE).QuadPart - MmGetPhysicalAddress(any).QuadPart ==
                     2 * PAGE_SIZE);
        DbgPrint("low enough %d, within the boundary %d\n",
                 MmGetPhysicalAddress(low + 2 * PAGE_SIZE - 1).QuadPart <= LOW_LIMIT,
                 first / 0x10000 == last / 0x10000);
        MDL *mdl = MmCreateMdl(NULL, low, 2 * PAGE_SIZE);
        if (mdl) {
            MmBuildMdlForNonPagedPool(mdl);
            DbgPrint("frames of the MDL are physical pages %d\n",
                     MmGetMdlPfnArray(mdl)[1] ==
                         (PFN_NUMBER)(MmGetPhysicalAddress(low + PAGE_SIZE).QuadPart >> PAGE_SHIFT));
            ExFreePool(mdl);
        }
    }
    if (any)
        MmFreeContiguousMemory(any);
    if (low)
        MmFreeContiguousMemory(low);
    if (bound)
        MmFreeContiguousMemorySpecifyCache(bound, 0xF000, MmNonCached);
    UCHAR *node = MmAllocateContiguousMemorySpecifyCacheNode(PAGE_SIZE, None, Low, None, MmCached, MM_ANY_NODE_OK);
    DbgPrint("on a node: %d\n", node && AreInverse(node));
    if (node)
        MmFreeContiguousMemory(node);
    const PHYSICAL_ADDRESS nothing = {.QuadPart = 0xFFF};
    DbgPrint("contiguous below 4096: %p\n", MmAllocateContiguousMemory(PAGE_SIZE, nothing));
    UCHAR *uncached = MmAllocateNonCachedMemory(100);
    DbgPrint("MmAllocateNonCachedMemory: inverse %d, page aligned %d\n", uncached && AreInverse(uncached),
             (ULONG_PTR)uncached % PAGE_SIZE == 0);
    if (uncached)
        MmFreeNonCachedMemory(uncached, 100);
}

static void AllocatePages(void)
{
    MDL *mdl = MmAllocatePagesForMdl(None, Low, None, 3 * PAGE_SIZE);
    MDL *other = MmAllocatePagesForMdlEx(None, Anywhere, None, PAGE_SIZE + 1, MmCached, 0);
    if (mdl && other) {
        UCHAR *mapped = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
        DbgPrint("pages: %lu and %lu bytes, locked %d, zero %d\n", MmGetMdlByteCount(mdl), MmGetMdlByteCount(other),
                 (mdl->MdlFlags & MDL_PAGES_LOCKED) != 0, mapped && IsZero(mapped, 3 * PAGE_SIZE));
        DbgPrint("the frames are those of the mapping %d, low %d\n",
                 mapped && MmGetMdlPfnArray(mdl)[2] ==
                               (PFN_NUMBER)(MmGetPhysicalAddress(mapped + 2 * PAGE_SIZE).QuadPart >> PAGE_SHIFT),
                 MmGetMdlPfnArray(mdl)[2] <= LOW_LIMIT >> PAGE_SHIFT);
        DbgPrint("MmProtectMdlSystemAddress: %08lX %08lX, not mapped %08lX\n",
                 MmProtectMdlSystemAddress(mdl, PAGE_READWRITE), MmProtectMdlSystemAddress(mdl, 0x3F),
                 MmProtectMdlSystemAddress(other, PAGE_READWRITE));
    }
    if (mdl) {
        MmFreePagesFromMdl(mdl);
        ExFreePool(mdl);
    }
    if (other) {
        MmFreePagesFromMdl(other);
        ExFreePool(other);
    }
}

static void Copy(void)
{
    UCHAR to[16];
    SIZE_T copied;
    MM_COPY_ADDRESS from = {.VirtualAddress = "virtual memory"};
    NTSTATUS status = MmCopyMemory(to, from, 15, MM_COPY_MEMORY_VIRTUAL, &copied);
    DbgPrint("MmCopyMemory: %08lX, %Iu bytes, %s\n", status, copied, to);
    from.PhysicalAddress = MmGetPhysicalAddress("physical memory");
    status = MmCopyMemory(to, from, 16, MM_COPY_MEMORY_PHYSICAL, &copied);
    DbgPrint("MmCopyMemory: %08lX, %Iu bytes, %s\n", status, copied, to);
    from.VirtualAddress = (VOID *)0x1000;
    status = MmCopyMemory(to, from, 16, MM_COPY_MEMORY_VIRTUAL, &copied);
    DbgPrint("MmCopyMemory of nothing: %08lX, %Iu bytes\n", status, copied);
    status = MmCopyMemory(to, from, 16, MM_COPY_MEMORY_VIRTUAL | MM_COPY_MEMORY_PHYSICAL, &copied);
    DbgPrint("MmCopyMemory of both: %08lX\n", status);
    status = MmCopyVirtualMemory(PsGetCurrentProcess(), "between", PsGetCurrentProcess(), to, 8, KernelMode, &copied);
    DbgPrint("MmCopyVirtualMemory: %08lX, %Iu bytes, %s\n", status, copied, to);
    status =
        MmCopyVirtualMemory(PsGetCurrentProcess(), (VOID *)0x1000, PsGetCurrentProcess(), to, 8, KernelMode, &copied);
    DbgPrint("MmCopyVirtualMemory of nothing: %08lX, %Iu bytes\n", status, copied);
}

static VOID *Find(const WCHAR *name)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    return MmGetSystemRoutineAddress(&string);
}

static void LookUp(DRIVER_OBJECT *driver)
{
    ULONG (*print)(const char *format, ...) = Find(L"DbgPrint");
    KIRQL(NTAPI * irql)(void) = Find(L"KeGetCurrentIrql");
    if (print)
        print("found DbgPrint by its name\n");
    DbgPrint("KeGetCurrentIrql, of hal.dll: %d\n", irql ? irql() : -1);
    DbgPrint("no such routine: %p, wrong case: %p, empty: %p, not ASCII: %p\n", Find(L"NoSuchRoutine"),
             Find(L"dbgprint"), Find(L""), Find(L"DbgPrint\x4E2D"));
    VOID *section = MmLockPagableDataSection((VOID *)(ULONG_PTR)Find);
    DbgPrint("MmLockPagableDataSection: %d\n", section != NULL);
    MmLockPagableSectionByHandle(section);
    MmUnlockPagableImageSection(section);
    MmUnlockPagableImageSection(section);
    DbgPrint("MmPageEntireDriver: %d\n", MmPageEntireDriver((VOID *)(ULONG_PTR)Find) == driver->DriverStart);
    MmResetDriverPaging((VOID *)(ULONG_PTR)Find);
}

static void LookAtTheSystem(void)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    ULONG returned = 1;
    RtlGetVersion(&version);
    DbgPrint("NtBuildNumber: that of RtlGetVersion %d, a release %d\n",
             (NtBuildNumber & 0xFFFF) == version.dwBuildNumber, NtBuildNumber >> 28 == 0xF);
    DbgPrint("safe boot %lu, 64-bit physical addresses %d, debugger enabled %d, not present %d, bugcheck %Ix\n",
             InitSafeBootMode, Mm64BitPhysicalAddress, KD_DEBUGGER_ENABLED, KD_DEBUGGER_NOT_PRESENT, KiBugCheckData[0]);
    DbgPrint("system size %d, server %d\n",
             MmQuerySystemSize() >= MmSmallSystem && MmQuerySystemSize() <= MmLargeSystem, MmIsThisAnNtAsSystem());
    NTSTATUS status = HalQuerySystemInformation(HalInstalledBusInformation, 0, NULL, &returned);
    DbgPrint("HalDispatchTable: version %d, query %08lX, %lu bytes\n", HalDispatchTableVersion >= 3, status, returned);
    DbgPrint("set %08lX, HalQueryBusSlots %08lX, HalReferenceHandlerForBus %p\n",
             HalSetSystemInformation(HalProfileSourceInterval, 0, NULL), HalQueryBusSlots(NULL, 0, NULL, NULL),
             HalReferenceHandlerForBus(PCIBus, 0));
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
    Translate();
    AllocateContiguous();
    AllocatePages();
    Copy();
    LookUp(driver);
    LookAtTheSystem();
    return STATUS_SUCCESS;
}
