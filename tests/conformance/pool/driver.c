// conformance-pool.sys: pool in all its entry points, interlocked lists and numbers, fast mutexes, work items, and what
// DbgPrint can be asked.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-exallocatepool2
#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"
#define TAG 'tseT'

IMPORTED(PVOID, ExAllocatePool, (POOL_TYPE type, SIZE_T bytes));
IMPORTED(PVOID, ExAllocatePoolWithQuotaTag, (POOL_TYPE type, SIZE_T bytes, ULONG tag));
IMPORTED(BOOLEAN, ExTryToAcquireFastMutex, (PFAST_MUTEX mutex));
IMPORTED(VOID, ExAcquireFastMutexUnsafe, (PFAST_MUTEX mutex));
IMPORTED(VOID, ExReleaseFastMutexUnsafe, (PFAST_MUTEX mutex));
IMPORTED(ULONG, ExInterlockedAddUlong, (PULONG number, ULONG increment, PKSPIN_LOCK lock));
IMPORTED(LARGE_INTEGER, ExInterlockedAddLargeInteger,
         (PLARGE_INTEGER number, LARGE_INTEGER increment, PKSPIN_LOCK lock));
IMPORTED(PLIST_ENTRY, ExInterlockedInsertHeadList, (PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock));
IMPORTED(PLIST_ENTRY, ExInterlockedInsertTailList, (PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock));
IMPORTED(PLIST_ENTRY, ExInterlockedRemoveHeadList, (PLIST_ENTRY head, PKSPIN_LOCK lock));
IMPORTED(PVOID, MmMapLockedPages, (PMDL mdl, KPROCESSOR_MODE mode));
typedef VOID(NTAPI *PDEBUG_PRINT_CALLBACK)(PSTRING text, ULONG component, ULONG level);
NTSTATUS NTAPI DbgSetDebugPrintCallback(PDEBUG_PRINT_CALLBACK callback, BOOLEAN enable);
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG component, ULONG level);
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG component, ULONG level, BOOLEAN state);

static BOOLEAN Filled(const UCHAR *memory, SIZE_T bytes, UCHAR value)
{
    while (bytes && memory[bytes - 1] == value)
        bytes--;
    return bytes == 0;
}

// Memory that can be written, aligned as pool is (pages when it is a page or more); freed again.
static void Use(void *memory, SIZE_T bytes)
{
    CHECK(memory != NULL);
    if (!memory)
        return;
    CHECK((ULONG_PTR)memory % 16 == 0);
    CHECK(bytes < PAGE_SIZE || (ULONG_PTR)memory % PAGE_SIZE == 0);
    memset(memory, 0xA5, bytes);
    CHECK(Filled(memory, bytes, 0xA5));
    ExFreePoolWithTag(memory, 0);
}

static void Pool(void)
{
    static const SIZE_T sizes[] = {1, 16, 100, PAGE_SIZE - 32, PAGE_SIZE, 3 * PAGE_SIZE + 5};
    PVOID memory;
    for (ULONG i = 0; i < RTL_NUMBER_OF(sizes); i++) {
        Use(Imported_ExAllocatePool(NonPagedPool, sizes[i]), sizes[i]);
        Use(ExAllocatePoolWithTag(PagedPool, sizes[i], TAG), sizes[i]);
        Use(Imported_ExAllocatePoolWithQuotaTag(PagedPool, sizes[i], TAG), sizes[i]);
        Use(ExAllocatePoolWithTagPriority(NonPagedPool, sizes[i], TAG, NormalPoolPriority), sizes[i]);
        memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizes[i], TAG);
        CHECK(memory && Filled(memory, sizes[i], 0)); // zeroed, unlike the older ones
        Use(memory, sizes[i]);
        memory = ExAllocatePool3(POOL_FLAG_PAGED, sizes[i], TAG, NULL, 0);
        CHECK(memory && Filled(memory, sizes[i], 0));
        ExFreePool2(memory, TAG, NULL, 0);
    }
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, (SIZE_T)1 << 60, TAG) == NULL);
    CHECK_RAISES(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, (SIZE_T)1 << 60, TAG),
                 STATUS_INSUFFICIENT_RESOURCES);
    CHECK_RAISES(Imported_ExAllocatePoolWithQuotaTag(PagedPool, (SIZE_T)1 << 60, TAG), STATUS_INSUFFICIENT_RESOURCES);
    CHECK(Imported_ExAllocatePoolWithQuotaTag(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, (SIZE_T)1 << 60, TAG) ==
          NULL);
}

static void Interlocked(void)
{
    KSPIN_LOCK lock;
    LIST_ENTRY head, entries[3];
    ULONG number = 5;
    LARGE_INTEGER large = {.QuadPart = 0xFFFFFFFF}, one = {.QuadPart = 1};
    KeInitializeSpinLock(&lock);
    InitializeListHead(&head);
    CHECK_IS(Imported_ExInterlockedAddUlong(&number, 3, &lock), 5); // the value before
    CHECK_IS(number, 8);
    CHECK_IS(Imported_ExInterlockedAddLargeInteger(&large, one, &lock).QuadPart, 0xFFFFFFFF);
    CHECK_IS(large.QuadPart, 0x100000000);
    CHECK(Imported_ExInterlockedInsertHeadList(&head, &entries[0], &lock) == NULL); // the first before
    CHECK(Imported_ExInterlockedInsertHeadList(&head, &entries[1], &lock) == &entries[0]);
    CHECK(Imported_ExInterlockedInsertTailList(&head, &entries[2], &lock) == &entries[0]); // the last before
    CHECK(Imported_ExInterlockedRemoveHeadList(&head, &lock) == &entries[1]);
    CHECK(Imported_ExInterlockedRemoveHeadList(&head, &lock) == &entries[0]);
    CHECK(Imported_ExInterlockedRemoveHeadList(&head, &lock) == &entries[2]);
    CHECK(Imported_ExInterlockedRemoveHeadList(&head, &lock) == NULL);
}

static void Mutexes(void)
{
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    CHECK(Imported_ExTryToAcquireFastMutex(&mutex));
    CHECK_IS(KeGetCurrentIrql(), APC_LEVEL);
    CHECK(!Imported_ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeEnterCriticalRegion(); // the unsafe ones leave that to the caller
    Imported_ExAcquireFastMutexUnsafe(&mutex);
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!Imported_ExTryToAcquireFastMutex(&mutex));
    Imported_ExReleaseFastMutexUnsafe(&mutex);
    KeLeaveCriticalRegion();
    CHECK(Imported_ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
}

static WORKER_THREAD_ROUTINE Work;
static void Work(PVOID context)
{
    CHECK_IS(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(PsIsSystemThread(PsGetCurrentThread()));
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

static void WorkItems(void)
{
    WORK_QUEUE_ITEM item;
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    ExInitializeWorkItem(&item, Work, &done);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    CHECK_IS(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

static void Mapped(void)
{
    UCHAR *memory = ExAllocatePoolWithTag(PagedPool, 2 * PAGE_SIZE, TAG);
    PMDL mdl = IoAllocateMdl(memory, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    CHECK(memory && mdl);
    MmProbeAndLockPages(mdl, KernelMode, IoModifyAccess);
    UCHAR *mapped = Imported_MmMapLockedPages(mdl, KernelMode);
    CHECK(mapped != NULL);
    mapped[PAGE_SIZE] = 0x5A;
    CHECK_IS(memory[PAGE_SIZE], 0x5A); // the same pages
    MmUnmapLockedPages(mapped, mdl);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(memory, TAG);
}

static ULONG Heard;

static VOID NTAPI Hear(PSTRING text, ULONG component, ULONG level)
{
    if (text->Length == 9 && text->Buffer[0] == 'l' && component == DPFLTR_IHVDRIVER_ID && level == 0)
        Heard++;
}

static void Debug(void)
{
    CHECK_IS(DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL), TRUE);
    CHECK_IS(DbgSetDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, FALSE), STATUS_SUCCESS);
    CHECK_IS(DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL), FALSE);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "filtered\n");
    CHECK_IS(DbgSetDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, TRUE), STATUS_SUCCESS);
    CHECK_IS(DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL), TRUE);
    Heard = 0;
    CHECK_IS(DbgSetDebugPrintCallback(Hear, TRUE), STATUS_SUCCESS);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "listen %d\n", 1);
    CHECK_IS(DbgSetDebugPrintCallback(Hear, FALSE), STATUS_SUCCESS);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "listen %d\n", 2);
    CHECK_IS(Heard, 1);
    CHECK_IS(DbgPrintReturnControlC("control-C %d\n", 3), STATUS_SUCCESS);
    CHECK_RAISES(DbgBreakPointWithStatus(1), STATUS_BREAKPOINT); // no debugger takes it
}

CHECK_DRIVER({"pool", Pool}, {"interlocked", Interlocked}, {"fast mutexes", Mutexes}, {"work items", WorkItems},
             {"mapped pages", Mapped}, {"debug output", Debug})
