// RtlQueryRegistryValues: a table of questions to one key. wdm/nf-wdm-rtlqueryregistryvalues. PASSIVE_LEVEL.
//
// Values are copied under the lock; the driver's routines are called without it.
#include "cm/rtl.h"

#include <string.h>

// Data and name have zeros behind them, so that strings end even where the stored ones do not.
struct copy {
    WCHAR *name;
    unsigned char *data;
    ULONG type, length;
};

struct query {
    RTL_QUERY_REGISTRY_TABLE *entry;
    PVOID context;
    struct cm_node *top, *current; // both referenced
};

static bool is_string(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

static bool copy_value(const struct cm_value *value, struct copy *copy)
{
    enum { ZEROS = 2 * sizeof(WCHAR) };
    copy->name = hal_alloc(value->name.Length + sizeof(WCHAR));
    copy->data = hal_alloc((size_t)value->length + ZEROS);
    copy->type = value->type;
    copy->length = value->length;
    if (!copy->name || !copy->data)
        return false;
    if (value->name.Length)
        memcpy(copy->name, value->name.Buffer, value->name.Length);
    memcpy(copy->data, value->data, value->length);
    return true;
}

static void drop(struct copy *copy)
{
    hal_free(copy->name);
    hal_free(copy->data);
    *copy = (struct copy){0};
}

// ---- to the caller's variable -------------------------------------------------------------------

static NTSTATUS store_string(UNICODE_STRING *out, const void *data, ULONG length)
{
    ULONG text = length;
    if (text >= sizeof(WCHAR) && ((const WCHAR *)data)[text / sizeof(WCHAR) - 1] == 0)
        text -= sizeof(WCHAR);
    text &= ~1u;
    if (text + sizeof(WCHAR) > 0xffff)
        return STATUS_BUFFER_TOO_SMALL;
    USHORT whole = (USHORT)(text + sizeof(WCHAR));
    if (!out->Buffer) {
        out->Buffer = ex_allocate(whole, EX_TAG('S', 't', 'r', 'g'));
        if (!out->Buffer)
            return STATUS_INSUFFICIENT_RESOURCES;
        out->MaximumLength = whole;
    } else if (out->MaximumLength < whole) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(out->Buffer, data, text);
    out->Buffer[text / sizeof(WCHAR)] = 0;
    out->Length = (USHORT)text;
    return STATUS_SUCCESS;
}

static NTSTATUS store_bytes(void *out, ULONG type, const void *data, ULONG length)
{
    LONG room;
    if (length <= sizeof(ULONG)) {
        memcpy(out, data, length);
        return STATUS_SUCCESS;
    }
    memcpy(&room, out, sizeof room);
    if (room < 0) {
        if (length > (ULONG)0 - (ULONG)room)
            return STATUS_BUFFER_TOO_SMALL;
        memcpy(out, data, length);
        return STATUS_SUCCESS;
    }
    const ULONG head[2] = {length, type};
    if ((ULONG64)length + sizeof head > (ULONG64)room)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(out, head, sizeof head);
    memcpy((char *)out + sizeof head, data, length);
    return STATUS_SUCCESS;
}

static NTSTATUS hand_over(struct query *query, const WCHAR *name, ULONG type, const void *data, ULONG length)
{
    RTL_QUERY_REGISTRY_TABLE *entry = query->entry;
    if (entry->Flags & RTL_QUERY_REGISTRY_DIRECT)
        return is_string(type) ? store_string(entry->EntryContext, data, length)
                               : store_bytes(entry->EntryContext, type, data, length);
    NTSTATUS status = entry->QueryRoutine((PWSTR)name, type, (PVOID)data, length, query->context, entry->EntryContext);
    return status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;
}

static NTSTATUS hand_over_strings(struct query *query, const WCHAR *name, const void *data, ULONG length)
{
    NTSTATUS status = STATUS_SUCCESS;
    const WCHAR *at = data, *end = at + length / sizeof(WCHAR);
    while (NT_SUCCESS(status) && at < end && *at) {
        const WCHAR *next = at;
        while (next < end && *next)
            next++;
        next++; // behind the zero, or behind the end where it is missing
        status = hand_over(query, name, REG_SZ, at, (ULONG)((next - at) * (ptrdiff_t)sizeof(WCHAR)));
        at = next;
    }
    return status;
}

static NTSTATUS deliver(struct query *query, const WCHAR *name, ULONG type, const void *data, ULONG length)
{
    ULONG flags = query->entry->Flags;
    bool raw = flags & RTL_QUERY_REGISTRY_NOEXPAND;
    if (type == REG_MULTI_SZ && !raw && (flags & RTL_QUERY_REGISTRY_DIRECT))
        return STATUS_INVALID_PARAMETER;
    if (type == REG_MULTI_SZ && !raw)
        return hand_over_strings(query, name, data, length);
    if (type == REG_EXPAND_SZ && !raw)
        type = REG_SZ; // the kernel has no environment: what there is to expand stays as it is
    return hand_over(query, name, type, data, length);
}

// ---- one entry ----------------------------------------------------------------------------------

static ULONG default_length(ULONG type, const void *data)
{
    const WCHAR *text = data;
    ULONG count = 0;
    if (!text || !is_string(type))
        return 0;
    do {
        while (text[count])
            count++;
        count++;
    } while (type == REG_MULTI_SZ && text[count]);
    return (count + (type == REG_MULTI_SZ)) * (ULONG)sizeof(WCHAR);
}

static NTSTATUS deliver_default(struct query *query)
{
    RTL_QUERY_REGISTRY_TABLE *entry = query->entry;
    ULONG type = entry->DefaultType & 0xff, length = entry->DefaultLength;
    if (entry->Flags & RTL_QUERY_REGISTRY_REQUIRED)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    if (type == REG_NONE)
        return STATUS_SUCCESS;
    if (!entry->DefaultData)
        length = 0;
    else if (length == 0)
        length = default_length(type, entry->DefaultData);
    return deliver(query, entry->Name, type, entry->DefaultData ? entry->DefaultData : L"\0", length);
}

static NTSTATUS deliver_stored(struct query *query, const struct copy *copy)
{
    RTL_QUERY_REGISTRY_TABLE *entry = query->entry;
    const ULONG checked = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    if ((entry->Flags & checked) == checked && copy->type != entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT)
        return STATUS_OBJECT_TYPE_MISMATCH;
    return deliver(query, copy->name, copy->type, copy->data, copy->length);
}

// The value by name or, with name NULL, by index. STATUS_OBJECT_NAME_NOT_FOUND when there is none.
static NTSTATUS fetch(struct cm_node *node, const UNICODE_STRING *name, ULONG index, struct copy *copy)
{
    NTSTATUS status = STATUS_SUCCESS;
    *copy = (struct copy){0};
    hal_mutex_lock(&cm_lock);
    const struct cm_value *value = NULL;
    if (name)
        value = cm_find_value(node, name);
    else if (index < node->value_count)
        value = &node->values[index];
    if (node->deleted)
        status = STATUS_KEY_DELETED;
    else if (!value)
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    else if (!copy_value(value, copy))
        status = STATUS_INSUFFICIENT_RESOURCES;
    hal_mutex_unlock(&cm_lock);
    if (!NT_SUCCESS(status))
        drop(copy);
    return status;
}

static void delete_value(struct cm_node *node, const WCHAR *name)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, name);
    hal_mutex_lock(&cm_lock);
    cm_delete_value(node, &string);
    hal_mutex_unlock(&cm_lock);
}

static NTSTATUS ask_one(struct query *query)
{
    struct copy copy;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, query->entry->Name);
    NTSTATUS status = fetch(query->current, &name, 0, &copy);
    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return deliver_default(query);
    if (!NT_SUCCESS(status))
        return status;
    status = deliver_stored(query, &copy);
    if (NT_SUCCESS(status) && (query->entry->Flags & RTL_QUERY_REGISTRY_DELETE))
        delete_value(query->current, copy.name);
    drop(&copy);
    return status;
}

static NTSTATUS ask_all(struct query *query)
{
    bool delete = query->entry->Flags & RTL_QUERY_REGISTRY_DELETE, any = false;
    for (ULONG index = 0;; index += !delete) {
        struct copy copy;
        NTSTATUS status = fetch(query->current, NULL, index, &copy);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            return any || !(query->entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) ? STATUS_SUCCESS : status;
        if (NT_SUCCESS(status))
            status = deliver_stored(query, &copy);
        if (NT_SUCCESS(status) && delete)
            delete_value(query->current, copy.name);
        drop(&copy);
        if (!NT_SUCCESS(status))
            return status;
        any = true;
    }
}

static void turn_to(struct query *query, struct cm_node *node)
{
    hal_mutex_lock(&cm_lock);
    if (node == query->top)
        cm_reference(node);
    cm_dereference(query->current);
    query->current = node;
    hal_mutex_unlock(&cm_lock);
}

static NTSTATUS turn_to_subkey(struct query *query)
{
    struct cm_walk walk = {0};
    struct cm_node *node;
    UNICODE_STRING path;
    RtlInitUnicodeString(&path, query->entry->Name);
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk(query->top, &path, &walk, &node);
    if (NT_SUCCESS(status) && node != query->top)
        cm_reference(node);
    hal_mutex_unlock(&cm_lock);
    if (NT_SUCCESS(status))
        turn_to(query, node);
    return status;
}

static NTSTATUS answer_entry(struct query *query)
{
    RTL_QUERY_REGISTRY_TABLE *entry = query->entry;
    ULONG flags = entry->Flags;
    NTSTATUS status = STATUS_SUCCESS;
    if ((flags & RTL_QUERY_REGISTRY_DIRECT) &&
        (!entry->Name || entry->QueryRoutine || (flags & RTL_QUERY_REGISTRY_SUBKEY)))
        return STATUS_INVALID_PARAMETER;
    if (flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY))
        turn_to(query, query->top);
    if (flags & RTL_QUERY_REGISTRY_SUBKEY) {
        status = entry->Name ? turn_to_subkey(query) : STATUS_INVALID_PARAMETER;
        return NT_SUCCESS(status) && entry->QueryRoutine ? ask_all(query) : status;
    }
    if (!entry->QueryRoutine && !(flags & RTL_QUERY_REGISTRY_DIRECT))
        return STATUS_INVALID_PARAMETER;
    if (entry->Name)
        return ask_one(query);
    if (flags & RTL_QUERY_REGISTRY_NOVALUE) {
        status = entry->QueryRoutine(NULL, REG_NONE, NULL, 0, query->context, entry->EntryContext);
        return status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : status;
    }
    return ask_all(query);
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG relative_to, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table, PVOID context,
                                      PVOID environment)
{
    struct cm_walk walk = {0};
    struct query query = {.entry = table, .context = context};
    (void)environment;
    NTSTATUS status = cm_rtl_find(relative_to, path, &walk, &query.top);
    if (!NT_SUCCESS(status))
        return status;
    query.current = query.top;
    hal_mutex_lock(&cm_lock);
    cm_reference(query.current);
    hal_mutex_unlock(&cm_lock);
    for (; NT_SUCCESS(status); query.entry++) {
        if (!query.entry->QueryRoutine &&
            !(query.entry->Flags & (RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT)))
            break;
        status = answer_entry(&query);
    }
    cm_release_node(query.current);
    cm_release_node(query.top);
    return status;
}
