// Which descriptor an object gets, and how one is changed.
//
// Parts that nobody gave come from the token of who makes the object: its default owner, group and DACL.
// Inheritance from a parent object is not done: device objects and what lies in the namespace have nothing to
// inherit.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-seassignsecurity
#include "se/se.h"

enum {
    DACL_BITS =
        SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_DACL_PROTECTED | SE_DACL_AUTO_INHERITED | SE_DACL_AUTO_INHERIT_REQ,
    SACL_BITS =
        SE_SACL_PRESENT | SE_SACL_DEFAULTED | SE_SACL_PROTECTED | SE_SACL_AUTO_INHERITED | SE_SACL_AUTO_INHERIT_REQ,
};

// The parts in pool, with the rights of the type in place of generic ones.
static NTSTATUS finish(const struct se_parts *parts, const GENERIC_MAPPING *mapping, void **descriptor)
{
    *descriptor = se_build(parts);
    if (!*descriptor)
        return STATUS_INSUFFICIENT_RESOURCES;
    struct se_parts built = se_parts_of(*descriptor);
    if (built.dacl && mapping)
        se_map_acl((ACL *)built.dacl, mapping);
    if (built.sacl && mapping)
        se_map_acl((ACL *)built.sacl, mapping);
    return STATUS_SUCCESS;
}

NTSTATUS se_assign(const void *given, const struct se_token *token, const GENERIC_MAPPING *mapping, void **descriptor)
{
    struct se_parts parts = given ? se_parts_of(given) : (struct se_parts){0};
    if (token && !parts.owner)
        parts.owner = token->owner;
    if (token && !parts.group)
        parts.group = token->primary_group;
    if (token && !(parts.control & SE_DACL_PRESENT)) {
        parts.dacl = &token->default_dacl.acl;
        parts.control |= SE_DACL_PRESENT;
    }
    return finish(&parts, mapping, descriptor);
}

NTSTATUS se_merge(const void *old, const void *given, SECURITY_INFORMATION information, const GENERIC_MAPPING *mapping,
                  void **descriptor)
{
    struct se_parts parts = old ? se_parts_of(old) : (struct se_parts){0}, from = se_parts_of(given);
    unsigned control = parts.control;
    if (((information & OWNER_SECURITY_INFORMATION) && !from.owner) ||
        ((information & GROUP_SECURITY_INFORMATION) && !from.group))
        return STATUS_INVALID_SECURITY_DESCR;
    if (information & OWNER_SECURITY_INFORMATION)
        parts.owner = from.owner;
    if (information & GROUP_SECURITY_INFORMATION)
        parts.group = from.group;
    if (information & DACL_SECURITY_INFORMATION) { // none in the new descriptor: a NULL DACL
        parts.dacl = from.dacl;
        control = (control & ~DACL_BITS) | (from.control & DACL_BITS) | SE_DACL_PRESENT;
    }
    if (information & SACL_SECURITY_INFORMATION) {
        parts.sacl = from.sacl;
        control = (control & ~SACL_BITS) | (from.control & SACL_BITS) | SE_SACL_PRESENT;
    }
    if (information & PROTECTED_DACL_SECURITY_INFORMATION)
        control |= SE_DACL_PROTECTED;
    if (information & UNPROTECTED_DACL_SECURITY_INFORMATION)
        control &= ~(unsigned)SE_DACL_PROTECTED;
    parts.control = (SECURITY_DESCRIPTOR_CONTROL)control;
    return finish(&parts, mapping, descriptor);
}

// ---- what drivers call --------------------------------------------------------------------------------------------

NTSTATUS NTAPI SeAssignSecurity(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR explicit_descriptor,
                                PSECURITY_DESCRIPTOR *result, BOOLEAN is_directory, PSECURITY_SUBJECT_CONTEXT subject,
                                PGENERIC_MAPPING mapping, POOL_TYPE pool)
{
    (void)parent, (void)is_directory, (void)pool;
    *result = NULL;
    return se_assign(explicit_descriptor, subject->ClientToken ? subject->ClientToken : subject->PrimaryToken, mapping,
                     result);
}

NTSTATUS NTAPI SeAssignSecurityEx(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR explicit_descriptor,
                                  PSECURITY_DESCRIPTOR *result, GUID *object_type, BOOLEAN is_directory, ULONG flags,
                                  PSECURITY_SUBJECT_CONTEXT subject, PGENERIC_MAPPING mapping, POOL_TYPE pool)
{
    (void)object_type, (void)flags;
    return SeAssignSecurity(parent, explicit_descriptor, result, is_directory, subject, mapping, pool);
}

NTSTATUS NTAPI SeDeassignSecurity(PSECURITY_DESCRIPTOR *descriptor)
{
    if (*descriptor)
        ex_free(*descriptor);
    *descriptor = NULL;
    return STATUS_SUCCESS;
}

// The parts of a file system object's descriptor that *information names, self-relative.
// STATUS_BUFFER_TOO_SMALL with the bytes it takes in *length.
NTSTATUS NTAPI SeQuerySecurityDescriptorInfo(PSECURITY_INFORMATION information, PSECURITY_DESCRIPTOR answer,
                                             PULONG length, PSECURITY_DESCRIPTOR *objects_descriptor)
{
    struct se_parts parts = *objects_descriptor ? se_parts_of(*objects_descriptor) : (struct se_parts){0};
    se_select_parts(&parts, *information);
    ULONG bytes = (ULONG)se_parts_bytes(&parts);
    bool fits = *length >= bytes;
    *length = bytes;
    if (!fits)
        return STATUS_BUFFER_TOO_SMALL;
    se_write_parts(&parts, answer);
    return STATUS_SUCCESS;
}

void se_select_parts(struct se_parts *parts, SECURITY_INFORMATION information)
{
    unsigned control = parts->control;
    if (!(information & OWNER_SECURITY_INFORMATION)) {
        parts->owner = NULL;
        control &= ~(unsigned)SE_OWNER_DEFAULTED;
    }
    if (!(information & GROUP_SECURITY_INFORMATION)) {
        parts->group = NULL;
        control &= ~(unsigned)SE_GROUP_DEFAULTED;
    }
    if (!(information & DACL_SECURITY_INFORMATION)) {
        parts->dacl = NULL;
        control &= ~(unsigned)DACL_BITS;
    }
    if (!(information & SACL_SECURITY_INFORMATION)) {
        parts->sacl = NULL;
        control &= ~(unsigned)SACL_BITS;
    }
    parts->control = (SECURITY_DESCRIPTOR_CONTROL)control;
}

// Replaces *objects_descriptor; the old one is freed.
NTSTATUS NTAPI SeSetSecurityDescriptorInfo(PVOID object, PSECURITY_INFORMATION information,
                                           PSECURITY_DESCRIPTOR modification, PSECURITY_DESCRIPTOR *objects_descriptor,
                                           POOL_TYPE pool, PGENERIC_MAPPING mapping)
{
    void *merged;
    (void)object, (void)pool;
    if (!*objects_descriptor)
        return STATUS_NO_SECURITY_ON_OBJECT;
    NTSTATUS status = se_merge(*objects_descriptor, modification, *information, mapping, &merged);
    if (!NT_SUCCESS(status))
        return status;
    ex_free(*objects_descriptor);
    *objects_descriptor = merged;
    return status;
}
