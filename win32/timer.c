// Waitable timers.
// https://learn.microsoft.com/windows/win32/sync/waitable-timer-objects

#include "win32.h"

#include <pthread.h>
#include <stdlib.h>

HANDLE WINAPI CreateWaitableTimerExW(LPSECURITY_ATTRIBUTES security, LPCWSTR name, DWORD flags, DWORD access)
{
    if (flags & ~(DWORD)CREATE_WAITABLE_TIMER_MANUAL_RESET) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct base_named named;
    if (!base_named_make(&named, security, name))
        return NULL;
    HANDLE timer = NULL;
    NTSTATUS status =
        nt()->NtCreateTimer(&timer, access, &named.attributes,
                            flags & CREATE_WAITABLE_TIMER_MANUAL_RESET ? NotificationTimer : SynchronizationTimer);
    base_named_drop(&named);
    return base_created(status, timer);
}

HANDLE WINAPI CreateWaitableTimerExA(LPSECURITY_ATTRIBUTES security, LPCSTR name, DWORD flags, DWORD access)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE timer = CreateWaitableTimerExW(security, wide.text, flags, access);
    base_wide_drop(&wide);
    return timer;
}

HANDLE WINAPI CreateWaitableTimerW(LPSECURITY_ATTRIBUTES security, BOOL manual_reset, LPCWSTR name)
{
    return CreateWaitableTimerExW(security, name, manual_reset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0,
                                  TIMER_ALL_ACCESS);
}

HANDLE WINAPI CreateWaitableTimerA(LPSECURITY_ATTRIBUTES security, BOOL manual_reset, LPCSTR name)
{
    return CreateWaitableTimerExA(security, name, manual_reset ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0,
                                  TIMER_ALL_ACCESS);
}

HANDLE WINAPI OpenWaitableTimerW(DWORD access, BOOL inherit, LPCWSTR name)
{
    struct base_named named;
    if (!base_named_open(&named, inherit, name))
        return NULL;
    HANDLE timer = NULL;
    NTSTATUS status = nt()->NtOpenTimer(&timer, access, &named.attributes);
    base_named_drop(&named);
    return base_result(status) ? timer : NULL;
}

HANDLE WINAPI OpenWaitableTimerA(DWORD access, BOOL inherit, LPCSTR name)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE timer = OpenWaitableTimerW(access, inherit, wide.text);
    base_wide_drop(&wide);
    return timer;
}

// The kernel calls the APC in its own convention and gives it one word; the application's routine has the
// host's convention and an argument of its own. Both are kept in one record a timer handle, used again when
// the timer is set again (which takes a queued APC of the earlier setting back), so that nothing grows with
// the number of calls.
struct timer_apc {
    struct timer_apc *next;
    HANDLE timer;
    PTIMERAPCROUTINE routine;
    LPVOID argument;
};

static pthread_mutex_t apcs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct timer_apc *apcs;

static struct timer_apc *remember_apc(HANDLE timer, PTIMERAPCROUTINE routine, LPVOID argument)
{
    pthread_mutex_lock(&apcs_lock);
    struct timer_apc *apc = apcs;
    while (apc && apc->timer != timer)
        apc = apc->next;
    if (!apc && (apc = malloc(sizeof(*apc)))) {
        apc->timer = timer;
        apc->next = apcs;
        apcs = apc;
    }
    if (apc) {
        apc->routine = routine;
        apc->argument = argument;
    }
    pthread_mutex_unlock(&apcs_lock);
    return apc;
}

static void NTAPI call_timer_routine(PVOID context, ULONG low, LONG high)
{
    struct timer_apc *remembered = context;
    pthread_mutex_lock(&apcs_lock);
    struct timer_apc apc = *remembered;
    pthread_mutex_unlock(&apcs_lock);
    apc.routine(apc.argument, low, (DWORD)high);
}

// `resume`: machines do not wake up because of nthost. The timer is set, and the last error says
// ERROR_NOT_SUPPORTED as on hardware that cannot wake.
BOOL WINAPI SetWaitableTimer(HANDLE timer, const LARGE_INTEGER *due, LONG period, PTIMERAPCROUTINE routine,
                             LPVOID argument, BOOL resume)
{
    struct timer_apc *apc = NULL;
    if (routine && !(apc = remember_apc(timer, routine, argument)))
        return base_fail(ERROR_NOT_ENOUGH_MEMORY);
    LARGE_INTEGER time = *due;
    NTSTATUS status =
        nt()->NtSetTimer(timer, &time, apc ? call_timer_routine : NULL, apc, resume ? TRUE : FALSE, period, NULL);
    if (NT_SUCCESS(status))
        SetLastError(resume ? ERROR_NOT_SUPPORTED : ERROR_SUCCESS);
    return base_result(status);
}

BOOL WINAPI CancelWaitableTimer(HANDLE timer)
{
    return base_result(nt()->NtCancelTimer(timer, NULL));
}
