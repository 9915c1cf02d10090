// NtQuerySystemInformation: the classes that drivers ask for. What nobody counts here (times of threads, working sets,
// faults) is zero; a class that is not known is STATUS_INVALID_INFO_CLASS.
// https://learn.microsoft.com/windows/win32/api/winternl/nf-winternl-ntquerysysteminformation
#include "io/io.h"
#include "ldr/exports.h"

#include <nt/pe.h>

#include <stdio.h>
#include <string.h>

// An answer as it grows. What does not fit is counted all the same.
struct answer {
    char *buffer; // the kernel's copy
    ULONG room, used;
};

static void *reserve(struct answer *answer, ULONG bytes)
{
    ULONG at = answer->used;
    answer->used += bytes;
    return answer->used <= answer->room ? memset(answer->buffer + at, 0, bytes) : NULL;
}

static void put(struct answer *answer, const void *data, ULONG bytes)
{
    void *to = reserve(answer, bytes);
    if (to)
        memcpy(to, data, bytes);
}

// ---- the machine --------------------------------------------------------------------------------------------------

static void basic(struct answer *answer)
{
    unsigned processors = hal_processor_count();
    ULONG pages = (ULONG)(hal_memory_bytes() / HAL_PAGE);
    SYSTEM_BASIC_INFORMATION information = {.TimerResolution = 156250,
                                            .PageSize = HAL_PAGE,
                                            .NumberOfPhysicalPages = pages,
                                            .LowestPhysicalPageNumber = 1,
                                            .HighestPhysicalPageNumber = pages,
                                            .AllocationGranularity = 64 * 1024,
                                            .MinimumUserModeAddress = 0x10000,
                                            .MaximumUserModeAddress = HAL_USER_END - 0x10000 - 1,
                                            .ActiveProcessorsAffinityMask =
                                                processors >= 64 ? ~(ULONG_PTR)0 : ((ULONG_PTR)1 << processors) - 1,
                                            .NumberOfProcessors = (CCHAR)processors};
    put(answer, &information, sizeof information);
}

static void processor(struct answer *answer)
{
    SYSTEM_PROCESSOR_INFORMATION information = {
        .ProcessorArchitecture = 9, .ProcessorLevel = 6, .MaximumProcessors = (USHORT)hal_processor_count()};
    put(answer, &information, sizeof information);
}

static void time_of_day(struct answer *answer)
{
    uint64_t now = hal_system_time_100ns();
    SYSTEM_TIMEOFDAY_INFORMATION information = {.BootTime.QuadPart = (LONGLONG)(now - hal_monotonic_ns() / 100),
                                                .CurrentTime.QuadPart = (LONGLONG)now};
    put(answer, &information, sizeof information);
}

static void debugger(struct answer *answer)
{
    SYSTEM_KERNEL_DEBUGGER_INFORMATION information = {.KernelDebuggerNotPresent = TRUE};
    put(answer, &information, sizeof information);
}

// Signatures are not enforced.
static void code_integrity(struct answer *answer)
{
    SYSTEM_CODEINTEGRITY_INFORMATION information = {.Length = sizeof information};
    put(answer, &information, sizeof information);
}

// ---- modules ------------------------------------------------------------------------------------------------------

// What stands for ntoskrnl.exe: headers, and nothing behind them. Made at the first question, kept until the end.
static void *kernel_image(void)
{
    static _Atomic(char *) image;
    char *made = atomic_load(&image), *expected = NULL;
    if (made)
        return made;
    made = hal_map(0, HAL_PAGE, HAL_READ | HAL_WRITE);
    if (!made)
        return NULL;
    IMAGE_DOS_HEADER *dos = (void *)made;
    IMAGE_NT_HEADERS64 *nt = (void *)(made + 0x80);
    dos->e_magic = 0x5A4D;
    dos->e_lfanew = 0x80;
    nt->Signature = 0x4550;
    nt->FileHeader.Machine = 0x8664;
    nt->FileHeader.SizeOfOptionalHeader = sizeof nt->OptionalHeader;
    nt->OptionalHeader.Magic = 0x20B;
    nt->OptionalHeader.ImageBase = (uintptr_t)made;
    nt->OptionalHeader.SizeOfImage = HAL_PAGE;
    nt->OptionalHeader.SizeOfHeaders = HAL_PAGE;
    nt->OptionalHeader.Subsystem = IMAGE_SUBSYSTEM_NATIVE;
    hal_protect(made, HAL_PAGE, HAL_READ);
    if (!atomic_compare_exchange_strong(&image, &expected, made)) {
        hal_unmap(made, HAL_PAGE);
        made = expected;
    }
    return made;
}

static void put_module(struct answer *answer, unsigned index, const char *directory, const char *name, void *base,
                       size_t size)
{
    RTL_PROCESS_MODULE_INFORMATION module = {.ImageBase = base,
                                             .ImageSize = (ULONG)size,
                                             .LoadOrderIndex = (USHORT)index,
                                             .LoadCount = 1,
                                             .OffsetToFileName = (USHORT)strlen(directory)};
    snprintf((char *)module.FullPathName, sizeof module.FullPathName, "%s%s", directory, name);
    put(answer, &module, sizeof module);
}

struct modules {
    struct answer *answer;
    unsigned count;
};

static void put_image(const struct ldr_image *image, void *context)
{
    struct modules *modules = context;
    put_module(modules->answer, modules->count++, "\\SystemRoot\\System32\\drivers\\", image->name, image->base,
               image->size);
}

// ntoskrnl.exe first, then the drivers.
static void list_modules(struct answer *answer)
{
    struct modules modules = {answer, 1};
    ULONG head = (ULONG)offsetof(RTL_PROCESS_MODULES, Modules);
    RTL_PROCESS_MODULES *list = reserve(answer, head);
    put_module(answer, 0, "\\SystemRoot\\system32\\", "ntoskrnl.exe", kernel_image(), HAL_PAGE);
    ldr_for_each_image(put_image, &modules);
    if (list)
        list->NumberOfModules = modules.count;
}

// ---- processes ----------------------------------------------------------------------------------------------------

static ULONG put_threads(struct answer *answer, struct _EPROCESS *process)
{
    ULONG count = 0;
    for (struct _ETHREAD *thread = NULL; (thread = ps_next_thread(process, thread)) != NULL; count++) {
        SYSTEM_THREAD_INFORMATION information = {.StartAddress = (PVOID)(ULONG_PTR)thread->start,
                                                 .ClientId = thread->Cid,
                                                 .Priority = 8,
                                                 .BasePriority = 8,
                                                 .ThreadState = 5}; // waiting
        put(answer, &information, sizeof information);
    }
    return count;
}

// The name stands behind the threads; its address is the one in the caller's buffer.
static void put_process(struct answer *answer, struct _EPROCESS *process, const char *caller)
{
    SYSTEM_PROCESS_INFORMATION *entry = reserve(answer, sizeof *entry);
    ULONG threads = put_threads(answer, process), bytes = 0, at = answer->used;
    WCHAR name[sizeof process->name];
    RtlUTF8ToUnicodeN(name, sizeof name, &bytes, process->name, (ULONG)strlen(process->name));
    put(answer, name, bytes);
    reserve(answer, (ULONG)(hal_round_up(bytes + sizeof(WCHAR), 8) - bytes));
    if (!entry)
        return;
    entry->NumberOfThreads = threads;
    entry->CreateTime = process->created;
    entry->ImageName = (UNICODE_STRING){(USHORT)bytes, (USHORT)(bytes + sizeof(WCHAR)), (WCHAR *)(void *)(caller + at)};
    entry->BasePriority = 8;
    entry->UniqueProcessId = process->id;
}

static void list_processes(struct answer *answer, const char *caller)
{
    ULONG last = 0;
    for (struct _EPROCESS *process = NULL; (process = ps_next_process(process)) != NULL;) {
        ULONG at = answer->used;
        if (at && answer->used <= answer->room)
            ((SYSTEM_PROCESS_INFORMATION *)(void *)(answer->buffer + last))->NextEntryOffset = at - last;
        put_process(answer, process, caller);
        last = at;
    }
}

// ---- the service --------------------------------------------------------------------------------------------------

static NTSTATUS fill(SYSTEM_INFORMATION_CLASS class, struct answer *answer, const char *caller)
{
    switch (class) {
    case SystemBasicInformation:
        basic(answer);
        return STATUS_SUCCESS;
    case SystemProcessorInformation:
        processor(answer);
        return STATUS_SUCCESS;
    case SystemTimeOfDayInformation:
        time_of_day(answer);
        return STATUS_SUCCESS;
    case SystemProcessInformation:
        list_processes(answer, caller);
        return STATUS_SUCCESS;
    case SystemModuleInformation:
        list_modules(answer);
        return STATUS_SUCCESS;
    case SystemKernelDebuggerInformation:
        debugger(answer);
        return STATUS_SUCCESS;
    case SystemCodeIntegrityInformation:
        code_integrity(answer);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

// STATUS_INFO_LENGTH_MISMATCH when the buffer is too small; *returned is what is needed then.
NTSTATUS NTAPI NtQuerySystemInformation(SYSTEM_INFORMATION_CLASS class, PVOID buffer, ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct answer answer = {.room = length < 0x1000000 ? length : 0x1000000};
    if (answer.room && !(answer.buffer = ex_allocate(answer.room, EX_TAG('I', 'o', 'S', 'y'))))
        return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = fill(class, &answer, buffer);
    if (NT_SUCCESS(status) && answer.used > answer.room)
        status = STATUS_INFO_LENGTH_MISMATCH;
    if (NT_SUCCESS(status))
        status = mm_copy_out(buffer, answer.buffer, answer.used, mode);
    if (answer.buffer)
        ex_free(answer.buffer);
    if (returned && (NT_SUCCESS(status) || status == STATUS_INFO_LENGTH_MISMATCH)) {
        NTSTATUS copied = mm_copy_out(returned, &answer.used, sizeof answer.used, mode);
        status = NT_SUCCESS(copied) ? status : copied;
    }
    return status;
}
