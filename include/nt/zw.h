// The system services, under both of their names: Nt* obeys the previous mode of the calling thread, Zw*
// makes the call as the kernel itself. With them, the file rights, dispositions, options and information
// structures they take.
#pragma once

#include <nt/io.h>
#include <nt/rtl.h>

// File and directory rights.
#define FILE_READ_DATA            0x0001
#define FILE_LIST_DIRECTORY       0x0001
#define FILE_WRITE_DATA           0x0002
#define FILE_ADD_FILE             0x0002
#define FILE_APPEND_DATA          0x0004
#define FILE_ADD_SUBDIRECTORY     0x0004
#define FILE_CREATE_PIPE_INSTANCE 0x0004
#define FILE_READ_EA              0x0008
#define FILE_WRITE_EA             0x0010
#define FILE_EXECUTE              0x0020
#define FILE_TRAVERSE             0x0020
#define FILE_DELETE_CHILD         0x0040
#define FILE_READ_ATTRIBUTES      0x0080
#define FILE_WRITE_ATTRIBUTES     0x0100
#define FILE_ALL_ACCESS           0x001F01FF
#define FILE_GENERIC_READ         0x00120089
#define FILE_GENERIC_WRITE        0x00120116
#define FILE_GENERIC_EXECUTE      0x001200A0

#define FILE_SHARE_READ        0x00000001
#define FILE_SHARE_WRITE       0x00000002
#define FILE_SHARE_DELETE      0x00000004
#define FILE_SHARE_VALID_FLAGS 0x00000007

#define FILE_ATTRIBUTE_READONLY            0x00000001
#define FILE_ATTRIBUTE_HIDDEN              0x00000002
#define FILE_ATTRIBUTE_SYSTEM              0x00000004
#define FILE_ATTRIBUTE_DIRECTORY           0x00000010
#define FILE_ATTRIBUTE_ARCHIVE             0x00000020
#define FILE_ATTRIBUTE_DEVICE              0x00000040
#define FILE_ATTRIBUTE_NORMAL              0x00000080
#define FILE_ATTRIBUTE_TEMPORARY           0x00000100
#define FILE_ATTRIBUTE_SPARSE_FILE         0x00000200
#define FILE_ATTRIBUTE_REPARSE_POINT       0x00000400
#define FILE_ATTRIBUTE_COMPRESSED          0x00000800
#define FILE_ATTRIBUTE_OFFLINE             0x00001000
#define FILE_ATTRIBUTE_NOT_CONTENT_INDEXED 0x00002000
#define FILE_ATTRIBUTE_ENCRYPTED           0x00004000

// Create dispositions.
#define FILE_SUPERSEDE           0
#define FILE_OPEN                1
#define FILE_CREATE              2
#define FILE_OPEN_IF             3
#define FILE_OVERWRITE           4
#define FILE_OVERWRITE_IF        5
#define FILE_MAXIMUM_DISPOSITION 5

// What IO_STATUS_BLOCK.Information says after a create.
#define FILE_SUPERSEDED     0
#define FILE_OPENED         1
#define FILE_CREATED        2
#define FILE_OVERWRITTEN    3
#define FILE_EXISTS         4
#define FILE_DOES_NOT_EXIST 5

// Create options.
#define FILE_DIRECTORY_FILE            0x00000001
#define FILE_WRITE_THROUGH             0x00000002
#define FILE_SEQUENTIAL_ONLY           0x00000004
#define FILE_NO_INTERMEDIATE_BUFFERING 0x00000008
#define FILE_SYNCHRONOUS_IO_ALERT      0x00000010
#define FILE_SYNCHRONOUS_IO_NONALERT   0x00000020
#define FILE_NON_DIRECTORY_FILE        0x00000040
#define FILE_CREATE_TREE_CONNECTION    0x00000080
#define FILE_COMPLETE_IF_OPLOCKED      0x00000100
#define FILE_NO_EA_KNOWLEDGE           0x00000200
#define FILE_OPEN_REMOTE_INSTANCE      0x00000400
#define FILE_RANDOM_ACCESS             0x00000800
#define FILE_DELETE_ON_CLOSE           0x00001000
#define FILE_OPEN_BY_FILE_ID           0x00002000
#define FILE_OPEN_FOR_BACKUP_INTENT    0x00004000
#define FILE_NO_COMPRESSION            0x00008000
#define FILE_OPEN_REQUIRING_OPLOCK     0x00010000
#define FILE_DISALLOW_EXCLUSIVE        0x00020000
#define FILE_RESERVE_OPFILTER          0x00100000
#define FILE_OPEN_REPARSE_POINT        0x00200000
#define FILE_OPEN_NO_RECALL            0x00400000
#define FILE_OPEN_FOR_FREE_SPACE_QUERY 0x00800000
#define FILE_VALID_OPTION_FLAGS        0x00FFFFFF

#define FILE_WRITE_TO_END_OF_FILE      0xFFFFFFFF
#define FILE_USE_FILE_POINTER_POSITION 0xFFFFFFFE

// IoCreateFile options.
#define IO_FORCE_ACCESS_CHECK        0x0001
#define IO_OPEN_PAGING_FILE          0x0002
#define IO_OPEN_TARGET_DIRECTORY     0x0004
#define IO_STOP_ON_SYMLINK           0x0008
#define IO_NO_PARAMETER_CHECKING     0x0100
#define IO_CHECK_CREATE_PARAMETERS   0x0200
#define IO_ATTACH_DEVICE             0x0400
#define IO_IGNORE_SHARE_ACCESS_CHECK 0x0800

// FILE_IO_COMPLETION_NOTIFICATION_INFORMATION.
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 0x1
#define FILE_SKIP_SET_EVENT_ON_HANDLE        0x2
#define FILE_SKIP_SET_USER_EVENT_ON_FAST_IO  0x4

#define FILE_BYTE_ALIGNMENT     0x00000000
#define FILE_WORD_ALIGNMENT     0x00000001
#define FILE_LONG_ALIGNMENT     0x00000003
#define FILE_QUAD_ALIGNMENT     0x00000007
#define FILE_OCTA_ALIGNMENT     0x0000000F
#define FILE_32_BYTE_ALIGNMENT  0x0000001F
#define FILE_64_BYTE_ALIGNMENT  0x0000003F
#define FILE_128_BYTE_ALIGNMENT 0x0000007F
#define FILE_256_BYTE_ALIGNMENT 0x000000FF
#define FILE_512_BYTE_ALIGNMENT 0x000001FF

typedef struct _FILE_BASIC_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    ULONG FileAttributes;
} FILE_BASIC_INFORMATION, *PFILE_BASIC_INFORMATION;

typedef struct _FILE_STANDARD_INFORMATION {
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG NumberOfLinks;
    BOOLEAN DeletePending;
    BOOLEAN Directory;
} FILE_STANDARD_INFORMATION, *PFILE_STANDARD_INFORMATION;

typedef struct _FILE_INTERNAL_INFORMATION {
    LARGE_INTEGER IndexNumber;
} FILE_INTERNAL_INFORMATION, *PFILE_INTERNAL_INFORMATION;

typedef struct _FILE_EA_INFORMATION {
    ULONG EaSize;
} FILE_EA_INFORMATION, *PFILE_EA_INFORMATION;

typedef struct _FILE_ACCESS_INFORMATION {
    ACCESS_MASK AccessFlags;
} FILE_ACCESS_INFORMATION, *PFILE_ACCESS_INFORMATION;

typedef struct _FILE_POSITION_INFORMATION {
    LARGE_INTEGER CurrentByteOffset;
} FILE_POSITION_INFORMATION, *PFILE_POSITION_INFORMATION;

typedef struct _FILE_MODE_INFORMATION {
    ULONG Mode;
} FILE_MODE_INFORMATION, *PFILE_MODE_INFORMATION;

typedef struct _FILE_ALIGNMENT_INFORMATION {
    ULONG AlignmentRequirement;
} FILE_ALIGNMENT_INFORMATION, *PFILE_ALIGNMENT_INFORMATION;

typedef struct _FILE_NAME_INFORMATION {
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_NAME_INFORMATION, *PFILE_NAME_INFORMATION;

typedef struct _FILE_ALL_INFORMATION {
    FILE_BASIC_INFORMATION BasicInformation;
    FILE_STANDARD_INFORMATION StandardInformation;
    FILE_INTERNAL_INFORMATION InternalInformation;
    FILE_EA_INFORMATION EaInformation;
    FILE_ACCESS_INFORMATION AccessInformation;
    FILE_POSITION_INFORMATION PositionInformation;
    FILE_MODE_INFORMATION ModeInformation;
    FILE_ALIGNMENT_INFORMATION AlignmentInformation;
    FILE_NAME_INFORMATION NameInformation;
} FILE_ALL_INFORMATION, *PFILE_ALL_INFORMATION;

typedef struct _FILE_NETWORK_OPEN_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG FileAttributes;
} FILE_NETWORK_OPEN_INFORMATION, *PFILE_NETWORK_OPEN_INFORMATION;

typedef struct _FILE_ATTRIBUTE_TAG_INFORMATION {
    ULONG FileAttributes;
    ULONG ReparseTag;
} FILE_ATTRIBUTE_TAG_INFORMATION, *PFILE_ATTRIBUTE_TAG_INFORMATION;

typedef struct _FILE_DISPOSITION_INFORMATION {
    BOOLEAN DeleteFile;
} FILE_DISPOSITION_INFORMATION, *PFILE_DISPOSITION_INFORMATION;

typedef struct _FILE_END_OF_FILE_INFORMATION {
    LARGE_INTEGER EndOfFile;
} FILE_END_OF_FILE_INFORMATION, *PFILE_END_OF_FILE_INFORMATION;

typedef struct _FILE_ALLOCATION_INFORMATION {
    LARGE_INTEGER AllocationSize;
} FILE_ALLOCATION_INFORMATION, *PFILE_ALLOCATION_INFORMATION;

typedef struct _FILE_VALID_DATA_LENGTH_INFORMATION {
    LARGE_INTEGER ValidDataLength;
} FILE_VALID_DATA_LENGTH_INFORMATION, *PFILE_VALID_DATA_LENGTH_INFORMATION;

typedef struct _FILE_RENAME_INFORMATION {
    union {
        BOOLEAN ReplaceIfExists;
        ULONG Flags;
    };
    HANDLE RootDirectory;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_RENAME_INFORMATION, *PFILE_RENAME_INFORMATION;

typedef struct _FILE_COMPLETION_INFORMATION {
    HANDLE Port;
    PVOID Key;
} FILE_COMPLETION_INFORMATION, *PFILE_COMPLETION_INFORMATION;

typedef struct _FILE_IO_COMPLETION_NOTIFICATION_INFORMATION {
    ULONG Flags;
} FILE_IO_COMPLETION_NOTIFICATION_INFORMATION, *PFILE_IO_COMPLETION_NOTIFICATION_INFORMATION;

typedef struct _FILE_IO_COMPLETION_INFORMATION {
    PVOID KeyContext;
    PVOID ApcContext;
    IO_STATUS_BLOCK IoStatusBlock;
} FILE_IO_COMPLETION_INFORMATION, *PFILE_IO_COMPLETION_INFORMATION;

typedef struct _FILE_IS_REMOTE_DEVICE_INFORMATION {
    BOOLEAN IsRemote;
} FILE_IS_REMOTE_DEVICE_INFORMATION, *PFILE_IS_REMOTE_DEVICE_INFORMATION;

typedef struct _FILE_DIRECTORY_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER EndOfFile;
    LARGE_INTEGER AllocationSize;
    ULONG FileAttributes;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_DIRECTORY_INFORMATION, *PFILE_DIRECTORY_INFORMATION;

typedef struct _FILE_FULL_DIR_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER EndOfFile;
    LARGE_INTEGER AllocationSize;
    ULONG FileAttributes;
    ULONG FileNameLength;
    ULONG EaSize;
    WCHAR FileName[1];
} FILE_FULL_DIR_INFORMATION, *PFILE_FULL_DIR_INFORMATION;

typedef struct _FILE_BOTH_DIR_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER EndOfFile;
    LARGE_INTEGER AllocationSize;
    ULONG FileAttributes;
    ULONG FileNameLength;
    ULONG EaSize;
    CCHAR ShortNameLength;
    WCHAR ShortName[12];
    WCHAR FileName[1];
} FILE_BOTH_DIR_INFORMATION, *PFILE_BOTH_DIR_INFORMATION;

typedef struct _FILE_ID_BOTH_DIR_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER EndOfFile;
    LARGE_INTEGER AllocationSize;
    ULONG FileAttributes;
    ULONG FileNameLength;
    ULONG EaSize;
    CCHAR ShortNameLength;
    WCHAR ShortName[12];
    LARGE_INTEGER FileId;
    WCHAR FileName[1];
} FILE_ID_BOTH_DIR_INFORMATION, *PFILE_ID_BOTH_DIR_INFORMATION;

typedef struct _FILE_ID_FULL_DIR_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER EndOfFile;
    LARGE_INTEGER AllocationSize;
    ULONG FileAttributes;
    ULONG FileNameLength;
    ULONG EaSize;
    LARGE_INTEGER FileId;
    WCHAR FileName[1];
} FILE_ID_FULL_DIR_INFORMATION, *PFILE_ID_FULL_DIR_INFORMATION;

typedef struct _FILE_NAMES_INFORMATION {
    ULONG NextEntryOffset;
    ULONG FileIndex;
    ULONG FileNameLength;
    WCHAR FileName[1];
} FILE_NAMES_INFORMATION, *PFILE_NAMES_INFORMATION;

typedef struct _FILE_FULL_EA_INFORMATION {
    ULONG NextEntryOffset;
    UCHAR Flags;
    UCHAR EaNameLength;
    USHORT EaValueLength;
    CHAR EaName[1];
} FILE_FULL_EA_INFORMATION, *PFILE_FULL_EA_INFORMATION;

typedef struct _FILE_FS_DEVICE_INFORMATION {
    DEVICE_TYPE DeviceType;
    ULONG Characteristics;
} FILE_FS_DEVICE_INFORMATION, *PFILE_FS_DEVICE_INFORMATION;

typedef struct _FILE_FS_VOLUME_INFORMATION {
    LARGE_INTEGER VolumeCreationTime;
    ULONG VolumeSerialNumber;
    ULONG VolumeLabelLength;
    BOOLEAN SupportsObjects;
    WCHAR VolumeLabel[1];
} FILE_FS_VOLUME_INFORMATION, *PFILE_FS_VOLUME_INFORMATION;

typedef struct _FILE_FS_SIZE_INFORMATION {
    LARGE_INTEGER TotalAllocationUnits;
    LARGE_INTEGER AvailableAllocationUnits;
    ULONG SectorsPerAllocationUnit;
    ULONG BytesPerSector;
} FILE_FS_SIZE_INFORMATION, *PFILE_FS_SIZE_INFORMATION;

typedef struct _FILE_FS_FULL_SIZE_INFORMATION {
    LARGE_INTEGER TotalAllocationUnits;
    LARGE_INTEGER CallerAvailableAllocationUnits;
    LARGE_INTEGER ActualAvailableAllocationUnits;
    ULONG SectorsPerAllocationUnit;
    ULONG BytesPerSector;
} FILE_FS_FULL_SIZE_INFORMATION, *PFILE_FS_FULL_SIZE_INFORMATION;

typedef struct _FILE_FS_ATTRIBUTE_INFORMATION {
    ULONG FileSystemAttributes;
    LONG MaximumComponentNameLength;
    ULONG FileSystemNameLength;
    WCHAR FileSystemName[1];
} FILE_FS_ATTRIBUTE_INFORMATION, *PFILE_FS_ATTRIBUTE_INFORMATION;

// Dispatcher objects.
typedef enum _EVENT_INFORMATION_CLASS { EventBasicInformation } EVENT_INFORMATION_CLASS;
typedef struct _EVENT_BASIC_INFORMATION {
    EVENT_TYPE EventType;
    LONG EventState;
} EVENT_BASIC_INFORMATION, *PEVENT_BASIC_INFORMATION;

typedef enum _MUTANT_INFORMATION_CLASS { MutantBasicInformation } MUTANT_INFORMATION_CLASS;
typedef struct _MUTANT_BASIC_INFORMATION {
    LONG CurrentCount;
    BOOLEAN OwnedByCaller;
    BOOLEAN AbandonedState;
} MUTANT_BASIC_INFORMATION, *PMUTANT_BASIC_INFORMATION;

typedef enum _SEMAPHORE_INFORMATION_CLASS { SemaphoreBasicInformation } SEMAPHORE_INFORMATION_CLASS;
typedef struct _SEMAPHORE_BASIC_INFORMATION {
    LONG CurrentCount;
    LONG MaximumCount;
} SEMAPHORE_BASIC_INFORMATION, *PSEMAPHORE_BASIC_INFORMATION;

typedef enum _TIMER_INFORMATION_CLASS { TimerBasicInformation } TIMER_INFORMATION_CLASS;
typedef struct _TIMER_BASIC_INFORMATION {
    LARGE_INTEGER RemainingTime;
    BOOLEAN TimerState;
} TIMER_BASIC_INFORMATION, *PTIMER_BASIC_INFORMATION;
typedef VOID(NTAPI *PTIMER_APC_ROUTINE)(PVOID context, ULONG time_low, LONG time_high);

typedef enum _IO_COMPLETION_INFORMATION_CLASS { IoCompletionBasicInformation } IO_COMPLETION_INFORMATION_CLASS;
typedef struct _IO_COMPLETION_BASIC_INFORMATION {
    LONG Depth;
} IO_COMPLETION_BASIC_INFORMATION, *PIO_COMPLETION_BASIC_INFORMATION;

// Processes, threads, the system: only the classes that drivers ask for.
typedef enum _PROCESSINFOCLASS {
    ProcessBasicInformation = 0,
    ProcessBasePriority = 5,
    ProcessDebugPort = 7,
    ProcessAffinityMask = 21,
    ProcessWow64Information = 26,
    ProcessImageFileName = 27,
    ProcessBreakOnTermination = 29,
    ProcessDebugObjectHandle = 30,
    ProcessDebugFlags = 31,
    ProcessCommandLineInformation = 60,
} PROCESSINFOCLASS;

typedef enum _THREADINFOCLASS {
    ThreadBasicInformation = 0,
    ThreadTimes = 1,
    ThreadPriority = 2,
    ThreadBasePriority = 3,
    ThreadAffinityMask = 4,
    ThreadQuerySetWin32StartAddress = 9,
    ThreadHideFromDebugger = 17,
} THREADINFOCLASS;

typedef struct _PROCESS_BASIC_INFORMATION {
    NTSTATUS ExitStatus;
    PVOID PebBaseAddress;
    ULONG_PTR AffinityMask;
    KPRIORITY BasePriority;
    ULONG_PTR UniqueProcessId;
    ULONG_PTR InheritedFromUniqueProcessId;
} PROCESS_BASIC_INFORMATION, *PPROCESS_BASIC_INFORMATION;

typedef struct _THREAD_BASIC_INFORMATION {
    NTSTATUS ExitStatus;
    PVOID TebBaseAddress;
    CLIENT_ID ClientId;
    KAFFINITY AffinityMask;
    KPRIORITY Priority;
    KPRIORITY BasePriority;
} THREAD_BASIC_INFORMATION, *PTHREAD_BASIC_INFORMATION;

typedef enum _SYSTEM_INFORMATION_CLASS {
    SystemBasicInformation = 0,
    SystemProcessorInformation = 1,
    SystemPerformanceInformation = 2,
    SystemTimeOfDayInformation = 3,
    SystemProcessInformation = 5,
    SystemModuleInformation = 11,
    SystemHandleInformation = 16,
    SystemKernelDebuggerInformation = 35,
    SystemExtendedHandleInformation = 64,
    SystemCodeIntegrityInformation = 103,
} SYSTEM_INFORMATION_CLASS;

// The services. Each line declares NtName and ZwName.
#define NT_SERVICE(name, ...)                                                                                          \
    NTSTATUS NTAPI Nt##name(__VA_ARGS__);                                                                              \
    NTSTATUS NTAPI Zw##name(__VA_ARGS__);

// Files and devices.
NT_SERVICE(CreateFile, PHANDLE file, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
           PLARGE_INTEGER allocation_size, ULONG file_attributes, ULONG share, ULONG disposition, ULONG options,
           PVOID ea, ULONG ea_length)
NT_SERVICE(OpenFile, PHANDLE file, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK iosb,
           ULONG share, ULONG options)
NT_SERVICE(ReadFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key)
NT_SERVICE(WriteFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           PVOID buffer, ULONG length, PLARGE_INTEGER offset, PULONG key)
NT_SERVICE(DeviceIoControlFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context,
           PIO_STATUS_BLOCK iosb, ULONG code, PVOID input, ULONG input_length, PVOID output, ULONG output_length)
NT_SERVICE(FsControlFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           ULONG code, PVOID input, ULONG input_length, PVOID output, ULONG output_length)
NT_SERVICE(Close, HANDLE handle)
NT_SERVICE(QueryInformationFile, HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
           FILE_INFORMATION_CLASS information_class)
NT_SERVICE(SetInformationFile, HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
           FILE_INFORMATION_CLASS information_class)
NT_SERVICE(QueryVolumeInformationFile, HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
           FS_INFORMATION_CLASS information_class)
NT_SERVICE(SetVolumeInformationFile, HANDLE file, PIO_STATUS_BLOCK iosb, PVOID information, ULONG length,
           FS_INFORMATION_CLASS information_class)
NT_SERVICE(QueryAttributesFile, POBJECT_ATTRIBUTES attributes, PFILE_BASIC_INFORMATION information)
NT_SERVICE(QueryFullAttributesFile, POBJECT_ATTRIBUTES attributes, PFILE_NETWORK_OPEN_INFORMATION information)
NT_SERVICE(QueryDirectoryFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           PVOID information, ULONG length, FILE_INFORMATION_CLASS information_class, BOOLEAN single_entry,
           PUNICODE_STRING pattern, BOOLEAN restart)
NT_SERVICE(FlushBuffersFile, HANDLE file, PIO_STATUS_BLOCK iosb)
NT_SERVICE(DeleteFile, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(LockFile, HANDLE file, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           PLARGE_INTEGER offset, PLARGE_INTEGER length, ULONG key, BOOLEAN fail_immediately, BOOLEAN exclusive)
NT_SERVICE(UnlockFile, HANDLE file, PIO_STATUS_BLOCK iosb, PLARGE_INTEGER offset, PLARGE_INTEGER length, ULONG key)
NT_SERVICE(CancelIoFile, HANDLE file, PIO_STATUS_BLOCK iosb)
NT_SERVICE(CancelIoFileEx, HANDLE file, PIO_STATUS_BLOCK request, PIO_STATUS_BLOCK iosb)
NT_SERVICE(CancelSynchronousIoFile, HANDLE thread, PIO_STATUS_BLOCK request, PIO_STATUS_BLOCK iosb)

// Completion ports.
NT_SERVICE(CreateIoCompletion, PHANDLE port, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG concurrency)
NT_SERVICE(OpenIoCompletion, PHANDLE port, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(SetIoCompletion, HANDLE port, PVOID key, PVOID apc_context, NTSTATUS status, ULONG_PTR information)
NT_SERVICE(RemoveIoCompletion, HANDLE port, PVOID *key, PVOID *apc_context, PIO_STATUS_BLOCK iosb,
           PLARGE_INTEGER timeout)
NT_SERVICE(RemoveIoCompletionEx, HANDLE port, PFILE_IO_COMPLETION_INFORMATION entries, ULONG count, PULONG removed,
           PLARGE_INTEGER timeout, BOOLEAN alertable)
NT_SERVICE(QueryIoCompletion, HANDLE port, IO_COMPLETION_INFORMATION_CLASS information_class, PVOID information,
           ULONG length, PULONG returned)

// Waits and dispatcher objects.
NT_SERVICE(WaitForSingleObject, HANDLE handle, BOOLEAN alertable, PLARGE_INTEGER timeout)
NT_SERVICE(WaitForMultipleObjects, ULONG count, HANDLE *handles, WAIT_TYPE type, BOOLEAN alertable,
           PLARGE_INTEGER timeout)
NT_SERVICE(SignalAndWaitForSingleObject, HANDLE signal, HANDLE wait, BOOLEAN alertable, PLARGE_INTEGER timeout)
NT_SERVICE(DelayExecution, BOOLEAN alertable, PLARGE_INTEGER interval)
NT_SERVICE(YieldExecution, VOID)
NT_SERVICE(TestAlert, VOID)
NT_SERVICE(CreateEvent, PHANDLE event, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, EVENT_TYPE type,
           BOOLEAN state)
NT_SERVICE(OpenEvent, PHANDLE event, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(SetEvent, HANDLE event, PLONG previous)
NT_SERVICE(ResetEvent, HANDLE event, PLONG previous)
NT_SERVICE(ClearEvent, HANDLE event)
NT_SERVICE(PulseEvent, HANDLE event, PLONG previous)
NT_SERVICE(QueryEvent, HANDLE event, EVENT_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(CreateMutant, PHANDLE mutant, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, BOOLEAN initial_owner)
NT_SERVICE(OpenMutant, PHANDLE mutant, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(ReleaseMutant, HANDLE mutant, PLONG previous)
NT_SERVICE(QueryMutant, HANDLE mutant, MUTANT_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(CreateSemaphore, PHANDLE semaphore, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, LONG count,
           LONG limit)
NT_SERVICE(OpenSemaphore, PHANDLE semaphore, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(ReleaseSemaphore, HANDLE semaphore, LONG release, PLONG previous)
NT_SERVICE(QuerySemaphore, HANDLE semaphore, SEMAPHORE_INFORMATION_CLASS information_class, PVOID information,
           ULONG length, PULONG returned)
NT_SERVICE(CreateTimer, PHANDLE timer, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, TIMER_TYPE type)
NT_SERVICE(OpenTimer, PHANDLE timer, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(SetTimer, HANDLE timer, PLARGE_INTEGER due, PTIMER_APC_ROUTINE apc, PVOID apc_context, BOOLEAN resume,
           LONG period_ms, PBOOLEAN previous)
NT_SERVICE(CancelTimer, HANDLE timer, PBOOLEAN state)
NT_SERVICE(QueryTimer, HANDLE timer, TIMER_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)

// Objects and the namespace.
NT_SERVICE(DuplicateObject, HANDLE source_process, HANDLE source, HANDLE target_process, PHANDLE target,
           ACCESS_MASK access, ULONG attributes, ULONG options)
NT_SERVICE(QueryObject, HANDLE handle, OBJECT_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(SetInformationObject, HANDLE handle, OBJECT_INFORMATION_CLASS information_class, PVOID information,
           ULONG length)
NT_SERVICE(MakeTemporaryObject, HANDLE handle)
NT_SERVICE(MakePermanentObject, HANDLE handle)
NT_SERVICE(QuerySecurityObject, HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
           ULONG length, PULONG needed)
NT_SERVICE(SetSecurityObject, HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
NT_SERVICE(CreateDirectoryObject, PHANDLE directory, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(OpenDirectoryObject, PHANDLE directory, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(QueryDirectoryObject, HANDLE directory, PVOID buffer, ULONG length, BOOLEAN single_entry, BOOLEAN restart,
           PULONG context, PULONG returned)
NT_SERVICE(CreateSymbolicLinkObject, PHANDLE link, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
           PUNICODE_STRING target)
NT_SERVICE(OpenSymbolicLinkObject, PHANDLE link, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(QuerySymbolicLinkObject, HANDLE link, PUNICODE_STRING target, PULONG returned)

// Drivers.
NT_SERVICE(LoadDriver, PUNICODE_STRING service_key)
NT_SERVICE(UnloadDriver, PUNICODE_STRING service_key)

// The registry.
NT_SERVICE(CreateKey, PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG title_index,
           PUNICODE_STRING class_name, ULONG options, PULONG disposition)
NT_SERVICE(OpenKey, PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(OpenKeyEx, PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG options)
NT_SERVICE(DeleteKey, HANDLE key)
NT_SERVICE(RenameKey, HANDLE key, PUNICODE_STRING name)
NT_SERVICE(QueryKey, HANDLE key, KEY_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(EnumerateKey, HANDLE key, ULONG index, KEY_INFORMATION_CLASS information_class, PVOID information,
           ULONG length, PULONG returned)
NT_SERVICE(SetValueKey, HANDLE key, PUNICODE_STRING value, ULONG title_index, ULONG type, PVOID data, ULONG length)
NT_SERVICE(QueryValueKey, HANDLE key, PUNICODE_STRING value, KEY_VALUE_INFORMATION_CLASS information_class,
           PVOID information, ULONG length, PULONG returned)
NT_SERVICE(EnumerateValueKey, HANDLE key, ULONG index, KEY_VALUE_INFORMATION_CLASS information_class, PVOID information,
           ULONG length, PULONG returned)
NT_SERVICE(DeleteValueKey, HANDLE key, PUNICODE_STRING value)
NT_SERVICE(FlushKey, HANDLE key)
NT_SERVICE(NotifyChangeKey, HANDLE key, HANDLE event, PIO_APC_ROUTINE apc, PVOID apc_context, PIO_STATUS_BLOCK iosb,
           ULONG filter, BOOLEAN watch_tree, PVOID buffer, ULONG length, BOOLEAN asynchronous)

// Memory and sections.
NT_SERVICE(AllocateVirtualMemory, HANDLE process, PVOID *base, ULONG_PTR zero_bits, PSIZE_T size, ULONG type,
           ULONG protection)
NT_SERVICE(FreeVirtualMemory, HANDLE process, PVOID *base, PSIZE_T size, ULONG type)
NT_SERVICE(ProtectVirtualMemory, HANDLE process, PVOID *base, PSIZE_T size, ULONG protection, PULONG previous)
NT_SERVICE(QueryVirtualMemory, HANDLE process, PVOID base, MEMORY_INFORMATION_CLASS information_class,
           PVOID information, SIZE_T length, PSIZE_T returned)
NT_SERVICE(CreateSection, PHANDLE section, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
           PLARGE_INTEGER maximum_size, ULONG protection, ULONG allocation, HANDLE file)
NT_SERVICE(OpenSection, PHANDLE section, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
NT_SERVICE(MapViewOfSection, HANDLE section, HANDLE process, PVOID *base, ULONG_PTR zero_bits, SIZE_T commit,
           PLARGE_INTEGER offset, PSIZE_T size, SECTION_INHERIT inherit, ULONG type, ULONG protection)
NT_SERVICE(UnmapViewOfSection, HANDLE process, PVOID base)

// Processes, threads, the system.
NT_SERVICE(OpenProcess, PHANDLE process, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID cid)
NT_SERVICE(OpenThread, PHANDLE thread, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, PCLIENT_ID cid)
NT_SERVICE(TerminateProcess, HANDLE process, NTSTATUS status)
NT_SERVICE(TerminateThread, HANDLE thread, NTSTATUS status)
NT_SERVICE(AlertThread, HANDLE thread)
NT_SERVICE(QueueApcThread, HANDLE thread, PKNORMAL_ROUTINE routine, PVOID context, PVOID argument1, PVOID argument2)
NT_SERVICE(QueryInformationProcess, HANDLE process, PROCESSINFOCLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(SetInformationProcess, HANDLE process, PROCESSINFOCLASS information_class, PVOID information, ULONG length)
NT_SERVICE(QueryInformationThread, HANDLE thread, THREADINFOCLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(SetInformationThread, HANDLE thread, THREADINFOCLASS information_class, PVOID information, ULONG length)
NT_SERVICE(OpenProcessToken, HANDLE process, ACCESS_MASK access, PHANDLE token)
NT_SERVICE(OpenProcessTokenEx, HANDLE process, ACCESS_MASK access, ULONG attributes, PHANDLE token)
NT_SERVICE(OpenThreadToken, HANDLE thread, ACCESS_MASK access, BOOLEAN as_self, PHANDLE token)
NT_SERVICE(OpenThreadTokenEx, HANDLE thread, ACCESS_MASK access, BOOLEAN as_self, ULONG attributes, PHANDLE token)
NT_SERVICE(QueryInformationToken, HANDLE token, TOKEN_INFORMATION_CLASS information_class, PVOID information,
           ULONG length, PULONG returned)
NT_SERVICE(QuerySystemInformation, SYSTEM_INFORMATION_CLASS information_class, PVOID information, ULONG length,
           PULONG returned)
NT_SERVICE(QuerySystemTime, PLARGE_INTEGER time)
NT_SERVICE(QueryPerformanceCounter, PLARGE_INTEGER counter, PLARGE_INTEGER frequency)
NT_SERVICE(QueryTimerResolution, PULONG maximum, PULONG minimum, PULONG current)
NT_SERVICE(SetTimerResolution, ULONG desired, BOOLEAN set, PULONG current)
NT_SERVICE(DisplayString, PUNICODE_STRING string)

#undef NT_SERVICE
