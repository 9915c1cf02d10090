// NtCreateKey, NtOpenKey, NtOpenKeyEx, NtDeleteKey, NtFlushKey. wdm/nf-wdm-zwcreatekey, -zwopenkey,
// -zwopenkeyex, -zwdeletekey, -zwflushkey.
#include "cm/cm.h"

enum {
    OPEN_OPTIONS = REG_OPTION_BACKUP_RESTORE | REG_OPTION_OPEN_LINK,
    CREATE_OPTIONS = REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK | OPEN_OPTIONS,
    WOW64_BITS = KEY_WOW64_32KEY | KEY_WOW64_64KEY, // which of two registries is meant; there is one
};

// What creating and opening share: the name, the walk, the handle. The handle is zero on failure.
static NTSTATUS open_key(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, struct cm_walk *walk,
                         KPROCESSOR_MODE mode)
{
    struct ob_attributes captured;
    void *key;
    HANDLE made = NULL;
    ACCESS_MASK below;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    if (!captured.present) {
        ob_release_attributes(&captured);
        return STATUS_ACCESS_VIOLATION;
    }
    walk->open_link |= (captured.attributes & OBJ_OPENLINK) != 0;
    struct ob_lookup lookup = {.path = &captured.name,
                               .root = captured.root,
                               .attributes = captured.attributes,
                               .mode = mode,
                               .access = access,
                               .context = walk,
                               .type = &cm_key_type};
    bool wants_new = walk->create;
    status = mm_copy_out(handle, &made, sizeof made, mode);
    if (NT_SUCCESS(status))
        status = cm_check_access(access & ~(ACCESS_MASK)WOW64_BITS, mode, &access);
    if (NT_SUCCESS(status)) {
        walk->create = wants_new && NT_SUCCESS(cm_check_access(KEY_CREATE_SUB_KEY, mode, &below));
        status = ob_lookup_name(&lookup, &key);
        if (status == STATUS_OBJECT_NAME_NOT_FOUND && wants_new && !walk->create)
            status = STATUS_ACCESS_DENIED;
    }
    if (NT_SUCCESS(status)) {
        if (walk->created)
            status = cm_commit(mode);
        if (NT_SUCCESS(status))
            status = ob_insert_handle(key, access, captured.attributes, &made);
        ob_dereference(key);
    }
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(handle, &made, sizeof made, mode)))
        ob_close_handle(made, mode);
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI NtCreateKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG title_index,
                           PUNICODE_STRING class_name, ULONG options, PULONG disposition)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct cm_walk walk = {.create = true, .options = options, .open_link = options & REG_OPTION_OPEN_LINK};
    NTSTATUS status = STATUS_SUCCESS;
    (void)title_index;
    if (options & ~(ULONG)CREATE_OPTIONS)
        return STATUS_INVALID_PARAMETER;
    if (class_name)
        status = ob_capture_name(class_name, mode, &walk.class_name);
    if (!NT_SUCCESS(status))
        return status;
    status = open_key(handle, access, attributes, &walk, mode);
    if (walk.class_name.Buffer)
        ex_free(walk.class_name.Buffer);
    if (NT_SUCCESS(status) && disposition) {
        ULONG what = walk.created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
        mm_copy_out(disposition, &what, sizeof what, mode);
    }
    return status;
}

NTSTATUS NTAPI NtOpenKeyEx(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG options)
{
    struct cm_walk walk = {.open_link = options & REG_OPTION_OPEN_LINK};
    if (options & ~(ULONG)OPEN_OPTIONS)
        return STATUS_INVALID_PARAMETER;
    return open_key(handle, access, attributes, &walk, ExGetPreviousMode());
}

NTSTATUS NTAPI NtOpenKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    return NtOpenKeyEx(handle, access, attributes, 0);
}

NTSTATUS NTAPI NtDeleteKey(HANDLE handle)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, DELETE, ExGetPreviousMode(), &key);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&cm_lock);
    status = cm_delete_node(key->node);
    hal_mutex_unlock(&cm_lock);
    ob_dereference(key);
    return NT_SUCCESS(status) ? cm_commit(ExGetPreviousMode()) : status;
}

// The registry is written as a whole; what drivers changed is, too, when this returns.
NTSTATUS NTAPI NtFlushKey(HANDLE handle)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, 0, ExGetPreviousMode(), &key);
    if (!NT_SUCCESS(status))
        return status;
    hal_mutex_lock(&cm_lock);
    if (key->node->deleted)
        status = STATUS_KEY_DELETED;
    hal_mutex_unlock(&cm_lock);
    ob_dereference(key);
    return NT_SUCCESS(status) ? cm_commit(UserMode) : status;
}
