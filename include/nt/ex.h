// The executive's support layer: pool, lookaside lists, resources, fast mutexes, rundown protection,
// interlocked lists, work items, callbacks, timers.
#pragma once

#include <nt/ke.h>

typedef enum _POOL_TYPE {
    NonPagedPool = 0,
    NonPagedPoolExecute = NonPagedPool,
    PagedPool = 1,
    NonPagedPoolMustSucceed = 2,
    DontUseThisType = 3,
    NonPagedPoolCacheAligned = 4,
    PagedPoolCacheAligned = 5,
    NonPagedPoolCacheAlignedMustS = 6,
    MaxPoolType = 7,
    NonPagedPoolBase = 0,
    NonPagedPoolBaseMustSucceed = 2,
    NonPagedPoolBaseCacheAligned = 4,
    NonPagedPoolBaseCacheAlignedMustS = 6,
    NonPagedPoolSession = 32,
    PagedPoolSession = 33,
    NonPagedPoolMustSucceedSession = 34,
    DontUseThisTypeSession = 35,
    NonPagedPoolCacheAlignedSession = 36,
    PagedPoolCacheAlignedSession = 37,
    NonPagedPoolCacheAlignedMustSSession = 38,
    NonPagedPoolNx = 512,
    NonPagedPoolNxCacheAligned = 516,
    NonPagedPoolSessionNx = 544,
} POOL_TYPE;

#define POOL_QUOTA_FAIL_INSTEAD_OF_RAISE 0x08
#define POOL_RAISE_IF_ALLOCATION_FAILURE 0x10
#define POOL_COLD_ALLOCATION             0x100
#define POOL_NX_ALLOCATION               0x200
#define POOL_ZERO_ALLOCATION             0x400

typedef ULONG64 POOL_FLAGS;

#define POOL_FLAG_REQUIRED_START    0x0000000000000001ULL
#define POOL_FLAG_USE_QUOTA         0x0000000000000001ULL
#define POOL_FLAG_UNINITIALIZED     0x0000000000000002ULL
#define POOL_FLAG_SESSION           0x0000000000000004ULL
#define POOL_FLAG_CACHE_ALIGNED     0x0000000000000008ULL
#define POOL_FLAG_RESERVED1         0x0000000000000010ULL
#define POOL_FLAG_RAISE_ON_FAILURE  0x0000000000000020ULL
#define POOL_FLAG_NON_PAGED         0x0000000000000040ULL
#define POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080ULL
#define POOL_FLAG_PAGED             0x0000000000000100ULL
#define POOL_FLAG_RESERVED2         0x0000000000000200ULL
#define POOL_FLAG_RESERVED3         0x0000000000000400ULL
#define POOL_FLAG_REQUIRED_END      0x0000000080000000ULL
#define POOL_FLAG_OPTIONAL_START    0x0000000100000000ULL
#define POOL_FLAG_SPECIAL_POOL      0x0000000100000000ULL
#define POOL_FLAG_OPTIONAL_END      0x8000000000000000ULL

typedef enum _POOL_EXTENDED_PARAMETER_TYPE {
    PoolExtendedParameterInvalidType,
    PoolExtendedParameterPriority,
    PoolExtendedParameterSecurePool,
    PoolExtendedParameterNumaNode,
    PoolExtendedParameterMax,
} POOL_EXTENDED_PARAMETER_TYPE;

typedef enum _EX_POOL_PRIORITY {
    LowPoolPriority,
    LowPoolPrioritySpecialPoolOverrun = 8,
    LowPoolPrioritySpecialPoolUnderrun = 9,
    NormalPoolPriority = 16,
    NormalPoolPrioritySpecialPoolOverrun = 24,
    NormalPoolPrioritySpecialPoolUnderrun = 25,
    HighPoolPriority = 32,
    HighPoolPrioritySpecialPoolOverrun = 40,
    HighPoolPrioritySpecialPoolUnderrun = 41,
} EX_POOL_PRIORITY;

typedef struct _POOL_EXTENDED_PARAMETER {
    struct {
        ULONG64 Type : 8; // POOL_EXTENDED_PARAMETER_TYPE
        ULONG64 Optional : 1;
        ULONG64 Reserved : 55;
    };
    union {
        ULONG64 Reserved2;
        PVOID Reserved3;
        EX_POOL_PRIORITY Priority;
        PVOID SecurePoolParams;
        ULONG PreferredNode;
    };
} POOL_EXTENDED_PARAMETER, *PPOOL_EXTENDED_PARAMETER;
typedef const POOL_EXTENDED_PARAMETER *PCPOOL_EXTENDED_PARAMETER;

typedef struct _FAST_MUTEX {
    volatile LONG Count;
    PVOID Owner;
    ULONG Contention;
    KEVENT Event;
    ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;

#define FM_LOCK_BIT 0x1

FORCEINLINE VOID ExInitializeFastMutex(PFAST_MUTEX mutex)
{
    mutex->Count = FM_LOCK_BIT;
    mutex->Owner = NULL;
    mutex->Contention = 0;
    KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

typedef struct _OWNER_ENTRY {
    ERESOURCE_THREAD OwnerThread;
    union {
        struct {
            ULONG IoPriorityBoosted : 1;
            ULONG OwnerReferenced : 1;
            ULONG OwnerCount : 30;
        };
        ULONG TableSize;
    };
} OWNER_ENTRY, *POWNER_ENTRY;

typedef struct _ERESOURCE {
    LIST_ENTRY SystemResourcesList;
    POWNER_ENTRY OwnerTable;
    SHORT ActiveCount;
    USHORT Flag;
    PKSEMAPHORE SharedWaiters;
    PKEVENT ExclusiveWaiters;
    OWNER_ENTRY OwnerEntry;
    ULONG ActiveEntries;
    ULONG ContentionCount;
    ULONG NumberOfSharedWaiters;
    ULONG NumberOfExclusiveWaiters;
    PVOID Reserved2;
    union {
        PVOID Address;
        ULONG_PTR CreatorBackTraceIndex;
    };
    KSPIN_LOCK SpinLock;
} ERESOURCE, *PERESOURCE;

#define ResourceNeverExclusive       0x10
#define ResourceReleaseByOtherThread 0x20
#define ResourceOwnedExclusive       0x80

typedef PVOID(NTAPI *PALLOCATE_FUNCTION)(POOL_TYPE type, SIZE_T bytes, ULONG tag);
typedef VOID(NTAPI *PFREE_FUNCTION)(PVOID buffer);
struct _LOOKASIDE_LIST_EX;
typedef PVOID(NTAPI *PALLOCATE_FUNCTION_EX)(POOL_TYPE type, SIZE_T bytes, ULONG tag, struct _LOOKASIDE_LIST_EX *list);
typedef VOID(NTAPI *PFREE_FUNCTION_EX)(PVOID buffer, struct _LOOKASIDE_LIST_EX *list);

// Drivers allocate from these lists inline: ListHead first, then the counters, then the Allocate or Free
// pointer.
#define GENERAL_LOOKASIDE_LAYOUT                                                                                       \
    union {                                                                                                            \
        SLIST_HEADER ListHead;                                                                                         \
        SINGLE_LIST_ENTRY SingleListHead;                                                                              \
    };                                                                                                                 \
    USHORT Depth;                                                                                                      \
    USHORT MaximumDepth;                                                                                               \
    ULONG TotalAllocates;                                                                                              \
    union {                                                                                                            \
        ULONG AllocateMisses;                                                                                          \
        ULONG AllocateHits;                                                                                            \
    };                                                                                                                 \
    ULONG TotalFrees;                                                                                                  \
    union {                                                                                                            \
        ULONG FreeMisses;                                                                                              \
        ULONG FreeHits;                                                                                                \
    };                                                                                                                 \
    POOL_TYPE Type;                                                                                                    \
    ULONG Tag;                                                                                                         \
    ULONG Size;                                                                                                        \
    union {                                                                                                            \
        PALLOCATE_FUNCTION_EX AllocateEx;                                                                              \
        PALLOCATE_FUNCTION Allocate;                                                                                   \
    };                                                                                                                 \
    union {                                                                                                            \
        PFREE_FUNCTION_EX FreeEx;                                                                                      \
        PFREE_FUNCTION Free;                                                                                           \
    };                                                                                                                 \
    LIST_ENTRY ListEntry;                                                                                              \
    ULONG LastTotalAllocates;                                                                                          \
    union {                                                                                                            \
        ULONG LastAllocateMisses;                                                                                      \
        ULONG LastAllocateHits;                                                                                        \
    };                                                                                                                 \
    ULONG Future[2];

typedef struct DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE) _GENERAL_LOOKASIDE {
    GENERAL_LOOKASIDE_LAYOUT
} GENERAL_LOOKASIDE, *PGENERAL_LOOKASIDE;

typedef struct _GENERAL_LOOKASIDE_POOL {
    GENERAL_LOOKASIDE_LAYOUT
} GENERAL_LOOKASIDE_POOL, *PGENERAL_LOOKASIDE_POOL;

typedef struct _NPAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} NPAGED_LOOKASIDE_LIST, *PNPAGED_LOOKASIDE_LIST;

typedef struct _PAGED_LOOKASIDE_LIST {
    GENERAL_LOOKASIDE L;
} PAGED_LOOKASIDE_LIST, *PPAGED_LOOKASIDE_LIST;

typedef struct _LOOKASIDE_LIST_EX {
    GENERAL_LOOKASIDE_POOL L;
} LOOKASIDE_LIST_EX, *PLOOKASIDE_LIST_EX;

#define EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL 0x00000001
#define EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE 0x00000002

typedef struct _EX_RUNDOWN_REF {
    union {
        volatile ULONG_PTR Count;
        volatile PVOID Ptr;
    };
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;

typedef struct _EX_RUNDOWN_REF_CACHE_AWARE *PEX_RUNDOWN_REF_CACHE_AWARE;

typedef ULONG_PTR EX_PUSH_LOCK, *PEX_PUSH_LOCK;
typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

typedef VOID(NTAPI *PWORKER_THREAD_ROUTINE)(PVOID parameter);

typedef struct _WORK_QUEUE_ITEM {
    LIST_ENTRY List;
    PWORKER_THREAD_ROUTINE WorkerRoutine;
    PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

typedef enum _WORK_QUEUE_TYPE {
    CriticalWorkQueue,
    DelayedWorkQueue,
    HyperCriticalWorkQueue,
    NormalWorkQueue,
    BackgroundWorkQueue,
    RealTimeWorkQueue,
    SuperCriticalWorkQueue,
    MaximumWorkQueue,
    CustomPriorityWorkQueue = 32,
} WORK_QUEUE_TYPE;

#define ExInitializeWorkItem(item, routine, context)                                                                   \
    ((item)->WorkerRoutine = (routine), (item)->Parameter = (context), (item)->List.Flink = NULL)

typedef struct _CALLBACK_OBJECT *PCALLBACK_OBJECT;
typedef VOID(NTAPI *PCALLBACK_FUNCTION)(PVOID context, PVOID argument1, PVOID argument2);

typedef struct _EX_TIMER *PEX_TIMER;
typedef VOID(NTAPI *PEXT_CALLBACK)(PEX_TIMER timer, PVOID context);
typedef VOID(NTAPI *PEXT_DELETE_CALLBACK)(PVOID context);

typedef struct _EXT_SET_PARAMETERS_V0 {
    ULONG Version;
    ULONG Reserved;
    LONGLONG NoWakeTolerance;
} EXT_SET_PARAMETERS, *PEXT_SET_PARAMETERS;

typedef struct _EXT_DELETE_PARAMETERS {
    ULONG Version;
    ULONG Reserved;
    PEXT_DELETE_CALLBACK DeleteCallback;
    PVOID DeleteContext;
} EXT_DELETE_PARAMETERS, *PEXT_DELETE_PARAMETERS;

#define EX_TIMER_HIGH_RESOLUTION 4
#define EX_TIMER_NO_WAKE         8
#define EX_TIMER_NOTIFICATION    (1u << 31)

typedef enum _SUITE_TYPE {
    SmallBusiness,
    Enterprise,
    BackOffice,
    CommunicationServer,
    TerminalServer,
    SmallBusinessRestricted,
    EmbeddedNT,
    DataCenter,
    SingleUserTS,
    Personal,
    Blade,
    EmbeddedRestricted,
    SecurityAppliance,
    StorageServer,
    ComputeServer,
    WHServer,
    PhoneNT,
    MultiUserTS,
    MaxSuiteType,
} SUITE_TYPE;

// Pool.
PVOID NTAPI ExAllocatePool(POOL_TYPE type, SIZE_T bytes);
PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T bytes, ULONG tag);
PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE type, SIZE_T bytes);
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE type, SIZE_T bytes, ULONG tag);
PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE type, SIZE_T bytes, ULONG tag, EX_POOL_PRIORITY priority);
PVOID NTAPI ExAllocatePool2(POOL_FLAGS flags, SIZE_T bytes, ULONG tag);
PVOID NTAPI ExAllocatePool3(POOL_FLAGS flags, SIZE_T bytes, ULONG tag, PCPOOL_EXTENDED_PARAMETER parameters,
                            ULONG count);
VOID NTAPI ExFreePool(PVOID pool);
VOID NTAPI ExFreePoolWithTag(PVOID pool, ULONG tag);
VOID NTAPI ExFreePool2(PVOID pool, ULONG tag, PCPOOL_EXTENDED_PARAMETER parameters, ULONG count);

// Lookaside lists.
VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                           PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT depth);
VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list);
VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                          PFREE_FUNCTION release, ULONG flags, SIZE_T size, ULONG tag, USHORT depth);
VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list);
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION_EX allocate,
                                           PFREE_FUNCTION_EX release, POOL_TYPE type, ULONG flags, SIZE_T size,
                                           ULONG tag, USHORT depth);
VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX list);
VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX list);

// Interlocked lists.
VOID NTAPI InitializeSListHead(PSLIST_HEADER head);
PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER head);
PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry);
PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER head);
USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER head);
PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock);
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK lock);
PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK lock);
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY head, PKSPIN_LOCK lock);
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry,
                                                    PKSPIN_LOCK lock);
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER addend, LARGE_INTEGER increment, PKSPIN_LOCK lock);
ULONG NTAPI ExInterlockedAddUlong(PULONG addend, ULONG increment, PKSPIN_LOCK lock);

// Fast mutexes.
VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX mutex);
VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX mutex);
BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX mutex);
VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex);
VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex);

// Resources.
NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE resource);
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE resource);
NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE resource);
BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait);
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait);
BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE resource, BOOLEAN wait);
BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE resource, BOOLEAN wait);
VOID NTAPI ExReleaseResourceLite(PERESOURCE resource);
VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE resource, ERESOURCE_THREAD thread);
VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE resource);
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE resource);
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE resource);
ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE resource);
ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE resource);
VOID NTAPI ExSetResourceOwnerPointer(PERESOURCE resource, PVOID owner);
VOID NTAPI ExDisableResourceBoostLite(PERESOURCE resource);
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource);
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource);
VOID NTAPI ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource);

// Rundown protection, push locks, reader-writer spin locks.
VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF reference);
VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF reference);
BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF reference);
BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF reference, ULONG count);
VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF reference);
VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF reference, ULONG count);
VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF reference);
VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF reference);
VOID NTAPI ExfUnblockPushLock(PEX_PUSH_LOCK lock, PVOID wait_block);
VOID NTAPI ExfAcquirePushLockExclusive(PEX_PUSH_LOCK lock);
VOID NTAPI ExfAcquirePushLockShared(PEX_PUSH_LOCK lock);
VOID NTAPI ExfReleasePushLock(PEX_PUSH_LOCK lock);
VOID NTAPI ExfReleasePushLockExclusive(PEX_PUSH_LOCK lock);
VOID NTAPI ExfReleasePushLockShared(PEX_PUSH_LOCK lock);
VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK lock);
VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK lock, ULONG flags);
VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK lock, ULONG flags);
VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK lock, ULONG flags);
VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK lock, ULONG flags);
VOID NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK lock, ULONG flags);
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock);
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK lock);
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL irql);
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL irql);
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock);
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock);
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock);
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock);

// Work items, callbacks, timers.
VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type);
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *object, POBJECT_ATTRIBUTES attributes, BOOLEAN create,
                                BOOLEAN allow_multiple);
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT object, PCALLBACK_FUNCTION function, PVOID context);
VOID NTAPI ExUnregisterCallback(PVOID registration);
VOID NTAPI ExNotifyCallback(PVOID object, PVOID argument1, PVOID argument2);
PEX_TIMER NTAPI ExAllocateTimer(PEXT_CALLBACK callback, PVOID context, ULONG attributes);
BOOLEAN NTAPI ExSetTimer(PEX_TIMER timer, LONGLONG due, LONGLONG period, PEXT_SET_PARAMETERS parameters);
BOOLEAN NTAPI ExCancelTimer(PEX_TIMER timer, PVOID parameters);
BOOLEAN NTAPI ExDeleteTimer(PEX_TIMER timer, BOOLEAN cancel, BOOLEAN wait, PEXT_DELETE_PARAMETERS parameters);
VOID NTAPI ExQueryTimerResolution(PULONG maximum, PULONG minimum, PULONG current);
ULONG NTAPI ExSetTimerResolution(ULONG desired, BOOLEAN set);

// The rest.
BOOLEAN NTAPI ExEnumHandleTable(PVOID table, PVOID routine, PVOID context, PHANDLE handle);
KPROCESSOR_MODE NTAPI ExGetPreviousMode(void);
NTAPI_NORETURN VOID ExRaiseStatus(NTSTATUS status);
NTAPI_NORETURN VOID ExRaiseAccessViolation(void);
NTAPI_NORETURN VOID ExRaiseDatatypeMisalignment(void);
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER system_time, PLARGE_INTEGER local_time);
VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER local_time, PLARGE_INTEGER system_time);
NTSTATUS NTAPI ExUuidCreate(UUID *uuid);
BOOLEAN NTAPI ExIsProcessorFeaturePresent(ULONG feature);
BOOLEAN NTAPI ExVerifySuite(SUITE_TYPE suite);
