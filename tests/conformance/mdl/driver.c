// conformance-mdl.sys: memory descriptor lists of a driver's own memory (fact 40), without a device.
//
// Building, partial ones, chains, mapping again, locking; each line of driver.txt is one answer.

#include <ntddk.h>
#include <ddkcompat.h>

#define TAG 'ldMN'

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;

static void ShowNonpaged(MDL *mdl, UCHAR *start)
{
    MmBuildMdlForNonPagedPool(mdl);
    DbgPrint("nonpaged: %lu bytes, offset in the page as the address's %d\n", MmGetMdlByteCount(mdl),
             MmGetMdlByteOffset(mdl) == ((ULONG_PTR)start & (PAGE_SIZE - 1)));
    DbgPrint("nonpaged: virtual address %d, system address %d, from nonpaged pool %d\n",
             MmGetMdlVirtualAddress(mdl) == start, MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == start,
             (mdl->MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL) != 0);
}

// A part of another MDL describes the same memory; a length of 0 means: up to its end.
static void ShowPartial(MDL *mdl, MDL *partial, UCHAR *start)
{
    IoBuildPartialMdl(mdl, partial, start + 10, 20);
    UCHAR *address = MmGetSystemAddressForMdlSafe(partial, NormalPagePriority);
    start[10] = 'p';
    DbgPrint("partial: %lu bytes, flag %d, the same memory %d\n", MmGetMdlByteCount(partial),
             (partial->MdlFlags & MDL_PARTIAL) != 0, address && address[0] == 'p');
    MmPrepareMdlForReuse(partial);
    IoBuildPartialMdl(mdl, partial, start + 10, 0);
    DbgPrint("partial up to the end: %lu bytes\n", MmGetMdlByteCount(partial));
    MmPrepareMdlForReuse(partial);
}

// With an IRP an MDL becomes MdlAddress; a secondary one is appended.
static void ShowChain(UCHAR *start)
{
    IRP *irp = IoAllocateIrp(1, FALSE);
    if (!irp)
        return;
    MDL *first = IoAllocateMdl(start, 10, FALSE, FALSE, irp);
    MDL *second = IoAllocateMdl(start + 10, 10, TRUE, FALSE, irp);
    DbgPrint("chain: first %d, second %d, end %d\n", irp->MdlAddress == first, first && first->Next == second,
             second && second->Next == NULL);
    irp->MdlAddress = NULL;
    if (second)
        IoFreeMdl(second);
    if (first)
        IoFreeMdl(first);
    IoFreeIrp(irp);
}

static NTSTATUS Lock(MDL *mdl)
{
    __try {
        MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static void ShowLocked(UCHAR *start)
{
    MDL *mdl = IoAllocateMdl(start, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    if (!mdl)
        return;
    NTSTATUS status = Lock(mdl);
    DbgPrint("locked: %08lX, flag %d\n", status, (mdl->MdlFlags & MDL_PAGES_LOCKED) != 0);
    UCHAR *address = MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority);
    start[PAGE_SIZE] = 'l';
    DbgPrint("locked: mapped %d, the same memory %d, offset in the page as the address's %d\n",
             (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0, address && address[PAGE_SIZE] == 'l',
             (((ULONG_PTR)address ^ (ULONG_PTR)start) & (PAGE_SIZE - 1)) == 0);
    DbgPrint("locked: asked again, the same address %d\n",
             MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority) == address);
    MmUnlockPages(mdl);
    DbgPrint("unlocked: locked %d, mapped %d\n", (mdl->MdlFlags & MDL_PAGES_LOCKED) != 0,
             (mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0);
    IoFreeMdl(mdl);
}

// Sizes: an MDL has room for the pages that its range touches.
static void ShowSizes(void)
{
    PVOID page = (PVOID)(ULONG_PTR)0x10000;
    SIZE_T one = MmSizeOfMdl(page, 1);

    DbgPrint("size: a page more is %d\n", (int)(MmSizeOfMdl(page, PAGE_SIZE + 1) - one) == (int)sizeof(PFN_NUMBER));
    DbgPrint("size: 2 bytes over the end of a page %d, all of a page %d\n",
             (int)(MmSizeOfMdl((PUCHAR)page + PAGE_SIZE - 1, 2) - one) == (int)sizeof(PFN_NUMBER),
             MmSizeOfMdl(page, PAGE_SIZE) == one);
}

static void Unload(DRIVER_OBJECT *driver)
{
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("unload\n");
}

NTSTATUS DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    UNREFERENCED_PARAMETER(registry_path);
    UCHAR *pool = ExAllocatePoolWithTag(NonPagedPool, 4 * PAGE_SIZE, TAG);
    if (!pool)
        return STATUS_INSUFFICIENT_RESOURCES;
    UCHAR *start = pool + 100;
    MDL *mdl = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);
    MDL *partial = IoAllocateMdl(start, PAGE_SIZE, FALSE, FALSE, NULL);
    if (mdl && partial) {
        ShowNonpaged(mdl, start);
        ShowPartial(mdl, partial, start);
        ShowChain(start);
        ShowLocked(start);
        ShowSizes();
    }
    if (partial)
        IoFreeMdl(partial);
    if (mdl)
        IoFreeMdl(mdl);
    ExFreePoolWithTag(pool, TAG);
    driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
