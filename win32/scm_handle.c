// SC_HANDLEs.
//
// A handle is a slot number and the slot's generation, never an address: a handle that was closed, or that
// was never one, is found out. The table belongs to the process.

#include "scm.h"

#include <pthread.h>
#include <stdlib.h>

struct slot {
    struct scm_handle contents; // kind 0: free
    uint32_t generation;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot *slots;
static size_t slot_count;

// slot + 1 in bits 2 to 31, so that no handle is NULL and the low bits are clear as Windows's are; generation
// above.
static SC_HANDLE make_handle(size_t index)
{
    return (SC_HANDLE)((uintptr_t)slots[index].generation << 32 | (uintptr_t)(index + 1) << 2);
}

// The slot of a handle in use, NULL otherwise. The lock is held.
static struct slot *find_slot(SC_HANDLE handle)
{
    uintptr_t value = (uintptr_t)handle;
    size_t number = (uint32_t)value >> 2;
    if ((value & 3) || !number || number > slot_count)
        return NULL;
    struct slot *slot = &slots[number - 1];
    return slot->contents.kind && slot->generation == value >> 32 ? slot : NULL;
}

static bool grow(void)
{
    size_t count = slot_count ? 2 * slot_count : 16;
    struct slot *grown = realloc(slots, count * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + slot_count, 0, (count - slot_count) * sizeof(*grown));
    slots = grown;
    slot_count = count;
    return true;
}

SC_HANDLE scm_handle_new(const struct scm_handle *contents)
{
    SC_HANDLE handle = NULL;
    pthread_mutex_lock(&lock);
    size_t index = 0;
    while (index < slot_count && slots[index].contents.kind)
        index++;
    if (index < slot_count || grow()) {
        slots[index].contents = *contents;
        slots[index].generation++;
        handle = make_handle(index);
    }
    pthread_mutex_unlock(&lock);
    return handle;
}

DWORD scm_handle_get(SC_HANDLE handle, enum scm_kind kind, DWORD access, struct scm_handle *contents)
{
    pthread_mutex_lock(&lock);
    const struct slot *slot = find_slot(handle);
    DWORD error = !slot || slot->contents.kind != kind ? ERROR_INVALID_HANDLE
                  : access & ~slot->contents.access    ? ERROR_ACCESS_DENIED
                                                       : ERROR_SUCCESS;
    if (!error)
        *contents = slot->contents;
    pthread_mutex_unlock(&lock);
    return error;
}

DWORD scm_handle_close(SC_HANDLE handle, struct scm_handle *contents)
{
    pthread_mutex_lock(&lock);
    struct slot *slot = find_slot(handle);
    if (slot) {
        *contents = slot->contents;
        slot->contents.kind = 0;
    }
    pthread_mutex_unlock(&lock);
    return slot ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

// The key of the services says so: only administrators may change it.
static bool is_administrator(void)
{
    HANDLE key;
    DWORD error = scm_key_open(scm_services_path, L"", KEY_SET_VALUE, &key);
    if (!error)
        nt()->NtClose(key);
    return error != ERROR_ACCESS_DENIED;
}

// https://learn.microsoft.com/windows/win32/services/service-security-and-access-rights
bool scm_expand_access(DWORD *access, enum scm_kind kind)
{
    static const struct {
        DWORD all, read, write, execute, users;
    } rights[] = {
        [SCM_MANAGER] = {SC_MANAGER_ALL_ACCESS,
                         STANDARD_RIGHTS_READ | SC_MANAGER_ENUMERATE_SERVICE | SC_MANAGER_QUERY_LOCK_STATUS,
                         STANDARD_RIGHTS_WRITE | SC_MANAGER_CREATE_SERVICE | SC_MANAGER_MODIFY_BOOT_CONFIG,
                         STANDARD_RIGHTS_EXECUTE | SC_MANAGER_CONNECT | SC_MANAGER_LOCK,
                         STANDARD_RIGHTS_READ | SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE |
                             SC_MANAGER_QUERY_LOCK_STATUS},
        [SCM_SERVICE] = {SERVICE_ALL_ACCESS,
                         STANDARD_RIGHTS_READ | SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS | SERVICE_INTERROGATE |
                             SERVICE_ENUMERATE_DEPENDENTS,
                         STANDARD_RIGHTS_WRITE | SERVICE_CHANGE_CONFIG,
                         STANDARD_RIGHTS_EXECUTE | SERVICE_START | SERVICE_STOP | SERVICE_PAUSE_CONTINUE |
                             SERVICE_USER_DEFINED_CONTROL,
                         STANDARD_RIGHTS_READ | SERVICE_QUERY_CONFIG | SERVICE_QUERY_STATUS | SERVICE_INTERROGATE |
                             SERVICE_ENUMERATE_DEPENDENTS | SERVICE_USER_DEFINED_CONTROL},
    };
    const DWORD any = rights[kind].all | ACCESS_SYSTEM_SECURITY | SYNCHRONIZE;
    DWORD wanted = *access, granted = wanted & any;
    if (wanted & GENERIC_ALL)
        granted |= rights[kind].all;
    if (wanted & GENERIC_READ)
        granted |= rights[kind].read;
    if (wanted & GENERIC_WRITE)
        granted |= rights[kind].write;
    if (wanted & GENERIC_EXECUTE)
        granted |= rights[kind].execute;
    bool more = (granted & ~rights[kind].users) || (wanted & MAXIMUM_ALLOWED);
    DWORD most = more && is_administrator() ? any : rights[kind].users;
    if (wanted & MAXIMUM_ALLOWED)
        granted |= rights[kind].all & most;
    *access = granted;
    return !(granted & ~most) &&
           !(wanted & ~(any | MAXIMUM_ALLOWED | GENERIC_ALL | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE));
}
