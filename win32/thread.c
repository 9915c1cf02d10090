// Threads and the process.
//
// A thread is a POSIX thread that the kernel knows: its first service call attaches it. Its handle is the
// kernel's, made by the new thread itself from its pseudo handle, so it can be waited for, duplicated and
// cancelled like any other:
//
//     CreateThread                        new thread
//     pthread_create  ------------------> attach, duplicate NtCurrentThread()
//     wait            <------------------ handle, thread id
//     (CREATE_SUSPENDED: ResumeThread) -> start routine
//                                         NtTerminateThread(NtCurrentThread(), exit code): the exit status
//                                         the thread ends, the gate detaches it: the object is signalled
//
// Process and thread ids are Linux's.
// https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createthread

#include "win32.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

struct new_thread {
    struct new_thread *next; // in `suspended`, until it is resumed
    LPTHREAD_START_ROUTINE start;
    LPVOID parameter;
    BOOL inherit, suspend;
    NTSTATUS status; // of making the handle
    HANDLE handle;
    DWORD id;
    sem_t known;  // handle and id are there
    sem_t resume; // go on to the start routine
};

static pthread_mutex_t suspended_lock = PTHREAD_MUTEX_INITIALIZER;
static struct new_thread *suspended;

static void add_suspended(struct new_thread *thread)
{
    pthread_mutex_lock(&suspended_lock);
    thread->next = suspended;
    suspended = thread;
    pthread_mutex_unlock(&suspended_lock);
}

static struct new_thread *take_suspended(DWORD id)
{
    pthread_mutex_lock(&suspended_lock);
    struct new_thread **link = &suspended;
    while (*link && (*link)->id != id)
        link = &(*link)->next;
    struct new_thread *thread = *link;
    if (thread)
        *link = thread->next;
    pthread_mutex_unlock(&suspended_lock);
    return thread;
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore))
        ;
}

static void *thread_main(void *argument)
{
    struct new_thread *thread = argument;
    thread->id = GetCurrentThreadId();
    thread->status = nt()->NtDuplicateObject(NtCurrentProcess(), NtCurrentThread(), NtCurrentProcess(), &thread->handle,
                                             THREAD_ALL_ACCESS, thread->inherit ? OBJ_INHERIT : 0, 0);
    bool run = NT_SUCCESS(thread->status);
    if (run && thread->suspend)
        add_suspended(thread);
    sem_post(&thread->known);
    wait_for(&thread->resume);
    LPTHREAD_START_ROUTINE start = thread->start;
    LPVOID parameter = thread->parameter;
    sem_destroy(&thread->known);
    sem_destroy(&thread->resume);
    free(thread);
    if (run)
        ExitThread(start(parameter));
    return NULL;
}

static bool start_thread(struct new_thread *thread, SIZE_T stack_size)
{
    pthread_attr_t attributes;
    pthread_t ignored;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (stack_size)
        pthread_attr_setstacksize(&attributes, stack_size < 65536 ? 65536 : stack_size);
    int failed = pthread_create(&ignored, &attributes, thread_main, thread);
    pthread_attr_destroy(&attributes);
    return failed ? base_fail(ERROR_NOT_ENOUGH_MEMORY) : true;
}

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES security, SIZE_T stack_size, LPTHREAD_START_ROUTINE start,
                           LPVOID parameter, DWORD flags, LPDWORD thread_id)
{
    struct new_thread *thread = NULL;
    if (flags & ~(DWORD)(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION))
        base_fail(ERROR_INVALID_PARAMETER);
    else if (!(thread = calloc(1, sizeof(*thread))))
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    if (!thread)
        return NULL;
    thread->start = start;
    thread->parameter = parameter;
    thread->inherit = security && security->bInheritHandle;
    thread->suspend = flags & CREATE_SUSPENDED ? TRUE : FALSE;
    sem_init(&thread->known, 0, 0);
    sem_init(&thread->resume, 0, 0);
    if (!start_thread(thread, stack_size)) {
        free(thread);
        return NULL;
    }
    wait_for(&thread->known);
    NTSTATUS status = thread->status;
    HANDLE handle = thread->handle;
    if (thread_id)
        *thread_id = thread->id;
    if (!thread->suspend || !NT_SUCCESS(status))
        sem_post(&thread->resume);
    return base_result(status) ? handle : NULL;
}

void WINAPI ExitThread(DWORD exit_code)
{
    nt()->NtTerminateThread(NtCurrentThread(), (NTSTATUS)exit_code);
    pthread_exit(NULL);
}

static bool thread_information(HANDLE thread, THREAD_BASIC_INFORMATION *information)
{
    return base_result(
        nt()->NtQueryInformationThread(thread, ThreadBasicInformation, information, sizeof(*information), NULL));
}

// STILL_ACTIVE (the status STATUS_PENDING) while the thread runs.
BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exit_code)
{
    THREAD_BASIC_INFORMATION information;
    if (!thread_information(thread, &information))
        return FALSE;
    *exit_code = (DWORD)information.ExitStatus;
    return TRUE;
}

DWORD WINAPI GetThreadId(HANDLE thread)
{
    THREAD_BASIC_INFORMATION information;
    return thread_information(thread, &information) ? (DWORD)(ULONG_PTR)information.ClientId.UniqueThread : 0;
}

HANDLE WINAPI OpenThread(DWORD access, BOOL inherit, DWORD thread_id)
{
    HANDLE thread = NULL;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes), .Attributes = inherit ? OBJ_INHERIT : 0};
    CLIENT_ID id = {.UniqueThread = (HANDLE)(ULONG_PTR)thread_id};
    return base_result(nt()->NtOpenThread(&thread, access, &attributes, &id)) ? thread : NULL;
}

// The suspend count before: 1 for a thread created suspended, 0 for any other. Threads cannot be suspended
// later.
DWORD WINAPI ResumeThread(HANDLE thread)
{
    DWORD id = GetThreadId(thread);
    if (!id)
        return (DWORD)-1;
    struct new_thread *waiting = take_suspended(id);
    if (waiting)
        sem_post(&waiting->resume);
    return waiting ? 1 : 0;
}

// Between the kernel's calling convention and the application's.
static VOID NTAPI call_user_apc(PVOID routine, PVOID parameter, PVOID unused)
{
    (void)unused;
    ((PAPCFUNC)routine)((ULONG_PTR)parameter);
}

DWORD WINAPI QueueUserAPC(PAPCFUNC routine, HANDLE thread, ULONG_PTR parameter)
{
    NTSTATUS status = nt()->NtQueueApcThread(thread, call_user_apc, (PVOID)routine, (PVOID)parameter, NULL);
    return (DWORD)base_result(status);
}

BOOL WINAPI SwitchToThread(void)
{
    return sched_yield() == 0;
}

HANDLE WINAPI GetCurrentThread(void)
{
    return NtCurrentThread();
}

DWORD WINAPI GetCurrentThreadId(void)
{
    return (DWORD)gettid();
}

HANDLE WINAPI GetCurrentProcess(void)
{
    return NtCurrentProcess();
}

DWORD WINAPI GetCurrentProcessId(void)
{
    return (DWORD)getpid();
}

// Ends the process as returning from main does: buffered output is written.
void WINAPI ExitProcess(UINT exit_code)
{
    exit((int)exit_code);
}
