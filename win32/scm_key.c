// Registry calls by name, with Win32 errors.

#include "scm.h"

#include <stdlib.h>

#define REGISTRY_PATH L"\\Registry\\Machine\\System\\CurrentControlSet\\"

const WCHAR scm_services_path[] = REGISTRY_PATH L"Services";
const WCHAR scm_state_path[] = REGISTRY_PATH L"Control\\ServiceCurrent";

static UNICODE_STRING counted(const WCHAR *text)
{
    USHORT bytes = (USHORT)(base_wcslen(text) * sizeof(WCHAR));
    return (UNICODE_STRING){bytes, bytes, (WCHAR *)text};
}

static OBJECT_ATTRIBUTES key_attributes(UNICODE_STRING *path)
{
    return (OBJECT_ATTRIBUTES){
        .Length = sizeof(OBJECT_ATTRIBUTES), .ObjectName = path, .Attributes = OBJ_CASE_INSENSITIVE};
}

WCHAR *scm_path(const WCHAR *parent, const WCHAR *name)
{
    size_t parent_length = base_wcslen(parent), length = base_wcslen(name);
    WCHAR *path = malloc((parent_length + length + 2) * sizeof(WCHAR));
    if (!path)
        return NULL;
    memcpy(path, parent, parent_length * sizeof(WCHAR));
    path[parent_length] = '\\';
    memcpy(path + parent_length + 1, name, (length + 1) * sizeof(WCHAR));
    return path;
}

DWORD scm_key_open(const WCHAR *parent, const WCHAR *name, ACCESS_MASK access, HANDLE *key)
{
    WCHAR *text = scm_path(parent, name);
    if (!text)
        return ERROR_NOT_ENOUGH_MEMORY;
    UNICODE_STRING path = counted(text);
    if (!*name)
        path.Length -= sizeof(WCHAR); // the parent itself, without the separator
    OBJECT_ATTRIBUTES attributes = key_attributes(&path);
    NTSTATUS status = nt()->NtOpenKey(key, access, &attributes);
    free(text);
    return NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

DWORD scm_key_create(const WCHAR *parent, const WCHAR *name, ULONG options, HANDLE *key, bool *created)
{
    WCHAR *text = scm_path(parent, name);
    if (!text)
        return ERROR_NOT_ENOUGH_MEMORY;
    UNICODE_STRING path = counted(text);
    if (!*name)
        path.Length -= sizeof(WCHAR);
    OBJECT_ATTRIBUTES attributes = key_attributes(&path);
    ULONG disposition = 0;
    NTSTATUS status = nt()->NtCreateKey(key, KEY_ALL_ACCESS, &attributes, 0, NULL, options, &disposition);
    free(text);
    *created = disposition == REG_CREATED_NEW_KEY;
    return NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

DWORD scm_value_set(HANDLE key, const WCHAR *name, ULONG type, const void *data, size_t size)
{
    UNICODE_STRING value = counted(name);
    NTSTATUS status = nt()->NtSetValueKey(key, &value, 0, type, (PVOID)data, (ULONG)size);
    return NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

DWORD scm_value_delete(HANDLE key, const WCHAR *name)
{
    UNICODE_STRING value = counted(name);
    NTSTATUS status = nt()->NtDeleteValueKey(key, &value);
    return NT_SUCCESS(status) || status == STATUS_OBJECT_NAME_NOT_FOUND ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
}

void *scm_value_get(HANDLE key, const WCHAR *name, ULONG *type, ULONG *size)
{
    UNICODE_STRING value = counted(name);
    KEY_VALUE_PARTIAL_INFORMATION *information = NULL;
    ULONG room = 256, needed = 0;
    NTSTATUS status;
    do {
        free(information);
        information = calloc(1, room + 2 * sizeof(WCHAR));
        if (!information)
            return NULL;
        status = nt()->NtQueryValueKey(key, &value, KeyValuePartialInformation, information, room, &needed);
        room = needed;
    } while (status == STATUS_BUFFER_OVERFLOW || status == STATUS_BUFFER_TOO_SMALL);
    void *data = NULL;
    if (NT_SUCCESS(status) && (data = calloc(1, information->DataLength + 2 * sizeof(WCHAR)))) {
        memcpy(data, information->Data, information->DataLength);
        if (type)
            *type = information->Type;
        if (size)
            *size = information->DataLength;
    }
    free(information);
    return data;
}

DWORD scm_value_dword(HANDLE key, const WCHAR *name, DWORD otherwise)
{
    ULONG type = 0, size = 0;
    DWORD *data = scm_value_get(key, name, &type, &size);
    DWORD number = data && type == REG_DWORD && size == sizeof(DWORD) ? *data : otherwise;
    free(data);
    return number;
}
