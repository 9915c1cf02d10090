// Descriptors of objects: kept in the object's header, replaced as a whole.
//
//      none --se_set_descriptor, or NtSetSecurityObject--> one --the same--> another; freed with the object
//
// A descriptor is read and swapped under one lock, for the length of an access check. An object that has a
// name and no descriptor was made by the kernel or a driver (links, directories, driver objects): the public
// descriptor holds for it, which lets everybody look and only administrators change. An object without either
// is protected by nothing but the handles to it. A file is protected by its device.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-zwsetsecurityobject
#include "se/se.h"

static const WCHAR public_sddl[] = L"O:BAG:SYD:(A;;GRGX;;;WD)(A;;GA;;;SY)(A;;GA;;;BA)";

static struct hal_mutex lock;
static void *public_descriptor;

NTSTATUS se_init_objects(void)
{
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, public_sddl);
    return se_sddl_to_descriptor(&text, &public_descriptor);
}

void se_shutdown_objects(void)
{
    if (public_descriptor)
        ex_free(public_descriptor);
    public_descriptor = NULL;
}

// The object whose descriptor counts; NULL: none does.
static void *protector(void *object)
{
    struct _OBJECT_TYPE *type = ob_type(object);
    return type->secured_by ? type->secured_by(object) : object;
}

// With the lock; NULL when nothing protects the object.
static const void *descriptor_of(void *object)
{
    if (!object)
        return NULL;
    struct ob_header *header = ob_header(object);
    if (header->security_descriptor)
        return header->security_descriptor;
    return header->directory ? public_descriptor : NULL;
}

void se_set_descriptor(void *object, void *descriptor)
{
    struct ob_header *header = ob_header(object);
    hal_mutex_lock(&lock);
    void *old = header->security_descriptor;
    header->security_descriptor = descriptor;
    hal_mutex_unlock(&lock);
    if (old)
        ex_free(old);
}

NTSTATUS se_set_sddl(void *object, const WCHAR *sddl)
{
    UNICODE_STRING text;
    void *descriptor;
    RtlInitUnicodeString(&text, sddl);
    NTSTATUS status = se_sddl_to_descriptor(&text, &descriptor);
    if (NT_SUCCESS(status))
        se_set_descriptor(object, descriptor);
    return status;
}

NTSTATUS se_check_object(void *object, ACCESS_MASK desired, const GENERIC_MAPPING *mapping, KPROCESSOR_MODE mode,
                         ACCESS_MASK *granted)
{
    void *protecting = protector(object);
    NTSTATUS status = STATUS_SUCCESS;
    hal_mutex_lock(&lock);
    const void *descriptor = descriptor_of(protecting);
    if (mode == KernelMode || !descriptor)
        se_access_check(NULL, NULL, desired, mapping, KernelMode, granted);
    else
        status = se_access_check(descriptor, se_current_token(), desired, mapping, mode, granted);
    hal_mutex_unlock(&lock);
    return status;
}

// Of the parts that information names; a descriptor without any when nothing protects the object.
static NTSTATUS copy_parts(void *object, SECURITY_INFORMATION information, void **descriptor)
{
    void *protecting = protector(object);
    hal_mutex_lock(&lock);
    const void *present = descriptor_of(protecting);
    struct se_parts parts = present ? se_parts_of(present) : (struct se_parts){0};
    se_select_parts(&parts, information);
    *descriptor = se_build(&parts);
    hal_mutex_unlock(&lock);
    return *descriptor ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS se_copy_descriptor(void *object, void **descriptor)
{
    void *protecting = protector(object);
    NTSTATUS status = STATUS_SUCCESS;
    *descriptor = NULL;
    hal_mutex_lock(&lock);
    const void *present = descriptor_of(protecting);
    if (present) {
        struct se_parts parts = se_parts_of(present);
        if (!(*descriptor = se_build(&parts)))
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    hal_mutex_unlock(&lock);
    return status;
}

NTSTATUS se_set_security(void *object, SECURITY_INFORMATION information, const void *descriptor)
{
    void *merged = NULL, *old = NULL, *protecting = protector(object);
    if (!protecting)
        return STATUS_INVALID_DEVICE_REQUEST; // a name below a device: the driver's business
    hal_mutex_lock(&lock);
    NTSTATUS status = se_merge(descriptor_of(protecting), descriptor, information, &ob_type(object)->mapping, &merged);
    if (NT_SUCCESS(status)) {
        old = ob_header(protecting)->security_descriptor;
        ob_header(protecting)->security_descriptor = merged;
    }
    hal_mutex_unlock(&lock);
    if (old)
        ex_free(old);
    return status;
}

// ---- the services -------------------------------------------------------------------------------------------------

static ACCESS_MASK access_to_set(SECURITY_INFORMATION information)
{
    ACCESS_MASK access = 0;
    if (information & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION))
        access |= WRITE_OWNER;
    if (information &
        (DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION | UNPROTECTED_DACL_SECURITY_INFORMATION))
        access |= WRITE_DAC;
    if (information & SACL_SECURITY_INFORMATION)
        access |= ACCESS_SYSTEM_SECURITY;
    return access;
}

// An owner must be one whom the caller may name, unless it may restore files.
static NTSTATUS check_owner(const void *descriptor, SECURITY_INFORMATION information, KPROCESSOR_MODE mode)
{
    const struct se_token *token = se_current_token();
    const SID *owner = se_parts_of(descriptor).owner;
    if (mode == KernelMode || !(information & OWNER_SECURITY_INFORMATION) || !owner)
        return STATUS_SUCCESS;
    for (ULONG i = 0; i < token->group_count; i++)
        if ((i == 0 || (token->groups[i].attributes & SE_GROUP_OWNER)) &&
            RtlEqualSid((PSID)token->groups[i].sid, (PSID)owner))
            return STATUS_SUCCESS;
    return se_has_privilege(SE_RESTORE_PRIVILEGE, mode) ? STATUS_SUCCESS : STATUS_INVALID_OWNER;
}

NTSTATUS NTAPI NtSetSecurityObject(HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    void *object, *captured;
    if (!descriptor)
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = ob_reference_by_handle(handle, access_to_set(information), NULL, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = se_capture(descriptor, mode, &captured);
    if (NT_SUCCESS(status)) {
        status = check_owner(captured, information, mode);
        if (NT_SUCCESS(status))
            status = se_set_security(object, information, captured);
        ex_free(captured);
    }
    ob_dereference(object);
    return status;
}

// STATUS_BUFFER_TOO_SMALL with the bytes it takes in *needed.
NTSTATUS NTAPI NtQuerySecurityObject(HANDLE handle, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                                     ULONG length, PULONG needed)
{
    KPROCESSOR_MODE mode = ExGetPreviousMode();
    ACCESS_MASK access = READ_CONTROL | (information & SACL_SECURITY_INFORMATION ? ACCESS_SYSTEM_SECURITY : 0);
    void *object, *copy;
    NTSTATUS status = ob_reference_by_handle(handle, access, NULL, mode, &object, NULL);
    if (!NT_SUCCESS(status))
        return status;
    status = copy_parts(object, information, &copy);
    ob_dereference(object);
    if (!NT_SUCCESS(status))
        return status;
    ULONG bytes = (ULONG)se_descriptor_bytes(copy);
    status = mm_copy_out(needed, &bytes, sizeof bytes, mode);
    if (NT_SUCCESS(status) && length < bytes)
        status = STATUS_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(status))
        status = mm_copy_out(descriptor, copy, bytes, mode);
    ex_free(copy);
    return status;
}

// ---- what drivers call --------------------------------------------------------------------------------------------

NTSTATUS NTAPI ObSetSecurityObjectByPointer(PVOID object, SECURITY_INFORMATION information,
                                            PSECURITY_DESCRIPTOR descriptor)
{
    return RtlValidSecurityDescriptor(descriptor) ? se_set_security(object, information, descriptor)
                                                  : STATUS_INVALID_SECURITY_DESCR;
}

// NULL in *descriptor, with success, when nothing protects the object.
NTSTATUS NTAPI ObGetObjectSecurity(PVOID object, PSECURITY_DESCRIPTOR *descriptor, PBOOLEAN allocated)
{
    NTSTATUS status = se_copy_descriptor(object, descriptor);
    *allocated = *descriptor != NULL;
    return status;
}

VOID NTAPI ObReleaseObjectSecurity(PSECURITY_DESCRIPTOR descriptor, BOOLEAN allocated)
{
    if (descriptor && allocated)
        ex_free(descriptor);
}
