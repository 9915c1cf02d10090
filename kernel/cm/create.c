// NtCreateKey, NtOpenKey, NtOpenKeyEx, NtDeleteKey, NtFlushKey. wdm/nf-wdm-zwcreatekey, -zwopenkey,
// -zwopenkeyex, -zwdeletekey, -zwflushkey.
#include "cm/cm.h"

enum {
    OPEN_OPTIONS = REG_OPTION_BACKUP_RESTORE | REG_OPTION_OPEN_LINK,
    CREATE_OPTIONS = REG_OPTION_VOLATILE | REG_OPTION_CREATE_LINK | OPEN_OPTIONS,
    WOW64_BITS = KEY_WOW64_32KEY | KEY_WOW64_64KEY, // which of two registries is meant; there is one
};

// Finds or makes the key, with the say of the drivers that filter; one may bring a Key object of its own.
static NTSTATUS find_key(struct ob_lookup *lookup, struct ob_attributes *captured, ACCESS_MASK access, void **key)
{
    struct cm_walk *walk = lookup->context;
    struct cm_key *root = captured->root ? captured->root : (void *)cm_root_key;
    ULONG disposition = 0;
    PVOID result = NULL;
    REG_CREATE_KEY_INFORMATION information = {.CompleteName = &captured->name,
                                              .RootObject = root,
                                              .ObjectType = &cm_key_type,
                                              .CreateOptions = walk->options,
                                              .Class = walk->class_name.Buffer ? &walk->class_name : NULL,
                                              .SecurityDescriptor = captured->descriptor,
                                              .DesiredAccess = access,
                                              .Disposition = &disposition,
                                              .ResultObject = &result};
    struct cm_notice notice = {.before = walk->create ? RegNtPreCreateKeyEx : RegNtPreOpenKeyEx,
                               .after = walk->create ? RegNtPostCreateKeyEx : RegNtPostOpenKeyEx,
                               .information = &information,
                               .call_context = &information.CallContext,
                               .object_context = &information.RootObjectContext,
                               .key = root};
    NTSTATUS status;
    if (cm_begin(&notice)) {
        status = ob_lookup_name(lookup, &result);
        disposition = walk->created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
        notice.key = NT_SUCCESS(status) ? result : NULL;
        status = cm_end(&notice, status);
    } else {
        status = notice.status;
    }
    if (NT_SUCCESS(status) && !result)
        status = STATUS_UNSUCCESSFUL; // a driver says it did, and brings none
    if (!NT_SUCCESS(status) && result)
        ob_dereference(result);
    *key = result;
    return status;
}

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
        status = find_key(&lookup, &captured, access, &key);
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

static NTSTATUS delete_locked(struct cm_node *node)
{
    hal_mutex_lock(&cm_lock);
    NTSTATUS status = cm_delete_node(node);
    hal_mutex_unlock(&cm_lock);
    return status;
}

NTSTATUS NTAPI NtDeleteKey(HANDLE handle)
{
    struct cm_key *key;
    NTSTATUS status = cm_reference_key(handle, DELETE, ExGetPreviousMode(), &key);
    if (!NT_SUCCESS(status))
        return status;
    REG_DELETE_KEY_INFORMATION information = {.Object = key};
    struct cm_notice notice = CM_NOTICE(DeleteKey, information, key);
    status = cm_begin(&notice) ? cm_end(&notice, delete_locked(key->node)) : notice.status;
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
    REG_FLUSH_KEY_INFORMATION information = {.Object = key};
    struct cm_notice notice = CM_NOTICE(FlushKey, information, key);
    if (cm_begin(&notice)) {
        hal_mutex_lock(&cm_lock);
        status = key->node->deleted ? STATUS_KEY_DELETED : STATUS_SUCCESS;
        hal_mutex_unlock(&cm_lock);
        status = cm_end(&notice, NT_SUCCESS(status) ? cm_commit(UserMode) : status);
    } else {
        status = notice.status;
    }
    ob_dereference(key);
    return status;
}
