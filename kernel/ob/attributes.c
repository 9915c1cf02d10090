// OBJECT_ATTRIBUTES of a caller, captured once; and what all NtCreateXxx and NtOpenXxx have in common.
#include "ob/ob.h"

static const struct ob_security *security;

void ob_set_security(const struct ob_security *monitor)
{
    security = monitor;
}

NTSTATUS ob_check_access(void *object, ACCESS_MASK wanted, KPROCESSOR_MODE mode, ACCESS_MASK *granted)
{
    if (security)
        return security->check(object, wanted, mode, granted);
    *granted = ob_map_access(wanted, ob_type(object));
    return STATUS_SUCCESS;
}

NTSTATUS ob_capture_name(const UNICODE_STRING *from, KPROCESSOR_MODE mode, UNICODE_STRING *name)
{
    UNICODE_STRING copy;
    NTSTATUS status = mm_copy_in(&copy, from, sizeof copy, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (copy.Length % sizeof(WCHAR))
        return STATUS_OBJECT_NAME_INVALID;
    name->Buffer = ex_allocate(copy.Length + sizeof(WCHAR), EX_TAG('O', 'b', 'N', 'm'));
    if (!name->Buffer)
        return STATUS_INSUFFICIENT_RESOURCES;
    name->Length = copy.Length;
    name->MaximumLength = (USHORT)(copy.Length + sizeof(WCHAR));
    name->Buffer[copy.Length / sizeof(WCHAR)] = 0;
    status = mm_copy_in(name->Buffer, copy.Buffer, copy.Length, mode);
    if (!NT_SUCCESS(status)) {
        ex_free(name->Buffer);
        name->Buffer = NULL;
    }
    return status;
}

NTSTATUS ob_capture_attributes(const OBJECT_ATTRIBUTES *attributes, KPROCESSOR_MODE mode, struct ob_attributes *out)
{
    OBJECT_ATTRIBUTES copy;
    *out = (struct ob_attributes){0};
    if (!attributes)
        return STATUS_SUCCESS;
    NTSTATUS status = mm_copy_in(&copy, attributes, sizeof copy, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (copy.Length != sizeof copy || (copy.Attributes & ~(ULONG)OBJ_VALID_ATTRIBUTES))
        return STATUS_INVALID_PARAMETER;
    out->present = true;
    out->attributes = mode == UserMode ? copy.Attributes & ~(ULONG)OBJ_KERNEL_HANDLE : copy.Attributes;
    if (copy.ObjectName)
        status = ob_capture_name(copy.ObjectName, mode, &out->name);
    if (NT_SUCCESS(status) && copy.RootDirectory)
        status = ob_reference_by_handle(copy.RootDirectory, 0, NULL, mode, &out->root, NULL);
    if (NT_SUCCESS(status) && copy.SecurityDescriptor && security)
        status = security->capture(copy.SecurityDescriptor, mode, &out->descriptor);
    if (!NT_SUCCESS(status))
        ob_release_attributes(out);
    return status;
}

void ob_release_attributes(struct ob_attributes *attributes)
{
    if (attributes->name.Buffer)
        ex_free(attributes->name.Buffer);
    if (attributes->root)
        ob_dereference(attributes->root);
    if (attributes->descriptor)
        ex_free(attributes->descriptor);
    *attributes = (struct ob_attributes){0};
}

ACCESS_MASK ob_map_access(ACCESS_MASK access, const struct _OBJECT_TYPE *type)
{
    ACCESS_MASK mapped =
        access & ~(ACCESS_MASK)(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL | MAXIMUM_ALLOWED);
    if (access & GENERIC_READ)
        mapped |= type->mapping.GenericRead;
    if (access & GENERIC_WRITE)
        mapped |= type->mapping.GenericWrite;
    if (access & GENERIC_EXECUTE)
        mapped |= type->mapping.GenericExecute;
    if (access & (GENERIC_ALL | MAXIMUM_ALLOWED))
        mapped |= type->mapping.GenericAll;
    return mapped;
}

// A new object gets its descriptor before others can find it.
static NTSTATUS protect(void *object, struct ob_attributes *attributes, KPROCESSOR_MODE mode)
{
    NTSTATUS status = STATUS_SUCCESS;
    if (attributes->name.Length && mode == UserMode)
        status = ob_check_parent(
            &attributes->name, attributes->root,
            ob_type(object) == &ob_directory_type ? DIRECTORY_CREATE_SUBDIRECTORY : DIRECTORY_CREATE_OBJECT, mode);
    if (NT_SUCCESS(status) && security && (attributes->name.Length || attributes->descriptor))
        status = security->assign(object, attributes->descriptor);
    ob_header(object)->permanent = (attributes->attributes & OBJ_PERMANENT) && mode == KernelMode;
    return status;
}

// A handle to an object that was found by its name; STATUS_DELETE_PENDING when it has lost the name since.
static NTSTATUS open_found(void *object, ACCESS_MASK access, ULONG attributes, KPROCESSOR_MODE mode, HANDLE *handle)
{
    ACCESS_MASK granted;
    NTSTATUS status = ob_check_access(object, access, mode, &granted);
    if (!NT_SUCCESS(status))
        return status;
    return ob_count_named_handle(object) ? ob_insert_counted_handle(object, granted, attributes, handle)
                                         : STATUS_DELETE_PENDING;
}

// Who makes an object gets what it asks for; who finds one there already has to be allowed. The new object's handle is
// counted before it has its name, so that nobody who opens and closes it takes the name away.
NTSTATUS ob_finish_create(void *object, struct ob_attributes *attributes, ACCESS_MASK access, KPROCESSOR_MODE mode,
                          HANDLE *handle)
{
    void *existing;
    HANDLE made;
    NTSTATUS status = protect(object, attributes, mode), inserted;
    ob_count_handle(object);
    do {
        existing = NULL;
        if (NT_SUCCESS(status) && attributes->name.Length)
            status = ob_insert_name(object, &attributes->name, attributes->root, attributes->attributes, &existing);
        inserted = status;
        if (existing) {
            inserted = open_found(existing, access, attributes->attributes, mode, &made);
            ob_dereference(existing);
        }
    } while (existing && inserted == STATUS_DELETE_PENDING);
    if (NT_SUCCESS(inserted) && !existing) {
        inserted =
            ob_insert_counted_handle(object, ob_map_access(access, ob_type(object)), attributes->attributes, &made);
        if (!NT_SUCCESS(inserted))
            ob_remove_name(object);
    } else {
        ob_uncount_handle(object);
    }
    if (NT_SUCCESS(inserted) && !NT_SUCCESS(inserted = mm_copy_out(handle, &made, sizeof made, mode)))
        ob_close_handle(made, mode);
    ob_dereference(object);
    return NT_SUCCESS(inserted) ? status : inserted;
}

NTSTATUS ob_open(const OBJECT_ATTRIBUTES *attributes, struct _OBJECT_TYPE *type, ACCESS_MASK access, HANDLE *handle)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    struct ob_attributes captured;
    void *object;
    HANDLE made;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_lookup lookup = {.path = &captured.name,
                               .root = captured.root,
                               .mode = mode,
                               .access = access,
                               .type = type,
                               .attributes = captured.attributes | (type == &ob_symbolic_link_type ? OBJ_OPENLINK : 0)};
    do {
        status = ob_lookup_name(&lookup, &object);
        if (!NT_SUCCESS(status))
            break;
        status = open_found(object, access, captured.attributes, mode, &made);
        ob_dereference(object);
    } while (status == STATUS_DELETE_PENDING);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = mm_copy_out(handle, &made, sizeof made, mode)))
        ob_close_handle(made, mode);
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS ob_deliver(const void *answer, ULONG bytes, PVOID buffer, ULONG length, PULONG returned)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    NTSTATUS status = STATUS_INFO_LENGTH_MISMATCH;
    if (length == bytes)
        status = mm_copy_out(buffer, answer, bytes, mode);
    if (NT_SUCCESS(status) && returned)
        status = mm_copy_out(returned, &bytes, sizeof bytes, mode);
    return status;
}
