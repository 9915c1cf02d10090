// NtSetValueKey, NtQueryValueKey, NtEnumerateValueKey, NtDeleteValueKey. wdm/nf-wdm-zwsetvaluekey,
// -zwqueryvaluekey, -zwenumeratevaluekey, -zwdeletevaluekey.
#include "cm/cm.h"

#include <string.h>

enum { NO_DATA = -1 }; // DataOffset of a value without data

static NTSTATUS answer_full(const struct cm_value *value, size_t alignment, struct cm_answer *answer)
{
    size_t head = offsetof(KEY_VALUE_FULL_INFORMATION, Name), offset = head + value->name.Length;
    if (value->length)
        offset = hal_round_up(offset, alignment);
    answer->head = (ULONG)head;
    answer->length = (ULONG)(offset + value->length);
    KEY_VALUE_FULL_INFORMATION *out = answer->data = hal_alloc(answer->length + sizeof *out);
    if (!out)
        return STATUS_INSUFFICIENT_RESOURCES;
    out->Type = value->type;
    out->DataOffset = value->length ? (ULONG)offset : (ULONG)NO_DATA;
    out->DataLength = value->length;
    out->NameLength = value->name.Length;
    if (value->name.Length)
        memcpy((char *)out + head, value->name.Buffer, value->name.Length);
    memcpy((char *)out + offset, value->data, value->length);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_basic(const struct cm_value *value, struct cm_answer *answer)
{
    size_t head = offsetof(KEY_VALUE_BASIC_INFORMATION, Name);
    answer->head = (ULONG)head;
    answer->length = (ULONG)(head + value->name.Length);
    KEY_VALUE_BASIC_INFORMATION *out = answer->data = hal_alloc(answer->length + sizeof *out);
    if (!out)
        return STATUS_INSUFFICIENT_RESOURCES;
    out->Type = value->type;
    out->NameLength = value->name.Length;
    if (value->name.Length)
        memcpy((char *)out + head, value->name.Buffer, value->name.Length);
    return STATUS_SUCCESS;
}

// Both partial forms end in type, length, data; the older one begins with a title index.
static NTSTATUS answer_partial(const struct cm_value *value, size_t head, struct cm_answer *answer)
{
    const ULONG type_and_length[2] = {value->type, value->length};
    answer->head = (ULONG)head;
    answer->length = (ULONG)(head + value->length);
    char *out = answer->data = hal_alloc(answer->length);
    if (!out)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(out + head - sizeof type_and_length, type_and_length, sizeof type_and_length);
    memcpy(out + head, value->data, value->length);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_value(const struct cm_value *value, KEY_VALUE_INFORMATION_CLASS information_class,
                             struct cm_answer *answer)
{
    switch (information_class) {
    case KeyValueBasicInformation:
        return answer_basic(value, answer);
    case KeyValueFullInformation:
        return answer_full(value, sizeof(ULONG), answer);
    case KeyValueFullInformationAlign64:
        return answer_full(value, sizeof(ULONG64), answer);
    case KeyValuePartialInformation:
        return answer_partial(value, offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data), answer);
    case KeyValuePartialInformationAlign64:
        return answer_partial(value, offsetof(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data), answer);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

// A link key holds one value: where it leads.
static NTSTATUS check_link_value(const struct cm_node *node, const UNICODE_STRING *name, ULONG type)
{
    UNICODE_STRING link_value;
    RtlInitUnicodeString(&link_value, L"SymbolicLinkValue");
    if (!node->is_link || (type == REG_LINK && RtlEqualUnicodeString(name, &link_value, TRUE)))
        return STATUS_SUCCESS;
    return STATUS_ACCESS_DENIED;
}

static NTSTATUS store(struct cm_node *node, const UNICODE_STRING *name, ULONG type, const void *data, ULONG length)
{
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = node->deleted ? STATUS_KEY_DELETED : check_link_value(node, name, type);
    if (NT_SUCCESS(status))
        status = cm_set_value(node, name, type, data, length);
    hal_mutex_unlock(&cm_lock);
    return status;
}

static NTSTATUS set_value(struct cm_key *key, UNICODE_STRING *name, ULONG title_index, ULONG type, void *data,
                          ULONG length)
{
    REG_SET_VALUE_KEY_INFORMATION information = {
        .Object = key, .ValueName = name, .TitleIndex = title_index, .Type = type, .Data = data, .DataSize = length};
    struct cm_notice notice = CM_NOTICE(SetValueKey, information, key);
    return cm_begin(&notice) ? cm_end(&notice, store(key->node, name, type, data, length)) : notice.status;
}

NTSTATUS NTAPI NtSetValueKey(HANDLE handle, PUNICODE_STRING value, ULONG title_index, ULONG type, PVOID data,
                             ULONG length)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    UNICODE_STRING name;
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, KEY_SET_VALUE, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_capture_value_name(value, mode, &name);
    if (NT_SUCCESS(status)) {
        void *copy = NULL;
        if (name.Length > CM_MAX_VALUE_NAME * sizeof(WCHAR))
            status = STATUS_INVALID_PARAMETER;
        else if (length > CM_QUOTA)
            status = STATUS_REGISTRY_QUOTA_LIMIT;
        else if (!(copy = hal_alloc((size_t)length + 1)))
            status = STATUS_INSUFFICIENT_RESOURCES;
        else if (NT_SUCCESS(status = mm_copy_in(copy, data, length, mode)))
            status = set_value(key, &name, title_index, type, copy, length);
        hal_free(copy);
        ex_free(name.Buffer);
    }
    ob_dereference(key);
    return NT_SUCCESS(status) ? cm_commit(mode) : status;
}

static NTSTATUS look_up(const REG_QUERY_VALUE_KEY_INFORMATION *asked, KPROCESSOR_MODE mode)
{
    const struct cm_node *node = ((struct cm_key *)asked->Object)->node;
    struct cm_answer answer;
    NTSTATUS status;
    hal_mutex_lock(&cm_lock);
    const struct cm_value *found = cm_find_value(node, asked->ValueName);
    if (node->deleted)
        status = STATUS_KEY_DELETED;
    else
        status = found ? answer_value(found, asked->KeyValueInformationClass, &answer) : STATUS_OBJECT_NAME_NOT_FOUND;
    hal_mutex_unlock(&cm_lock);
    return NT_SUCCESS(status)
               ? cm_deliver(&answer, asked->KeyValueInformation, asked->Length, asked->ResultLength, mode)
               : status;
}

NTSTATUS NTAPI NtQueryValueKey(HANDLE handle, PUNICODE_STRING value, KEY_VALUE_INFORMATION_CLASS information_class,
                               PVOID information, ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    UNICODE_STRING name;
    struct cm_key *key;
    if ((unsigned)information_class > KeyValuePartialInformationAlign64)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_reference_key(handle, KEY_QUERY_VALUE, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_capture_value_name(value, mode, &name);
    if (NT_SUCCESS(status)) {
        REG_QUERY_VALUE_KEY_INFORMATION asked = {.Object = key,
                                                 .ValueName = &name,
                                                 .KeyValueInformationClass = information_class,
                                                 .KeyValueInformation = information,
                                                 .Length = length,
                                                 .ResultLength = returned};
        struct cm_notice notice = CM_NOTICE(QueryValueKey, asked, key);
        status = cm_begin(&notice) ? cm_end(&notice, look_up(&asked, mode)) : notice.status;
        ex_free(name.Buffer);
    }
    ob_dereference(key);
    return status;
}

static NTSTATUS look_up_index(const REG_ENUMERATE_VALUE_KEY_INFORMATION *asked, KPROCESSOR_MODE mode)
{
    const struct cm_node *node = ((struct cm_key *)asked->Object)->node;
    struct cm_answer answer;
    NTSTATUS status;
    hal_mutex_lock(&cm_lock);
    if (node->deleted)
        status = STATUS_KEY_DELETED;
    else if (asked->Index >= node->value_count)
        status = STATUS_NO_MORE_ENTRIES;
    else
        status = answer_value(&node->values[asked->Index], asked->KeyValueInformationClass, &answer);
    hal_mutex_unlock(&cm_lock);
    return status == STATUS_SUCCESS
               ? cm_deliver(&answer, asked->KeyValueInformation, asked->Length, asked->ResultLength, mode)
               : status;
}

NTSTATUS NTAPI NtEnumerateValueKey(HANDLE handle, ULONG index, KEY_VALUE_INFORMATION_CLASS information_class,
                                   PVOID information, ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct cm_key *key;
    if ((unsigned)information_class > KeyValuePartialInformationAlign64)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_reference_key(handle, KEY_QUERY_VALUE, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    REG_ENUMERATE_VALUE_KEY_INFORMATION asked = {.Object = key,
                                                 .Index = index,
                                                 .KeyValueInformationClass = information_class,
                                                 .KeyValueInformation = information,
                                                 .Length = length,
                                                 .ResultLength = returned};
    struct cm_notice notice = CM_NOTICE(EnumerateValueKey, asked, key);
    status = cm_begin(&notice) ? cm_end(&notice, look_up_index(&asked, mode)) : notice.status;
    ob_dereference(key);
    return status;
}

static NTSTATUS remove_value(struct cm_key *key, UNICODE_STRING *name)
{
    REG_DELETE_VALUE_KEY_INFORMATION information = {.Object = key, .ValueName = name};
    struct cm_notice notice = CM_NOTICE(DeleteValueKey, information, key);
    if (!cm_begin(&notice))
        return notice.status;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_delete_value(key->node, name);
    hal_mutex_unlock(&cm_lock);
    return cm_end(&notice, status);
}

NTSTATUS NTAPI NtDeleteValueKey(HANDLE handle, PUNICODE_STRING value)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    UNICODE_STRING name;
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, KEY_SET_VALUE, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_capture_value_name(value, mode, &name);
    if (NT_SUCCESS(status)) {
        status = remove_value(key, &name);
        ex_free(name.Buffer);
    }
    ob_dereference(key);
    return NT_SUCCESS(status) ? cm_commit(mode) : status;
}
