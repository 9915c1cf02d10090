// The notify routines. What is not the application's is passed over: other programs come and go as well.

#include "driver.h"

static HANDLE Application;
static BOOLEAN Removed;

static BOOLEAN Ends(const UNICODE_STRING *text, const WCHAR *end)
{
    UNICODE_STRING wanted, tail;

    RtlInitUnicodeString(&wanted, end);
    if (!text || text->Length < wanted.Length)
        return FALSE;
    tail.Buffer = text->Buffer + (text->Length - wanted.Length) / sizeof(WCHAR);
    tail.Length = tail.MaximumLength = wanted.Length;
    return RtlEqualUnicodeString(&tail, &wanted, TRUE);
}

static BOOLEAN IsApplication(const UNICODE_STRING *image)
{
    return Ends(image, L"conformance-psnotify") || Ends(image, L"conformance-psnotify.exe");
}

static void NTAPI ProcessEx(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
    if (info && IsApplication(info->ImageFileName)) {
        Application = id;
        DbgPrint("process: created, at IRQL %u, in a critical region %d\n", KeGetCurrentIrql(), KeAreApcsDisabled());
        DbgPrint("its number: %d, its name: %s, the name is the one it was opened by: %u\n",
                 PsGetProcessId(process) == id, PsGetProcessImageFileName(process), info->FileOpenNameAvailable);
        DbgPrint("its parent: %d, created by it: %d\n",
                 info->ParentProcessId == PsGetProcessInheritedFromUniqueProcessId(process),
                 info->CreatingThreadId.UniqueProcess == info->ParentProcessId);
        if (Ends(info->CommandLine, L" refuse")) {
            DbgPrint("refused\n");
            info->CreationStatus = STATUS_VIRUS_INFECTED;
        }
    } else if (!info && id == Application) {
        DbgPrint("process: ended, the current one: %d\n", PsGetCurrentProcess() == process);
    }
}

static void NTAPI Process(HANDLE parent, HANDLE id, BOOLEAN create)
{
    if (id == Application)
        DbgPrint("the older routine: %s, a parent: %d\n", create ? "created" : "ended", parent != NULL);
}

static void NTAPI Thread(HANDLE process, HANDLE id, BOOLEAN create)
{
    if (process == Application && create) // who made it is the current thread on Windows, itself here
        DbgPrint("thread: created, a number: %d\n", id != NULL);
    else if (process == Application)
        DbgPrint("thread: ended, the current one: %d\n", id == PsGetCurrentThreadId());
}

static void NTAPI SecondThread(HANDLE process, HANDLE id, BOOLEAN create)
{
    UNREFERENCED_PARAMETER(id);
    if (process == Application)
        DbgPrint("the second thread routine: %s\n", create ? "created" : "ended");
}

static void NTAPI Image(PUNICODE_STRING name, HANDLE process, PIMAGE_INFO info)
{
    if (process == Application && IsApplication(name))
        DbgPrint("image: the program, a system image: %u, at an address: %d, with a size: %d\n", info->SystemModeImage,
                 info->ImageBase != NULL, info->ImageSize != 0);
}

static void NTAPI Never(PUNICODE_STRING name, HANDLE process, PIMAGE_INFO info)
{
    UNREFERENCED_PARAMETER(name);
    UNREFERENCED_PARAMETER(info);
    if (process == Application)
        DbgPrint("an image routine was called that had been removed\n");
}

void RegisterThreads(void)
{
    DbgPrint("thread routines: %08lX %08lX\n", PsSetCreateThreadNotifyRoutine(Thread),
             PsSetCreateThreadNotifyRoutineEx(0, (void *)(ULONG_PTR)SecondThread));
}

void UnregisterThreads(void)
{
    NTSTATUS status = PsRemoveCreateThreadNotifyRoutine(SecondThread);

    DbgPrint("thread routine removed: %08lX, once more: %08lX\n", status,
             PsRemoveCreateThreadNotifyRoutine(SecondThread));
    Removed = TRUE;
}

NTSTATUS Register(void)
{
    NTSTATUS status = PsSetCreateProcessNotifyRoutineEx(ProcessEx, FALSE);

    DbgPrint("process routine: %08lX, once more: %08lX\n", status, PsSetCreateProcessNotifyRoutineEx(ProcessEx, FALSE));
    DbgPrint("the older one: %08lX\n", PsSetCreateProcessNotifyRoutine(Process, FALSE));
    DbgPrint("removed what was not there: %08lX\n",
             PsSetCreateProcessNotifyRoutineEx2(0, (void *)(ULONG_PTR)Never, TRUE));
    RegisterThreads();
    DbgPrint("image routines: %08lX %08lX\n", PsSetLoadImageNotifyRoutine(Never),
             PsSetLoadImageNotifyRoutineEx(Image, 0));
    DbgPrint("one removed: %08lX, once more: %08lX\n", PsRemoveLoadImageNotifyRoutine(Never),
             PsRemoveLoadImageNotifyRoutine(Never));
    return status;
}

void Unregister(void)
{
    PsSetCreateProcessNotifyRoutine(Process, TRUE);
    DbgPrint("process routine removed: %08lX\n", PsSetCreateProcessNotifyRoutineEx(ProcessEx, TRUE));
    PsRemoveCreateThreadNotifyRoutine(Thread);
    if (!Removed)
        PsRemoveCreateThreadNotifyRoutine(SecondThread);
    PsRemoveLoadImageNotifyRoutine(Image);
}
