// Work items: routines that system worker threads run at PASSIVE_LEVEL.
// Workers are started as items wait and none is idle, up to MAX_WORKERS; they live until shutdown.
// wdm/nf-wdm-exqueueworkitem, -ioallocateworkitem.
#include "ex/ex.h"

enum { MAX_WORKERS = 4 };

static NTSTATUS (*start_thread)(void (*entry)(void *), void *argument, struct hal_thread **thread);
static struct hal_mutex lock;
static LIST_ENTRY queue;
static unsigned workers, idle;
static bool stopping;
static _Atomic uint32_t work;
static struct hal_thread *threads[MAX_WORKERS];

static void run(void *argument)
{
    (void)argument;
    hal_mutex_lock(&lock);
    while (!stopping || !IsListEmpty(&queue)) {
        if (IsListEmpty(&queue)) {
            uint32_t seen = atomic_load(&work);
            idle++;
            hal_mutex_unlock(&lock);
            hal_futex_wait(&work, seen, NULL);
            hal_mutex_lock(&lock);
            idle--;
            continue;
        }
        WORK_QUEUE_ITEM *item = CONTAINING_RECORD(RemoveHeadList(&queue), WORK_QUEUE_ITEM, List);
        PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine; // the item may go before the routine returns
        PVOID parameter = item->Parameter;
        item->List.Flink = NULL;
        hal_mutex_unlock(&lock);
        struct ke_recovery recovery = {.what = "a work item"};
        ke_push_recovery(&recovery);
        if (!__builtin_setjmp(recovery.jump))
            routine(parameter);
        ke_pop_recovery(&recovery);
        hal_mutex_lock(&lock);
    }
    hal_mutex_unlock(&lock);
}

void NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type)
{
    (void)type;
    hal_mutex_lock(&lock);
    InsertTailList(&queue, &item->List);
    bool more = idle == 0 && workers < MAX_WORKERS && !stopping;
    if (more && NT_SUCCESS(start_thread(run, NULL, &threads[workers])))
        workers++;
    atomic_fetch_add(&work, 1);
    hal_mutex_unlock(&lock);
    hal_futex_wake(&work, 1);
}

void ex_work_init(NTSTATUS (*starter)(void (*entry)(void *), void *argument, struct hal_thread **thread))
{
    start_thread = starter;
    InitializeListHead(&queue);
    stopping = false;
    workers = idle = 0;
}

// What is queued still runs; then the workers end.
void ex_work_shutdown(void)
{
    hal_mutex_lock(&lock);
    stopping = true;
    unsigned count = workers;
    atomic_fetch_add(&work, 1);
    hal_mutex_unlock(&lock);
    hal_futex_wake(&work, INT32_MAX);
    for (unsigned i = 0; i < count; i++)
        hal_thread_join(threads[i]);
    workers = 0;
}
