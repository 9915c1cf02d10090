// The self-relative form of a security descriptor: one block, in which the parts follow the header.
//
//     header | SACL | DACL | owner | group
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlabsolutetoselfrelativesd
#include "se/se.h"

#include <string.h>

enum { HEAD = sizeof(SECURITY_DESCRIPTOR_RELATIVE) };

static size_t round4(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

static size_t acl_bytes(const ACL *acl)
{
    return acl ? round4(acl->AclSize) : 0;
}

static size_t sid_bytes(const SID *sid)
{
    return sid ? RtlLengthSid((PSID)sid) : 0;
}

// ---- writing ------------------------------------------------------------------------------------------------------

size_t se_parts_bytes(const struct se_parts *parts)
{
    return HEAD + acl_bytes(parts->sacl) + acl_bytes(parts->dacl) + sid_bytes(parts->owner) + sid_bytes(parts->group);
}

// Returns the offset of what was written, 0 for nothing.
static ULONG put(char *descriptor, size_t *at, const void *part, size_t bytes, size_t room)
{
    if (!part)
        return 0;
    ULONG offset = (ULONG)*at;
    memcpy(descriptor + offset, part, bytes);
    memset(descriptor + offset + bytes, 0, room - bytes);
    *at += room;
    return offset;
}

void se_write_parts(const struct se_parts *parts, void *descriptor)
{
    size_t at = HEAD;
    SECURITY_DESCRIPTOR_RELATIVE head = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                                         .Control = parts->control | SE_SELF_RELATIVE};
    head.Sacl = put(descriptor, &at, parts->sacl, parts->sacl ? parts->sacl->AclSize : 0, acl_bytes(parts->sacl));
    head.Dacl = put(descriptor, &at, parts->dacl, parts->dacl ? parts->dacl->AclSize : 0, acl_bytes(parts->dacl));
    head.Owner = put(descriptor, &at, parts->owner, sid_bytes(parts->owner), sid_bytes(parts->owner));
    head.Group = put(descriptor, &at, parts->group, sid_bytes(parts->group), sid_bytes(parts->group));
    memcpy(descriptor, &head, sizeof head);
}

void *se_build(const struct se_parts *parts)
{
    void *descriptor = ex_allocate(se_parts_bytes(parts), SE_TAG);
    if (descriptor)
        se_write_parts(parts, descriptor);
    return descriptor;
}

size_t se_descriptor_bytes(const void *descriptor)
{
    struct se_parts parts = se_parts_of(descriptor);
    return se_parts_bytes(&parts);
}

// ---- checking -----------------------------------------------------------------------------------------------------

static bool check_place(ULONG offset, size_t bytes)
{
    return offset >= HEAD && offset % 4 == 0 && offset < bytes;
}

static bool check_sid_at(const char *descriptor, ULONG offset, size_t bytes)
{
    return !offset || (check_place(offset, bytes) && se_check_sid(descriptor + offset, bytes - offset));
}

static bool check_acl_at(const char *descriptor, ULONG offset, size_t bytes)
{
    return !offset || (check_place(offset, bytes) && se_check_acl(descriptor + offset, bytes - offset));
}

bool se_check_descriptor(const void *memory, size_t bytes)
{
    const SECURITY_DESCRIPTOR_RELATIVE *head = memory;
    const char *descriptor = memory;
    if (bytes < HEAD || head->Revision != SECURITY_DESCRIPTOR_REVISION || !(head->Control & SE_SELF_RELATIVE))
        return false;
    return check_sid_at(descriptor, head->Owner, bytes) && check_sid_at(descriptor, head->Group, bytes) &&
           (!(head->Control & SE_DACL_PRESENT) || check_acl_at(descriptor, head->Dacl, bytes)) &&
           (!(head->Control & SE_SACL_PRESENT) || check_acl_at(descriptor, head->Sacl, bytes));
}

// What `required` names must be there, too.
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG length,
                                                 SECURITY_INFORMATION required)
{
    if (!se_check_descriptor(descriptor, length))
        return FALSE;
    const SECURITY_DESCRIPTOR_RELATIVE *head = descriptor;
    return !((required & OWNER_SECURITY_INFORMATION) && !head->Owner) &&
           !((required & GROUP_SECURITY_INFORMATION) && !head->Group) &&
           !((required & DACL_SECURITY_INFORMATION) && !(head->Control & SE_DACL_PRESENT)) &&
           !((required & SACL_SECURITY_INFORMATION) && !(head->Control & SE_SACL_PRESENT));
}

BOOLEAN NTAPI SeValidSecurityDescriptor(ULONG length, PSECURITY_DESCRIPTOR descriptor)
{
    return se_check_descriptor(descriptor, length);
}

// A descriptor of either form whose memory the caller vouches for; only its contents are looked at.
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    if (!descriptor || ((SECURITY_DESCRIPTOR *)descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION)
        return FALSE;
    struct se_parts parts = se_parts_of(descriptor);
    return (!parts.owner || RtlValidSid((PSID)parts.owner)) && (!parts.group || RtlValidSid((PSID)parts.group)) &&
           (!parts.dacl || RtlValidAcl((PACL)parts.dacl)) && (!parts.sacl || RtlValidAcl((PACL)parts.sacl));
}

// ---- from one form to the other -----------------------------------------------------------------------------------

ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor)
{
    struct se_parts parts = se_parts_of(descriptor);
    size_t head = parts.control & SE_SELF_RELATIVE ? HEAD : sizeof(SECURITY_DESCRIPTOR);
    return (ULONG)(head + se_parts_bytes(&parts) - HEAD);
}

// STATUS_BUFFER_TOO_SMALL with the bytes it takes in *length.
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR absolute, PSECURITY_DESCRIPTOR relative, PULONG length)
{
    struct se_parts parts = se_parts_of(absolute);
    if (parts.control & SE_SELF_RELATIVE)
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    ULONG bytes = (ULONG)se_parts_bytes(&parts);
    bool fits = *length >= bytes;
    *length = bytes;
    if (!fits)
        return STATUS_BUFFER_TOO_SMALL;
    se_write_parts(&parts, relative);
    return STATUS_SUCCESS;
}

static bool take_size(PULONG size, size_t bytes)
{
    bool fits = *size >= bytes;
    *size = (ULONG)bytes;
    return fits;
}

// Every size is set to what is needed; STATUS_BUFFER_TOO_SMALL when one of them was less, and nothing is
// copied then.
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR relative, PSECURITY_DESCRIPTOR absolute,
                                           PULONG absolute_size, PACL dacl, PULONG dacl_size, PACL sacl,
                                           PULONG sacl_size, PSID owner, PULONG owner_size, PSID group,
                                           PULONG group_size)
{
    struct se_parts parts = se_parts_of(relative);
    if (!(parts.control & SE_SELF_RELATIVE))
        return STATUS_BAD_DESCRIPTOR_FORMAT;
    bool fits = take_size(absolute_size, sizeof(SECURITY_DESCRIPTOR));
    fits = take_size(dacl_size, parts.dacl ? parts.dacl->AclSize : 0) && fits;
    fits = take_size(sacl_size, parts.sacl ? parts.sacl->AclSize : 0) && fits;
    fits = take_size(owner_size, sid_bytes(parts.owner)) && fits;
    fits = take_size(group_size, sid_bytes(parts.group)) && fits;
    if (!fits)
        return STATUS_BUFFER_TOO_SMALL;
    *(SECURITY_DESCRIPTOR *)absolute = (SECURITY_DESCRIPTOR){
        .Revision = SECURITY_DESCRIPTOR_REVISION,
        .Control = (SECURITY_DESCRIPTOR_CONTROL)(parts.control & ~SE_SELF_RELATIVE),
        .Owner = parts.owner ? memmove(owner, parts.owner, *owner_size) : NULL,
        .Group = parts.group ? memmove(group, parts.group, *group_size) : NULL,
        .Dacl = parts.dacl ? memmove(dacl, parts.dacl, *dacl_size) : NULL,
        .Sacl = parts.sacl ? memmove(sacl, parts.sacl, *sacl_size) : NULL,
    };
    return STATUS_SUCCESS;
}
