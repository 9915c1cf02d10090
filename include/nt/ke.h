// The kernel's layer: IRQL, dispatcher objects and waits, DPCs, timers, APCs, spin locks, processors, time.
#pragma once

#include <nt/ntdef.h>
#include <nt/ntstatus.h>
#include <nt/bugcodes.h>
#include <nt/context.h>

#define PASSIVE_LEVEL  0
#define LOW_LEVEL      0
#define APC_LEVEL      1
#define DISPATCH_LEVEL 2
#define CMCI_LEVEL     5
#define CLOCK_LEVEL    13
#define IPI_LEVEL      14
#define DRS_LEVEL      14
#define POWER_LEVEL    14
#define PROFILE_LEVEL  15
#define HIGH_LEVEL     15

#define LOW_PRIORITY          0
#define LOW_REALTIME_PRIORITY 16
#define HIGH_PRIORITY         31
#define MAXIMUM_PRIORITY      32

#define MAXIMUM_WAIT_OBJECTS  64
#define THREAD_WAIT_OBJECTS   3
#define MAXIMUM_SUSPEND_COUNT 127

#define IO_NO_INCREMENT         0
#define EVENT_INCREMENT         1
#define MUTANT_INCREMENT        1
#define SEMAPHORE_INCREMENT     1
#define IO_DISK_INCREMENT       1
#define IO_CD_ROM_INCREMENT     1
#define IO_PARALLEL_INCREMENT   1
#define IO_NETWORK_INCREMENT    2
#define IO_NAMED_PIPE_INCREMENT 2
#define IO_MAILSLOT_INCREMENT   2
#define IO_SERIAL_INCREMENT     2
#define IO_VIDEO_INCREMENT      1
#define IO_KEYBOARD_INCREMENT   6
#define IO_MOUSE_INCREMENT      6
#define IO_SOUND_INCREMENT      8

typedef enum _KWAIT_REASON {
    Executive,
    FreePage,
    PageIn,
    PoolAllocation,
    DelayExecution,
    Suspended,
    UserRequest,
    WrExecutive,
    WrFreePage,
    WrPageIn,
    WrPoolAllocation,
    WrDelayExecution,
    WrSuspended,
    WrUserRequest,
    WrEventPair,
    WrQueue,
    WrLpcReceive,
    WrLpcReply,
    WrVirtualMemory,
    WrPageOut,
    WrRendezvous,
    WrKeyedEvent,
    WrTerminated,
    WrProcessInSwap,
    WrCpuRateControl,
    WrCalloutStack,
    WrKernel,
    WrResource,
    WrPushLock,
    WrMutex,
    WrQuantumEnd,
    WrDispatchInt,
    WrPreempted,
    WrYieldExecution,
    WrFastMutex,
    WrGuardedMutex,
    WrRundown,
    WrAlertByThreadId,
    WrDeferredPreempt,
    WrPhysicalFault,
    MaximumWaitReason,
} KWAIT_REASON;

// DISPATCHER_HEADER.Type.
typedef enum _KOBJECTS {
    EventNotificationObject = 0,
    EventSynchronizationObject = 1,
    MutantObject = 2,
    ProcessObject = 3,
    QueueObject = 4,
    SemaphoreObject = 5,
    ThreadObject = 6,
    GateObject = 7,
    TimerNotificationObject = 8,
    TimerSynchronizationObject = 9,
    ApcObject = 18,
    DpcObject = 19,
    DeviceQueueObject = 20,
    ThreadedDpcObject = 24,
} KOBJECTS;

typedef struct _DISPATCHER_HEADER {
    union {
        struct {
            UCHAR Type; // KOBJECTS
            union {
                UCHAR TimerControlFlags;
                UCHAR Abandoned;
                UCHAR Signalling;
            };
            union {
                UCHAR ThreadControlFlags;
                UCHAR Hand;
                UCHAR Size; // in ULONGs
            };
            union {
                UCHAR TimerMiscFlags;
                UCHAR DebugActive;
                UCHAR DpcActive;
            };
        };
        volatile LONG Lock;
    };
    LONG SignalState;
    LIST_ENTRY WaitListHead; // of KWAIT_BLOCK.WaitListEntry
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE, *PRKSEMAPHORE;

typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    LIST_ENTRY MutantListEntry;
    struct _KTHREAD *OwnerThread;
    BOOLEAN Abandoned;
    UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PRKMUTANT, KMUTEX, *PKMUTEX, *PRKMUTEX;

typedef struct _KGATE {
    DISPATCHER_HEADER Header;
} KGATE, *PKGATE;

typedef struct _KQUEUE {
    DISPATCHER_HEADER Header;
    LIST_ENTRY EntryListHead;
    volatile ULONG CurrentCount;
    ULONG MaximumCount;
    LIST_ENTRY ThreadListHead;
} KQUEUE, *PKQUEUE, *PRKQUEUE;

typedef struct _KWAIT_BLOCK {
    LIST_ENTRY WaitListEntry;
    UCHAR WaitType;
    volatile UCHAR BlockState;
    USHORT WaitKey;
    LONG SpareLong;
    union {
        struct _KTHREAD *Thread;
        struct _KQUEUE *NotificationQueue;
    };
    PVOID Object;
    PVOID SparePtr;
} KWAIT_BLOCK, *PKWAIT_BLOCK, *PRKWAIT_BLOCK;

struct _KDPC;
struct _KAPC;

typedef VOID(NTAPI *PKDEFERRED_ROUTINE)(struct _KDPC *dpc, PVOID context, PVOID argument1, PVOID argument2);

typedef enum _KDPC_IMPORTANCE { LowImportance, MediumImportance, HighImportance, MediumHighImportance } KDPC_IMPORTANCE;

typedef struct _KDPC {
    union {
        ULONG TargetInfoAsUlong;
        struct {
            UCHAR Type; // DpcObject or ThreadedDpcObject
            UCHAR Importance;
            volatile USHORT Number; // target processor + MAXIMUM_PROC_PER_GROUP, or 0
        };
    };
    SINGLE_LIST_ENTRY DpcListEntry;
    KAFFINITY ProcessorHistory;
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    PVOID DpcData; // non-null while queued
} KDPC, *PKDPC, *PRKDPC;

typedef struct _KTIMER {
    DISPATCHER_HEADER Header;
    ULARGE_INTEGER DueTime;
    LIST_ENTRY TimerListEntry;
    struct _KDPC *Dpc;
    USHORT Processor;
    USHORT TimerType;
    ULONG Period; // milliseconds
} KTIMER, *PKTIMER, *PRKTIMER;

typedef VOID(NTAPI *PKNORMAL_ROUTINE)(PVOID context, PVOID argument1, PVOID argument2);
typedef VOID(NTAPI *PKKERNEL_ROUTINE)(struct _KAPC *apc, PKNORMAL_ROUTINE *normal_routine, PVOID *context,
                                      PVOID *argument1, PVOID *argument2);
typedef VOID(NTAPI *PKRUNDOWN_ROUTINE)(struct _KAPC *apc);

typedef struct _KAPC {
    UCHAR Type; // ApcObject
    UCHAR SpareByte0;
    UCHAR Size;
    UCHAR SpareByte1;
    ULONG SpareLong0;
    struct _KTHREAD *Thread;
    LIST_ENTRY ApcListEntry;
    PKKERNEL_ROUTINE KernelRoutine;
    PKRUNDOWN_ROUTINE RundownRoutine;
    PKNORMAL_ROUTINE NormalRoutine;
    PVOID NormalContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    CCHAR ApcStateIndex;
    KPROCESSOR_MODE ApcMode;
    BOOLEAN Inserted;
} KAPC, *PKAPC, *PRKAPC;

typedef enum _KAPC_ENVIRONMENT {
    OriginalApcEnvironment,
    AttachedApcEnvironment,
    CurrentApcEnvironment,
    InsertApcEnvironment,
} KAPC_ENVIRONMENT;

typedef struct _KAPC_STATE {
    LIST_ENTRY ApcListHead[2];
    struct _KPROCESS *Process;
    BOOLEAN KernelApcInProgress;
    BOOLEAN KernelApcPending;
    BOOLEAN UserApcPending;
} KAPC_STATE, *PKAPC_STATE, *PRKAPC_STATE;

typedef struct _KDEVICE_QUEUE_ENTRY {
    LIST_ENTRY DeviceListEntry;
    ULONG SortKey;
    BOOLEAN Inserted;
} KDEVICE_QUEUE_ENTRY, *PKDEVICE_QUEUE_ENTRY, *PRKDEVICE_QUEUE_ENTRY;

typedef struct _KDEVICE_QUEUE {
    CSHORT Type; // DeviceQueueObject
    CSHORT Size;
    LIST_ENTRY DeviceListHead;
    KSPIN_LOCK Lock;
    union {
        BOOLEAN Busy;
        struct {
            LONG64 Reserved : 8;
            LONG64 Hint : 56;
        };
    };
} KDEVICE_QUEUE, *PKDEVICE_QUEUE, *PRKDEVICE_QUEUE;

typedef struct _KSPIN_LOCK_QUEUE {
    struct _KSPIN_LOCK_QUEUE *volatile Next;
    PKSPIN_LOCK volatile Lock;
} KSPIN_LOCK_QUEUE, *PKSPIN_LOCK_QUEUE;

typedef struct _KLOCK_QUEUE_HANDLE {
    KSPIN_LOCK_QUEUE LockQueue;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

typedef struct _KGUARDED_MUTEX {
    volatile LONG Count;
    struct _KTHREAD *Owner;
    ULONG Contention;
    KEVENT Event;
    union {
        struct {
            SHORT KernelApcDisable;
            SHORT SpecialApcDisable;
        };
        ULONG CombinedApcDisable;
    };
} KGUARDED_MUTEX, *PKGUARDED_MUTEX;

typedef enum _KBUGCHECK_CALLBACK_REASON {
    KbCallbackInvalid,
    KbCallbackReserved1,
    KbCallbackSecondaryDumpData,
    KbCallbackDumpIo,
    KbCallbackAddPages,
} KBUGCHECK_CALLBACK_REASON;

typedef VOID(NTAPI *PKBUGCHECK_CALLBACK_ROUTINE)(PVOID buffer, ULONG length);

typedef struct _KBUGCHECK_CALLBACK_RECORD {
    LIST_ENTRY Entry;
    PKBUGCHECK_CALLBACK_ROUTINE CallbackRoutine;
    PVOID Buffer;
    ULONG Length;
    PUCHAR Component;
    ULONG_PTR Checksum;
    UCHAR State;
} KBUGCHECK_CALLBACK_RECORD, *PKBUGCHECK_CALLBACK_RECORD;

struct _KBUGCHECK_REASON_CALLBACK_RECORD;
typedef VOID(NTAPI *PKBUGCHECK_REASON_CALLBACK_ROUTINE)(KBUGCHECK_CALLBACK_REASON reason,
                                                        struct _KBUGCHECK_REASON_CALLBACK_RECORD *record, PVOID data,
                                                        ULONG length);

typedef struct _KBUGCHECK_REASON_CALLBACK_RECORD {
    LIST_ENTRY Entry;
    PKBUGCHECK_REASON_CALLBACK_ROUTINE CallbackRoutine;
    PUCHAR Component;
    ULONG_PTR Checksum;
    KBUGCHECK_CALLBACK_REASON Reason;
    UCHAR State;
} KBUGCHECK_REASON_CALLBACK_RECORD, *PKBUGCHECK_REASON_CALLBACK_RECORD;

typedef struct _NT_TIB {
    PVOID ExceptionList;
    PVOID StackBase;
    PVOID StackLimit;
    PVOID SubSystemTib;
    union {
        PVOID FiberData;
        ULONG Version;
    };
    PVOID ArbitraryUserPointer;
    struct _NT_TIB *Self;
} NT_TIB, *PNT_TIB;

// The processor control block, as far as compiled code reaches into it: gs:[0x188] is CurrentThread,
// gs:[0x1A4] is Number. What follows belongs to kernel/ke.
typedef struct _KPRCB {
    ULONG MxCsr;
    UCHAR LegacyNumber;
    UCHAR ReservedMustBeZero;
    BOOLEAN InterruptRequest;
    BOOLEAN IdleHalt;
    struct _KTHREAD *CurrentThread;
    struct _KTHREAD *NextThread;
    struct _KTHREAD *IdleThread;
    UCHAR NestingLevel;
    UCHAR ClockOwner;
    UCHAR PendingTickFlags;
    UCHAR IdleState;
    ULONG Number;
    ULONG64 RspBase;
    ULONG_PTR PrcbLock;
} KPRCB, *PKPRCB;

// GS points here on every thread that runs driver code.
typedef struct _KPCR {
    union {
        NT_TIB NtTib;
        struct {
            PVOID GdtBase;
            PVOID TssBase;
            ULONG64 UserRsp;
            struct _KPCR *Self;
            struct _KPRCB *CurrentPrcb;
            PVOID LockArray;
            PVOID Used_Self; // the thread's TEB
        };
    };
    PVOID IdtBase;
    ULONG64 Unused[2];
    KIRQL Irql;
    UCHAR SecondLevelCacheAssociativity;
    UCHAR ObsoleteNumber;
    UCHAR Fill0;
    ULONG Unused0[3];
    USHORT MajorVersion;
    USHORT MinorVersion;
    ULONG StallScaleFactor;
    PVOID Unused1[3];
    ULONG KernelReserved[15];
    ULONG SecondLevelCacheSize;
    ULONG HalReserved[16];
    ULONG Unused2;
    PVOID KdVersionBlock;
    PVOID Unused3;
    ULONG PcrAlign1[24];
    ULONG64 Padding; // the PRCB is 16-byte aligned, at 0x180
    KPRCB Prcb;
} KPCR, *PKPCR;

#define PCR_MAJOR_VERSION 1
#define PCR_MINOR_VERSION 1

// A 64-bit time that 32-bit readers can read without tearing: they compare the two high halves.
typedef struct _KSYSTEM_TIME {
    ULONG LowPart;
    LONG High1Time;
    LONG High2Time;
} KSYSTEM_TIME, *PKSYSTEM_TIME;

typedef enum _NT_PRODUCT_TYPE { NtProductWinNt = 1, NtProductLanManNt, NtProductServer } NT_PRODUCT_TYPE;

#define PROCESSOR_FEATURE_MAX            64
#define KI_USER_SHARED_DATA              0xFFFFF78000000000ULL
#define MM_SHARED_USER_DATA_VA           0x7FFE0000ULL
#define PF_XMMI_INSTRUCTIONS_AVAILABLE   6
#define PF_RDTSC_INSTRUCTION_AVAILABLE   8
#define PF_PAE_ENABLED                   9
#define PF_XMMI64_INSTRUCTIONS_AVAILABLE 10
#define PF_NX_ENABLED                    12
#define PF_SSE3_INSTRUCTIONS_AVAILABLE   13
#define PF_COMPARE_EXCHANGE128           14
#define PF_XSAVE_ENABLED                 17
#define PF_RDRAND_INSTRUCTION_AVAILABLE  28
#define PF_FASTFAIL_AVAILABLE            23

// The page at KI_USER_SHARED_DATA, up to the fields that drivers and the DDK's inline functions read.
typedef struct _KUSER_SHARED_DATA {
    ULONG TickCountLowDeprecated;
    ULONG TickCountMultiplier;
    volatile KSYSTEM_TIME InterruptTime;
    volatile KSYSTEM_TIME SystemTime;
    volatile KSYSTEM_TIME TimeZoneBias;
    USHORT ImageNumberLow;
    USHORT ImageNumberHigh;
    WCHAR NtSystemRoot[260];
    ULONG MaxStackTraceDepth;
    ULONG CryptoExponent;
    ULONG TimeZoneId;
    ULONG LargePageMinimum;
    ULONG AitSamplingValue;
    ULONG AppCompatFlag;
    ULONGLONG RNGSeedVersion;
    ULONG GlobalValidationRunlevel;
    LONG TimeZoneBiasStamp;
    ULONG NtBuildNumber;
    NT_PRODUCT_TYPE NtProductType;
    BOOLEAN ProductTypeIsValid;
    BOOLEAN Reserved0[1];
    USHORT NativeProcessorArchitecture;
    ULONG NtMajorVersion;
    ULONG NtMinorVersion;
    BOOLEAN ProcessorFeatures[PROCESSOR_FEATURE_MAX];
    ULONG Reserved1;
    ULONG Reserved3;
    volatile ULONG TimeSlip;
    ULONG AlternativeArchitecture;
    ULONG BootId;
    LARGE_INTEGER SystemExpirationDate;
    ULONG SuiteMask;
    BOOLEAN KdDebuggerEnabled;
    UCHAR MitigationPolicies;
    USHORT CyclesPerYield;
    volatile ULONG ActiveConsoleId;
    volatile ULONG DismountCount;
    ULONG ComPlusPackage;
    ULONG LastSystemRITEventTickCount;
    ULONG NumberOfPhysicalPages;
    BOOLEAN SafeBootMode;
    UCHAR VirtualizationFlags;
    UCHAR Reserved12[2];
    ULONG SharedDataFlags;
    ULONG DataFlagsPad[1];
    ULONGLONG TestRetInstruction;
    LONGLONG QpcFrequency;
    ULONG SystemCall;
    ULONG Reserved2;
    ULONGLONG SystemCallPad[2];
    union {
        volatile KSYSTEM_TIME TickCount;
        volatile ULONG64 TickCountQuad;
        struct {
            ULONG ReservedTickCountOverlay[3];
            ULONG TickCountPad[1];
        };
    };
    ULONG Cookie;
    ULONG CookiePad[1];
    LONGLONG ConsoleSessionForegroundProcessId;
    ULONGLONG TimeUpdateLock;
    ULONGLONG BaselineSystemTimeQpc;
    ULONGLONG BaselineInterruptTimeQpc;
    ULONGLONG QpcSystemTimeIncrement;
    ULONGLONG QpcInterruptTimeIncrement;
    UCHAR QpcSystemTimeIncrementShift;
    UCHAR QpcInterruptTimeIncrementShift;
    USHORT UnparkedProcessorCount;
    ULONG EnclaveFeatureMask[4];
    ULONG TelemetryCoverageRound;
    USHORT UserModeGlobalLogger[16];
    ULONG ImageFileExecutionOptions;
    ULONG LangGenerationCount;
    ULONGLONG Reserved4;
    volatile ULONGLONG InterruptTimeBias;
    volatile ULONGLONG QpcBias;
    ULONG ActiveProcessorCount;
    volatile UCHAR ActiveGroupCount;
    UCHAR Reserved9;
    union {
        USHORT QpcData;
        struct {
            UCHAR QpcBypassEnabled;
            UCHAR QpcShift;
        };
    };
    LARGE_INTEGER TimeZoneBiasEffectiveStart;
    LARGE_INTEGER TimeZoneBiasEffectiveEnd;
} KUSER_SHARED_DATA, *PKUSER_SHARED_DATA;

// IRQL. On x64 a compiled driver uses CR8 inline; these are for the kernel and for old imports.
KIRQL NTAPI KeGetCurrentIrql(void);
KIRQL NTAPI KfRaiseIrql(KIRQL irql);
VOID NTAPI KeLowerIrql(KIRQL irql);
VOID NTAPI KfLowerIrql(KIRQL irql);
KIRQL NTAPI KeRaiseIrqlToDpcLevel(void);
KIRQL NTAPI KeRaiseIrqlToSynchLevel(void);
#define KeRaiseIrql(irql, old) (*(old) = KfRaiseIrql(irql))

// Spin locks.
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK lock);
KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock);
KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK lock);
VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL irql);
VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock);
VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock);
BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock);
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK lock);
VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK lock, KIRQL irql);
BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK lock);
VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle);
VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle);
VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle);
VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE handle);
#define KeAcquireSpinLock(lock, old) (*(old) = KeAcquireSpinLockRaiseToDpc(lock))

// Events, semaphores, mutexes.
VOID NTAPI KeInitializeEvent(PRKEVENT event, EVENT_TYPE type, BOOLEAN state);
LONG NTAPI KeSetEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait);
LONG NTAPI KeResetEvent(PRKEVENT event);
VOID NTAPI KeClearEvent(PRKEVENT event);
LONG NTAPI KePulseEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait);
LONG NTAPI KeReadStateEvent(PRKEVENT event);
VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE semaphore, LONG count, LONG limit);
LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE semaphore, KPRIORITY increment, LONG adjustment, BOOLEAN wait);
LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE semaphore);
VOID NTAPI KeInitializeMutex(PRKMUTEX mutex, ULONG level);
LONG NTAPI KeReleaseMutex(PRKMUTEX mutex, BOOLEAN wait);
LONG NTAPI KeReadStateMutex(PRKMUTEX mutex);
VOID NTAPI KeInitializeMutant(PRKMUTANT mutant, BOOLEAN initial_owner);
LONG NTAPI KeReleaseMutant(PRKMUTANT mutant, KPRIORITY increment, BOOLEAN abandon, BOOLEAN wait);
VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex);
VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex);
VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex);
BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex);
VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX mutex);
VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX mutex);

// Waits. A timeout is in 100 ns: negative relative, positive absolute, NULL forever.
NTSTATUS NTAPI KeWaitForSingleObject(PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode, BOOLEAN alertable,
                                     PLARGE_INTEGER timeout);
NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, KWAIT_REASON reason,
                                        KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                                        PKWAIT_BLOCK blocks);
NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval);
#define KeWaitForMutexObject KeWaitForSingleObject
BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE mode);
BOOLEAN NTAPI KeAlertThread(PKTHREAD thread, KPROCESSOR_MODE mode);

// Timers and DPCs.
VOID NTAPI KeInitializeTimer(PKTIMER timer);
VOID NTAPI KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type);
BOOLEAN NTAPI KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc);
BOOLEAN NTAPI KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period_ms, PKDPC dpc);
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER timer, LARGE_INTEGER due, ULONG period_ms, ULONG tolerance_ms, PKDPC dpc);
BOOLEAN NTAPI KeCancelTimer(PKTIMER timer);
BOOLEAN NTAPI KeReadStateTimer(PKTIMER timer);
VOID NTAPI KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context);
VOID NTAPI KeInitializeThreadedDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context);
BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2);
BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC dpc);
BOOLEAN NTAPI KeRemoveQueueDpcEx(PRKDPC dpc, BOOLEAN wait_if_active);
VOID NTAPI KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance);
VOID NTAPI KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number);
NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC dpc, PPROCESSOR_NUMBER number);
VOID NTAPI KeFlushQueuedDpcs(void);
VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE routine, PVOID context);
VOID NTAPI KeSignalCallDpcDone(PVOID argument1);
LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID argument2);

// APCs and regions in which they wait.
VOID NTAPI KeInitializeApc(PRKAPC apc, PKTHREAD thread, KAPC_ENVIRONMENT environment, PKKERNEL_ROUTINE kernel,
                           PKRUNDOWN_ROUTINE rundown, PKNORMAL_ROUTINE normal, KPROCESSOR_MODE mode, PVOID context);
BOOLEAN NTAPI KeInsertQueueApc(PRKAPC apc, PVOID argument1, PVOID argument2, KPRIORITY increment);
BOOLEAN NTAPI KeRemoveQueueApc(PRKAPC apc);
VOID NTAPI KeEnterCriticalRegion(void);
VOID NTAPI KeLeaveCriticalRegion(void);
VOID NTAPI KeEnterGuardedRegion(void);
VOID NTAPI KeLeaveGuardedRegion(void);
BOOLEAN NTAPI KeAreApcsDisabled(void);
BOOLEAN NTAPI KeAreAllApcsDisabled(void);

// Queues.
VOID NTAPI KeInitializeQueue(PRKQUEUE queue, ULONG count);
LONG NTAPI KeInsertQueue(PRKQUEUE queue, PLIST_ENTRY entry);
LONG NTAPI KeInsertHeadQueue(PRKQUEUE queue, PLIST_ENTRY entry);
PLIST_ENTRY NTAPI KeRemoveQueue(PRKQUEUE queue, KPROCESSOR_MODE mode, PLARGE_INTEGER timeout);
ULONG NTAPI KeRemoveQueueEx(PKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                            PLIST_ENTRY *entries, ULONG count);
LONG NTAPI KeReadStateQueue(PRKQUEUE queue);
PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE queue);
VOID NTAPI KeInitializeDeviceQueue(PKDEVICE_QUEUE queue);
BOOLEAN NTAPI KeInsertDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry);
BOOLEAN NTAPI KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, ULONG key);
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveDeviceQueue(PKDEVICE_QUEUE queue);
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE queue, ULONG key);
PKDEVICE_QUEUE_ENTRY NTAPI KeRemoveByKeyDeviceQueueIfBusy(PKDEVICE_QUEUE queue, ULONG key);
BOOLEAN NTAPI KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry);

// Threads and processors.
PKTHREAD NTAPI KeGetCurrentThread(void);
KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD thread, KPRIORITY priority);
KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD thread);
LONG NTAPI KeSetBasePriorityThread(PKTHREAD thread, LONG increment);
VOID NTAPI KeSetSystemAffinityThread(KAFFINITY affinity);
KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY affinity);
VOID NTAPI KeRevertToUserAffinityThread(void);
VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY affinity);
VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY affinity, PGROUP_AFFINITY previous);
VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY previous);
KAFFINITY NTAPI KeSetAffinityThread(PKTHREAD thread, KAFFINITY affinity);
ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number);
KAFFINITY NTAPI KeQueryActiveProcessors(void);
ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY active);
ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT group);
ULONG NTAPI KeQueryMaximumProcessorCount(void);
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT group);
USHORT NTAPI KeQueryActiveGroupCount(void);
NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG index, PPROCESSOR_NUMBER number);
ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER number);
VOID NTAPI KeQueryNodeActiveAffinity(USHORT node, PGROUP_AFFINITY affinity, PUSHORT count);
#define INVALID_PROCESSOR_INDEX 0xFFFFFFFF
USHORT NTAPI KeQueryMaximumGroupCount(void);
KAFFINITY NTAPI KeQueryGroupAffinity(USHORT group);
extern CCHAR KeNumberProcessors;
VOID NTAPI KeStackAttachProcess(PKPROCESS process, PRKAPC_STATE state);
VOID NTAPI KeUnstackDetachProcess(PRKAPC_STATE state);
VOID NTAPI KeAttachProcess(PKPROCESS process);
VOID NTAPI KeDetachProcess(void);
ULONG_PTR NTAPI KeIpiGenericCall(ULONG_PTR(NTAPI *function)(ULONG_PTR), ULONG_PTR context);
NTSTATUS NTAPI KeExpandKernelStackAndCallout(VOID(NTAPI *callout)(PVOID), PVOID parameter, SIZE_T size);
NTSTATUS NTAPI KeExpandKernelStackAndCalloutEx(VOID(NTAPI *callout)(PVOID), PVOID parameter, SIZE_T size, BOOLEAN wait,
                                               PVOID context);
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE save);
NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE save);
NTSTATUS NTAPI KeSaveExtendedProcessorState(ULONG64 mask, PXSTATE_SAVE save);
VOID NTAPI KeRestoreExtendedProcessorState(PXSTATE_SAVE save);

// Time.
VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER time);
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER time);
VOID NTAPI KeQueryTickCount(PLARGE_INTEGER ticks);
ULONGLONG NTAPI KeQueryInterruptTime(void);
ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 counter);
ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(void);
ULONG NTAPI KeQueryTimeIncrement(void);
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER frequency);
VOID NTAPI KeStallExecutionProcessor(ULONG microseconds);
ULONG NTAPI KeQueryRuntimeThread(PKTHREAD thread, PULONG user_time);

// Bugchecks.
NTAPI_NORETURN VOID KeBugCheck(ULONG code);
NTAPI_NORETURN VOID KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4);
BOOLEAN NTAPI KeRegisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD record, PKBUGCHECK_CALLBACK_ROUTINE routine,
                                         PVOID buffer, ULONG length, PUCHAR component);
BOOLEAN NTAPI KeRegisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD record,
                                               PKBUGCHECK_REASON_CALLBACK_ROUTINE routine,
                                               KBUGCHECK_CALLBACK_REASON reason, PUCHAR component);
BOOLEAN NTAPI KeDeregisterBugCheckReasonCallback(PKBUGCHECK_REASON_CALLBACK_RECORD record);
extern ULONG_PTR KiBugCheckData[5];
BOOLEAN NTAPI KeDeregisterBugCheckCallback(PKBUGCHECK_CALLBACK_RECORD record);
#define KeInitializeCallbackRecord(record) ((record)->State = 0)
