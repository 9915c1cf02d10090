// Objects by pointer or name, for drivers. Modes are arguments here: in KernelMode nothing is checked and
// handles may be kernel handles.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-obopenobjectbypointer
#include "ob/ob.h"

// A passed access state brings the access along with what was asked for.
static ACCESS_MASK wanted_access(PACCESS_STATE state, ACCESS_MASK access)
{
    return state ? access | state->RemainingDesiredAccess | state->PreviouslyGrantedAccess : access;
}

static ULONG handle_attributes(ULONG attributes, KPROCESSOR_MODE mode)
{
    return mode == UserMode ? attributes & ~(ULONG)OBJ_KERNEL_HANDLE : attributes;
}

// type NULL: any.
NTSTATUS NTAPI ObOpenObjectByPointer(PVOID object, ULONG attributes, PACCESS_STATE state, ACCESS_MASK access,
                                     POBJECT_TYPE type, KPROCESSOR_MODE mode, PHANDLE handle)
{
    ACCESS_MASK granted;
    *handle = NULL;
    if (type && ob_type(object) != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    NTSTATUS status = ob_check_access(object, wanted_access(state, access), mode, &granted);
    return NT_SUCCESS(status) ? ob_insert_handle(object, granted, handle_attributes(attributes, mode), handle) : status;
}

NTSTATUS NTAPI ObOpenObjectByPointerWithTag(PVOID object, ULONG attributes, PACCESS_STATE state, ACCESS_MASK access,
                                            POBJECT_TYPE type, KPROCESSOR_MODE mode, ULONG tag, PHANDLE handle)
{
    (void)tag;
    return ObOpenObjectByPointer(object, attributes, state, access, type, mode, handle);
}

NTSTATUS NTAPI ObReferenceObjectByName(PUNICODE_STRING name, ULONG attributes, PACCESS_STATE state, ACCESS_MASK access,
                                       POBJECT_TYPE type, KPROCESSOR_MODE mode, PVOID parse_context, PVOID *object)
{
    ACCESS_MASK granted, wanted = wanted_access(state, access);
    void *found;
    (void)parse_context; // of a type's own; there are none that drivers could know
    *object = NULL;
    struct ob_lookup lookup = {.path = name, .attributes = attributes, .mode = mode, .access = wanted, .type = type};
    NTSTATUS status = ob_lookup_name(&lookup, &found);
    if (!NT_SUCCESS(status))
        return status;
    status = ob_check_access(found, wanted, mode, &granted);
    if (NT_SUCCESS(status))
        *object = found;
    else
        ob_dereference(found);
    return status;
}

NTSTATUS NTAPI ObOpenObjectByName(POBJECT_ATTRIBUTES attributes, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                  PACCESS_STATE state, ACCESS_MASK access, PVOID parse_context, PHANDLE handle)
{
    ACCESS_MASK granted, wanted = wanted_access(state, access);
    struct ob_attributes captured;
    void *object;
    (void)parse_context;
    *handle = NULL;
    NTSTATUS status = ob_capture_attributes(attributes, mode, &captured);
    if (!NT_SUCCESS(status))
        return status;
    struct ob_lookup lookup = {.path = &captured.name,
                               .root = captured.root,
                               .attributes = captured.attributes,
                               .mode = mode,
                               .access = wanted,
                               .type = type};
    status = ob_lookup_name(&lookup, &object);
    if (NT_SUCCESS(status)) {
        status = ob_check_access(object, wanted, mode, &granted);
        if (NT_SUCCESS(status))
            status = ob_insert_handle(object, granted, captured.attributes, handle);
        ob_dereference(object);
    }
    ob_release_attributes(&captured);
    return status;
}

NTSTATUS NTAPI ObCloseHandle(HANDLE handle, KPROCESSOR_MODE mode)
{
    return ob_close_handle(handle, mode);
}
