// Security descriptors: what drivers do with the parts of one.
//
// A descriptor is absolute (a structure with pointers) or self-relative (one block with offsets); the setters
// are for the absolute form only.
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-rtlcreatesecuritydescriptor
#include "se/se.h"

// The bits of Control that describe an ACL.
enum {
    DACL_BITS = SE_DACL_PRESENT | SE_DACL_DEFAULTED,
    SACL_BITS = SE_SACL_PRESENT | SE_SACL_DEFAULTED,
    CHANGEABLE = SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED |
                 SE_DACL_PROTECTED | SE_SACL_PROTECTED,
};

static const void *at_offset(const void *descriptor, ULONG offset)
{
    return offset ? (const char *)descriptor + offset : NULL;
}

struct se_parts se_parts_of(const void *descriptor)
{
    const SECURITY_DESCRIPTOR *absolute = descriptor;
    const SECURITY_DESCRIPTOR_RELATIVE *relative = descriptor;
    struct se_parts parts = {.control = relative->Control};
    if (parts.control & SE_SELF_RELATIVE) {
        parts.owner = at_offset(relative, relative->Owner);
        parts.group = at_offset(relative, relative->Group);
        parts.dacl = at_offset(relative, relative->Dacl);
        parts.sacl = at_offset(relative, relative->Sacl);
    } else {
        parts.owner = absolute->Owner;
        parts.group = absolute->Group;
        parts.dacl = absolute->Dacl;
        parts.sacl = absolute->Sacl;
    }
    if (!(parts.control & SE_DACL_PRESENT))
        parts.dacl = NULL;
    if (!(parts.control & SE_SACL_PRESENT))
        parts.sacl = NULL;
    return parts;
}

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision)
{
    if (revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    *(SECURITY_DESCRIPTOR *)descriptor = (SECURITY_DESCRIPTOR){.Revision = SECURITY_DESCRIPTOR_REVISION};
    return STATUS_SUCCESS;
}

// ---- setters ------------------------------------------------------------------------------------------------------

static NTSTATUS may_change(const SECURITY_DESCRIPTOR *descriptor)
{
    if (descriptor->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    return descriptor->Control & SE_SELF_RELATIVE ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}

static void set_control(SECURITY_DESCRIPTOR *descriptor, unsigned clear, unsigned set)
{
    descriptor->Control = (SECURITY_DESCRIPTOR_CONTROL)((descriptor->Control & ~clear) | set);
}

// present with dacl NULL is the NULL DACL, which allows everything to everybody.
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR memory, BOOLEAN present, PACL dacl, BOOLEAN defaulted)
{
    SECURITY_DESCRIPTOR *descriptor = memory;
    NTSTATUS status = may_change(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    descriptor->Dacl = present ? dacl : NULL;
    set_control(descriptor, DACL_BITS,
                (present ? SE_DACL_PRESENT : 0) | (present && defaulted ? SE_DACL_DEFAULTED : 0));
    return status;
}

NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR memory, BOOLEAN present, PACL sacl, BOOLEAN defaulted)
{
    SECURITY_DESCRIPTOR *descriptor = memory;
    NTSTATUS status = may_change(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    descriptor->Sacl = present ? sacl : NULL;
    set_control(descriptor, SACL_BITS,
                (present ? SE_SACL_PRESENT : 0) | (present && defaulted ? SE_SACL_DEFAULTED : 0));
    return status;
}

NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR memory, PSID owner, BOOLEAN defaulted)
{
    SECURITY_DESCRIPTOR *descriptor = memory;
    NTSTATUS status = may_change(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    descriptor->Owner = owner;
    set_control(descriptor, SE_OWNER_DEFAULTED, defaulted ? SE_OWNER_DEFAULTED : 0);
    return status;
}

NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR memory, PSID group, BOOLEAN defaulted)
{
    SECURITY_DESCRIPTOR *descriptor = memory;
    NTSTATUS status = may_change(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    descriptor->Group = group;
    set_control(descriptor, SE_GROUP_DEFAULTED, defaulted ? SE_GROUP_DEFAULTED : 0);
    return status;
}

NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR memory, SECURITY_DESCRIPTOR_CONTROL mask,
                                               SECURITY_DESCRIPTOR_CONTROL control)
{
    if ((mask & ~CHANGEABLE) || (control & ~mask))
        return STATUS_INVALID_PARAMETER;
    set_control(memory, mask, control);
    return STATUS_SUCCESS;
}

// ---- getters ------------------------------------------------------------------------------------------------------

static NTSTATUS may_read(const SECURITY_DESCRIPTOR *descriptor)
{
    return descriptor->Revision == SECURITY_DESCRIPTOR_REVISION ? STATUS_SUCCESS : STATUS_UNKNOWN_REVISION;
}

// *dacl and *defaulted are left alone when the descriptor has none.
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present, PACL *dacl,
                                            PBOOLEAN defaulted)
{
    NTSTATUS status = may_read(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct se_parts parts = se_parts_of(descriptor);
    *present = (parts.control & SE_DACL_PRESENT) != 0;
    if (*present) {
        *dacl = (PACL)parts.dacl;
        *defaulted = (parts.control & SE_DACL_DEFAULTED) != 0;
    }
    return status;
}

NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present, PACL *sacl,
                                            PBOOLEAN defaulted)
{
    NTSTATUS status = may_read(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct se_parts parts = se_parts_of(descriptor);
    *present = (parts.control & SE_SACL_PRESENT) != 0;
    if (*present) {
        *sacl = (PACL)parts.sacl;
        *defaulted = (parts.control & SE_SACL_DEFAULTED) != 0;
    }
    return status;
}

NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *owner, PBOOLEAN defaulted)
{
    NTSTATUS status = may_read(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct se_parts parts = se_parts_of(descriptor);
    *owner = (PSID)parts.owner;
    *defaulted = (parts.control & SE_OWNER_DEFAULTED) != 0;
    return status;
}

NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSID *group, PBOOLEAN defaulted)
{
    NTSTATUS status = may_read(descriptor);
    if (!NT_SUCCESS(status))
        return status;
    struct se_parts parts = se_parts_of(descriptor);
    *group = (PSID)parts.group;
    *defaulted = (parts.control & SE_GROUP_DEFAULTED) != 0;
    return status;
}

NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR memory, PSECURITY_DESCRIPTOR_CONTROL control,
                                               PULONG revision)
{
    const SECURITY_DESCRIPTOR *descriptor = memory;
    *revision = descriptor->Revision;
    NTSTATUS status = may_read(descriptor);
    if (NT_SUCCESS(status))
        *control = descriptor->Control;
    return status;
}
