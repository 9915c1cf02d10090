// The decision: may a token have these rights on what a descriptor protects?
//
// https://learn.microsoft.com/windows/win32/secauthz/how-dacls-control-access-to-an-object
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-seaccesscheck
#include "se/se.h"

VOID NTAPI RtlMapGenericMask(PACCESS_MASK access, const GENERIC_MAPPING *mapping)
{
    ACCESS_MASK mask = *access;
    if (mask & GENERIC_READ)
        mask |= mapping->GenericRead;
    if (mask & GENERIC_WRITE)
        mask |= mapping->GenericWrite;
    if (mask & GENERIC_EXECUTE)
        mask |= mapping->GenericExecute;
    if (mask & GENERIC_ALL)
        mask |= mapping->GenericAll;
    *access = mask & ~(ACCESS_MASK)(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}

BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired)
{
    return (desired & ~granted) == 0;
}

BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK granted, ACCESS_MASK desired)
{
    return (desired & granted) != 0;
}

// ---- one check ----------------------------------------------------------------------------------------------------

struct check {
    const struct se_token *token;
    const GENERIC_MAPPING *mapping;
    ACCESS_MASK wanted;  // mapped, without MAXIMUM_ALLOWED
    ACCESS_MASK granted; // so far
    ACCESS_MASK denied;  // so far
};

// Rights that a privilege gives, or that only one can give.
static NTSTATUS check_privileges(struct check *check)
{
    if (check->wanted & ACCESS_SYSTEM_SECURITY) {
        if (!(check->token->privileges >> SE_SECURITY_PRIVILEGE & 1))
            return STATUS_PRIVILEGE_NOT_HELD;
        check->granted |= ACCESS_SYSTEM_SECURITY;
    }
    if ((check->wanted & WRITE_OWNER) && (check->token->privileges >> SE_TAKE_OWNERSHIP_PRIVILEGE & 1))
        check->granted |= WRITE_OWNER;
    return STATUS_SUCCESS;
}

static bool names_owner_rights(const ACL *dacl)
{
    const ACE_HEADER *ace = (const ACE_HEADER *)(dacl + 1);
    for (unsigned i = 0; i < dacl->AceCount; i++, ace = (const ACE_HEADER *)((const char *)ace + ace->AceSize)) {
        const SID *sid = se_ace_sid(ace);
        if (sid && !(ace->AceFlags & INHERIT_ONLY_ACE) && RtlEqualSid((PSID)sid, (PSID)se_known(SE_OWNER_RIGHTS)))
            return true;
    }
    return false;
}

static bool is_owner(const struct check *check, const struct se_parts *parts)
{
    return parts->owner && se_token_has(check->token, parts->owner, false);
}

// OWNER RIGHTS stands for whoever the owner is.
static bool applies(const struct check *check, const struct se_parts *parts, const SID *sid, bool to_deny)
{
    if (RtlEqualSid((PSID)sid, (PSID)se_known(SE_OWNER_RIGHTS)))
        return is_owner(check, parts);
    return se_token_has(check->token, sid, to_deny);
}

// A condition cannot be evaluated here: such an ACE allows nothing, and denies what it may deny.
static void apply_ace(struct check *check, const struct se_parts *parts, const ACE_HEADER *ace)
{
    bool allows = ace->AceType == ACCESS_ALLOWED_ACE_TYPE;
    bool denies = ace->AceType == ACCESS_DENIED_ACE_TYPE || ace->AceType == ACCESS_DENIED_CALLBACK_ACE_TYPE;
    if ((!allows && !denies) || (ace->AceFlags & INHERIT_ONLY_ACE) || !applies(check, parts, se_ace_sid(ace), denies))
        return;
    ACCESS_MASK mask = ((const ACCESS_ALLOWED_ACE *)ace)->Mask;
    RtlMapGenericMask(&mask, check->mapping);
    if (allows)
        check->granted |= mask & ~check->denied;
    else
        check->denied |= mask & ~check->granted;
}

// The first ACE that speaks of a right decides on it. Looking at all of them gives the same answer as
// stopping early.
static void walk_dacl(struct check *check, const struct se_parts *parts)
{
    const ACE_HEADER *ace = (const ACE_HEADER *)(parts->dacl + 1);
    if (is_owner(check, parts) && !names_owner_rights(parts->dacl))
        check->granted |= READ_CONTROL | WRITE_DAC;
    for (unsigned i = 0; i < parts->dacl->AceCount; i++, ace = (const ACE_HEADER *)((const char *)ace + ace->AceSize))
        apply_ace(check, parts, ace);
}

NTSTATUS se_access_check(const void *descriptor, const struct se_token *token, ACCESS_MASK desired,
                         const GENERIC_MAPPING *mapping, KPROCESSOR_MODE mode, ACCESS_MASK *granted)
{
    bool maximum = desired & MAXIMUM_ALLOWED;
    RtlMapGenericMask(&desired, mapping);
    desired &= ~(ACCESS_MASK)MAXIMUM_ALLOWED;
    *granted = 0;
    if (mode == KernelMode) {
        *granted = desired | (maximum ? mapping->GenericAll : 0);
        return STATUS_SUCCESS;
    }
    if (!descriptor || !token || (!desired && !maximum))
        return STATUS_ACCESS_DENIED;
    struct check check = {.token = token, .mapping = mapping, .wanted = desired};
    NTSTATUS status = check_privileges(&check);
    if (!NT_SUCCESS(status))
        return status;
    struct se_parts parts = se_parts_of(descriptor);
    if (parts.dacl)
        walk_dacl(&check, &parts);
    else
        check.granted |= desired | (maximum ? mapping->GenericAll : 0);
    if ((desired & ~check.granted) || (maximum && !check.granted))
        return STATUS_ACCESS_DENIED;
    *granted = maximum ? check.granted : desired;
    return STATUS_SUCCESS;
}

// ---- what drivers call --------------------------------------------------------------------------------------------

// *privileges is always NULL: which privilege gave a right is not told here. The answer to MAXIMUM_ALLOWED
// contains the rights that were given before.
BOOLEAN NTAPI SeAccessCheck(PSECURITY_DESCRIPTOR descriptor, PSECURITY_SUBJECT_CONTEXT subject, BOOLEAN locked,
                            ACCESS_MASK desired, ACCESS_MASK previous, PPRIVILEGE_SET *privileges,
                            PGENERIC_MAPPING mapping, KPROCESSOR_MODE mode, PACCESS_MASK granted, PNTSTATUS status)
{
    const struct se_token *token = subject->ClientToken ? subject->ClientToken : subject->PrimaryToken;
    ACCESS_MASK allowed = 0;
    (void)locked;
    if (privileges)
        *privileges = NULL;
    if (!desired && previous)
        *status = STATUS_SUCCESS;
    else
        *status = se_access_check(descriptor, token, desired, mapping, mode, &allowed);
    *granted = NT_SUCCESS(*status) ? allowed | previous : 0;
    return NT_SUCCESS(*status);
}
