// Notify routines: drivers that want to be told of processes, threads and images.
//
//      process     a client, or the application of this process: before its first thread, and after its last, when its
//                  handles are still open
//      thread      of such a process, or of a driver; in the thread itself, at its beginning and its end. The kernel's
//                  own threads are nobody's business.
//      image       a driver's, before its DriverEntry; a process's program, when it has been created
//
// A routine runs at PASSIVE_LEVEL in a critical region. ntddk/nf-ntddk-pssetcreateprocessnotifyroutine, -ex, -ex2,
// -pssetcreatethreadnotifyroutine, -pssetloadimagenotifyroutine.
#include "ps/ps.h"

enum { TAG = EX_TAG('P', 's', 'N', 't') };

// What a process routine is told; both kinds stand in one list, in the order of registration.
struct routine {
    struct ex_hook hook;
    bool extended; // PsSetCreateProcessNotifyRoutineEx
};

static struct ex_hooks process_hooks = {.lasting = true}, thread_hooks = {.lasting = true},
                       image_hooks = {.lasting = true};

// ---- registering ---------------------------------------------------------------------------------------------------

static bool is_routine(struct ex_hook *hook, const void *routine)
{
    return hook->routine == routine;
}

// With Windows's limits nobody reaches STATUS_INSUFFICIENT_RESOURCES for their number; there are none here.
static NTSTATUS add(struct ex_hooks *hooks, const void *routine, bool extended)
{
    struct routine *made = ex_allocate_zeroed(sizeof *made, TAG);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    made->hook.routine = routine;
    made->extended = extended;
    ex_hooks_add(hooks, &made->hook, NULL);
    return STATUS_SUCCESS;
}

static NTSTATUS take(struct ex_hooks *hooks, const void *routine, NTSTATUS missing)
{
    struct ex_hook *hook = ex_hooks_take(hooks, is_routine, routine);
    if (!hook)
        return missing;
    ex_free(CONTAINING_RECORD(hook, struct routine, hook));
    return STATUS_SUCCESS;
}

// STATUS_INVALID_PARAMETER: registered already, or to be removed and not registered.
static NTSTATUS set_process_routine(const void *routine, BOOLEAN remove, bool extended)
{
    if (remove)
        return take(&process_hooks, routine, STATUS_INVALID_PARAMETER);
    if (ex_hooks_any(&process_hooks, is_routine, routine))
        return STATUS_INVALID_PARAMETER;
    return add(&process_hooks, routine, extended);
}

NTSTATUS NTAPI PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE routine, BOOLEAN remove)
{
    return set_process_routine((const void *)routine, remove, false);
}

// STATUS_ACCESS_DENIED: the routine's image was not linked with /INTEGRITYCHECK.
NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine, BOOLEAN remove)
{
    if (!remove && !ex_is_trusted_routine((const void *)routine))
        return STATUS_ACCESS_DENIED;
    return set_process_routine((const void *)routine, remove, true);
}

NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type, PVOID routine, BOOLEAN remove)
{
    if (type != PsCreateProcessNotifySubsystems)
        return STATUS_INVALID_PARAMETER;
    return PsSetCreateProcessNotifyRoutineEx((PCREATE_PROCESS_NOTIFY_ROUTINE_EX)routine, remove);
}

NTSTATUS NTAPI PsSetCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine)
{
    return add(&thread_hooks, (const void *)routine, false);
}

// PsCreateThreadNotifyNonSystem: Windows calls it in the new thread; here all are.
NTSTATUS NTAPI PsSetCreateThreadNotifyRoutineEx(PSCREATETHREADNOTIFYTYPE type, PVOID routine)
{
    if (type != PsCreateThreadNotifyNonSystem && type != PsCreateThreadNotifySubsystems)
        return STATUS_INVALID_PARAMETER;
    return add(&thread_hooks, routine, false);
}

NTSTATUS NTAPI PsRemoveCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine)
{
    return take(&thread_hooks, (const void *)routine, STATUS_PROCEDURE_NOT_FOUND);
}

NTSTATUS NTAPI PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
    return add(&image_hooks, (const void *)routine, false);
}

// The one flag asks for images of the other architecture, too: there are none.
NTSTATUS NTAPI PsSetLoadImageNotifyRoutineEx(PLOAD_IMAGE_NOTIFY_ROUTINE routine, ULONG_PTR flags)
{
    if (flags & ~(ULONG_PTR)PS_IMAGE_NOTIFY_CONFLICTING_ARCHITECTURE)
        return STATUS_INVALID_PARAMETER;
    return PsSetLoadImageNotifyRoutine(routine);
}

NTSTATUS NTAPI PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
    return take(&image_hooks, (const void *)routine, STATUS_PROCEDURE_NOT_FOUND);
}

// ---- telling -------------------------------------------------------------------------------------------------------

struct process_news {
    struct _EPROCESS *process;
    PS_CREATE_NOTIFY_INFO *info; // NULL: it ends
};

static bool tell_process(struct ex_hook *hook, void *context)
{
    const struct process_news *news = context;
    struct _EPROCESS *process = news->process;
    if (CONTAINING_RECORD(hook, struct routine, hook)->extended)
        ((PCREATE_PROCESS_NOTIFY_ROUTINE_EX)hook->routine)(process, process->id, news->info);
    else
        ((PCREATE_PROCESS_NOTIFY_ROUTINE)hook->routine)(process->parent, process->id, news->info != NULL);
    return true;
}

static void tell(struct ex_hooks *hooks, const char *what, bool (*call)(struct ex_hook *hook, void *context),
                 void *context)
{
    if (ex_hooks_empty(hooks))
        return;
    KeEnterCriticalRegion();
    ex_hooks_walk(hooks, what, call, context);
    KeLeaveCriticalRegion();
}

NTSTATUS ps_tell_process_created(struct _EPROCESS *process)
{
    if (ex_hooks_empty(&process_hooks))
        return STATUS_SUCCESS;
    ps_describe_process(process);
    PS_CREATE_NOTIFY_INFO info = {
        .Size = sizeof info,
        .ParentProcessId = process->parent,
        .CreatingThreadId = {.UniqueProcess = process->parent, .UniqueThread = process->parent},
        .ImageFileName = process->image.Buffer ? &process->image : NULL,
        .CommandLine = process->command_line.Buffer ? &process->command_line : NULL,
    };
    info.FileOpenNameAvailable = info.ImageFileName != NULL;
    tell(&process_hooks, "a process notify routine", tell_process, &(struct process_news){process, &info});
    process->reported = true;
    return info.CreationStatus;
}

void ps_tell_process_ended(struct _EPROCESS *process)
{
    if (process->reported)
        tell(&process_hooks, "a process notify routine", tell_process, &(struct process_news){process, NULL});
    process->reported = false;
}

struct thread_news {
    const CLIENT_ID *id;
    bool created;
};

static bool tell_thread(struct ex_hook *hook, void *context)
{
    const struct thread_news *news = context;
    ((PCREATE_THREAD_NOTIFY_ROUTINE)hook->routine)(news->id->UniqueProcess, news->id->UniqueThread, news->created);
    return true;
}

void ps_tell_thread(struct _ETHREAD *thread, bool created)
{
    tell(&thread_hooks, "a thread notify routine", tell_thread, &(struct thread_news){&thread->Cid, created});
}

struct image_news {
    UNICODE_STRING *name;
    HANDLE process;
    IMAGE_INFO_EX info;
};

static bool tell_image(struct ex_hook *hook, void *context)
{
    struct image_news *news = context;
    ((PLOAD_IMAGE_NOTIFY_ROUTINE)hook->routine)(news->name, news->process, &news->info.ImageInfo);
    return true;
}

bool ps_wants_images(void)
{
    return !ex_hooks_empty(&image_hooks);
}

void ps_tell_image(UNICODE_STRING *name, struct _EPROCESS *process, const void *base, size_t bytes)
{
    struct image_news news = {.name = name, .process = process ? process->id : NULL, .info.Size = sizeof news.info};
    news.info.ImageInfo = (IMAGE_INFO){.ImageAddressingMode = IMAGE_ADDRESSING_MODE_32BIT,
                                       .SystemModeImage = !process,
                                       .ExtendedInfoPresent = 1,
                                       .ImageBase = (PVOID)base,
                                       .ImageSize = bytes};
    tell(&image_hooks, "an image notify routine", tell_image, &news);
}
