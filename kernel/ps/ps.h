// Processes and threads.
//
// A process is what has handles and a range of user addresses: the system process, the application this library
// is linked into (in-process), or a client of the kernel server. A thread is a Linux thread with an NT identity.
#pragma once

#include "ob/ob.h"

enum { PS_IRP_CACHE = 4 };

struct _EPROCESS {
    struct _KPROCESS Pcb;
    HANDLE id;
    char name[32];
    char image_name[15]; // the same as EPROCESS has it
    struct ob_handle_table handles;
    struct hal_mutex lock; // threads
    LIST_ENTRY threads;
    LIST_ENTRY link; // all processes
    uint32_t uid;    // the connecting user; set it before the first thread, whose coming makes the token
    bool exiting, reported, described;
    bool break_on_end; // kept for who asks
    LARGE_INTEGER created;
    KPRIORITY priority;
    NTSTATUS exit_status;
    void (*kill)(struct _EPROCESS *process); // has it ended soon; under the lock. NULL: it cannot be ended from here
    void *owner;                             // for kill
    // What ps_describe_process found out; pool.
    HANDLE parent;
    UNICODE_STRING image, command_line; // \??\ and the Linux path
    uintptr_t image_base;               // in the process's own address space
    size_t image_bytes;
};

struct _ETHREAD {
    struct _KTHREAD Tcb;
    CLIENT_ID Cid;
    struct _EPROCESS *process;
    LIST_ENTRY link; // of the process
    struct hal_spin irp_lock;
    LIST_ENTRY irps; // requests this thread started and that are not finished
    void *irp_cache[PS_IRP_CACHE];
    void *top_level_irp; // IoSetTopLevelIrp
    void *system_buffer; // io's, kept for the next small request
    PKSTART_ROUTINE start;
    PVOID start_context;
    NTSTATUS exit_status;
    bool system;
    bool own; // of ps_start_system_thread
    bool reported, hidden;
};

extern struct _OBJECT_TYPE ps_process_type, ps_thread_type, ps_job_type;

static inline struct _ETHREAD *ps_current_thread(void)
{
    return (struct _ETHREAD *)ke_current_thread();
}

// The kernel's own threads keep nothing for their next request: as many blocks of pool are in use with them as without.
static inline bool ps_may_cache(const struct _ETHREAD *thread)
{
    return !thread->own;
}

static inline struct _EPROCESS *ps_current_process(void)
{
    return ps_current_thread()->process;
}

struct _EPROCESS *ps_system_process(void);

// NULL on a thread without NT identity.
struct _ETHREAD *ps_current_thread_or_null(void);

// Boot: the system process, and the calling thread in it until ps_detach_thread.
NTSTATUS ps_init(void);
void ps_shutdown(void);

// For code that runs before the first thread of this Linux thread, or after its last: a KTHREAD at PASSIVE_LEVEL that
// is no object. ke_leave_thread ends it.
void ps_enter_stand_in(void);

// A process for a client; id is its Linux process number. Referenced; ps_end_process ends it.
struct _EPROCESS *ps_create_process(uint32_t id, const char *name, uintptr_t user_base, uintptr_t user_end);
// Tells the drivers that want to know of it, before its first thread; a driver's refusal is the result.
NTSTATUS ps_begin_process(struct _EPROCESS *process);
// The process's token, made when its first thread comes; false on exhaustion.
bool ps_give_token(struct _EPROCESS *process);
// All its threads have detached: drivers are told, its handles are closed (in the calling, attached thread's context), it
// is signalled and taken off the list, the creator's reference is dropped.
void ps_rundown_process(struct _EPROCESS *process);
// The same in a thread of its own, which is the caller, who has no NT identity.
void ps_end_process(struct _EPROCESS *process);
// Has the process ended as if it had been killed. STATUS_PROCESS_IS_TERMINATING, STATUS_ACCESS_DENIED (the system's).
NTSTATUS ps_kill_process(struct _EPROCESS *process, NTSTATUS exit_status);
// Make the calling Linux thread an NT thread of the process, in user mode. thread_id 0: the Linux thread number.
struct _ETHREAD *ps_attach_thread(struct _EPROCESS *process, uint32_t thread_id);
// The same, and no driver is told.
struct _ETHREAD *ps_attach_silently(struct _EPROCESS *process);
// Ends the NT identity of the calling thread: its requests are cancelled and waited for.
void ps_detach_thread(void);
// Walks the threads of a process: the one after `thread` (NULL: the first), referenced; drops the reference to
// `thread`. NULL at the end.
struct _ETHREAD *ps_next_thread(struct _EPROCESS *process, struct _ETHREAD *thread);
// Walks the processes in the same way.
struct _EPROCESS *ps_next_process(struct _EPROCESS *process);
// The first process that match accepts, referenced; the list is locked meanwhile.
struct _EPROCESS *ps_find_process(bool (*match)(struct _EPROCESS *process, void *context), void *context);
// The process of its owner dies: user-mode waits of all its threads end.
void ps_terminate_process(struct _EPROCESS *process);
// Called for each thread that ends, in its context; io cancels its requests here.
void ps_set_thread_exit_hook(void (*hook)(struct _ETHREAD *thread));
void ps_set_thread_irp_free(void (*free_irp)(void *irp));

// A system thread that runs entry and is joined by the caller: the kernel's and the gate's own threads.
NTSTATUS ps_start_system_thread(void (*entry)(void *), void *argument, struct hal_thread **thread);
unsigned ps_own_threads(void); // of them, alive: each is one object and one block of pool
// Run a routine in a fresh system thread and wait for it: how drivers are loaded and unloaded.
NTSTATUS ps_call_in_system_thread(NTSTATUS (*routine)(void *), void *argument);
// System threads that drivers started and that still run.
unsigned ps_driver_threads(void);

// ---- notify routines (notify.c) and what they are told (describe.c) ----------------------------------------------------

NTSTATUS ps_tell_process_created(struct _EPROCESS *process);
void ps_tell_process_ended(struct _EPROCESS *process);
void ps_tell_thread(struct _ETHREAD *thread, bool created);
// process NULL: a driver.
void ps_tell_image(UNICODE_STRING *name, struct _EPROCESS *process, const void *base, size_t bytes);
bool ps_wants_images(void);
void ps_describe_process(struct _EPROCESS *process);
void ps_forget_description(struct _EPROCESS *process);
