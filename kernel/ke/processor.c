// See processor.h. Here also the threads of processors: they run DPCs that were queued from elsewhere, the one of processor 0
// also timers. Each starts when it is needed first, so that a kernel that needs none boots without them.
//
//      absent --first work--> sleeping <--> working --ke_shutdown--> absent
#include "ke/ke.h"

enum {
    LOOKS_BEFORE_SLEEP = 50,
    SLEEP_NS = 1000000, // then all processors are looked at again: another than home may be free
};

static NTSTATUS (*start_thread)(void (*entry)(void *), void *argument, struct hal_thread **thread);
static struct ke_processor processors[KE_MOST_PROCESSORS];
static unsigned count;
static _Atomic unsigned homes; // given out so far
static bool stopping;          // under the dispatcher lock
static uint64_t boot_ns;

uint64_t ke_interrupt_time(void)
{
    return (hal_monotonic_ns() - boot_ns) / 100;
}

uint64_t ke_deadline_ns(const LARGE_INTEGER *timeout)
{
    uint64_t now = hal_monotonic_ns();
    uint64_t distance = 0, limit = (UINT64_MAX - now) / 100;
    uint64_t system = hal_system_time_100ns();
    if (timeout->QuadPart < 0)
        distance = -(uint64_t)timeout->QuadPart;
    else if ((uint64_t)timeout->QuadPart > system)
        distance = (uint64_t)timeout->QuadPart - system;
    return now + (distance < limit ? distance : limit) * 100;
}

unsigned ke_processor_count(void)
{
    return count;
}

KAFFINITY ke_active_processors(void)
{
    return count >= KE_MOST_PROCESSORS ? ~(KAFFINITY)0 : ((KAFFINITY)1 << count) - 1;
}

struct ke_processor *ke_processor(unsigned number)
{
    return &processors[number < count ? number : 0];
}

// ---- homes ------------------------------------------------------------------------------------------------------------

struct ke_processor *ke_next_home(void)
{
    return &processors[atomic_fetch_add_explicit(&homes, 1, memory_order_relaxed) % count];
}

void ke_set_home(struct ke_pcr *pcr, struct ke_processor *processor)
{
    pcr->processor = processor;
    pcr->Pcr.Prcb.Number = processor->number;
    pcr->Pcr.Prcb.LegacyNumber = (UCHAR)processor->number;
    pcr->Pcr.ObsoleteNumber = (UCHAR)processor->number;
}

static bool allows(const struct _KTHREAD *thread, unsigned number)
{
    return thread->affinity >> number & 1;
}

// Home first.
static bool take_any(struct ke_pcr *pcr, const struct _KTHREAD *thread)
{
    for (unsigned i = 0, number = pcr->processor->number; i < count; i++, number = (number + 1) % count) {
        if (!allows(thread, number) || !ke_try_processor(&processors[number]))
            continue;
        if (&processors[number] != pcr->processor)
            ke_set_home(pcr, &processors[number]);
        return true;
    }
    return false;
}

static void sleep_for(struct ke_processor *processor)
{
    uint64_t deadline = hal_monotonic_ns() + SLEEP_NS;
    uint32_t state = atomic_fetch_or(&processor->state, KE_PROCESSOR_WANTED) | KE_PROCESSOR_WANTED;
    if (state & KE_PROCESSOR_HELD)
        hal_futex_wait(&processor->state, state, &deadline);
}

void ke_wait_for_processor(struct ke_pcr *pcr)
{
    const struct _KTHREAD *thread = pcr->Pcr.Prcb.CurrentThread;
    for (unsigned looks = 1; !take_any(pcr, thread); looks++) {
        if (looks < LOOKS_BEFORE_SLEEP)
            hal_pause();
        else
            sleep_for(pcr->processor);
    }
}

void ke_processor_released(struct ke_pcr *pcr, bool may_run)
{
    struct ke_processor *processor = pcr->processor;
    for (;; may_run = false) {
        uint32_t state = atomic_load(&processor->state);
        if (state & KE_PROCESSOR_WANTED) {
            atomic_fetch_and(&processor->state, ~(uint32_t)KE_PROCESSOR_WANTED);
            hal_futex_wake(&processor->state, INT32_MAX);
        }
        if (!(state & KE_PROCESSOR_DPCS) || state & KE_PROCESSOR_HELD)
            break; // its holder runs them
        if (!may_run || hal_held.count) {
            ke_lock_dispatcher();
            ke_wake_processor(processor);
            ke_unlock_dispatcher();
            break;
        }
        if (!ke_try_processor(processor))
            break;
        KIRQL irql = ke_irql();
        ke_store_irql(DISPATCH_LEVEL);
        ke_run_dpcs(processor);
        ke_store_irql(irql);
        processor = pcr->processor; // a DPC that failed may have come back on another one
        atomic_fetch_sub_explicit(&processor->state, KE_PROCESSOR_HELD, memory_order_release);
    }
    if (!allows(pcr->Pcr.Prcb.CurrentThread, processor->number)) // KeSetSystemAffinityThread at DISPATCH_LEVEL
        ke_set_home(pcr, &processors[__builtin_ctzll(pcr->Pcr.Prcb.CurrentThread->affinity)]);
}

// ---- the processors' threads --------------------------------------------------------------------------------------------

static uint64_t expire_timers(void)
{
    ke_expire_timers(ke_interrupt_time());
    uint64_t next = ke_next_timer();
    return next == UINT64_MAX ? 0 : boot_ns + next * 100;
}

static void run(void *argument)
{
    struct ke_processor *processor = argument;
    struct _KTHREAD *thread = ke_current_thread();
    thread->affinity = (KAFFINITY)1 << processor->number;
    ke_set_home(thread->pcr, processor);
    ke_lock_dispatcher();
    while (!stopping) {
        uint32_t seen = atomic_load(&processor->work);
        uint64_t deadline = processor->number == 0 ? expire_timers() : 0;
        bool waiting = !IsListEmpty(&processor->dpcs) && !(atomic_load(&processor->state) & KE_PROCESSOR_HELD);
        ke_unlock_dispatcher();
        if (waiting)
            ke_processor_released(thread->pcr, true);
        else
            hal_futex_wait(&processor->work, seen, deadline ? &deadline : NULL);
        ke_lock_dispatcher();
    }
    ke_unlock_dispatcher();
}

// Its first use cannot fail, as KeSetTimer and KeInsertQueueDpc cannot; memory may be there a moment later.
static void start(struct ke_processor *processor)
{
    enum { MOST_TRIES = 1000 };
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        if (NT_SUCCESS(start_thread(run, processor, &processor->thread)))
            return;
        hal_yield();
    }
    hal_panic("cannot start a processor's thread: no thread to be had");
}

void ke_wake_processor(struct ke_processor *processor)
{
    if (hal_unlikely(!processor->thread) && !stopping && start_thread)
        start(processor);
    atomic_fetch_add(&processor->work, 1);
    hal_futex_wake(&processor->work, 1);
}

// ---- beginning and end ----------------------------------------------------------------------------------------------------

static void reset(void)
{
    for (unsigned i = 0; i < KE_MOST_PROCESSORS; i++) {
        processors[i].number = i;
        processors[i].running = false;
        processors[i].thread = NULL;
        atomic_store(&processors[i].state, 0);
        InitializeListHead(&processors[i].dpcs);
    }
    ke_timer_init();
}

NTSTATUS ke_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread))
{
    boot_ns = hal_monotonic_ns();
    start_thread = starter;
    stopping = false;
    count = hal_processor_count();
    if (count < KE_LEAST_PROCESSORS)
        count = KE_LEAST_PROCESSORS; // what runs with one only deadlocks on a machine with more, and nobody has one
    KeNumberProcessors = (CCHAR)count;
    reset();
    return STATUS_SUCCESS;
}

// Timers and DPCs still queued are forgotten: their memory belongs to drivers that are gone.
void ke_shutdown(void)
{
    struct hal_thread *threads[KE_MOST_PROCESSORS];
    ke_lock_dispatcher();
    stopping = true;
    for (unsigned i = 0; i < count; i++) {
        threads[i] = processors[i].thread;
        if (threads[i])
            ke_wake_processor(&processors[i]);
    }
    ke_unlock_dispatcher();
    for (unsigned i = 0; i < count; i++)
        if (threads[i])
            hal_thread_join(threads[i]);
    reset();
}
