// Changing a service's configuration.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-changeserviceconfigw

#include "scm.h"

#include <stdlib.h>

static DWORD checked_change(const WCHAR *name, struct scm_record *change)
{
    struct scm_record now;
    DWORD error = scm_record_read(name, &now);
    if (error)
        return error;
    bool deleted = now.deleted;
    scm_record_drop(&now);
    if (deleted)
        return ERROR_SERVICE_MARKED_FOR_DELETE;
    error = scm_check_configuration(name, change);
    if (error)
        return error;
    WCHAR *path = change->path ? scm_image_path(change->path) : NULL;
    if (change->path && !path)
        return ERROR_NOT_ENOUGH_MEMORY;
    change->path = path;
    error = scm_record_change(name, change);
    free(path);
    return error;
}

// SERVICE_NO_CHANGE, and NULL for a string, leave what is there; an empty string takes it away. What is changed
// holds from the next start on.
BOOL WINAPI ChangeServiceConfigW(SC_HANDLE handle, DWORD type, DWORD start, DWORD error_control, LPCWSTR path,
                                 LPCWSTR group, LPDWORD tag, LPCWSTR dependencies, LPCWSTR account, LPCWSTR password,
                                 LPCWSTR display_name)
{
    (void)password;
    struct scm_handle service;
    struct scm_record change = {
        .type = type,
        .start = start,
        .error_control = error_control,
        .path = (WCHAR *)path,
        .display_name = (WCHAR *)display_name,
        .group = (WCHAR *)group,
        .object_name = (WCHAR *)account,
        .dependencies = (WCHAR *)dependencies,
    };
    DWORD error = scm_handle_get(handle, SCM_SERVICE, SERVICE_CHANGE_CONFIG, &service);
    if (!error)
        error = checked_change(service.name, &change);
    if (error)
        return base_fail(error);
    if (tag)
        *tag = 0;
    return TRUE;
}

BOOL WINAPI ChangeServiceConfigA(SC_HANDLE handle, DWORD type, DWORD start, DWORD error_control, LPCSTR path,
                                 LPCSTR group, LPDWORD tag, LPCSTR dependencies, LPCSTR account, LPCSTR password,
                                 LPCSTR display_name)
{
    enum { PATH, GROUP, ACCOUNT, DISPLAY_NAME, COUNT };
    const char *texts[COUNT] = {path, group, account, display_name};
    struct base_wide wide[COUNT];
    int made = 0;
    while (made < COUNT && base_wide_make(&wide[made], texts[made]))
        made++;
    WCHAR *depends = dependencies ? scm_wide_multi_string(dependencies) : NULL;
    BOOL done = FALSE;
    (void)password;
    if (made == COUNT && (!dependencies || depends))
        done = ChangeServiceConfigW(handle, type, start, error_control, wide[PATH].text, wide[GROUP].text, tag, depends,
                                    wide[ACCOUNT].text, NULL, wide[DISPLAY_NAME].text);
    else if (made == COUNT)
        base_fail(ERROR_NOT_ENOUGH_MEMORY);
    free(depends);
    while (made--)
        base_wide_drop(&wide[made]);
    return done;
}
