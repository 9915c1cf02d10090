// Finding and giving names.
//
// A lookup walks from the root (or the caller's directory) component by component. A symbolic link starts it
// again with the target in place of what was walked; a type with a parse routine (a device) takes the rest.
// Facts: semantics 26, 29.
#include "ob/namespace.h"

enum { MAX_REPARSES = 32, SHORT_PATH = 200 };

static UNICODE_STRING substring(const UNICODE_STRING *string, size_t from, size_t to)
{
    return (UNICODE_STRING){.Buffer = string->Buffer + from,
                            .Length = (USHORT)((to - from) * sizeof(WCHAR)),
                            .MaximumLength = (USHORT)((to - from) * sizeof(WCHAR))};
}

static size_t characters(const UNICODE_STRING *string)
{
    return string->Length / sizeof(WCHAR);
}

// A path that a symbolic link led to. A short one needs no pool, so that a name can be found, and taken away, when
// memory is short.
struct new_path {
    UNICODE_STRING name; // Buffer is text or pool
    WCHAR text[SHORT_PATH];
};

static void release_path(struct new_path *path)
{
    if (path->name.Buffer && path->name.Buffer != path->text)
        ex_free(path->name.Buffer);
    path->name = (UNICODE_STRING){0};
}

// One walk. *reparse gets a new path when a symbolic link was met: STATUS_REPARSE.
struct walk {
    struct ob_lookup *lookup;
    const UNICODE_STRING *path;
    size_t at;    // index behind the component in hand
    void *object; // referenced
};

// The next component of the path; false at its end. An empty one is an error.
static NTSTATUS next_component(struct walk *walk, UNICODE_STRING *component)
{
    size_t from = walk->at, length = characters(walk->path);
    if (from < length && walk->path->Buffer[from] == '\\')
        from++;
    size_t to = from;
    while (to < length && walk->path->Buffer[to] != '\\')
        to++;
    if (to == from)
        return STATUS_OBJECT_NAME_INVALID;
    *component = substring(walk->path, from, to);
    walk->at = to;
    return STATUS_SUCCESS;
}

static NTSTATUS step(struct walk *walk)
{
    UNICODE_STRING component;
    NTSTATUS status = next_component(walk, &component);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&ob_namespace_lock);
    struct ob_header *header = ob_find_entry(walk->object, &component);
    if (header)
        ob_reference(ob_body(header));
    hal_mutex_unlock(&ob_namespace_lock);
    if (!header)
        return walk->at == characters(walk->path) ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
    ob_dereference(walk->object);
    walk->object = ob_body(header);
    return STATUS_SUCCESS;
}

static NTSTATUS follow_link(struct walk *walk, struct new_path *reparse)
{
    const UNICODE_STRING *target = ob_symbolic_link_target(walk->object);
    UNICODE_STRING rest = substring(walk->path, walk->at, characters(walk->path));
    size_t length = (size_t)target->Length + rest.Length;
    if (length > 0xfffe)
        return STATUS_NAME_TOO_LONG;
    UNICODE_STRING *name = &reparse->name;
    name->Buffer = length <= sizeof reparse->text ? reparse->text : ex_allocate(length, EX_TAG('O', 'b', 'N', 'm'));
    if (!name->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    __builtin_memcpy(name->Buffer, target->Buffer, target->Length);
    if (rest.Length)
        __builtin_memcpy((char *)name->Buffer + target->Length, rest.Buffer, rest.Length);
    name->Length = name->MaximumLength = (USHORT)length;
    return STATUS_REPARSE;
}

// STATUS_SUCCESS: *found referenced. STATUS_REPARSE: go on with *reparse.
static NTSTATUS walk_once(struct walk *walk, void **found, struct new_path *reparse)
{
    NTSTATUS status = STATUS_SUCCESS;
    for (;;) {
        struct _OBJECT_TYPE *type = ob_type(walk->object);
        bool at_end = walk->at == characters(walk->path);
        if (type == &ob_symbolic_link_type && !(at_end && (walk->lookup->attributes & OBJ_OPENLINK)))
            return follow_link(walk, reparse);
        if (type->parse) {
            UNICODE_STRING rest = substring(walk->path, walk->at, characters(walk->path));
            return type->parse(walk->object, walk->lookup, &rest, found);
        }
        if (at_end)
            break;
        if (type != &ob_directory_type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        status = step(walk);
        if (!NT_SUCCESS(status))
            return status;
    }
    ob_reference(walk->object);
    *found = walk->object;
    return status;
}

static NTSTATUS start_walk(struct walk *walk, const UNICODE_STRING *path, void *root)
{
    size_t length = characters(path);
    walk->path = path;
    walk->at = 0;
    if (path->Length % sizeof(WCHAR))
        return STATUS_OBJECT_NAME_INVALID;
    if (root) {
        if (length && path->Buffer[0] == '\\' && !ob_type(root)->parse)
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        walk->object = root;
    } else {
        if (!length || path->Buffer[0] != '\\')
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        if (!ob_root_directory()) // before boot got that far, or after shutdown
            return STATUS_OBJECT_PATH_NOT_FOUND;
        walk->object = ob_root_directory();
        walk->at = length == 1; // the root directory itself
    }
    ob_reference(walk->object);
    return STATUS_SUCCESS;
}

NTSTATUS ob_lookup_name(struct ob_lookup *lookup, void **object)
{
    struct new_path paths[2]; // the one in use and the one after it
    const UNICODE_STRING *path = lookup->path;
    void *root = lookup->root, *found = NULL;
    NTSTATUS status = STATUS_REPARSE;
    paths[0].name = paths[1].name = (UNICODE_STRING){0};
    for (int reparses = 0; status == STATUS_REPARSE && reparses <= MAX_REPARSES; reparses++) {
        struct walk walk = {.lookup = lookup};
        struct new_path *next = &paths[reparses % 2];
        release_path(next);
        status = start_walk(&walk, path, root);
        if (NT_SUCCESS(status)) {
            status = walk_once(&walk, &found, next);
            ob_dereference(walk.object);
        }
        path = &next->name;
        root = NULL; // a link's target is absolute
    }
    release_path(&paths[0]);
    release_path(&paths[1]);
    if (status == STATUS_REPARSE)
        return STATUS_OBJECT_NAME_NOT_FOUND; // links in a circle
    if (!NT_SUCCESS(status))
        return status;
    if (lookup->type && ob_type(found) != lookup->type) {
        ob_dereference(found);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *object = found;
    return status;
}

// ---- giving names ---------------------------------------------------------------------------------------------

static NTSTATUS find_parent(const UNICODE_STRING *path, void *root, UNICODE_STRING *last, void **parent)
{
    size_t length = characters(path), slash = length;
    while (slash > 0 && path->Buffer[slash - 1] != '\\')
        slash--;
    if (path->Length % sizeof(WCHAR) || slash == length || (slash > 1 && path->Buffer[slash - 2] == '\\'))
        return length ? STATUS_OBJECT_NAME_INVALID : STATUS_OBJECT_PATH_SYNTAX_BAD;
    *last = substring(path, slash, length);
    if (slash == 0 && root) { // a name in the caller's directory
        if (ob_type(root) != &ob_directory_type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        ob_reference(root);
        *parent = root;
        return STATUS_SUCCESS;
    }
    if (slash == 0)
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    UNICODE_STRING prefix = substring(path, 0, slash == 1 ? 1 : slash - 1);
    struct ob_lookup lookup = {.path = &prefix, .root = root, .type = &ob_directory_type};
    NTSTATUS status = ob_lookup_name(&lookup, parent);
    return status == STATUS_OBJECT_NAME_NOT_FOUND ? STATUS_OBJECT_PATH_NOT_FOUND : status;
}

NTSTATUS ob_check_parent(const UNICODE_STRING *path, void *root, ACCESS_MASK wanted, KPROCESSOR_MODE mode)
{
    UNICODE_STRING last;
    ACCESS_MASK granted;
    void *parent;
    NTSTATUS status = find_parent(path, root, &last, &parent);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_check_access(parent, wanted, mode, &granted);
    ob_dereference(parent);
    return status;
}

static NTSTATUS copy_name(const UNICODE_STRING *name, UNICODE_STRING *copy)
{
    copy->Buffer = ex_allocate(name->Length + sizeof(WCHAR), EX_TAG('O', 'b', 'N', 'm'));
    if (!copy->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    __builtin_memcpy(copy->Buffer, name->Buffer, name->Length);
    copy->Buffer[characters(name)] = 0;
    copy->Length = name->Length;
    copy->MaximumLength = (USHORT)(name->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTATUS ob_insert_name(void *object, const UNICODE_STRING *path, void *root, ULONG attributes, void **existing)
{
    UNICODE_STRING last, copy;
    void *parent;
    NTSTATUS status;
    if (!root && ob_root_directory() == NULL)
        return STATUS_OBJECT_PATH_NOT_FOUND;
    status = find_parent(path, root, &last, &parent);
    if (!NT_SUCCESS(status))
        return status;
    status = copy_name(&last, &copy);
    if (!NT_SUCCESS(status))
        goto done;
    hal_mutex_lock(&ob_namespace_lock);
    struct ob_header *there = ob_find_entry(parent, &last);
    if (!there) {
        ob_add_entry(parent, ob_header(object), copy);
    } else if (!(attributes & OBJ_OPENIF) || !existing) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else if (there->type != ob_type(object)) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    } else {
        ob_reference(ob_body(there));
        *existing = ob_body(there);
        status = STATUS_OBJECT_NAME_EXISTS;
    }
    hal_mutex_unlock(&ob_namespace_lock);
    if (status != STATUS_SUCCESS)
        ex_free(copy.Buffer);
done:
    ob_dereference(parent);
    return status;
}

NTSTATUS ob_full_name(void *object, UNICODE_STRING *name)
{
    enum { LIMIT = 0xfffe };
    NTSTATUS status = STATUS_SUCCESS;
    size_t bytes = 0;
    name->Length = name->MaximumLength = 0;
    name->Buffer = NULL;
    hal_mutex_lock(&ob_namespace_lock);
    struct ob_header *start = ob_header(object);
    for (struct ob_header *header = start; header->directory; header = ob_header(header->directory))
        bytes += sizeof(WCHAR) + header->name.Length;
    if (bytes == 0 && object == ob_root_directory())
        bytes = sizeof(WCHAR);
    if (bytes > LIMIT)
        status = STATUS_NAME_TOO_LONG;
    else if (bytes && !(name->Buffer = ex_allocate(bytes + sizeof(WCHAR), EX_TAG('O', 'b', 'N', 'm'))))
        status = STATUS_INSUFFICIENT_RESOURCES;
    if (name->Buffer) {
        WCHAR *end = name->Buffer + bytes / sizeof(WCHAR);
        *end = 0;
        if (!start->directory)
            name->Buffer[0] = '\\';
        for (struct ob_header *header = start; header->directory; header = ob_header(header->directory)) {
            end -= characters(&header->name);
            __builtin_memcpy(end, header->name.Buffer, header->name.Length);
            *--end = '\\';
        }
        name->Length = (USHORT)bytes;
        name->MaximumLength = (USHORT)(bytes + sizeof(WCHAR));
    }
    hal_mutex_unlock(&ob_namespace_lock);
    return status;
}
