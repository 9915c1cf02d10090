// Processes and threads as drivers see them.
#pragma once

#include <nt/ob.h>

#define PROCESS_TERMINATE                 0x0001
#define PROCESS_CREATE_THREAD             0x0002
#define PROCESS_VM_OPERATION              0x0008
#define PROCESS_VM_READ                   0x0010
#define PROCESS_VM_WRITE                  0x0020
#define PROCESS_DUP_HANDLE                0x0040
#define PROCESS_CREATE_PROCESS            0x0080
#define PROCESS_SET_INFORMATION           0x0200
#define PROCESS_QUERY_INFORMATION         0x0400
#define PROCESS_SUSPEND_RESUME            0x0800
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000
#define PROCESS_ALL_ACCESS                0x001FFFFF
#define THREAD_TERMINATE                  0x0001
#define THREAD_SUSPEND_RESUME             0x0002
#define THREAD_ALERT                      0x0004
#define THREAD_GET_CONTEXT                0x0008
#define THREAD_SET_CONTEXT                0x0010
#define THREAD_SET_INFORMATION            0x0020
#define THREAD_QUERY_INFORMATION          0x0040
#define THREAD_ALL_ACCESS                 0x001FFFFF

#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define NtCurrentThread()  ((HANDLE)(LONG_PTR)-2)
#define ZwCurrentProcess() NtCurrentProcess()
#define ZwCurrentThread()  NtCurrentThread()

typedef VOID(NTAPI *PKSTART_ROUTINE)(PVOID context);

typedef VOID(NTAPI *PCREATE_PROCESS_NOTIFY_ROUTINE)(HANDLE parent, HANDLE process, BOOLEAN create);
typedef VOID(NTAPI *PCREATE_THREAD_NOTIFY_ROUTINE)(HANDLE process, HANDLE thread, BOOLEAN create);

typedef struct _PS_CREATE_NOTIFY_INFO {
    SIZE_T Size;
    union {
        ULONG Flags;
        struct {
            ULONG FileOpenNameAvailable : 1;
            ULONG IsSubsystemProcess : 1;
            ULONG Reserved : 30;
        };
    };
    HANDLE ParentProcessId;
    CLIENT_ID CreatingThreadId;
    struct _FILE_OBJECT *FileObject;
    PCUNICODE_STRING ImageFileName;
    PCUNICODE_STRING CommandLine;
    NTSTATUS CreationStatus;
} PS_CREATE_NOTIFY_INFO, *PPS_CREATE_NOTIFY_INFO;

typedef VOID(NTAPI *PCREATE_PROCESS_NOTIFY_ROUTINE_EX)(PEPROCESS process, HANDLE process_id,
                                                       PPS_CREATE_NOTIFY_INFO info);

typedef struct _IMAGE_INFO {
    union {
        ULONG Properties;
        struct {
            ULONG ImageAddressingMode : 8;
            ULONG SystemModeImage : 1;
            ULONG ImageMappedToAllPids : 1;
            ULONG ExtendedInfoPresent : 1;
            ULONG MachineTypeMismatch : 1;
            ULONG ImageSignatureLevel : 4;
            ULONG ImageSignatureType : 3;
            ULONG ImagePartialMap : 1;
            ULONG Reserved : 12;
        };
    };
    PVOID ImageBase;
    ULONG ImageSelector;
    SIZE_T ImageSize;
    ULONG ImageSectionNumber;
} IMAGE_INFO, *PIMAGE_INFO;

#define IMAGE_ADDRESSING_MODE_32BIT 3

// What ExtendedInfoPresent promises around it.
typedef struct _IMAGE_INFO_EX {
    SIZE_T Size;
    IMAGE_INFO ImageInfo;
    struct _FILE_OBJECT *FileObject;
} IMAGE_INFO_EX, *PIMAGE_INFO_EX;

#define PS_IMAGE_NOTIFY_CONFLICTING_ARCHITECTURE 0x1

typedef VOID(NTAPI *PLOAD_IMAGE_NOTIFY_ROUTINE)(PUNICODE_STRING image_name, HANDLE process, PIMAGE_INFO info);

typedef enum _PSCREATETHREADNOTIFYTYPE {
    PsCreateThreadNotifyNonSystem,
    PsCreateThreadNotifySubsystems,
} PSCREATETHREADNOTIFYTYPE;

typedef enum _PSCREATEPROCESSNOTIFYTYPE {
    PsCreateProcessNotifySubsystems,
} PSCREATEPROCESSNOTIFYTYPE;

extern PEPROCESS PsInitialSystemProcess;
extern LIST_ENTRY PsLoadedModuleList; // of KLDR_DATA_TABLE_ENTRY

PEPROCESS NTAPI IoGetCurrentProcess(void);
PEPROCESS NTAPI PsGetCurrentProcess(void);
HANDLE NTAPI PsGetCurrentProcessId(void);
HANDLE NTAPI PsGetCurrentThreadId(void);
PVOID NTAPI PsGetCurrentThreadTeb(void);
PVOID NTAPI PsGetCurrentProcessWow64Process(void);
HANDLE NTAPI PsGetProcessId(PEPROCESS process);
HANDLE NTAPI PsGetThreadId(PETHREAD thread);
HANDLE NTAPI PsGetThreadProcessId(PETHREAD thread);
PEPROCESS NTAPI PsGetThreadProcess(PETHREAD thread);
PVOID NTAPI PsGetThreadTeb(PETHREAD thread);
PCHAR NTAPI PsGetProcessImageFileName(PEPROCESS process);
HANDLE NTAPI PsGetProcessInheritedFromUniqueProcessId(PEPROCESS process);
PVOID NTAPI PsGetProcessPeb(PEPROCESS process);
PVOID NTAPI PsGetProcessWow64Process(PEPROCESS process);
PVOID NTAPI PsGetProcessSectionBaseAddress(PEPROCESS process);
PVOID NTAPI PsGetProcessJob(PEPROCESS process);
LONGLONG NTAPI PsGetProcessCreateTimeQuadPart(PEPROCESS process);
NTSTATUS NTAPI PsGetProcessExitStatus(PEPROCESS process);
NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD thread);
BOOLEAN NTAPI PsGetProcessExitProcessCalled(PEPROCESS process);
BOOLEAN NTAPI PsIsSystemThread(PETHREAD thread);
BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD thread);
BOOLEAN NTAPI PsIsProcessBeingDebugged(PEPROCESS process);
BOOLEAN NTAPI PsIsProtectedProcess(PEPROCESS process);
NTSTATUS NTAPI PsAcquireProcessExitSynchronization(PEPROCESS process);
VOID NTAPI PsReleaseProcessExitSynchronization(PEPROCESS process);
NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE process_id, PEPROCESS *process);
NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE thread_id, PETHREAD *thread);
NTSTATUS NTAPI PsLookupProcessThreadByCid(PCLIENT_ID cid, PEPROCESS *process, PETHREAD *thread);
NTSTATUS NTAPI PsReferenceProcessFilePointer(PEPROCESS process, PVOID *file);
PACCESS_TOKEN NTAPI PsReferencePrimaryToken(PEPROCESS process);
VOID NTAPI PsDereferencePrimaryToken(PACCESS_TOKEN token);
PACCESS_TOKEN NTAPI PsReferenceImpersonationToken(PETHREAD thread, PBOOLEAN copy_on_open, PBOOLEAN effective_only,
                                                  PSECURITY_IMPERSONATION_LEVEL level);
VOID NTAPI PsDereferenceImpersonationToken(PACCESS_TOKEN token);
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes, HANDLE process,
                                    PCLIENT_ID cid, PKSTART_ROUTINE start, PVOID context);
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS status);
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE routine, BOOLEAN remove);
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine, BOOLEAN remove);
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type, PVOID information, BOOLEAN remove);
NTSTATUS NTAPI PsSetCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine);
NTSTATUS NTAPI PsSetCreateThreadNotifyRoutineEx(PSCREATETHREADNOTIFYTYPE type, PVOID information);
NTSTATUS NTAPI PsRemoveCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine);
NTSTATUS NTAPI PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine);
NTSTATUS NTAPI PsSetLoadImageNotifyRoutineEx(PLOAD_IMAGE_NOTIFY_ROUTINE routine, ULONG_PTR flags);
NTSTATUS NTAPI PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine);
ULONG NTAPI PsGetCurrentProcessSessionId(void);
BOOLEAN NTAPI PsGetVersion(PULONG major, PULONG minor, PULONG build, PUNICODE_STRING csd);
NTSTATUS NTAPI SeLocateProcessImageName(PEPROCESS process, PUNICODE_STRING *image_name);
