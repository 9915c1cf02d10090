// Service records.
//
//              CreateService            DeleteService                last handle closed, not running
//     (none) ---------------> recorded ---------------> marked ------------------------------------> (none)
//
// A marked record can still be opened, asked and stopped, but not started; its name is free again when it is
// gone. Windows removes it in the service control manager's process; here whoever comes by does: the closer
// of the last handle, or the next call that meets the name (after a process died, or a driver was stopped
// late).

#include "scm.h"

#include <stdlib.h>

bool scm_name_is_valid(const WCHAR *name)
{
    size_t length = base_wcslen(name);
    if (!length || length > SCM_NAME_MAXIMUM)
        return false;
    for (; *name; name++)
        if (*name == '/' || *name == '\\')
            return false;
    return true;
}

struct key_entry {
    KEY_BASIC_INFORMATION basic;
    WCHAR more[SCM_NAME_MAXIMUM];
};

// Key number `index` below `key`; its name is terminated.
static bool read_entry(HANDLE key, ULONG index, struct key_entry *entry)
{
    ULONG size = sizeof(*entry) - sizeof(WCHAR), needed;
    if (!NT_SUCCESS(nt()->NtEnumerateKey(key, index, KeyBasicInformation, entry, size, &needed)))
        return false;
    *(WCHAR *)((char *)entry->basic.Name + entry->basic.NameLength) = 0;
    return true;
}

static WCHAR *read_string(HANDLE key, const WCHAR *name)
{
    ULONG type = 0;
    WCHAR *text = scm_value_get(key, name, &type, NULL);
    if (text && type != REG_SZ && type != REG_EXPAND_SZ && type != REG_MULTI_SZ)
        text[0] = text[1] = 0;
    return text ? text : calloc(2, sizeof(WCHAR));
}

static size_t multi_string_bytes(const WCHAR *strings)
{
    const WCHAR *end = strings;
    while (*end)
        end += base_wcslen(end) + 1;
    return (size_t)(end + 1 - strings) * sizeof(WCHAR);
}

// The registry keeps services and groups apart; callers have them in one, a '+' before each group.
static WCHAR *read_dependencies(HANDLE key)
{
    WCHAR *services = read_string(key, L"DependOnService"), *groups = read_string(key, L"DependOnGroup");
    WCHAR *all = NULL;
    if (services && groups) {
        size_t services_bytes = multi_string_bytes(services), groups_bytes = multi_string_bytes(groups);
        all = malloc(services_bytes + 2 * groups_bytes);
        WCHAR *out = all;
        if (all) {
            memcpy(out, services, services_bytes);
            out += services_bytes / sizeof(WCHAR) - 1;
        }
        for (const WCHAR *at = groups; all && *at; at += base_wcslen(at) + 1) {
            *out++ = SC_GROUP_IDENTIFIERW;
            memcpy(out, at, (base_wcslen(at) + 1) * sizeof(WCHAR));
            out += base_wcslen(at) + 1;
        }
        if (all)
            *out = 0;
    }
    free(services);
    free(groups);
    return all;
}

static WCHAR *copy_string(const WCHAR *text)
{
    size_t bytes = (base_wcslen(text) + 1) * sizeof(WCHAR);
    WCHAR *copy = malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

DWORD scm_record_read(const WCHAR *name, struct scm_record *record)
{
    HANDLE key;
    DWORD error = scm_key_open(scm_services_path, name, KEY_READ, &key);
    if (error)
        return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? ERROR_SERVICE_DOES_NOT_EXIST : error;
    *record = (struct scm_record){
        .type = scm_value_dword(key, L"Type", 0),
        .start = scm_value_dword(key, L"Start", SERVICE_DEMAND_START),
        .error_control = scm_value_dword(key, L"ErrorControl", SERVICE_ERROR_NORMAL),
        .tag = scm_value_dword(key, L"Tag", 0),
        .deleted = scm_value_dword(key, L"DeleteFlag", 0) != 0,
        .path = read_string(key, L"ImagePath"),
        .display_name = read_string(key, L"DisplayName"),
        .group = read_string(key, L"Group"),
        .object_name = read_string(key, L"ObjectName"),
        .dependencies = read_dependencies(key),
    };
    nt()->NtClose(key);
    if (record->display_name && !*record->display_name) {
        free(record->display_name);
        record->display_name = copy_string(name);
    }
    if (record->type && record->path && record->display_name && record->group && record->object_name &&
        record->dependencies)
        return ERROR_SUCCESS;
    error = record->type ? ERROR_NOT_ENOUGH_MEMORY : ERROR_SERVICE_DOES_NOT_EXIST; // a key that is no service
    scm_record_drop(record);
    return error;
}

void scm_record_drop(struct scm_record *record)
{
    free(record->path);
    free(record->display_name);
    free(record->group);
    free(record->object_name);
    free(record->dependencies);
}

// A name or display name of one service is neither of another.
static bool name_is_taken(const WCHAR *display_name, const WCHAR *except)
{
    WCHAR *name;
    bool taken = false;
    for (unsigned i = 0; !taken && (name = scm_enumerate(i)); i++) {
        struct scm_record other;
        if (!base_wcsequal_i(name, except) && !scm_record_read(name, &other)) {
            taken = base_wcsequal_i(name, display_name) || base_wcsequal_i(other.display_name, display_name);
            scm_record_drop(&other);
        }
        free(name);
    }
    return taken;
}

// NULL leaves what is there, an empty text takes the value away.
static DWORD set_string(HANDLE key, const WCHAR *name, ULONG type, const WCHAR *text)
{
    if (!text)
        return ERROR_SUCCESS;
    if (!*text)
        return scm_value_delete(key, name);
    size_t bytes = type == REG_MULTI_SZ ? multi_string_bytes(text) : (base_wcslen(text) + 1) * sizeof(WCHAR);
    return scm_value_set(key, name, type, text, bytes);
}

static DWORD set_number(HANDLE key, const WCHAR *name, DWORD number)
{
    return number == SERVICE_NO_CHANGE ? ERROR_SUCCESS : scm_value_set(key, name, REG_DWORD, &number, sizeof(DWORD));
}

// Those of the strings that are groups, without their '+', or the others.
static DWORD set_dependencies(HANDLE key, const WCHAR *name, const WCHAR *strings, bool groups)
{
    if (!strings)
        return ERROR_SUCCESS;
    WCHAR *some = malloc(multi_string_bytes(strings)), *out = some;
    if (!some)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (const WCHAR *at = strings; *at; at += base_wcslen(at) + 1) {
        const WCHAR *text = groups ? at + 1 : at;
        if ((*at == SC_GROUP_IDENTIFIERW) != groups || !*text)
            continue;
        memcpy(out, text, (base_wcslen(text) + 1) * sizeof(WCHAR));
        out += base_wcslen(text) + 1;
    }
    *out = 0;
    DWORD error = set_string(key, name, REG_MULTI_SZ, some);
    free(some);
    return error;
}

// Type last: a key without one is no service yet.
static DWORD write_record(HANDLE key, const struct scm_record *record)
{
    DWORD error = set_number(key, L"Start", record->start);
    if (!error)
        error = set_number(key, L"ErrorControl", record->error_control);
    if (!error)
        error = set_string(key, L"ImagePath", REG_EXPAND_SZ, record->path);
    if (!error)
        error = set_string(key, L"DisplayName", REG_SZ, record->display_name);
    if (!error)
        error = set_string(key, L"Group", REG_SZ, record->group);
    if (!error)
        error = set_string(key, L"ObjectName", REG_SZ, record->object_name);
    if (!error)
        error = set_dependencies(key, L"DependOnService", record->dependencies, false);
    if (!error)
        error = set_dependencies(key, L"DependOnGroup", record->dependencies, true);
    if (!error)
        error = set_number(key, L"Type", record->type);
    return error;
}

// Removes a key and the keys below it. False when something stays.
static bool delete_tree(const WCHAR *parent, const WCHAR *name)
{
    struct key_entry child;
    HANDLE key;
    if (scm_key_open(parent, name, KEY_ALL_ACCESS, &key))
        return false;
    WCHAR *path = scm_path(parent, name);
    bool all = path != NULL;
    while (all && read_entry(key, 0, &child))
        all = delete_tree(path, child.basic.Name);
    free(path);
    all = all && NT_SUCCESS(nt()->NtDeleteKey(key));
    nt()->NtClose(key);
    return all;
}

// To the other services.
static DWORD check_relations(const WCHAR *name, const struct scm_record *record)
{
    if (record->display_name && *record->display_name && name_is_taken(record->display_name, name))
        return ERROR_DUPLICATE_SERVICE_NAME;
    return scm_is_circular(name, record->dependencies) ? ERROR_CIRCULAR_DEPENDENCY : ERROR_SUCCESS;
}

DWORD scm_record_create(const WCHAR *name, const struct scm_record *record)
{
    struct scm_record old;
    DWORD error;
    scm_record_purge(name);
    error = scm_record_read(name, &old);
    if (!error) {
        error = old.deleted ? ERROR_SERVICE_MARKED_FOR_DELETE : ERROR_SERVICE_EXISTS;
        scm_record_drop(&old);
        return error;
    }
    if (error != ERROR_SERVICE_DOES_NOT_EXIST)
        return error;
    struct scm_record complete = *record;
    if (!complete.display_name)
        complete.display_name = (WCHAR *)name;
    error = check_relations(name, &complete);
    if (error)
        return error;
    HANDLE key;
    bool created;
    error = scm_key_create(scm_services_path, name, REG_OPTION_NON_VOLATILE, &key, &created);
    if (error)
        return error;
    error = write_record(key, &complete);
    nt()->NtClose(key);
    if (error && created)
        delete_tree(scm_services_path, name);
    return error;
}

DWORD scm_record_change(const WCHAR *name, const struct scm_record *change)
{
    HANDLE key;
    DWORD error = check_relations(name, change);
    if (!error)
        error = scm_key_open(scm_services_path, name, KEY_ALL_ACCESS, &key);
    if (error)
        return error;
    error = write_record(key, change);
    nt()->NtClose(key);
    return error;
}

// Windows also disables the service, so that it does not start if the machine is restarted before it is gone.
DWORD scm_record_mark_deleted(const WCHAR *name)
{
    static const DWORD one = 1, disabled = SERVICE_DISABLED;
    HANDLE key;
    DWORD error = scm_key_open(scm_services_path, name, KEY_ALL_ACCESS, &key);
    if (error)
        return error;
    error = scm_value_set(key, L"DeleteFlag", REG_DWORD, &one, sizeof(one));
    if (!error)
        error = scm_value_set(key, L"Start", REG_DWORD, &disabled, sizeof(disabled));
    nt()->NtClose(key);
    return error;
}

void scm_record_purge(const WCHAR *name)
{
    struct scm_record record;
    if (scm_record_read(name, &record))
        return;
    if (record.deleted && !scm_is_leased(name) && !scm_driver_is_loaded(name, &record))
        delete_tree(scm_services_path, name);
    scm_record_drop(&record);
}

WCHAR *scm_enumerate(unsigned index)
{
    struct key_entry entry;
    HANDLE key;
    if (scm_key_open(scm_services_path, L"", KEY_READ, &key))
        return NULL;
    bool found = read_entry(key, index, &entry);
    nt()->NtClose(key);
    return found ? copy_string(entry.basic.Name) : NULL;
}

// The event's name, \BaseNamedObjects\SC_NAME in capital letters, because service names do not tell case.
static WCHAR *lease_name(const WCHAR *name)
{
    WCHAR *copy = malloc((base_wcslen(name) + 4) * sizeof(WCHAR));
    if (!copy)
        return NULL;
    memcpy(copy, L"SC_", 3 * sizeof(WCHAR));
    WCHAR *out = copy + 3;
    for (; *name; name++)
        *out++ = RtlUpcaseUnicodeChar(*name);
    *out = 0;
    return copy;
}

// A lease that another user has cannot be shared; then theirs has to do.
bool scm_lease_take(const WCHAR *name, HANDLE *lease)
{
    WCHAR *event = lease_name(name);
    *lease = event ? CreateEventW(NULL, TRUE, FALSE, event) : NULL;
    bool theirs = event && !*lease && GetLastError() == ERROR_ACCESS_DENIED;
    free(event);
    return *lease || theirs;
}

bool scm_is_leased(const WCHAR *name)
{
    WCHAR *event = lease_name(name);
    HANDLE lease = event ? OpenEventW(SYNCHRONIZE, FALSE, event) : NULL;
    bool theirs = event && !lease && GetLastError() == ERROR_ACCESS_DENIED;
    free(event);
    if (lease)
        nt()->NtClose(lease);
    return lease || theirs;
}
