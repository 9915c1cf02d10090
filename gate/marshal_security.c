// A security descriptor and what it points to, on the way to the server. What is in it is for the kernel to
// check; here only its sizes matter, and a part with an impossible one is cut to its head, so that the kernel
// finds it bad.
#include "marshal_pack.h"

enum { SID_HEAD = 8, MOST_AUTHORITIES = 15 };

static NTSTATUS pack_sid(struct marshal_call *call, PVOID *sid)
{
    uint64_t word = (uint64_t)*sid;
    SID head;
    if (!word)
        return STATUS_SUCCESS;
    if (!hal_copy(&head, *sid, SID_HEAD))
        return STATUS_ACCESS_VIOLATION;
    unsigned authorities = head.SubAuthorityCount <= MOST_AUTHORITIES ? head.SubAuthorityCount : 0;
    NTSTATUS status = marshal_pack_in(call, &word, SID_HEAD + authorities * sizeof(ULONG));
    *sid = (PVOID)word;
    return status;
}

static NTSTATUS pack_acl(struct marshal_call *call, PACL *acl)
{
    uint64_t word = (uint64_t)*acl;
    ACL head;
    if (!word)
        return STATUS_SUCCESS;
    if (!hal_copy(&head, *acl, sizeof head))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = marshal_pack_in(call, &word, head.AclSize > sizeof head ? head.AclSize : sizeof head);
    *acl = (PACL)word;
    return status;
}

static void *part(uint64_t base, ULONG offset)
{
    return offset ? (void *)(base + offset) : NULL;
}

static bool read_head(uint64_t from, SECURITY_DESCRIPTOR *absolute)
{
    SECURITY_DESCRIPTOR_RELATIVE relative;
    if (!hal_copy(&relative, (void *)from, sizeof relative))
        return false;
    if (!(relative.Control & SE_SELF_RELATIVE))
        return hal_copy(absolute, (void *)from, sizeof *absolute);
    *absolute = (SECURITY_DESCRIPTOR){
        .Revision = relative.Revision,
        .Sbz1 = relative.Sbz1,
        .Control = (SECURITY_DESCRIPTOR_CONTROL)(relative.Control & ~SE_SELF_RELATIVE),
        .Owner = part(from, relative.Owner),
        .Group = part(from, relative.Group),
        .Sacl = part(from, relative.Sacl),
        .Dacl = part(from, relative.Dacl),
    };
    return true;
}

NTSTATUS marshal_pack_security(struct marshal_call *call, uint64_t *word)
{
    SECURITY_DESCRIPTOR descriptor;
    uint64_t copy = (uint64_t)&descriptor;
    if (!*word)
        return STATUS_SUCCESS;
    if (!read_head(*word, &descriptor))
        return STATUS_ACCESS_VIOLATION;
    NTSTATUS status = pack_sid(call, &descriptor.Owner);
    if (status == STATUS_SUCCESS)
        status = pack_sid(call, &descriptor.Group);
    if (status == STATUS_SUCCESS)
        status = pack_acl(call, &descriptor.Sacl);
    if (status == STATUS_SUCCESS)
        status = pack_acl(call, &descriptor.Dacl);
    if (status == STATUS_SUCCESS)
        status = marshal_pack_in(call, &copy, sizeof descriptor);
    if (status == STATUS_SUCCESS)
        *word = copy;
    return status;
}
