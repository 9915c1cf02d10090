// Key objects, and the keys that exist from boot on.
//
// Keys have no names in the object namespace but for \REGISTRY: its type's parse routine takes the rest of a
// path and makes a Key object for the node it finds. Facts: kernel/registry-key-object-routines of the driver
// documentation.
#include "cm/cm.h"

#include <string.h>

struct cm_node *cm_root;
struct cm_key *cm_root_key;

static void close_key(void *object, const struct ob_close *close)
{
    REG_KEY_HANDLE_CLOSE_INFORMATION information = {.Object = object};
    struct cm_notice notice = CM_NOTICE(KeyHandleClose, information, object);
    if (close->system_handles == 1) {
        cm_begin(&notice); // nobody can forbid it
        cm_end(&notice, STATUS_SUCCESS);
    }
}

static void destroy_key(void *object)
{
    struct cm_key *key = object;
    cm_drop_contexts(key);
    if (key->name)
        ex_free(key->name);
    if (!key->node)
        return;
    hal_mutex_lock(&cm_lock);
    cm_dereference(key->node);
    hal_mutex_unlock(&cm_lock);
}

// The opener's context, when it looks for a key, is a struct cm_walk.
static NTSTATUS parse_key(void *object, struct ob_lookup *lookup, const UNICODE_STRING *rest, void **found)
{
    struct cm_walk plain = {.open_link = lookup->attributes & OBJ_OPENLINK};
    struct cm_walk *walk = lookup->context ? lookup->context : &plain;
    struct cm_node *node;
    struct cm_key *key;
    if (lookup->type && lookup->type != &cm_key_type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (!lookup->type)
        walk = &plain; // somebody else's context
    if (lookup->root == object && rest->Length && rest->Buffer[0] == '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_walk(((struct cm_key *)object)->node, rest, walk, &node);
    if (NT_SUCCESS(status))
        cm_reference(node);
    hal_mutex_unlock(&cm_lock);
    if (!NT_SUCCESS(status))
        return status;
    status = cm_create_key_object(node, &key);
    hal_mutex_lock(&cm_lock);
    cm_dereference(node);
    hal_mutex_unlock(&cm_lock);
    if (NT_SUCCESS(status))
        *found = key;
    return status;
}

struct _OBJECT_TYPE cm_key_type = {
    .name = L"Key",
    .tag = EX_TAG('K', 'e', 'y', ' '),
    .mapping = {.GenericRead = KEY_READ,
                .GenericWrite = KEY_WRITE,
                .GenericExecute = KEY_EXECUTE,
                .GenericAll = KEY_ALL_ACCESS},
    .close = close_key,
    .destroy = destroy_key,
    .parse = parse_key,
};
POBJECT_TYPE CmKeyObjectType = &cm_key_type;

NTSTATUS cm_create_key_object(struct cm_node *node, struct cm_key **key)
{
    void *object;
    NTSTATUS status = ob_create(&cm_key_type, sizeof **key, &object);
    if (!NT_SUCCESS(status))
        return status;
    *key = object;
    (*key)->node = node;
    hal_mutex_lock(&cm_lock);
    cm_reference(node);
    hal_mutex_unlock(&cm_lock);
    return status;
}

NTSTATUS cm_reference_key(HANDLE handle, ACCESS_MASK wanted, KPROCESSOR_MODE mode, struct cm_key **key)
{
    return ob_reference_by_handle(handle, wanted, &cm_key_type, mode, (void **)key, NULL);
}

NTSTATUS cm_capture_value_name(const UNICODE_STRING *from, KPROCESSOR_MODE mode, UNICODE_STRING *name)
{
    NTSTATUS status = ob_capture_name(from, mode, name);
    if (!NT_SUCCESS(status))
        return status == STATUS_OBJECT_NAME_INVALID ? STATUS_INVALID_PARAMETER : status;
    while (name->Length && name->Buffer[name->Length / sizeof(WCHAR) - 1] == 0)
        name->Length -= sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS cm_deliver(struct cm_answer *answer, PVOID buffer, ULONG length, PULONG returned, KPROCESSOR_MODE mode)
{
    NTSTATUS status = STATUS_SUCCESS, copied;
    if (length < answer->head)
        status = STATUS_BUFFER_TOO_SMALL;
    else if (length < answer->length)
        status = STATUS_BUFFER_OVERFLOW;
    copied = mm_copy_out(returned, &answer->length, sizeof *returned, mode);
    if (NT_SUCCESS(copied) && status != STATUS_BUFFER_TOO_SMALL)
        copied = mm_copy_out(buffer, answer->data, length < answer->length ? length : answer->length, mode);
    hal_free(answer->data);
    return NT_SUCCESS(copied) ? status : copied;
}

// ---- boot ---------------------------------------------------------------------------------------

static const struct {
    const WCHAR *path;
    ULONG options;
} boot_keys[] = {
    {L"HARDWARE", REG_OPTION_VOLATILE},
    {L"HARDWARE\\DEVICEMAP", REG_OPTION_VOLATILE},
    {L"SOFTWARE", 0},
    {L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", 0},
    {L"SYSTEM", 0},
    {L"SYSTEM\\ControlSet001\\Control\\Session Manager\\Debug Print Filter", 0},
    {L"SYSTEM\\ControlSet001\\Services", 0},
};

static UNICODE_STRING string_of(const WCHAR *text)
{
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, text);
    return string;
}

static void fix(struct cm_node *node)
{
    for (; node && !node->fixed; node = node->parent)
        node->fixed = true;
}

static NTSTATUS add_fixed(struct cm_node *parent, const WCHAR *name, ULONG options, struct cm_node **node)
{
    UNICODE_STRING string = string_of(name);
    NTSTATUS status = cm_add_child(parent, &string, NULL, options, node);
    if (NT_SUCCESS(status))
        (*node)->fixed = true;
    return status;
}

// CurrentControlSet is a link to the one control set there is.
static NTSTATUS add_control_set_link(struct cm_node *machine)
{
    static const WCHAR target[] = L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001";
    UNICODE_STRING system_name = string_of(L"SYSTEM"), value = string_of(L"SymbolicLinkValue");
    struct cm_node *system = cm_find_child(machine, &system_name), *link;
    NTSTATUS status = add_fixed(system, L"CurrentControlSet", REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK, &link);
    if (NT_SUCCESS(status))
        status = cm_set_value(link, &value, REG_LINK, target, sizeof target - sizeof *target);
    return status;
}

// With cm_lock.
static NTSTATUS make_boot_keys(void)
{
    struct cm_node *machine, *user, *node;
    NTSTATUS status = add_fixed(NULL, L"REGISTRY", REG_OPTION_NON_VOLATILE, &cm_root);
    if (NT_SUCCESS(status))
        status = add_fixed(cm_root, L"MACHINE", 0, &machine);
    if (NT_SUCCESS(status))
        status = add_fixed(cm_root, L"USER", 0, &user);
    if (NT_SUCCESS(status))
        status = add_fixed(user, L".DEFAULT", 0, &node);
    for (size_t i = 0; NT_SUCCESS(status) && i < sizeof boot_keys / sizeof *boot_keys; i++) {
        UNICODE_STRING path = string_of(boot_keys[i].path);
        struct cm_walk walk = {.create = true, .create_all = true, .options = boot_keys[i].options};
        status = cm_walk(machine, &path, &walk, &node);
        if (NT_SUCCESS(status))
            fix(node);
    }
    return NT_SUCCESS(status) ? add_control_set_link(machine) : status;
}

NTSTATUS cm_init(void)
{
    UNICODE_STRING name = string_of(L"\\REGISTRY");
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = make_boot_keys();
    hal_mutex_unlock(&cm_lock);
    if (NT_SUCCESS(status))
        status = cm_init_access();
    if (NT_SUCCESS(status))
        status = cm_create_key_object(cm_root, &cm_root_key);
    if (NT_SUCCESS(status)) {
        ob_header(cm_root_key)->permanent = true;
        status = ob_insert_name(cm_root_key, &name, NULL, 0, NULL);
    }
    if (!NT_SUCCESS(status))
        cm_shutdown();
    return status;
}

void cm_shutdown(void)
{
    cm_close_store();
    cm_shutdown_access();
    if (cm_root_key) {
        ob_remove_name(cm_root_key);
        ob_dereference(cm_root_key);
        cm_root_key = NULL;
    }
    hal_mutex_lock(&cm_lock);
    if (cm_root)
        cm_delete_tree(cm_root);
    cm_root = NULL;
    hal_mutex_unlock(&cm_lock);
}
