// NtQueryKey and NtEnumerateKey. wdm/nf-wdm-zwquerykey, -zwenumeratekey, ns-wdm-_key_basic_information and
// its kin.
//
// The answer is made whole under the lock and delivered without it.
#include "cm/cm.h"

#include <string.h>

enum { NO_CLASS = -1 }; // ClassOffset of a key without one

typedef KEY_BASIC_INFORMATION basic;
typedef KEY_NODE_INFORMATION node_information;
typedef KEY_FULL_INFORMATION full;
typedef KEY_NAME_INFORMATION name_information;

static bool begin_answer(struct cm_answer *answer, size_t head, size_t length)
{
    answer->head = (ULONG)head;
    answer->length = (ULONG)length;
    answer->data = hal_alloc(length + sizeof(full)); // the structures are longer than their heads
    return answer->data;
}

static NTSTATUS answer_basic(const struct cm_node *node, struct cm_answer *answer)
{
    size_t head = offsetof(basic, Name);
    if (!begin_answer(answer, head, head + node->name.Length))
        return STATUS_INSUFFICIENT_RESOURCES;
    basic *out = answer->data;
    out->LastWriteTime = node->written;
    out->NameLength = node->name.Length;
    memcpy((char *)out + head, node->name.Buffer, node->name.Length);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_node(const struct cm_node *node, struct cm_answer *answer)
{
    size_t head = offsetof(node_information, Name);
    size_t class_offset = hal_round_up(head + node->name.Length, sizeof(ULONG));
    size_t length = node->class_name.Length ? class_offset + node->class_name.Length : head + node->name.Length;
    if (!begin_answer(answer, head, length))
        return STATUS_INSUFFICIENT_RESOURCES;
    node_information *out = answer->data;
    out->LastWriteTime = node->written;
    out->ClassOffset = node->class_name.Length ? (ULONG)class_offset : (ULONG)NO_CLASS;
    out->ClassLength = node->class_name.Length;
    out->NameLength = node->name.Length;
    memcpy((char *)out + head, node->name.Buffer, node->name.Length);
    if (node->class_name.Length)
        memcpy((char *)out + class_offset, node->class_name.Buffer, node->class_name.Length);
    return STATUS_SUCCESS;
}

static ULONG larger(ULONG a, ULONG b)
{
    return a > b ? a : b;
}

static NTSTATUS answer_full(const struct cm_node *node, struct cm_answer *answer)
{
    size_t head = offsetof(full, Class);
    if (!begin_answer(answer, head, head + node->class_name.Length))
        return STATUS_INSUFFICIENT_RESOURCES;
    full *out = answer->data;
    out->LastWriteTime = node->written;
    out->ClassOffset = node->class_name.Length ? (ULONG)head : (ULONG)NO_CLASS;
    out->ClassLength = node->class_name.Length;
    out->SubKeys = node->child_count;
    out->Values = node->value_count;
    for (ULONG i = 0; i < node->child_count; i++) {
        out->MaxNameLen = larger(out->MaxNameLen, node->children[i]->name.Length);
        out->MaxClassLen = larger(out->MaxClassLen, node->children[i]->class_name.Length);
    }
    for (ULONG i = 0; i < node->value_count; i++) {
        out->MaxValueNameLen = larger(out->MaxValueNameLen, node->values[i].name.Length);
        out->MaxValueDataLen = larger(out->MaxValueDataLen, node->values[i].length);
    }
    if (node->class_name.Length)
        memcpy((char *)out + head, node->class_name.Buffer, node->class_name.Length);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_name(const struct cm_node *node, struct cm_answer *answer)
{
    size_t head = offsetof(name_information, Name);
    UNICODE_STRING name = cm_full_name(node);
    if (!name.Buffer || !begin_answer(answer, head, head + name.Length)) {
        hal_free(name.Buffer);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    name_information *out = answer->data;
    out->NameLength = name.Length;
    memcpy((char *)out + head, name.Buffer, name.Length);
    hal_free(name.Buffer);
    return STATUS_SUCCESS;
}

static NTSTATUS answer_key(const struct cm_node *node, KEY_INFORMATION_CLASS information_class,
                           struct cm_answer *answer)
{
    if (node->deleted)
        return STATUS_KEY_DELETED;
    switch (information_class) {
    case KeyBasicInformation:
        return answer_basic(node, answer);
    case KeyNodeInformation:
        return answer_node(node, answer);
    case KeyFullInformation:
        return answer_full(node, answer);
    case KeyNameInformation:
        return answer_name(node, answer);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS look_at(const REG_QUERY_KEY_INFORMATION *asked, KPROCESSOR_MODE mode)
{
    struct cm_answer answer;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = answer_key(((struct cm_key *)asked->Object)->node, asked->KeyInformationClass, &answer);
    hal_mutex_unlock(&cm_lock);
    return NT_SUCCESS(status) ? cm_deliver(&answer, asked->KeyInformation, asked->Length, asked->ResultLength, mode)
                              : status;
}

NTSTATUS NTAPI NtQueryKey(HANDLE handle, KEY_INFORMATION_CLASS information_class, PVOID information, ULONG length,
                          PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct cm_key *key;
    ACCESS_MASK wanted = information_class == KeyNameInformation ? 0 : KEY_QUERY_VALUE;
    if ((unsigned)information_class > KeyNameInformation)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_reference_key(handle, wanted, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    REG_QUERY_KEY_INFORMATION asked = {.Object = key,
                                       .KeyInformationClass = information_class,
                                       .KeyInformation = information,
                                       .Length = length,
                                       .ResultLength = returned};
    struct cm_notice notice = CM_NOTICE(QueryKey, asked, key);
    status = cm_begin(&notice) ? cm_end(&notice, look_at(&asked, mode)) : notice.status;
    ob_dereference(key);
    return status;
}

static NTSTATUS look_at_child(const REG_ENUMERATE_KEY_INFORMATION *asked, KPROCESSOR_MODE mode)
{
    const struct cm_node *node = ((struct cm_key *)asked->Object)->node;
    struct cm_answer answer;
    NTSTATUS status;
    hal_mutex_lock(&cm_lock);
    if (node->deleted)
        status = STATUS_KEY_DELETED;
    else if (asked->Index >= node->child_count)
        status = STATUS_NO_MORE_ENTRIES;
    else
        status = answer_key(node->children[asked->Index], asked->KeyInformationClass, &answer);
    hal_mutex_unlock(&cm_lock);
    return status == STATUS_SUCCESS
               ? cm_deliver(&answer, asked->KeyInformation, asked->Length, asked->ResultLength, mode)
               : status;
}

NTSTATUS NTAPI NtEnumerateKey(HANDLE handle, ULONG index, KEY_INFORMATION_CLASS information_class, PVOID information,
                              ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct cm_key *key;
    if ((unsigned)information_class > KeyFullInformation)
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = cm_reference_key(handle, KEY_ENUMERATE_SUB_KEYS, mode, &key);
    if (!NT_SUCCESS(status))
        return status;
    REG_ENUMERATE_KEY_INFORMATION asked = {.Object = key,
                                           .Index = index,
                                           .KeyInformationClass = information_class,
                                           .KeyInformation = information,
                                           .Length = length,
                                           .ResultLength = returned};
    struct cm_notice notice = CM_NOTICE(EnumerateKey, asked, key);
    status = cm_begin(&notice) ? cm_end(&notice, look_at_child(&asked, mode)) : notice.status;
    ob_dereference(key);
    return status;
}
