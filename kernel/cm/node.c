// Nodes of the registry and their values. Everything here is called with cm_lock.
//
// Memory is the hal's, not pool: the registry outlives drivers, and what they leave in it is no leak.
#include "cm/cm.h"

#include <string.h>

struct hal_mutex cm_lock;
static size_t bytes_used;

static const size_t CHILD_BYTES = sizeof(void *); // an element of the array of children

size_t cm_bytes(void)
{
    return bytes_used;
}

static void *take(size_t bytes)
{
    void *memory = hal_alloc(bytes ? bytes : 1);
    if (memory)
        bytes_used += bytes;
    return memory;
}

static void give(void *memory, size_t bytes)
{
    if (!memory)
        return;
    bytes_used -= bytes;
    hal_free(memory);
}

static bool within_quota(size_t more)
{
    return more <= CM_QUOTA && bytes_used <= CM_QUOTA - more;
}

static bool copy_string(UNICODE_STRING *copy, const UNICODE_STRING *from)
{
    *copy = (UNICODE_STRING){0};
    if (from->Length == 0)
        return true;
    copy->Buffer = take(from->Length);
    if (!copy->Buffer)
        return false;
    memcpy(copy->Buffer, from->Buffer, from->Length);
    copy->Length = copy->MaximumLength = from->Length;
    return true;
}

static void free_string(UNICODE_STRING *string)
{
    give(string->Buffer, string->Length);
    *string = (UNICODE_STRING){0};
}

// Room for one more element in an array of pointers or values.
static bool grow(void **array, ULONG count, ULONG *capacity, size_t element)
{
    if (count < *capacity)
        return true;
    ULONG wanted = *capacity ? *capacity * 2 : 4;
    void *larger = take(wanted * element);
    if (!larger)
        return false;
    if (count)
        memcpy(larger, *array, count * element);
    give(*array, *capacity * element);
    *array = larger;
    *capacity = wanted;
    return true;
}

static void touch(struct cm_node *node)
{
    node->written.QuadPart = (LONGLONG)hal_system_time_100ns();
    if (!node->is_volatile)
        cm_note_change();
}

// Where a name stands among the children, or would stand; true when it is there.
static bool locate(const struct cm_node *node, const UNICODE_STRING *name, ULONG *index)
{
    ULONG low = 0, high = node->child_count;
    while (low < high) {
        ULONG middle = low + (high - low) / 2;
        LONG order = RtlCompareUnicodeString(&node->children[middle]->name, name, TRUE);
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return false;
}

struct cm_node *cm_find_child(const struct cm_node *node, const UNICODE_STRING *name)
{
    ULONG index;
    return locate(node, name, &index) ? node->children[index] : NULL;
}

static void free_value(struct cm_value *value)
{
    free_string(&value->name);
    give(value->data, value->length);
}

static void free_node(struct cm_node *node)
{
    for (ULONG i = 0; i < node->value_count; i++)
        free_value(&node->values[i]);
    give(node->values, node->value_capacity * sizeof *node->values);
    give(node->children, node->child_capacity * CHILD_BYTES);
    free_string(&node->name);
    free_string(&node->class_name);
    give(node, sizeof *node);
}

void cm_dereference(struct cm_node *node)
{
    KE_ASSERT(node->references, "a registry node was dereferenced more often than referenced");
    if (--node->references == 0)
        free_node(node);
}

static NTSTATUS check_child(const struct cm_node *parent, const UNICODE_STRING *name, const UNICODE_STRING *class_name,
                            ULONG options)
{
    if (parent && parent->deleted)
        return STATUS_KEY_DELETED;
    if (name->Length == 0 || name->Length > CM_MAX_KEY_NAME * sizeof(WCHAR) ||
        (parent && parent->depth >= CM_MAX_DEPTH))
        return STATUS_INVALID_PARAMETER;
    if (parent && parent->is_volatile && !(options & REG_OPTION_VOLATILE))
        return STATUS_CHILD_MUST_BE_VOLATILE;
    if (!within_quota(sizeof *parent + name->Length + class_name->Length))
        return STATUS_REGISTRY_QUOTA_LIMIT;
    return STATUS_SUCCESS;
}

NTSTATUS cm_add_child(struct cm_node *parent, const UNICODE_STRING *name, const UNICODE_STRING *class_name,
                      ULONG options, struct cm_node **node)
{
    static const UNICODE_STRING no_class;
    if (!class_name)
        class_name = &no_class;
    NTSTATUS status = check_child(parent, name, class_name, options);
    if (!NT_SUCCESS(status))
        return status;
    struct cm_node *made = take(sizeof *made);
    if (!made)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!copy_string(&made->name, name) || !copy_string(&made->class_name, class_name) ||
        (parent && !grow((void **)&parent->children, parent->child_count, &parent->child_capacity, CHILD_BYTES))) {
        free_node(made);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    made->references = 1;
    made->is_volatile = options & REG_OPTION_VOLATILE;
    made->is_link = options & REG_OPTION_CREATE_LINK;
    touch(made);
    if (parent) {
        ULONG index;
        locate(parent, name, &index);
        memmove(&parent->children[index + 1], &parent->children[index], (parent->child_count - index) * CHILD_BYTES);
        parent->children[index] = made;
        parent->child_count++;
        made->parent = parent;
        made->depth = (USHORT)(parent->depth + 1);
        touch(parent);
    }
    *node = made;
    return STATUS_SUCCESS;
}

static void unlink_node(struct cm_node *node)
{
    struct cm_node *parent = node->parent;
    ULONG index;
    if (parent && locate(parent, &node->name, &index)) {
        parent->child_count--;
        memmove(&parent->children[index], &parent->children[index + 1], (parent->child_count - index) * CHILD_BYTES);
        touch(parent);
    }
    node->parent = NULL;
    node->deleted = true;
    cm_dereference(node);
}

NTSTATUS cm_delete_node(struct cm_node *node)
{
    if (node->deleted)
        return STATUS_SUCCESS;
    if (node->fixed || node->child_count)
        return STATUS_CANNOT_DELETE;
    unlink_node(node);
    return STATUS_SUCCESS;
}

void cm_delete_tree(struct cm_node *node)
{
    while (node->child_count)
        cm_delete_tree(node->children[node->child_count - 1]);
    unlink_node(node);
}

// ---- values -------------------------------------------------------------------------------------

struct cm_value *cm_find_value(const struct cm_node *node, const UNICODE_STRING *name)
{
    for (ULONG i = 0; i < node->value_count; i++)
        if (RtlEqualUnicodeString(&node->values[i].name, name, TRUE))
            return &node->values[i];
    return NULL;
}

NTSTATUS cm_set_value(struct cm_node *node, const UNICODE_STRING *name, ULONG type, const void *data, ULONG length)
{
    if (node->deleted)
        return STATUS_KEY_DELETED;
    struct cm_value *value = cm_find_value(node, name);
    if (!within_quota((size_t)length + name->Length + sizeof *value))
        return STATUS_REGISTRY_QUOTA_LIMIT;
    unsigned char *copy = take(length);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (length)
        memcpy(copy, data, length);
    if (value) {
        give(value->data, value->length);
    } else {
        UNICODE_STRING copied = {0};
        if (!copy_string(&copied, name) ||
            !grow((void **)&node->values, node->value_count, &node->value_capacity, sizeof *node->values)) {
            free_string(&copied);
            give(copy, length);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        value = &node->values[node->value_count++];
        value->name = copied;
    }
    value->type = type;
    value->length = length;
    value->data = copy;
    touch(node);
    return STATUS_SUCCESS;
}

NTSTATUS cm_delete_value(struct cm_node *node, const UNICODE_STRING *name)
{
    if (node->deleted)
        return STATUS_KEY_DELETED;
    struct cm_value *value = cm_find_value(node, name);
    if (!value)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    free_value(value);
    node->value_count--;
    memmove(value, value + 1, (size_t)(&node->values[node->value_count] - value) * sizeof *value);
    touch(node);
    return STATUS_SUCCESS;
}

// ---- names --------------------------------------------------------------------------------------

UNICODE_STRING cm_full_name(const struct cm_node *node)
{
    UNICODE_STRING name = {0};
    size_t length = 0;
    for (const struct cm_node *at = node; at; at = at->parent)
        length += sizeof(WCHAR) + at->name.Length;
    if (length > 0xfffe || !(name.Buffer = hal_alloc(length + sizeof(WCHAR))))
        return name;
    char *end = (char *)name.Buffer + length;
    for (const struct cm_node *at = node; at; at = at->parent) {
        end -= at->name.Length;
        memcpy(end, at->name.Buffer, at->name.Length);
        end -= sizeof(WCHAR);
        *(WCHAR *)(void *)end = '\\';
    }
    name.Length = (USHORT)length;
    name.MaximumLength = (USHORT)(length + sizeof(WCHAR));
    return name;
}
