// Names of events, mutexes, semaphores and timers.
//
// They live in \BaseNamedObjects and are case-sensitive. The prefixes "Global\" and "Local\" name the
// session's and the system's directory on Windows; there is one session here, so both mean the same
// directory. Any other backslash asks for a directory that does not exist (ERROR_PATH_NOT_FOUND, from the
// object manager). https://learn.microsoft.com/windows/win32/termserv/kernel-object-namespaces

#include "win32.h"

#include <stdlib.h>

static const WCHAR names_directory[] = L"\\BaseNamedObjects\\";
static const WCHAR global[] = L"Global\\", local[] = L"Local\\";

enum { DIRECTORY_LENGTH = sizeof(names_directory) / sizeof(WCHAR) - 1 };

static const WCHAR *without_prefix(const WCHAR *name, const WCHAR *prefix, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] != prefix[i])
            return name;
    return name + length;
}

static const WCHAR *within_session(const WCHAR *name)
{
    const WCHAR *rest = without_prefix(name, global, sizeof(global) / sizeof(WCHAR) - 1);
    return rest != name ? rest : without_prefix(name, local, sizeof(local) / sizeof(WCHAR) - 1);
}

static bool name_it(struct base_named *named, const WCHAR *name)
{
    name = within_session(name);
    size_t length = base_wcslen(name);
    if (DIRECTORY_LENGTH + length > BASE_NAME_MAXIMUM)
        return base_fail(ERROR_FILENAME_EXCED_RANGE);
    named->buffer = malloc((DIRECTORY_LENGTH + length) * sizeof(WCHAR));
    if (!named->buffer)
        return base_fail(ERROR_NOT_ENOUGH_MEMORY);
    memcpy(named->buffer, names_directory, DIRECTORY_LENGTH * sizeof(WCHAR));
    memcpy(named->buffer + DIRECTORY_LENGTH, name, length * sizeof(WCHAR));
    named->name.Buffer = named->buffer;
    named->name.Length = named->name.MaximumLength = (USHORT)((DIRECTORY_LENGTH + length) * sizeof(WCHAR));
    named->attributes.ObjectName = &named->name;
    return true;
}

bool base_named_make(struct base_named *named, const SECURITY_ATTRIBUTES *security, const WCHAR *name)
{
    *named = (struct base_named){.attributes.Length = sizeof(OBJECT_ATTRIBUTES)};
    if (security) {
        named->attributes.SecurityDescriptor = security->lpSecurityDescriptor;
        if (security->bInheritHandle)
            named->attributes.Attributes |= OBJ_INHERIT;
    }
    if (!name || !*name)
        return true;
    named->attributes.Attributes |= OBJ_OPENIF;
    return name_it(named, name);
}

bool base_named_open(struct base_named *named, BOOL inherit, const WCHAR *name)
{
    *named = (struct base_named){.attributes.Length = sizeof(OBJECT_ATTRIBUTES)};
    if (!name)
        return base_fail(ERROR_INVALID_PARAMETER);
    if (inherit)
        named->attributes.Attributes |= OBJ_INHERIT;
    return name_it(named, name);
}

void base_named_drop(struct base_named *named)
{
    free(named->buffer);
}

HANDLE base_created(NTSTATUS status, HANDLE handle)
{
    if (!NT_SUCCESS(status)) {
        base_set_nt_status(status);
        return NULL;
    }
    SetLastError(status == STATUS_OBJECT_NAME_EXISTS ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    return handle;
}
