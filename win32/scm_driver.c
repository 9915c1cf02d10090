// The state of a driver service, and starting and stopping it.
//
//                     NtLoadDriver                NtUnloadDriver
//     SERVICE_STOPPED -------------> SERVICE_RUNNING -------------> SERVICE_STOP_PENDING
//            ^                                                             |
//            +------ the last handle to its devices is closed --------------+
//
// A driver is loaded while its object stands in \Driver. What the last start or stop left, its error and that
// a stop was asked for, is kept in the registry for the other processes (struct last_event); the key is
// volatile.

#include "scm.h"

#include <stdlib.h>

struct last_event {
    DWORD exit_code;
    DWORD stopping;
};

static void remember(const WCHAR *name, DWORD exit_code, bool stopping)
{
    struct last_event event = {exit_code, stopping};
    HANDLE key;
    bool created;
    if (scm_key_create(scm_state_path, L"", REG_OPTION_VOLATILE, &key, &created))
        return;
    scm_value_set(key, name, REG_BINARY, &event, sizeof(event));
    nt()->NtClose(key);
}

static struct last_event recall(const WCHAR *name)
{
    struct last_event event = {ERROR_SERVICE_NEVER_STARTED, false};
    HANDLE key;
    if (scm_key_open(scm_state_path, L"", KEY_READ, &key))
        return event;
    ULONG size = 0;
    void *data = scm_value_get(key, name, NULL, &size);
    if (data && size == sizeof(event))
        memcpy(&event, data, sizeof(event));
    free(data);
    nt()->NtClose(key);
    return event;
}

// The name of the driver's object in \Driver: the service's, or the last part of its ObjectName.
static const WCHAR *driver_object(const WCHAR *name, const struct scm_record *record)
{
    if (!record->object_name || !*record->object_name)
        return name;
    const WCHAR *last = record->object_name;
    for (const WCHAR *at = last; *at; at++)
        if (*at == '\\')
            last = at + 1;
    return last;
}

static bool entry_is(const OBJECT_DIRECTORY_INFORMATION *entry, const WCHAR *name)
{
    size_t length = entry->Name.Length / sizeof(WCHAR);
    if (length != base_wcslen(name))
        return false;
    for (size_t i = 0; i < length; i++)
        if (RtlUpcaseUnicodeChar(entry->Name.Buffer[i]) != RtlUpcaseUnicodeChar(name[i]))
            return false;
    return true;
}

static bool directory_has(HANDLE directory, const WCHAR *name)
{
    struct {
        OBJECT_DIRECTORY_INFORMATION entry;
        WCHAR names[2 * (SCM_NAME_MAXIMUM + 1)];
    } buffer;
    ULONG context = 0, returned;
    BOOLEAN restart = TRUE;
    while (nt()->NtQueryDirectoryObject(directory, &buffer, sizeof(buffer), TRUE, restart, &context, &returned) ==
           STATUS_SUCCESS) {
        if (entry_is(&buffer.entry, name))
            return true;
        restart = FALSE;
    }
    return false;
}

bool scm_driver_is_loaded(const WCHAR *name, const struct scm_record *record)
{
    UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Driver");
    OBJECT_ATTRIBUTES attributes = {
        .Length = sizeof(attributes), .ObjectName = &path, .Attributes = OBJ_CASE_INSENSITIVE};
    HANDLE directory;
    if (!NT_SUCCESS(nt()->NtOpenDirectoryObject(&directory, DIRECTORY_QUERY, &attributes)))
        return false;
    bool found = directory_has(directory, driver_object(name, record));
    nt()->NtClose(directory);
    return found;
}

// A driver accepts a stop; whether it can be unloaded is found out when it is asked to.
void scm_driver_status(const WCHAR *name, const struct scm_record *record, SERVICE_STATUS *status)
{
    struct last_event event = recall(name);
    bool loaded = scm_driver_is_loaded(name, record);
    *status = (SERVICE_STATUS){
        .dwServiceType = record->type,
        .dwCurrentState = !loaded          ? SERVICE_STOPPED
                          : event.stopping ? SERVICE_STOP_PENDING
                                           : SERVICE_RUNNING,
        .dwControlsAccepted = loaded && !event.stopping ? SERVICE_ACCEPT_STOP : 0,
        .dwWin32ExitCode = loaded ? ERROR_SUCCESS : event.exit_code,
    };
}

static NTSTATUS call_with_key(const WCHAR *name, NTSTATUS(NTAPI *call)(PUNICODE_STRING))
{
    WCHAR *path = scm_path(scm_services_path, name);
    if (!path)
        return STATUS_NO_MEMORY;
    USHORT bytes = (USHORT)(base_wcslen(path) * sizeof(WCHAR));
    UNICODE_STRING key = {bytes, bytes, path};
    NTSTATUS status = call(&key);
    free(path);
    return status;
}

// ERROR_SERVICE_ALREADY_RUNNING, ERROR_FILE_NOT_FOUND or ERROR_PATH_NOT_FOUND for the image file, or the
// error that belongs to the status of the loader or of DriverEntry.
DWORD scm_driver_start(const WCHAR *name)
{
    NTSTATUS status = call_with_key(name, nt()->NtLoadDriver);
    if (status == STATUS_IMAGE_ALREADY_LOADED)
        return ERROR_SERVICE_ALREADY_RUNNING;
    DWORD error = NT_SUCCESS(status) ? ERROR_SUCCESS : RtlNtStatusToDosError(status);
    remember(name, error, false);
    return error;
}

void scm_driver_failed(const WCHAR *name, DWORD error)
{
    remember(name, error, false);
}

// ERROR_INVALID_SERVICE_CONTROL when the driver has no unload routine.
DWORD scm_driver_stop(const WCHAR *name)
{
    NTSTATUS status = call_with_key(name, nt()->NtUnloadDriver);
    if (status == STATUS_INVALID_DEVICE_REQUEST)
        return ERROR_INVALID_SERVICE_CONTROL;
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return ERROR_SERVICE_NOT_ACTIVE;
    if (!NT_SUCCESS(status))
        return RtlNtStatusToDosError(status);
    remember(name, ERROR_SUCCESS, true);
    return ERROR_SUCCESS;
}
