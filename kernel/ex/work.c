// Work items: routines that system worker threads run at PASSIVE_LEVEL.
//
// Workers are started as items wait and no idle worker is left for them, up to MAX_WORKERS, so that an item may wait
// for another; they live until shutdown.
//
//      (none) --starting--> idle <--> running an item --shutdown, queue empty--> (none)
//
// wdm/nf-wdm-exqueueworkitem, -ioallocateworkitem.
#include "ex/ex.h"

enum { MAX_WORKERS = 32, MOST_TRIES = 100 };

static NTSTATUS (*start_thread)(void (*entry)(void *), void *argument, struct hal_thread **thread);
static struct hal_mutex lock; // all below
static LIST_ENTRY queue;
static int queued, workers, idle; // a worker that is being started counts as idle
static bool starting, stopping;
static struct hal_thread *threads[MAX_WORKERS];
static _Atomic uint32_t work; // counts up at every reason to look; futex

// With the lock, which is released around the routine.
static void run_next(void)
{
    WORK_QUEUE_ITEM *item = CONTAINING_RECORD(RemoveHeadList(&queue), WORK_QUEUE_ITEM, List);
    PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine; // the item may go before the routine returns
    PVOID parameter = item->Parameter;
    item->List.Flink = NULL;
    queued--;
    hal_mutex_unlock(&lock);
    struct ke_recovery recovery = {.what = "a work item"};
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump))
        routine(parameter);
    ke_pop_recovery(&recovery);
    hal_mutex_lock(&lock);
}

static void run(void *argument)
{
    (void)argument;
    hal_mutex_lock(&lock);
    idle--;
    while (!stopping || queued) {
        if (queued) {
            run_next();
            continue;
        }
        uint32_t seen = atomic_load(&work);
        idle++;
        hal_mutex_unlock(&lock);
        hal_futex_wait(&work, seen, NULL);
        hal_mutex_lock(&lock);
        idle--;
    }
    hal_mutex_unlock(&lock);
}

// With the lock.
static bool needs_worker(void)
{
    return queued > idle && workers < MAX_WORKERS && !stopping;
}

// One thread at a time is here (starting). Without any worker an item would wait for ever, so that it tries harder.
static void start_workers(void)
{
    for (int tries = 0;; hal_yield()) {
        struct hal_thread *thread;
        bool started = NT_SUCCESS(start_thread(run, NULL, &thread));
        hal_mutex_lock(&lock);
        if (started) {
            threads[workers++] = thread;
            idle++;
        }
        starting = started ? needs_worker() : workers == 0 && ++tries < MOST_TRIES;
        bool done = !starting;
        hal_mutex_unlock(&lock);
        if (done)
            return;
    }
}

void NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type)
{
    (void)type;
    hal_mutex_lock(&lock);
    InsertTailList(&queue, &item->List);
    queued++;
    bool start = !starting && needs_worker();
    starting = starting || start;
    atomic_fetch_add(&work, 1);
    hal_mutex_unlock(&lock);
    hal_futex_wake(&work, 1);
    if (start)
        start_workers();
}

void ex_work_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread))
{
    start_thread = starter;
    InitializeListHead(&queue);
    starting = stopping = false;
    queued = workers = idle = 0;
}

// What is queued still runs; then the workers end. PASSIVE_LEVEL, in a system thread.
void ex_work_shutdown(void)
{
    hal_mutex_lock(&lock);
    stopping = true;
    int count = workers;
    while (queued && !count) // no worker could be started
        run_next();
    atomic_fetch_add(&work, 1);
    hal_mutex_unlock(&lock);
    hal_futex_wake(&work, INT32_MAX);
    for (int i = 0; i < count; i++)
        hal_thread_join(threads[i]);
    workers = 0;
}
