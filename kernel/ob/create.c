// Objects that drivers make of existing types: ObCreateObject, ObInsertObject. Windows exports both and documents neither;
// drivers use them for file objects above all.
//
//      created (the caller's reference, no name) --ObInsertObject: name, handle; the reference goes--> as any object
#include "ob/ob.h"

// What the type's own objects have behind the part that drivers know is there as well, zeroed. attributes, with their
// name, are for ObInsertObject.
NTSTATUS NTAPI ObCreateObject(KPROCESSOR_MODE probe_mode, POBJECT_TYPE type, POBJECT_ATTRIBUTES attributes,
                              KPROCESSOR_MODE owner, PVOID parse_context, ULONG bytes, ULONG paged, ULONG nonpaged,
                              PVOID *object)
{
    struct ob_attributes captured;
    (void)owner, (void)parse_context, (void)paged, (void)nonpaged;
    NTSTATUS status = ob_capture_attributes(attributes, probe_mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_attributes *kept = ex_allocate(sizeof *kept, EX_TAG('O', 'b', 'C', 'r'));
    status = kept ? ob_create(type, bytes < type->least_body ? type->least_body : bytes, object)
                  : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(status)) {
        if (kept)
            ex_free(kept);
        ob_release_attributes(&captured);
        return status;
    }
    *kept = captured;
    ob_header(*object)->creation = kept;
    return STATUS_SUCCESS;
}

void ob_forget_creation(void *object)
{
    struct ob_attributes *kept = ob_header(object)->creation;
    if (!kept)
        return;
    ob_header(object)->creation = NULL;
    ob_release_attributes(kept);
    ex_free(kept);
}

// Gives it its name and makes the handle; the caller's reference goes in any case. bias more references are the caller's
// with *new_object.
NTSTATUS NTAPI ObInsertObject(PVOID object, PACCESS_STATE state, ACCESS_MASK access, ULONG bias, PVOID *new_object,
                              PHANDLE handle)
{
    struct ob_attributes *kept = ob_header(object)->creation;
    void *inserted;
    if (!kept || !handle)
        return STATUS_INVALID_PARAMETER;
    ob_header(object)->creation = NULL;
    NTSTATUS status =
        ob_finish_create(object, kept, state ? access | state->RemainingDesiredAccess : access, KernelMode, handle);
    ob_release_attributes(kept);
    ex_free(kept);
    if (!NT_SUCCESS(status) || !new_object || !bias)
        return status;
    NTSTATUS found = ob_reference_by_handle(*handle, 0, NULL, KernelMode, &inserted, NULL);
    if (!NT_SUCCESS(found))
        return found;
    for (; bias > 1; bias--)
        ob_reference(inserted);
    *new_object = inserted;
    return status;
}
