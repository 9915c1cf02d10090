// Opening the service control manager, and closing its handles.
// https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-openscmanagerw

#include "scm.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

// NULL, "", this machine's name or an alias of it, with or without two backslashes before it.
static bool is_this_machine(const char *machine)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    if (!machine)
        return true;
    if (machine[0] == '\\' && machine[1] == '\\')
        machine += 2;
    return !*machine || !strcmp(machine, ".") || !strcasecmp(machine, "localhost") || !strcasecmp(machine, name);
}

// Without a kernel there is no database.
static DWORD look_for_database(void)
{
    HANDLE key;
    DWORD error = scm_key_open(scm_services_path, L"", KEY_READ, &key);
    if (!error)
        nt()->NtClose(key);
    return error;
}

static SC_HANDLE open_manager(const char *machine, const char *database, DWORD access)
{
    struct scm_handle manager = {.kind = SCM_MANAGER, .access = access};
    DWORD error = ERROR_SUCCESS;
    if (!is_this_machine(machine))
        error = RPC_S_SERVER_UNAVAILABLE;
    else if (database && !strcasecmp(database, SERVICES_FAILED_DATABASEA))
        error = ERROR_DATABASE_DOES_NOT_EXIST;
    else if (database && strcasecmp(database, SERVICES_ACTIVE_DATABASEA))
        error = ERROR_INVALID_NAME;
    else if (!scm_expand_access(&manager.access, SCM_MANAGER))
        error = ERROR_ACCESS_DENIED;
    else
        error = look_for_database();
    manager.access |= SC_MANAGER_CONNECT; // every handle may do that

    SC_HANDLE handle = error ? NULL : scm_handle_new(&manager);
    if (!handle)
        base_fail(error ? error : ERROR_NOT_ENOUGH_MEMORY);
    return handle;
}

SC_HANDLE WINAPI OpenSCManagerA(LPCSTR machine, LPCSTR database, DWORD access)
{
    return open_manager(machine, database, access);
}

SC_HANDLE WINAPI OpenSCManagerW(LPCWSTR machine, LPCWSTR database, DWORD access)
{
    SC_HANDLE handle = NULL;
    char *machine_text = machine ? base_utf8(machine) : NULL;
    char *database_text = database ? base_utf8(database) : NULL;
    if ((!machine || machine_text) && (!database || database_text))
        handle = open_manager(machine_text, database_text, access);
    free(machine_text);
    free(database_text);
    return handle;
}

BOOL WINAPI CloseServiceHandle(SC_HANDLE handle)
{
    struct scm_handle closed;
    DWORD error = scm_handle_close(handle, &closed);
    if (error)
        return base_fail(error);
    if (closed.kind == SCM_SERVICE) {
        if (closed.lease)
            nt()->NtClose(closed.lease);
        scm_record_purge(closed.name);
    }
    return TRUE;
}
