// The kernel proper: IRQL, processor control region, dispatcher objects and waits, DPCs, timers, APCs,
// spin locks, bugchecks. It knows threads only as KTHREAD and processes only as KPROCESS.
#pragma once

#include <nt/nt.h>
#include "hal/hal.h"
#include "ke/processor.h"

// An invariant; the message is for a stranger.
#define KE_ASSERT(condition, message)                                                                                  \
    do {                                                                                                               \
        if (hal_unlikely(!(condition)))                                                                                \
            ke_assertion_failed(__FILE__, __LINE__, #condition, message);                                              \
    } while (0)

_Noreturn void ke_assertion_failed(const char *file, int line, const char *condition, const char *message);

struct ob_handle_table;
struct mm_region;
struct mm_quota;

struct _KPROCESS {
    DISPATCHER_HEADER Header;        // signalled when the last thread has gone
    uintptr_t user_base, user_end;   // what probing accepts, kernel range excluded
    struct ob_handle_table *handles; // ob's
    void *token;                     // se's, referenced; NULL before the first thread
    struct mm_region *regions;       // mm's: what NtAllocateVirtualMemory gave, by address
    struct hal_mutex regions_lock;
    bool protects;                       // some of them are not for writing, or not for reading
    uintptr_t virtual_base, virtual_end; // where it may be; 0: anywhere in this address space
    struct mm_quota *quota;              // mm's; NULL: no limit
    _Atomic uint32_t locked;             // mm's: MDLs whose pages this process locked, of a client of a server
};

// The processor control region at GS, one for each thread: it shows the thread's home processor.
enum { KE_PCR_OWN = 0x400 }; // irql_entry.S knows these offsets
struct ke_pcr {
    KPCR Pcr;
    unsigned char reserved[KE_PCR_OWN - sizeof(KPCR)]; // offsets of the KPRCB that inline code of drivers may read
    uint64_t cr8;                                      // what ke_write_cr8 is to write
    uint64_t rax, rcx;                                 // its caller's, meanwhile
    struct ke_processor *processor;                    // home; held at and above DISPATCH_LEVEL
};

struct _KTHREAD {
    DISPATCHER_HEADER Header;        // signalled when the thread has ended
    _Atomic ULONG kernel_apcs;       // in apcs[KernelMode]; read without the lock, also by irql_entry.S
    struct _KPROCESS *Process;       // whose memory and handles it sees: its own, or where it is attached
    struct _KPROCESS *attached_from; // KeAttachProcess's; NULL: not attached
    struct ke_pcr *pcr;
    KPROCESSOR_MODE PreviousMode;

    // Waiting; all under the dispatcher lock but the futex word.
    _Atomic uint32_t awake; // 0 while the thread sleeps in ke_block
    bool waiting;
    bool wait_alertable;
    KPROCESSOR_MODE wait_mode;
    _Atomic bool terminating; // user-mode waits end with STATUS_THREAD_IS_TERMINATING
    bool alerted[2];
    NTSTATUS wait_status;
    PKWAIT_BLOCK wait_blocks;
    ULONG wait_count;
    KWAIT_BLOCK own_blocks[THREAD_WAIT_OBJECTS];

    // APCs, by mode, under the dispatcher lock.
    LIST_ENTRY apcs[2];
    int kernel_apc_disable;
    int special_apc_disable;

    bool user_apc_due; // an alertable wait ended with STATUS_USER_APC: they run before user mode goes on

    LIST_ENTRY mutants; // mutants the thread owns
    KPRIORITY priority;
    KAFFINITY affinity;           // the processors it may be on; all bits: any
    KAFFINITY system_affinity;    // KeSetSystemAffinityThread's; 0: none
    struct ke_recovery *recovery; // where a bugcheck of this thread goes on; NULL stops the process
};

// ---- current thread and IRQL ----------------------------------------------------------------------------

static inline struct _KTHREAD *ke_current_thread(void)
{
    struct _KTHREAD *thread;
    __asm__ volatile("movq %%gs:0x188, %0" : "=r"(thread));
    return thread;
}

static inline KIRQL ke_irql(void)
{
    uint8_t irql;
    __asm__ volatile("movb %%gs:0x50, %0" : "=r"(irql));
    return irql;
}

// The number alone; for the few who take and give back processors themselves.
static inline void ke_store_irql(KIRQL irql)
{
    __asm__ volatile("movb %0, %%gs:0x50" : : "r"((uint8_t)irql) : "memory");
}

// IRQL from 0 or 1 to 2 and above takes a processor, the other way gives it back and runs the DPCs that waited.
void ke_cross_dispatch(KIRQL irql);

static inline void ke_set_irql(KIRQL irql)
{
    if (hal_likely((ke_irql() < DISPATCH_LEVEL) == (irql < DISPATCH_LEVEL)))
        ke_store_irql(irql);
    else
        ke_cross_dispatch(irql);
}

// After a bugcheck: as ke_set_irql, but nothing runs on this stack.
void ke_reset_irql(KIRQL irql);

// irql_entry.S: `mov cr8, reg` with the value in ke_pcr.cr8; preserves every register and flag. Called by code only.
void ke_write_cr8(void);
// What ke_write_cr8 leaves to C: waiting for a processor, and what waited for a lower IRQL.
void ke_irql_settle(void);

// KWAIT_BLOCK.WaitType beside WaitAll and WaitAny: a wait for a queue that takes an entry.
enum { KE_WAIT_DEQUEUE = 3 };

// ---- rooms within ke --------------------------------------------------------------------------------------

// The dispatcher lock protects every dispatcher object, wait block, timer and APC queue.
extern struct hal_mutex ke_dispatcher_lock;

static inline void ke_lock_dispatcher(void)
{
    hal_mutex_lock(&ke_dispatcher_lock);
}

static inline void ke_unlock_dispatcher(void)
{
    hal_mutex_unlock(&ke_dispatcher_lock);
}

// Prepare a KTHREAD; pcr memory belongs to it until ke_delete_thread. STATUS_INSUFFICIENT_RESOURCES possible.
NTSTATUS ke_initialize_thread(struct _KTHREAD *thread, struct _KPROCESS *process, KPROCESSOR_MODE mode);
void ke_delete_thread(struct _KTHREAD *thread);
// Make the calling Linux thread that KTHREAD (GS, signal stack), and undo it.
void ke_enter_thread(struct _KTHREAD *thread);
void ke_leave_thread(void);
// Signal the thread object; mutants it still owns are abandoned.
void ke_thread_ended(struct _KTHREAD *thread);
// The thread must go: its user-mode waits, now and later, end with STATUS_THREAD_IS_TERMINATING.
void ke_terminate_thread(struct _KTHREAD *thread);

// The states of events are also written without the dispatcher lock (ke_signal_event, KeClearEvent).
static inline LONG ke_state(const DISPATCHER_HEADER *header)
{
    return __atomic_load_n(&header->SignalState, __ATOMIC_RELAXED);
}

static inline void ke_set_state(DISPATCHER_HEADER *header, LONG state)
{
    __atomic_store_n(&header->SignalState, state, __ATOMIC_RELAXED);
}

void ke_initialize_header(DISPATCHER_HEADER *header, UCHAR type, ULONG size, LONG state);
// With the dispatcher lock: the object may have become signalled; let waiters go as far as its state allows.
void ke_release_waiters(DISPATCHER_HEADER *header);
// KeSetEvent without a lock when nobody waits; only for an event whose memory outlives the call whatever its
// waiters do.
void ke_signal_event(PRKEVENT event);
// With the dispatcher lock: end the wait of this thread with a status, if it waits.
void ke_end_wait(struct _KTHREAD *thread, NTSTATUS status);
// With the dispatcher lock, on the current thread: STATUS_ALERTED, STATUS_USER_APC, STATUS_THREAD_IS_TERMINATING
// or STATUS_SUCCESS (nothing stands against waiting).
NTSTATUS ke_test_alert(struct _KTHREAD *thread, KPROCESSOR_MODE mode, BOOLEAN alertable);
// With the dispatcher lock, which is released while sleeping: sleep until ke_end_wait or the deadline (then
// STATUS_TIMEOUT). Wait blocks are unlinked on return.
NTSTATUS ke_block(struct _KTHREAD *thread, KPROCESSOR_MODE mode, BOOLEAN alertable, const uint64_t *deadline_ns);
// NT's timeout (negative: relative, positive: absolute system time, 100 ns) as a monotonic deadline.
uint64_t ke_deadline_ns(const LARGE_INTEGER *timeout);
// Interrupt time: 100 ns since this kernel booted.
uint64_t ke_interrupt_time(void);

// Take the next user APC of the current thread, if one waits; the caller runs it in user mode.
bool ke_take_user_apc(PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *argument1, PVOID *argument2);
// Where user code runs in this address space, what runs the user APCs of the current thread; NULL elsewhere.
extern void (*ke_run_user_apcs)(void);
// Run the kernel APCs that wait for the current thread.
void ke_deliver_kernel_apcs(void);
// With the dispatcher lock: whether ke_deliver_kernel_apcs would run one now.
bool ke_kernel_apc_waits(struct _KTHREAD *thread);
// The thread has ended: what is still queued is given back through the rundown routines.
void ke_rundown_apcs(struct _KTHREAD *thread);

// Adds adjustment to the count; false, and nothing changed, when that would exceed the limit.
bool ke_release_semaphore(PRKSEMAPHORE semaphore, LONG adjustment, LONG *before);
// Waits until one entry of the queue is the caller's: it stays in the list, SignalState does not count it any more.
NTSTATUS ke_reserve_entry(PRKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout);
// Waits for a queue and takes up to count entries; *taken is 0 unless STATUS_SUCCESS.
NTSTATUS ke_remove_queue(PRKQUEUE queue, KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
                         PLIST_ENTRY *entries, ULONG count, ULONG *taken);
void ke_initialize_mutant(PRKMUTANT mutant, BOOLEAN owned, UCHAR apc_disable);
// One release by the current thread. STATUS_MUTANT_NOT_OWNED when it is not the owner.
NTSTATUS ke_release_mutant(PRKMUTANT mutant, LONG *before);
// With the dispatcher lock: a mutant its owner left behind.
void ke_abandon_mutants(struct _KTHREAD *thread);

// Processors and their threads; start_processor is how the threads are started.
NTSTATUS ke_init(NTSTATUS (*start_processor)(void (*entry)(void *), void *argument, struct hal_thread **thread));
void ke_shutdown(void);
void ke_expire_timers(uint64_t now_100ns);
uint64_t ke_next_timer(void); // interrupt time of the next timer; UINT64_MAX none
// With the dispatcher lock; false when it is queued already.
bool ke_queue_dpc(PRKDPC dpc, PVOID argument1, PVOID argument2);
void ke_timer_init(void);

// ---- bugchecks ----------------------------------------------------------------------------------------------

// Calls into a driver that may be survived when the driver fails:
//
//     struct ke_recovery recovery = {.what = "DriverEntry of ..."};
//     if (KE_TRY(&recovery)) { call; KE_TRY_END(&recovery); } else { recovery.status says why }
struct ke_recovery {
    void *jump[5]; // __builtin_setjmp
    struct ke_recovery *outer;
    const char *what;
    // The thread as it was at the call, and will be again.
    KIRQL irql;
    KPROCESSOR_MODE previous_mode;
    struct _KPROCESS *process;
    int kernel_apc_disable, special_apc_disable;
    uint32_t held; // locks of this kernel it held
    // What the call is about, for the report; NULL: nothing
    const void *request, *device;
    UCHAR major;
};

struct ke_bugcheck {
    ULONG code;
    ULONG_PTR parameters[4];
    const char *driver; // the image that failed, or NULL
    const char *what;   // one sentence for people, or NULL
    void *instruction;
    PCONTEXT context; // registers of the failure; NULL: those of the caller of ke_bugcheck
    bool exact;       // context is that of an instruction that faulted, not of a call
};

// Reports a bugcheck (log, stderr). Set at boot; must return.
typedef void (*ke_bugcheck_reporter)(const struct ke_bugcheck *bugcheck);
void ke_set_bugcheck_reporter(ke_bugcheck_reporter reporter);
// Whose a bugcheck is: the image that holds an address, and the driver's code that called into the kernel (directly or
// not); NULL none. Set at boot.
struct ke_driver_finder {
    const char *(*image_name)(const void *address);
    void *(*caller)(void);
};
void ke_set_driver_finder(const struct ke_driver_finder *finder);
// Stop: report, then go on at the thread's recovery point, or end the process where there is none.
_Noreturn void ke_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4, const char *what);
_Noreturn void ke_bugcheck_at(void *instruction, ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4,
                              const char *what);
// The same with everything filled in but the driver.
_Noreturn void ke_stop(struct ke_bugcheck *bugcheck);
const char *ke_bugcheck_name(ULONG code);
// What parameter 0 .. 3 of this stop code is; NULL: nothing is known.
const char *ke_bugcheck_parameter(ULONG code, unsigned index);

static inline void ke_push_recovery(struct ke_recovery *recovery)
{
    struct _KTHREAD *thread = ke_current_thread();
    recovery->outer = thread->recovery;
    recovery->irql = ke_irql();
    recovery->previous_mode = thread->PreviousMode;
    recovery->process = thread->Process;
    recovery->kernel_apc_disable = thread->kernel_apc_disable;
    recovery->special_apc_disable = thread->special_apc_disable;
    recovery->held = hal_held.count;
    thread->recovery = recovery;
}

static inline void ke_pop_recovery(struct ke_recovery *recovery)
{
    ke_current_thread()->recovery = recovery->outer;
}
