// Processes: the list of them, creation, rundown.
//
//      created --threads attach, work, detach--> rundown (handles closed) --> signalled --last reference--> gone
#include "ps/ps.h"

enum { NORMAL_PRIORITY = 8 };

static struct hal_mutex list_lock;
static LIST_ENTRY processes;
static struct _EPROCESS *system_process;

static void destroy(void *object)
{
    struct _EPROCESS *process = object;
    if (process->Pcb.token)
        ob_dereference(process->Pcb.token);
    mm_drop_quota(&process->Pcb);
    ps_forget_description(process);
}

struct _OBJECT_TYPE ps_process_type = {
    .name = L"Process",
    .tag = EX_TAG('P', 'r', 'o', 'c'),
    .filtered = true,
    .mapping = {.GenericAll = PROCESS_ALL_ACCESS,
                .GenericRead = STANDARD_RIGHTS_READ,
                .GenericWrite = STANDARD_RIGHTS_WRITE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE},
    .destroy = destroy,
};

// No process is in a job; the type is there for who compares with it.
struct _OBJECT_TYPE ps_job_type = {.name = L"Job", .tag = EX_TAG('J', 'o', 'b', ' ')};

static struct _EPROCESS *create(HANDLE id, const char *name, uintptr_t user_base, uintptr_t user_end)
{
    void *object;
    if (!NT_SUCCESS(ob_create(&ps_process_type, sizeof(struct _EPROCESS), &object)))
        return NULL;
    struct _EPROCESS *process = object;
    ke_initialize_header(&process->Pcb.Header, ProcessObject, sizeof process->Pcb, 0);
    process->id = id;
    for (size_t i = 0; name[i] && i + 1 < sizeof process->name; i++)
        process->name[i] = name[i];
    __builtin_memcpy(process->image_name, process->name, sizeof process->image_name - 1);
    process->priority = NORMAL_PRIORITY;
    process->Pcb.user_base = user_base;
    process->Pcb.user_end = user_end;
    process->Pcb.handles = &process->handles;
    process->uid = hal_user_number();
    process->created.QuadPart = (LONGLONG)hal_system_time_100ns();
    InitializeListHead(&process->threads);
    hal_mutex_lock(&list_lock);
    InsertTailList(&processes, &process->link);
    hal_mutex_unlock(&list_lock);
    return process;
}

struct _EPROCESS *ps_create_process(uint32_t id, const char *name, uintptr_t user_base, uintptr_t user_end)
{
    return create((HANDLE)(ULONG_PTR)id, name, user_base, user_end);
}

void ps_terminate_process(struct _EPROCESS *process)
{
    hal_mutex_lock(&process->lock);
    process->exiting = true;
    for (LIST_ENTRY *entry = process->threads.Flink; entry != &process->threads; entry = entry->Flink)
        ke_terminate_thread(&CONTAINING_RECORD(entry, struct _ETHREAD, link)->Tcb);
    hal_mutex_unlock(&process->lock);
}

struct _ETHREAD *ps_next_thread(struct _EPROCESS *process, struct _ETHREAD *thread)
{
    struct _ETHREAD *next = NULL;
    hal_mutex_lock(&process->lock);
    bool listed = !thread || !IsListEmpty(&thread->link);
    LIST_ENTRY *entry = thread ? thread->link.Flink : process->threads.Flink;
    if (listed && entry != &process->threads) {
        next = CONTAINING_RECORD(entry, struct _ETHREAD, link);
        ob_reference(next);
    }
    hal_mutex_unlock(&process->lock);
    if (thread)
        ob_dereference(thread);
    return next;
}

struct _EPROCESS *ps_next_process(struct _EPROCESS *process)
{
    struct _EPROCESS *next = NULL;
    hal_mutex_lock(&list_lock);
    bool listed = !process || !IsListEmpty(&process->link);
    LIST_ENTRY *entry = process ? process->link.Flink : processes.Flink;
    if (listed && entry != &processes) {
        next = CONTAINING_RECORD(entry, struct _EPROCESS, link);
        ob_reference(next);
    }
    hal_mutex_unlock(&list_lock);
    if (process)
        ob_dereference(process);
    return next;
}

NTSTATUS ps_kill_process(struct _EPROCESS *process, NTSTATUS exit_status)
{
    NTSTATUS status = STATUS_SUCCESS;
    hal_mutex_lock(&process->lock);
    if (process->exiting) {
        status = STATUS_PROCESS_IS_TERMINATING;
    } else if (!process->kill) {
        status = STATUS_ACCESS_DENIED;
    } else {
        process->exit_status = exit_status;
        process->kill(process);
    }
    hal_mutex_unlock(&process->lock);
    return status;
}

struct _EPROCESS *ps_find_process(bool (*match)(struct _EPROCESS *process, void *context), void *context)
{
    struct _EPROCESS *found = NULL;
    hal_mutex_lock(&list_lock);
    for (LIST_ENTRY *entry = processes.Flink; !found && entry != &processes; entry = entry->Flink) {
        struct _EPROCESS *candidate = CONTAINING_RECORD(entry, struct _EPROCESS, link);
        if (match(candidate, context))
            found = candidate;
    }
    if (found)
        ob_reference(found);
    hal_mutex_unlock(&list_lock);
    return found;
}

static void unlist(struct _EPROCESS *process)
{
    hal_mutex_lock(&list_lock);
    RemoveEntryList(&process->link);
    InitializeListHead(&process->link); // for who walks the list
    hal_mutex_unlock(&list_lock);
}

NTSTATUS ps_begin_process(struct _EPROCESS *process)
{
    NTSTATUS status = ps_tell_process_created(process);
    if (!NT_SUCCESS(status) || !ps_wants_images())
        return status;
    ps_describe_process(process);
    if (process->image.Buffer)
        ps_tell_image(&process->image, process, (void *)process->image_base, process->image_bytes);
    return status;
}

void ps_rundown_process(struct _EPROCESS *process)
{
    hal_mutex_lock(&process->lock);
    process->exiting = true;
    process->kill = NULL;
    hal_mutex_unlock(&process->lock);
    ps_tell_process_ended(process);
    ob_close_all_handles(&process->handles);
    mm_release_process(&process->Pcb);
    ke_lock_dispatcher();
    process->Pcb.Header.SignalState = 1;
    ke_release_waiters(&process->Pcb.Header);
    ke_unlock_dispatcher();
    unlist(process);
    ob_dereference(process);
}

void ps_end_process(struct _EPROCESS *process)
{
    if (!ps_attach_silently(process))
        hal_panic("no memory for the rundown of a process");
    ps_rundown_process(process);
    ps_detach_thread();
}

struct _EPROCESS *ps_system_process(void)
{
    return system_process;
}

static struct _EPROCESS *attached_process(void)
{
    return CONTAINING_RECORD(ke_current_thread()->Process, struct _EPROCESS, Pcb);
}

static void *pseudo_handle(HANDLE handle, struct _OBJECT_TYPE **type)
{
    if (handle == NtCurrentProcess()) {
        *type = &ps_process_type;
        return attached_process();
    }
    if (handle == NtCurrentThread()) {
        *type = &ps_thread_type;
        return ps_current_thread();
    }
    return NULL;
}

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((struct _EPROCESS *)object)->Pcb.Header;
}

NTSTATUS ps_init(void)
{
    InitializeListHead(&processes);
    ps_process_type.waitable = waitable;
    ps_enter_stand_in();
    system_process = PsInitialSystemProcess = create((HANDLE)(ULONG_PTR)4, "System", 1, 0);
    if (!system_process || !ps_attach_silently(system_process)) {
        if (system_process)
            ps_rundown_process(system_process);
        system_process = PsInitialSystemProcess = NULL;
        ke_leave_thread();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ke_current_thread()->PreviousMode = KernelMode;
    ob_set_system_handles(&system_process->handles, pseudo_handle);
    return STATUS_SUCCESS;
}

// The calling thread is the last of the system process; the process goes with it.
void ps_shutdown(void)
{
    struct _EPROCESS *process = system_process;
    ob_close_all_handles(&process->handles);
    unlist(process);
    system_process = PsInitialSystemProcess = NULL;
    ob_dereference(process);
}

// ---- what drivers call --------------------------------------------------------------------------------------

// Where the thread is attached; PsGetCurrentProcessId and IoThreadToProcess say whose it is.
PEPROCESS NTAPI PsGetCurrentProcess(void)
{
    return attached_process();
}

PEPROCESS NTAPI IoGetCurrentProcess(void)
{
    return attached_process();
}

HANDLE NTAPI PsGetCurrentProcessId(void)
{
    return ps_current_process()->id;
}

HANDLE NTAPI PsGetProcessId(PEPROCESS process)
{
    return process->id;
}

LONGLONG NTAPI PsGetProcessCreateTimeQuadPart(PEPROCESS process)
{
    return process->created.QuadPart;
}

POBJECT_TYPE nt_PsProcessType_value = &ps_process_type;
POBJECT_TYPE nt_PsThreadType_value = &ps_thread_type;
POBJECT_TYPE nt_PsJobType_value = &ps_job_type;
PEPROCESS PsInitialSystemProcess;
