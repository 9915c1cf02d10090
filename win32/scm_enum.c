// EnumServicesStatus and EnumServicesStatusEx.
//
// The structures fill the buffer from its start, their strings from its end. What does not fit is counted in
// *needed, and *resume says where the next call goes on: the number of the service's key plus one.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-enumservicesstatusexw

#include "scm.h"

#include <stdlib.h>

struct enumeration {
    bool ansi, extended;
    DWORD type, state;
    const WCHAR *group; // NULL: any; "": services in none
    char *buffer;
    size_t entry_size;
    size_t used;    // by structures, from the start
    size_t strings; // where the strings begin
    DWORD returned;
    size_t missing; // bytes of the services that do not fit
    DWORD resume;   // the first of them
};

static size_t text_bytes(const struct enumeration *list, const WCHAR *text)
{
    if (list->ansi)
        return (size_t)WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    return (base_wcslen(text) + 1) * sizeof(WCHAR);
}

static void *put_text(struct enumeration *list, const WCHAR *text)
{
    size_t bytes = text_bytes(list, text);
    list->strings -= bytes;
    char *place = list->buffer + list->strings;
    if (list->ansi)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, place, (int)bytes, NULL, NULL);
    else
        memcpy(place, text, bytes);
    return place;
}

// The A and W structures have the same layout; the Ex ones are longer by the process part.
static void put_entry(struct enumeration *list, const WCHAR *name, const WCHAR *display_name,
                      const SERVICE_STATUS *status)
{
    ENUM_SERVICE_STATUS_PROCESSW entry = {0};
    entry.lpServiceName = put_text(list, name);
    entry.lpDisplayName = put_text(list, display_name);
    memcpy(&entry.ServiceStatusProcess, status, sizeof(*status));
    memcpy(list->buffer + list->used, &entry, list->entry_size);
    list->used += list->entry_size;
    list->returned++;
}

static bool is_wanted(const struct enumeration *list, const struct scm_record *record, const SERVICE_STATUS *status)
{
    DWORD state = status->dwCurrentState == SERVICE_STOPPED ? SERVICE_INACTIVE : SERVICE_ACTIVE;
    if (!(record->type & list->type) || !(state & list->state))
        return false;
    return !list->group || base_wcsequal_i(list->group, record->group);
}

static void add_service(struct enumeration *list, unsigned index, const WCHAR *name)
{
    struct scm_record record;
    SERVICE_STATUS status;
    if (scm_record_read(name, &record))
        return;
    scm_driver_status(name, &record, &status);
    if (is_wanted(list, &record, &status)) {
        size_t bytes = list->entry_size + text_bytes(list, name) + text_bytes(list, record.display_name);
        if (!list->missing && list->used + bytes <= list->strings) {
            put_entry(list, name, record.display_name, &status);
        } else {
            if (!list->missing)
                list->resume = index + 1;
            list->missing += bytes;
        }
    }
    scm_record_drop(&record);
}

static BOOL run(SC_HANDLE manager, struct enumeration *list, void *buffer, DWORD size, DWORD *needed, DWORD *returned,
                DWORD *resume)
{
    struct scm_handle scm;
    DWORD error = scm_handle_get(manager, SCM_MANAGER, 0, &scm);
    if (!error && (!needed || !returned || (size && !buffer)))
        error = ERROR_INVALID_ADDRESS;
    if (!error)
        error = scm_handle_get(manager, SCM_MANAGER, SC_MANAGER_ENUMERATE_SERVICE, &scm);
    if (!error && (!(list->type & (SERVICE_DRIVER | SERVICE_WIN32)) || !list->state || list->state > SERVICE_STATE_ALL))
        error = ERROR_INVALID_PARAMETER;
    if (error)
        return base_fail(error);
    list->buffer = buffer;
    list->strings = size;
    list->entry_size = list->extended ? sizeof(ENUM_SERVICE_STATUS_PROCESSW) : sizeof(ENUM_SERVICE_STATUSW);
    WCHAR *name;
    for (unsigned i = resume && *resume ? *resume - 1 : 0; (name = scm_enumerate(i)); i++) {
        add_service(list, i, name);
        free(name);
    }
    *needed = (DWORD)list->missing;
    *returned = list->returned;
    if (resume)
        *resume = list->resume;
    return list->missing ? base_fail(ERROR_MORE_DATA) : TRUE;
}

BOOL WINAPI EnumServicesStatusA(SC_HANDLE manager, DWORD type, DWORD state, LPENUM_SERVICE_STATUSA services, DWORD size,
                                LPDWORD needed, LPDWORD returned, LPDWORD resume)
{
    struct enumeration list = {.ansi = true, .type = type, .state = state};
    return run(manager, &list, services, size, needed, returned, resume);
}

BOOL WINAPI EnumServicesStatusW(SC_HANDLE manager, DWORD type, DWORD state, LPENUM_SERVICE_STATUSW services, DWORD size,
                                LPDWORD needed, LPDWORD returned, LPDWORD resume)
{
    struct enumeration list = {.type = type, .state = state};
    return run(manager, &list, services, size, needed, returned, resume);
}

BOOL WINAPI EnumServicesStatusExW(SC_HANDLE manager, SC_ENUM_TYPE level, DWORD type, DWORD state, LPBYTE services,
                                  DWORD size, LPDWORD needed, LPDWORD returned, LPDWORD resume, LPCWSTR group)
{
    struct enumeration list = {.extended = true, .type = type, .state = state, .group = group};
    if (level != SC_ENUM_PROCESS_INFO)
        return base_fail(ERROR_INVALID_LEVEL);
    return run(manager, &list, services, size, needed, returned, resume);
}

BOOL WINAPI EnumServicesStatusExA(SC_HANDLE manager, SC_ENUM_TYPE level, DWORD type, DWORD state, LPBYTE services,
                                  DWORD size, LPDWORD needed, LPDWORD returned, LPDWORD resume, LPCSTR group)
{
    struct base_wide wide;
    if (level != SC_ENUM_PROCESS_INFO)
        return base_fail(ERROR_INVALID_LEVEL);
    if (!base_wide_make(&wide, group))
        return FALSE;
    struct enumeration list = {.ansi = true, .extended = true, .type = type, .state = state, .group = wide.text};
    BOOL done = run(manager, &list, services, size, needed, returned, resume);
    base_wide_drop(&wide);
    return done;
}
