// Threads: Linux threads with an NT identity.
//
//      attached --works--> detaching (requests cancelled and waited for) --> ended (signalled) --> gone
#include "ps/ps.h"

#include <pthread.h>

HAL_THREAD_LOCAL struct _ETHREAD *attached;
static void (*thread_exit_hook)(struct _ETHREAD *thread);
static void (*free_irp)(void *irp);
static _Atomic unsigned driver_threads, own_threads;

static DISPATCHER_HEADER *waitable(void *object)
{
    return &((struct _ETHREAD *)object)->Tcb.Header;
}

static void destroy(void *object)
{
    struct _ETHREAD *thread = object;
    ke_delete_thread(&thread->Tcb);
    ob_dereference(thread->process);
    if (thread->own)
        atomic_fetch_sub(&own_threads, 1);
}

struct _OBJECT_TYPE ps_thread_type = {
    .name = L"Thread",
    .tag = EX_TAG('T', 'h', 'r', 'e'),
    .filtered = true,
    .mapping = {.GenericAll = THREAD_ALL_ACCESS,
                .GenericRead = STANDARD_RIGHTS_READ,
                .GenericWrite = STANDARD_RIGHTS_WRITE,
                .GenericExecute = STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE},
    .destroy = destroy,
    .waitable = waitable,
};

void ps_set_thread_exit_hook(void (*hook)(struct _ETHREAD *thread))
{
    thread_exit_hook = hook;
}

void ps_set_thread_irp_free(void (*free_one)(void *irp))
{
    free_irp = free_one;
}

struct _ETHREAD *ps_current_thread_or_null(void)
{
    return attached;
}

static struct _ETHREAD *create(struct _EPROCESS *process, KPROCESSOR_MODE mode)
{
    void *object;
    if (!ps_give_token(process) || !NT_SUCCESS(ob_create(&ps_thread_type, sizeof(struct _ETHREAD), &object)))
        return NULL;
    struct _ETHREAD *thread = object;
    ob_reference(process);
    thread->process = process;
    InitializeListHead(&thread->irps);
    InitializeListHead(&thread->link);
    if (!NT_SUCCESS(ke_initialize_thread(&thread->Tcb, &process->Pcb, mode))) {
        ob_dereference(thread);
        return NULL;
    }
    return thread;
}

static void enter(struct _ETHREAD *thread, uint32_t thread_id)
{
    thread->Cid.UniqueProcess = thread->process->id;
    thread->Cid.UniqueThread = (HANDLE)(ULONG_PTR)(thread_id ? thread_id : (uint32_t)hal_thread_number());
    ke_enter_thread(&thread->Tcb);
    attached = thread;
    hal_mutex_lock(&thread->process->lock);
    InsertTailList(&thread->process->threads, &thread->link);
    if (thread->process->exiting)
        ke_terminate_thread(&thread->Tcb);
    hal_mutex_unlock(&thread->process->lock);
}

// Drivers are told of the thread, now and at its end.
static void report(struct _ETHREAD *thread)
{
    thread->reported = true;
    ps_tell_thread(thread, true);
}

struct _ETHREAD *ps_attach_thread(struct _EPROCESS *process, uint32_t thread_id)
{
    struct _ETHREAD *thread = create(process, UserMode);
    if (!thread)
        return NULL;
    enter(thread, thread_id);
    if (process != ps_system_process())
        report(thread);
    return thread;
}

struct _ETHREAD *ps_attach_silently(struct _EPROCESS *process)
{
    struct _ETHREAD *thread = create(process, UserMode);
    if (thread)
        enter(thread, 0);
    return thread;
}

void ps_enter_stand_in(void)
{
    static __thread struct _KTHREAD stand_in;
    static __thread struct ke_pcr stand_in_pcr;
    stand_in = (struct _KTHREAD){.pcr = &stand_in_pcr, .affinity = ~(KAFFINITY)0};
    InitializeListHead(&stand_in.apcs[KernelMode]);
    InitializeListHead(&stand_in.apcs[UserMode]);
    InitializeListHead(&stand_in.mutants);
    stand_in_pcr.Pcr.Self = &stand_in_pcr.Pcr;
    stand_in_pcr.Pcr.Prcb.CurrentThread = &stand_in;
    ke_set_home(&stand_in_pcr, ke_processor(0));
    hal_set_gs(&stand_in_pcr);
}

// The thread's GS is needed until its object has been dereferenced: pool and objects look at IRQL.
void ps_detach_thread(void)
{
    struct _ETHREAD *thread = attached;
    struct _EPROCESS *process = thread->process;
    ke_set_irql(PASSIVE_LEVEL); // gives its processor back
    if (thread->reported)
        ps_tell_thread(thread, false);
    if (thread_exit_hook)
        thread_exit_hook(thread);
    hal_mutex_lock(&process->lock);
    RemoveEntryList(&thread->link);
    InitializeListHead(&thread->link);
    hal_mutex_unlock(&process->lock);
    ke_thread_ended(&thread->Tcb);
    for (int i = 0; i < PS_IRP_CACHE; i++)
        if (thread->irp_cache[i] && free_irp)
            free_irp(thread->irp_cache[i]);
    if (thread->system_buffer)
        ex_free(thread->system_buffer);
    // The memory of the current thread's KTHREAD and KPCR may go with the last reference.
    ps_enter_stand_in();
    attached = NULL;
    ob_dereference(thread);
    ke_leave_thread();
}

// ---- system threads -----------------------------------------------------------------------------------------

struct start {
    struct _ETHREAD *thread;
    void (*entry)(void *);
    void *argument;
};

static void run_machinery(void *argument)
{
    struct start start = *(struct start *)argument;
    hal_free(argument);
    enter(start.thread, 0);
    start.entry(start.argument);
    ps_detach_thread();
}

NTSTATUS ps_start_system_thread(void (*entry)(void *), void *argument, struct hal_thread **host)
{
    struct start *start = hal_alloc(sizeof *start);
    struct _ETHREAD *thread = start ? create(ps_system_process(), KernelMode) : NULL;
    if (!thread) {
        hal_free(start);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    thread->system = thread->own = true;
    atomic_fetch_add(&own_threads, 1);
    *start = (struct start){.thread = thread, .entry = entry, .argument = argument};
    if (hal_thread_start(host, run_machinery, start, "nthost") != 0) {
        hal_free(start);
        ob_dereference(thread);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return STATUS_SUCCESS;
}

unsigned ps_own_threads(void)
{
    return atomic_load(&own_threads);
}

struct call {
    NTSTATUS (*routine)(void *);
    void *argument;
    NTSTATUS status;
};

static void run_call(void *argument)
{
    struct call *call = argument;
    call->status = call->routine(call->argument);
}

NTSTATUS ps_call_in_system_thread(NTSTATUS (*routine)(void *), void *argument)
{
    struct call call = {.routine = routine, .argument = argument};
    struct hal_thread *host;
    NTSTATUS status = ps_start_system_thread(run_call, &call, &host);
    if (!NT_SUCCESS(status))
        return status;
    hal_thread_join(host);
    return call.status;
}

// ---- what drivers call --------------------------------------------------------------------------------------

static void end_driver_thread(NTSTATUS status)
{
    attached->exit_status = status;
    ps_detach_thread();
    atomic_fetch_sub(&driver_threads, 1);
}

static void run_driver_thread(void *argument)
{
    struct _ETHREAD *thread = argument;
    struct ke_recovery recovery = {.what = "a system thread of a driver"};
    enter(thread, 0);
    report(thread);
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        thread->start(thread->start_context);
        if (ke_irql() != PASSIVE_LEVEL)
            ke_bugcheck_at((void *)(uintptr_t)thread->start, IRQL_NOT_LESS_OR_EQUAL, 0, ke_irql(), 0, 0,
                           "a system thread's routine returned at a raised IRQL");
    }
    end_driver_thread(STATUS_SUCCESS);
}

// The process handle may only be the system's (NULL). The handle, when asked for, is a kernel handle.
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes, HANDLE process,
                                    PCLIENT_ID client, PKSTART_ROUTINE start, PVOID context)
{
    (void)attributes;
    if (process && process != NtCurrentProcess())
        return STATUS_INVALID_HANDLE;
    struct _ETHREAD *thread = create(ps_system_process(), KernelMode);
    if (!thread)
        return STATUS_INSUFFICIENT_RESOURCES;
    thread->system = true;
    thread->start = start;
    thread->start_context = context;
    NTSTATUS status = handle ? ob_insert_handle(thread, access, OBJ_KERNEL_HANDLE, handle) : STATUS_SUCCESS;
    ob_reference(thread); // the running thread's own
    atomic_fetch_add(&driver_threads, 1);
    if (NT_SUCCESS(status) && hal_thread_start(NULL, run_driver_thread, thread, "nthost-driver") != 0) {
        if (handle)
            ob_close_handle(*handle, KernelMode);
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(status)) {
        atomic_fetch_sub(&driver_threads, 1);
        ob_dereference(thread);
    } else if (client) {
        *client = (CLIENT_ID){.UniqueProcess = ps_system_process()->id};
    }
    ob_dereference(thread);
    return status;
}

// Ends the calling system thread; STATUS_INVALID_PARAMETER on any other.
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS exit_status)
{
    if (!attached->system || !attached->start)
        return STATUS_INVALID_PARAMETER;
    end_driver_thread(exit_status);
    hal_thread_exit();
}

unsigned ps_driver_threads(void)
{
    return atomic_load(&driver_threads);
}

HANDLE NTAPI PsGetCurrentThreadId(void)
{
    return ps_current_thread()->Cid.UniqueThread;
}

HANDLE NTAPI PsGetThreadId(PETHREAD thread)
{
    return thread->Cid.UniqueThread;
}

HANDLE NTAPI PsGetThreadProcessId(PETHREAD thread)
{
    return thread->Cid.UniqueProcess;
}

PEPROCESS NTAPI IoThreadToProcess(PETHREAD thread)
{
    return thread->process;
}

BOOLEAN NTAPI PsIsSystemThread(PETHREAD thread)
{
    return thread->system;
}

BOOLEAN NTAPI IoIsSystemThread(PETHREAD thread)
{
    return thread->system;
}

BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD thread)
{
    return thread->Tcb.terminating;
}
