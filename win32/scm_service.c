// Creating, opening, deleting, starting and controlling services.
//
// Errors are checked in Windows's order: the handle (6), pointers that must not be NULL (487), the handle's
// access (5), names (123), other parameters (87), the database (1060, 1072, 1073, 1078).
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew
// https://learn.microsoft.com/openspecs/windows_protocols/ms-scmr (the errors of each call)

#include "scm.h"

#include <stdlib.h>

static const WCHAR nt_prefix[] = L"\\??\\";
enum { NT_PREFIX = sizeof(nt_prefix) / sizeof(WCHAR) - 1 };

// A handle to a service that exists; NULL and the last error on failure.
static SC_HANDLE new_service_handle(const WCHAR *name, DWORD access)
{
    struct scm_handle service = {.kind = SCM_SERVICE, .access = access};
    memcpy(service.name, name, (base_wcslen(name) + 1) * sizeof(WCHAR));
    SC_HANDLE handle = scm_lease_take(name, &service.lease) ? scm_handle_new(&service) : NULL;
    if (!handle) {
        if (service.lease)
            nt()->NtClose(service.lease);
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    }
    return handle;
}

static bool starts_with(const WCHAR *text, const WCHAR *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return false;
    return true;
}

// Quotes are dropped, a relative path is made absolute from the working directory, "\??\" stands before the path of a file. A path that begins with a backslash is the kernel's already.
WCHAR *scm_image_path(const WCHAR *path)
{
    size_t length = base_wcslen(path);
    WCHAR *plain = malloc((length + 1) * sizeof(WCHAR));
    if (!plain)
        return NULL;
    memcpy(plain, path, (length + 1) * sizeof(WCHAR));
    if (length > 1 && plain[0] == '"' && plain[length - 1] == '"') {
        memmove(plain, plain + 1, (length - 2) * sizeof(WCHAR));
        plain[length - 2] = 0;
    }
    if (plain[0] == '\\')
        return plain;
    DWORD size = GetFullPathNameW(plain, 0, NULL, NULL);
    WCHAR *full = size ? malloc((NT_PREFIX + size) * sizeof(WCHAR)) : NULL;
    if (full) {
        memcpy(full, nt_prefix, NT_PREFIX * sizeof(WCHAR));
        GetFullPathNameW(plain, size, full + NT_PREFIX, NULL);
    }
    free(plain);
    return full;
}

static bool is_driver_object(const WCHAR *name)
{
    return starts_with(name, L"\\Driver\\") || starts_with(name, L"\\FileSystem\\");
}

// Windows programs as services, file systems and recognizers are refused.
DWORD scm_check_configuration(const WCHAR *name, const struct scm_record *record)
{
    if (!scm_name_is_valid(name))
        return ERROR_INVALID_NAME;
    if (record->display_name && base_wcslen(record->display_name) > SCM_NAME_MAXIMUM)
        return ERROR_INVALID_NAME;
    if ((record->type != SERVICE_KERNEL_DRIVER && record->type != SERVICE_NO_CHANGE) ||
        (record->start > SERVICE_DISABLED && record->start != SERVICE_NO_CHANGE) ||
        (record->error_control > SERVICE_ERROR_CRITICAL && record->error_control != SERVICE_NO_CHANGE) ||
        (record->path && !*record->path))
        return ERROR_INVALID_PARAMETER;
    if (record->object_name && *record->object_name && !is_driver_object(record->object_name))
        return ERROR_INVALID_SERVICE_ACCOUNT;
    return ERROR_SUCCESS;
}

static DWORD create_record(const WCHAR *name, struct scm_record *record)
{
    const DWORD unset = SERVICE_NO_CHANGE;
    DWORD error = scm_check_configuration(name, record);
    if (!error && (record->type == unset || record->start == unset || record->error_control == unset))
        error = ERROR_INVALID_PARAMETER;
    if (error)
        return error;
    record->path = scm_image_path(record->path);
    if (!record->path)
        return ERROR_NOT_ENOUGH_MEMORY;
    error = scm_record_create(name, record);
    free(record->path);
    return error;
}

// The tag orders drivers within a load order group at boot; none is given (0). A driver has no account:
// `account` is the name of the driver object, "\Driver\NAME".
SC_HANDLE WINAPI CreateServiceW(SC_HANDLE manager, LPCWSTR name, LPCWSTR display_name, DWORD access, DWORD type,
                                DWORD start, DWORD error_control, LPCWSTR path, LPCWSTR group, LPDWORD tag,
                                LPCWSTR dependencies, LPCWSTR account, LPCWSTR password)
{
    (void)password;
    struct scm_handle scm;
    struct scm_record record = {
        .type = type,
        .start = start,
        .error_control = error_control,
        .path = (WCHAR *)path,
        .display_name = display_name && *display_name ? (WCHAR *)display_name : NULL,
        .group = (WCHAR *)group,
        .object_name = (WCHAR *)account,
        .dependencies = (WCHAR *)dependencies,
    };
    DWORD error = scm_handle_get(manager, SCM_MANAGER, 0, &scm);
    if (!error && (!name || !path))
        error = ERROR_INVALID_ADDRESS;
    if (!error)
        error = scm_handle_get(manager, SCM_MANAGER, SC_MANAGER_CREATE_SERVICE, &scm);
    if (!error && !scm_expand_access(&access, SCM_SERVICE))
        error = ERROR_ACCESS_DENIED;
    if (!error)
        error = create_record(name, &record);
    if (error) {
        base_fail(error);
        return NULL;
    }
    if (tag)
        *tag = 0;
    return new_service_handle(name, access);
}

WCHAR *scm_wide_multi_string(const char *strings)
{
    const char *end = strings;
    while (*end)
        end += strlen(end) + 1;
    int size = (int)(end - strings) + 2;
    WCHAR *wide = calloc((size_t)size, sizeof(WCHAR));
    if (wide && end > strings)
        MultiByteToWideChar(CP_UTF8, 0, strings, size - 2, wide, size - 2);
    return wide;
}

SC_HANDLE WINAPI CreateServiceA(SC_HANDLE manager, LPCSTR name, LPCSTR display_name, DWORD access, DWORD type,
                                DWORD start, DWORD error_control, LPCSTR path, LPCSTR group, LPDWORD tag,
                                LPCSTR dependencies, LPCSTR account, LPCSTR password)
{
    enum { NAME, DISPLAY_NAME, PATH, GROUP, ACCOUNT, COUNT };
    const char *texts[COUNT] = {name, display_name, path, group, account};
    struct base_wide wide[COUNT];
    int made = 0;
    while (made < COUNT && base_wide_make(&wide[made], texts[made]))
        made++;
    WCHAR *depends = dependencies ? scm_wide_multi_string(dependencies) : NULL;
    SC_HANDLE handle = NULL;
    (void)password;
    if (made == COUNT && (!dependencies || depends))
        handle = CreateServiceW(manager, wide[NAME].text, wide[DISPLAY_NAME].text, access, type, start, error_control,
                                wide[PATH].text, wide[GROUP].text, tag, depends, wide[ACCOUNT].text, NULL);
    else if (made == COUNT)
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    free(depends);
    while (made--)
        base_wide_drop(&wide[made]);
    return handle;
}

SC_HANDLE WINAPI OpenServiceW(SC_HANDLE manager, LPCWSTR name, DWORD access)
{
    struct scm_handle scm;
    struct scm_record record;
    DWORD error = scm_handle_get(manager, SCM_MANAGER, 0, &scm);
    if (!error && !name)
        error = ERROR_INVALID_ADDRESS;
    if (!error && !scm_name_is_valid(name))
        error = ERROR_INVALID_NAME;
    if (!error) {
        scm_record_purge(name);
        error = scm_record_read(name, &record);
    }
    if (!error) {
        scm_record_drop(&record);
        if (!scm_expand_access(&access, SCM_SERVICE))
            error = ERROR_ACCESS_DENIED;
    }
    if (!error)
        return new_service_handle(name, access);
    base_fail(error);
    return NULL;
}

SC_HANDLE WINAPI OpenServiceA(SC_HANDLE manager, LPCSTR name, DWORD access)
{
    struct base_wide wide;
    if (!base_wide_make(&wide, name))
        return NULL;
    SC_HANDLE handle = OpenServiceW(manager, wide.text, access);
    base_wide_drop(&wide);
    return handle;
}

// Marks the service; it is gone when the last handle to it is closed and it does not run.
BOOL WINAPI DeleteService(SC_HANDLE handle)
{
    struct scm_handle service;
    struct scm_record record;
    DWORD error = scm_handle_get(handle, SCM_SERVICE, DELETE, &service);
    if (!error)
        error = scm_record_read(service.name, &record);
    if (error)
        return base_fail(error);
    error = record.deleted ? ERROR_SERVICE_MARKED_FOR_DELETE : scm_record_mark_deleted(service.name);
    scm_record_drop(&record);
    return error ? base_fail(error) : TRUE;
}

// Returns when DriverEntry has; what the service depends on is started before. Drivers get no arguments.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-startservicew
BOOL WINAPI StartServiceW(SC_HANDLE handle, DWORD argument_count, LPCWSTR *arguments)
{
    (void)argument_count;
    (void)arguments;
    struct scm_handle service;
    DWORD error = scm_handle_get(handle, SCM_SERVICE, SERVICE_START, &service);
    if (!error)
        error = scm_start(service.name);
    return error ? base_fail(error) : TRUE;
}

BOOL WINAPI StartServiceA(SC_HANDLE handle, DWORD argument_count, LPCSTR *arguments)
{
    (void)arguments;
    return StartServiceW(handle, argument_count, NULL);
}

// The right that a control needs; 0 for a control that does not exist.
static DWORD control_access(DWORD control)
{
    switch (control) {
    case SERVICE_CONTROL_STOP:
        return SERVICE_STOP;
    case SERVICE_CONTROL_INTERROGATE:
        return SERVICE_INTERROGATE;
    case SERVICE_CONTROL_PAUSE:
    case SERVICE_CONTROL_CONTINUE:
    case SERVICE_CONTROL_PARAMCHANGE:
    case SERVICE_CONTROL_NETBINDADD:
    case SERVICE_CONTROL_NETBINDREMOVE:
    case SERVICE_CONTROL_NETBINDENABLE:
    case SERVICE_CONTROL_NETBINDDISABLE:
        return SERVICE_PAUSE_CONTINUE;
    default:
        return control >= 128 && control <= 255 ? SERVICE_USER_DEFINED_CONTROL : 0;
    }
}

// Drivers accept SERVICE_CONTROL_STOP and SERVICE_CONTROL_INTERROGATE.
static DWORD control_driver(const WCHAR *name, DWORD control, DWORD state)
{
    if (state == SERVICE_STOPPED)
        return ERROR_SERVICE_NOT_ACTIVE;
    if (state == SERVICE_STOP_PENDING)
        return ERROR_SERVICE_CANNOT_ACCEPT_CTRL;
    if (control == SERVICE_CONTROL_STOP)
        return scm_has_running_dependents(name) ? ERROR_DEPENDENT_SERVICES_RUNNING : scm_driver_stop(name);
    return control == SERVICE_CONTROL_INTERROGATE ? ERROR_SUCCESS : ERROR_INVALID_SERVICE_CONTROL;
}

static bool error_has_status(DWORD error)
{
    return !error || error == ERROR_INVALID_SERVICE_CONTROL || error == ERROR_SERVICE_CANNOT_ACCEPT_CTRL ||
           error == ERROR_SERVICE_NOT_ACTIVE;
}

// A stop that leaves the driver loaded (handles to its devices are open) succeeds with SERVICE_STOP_PENDING.
// *status is filled on success and with the errors 1052, 1061 and 1062.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-controlservice
BOOL WINAPI ControlService(SC_HANDLE handle, DWORD control, LPSERVICE_STATUS status)
{
    struct scm_handle service;
    struct scm_record record;
    DWORD access = control_access(control);
    DWORD error = scm_handle_get(handle, SCM_SERVICE, 0, &service);
    if (!error && !access)
        error = ERROR_INVALID_PARAMETER;
    if (!error)
        error = scm_handle_get(handle, SCM_SERVICE, access, &service);
    if (!error && !status)
        error = ERROR_INVALID_ADDRESS;
    if (!error)
        error = scm_record_read(service.name, &record);
    if (error)
        return base_fail(error);
    SERVICE_STATUS now;
    scm_driver_status(service.name, &record, &now);
    error = control_driver(service.name, control, now.dwCurrentState);
    if (error_has_status(error))
        scm_driver_status(service.name, &record, status);
    scm_record_drop(&record);
    return error ? base_fail(error) : TRUE;
}
