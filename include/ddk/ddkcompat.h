// What newer Windows driver kits declare and mingw-w64's DDK headers (version 10) do not.
//
// For drivers only: include it after <wdm.h>, <ntddk.h> or <ntifs.h>. Each declaration is as Microsoft
// documents it; the import library of this build has the names (cmake/pe/ntoskrnl.names). With Microsoft's
// own kit leave it out.
#pragma once

// --- pool: ExAllocatePool2 and 3, Windows 10 version 2004. They return zeroed memory unless told otherwise.
// ---
#ifndef POOL_FLAG_NON_PAGED
typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_REQUIRED_START    0x0000000000000001UI64
#define POOL_FLAG_USE_QUOTA         0x0000000000000001UI64
#define POOL_FLAG_UNINITIALIZED     0x0000000000000002UI64
#define POOL_FLAG_SESSION           0x0000000000000004UI64
#define POOL_FLAG_CACHE_ALIGNED     0x0000000000000008UI64
#define POOL_FLAG_RESERVED1         0x0000000000000010UI64
#define POOL_FLAG_RAISE_ON_FAILURE  0x0000000000000020UI64
#define POOL_FLAG_NON_PAGED         0x0000000000000040UI64
#define POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080UI64
#define POOL_FLAG_PAGED             0x0000000000000100UI64
#define POOL_FLAG_RESERVED2         0x0000000000000200UI64
#define POOL_FLAG_RESERVED3         0x0000000000000400UI64
#define POOL_FLAG_REQUIRED_END      0x0000000080000000UI64
#define POOL_FLAG_OPTIONAL_START    0x0000000100000000UI64
#define POOL_FLAG_SPECIAL_POOL      0x0000000100000000UI64
#define POOL_FLAG_OPTIONAL_END      0x8000000000000000UI64

typedef struct _POOL_EXTENDED_PARAMETER *PPOOL_EXTENDED_PARAMETER;
typedef const struct _POOL_EXTENDED_PARAMETER *PCPOOL_EXTENDED_PARAMETER;

NTKERNELAPI PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
NTKERNELAPI PVOID NTAPI ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag,
                                        PCPOOL_EXTENDED_PARAMETER ExtendedParameters, ULONG ExtendedParametersCount);
NTKERNELAPI VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, PCPOOL_EXTENDED_PARAMETER ExtendedParameters,
                                   ULONG ExtendedParametersCount);
#endif

// --- memory ---
#ifndef MdlMappingNoWrite
#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000
#endif

#ifndef MM_COPY_MEMORY_PHYSICAL
#define MM_COPY_MEMORY_PHYSICAL 0x1
#define MM_COPY_MEMORY_VIRTUAL  0x2

typedef struct _MM_COPY_ADDRESS {
    union {
        PVOID VirtualAddress;
        PHYSICAL_ADDRESS PhysicalAddress;
    };
} MM_COPY_ADDRESS, *PMMCOPY_ADDRESS;

NTKERNELAPI NTSTATUS NTAPI MmCopyMemory(PVOID TargetAddress, MM_COPY_ADDRESS SourceAddress, SIZE_T NumberOfBytes,
                                        ULONG Flags, PSIZE_T NumberOfBytesTransferred);
#endif

// --- object types: `*ExEventObjectType` ---
// The kernel exports variables of type POBJECT_TYPE. In Microsoft's kit the name is the import's slot, which
// holds the variable's address, so one `*` gives the type. mingw-w64 declares the same type and dllimport,
// which looks through the slot by itself, so the `*` would look into the object type. With these the name is
// the variable's address again.
#ifdef __MINGW32__
extern NTKERNELAPI POBJECT_TYPE PsJobType;
#define CmKeyObjectType       ((POBJECT_TYPE *)&CmKeyObjectType)
#define ExEventObjectType     ((POBJECT_TYPE *)&ExEventObjectType)
#define ExSemaphoreObjectType ((POBJECT_TYPE *)&ExSemaphoreObjectType)
#define IoFileObjectType      ((POBJECT_TYPE *)&IoFileObjectType)
#define PsJobType             ((POBJECT_TYPE *)&PsJobType)
#define PsProcessType         ((POBJECT_TYPE *)&PsProcessType)
#define PsThreadType          ((POBJECT_TYPE *)&PsThreadType)
#define SeTokenObjectType     ((POBJECT_TYPE *)&SeTokenObjectType)
#endif

// --- exceptions ---
NTKERNELAPI VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord);

// --- time ---
NTKERNELAPI VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
NTKERNELAPI VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime);

// --- processes and threads; of Windows 10, or in no header ---
#ifndef PROCESS_TERMINATE
#define PROCESS_TERMINATE         0x0001
#define PROCESS_VM_WRITE          0x0020
#define PROCESS_QUERY_INFORMATION 0x0400
#endif
NTKERNELAPI PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread);
#ifdef _NTIFS_INCLUDED_
NTSYSAPI NTSTATUS NTAPI ZwQueryInformationThread(HANDLE ThreadHandle, THREADINFOCLASS ThreadInformationClass,
                                                 PVOID ThreadInformation, ULONG ThreadInformationLength,
                                                 PULONG ReturnLength);
#endif
NTKERNELAPI NTSTATUS NTAPI PsGetProcessExitStatus(PEPROCESS Process);
NTKERNELAPI NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread);
NTKERNELAPI PCHAR NTAPI PsGetProcessImageFileName(PEPROCESS Process);
NTKERNELAPI PVOID NTAPI PsGetProcessSectionBaseAddress(PEPROCESS Process);
NTKERNELAPI HANDLE NTAPI PsGetProcessInheritedFromUniqueProcessId(PEPROCESS Process);
NTKERNELAPI PVOID NTAPI PsGetProcessPeb(PEPROCESS Process);
NTKERNELAPI PVOID NTAPI PsGetProcessWow64Process(PEPROCESS Process);
NTKERNELAPI PVOID NTAPI PsGetProcessJob(PEPROCESS Process);
NTKERNELAPI ULONG NTAPI PsGetCurrentProcessSessionId(VOID);
NTKERNELAPI NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(ULONG NotifyType, PVOID NotifyInformation,
                                                              BOOLEAN Remove);
NTKERNELAPI NTSTATUS NTAPI PsSetCreateThreadNotifyRoutineEx(ULONG NotifyType, PVOID NotifyInformation);
#ifdef IMAGE_ADDRESSING_MODE_32BIT
NTKERNELAPI NTSTATUS NTAPI PsSetLoadImageNotifyRoutineEx(PLOAD_IMAGE_NOTIFY_ROUTINE NotifyRoutine, ULONG_PTR Flags);
#endif

// --- registry callbacks: Windows 8 ---
NTKERNELAPI NTSTATUS NTAPI CmCallbackGetKeyObjectIDEx(PLARGE_INTEGER Cookie, PVOID Object, PULONG_PTR ObjectID,
                                                      PCUNICODE_STRING *ObjectName, ULONG Flags);
NTKERNELAPI VOID NTAPI CmCallbackReleaseKeyObjectIDEx(PCUNICODE_STRING ObjectName);

// --- push locks; the Exf names are exported and in no header ---
NTKERNELAPI VOID NTAPI ExAcquirePushLockExclusiveEx(ULONG_PTR *PushLock, ULONG Flags);
NTKERNELAPI VOID NTAPI ExAcquirePushLockSharedEx(ULONG_PTR *PushLock, ULONG Flags);
NTKERNELAPI VOID NTAPI ExReleasePushLockExclusiveEx(ULONG_PTR *PushLock, ULONG Flags);
NTKERNELAPI VOID NTAPI ExReleasePushLockSharedEx(ULONG_PTR *PushLock, ULONG Flags);
NTKERNELAPI VOID NTAPI ExReleasePushLockEx(ULONG_PTR *PushLock, ULONG Flags);
NTKERNELAPI VOID NTAPI ExfAcquirePushLockExclusive(ULONG_PTR *PushLock);
NTKERNELAPI VOID NTAPI ExfAcquirePushLockShared(ULONG_PTR *PushLock);
NTKERNELAPI VOID NTAPI ExfReleasePushLock(ULONG_PTR *PushLock);
NTKERNELAPI VOID NTAPI ExfReleasePushLockExclusive(ULONG_PTR *PushLock);
NTKERNELAPI VOID NTAPI ExfReleasePushLockShared(ULONG_PTR *PushLock);

// --- annotations that only Microsoft's static analysis reads ---
#ifndef _IRQL_requires_max_
#define _IRQL_requires_(irql)
#define _IRQL_requires_max_(irql)
#define _IRQL_requires_min_(irql)
#define _IRQL_requires_same_
#define _IRQL_raises_(irql)
#define _IRQL_saves_
#define _IRQL_restores_
#endif
#ifndef _Dispatch_type_
#define _Dispatch_type_(major)
#endif
#ifndef _Function_class_
#define _Function_class_(name)
#endif
#ifndef _Use_decl_annotations_
#define _Use_decl_annotations_
#endif
