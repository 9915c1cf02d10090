// A caller's security descriptor into pool, whatever the caller does to it meanwhile: every size is read
// once, and what was copied is checked, not what lies in the caller's memory.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-secapturesecuritydescriptor
#include "se/se.h"

union sid_copy {
    SID sid;
    unsigned char bytes[SE_MAX_SID];
};

static NTSTATUS capture_sid(const void *user, KPROCESSOR_MODE mode, union sid_copy *copy, const SID **sid)
{
    if (!user)
        return STATUS_SUCCESS;
    NTSTATUS status = mm_copy_in(copy, user, SE_SID_HEAD, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (copy->sid.Revision != SID_REVISION || copy->sid.SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_SID;
    status = mm_copy_in(copy->bytes + SE_SID_HEAD, (const char *)user + SE_SID_HEAD,
                        copy->sid.SubAuthorityCount * sizeof(ULONG), mode);
    *sid = &copy->sid;
    return status;
}

// *acl is in pool.
static NTSTATUS capture_acl(const void *user, KPROCESSOR_MODE mode, ACL **acl)
{
    ACL head;
    *acl = NULL;
    if (!user)
        return STATUS_SUCCESS;
    NTSTATUS status = mm_copy_in(&head, user, sizeof head, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (head.AclSize < sizeof head)
        return STATUS_INVALID_ACL;
    ACL *copy = ex_allocate(head.AclSize, SE_TAG);
    if (!copy)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = mm_copy_in(copy + 1, (const char *)user + sizeof head, head.AclSize - sizeof head, mode);
    *copy = head;
    if (NT_SUCCESS(status) && !se_check_acl(copy, head.AclSize))
        status = STATUS_INVALID_ACL;
    if (NT_SUCCESS(status))
        *acl = copy;
    else
        ex_free(copy);
    return status;
}

// Where the parts lie in the caller's memory.
static NTSTATUS capture_head(const void *user, KPROCESSOR_MODE mode, SECURITY_DESCRIPTOR *absolute)
{
    SECURITY_DESCRIPTOR_RELATIVE relative;
    NTSTATUS status = mm_copy_in(&relative, user, sizeof relative, mode);
    if (!NT_SUCCESS(status))
        return status;
    if (relative.Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    if (!(relative.Control & SE_SELF_RELATIVE)) {
        status = mm_copy_in(absolute, user, sizeof *absolute, mode);
        absolute->Control = (SECURITY_DESCRIPTOR_CONTROL)(relative.Control & ~SE_SELF_RELATIVE);
        return status;
    }
    char *base = (char *)(uintptr_t)user;
    *absolute = (SECURITY_DESCRIPTOR){
        .Control = relative.Control,
        .Owner = relative.Owner ? base + relative.Owner : NULL,
        .Group = relative.Group ? base + relative.Group : NULL,
        .Dacl = relative.Dacl ? (PACL)(void *)(base + relative.Dacl) : NULL,
        .Sacl = relative.Sacl ? (PACL)(void *)(base + relative.Sacl) : NULL,
    };
    return STATUS_SUCCESS;
}

NTSTATUS se_capture(const void *user, KPROCESSOR_MODE mode, void **captured)
{
    SECURITY_DESCRIPTOR head;
    union sid_copy owner, group;
    ACL *dacl = NULL, *sacl = NULL;
    struct se_parts parts = {0};
    *captured = NULL;
    NTSTATUS status = capture_head(user, mode, &head);
    if (NT_SUCCESS(status))
        status = capture_sid(head.Owner, mode, &owner, &parts.owner);
    if (NT_SUCCESS(status))
        status = capture_sid(head.Group, mode, &group, &parts.group);
    if (NT_SUCCESS(status) && (head.Control & SE_DACL_PRESENT))
        status = capture_acl(head.Dacl, mode, &dacl);
    if (NT_SUCCESS(status) && (head.Control & SE_SACL_PRESENT))
        status = capture_acl(head.Sacl, mode, &sacl);
    if (NT_SUCCESS(status)) {
        parts.control = head.Control;
        parts.dacl = dacl;
        parts.sacl = sacl;
        *captured = se_build(&parts);
        status = *captured ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (dacl)
        ex_free(dacl);
    if (sacl)
        ex_free(sacl);
    return status;
}

// In kernel mode without capture_if_kernel the caller's own descriptor is the answer.
NTSTATUS NTAPI SeCaptureSecurityDescriptor(PSECURITY_DESCRIPTOR original, KPROCESSOR_MODE mode, POOL_TYPE pool,
                                           BOOLEAN capture_if_kernel, PSECURITY_DESCRIPTOR *captured)
{
    (void)pool;
    *captured = NULL;
    if (!original)
        return STATUS_SUCCESS;
    if (mode == KernelMode && !capture_if_kernel) {
        *captured = original;
        return STATUS_SUCCESS;
    }
    return se_capture(original, mode, captured);
}

VOID NTAPI SeReleaseSecurityDescriptor(PSECURITY_DESCRIPTOR captured, KPROCESSOR_MODE mode, BOOLEAN capture_if_kernel)
{
    if (captured && (mode == UserMode || capture_if_kernel))
        ex_free(captured);
}
