// Service keys: what the I/O manager reads to load a driver, and what nthost writes for drivers it loads
// itself.
#include "cm/cm.h"

#include <string.h>

static UNICODE_STRING string_of(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static ULONG read_dword(const struct cm_node *node, const WCHAR *name, ULONG otherwise)
{
    UNICODE_STRING string = string_of(name);
    const struct cm_value *value = cm_find_value(node, &string);
    ULONG number;
    if (!value || value->type != REG_DWORD || value->length != sizeof number)
        return otherwise;
    memcpy(&number, value->data, sizeof number);
    return number;
}

// "\??\/a/b.sys" is how an NT path names a Linux file; the plain path does as well.
static NTSTATUS read_image_path(const struct cm_node *node, char *path, size_t size)
{
    UNICODE_STRING name = string_of(L"ImagePath"), prefix = string_of(L"\\??\\"), text;
    const struct cm_value *value = cm_find_value(node, &name);
    ULONG bytes = 0;
    if (!value || (value->type != REG_SZ && value->type != REG_EXPAND_SZ))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    text.Buffer = (WCHAR *)(void *)value->data;
    text.Length = text.MaximumLength = (USHORT)(value->length > 0xfffe ? 0xfffe : value->length & ~1u);
    while (text.Length && text.Buffer[text.Length / sizeof(WCHAR) - 1] == 0)
        text.Length -= sizeof(WCHAR);
    if (RtlPrefixUnicodeString(&prefix, &text, TRUE)) {
        text.Buffer += prefix.Length / sizeof(WCHAR);
        text.Length -= prefix.Length;
    }
    NTSTATUS status = RtlUnicodeToUTF8N(path, (ULONG)size - 1, &bytes, text.Buffer, text.Length);
    if (status != STATUS_SUCCESS || bytes == 0 || memchr(path, 0, bytes))
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    path[bytes] = 0;
    return path[0] == '/' ? STATUS_SUCCESS : STATUS_OBJECT_PATH_SYNTAX_BAD;
}

NTSTATUS cm_read_service(const UNICODE_STRING *registry_path, struct cm_service *service)
{
    struct cm_walk walk = {0};
    struct cm_node *node;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk_absolute(registry_path, &walk, &node);
    if (NT_SUCCESS(status)) {
        service->type = read_dword(node, L"Type", 1);
        service->start = read_dword(node, L"Start", 3);
        status = read_image_path(node, service->image_path, sizeof service->image_path);
    }
    hal_mutex_unlock(&cm_lock);
    return status;
}

// ---- keys that nthost writes --------------------------------------------------------------------

static const WCHAR services_path[] = L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

enum { KERNEL_DRIVER = 1, DEMAND_START = 3, ERROR_NORMAL = 1, MAX_PATH_UNITS = 4096 };

static NTSTATUS service_path(const char *name, WCHAR *path, size_t units, UNICODE_STRING *string)
{
    size_t head = sizeof services_path - sizeof *services_path;
    ULONG bytes = 0;
    memcpy(path, services_path, head);
    if (strchr(name, '\\') || !*name)
        return STATUS_OBJECT_NAME_INVALID;
    NTSTATUS status = RtlUTF8ToUnicodeN(path + head / sizeof(WCHAR), (ULONG)(units * sizeof(WCHAR) - head), &bytes,
                                        name, (ULONG)strlen(name));
    *string =
        (UNICODE_STRING){.Buffer = path, .Length = (USHORT)(head + bytes), .MaximumLength = (USHORT)(head + bytes)};
    return status == STATUS_SUCCESS ? STATUS_SUCCESS : STATUS_OBJECT_NAME_INVALID;
}

static NTSTATUS set_dword(struct cm_node *node, const WCHAR *name, ULONG value)
{
    UNICODE_STRING string = string_of(name);
    return cm_set_value(node, &string, REG_DWORD, &value, sizeof value);
}

NTSTATUS cm_create_service_key(const char *name, const char *image_path)
{
    static const WCHAR prefix[] = L"\\??\\";
    const size_t head = sizeof prefix - sizeof *prefix;
    WCHAR key_path[sizeof services_path / sizeof *services_path + CM_MAX_KEY_NAME], image[MAX_PATH_UNITS];
    UNICODE_STRING path, value = string_of(L"ImagePath");
    struct cm_walk walk = {.create = true};
    struct cm_node *node;
    ULONG bytes = 0;
    NTSTATUS status = service_path(name, key_path, sizeof key_path / sizeof *key_path, &path);
    if (!NT_SUCCESS(status))
        return status;
    memcpy(image, prefix, head);
    status = RtlUTF8ToUnicodeN(image + head / sizeof(WCHAR), (ULONG)(sizeof image - head), &bytes, image_path,
                               (ULONG)strlen(image_path) + 1);
    if (status != STATUS_SUCCESS)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    hal_mutex_lock(&cm_lock);
    status = cm_walk_absolute(&path, &walk, &node);
    if (NT_SUCCESS(status))
        status = set_dword(node, L"Type", KERNEL_DRIVER);
    if (NT_SUCCESS(status))
        status = set_dword(node, L"Start", DEMAND_START);
    if (NT_SUCCESS(status))
        status = set_dword(node, L"ErrorControl", ERROR_NORMAL);
    if (NT_SUCCESS(status))
        status = cm_set_value(node, &value, REG_EXPAND_SZ, image, (ULONG)(head + bytes));
    hal_mutex_unlock(&cm_lock);
    return status;
}

NTSTATUS cm_delete_service_key(const char *name)
{
    WCHAR key_path[sizeof services_path / sizeof *services_path + CM_MAX_KEY_NAME];
    struct cm_walk walk = {0};
    struct cm_node *node;
    UNICODE_STRING path;
    NTSTATUS status = service_path(name, key_path, sizeof key_path / sizeof *key_path, &path);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&cm_lock);
    status = cm_walk_absolute(&path, &walk, &node);
    if (NT_SUCCESS(status))
        cm_delete_tree(node);
    hal_mutex_unlock(&cm_lock);
    return status;
}
