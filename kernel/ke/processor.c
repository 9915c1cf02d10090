// The processor thread: runs timers and DPCs. Started at the first timer or DPC, so that a kernel that needs
// neither boots without it.
//
//      absent --first work--> sleeping <--> working --ke_shutdown--> absent
#include "ke/ke.h"

static NTSTATUS (*start_thread)(void (*entry)(void *), void *argument, struct hal_thread **thread);
static struct hal_thread *processor; // under the dispatcher lock
static bool stopping;
static _Atomic uint32_t work; // counts up at every reason to look
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

static void run(void *argument)
{
    (void)argument;
    ke_lock_dispatcher();
    while (!stopping) {
        uint32_t seen = atomic_load(&work);
        ke_expire_timers(ke_interrupt_time());
        if (ke_run_one_dpc())
            continue;
        uint64_t next = ke_next_timer();
        uint64_t deadline = next == UINT64_MAX ? 0 : boot_ns + next * 100;
        ke_unlock_dispatcher();
        hal_futex_wait(&work, seen, deadline ? &deadline : NULL);
        ke_lock_dispatcher();
    }
    ke_unlock_dispatcher();
}

// Its first use cannot fail, as KeSetTimer and KeInsertQueueDpc cannot; memory may be there a moment later.
static void start_processor(void)
{
    enum { MOST_TRIES = 1000 };
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        if (NT_SUCCESS(start_thread(run, NULL, &processor)))
            return;
        hal_yield();
    }
    hal_panic("cannot start the processor thread: no thread to be had");
}

void ke_wake_processor(void)
{
    if (hal_unlikely(!processor) && !stopping && start_thread)
        start_processor();
    atomic_fetch_add(&work, 1);
    hal_futex_wake(&work, 1);
}

NTSTATUS ke_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread))
{
    boot_ns = hal_monotonic_ns();
    start_thread = starter;
    stopping = false;
    processor = NULL;
    ke_timer_init();
    ke_dpc_init();
    return STATUS_SUCCESS;
}

// Timers and DPCs still queued are forgotten: their memory belongs to drivers that are gone.
void ke_shutdown(void)
{
    ke_lock_dispatcher();
    stopping = true;
    atomic_fetch_add(&work, 1);
    hal_futex_wake(&work, 1);
    struct hal_thread *thread = processor;
    processor = NULL;
    ke_unlock_dispatcher();
    if (thread)
        hal_thread_join(thread);
    ke_timer_init();
    ke_dpc_init();
}
