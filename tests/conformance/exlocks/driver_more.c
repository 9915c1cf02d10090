// What Wine lacks of resources and lookaside lists, and callback objects.

#include "exlocks.h"

enum { TAG = 'xenN', BLOCK = 64, READERS = 12 };

static ERESOURCE Resource;
static LONG Got;
static int Allocated, Freed;

static void NTAPI TryShared(void *context)
{
    UNREFERENCED_PARAMETER(context);
    ExEnterCriticalRegionAndAcquireResourceShared(&Resource);
    InterlockedIncrement(&Got);
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

// More owners than any first table has; in Wine 8.0 they are not all let in.
static void ManyReaders(void)
{
    LARGE_INTEGER pause = {.QuadPart = -10000};
    HANDLE threads[READERS];

    Got = 0;
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Resource);
    for (int i = 0; i < READERS; i++)
        threads[i] = BeginThread(TryShared, NULL);
    while (ExGetSharedWaiterCount(&Resource) != READERS)
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    for (int i = 0; i < READERS; i++)
        EndThread(threads[i]);
    DbgPrint("readers that waited: %ld\n", Got);
}

void ResourcesMore(void)
{
    LARGE_INTEGER pause = {.QuadPart = -10000};
    void *owner = (void *)((ULONG_PTR)&Resource | 3);

    ExInitializeResourceLite(&Resource);
    ExDisableResourceBoostLite(&Resource);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Resource);
    DbgPrint("in the resource: APCs disabled %d, exclusive %d\n", KeAreApcsDisabled(),
             ExIsResourceAcquiredExclusiveLite(&Resource));
    HANDLE thread = BeginThread(TryShared, NULL);
    while (!ExGetSharedWaiterCount(&Resource))
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    ExConvertExclusiveToSharedLite(&Resource);
    EndThread(thread);
    DbgPrint("converted: another reader came in: %ld, exclusive %d, count %lu\n", Got,
             ExIsResourceAcquiredExclusiveLite(&Resource), ExIsResourceAcquiredSharedLite(&Resource));
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    DbgPrint("out of it: APCs disabled %d, count %lu\n", KeAreApcsDisabled(),
             ExIsResourceAcquiredSharedLite(&Resource));
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&Resource, TRUE);
    ExSetResourceOwnerPointer(&Resource, owner);
    DbgPrint("given to an owner: count %lu\n", ExIsResourceAcquiredSharedLite(&Resource));
    ExReleaseResourceForThreadLite(&Resource, (ERESOURCE_THREAD)owner);
    DbgPrint("free again: %d\n", ExAcquireResourceExclusiveLite(&Resource, FALSE));
    ExReleaseResourceForThreadLite(&Resource, ExGetCurrentResourceThread());
    DbgPrint("released for the thread: count %lu\n", ExIsResourceAcquiredSharedLite(&Resource));
    KeLeaveCriticalRegion();
    ManyReaders();
    ExReinitializeResourceLite(&Resource);
    ExDeleteResourceLite(&Resource);
}

static void *NTAPI Allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag, LOOKASIDE_LIST_EX *list)
{
    Allocated++;
    DbgPrint("allocate: type %d, %lu bytes, the list %d\n", type, (ULONG)bytes, list != NULL);
    return ExAllocatePoolWithTag(type, bytes, tag);
}

static void NTAPI Free(void *block, LOOKASIDE_LIST_EX *list)
{
    UNREFERENCED_PARAMETER(list);
    Freed++;
    ExFreePool(block);
}

void LookasideEx(void)
{
    static DECLSPEC_ALIGN(16) LOOKASIDE_LIST_EX list;

    DbgPrint("both flags: %08lX\n", ExInitializeLookasideListEx(&list, NULL, NULL, PagedPool, 3, BLOCK, TAG, 0));
    DbgPrint("its own routines: %08lX\n",
             ExInitializeLookasideListEx(&list, Allocate, Free, PagedPool, 0, BLOCK, TAG, 0));
    void *block = ExAllocateFromLookasideListEx(&list);
    ExFreeToLookasideListEx(&list, block);
    DbgPrint("allocated %d, freed %d\n", Allocated, Freed);
    ExFlushLookasideListEx(&list);
    DbgPrint("flushed: freed %d, depth %u\n", Freed, ExQueryDepthSList(&list.L.ListHead));
    ExDeleteLookasideListEx(&list);

    DbgPrint("the pool's: %08lX\n", ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPool, 0, BLOCK, TAG, 0));
    block = ExAllocateFromLookasideListEx(&list);
    RtlFillMemory(block, BLOCK, 0x5a);
    ExFreeToLookasideListEx(&list, block);
    DbgPrint("depth %u\n", ExQueryDepthSList(&list.L.ListHead));
    ExDeleteLookasideListEx(&list);
}

static void NTAPI Called(void *context, void *argument1, void *argument2)
{
    DbgPrint("%s called with %u, %u\n", (char *)context, (unsigned)(ULONG_PTR)argument1,
             (unsigned)(ULONG_PTR)argument2);
}

void Callbacks(void)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Callback\\NthostExLocks");
    UNICODE_STRING power = RTL_CONSTANT_STRING(L"\\Callback\\PowerState");
    OBJECT_ATTRIBUTES attributes;
    PCALLBACK_OBJECT callback, again;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_PERMANENT, NULL, NULL);
    DbgPrint("a callback that is not there: %08lX\n", ExCreateCallback(&callback, &attributes, FALSE, TRUE));
    DbgPrint("made: %08lX\n", ExCreateCallback(&callback, &attributes, TRUE, TRUE));
    NTSTATUS status = ExCreateCallback(&again, &attributes, FALSE, TRUE);
    DbgPrint("opened: %08lX, the same: %d\n", status, again == callback);
    void *first = ExRegisterCallback(callback, Called, "first");
    void *second = ExRegisterCallback(again, Called, "second");
    ExNotifyCallback(callback, (void *)1, (void *)2);
    ExUnregisterCallback(first);
    ExNotifyCallback(callback, (void *)3, (void *)4);
    ExUnregisterCallback(second);
    ExNotifyCallback(callback, (void *)5, (void *)6);
    ObMakeTemporaryObject(callback);
    ObDereferenceObject(again);
    ObDereferenceObject(callback);
    DbgPrint("gone: %08lX\n", ExCreateCallback(&callback, &attributes, FALSE, TRUE));

    InitializeObjectAttributes(&attributes, NULL, 0, NULL, NULL);
    DbgPrint("without a name: %08lX\n", ExCreateCallback(&callback, &attributes, TRUE, FALSE));
    first = ExRegisterCallback(callback, Called, "only");
    DbgPrint("one may register: %d %d\n", first != NULL, ExRegisterCallback(callback, Called, "second") != NULL);
    ExUnregisterCallback(first);
    ObDereferenceObject(callback);

    InitializeObjectAttributes(&attributes, &power, OBJ_CASE_INSENSITIVE, NULL, NULL);
    DbgPrint("the system's: %08lX\n", ExCreateCallback(&callback, &attributes, FALSE, TRUE));
    first = ExRegisterCallback(callback, Called, "power");
    DbgPrint("registered: %d\n", first != NULL);
    ExUnregisterCallback(first);
    ObDereferenceObject(callback);
}
