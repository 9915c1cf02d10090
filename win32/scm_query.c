// The status and the configuration of a service.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-queryserviceconfigw

#include "scm.h"

#include <stdlib.h>

static DWORD read_status(SC_HANDLE handle, SERVICE_STATUS *status)
{
    struct scm_handle service;
    struct scm_record record;
    DWORD error = scm_handle_get(handle, SCM_SERVICE, SERVICE_QUERY_STATUS, &service);
    if (!error)
        error = scm_record_read(service.name, &record);
    if (!error) {
        scm_driver_status(service.name, &record, status);
        scm_record_drop(&record);
    }
    return error;
}

BOOL WINAPI QueryServiceStatus(SC_HANDLE handle, LPSERVICE_STATUS status)
{
    SERVICE_STATUS now;
    DWORD error = read_status(handle, &now);
    if (!error && !status)
        error = ERROR_INVALID_ADDRESS;
    if (error)
        return base_fail(error);
    *status = now;
    return TRUE;
}

// A driver runs in no process: dwProcessId and dwServiceFlags are 0.
BOOL WINAPI QueryServiceStatusEx(SC_HANDLE handle, SC_STATUS_TYPE level, LPBYTE buffer, DWORD size, LPDWORD needed)
{
    SERVICE_STATUS_PROCESS process = {0};
    SERVICE_STATUS now;
    if (level != SC_STATUS_PROCESS_INFO)
        return base_fail(ERROR_INVALID_LEVEL);
    if (!needed)
        return base_fail(ERROR_INVALID_ADDRESS);
    *needed = sizeof(process);
    DWORD error = read_status(handle, &now);
    if (!error && size < sizeof(process))
        error = ERROR_INSUFFICIENT_BUFFER;
    if (!error && !buffer)
        error = ERROR_INVALID_ADDRESS;
    if (error)
        return base_fail(error);
    memcpy(&process, &now, sizeof(now));
    memcpy(buffer, &process, sizeof(process));
    return TRUE;
}

static size_t multi_string_length(const WCHAR *strings)
{
    const WCHAR *end = strings;
    while (*end)
        end += base_wcslen(end) + 1;
    return (size_t)(end + 1 - strings);
}

// The bytes of `length` characters in the form the caller wants.
static size_t text_bytes(const WCHAR *text, size_t length, bool ansi)
{
    return ansi ? (size_t)WideCharToMultiByte(CP_UTF8, 0, text, (int)length, NULL, 0, NULL, NULL)
                : length * sizeof(WCHAR);
}

// Puts a text at *place, which moves behind it; gives where it was put.
static void *put_text(char **place, const WCHAR *text, size_t length, bool ansi)
{
    char *start = *place;
    size_t bytes = text_bytes(text, length, ansi);
    if (ansi)
        WideCharToMultiByte(CP_UTF8, 0, text, (int)length, start, (int)bytes, NULL, NULL);
    else
        memcpy(start, text, bytes);
    *place += bytes;
    return start;
}

enum { PATH, GROUP, DEPENDENCIES, ACCOUNT, DISPLAY_NAME, TEXTS };

// QUERY_SERVICE_CONFIGA and W have the same layout; the strings follow the structure.
static DWORD pack_config(const struct scm_record *record, bool ansi, QUERY_SERVICE_CONFIGW *config, DWORD size,
                         DWORD *needed)
{
    const WCHAR *texts[TEXTS] = {record->path, record->group, record->dependencies, record->object_name,
                                 record->display_name};
    size_t lengths[TEXTS], total = sizeof(*config);
    for (int i = 0; i < TEXTS; i++) {
        lengths[i] = i == DEPENDENCIES ? multi_string_length(texts[i]) : base_wcslen(texts[i]) + 1;
        total += text_bytes(texts[i], lengths[i], ansi);
    }
    *needed = (DWORD)total;
    if (size < total)
        return ERROR_INSUFFICIENT_BUFFER;
    char *place = (char *)(config + 1);
    void *placed[TEXTS];
    for (int i = 0; i < TEXTS; i++)
        placed[i] = put_text(&place, texts[i], lengths[i], ansi);
    *config = (QUERY_SERVICE_CONFIGW){
        .dwServiceType = record->type,
        .dwStartType = record->start,
        .dwErrorControl = record->error_control,
        .lpBinaryPathName = placed[PATH],
        .lpLoadOrderGroup = placed[GROUP],
        .dwTagId = record->tag,
        .lpDependencies = placed[DEPENDENCIES],
        .lpServiceStartName = placed[ACCOUNT],
        .lpDisplayName = placed[DISPLAY_NAME],
    };
    return ERROR_SUCCESS;
}

static BOOL query_config(SC_HANDLE handle, bool ansi, void *config, DWORD size, DWORD *needed)
{
    struct scm_handle service;
    struct scm_record record;
    DWORD error = scm_handle_get(handle, SCM_SERVICE, SERVICE_QUERY_CONFIG, &service);
    if (!error && (!needed || (!config && size)))
        error = ERROR_INVALID_ADDRESS;
    if (!error)
        error = scm_record_read(service.name, &record);
    if (error)
        return base_fail(error);
    error = pack_config(&record, ansi, config, size, needed);
    scm_record_drop(&record);
    return error ? base_fail(error) : TRUE;
}

BOOL WINAPI QueryServiceConfigA(SC_HANDLE handle, LPQUERY_SERVICE_CONFIGA config, DWORD size, LPDWORD needed)
{
    return query_config(handle, true, config, size, needed);
}

BOOL WINAPI QueryServiceConfigW(SC_HANDLE handle, LPQUERY_SERVICE_CONFIGW config, DWORD size, LPDWORD needed)
{
    return query_config(handle, false, config, size, needed);
}
