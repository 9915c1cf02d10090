// Events.
// https://learn.microsoft.com/windows/win32/sync/event-objects

#include "win32.h"

HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES security, LPCWSTR name, DWORD flags, DWORD access)
{
    if (flags & ~(DWORD)(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) {
        base_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct base_named named;
    if (!base_named_make(&named, security, name))
        return NULL;
    HANDLE event = NULL;
    NTSTATUS status = nt()->NtCreateEvent(&event, access, &named.attributes,
                                          flags & CREATE_EVENT_MANUAL_RESET ? NotificationEvent : SynchronizationEvent,
                                          flags & CREATE_EVENT_INITIAL_SET ? TRUE : FALSE);
    base_named_drop(&named);
    return base_created(status, event);
}

HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES security, LPCSTR name, DWORD flags, DWORD access)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE event = CreateEventExW(security, wide.text, flags, access);
    base_wide_drop(&wide);
    return event;
}

static DWORD event_flags(BOOL manual_reset, BOOL initial)
{
    return (manual_reset ? CREATE_EVENT_MANUAL_RESET : 0) | (initial ? CREATE_EVENT_INITIAL_SET : 0);
}

HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES security, BOOL manual_reset, BOOL initial, LPCWSTR name)
{
    return CreateEventExW(security, name, event_flags(manual_reset, initial), EVENT_ALL_ACCESS);
}

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES security, BOOL manual_reset, BOOL initial, LPCSTR name)
{
    return CreateEventExA(security, name, event_flags(manual_reset, initial), EVENT_ALL_ACCESS);
}

HANDLE WINAPI OpenEventW(DWORD access, BOOL inherit, LPCWSTR name)
{
    struct base_named named;
    if (!base_named_open(&named, inherit, name))
        return NULL;
    HANDLE event = NULL;
    NTSTATUS status = nt()->NtOpenEvent(&event, access, &named.attributes);
    base_named_drop(&named);
    return base_result(status) ? event : NULL;
}

HANDLE WINAPI OpenEventA(DWORD access, BOOL inherit, LPCSTR name)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    HANDLE event = OpenEventW(access, inherit, wide.text);
    base_wide_drop(&wide);
    return event;
}

BOOL WINAPI SetEvent(HANDLE event)
{
    return base_result(nt()->NtSetEvent(event, NULL));
}

BOOL WINAPI ResetEvent(HANDLE event)
{
    return base_result(nt()->NtResetEvent(event, NULL));
}

BOOL WINAPI PulseEvent(HANDLE event)
{
    return base_result(nt()->NtPulseEvent(event, NULL));
}
