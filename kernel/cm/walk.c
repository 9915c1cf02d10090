// From a path to a node.
//
// Names are compared without case; doubled and trailing backslashes count as one and none. A link is followed
// by starting again at \Registry with its target in place of what was walked. Called with cm_lock.
#include "cm/cm.h"

#include <string.h>

enum { MAX_LINKS = 32 };

struct position {
    struct cm_node *node;
    const WCHAR *at, *end;
    WCHAR *owned; // the path's memory after a link was followed
    unsigned links;
};

static void skip_separators(struct position *position)
{
    while (position->at < position->end && *position->at == '\\')
        position->at++;
}

static UNICODE_STRING next_component(struct position *position)
{
    const WCHAR *begin = position->at;
    while (position->at < position->end && *position->at != '\\')
        position->at++;
    size_t length = (size_t)(position->at - begin) * sizeof(WCHAR);
    skip_separators(position);
    return (UNICODE_STRING){.Length = (USHORT)length, .MaximumLength = (USHORT)length, .Buffer = (WCHAR *)begin};
}

// Takes "\Registry" off the front.
static bool strip_root(const WCHAR **at, const WCHAR *end)
{
    static const WCHAR root[] = L"\\REGISTRY";
    const size_t length = sizeof root / sizeof *root - 1;
    UNICODE_STRING prefix = {
        .Length = sizeof root - sizeof *root, .MaximumLength = sizeof root, .Buffer = (WCHAR *)root};
    if ((size_t)(end - *at) < length)
        return false;
    UNICODE_STRING begin = {.Length = prefix.Length, .MaximumLength = prefix.Length, .Buffer = (WCHAR *)*at};
    if (!RtlEqualUnicodeString(&prefix, &begin, TRUE) || (*at + length < end && (*at)[length] != '\\'))
        return false;
    *at += length;
    return true;
}

static NTSTATUS follow_link(struct position *position, const struct cm_node *link)
{
    static const WCHAR text[] = L"SymbolicLinkValue";
    static const UNICODE_STRING name = {
        .Length = sizeof text - sizeof *text, .MaximumLength = sizeof text, .Buffer = (WCHAR *)text};
    const struct cm_value *target = cm_find_value(link, &name);
    if (!target || target->type != REG_LINK || target->length % sizeof(WCHAR) || ++position->links > MAX_LINKS)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    size_t head = target->length, rest = (size_t)(position->end - position->at) * sizeof(WCHAR);
    if (head + rest + sizeof(WCHAR) > 0xfffe)
        return STATUS_NAME_TOO_LONG;
    WCHAR *path = hal_alloc(head + rest + sizeof(WCHAR));
    if (!path)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(path, target->data, head);
    path[head / sizeof(WCHAR)] = '\\';
    if (rest)
        memcpy(path + head / sizeof(WCHAR) + 1, position->at, rest);
    hal_free(position->owned);
    position->owned = path;
    position->at = path;
    position->end = path + (head + rest) / sizeof(WCHAR) + 1;
    if (!strip_root(&position->at, position->end))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    skip_separators(position);
    position->node = cm_root;
    return STATUS_SUCCESS;
}

static NTSTATUS step(struct position *position, struct cm_walk *walk)
{
    UNICODE_STRING component = next_component(position);
    bool last = position->at == position->end;
    struct cm_node *child = cm_find_child(position->node, &component);
    NTSTATUS status = STATUS_SUCCESS;
    walk->created = false;
    if (!child) {
        if (!walk->create || (!last && !walk->create_all))
            return component.Length > CM_MAX_KEY_NAME * sizeof(WCHAR) ? STATUS_INVALID_PARAMETER
                                                                      : STATUS_OBJECT_NAME_NOT_FOUND;
        if (position->node == cm_root)
            return STATUS_ACCESS_DENIED; // hives are not made this way
        ULONG options = last ? walk->options : walk->options & ~(ULONG)REG_OPTION_CREATE_LINK;
        status = cm_add_child(position->node, &component, last ? &walk->class_name : NULL, options, &child);
        walk->created = NT_SUCCESS(status);
    } else if (child->is_link && !(last && walk->open_link)) {
        if (last && (walk->options & REG_OPTION_CREATE_LINK))
            return STATUS_OBJECT_NAME_COLLISION;
        return follow_link(position, child);
    } else if (last && walk->create && (walk->options & REG_OPTION_CREATE_LINK)) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    if (NT_SUCCESS(status))
        position->node = child;
    return status;
}

NTSTATUS cm_walk(struct cm_node *from, const UNICODE_STRING *path, struct cm_walk *walk, struct cm_node **node)
{
    struct position position = {.node = from, .at = path->Buffer, .end = path->Buffer + path->Length / sizeof(WCHAR)};
    NTSTATUS status = from->deleted ? STATUS_KEY_DELETED : STATUS_SUCCESS;
    skip_separators(&position);
    while (NT_SUCCESS(status) && position.at < position.end)
        status = step(&position, walk);
    hal_free(position.owned);
    if (NT_SUCCESS(status))
        *node = position.node;
    return status;
}

NTSTATUS cm_walk_absolute(const UNICODE_STRING *path, struct cm_walk *walk, struct cm_node **node)
{
    const WCHAR *at = path->Buffer, *end = at + path->Length / sizeof(WCHAR);
    if (at == end || *at != '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    if (!cm_root || !strip_root(&at, end))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    size_t left = (size_t)(end - at) * sizeof(WCHAR);
    UNICODE_STRING rest = {.Length = (USHORT)left, .MaximumLength = (USHORT)left, .Buffer = (WCHAR *)at};
    return cm_walk(cm_root, &rest, walk, node);
}
