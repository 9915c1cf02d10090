// RtlWriteRegistryValue, RtlDeleteRegistryValue, RtlCreateRegistryKey, RtlCheckRegistryKey: the registry by
// path, for drivers. wdm/nf-wdm-rtlwriteregistryvalue and its neighbours. PASSIVE_LEVEL.
#include "cm/rtl.h"

#include <string.h>

static const WCHAR *const bases[] = {
    [RTL_REGISTRY_ABSOLUTE] = L"",
    [RTL_REGISTRY_SERVICES] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\",
    [RTL_REGISTRY_CONTROL] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\",
    [RTL_REGISTRY_WINDOWS_NT] = L"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\",
    [RTL_REGISTRY_DEVICEMAP] = L"\\Registry\\Machine\\Hardware\\DeviceMap\\",
    [RTL_REGISTRY_USER] = L"\\Registry\\User\\.Default\\",
};

enum { BASES = sizeof bases / sizeof *bases };

static size_t units(const WCHAR *text)
{
    size_t count = 0;
    while (text && text[count])
        count++;
    return count;
}

void cm_release_node(struct cm_node *node)
{
    hal_mutex_lock(&cm_lock);
    cm_dereference(node);
    hal_mutex_unlock(&cm_lock);
}

static NTSTATUS find_by_handle(HANDLE handle, struct cm_node **node)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, 0, KernelMode, &key);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&cm_lock);
    if (key->node->deleted)
        status = STATUS_KEY_DELETED;
    else
        cm_reference(*node = key->node);
    hal_mutex_unlock(&cm_lock);
    ob_dereference(key);
    return status;
}

NTSTATUS cm_rtl_find(ULONG relative_to, PCWSTR path, struct cm_walk *walk, struct cm_node **node)
{
    ULONG base = relative_to & ~(ULONG)RTL_REGISTRY_OPTIONAL;
    if (base & RTL_REGISTRY_HANDLE)
        return find_by_handle((HANDLE)(ULONG_PTR)path, node);
    if (base >= BASES)
        return STATUS_INVALID_PARAMETER;
    size_t head = units(bases[base]), tail = units(path);
    if ((head + tail) * sizeof(WCHAR) > 0xfffe)
        return STATUS_NAME_TOO_LONG;
    WCHAR *whole = hal_alloc((head + tail + 1) * sizeof(WCHAR));
    if (!whole)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(whole, bases[base], head * sizeof(WCHAR));
    if (tail)
        memcpy(whole + head, path, tail * sizeof(WCHAR));
    UNICODE_STRING string = {.Buffer = whole, .Length = (USHORT)((head + tail) * sizeof(WCHAR))};
    string.MaximumLength = string.Length;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk_absolute(&string, walk, node);
    if (NT_SUCCESS(status))
        cm_reference(*node);
    hal_mutex_unlock(&cm_lock);
    hal_free(whole);
    return status;
}

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG relative_to, PWSTR path)
{
    struct cm_walk walk = {0};
    struct cm_node *node;
    NTSTATUS status = cm_rtl_find(relative_to, path, &walk, &node);
    if (NT_SUCCESS(status))
        cm_release_node(node);
    return status;
}

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG relative_to, PWSTR path)
{
    struct cm_walk walk = {.create = true};
    struct cm_node *node;
    NTSTATUS status = cm_rtl_find(relative_to, path, &walk, &node);
    if (NT_SUCCESS(status))
        cm_release_node(node);
    return status;
}

NTSTATUS NTAPI RtlWriteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name, ULONG type, PVOID data, ULONG length)
{
    struct cm_walk walk = {.create = true};
    struct cm_node *node;
    UNICODE_STRING string;
    if (units(name) > CM_MAX_VALUE_NAME)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_rtl_find(relative_to, path, &walk, &node);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&string, name);
    hal_mutex_lock(&cm_lock);
    status = cm_set_value(node, &string, type, data, length);
    hal_mutex_unlock(&cm_lock);
    cm_release_node(node);
    return status;
}

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG relative_to, PCWSTR path, PCWSTR name)
{
    struct cm_walk walk = {0};
    struct cm_node *node;
    UNICODE_STRING string;
    NTSTATUS status = cm_rtl_find(relative_to, path, &walk, &node);
    if (!NT_SUCCESS(status))
        return status;
    RtlInitUnicodeString(&string, name);
    hal_mutex_lock(&cm_lock);
    status = cm_delete_value(node, &string);
    hal_mutex_unlock(&cm_lock);
    cm_release_node(node);
    return status;
}
