// What the routines that stand in no header of Microsoft's say of the calling process and thread, and what can be set.

#include "driver.h"

enum { IMAGE_BYTES = 1024 };

typedef struct { // winternl.h's, which drivers do not include
    NTSTATUS ExitStatus;
    void *TebBaseAddress;
    CLIENT_ID ClientId;
    KAFFINITY AffinityMask;
    KPRIORITY Priority, BasePriority;
} THREAD_BASIC;

static HANDLE OpenSelf(ACCESS_MASK access)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId()};
    HANDLE handle = NULL;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    ZwOpenProcess(&handle, access, &attributes, &id);
    return handle;
}

void LookAtProcess(void)
{
    PEPROCESS process = PsGetCurrentProcess(), found;
    HANDLE self = OpenSelf(PROCESS_ALL_ACCESS);
    UNICODE_STRING *image = ExAllocatePoolWithTag(PagedPool, IMAGE_BYTES, 'xenN');
    PROCESS_BASIC_INFORMATION basic;
    ULONG_PTR wow64 = 1;
    KPRIORITY priority = 9;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId(), .UniqueThread = PsGetCurrentThreadId()};
    PETHREAD thread;

    DbgPrint("%s: running %d, a 32-bit one %d, in a job %d, a job is an object %d, in a session %d\n",
             PsGetProcessImageFileName(process), PsGetProcessExitStatus(process) == STATUS_PENDING,
             PsGetProcessWow64Process(process) != NULL, PsGetProcessJob(process) != NULL, *PsJobType != NULL,
             PsGetCurrentProcessSessionId() != (ULONG)-1);
    UNICODE_STRING *name;
    NTSTATUS located = SeLocateProcessImageName(process, &name);
    DbgPrint("its program is named: %08lX, %d\n", located, NT_SUCCESS(located) && name->Length > 0);
    if (NT_SUCCESS(located))
        ExFreePool(name);
    DbgPrint("its program has an address: %d\n", PsGetProcessSectionBaseAddress(process) != NULL);
    NTSTATUS status = PsLookupProcessThreadByCid(&id, &found, &thread);
    DbgPrint("both by the client ID: %08lX, the process %d, the thread's %d\n", status, found == process,
             PsGetThreadProcess(thread) == process);
    ObDereferenceObject(thread);
    ObDereferenceObject(found);
    id.UniqueProcess = (HANDLE)4;
    DbgPrint("of another process: %08lX\n", PsLookupProcessThreadByCid(&id, &found, &thread));

    status = ZwQueryInformationProcess(self, ProcessImageFileName, image, IMAGE_BYTES, NULL);
    DbgPrint("image name: %08lX, in the buffer behind its head: %d\n", status, image->Buffer == (WCHAR *)(image + 1));
    status = ZwQueryInformationProcess(self, ProcessWow64Information, &wow64, sizeof wow64, NULL);
    DbgPrint("32-bit: %08lX, %u\n", status, (unsigned)wow64);
    status = ZwSetInformationProcess(self, ProcessBasePriority, &priority, sizeof priority);
    ZwQueryInformationProcess(self, ProcessBasicInformation, &basic, sizeof basic, NULL);
    DbgPrint("priority set: %08lX, %ld, the parent: %d\n", status, basic.BasePriority,
             (HANDLE)basic.InheritedFromUniqueProcessId == PsGetProcessInheritedFromUniqueProcessId(process));
    priority = 99;
    DbgPrint("too high: %08lX\n", ZwSetInformationProcess(self, ProcessBasePriority, &priority, sizeof priority));
    ExFreePoolWithTag(image, 'xenN');
    ZwClose(self);
}

void LookAtThread(void)
{
    OBJECT_ATTRIBUTES attributes;
    CLIENT_ID id = {.UniqueProcess = PsGetCurrentProcessId(), .UniqueThread = PsGetCurrentThreadId()};
    THREAD_BASIC basic = {0};
    KPRIORITY priority = 12;
    PETHREAD thread;
    HANDLE self;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    NTSTATUS status = ZwOpenThread(&self, THREAD_ALL_ACCESS, &attributes, &id);
    if (!NT_SUCCESS(status))
        return;
    status = ZwSetInformationThread(self, ThreadPriority, &priority, sizeof priority);
    DbgPrint("thread priority set: %08lX, wrong length: %08lX\n", status,
             ZwSetInformationThread(self, ThreadPriority, &priority, 1));
    status = ZwQueryInformationThread(self, ThreadBasicInformation, &basic, sizeof basic, NULL);
    DbgPrint("thread: %08lX, its number %d, priority %ld\n", status, basic.ClientId.UniqueThread == id.UniqueThread,
             basic.Priority);
    PsLookupThreadByThreadId(id.UniqueThread, &thread);
    DbgPrint("running: %d\n", PsGetThreadExitStatus(thread) == STATUS_PENDING);
    ObDereferenceObject(thread);
    ZwClose(self);
}

void Kill(void)
{
    HANDLE self = OpenSelf(PROCESS_TERMINATE);

    DbgPrint("kill: %08lX\n", ZwTerminateProcess(self, 7)); // in one process this does not return
    ZwClose(self);
}
