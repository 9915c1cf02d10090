// Access control lists: a header, then ACEs one behind the other.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlcreateacl and the pages beside
// it
#include "se/se.h"

#include <string.h>

static ACE_HEADER *first_ace(const ACL *acl)
{
    return (ACE_HEADER *)((uintptr_t)acl + sizeof(ACL));
}

static ACE_HEADER *next_ace(const ACE_HEADER *ace)
{
    return (ACE_HEADER *)((uintptr_t)ace + ace->AceSize);
}

// ---- checks -------------------------------------------------------------------------------------------------------

static bool has_plain_sid(UCHAR type)
{
    return type <= SYSTEM_ALARM_ACE_TYPE || type == ACCESS_ALLOWED_CALLBACK_ACE_TYPE ||
           type == ACCESS_DENIED_CALLBACK_ACE_TYPE || type == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
}

const SID *se_ace_sid(const ACE_HEADER *ace)
{
    return has_plain_sid(ace->AceType) ? (const SID *)((uintptr_t)ace + SE_ACE_HEAD) : NULL;
}

static bool check_ace(const ACE_HEADER *ace, size_t limit)
{
    if (limit < sizeof *ace || ace->AceSize < sizeof *ace || ace->AceSize % 4 || ace->AceSize > limit)
        return false;
    if (!has_plain_sid(ace->AceType))
        return true;
    return ace->AceSize > SE_ACE_HEAD && se_check_sid((const char *)ace + SE_ACE_HEAD, ace->AceSize - SE_ACE_HEAD);
}

// Bytes that header and ACEs take; 0 when they do not fit into limit bytes.
static size_t used_bytes(const ACL *acl, size_t limit)
{
    size_t used = sizeof *acl;
    for (unsigned i = 0; i < acl->AceCount; i++) {
        const ACE_HEADER *ace = (const ACE_HEADER *)((const char *)acl + used);
        if (used > limit || !check_ace(ace, limit - used))
            return 0;
        used += ace->AceSize;
    }
    return used;
}

bool se_check_acl(const void *memory, size_t limit)
{
    const ACL *acl = memory;
    if (limit < sizeof *acl || acl->AclRevision < MIN_ACL_REVISION || acl->AclRevision > MAX_ACL_REVISION)
        return false;
    if (acl->AclSize < sizeof *acl || acl->AclSize % 4 || acl->AclSize > limit)
        return false;
    return used_bytes(acl, acl->AclSize) != 0;
}

void se_map_acl(ACL *acl, const GENERIC_MAPPING *mapping)
{
    ACE_HEADER *ace = first_ace(acl);
    for (unsigned i = 0; i < acl->AceCount; i++, ace = next_ace(ace))
        if (has_plain_sid(ace->AceType) && !(ace->AceFlags & INHERIT_ONLY_ACE) &&
            ace->AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE)
            RtlMapGenericMask(&((ACCESS_ALLOWED_ACE *)ace)->Mask, mapping);
}

void se_trim_acl(ACL *acl)
{
    size_t used = used_bytes(acl, acl->AclSize);
    if (used)
        acl->AclSize = (USHORT)used;
}

BOOLEAN NTAPI RtlValidAcl(PACL acl)
{
    return acl && se_check_acl(acl, acl->AclSize);
}

// ---- making -------------------------------------------------------------------------------------------------------

NTSTATUS NTAPI RtlCreateAcl(PACL acl, ULONG length, ULONG revision)
{
    if (length < sizeof *acl)
        return STATUS_BUFFER_TOO_SMALL;
    if (revision < MIN_ACL_REVISION || revision > MAX_ACL_REVISION || length > 0xffff)
        return STATUS_INVALID_PARAMETER;
    *acl = (ACL){.AclRevision = (UCHAR)revision, .AclSize = (USHORT)(length & ~3u)};
    return STATUS_SUCCESS;
}

// Room for `bytes` more behind the last ACE.
static NTSTATUS make_room(PACL acl, ULONG revision, size_t bytes, ACE_HEADER **ace)
{
    if (!RtlValidAcl(acl))
        return STATUS_INVALID_ACL;
    if (revision < MIN_ACL_REVISION || revision > MAX_ACL_REVISION)
        return STATUS_REVISION_MISMATCH;
    size_t used = used_bytes(acl, acl->AclSize);
    if (used + bytes > acl->AclSize)
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    *ace = (ACE_HEADER *)((char *)acl + used);
    return STATUS_SUCCESS;
}

static void raise_revision(PACL acl, ULONG revision)
{
    if (acl->AclRevision < revision)
        acl->AclRevision = (UCHAR)revision;
}

NTSTATUS se_add_ace(PACL acl, ULONG revision, UCHAR type, ULONG flags, ACCESS_MASK access, const SID *sid)
{
    ACE_HEADER *ace;
    if (!RtlValidSid((PSID)sid))
        return STATUS_INVALID_SID;
    size_t bytes = SE_ACE_HEAD + RtlLengthSid((PSID)sid);
    NTSTATUS status = make_room(acl, revision, bytes, &ace);
    if (!NT_SUCCESS(status))
        return status;
    *ace = (ACE_HEADER){.AceType = type, .AceFlags = (UCHAR)flags, .AceSize = (USHORT)bytes};
    ((ACCESS_ALLOWED_ACE *)ace)->Mask = access;
    memcpy((char *)ace + SE_ACE_HEAD, sid, bytes - SE_ACE_HEAD);
    acl->AceCount++;
    raise_revision(acl, revision);
    return STATUS_SUCCESS;
}

static NTSTATUS add(PACL acl, ULONG revision, UCHAR type, ULONG flags, ACCESS_MASK access, PSID sid)
{
    const ULONG valid =
        OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE | INHERIT_ONLY_ACE | INHERITED_ACE;
    if (flags & ~valid)
        return STATUS_INVALID_PARAMETER;
    return se_add_ace(acl, revision, type, flags, access, sid);
}

NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK access, PSID sid)
{
    return add(acl, revision, ACCESS_ALLOWED_ACE_TYPE, flags, access, sid);
}

NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL acl, ULONG revision, ACCESS_MASK access, PSID sid)
{
    return add(acl, revision, ACCESS_ALLOWED_ACE_TYPE, 0, access, sid);
}

NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL acl, ULONG revision, ULONG flags, ACCESS_MASK access, PSID sid)
{
    return add(acl, revision, ACCESS_DENIED_ACE_TYPE, flags, access, sid);
}

NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL acl, ULONG revision, ACCESS_MASK access, PSID sid)
{
    return add(acl, revision, ACCESS_DENIED_ACE_TYPE, 0, access, sid);
}

static ACE_HEADER *ace_at(const ACL *acl, ULONG index)
{
    ACE_HEADER *ace = first_ace(acl);
    while (index--)
        ace = next_ace(ace);
    return ace;
}

// A list of ACEs before the one at index; an index beyond the last one: behind it.
NTSTATUS NTAPI RtlAddAce(PACL acl, ULONG revision, ULONG index, PVOID list, ULONG length)
{
    ACE_HEADER *end;
    ULONG count = 0;
    for (ULONG at = 0; at < length; at += ((ACE_HEADER *)((char *)list + at))->AceSize, count++)
        if (!check_ace((ACE_HEADER *)((char *)list + at), length - at))
            return STATUS_INVALID_PARAMETER;
    NTSTATUS status = make_room(acl, revision, length, &end);
    if (!NT_SUCCESS(status))
        return status;
    if (acl->AceCount + count > 0xffff)
        return STATUS_INVALID_PARAMETER;
    char *place = (char *)(index < acl->AceCount ? ace_at(acl, index) : end);
    memmove(place + length, place, (size_t)((char *)end - place));
    memcpy(place, list, length);
    acl->AceCount = (USHORT)(acl->AceCount + count);
    raise_revision(acl, revision);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteAce(PACL acl, ULONG index)
{
    if (!RtlValidAcl(acl) || index >= acl->AceCount)
        return STATUS_INVALID_PARAMETER;
    size_t used = used_bytes(acl, acl->AclSize);
    char *ace = (char *)ace_at(acl, index);
    size_t bytes = ((ACE_HEADER *)ace)->AceSize, behind = used - (size_t)(ace - (char *)acl) - bytes;
    memmove(ace, ace + bytes, behind);
    memset(ace + behind, 0, bytes);
    acl->AceCount--;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGetAce(PACL acl, ULONG index, PVOID *ace)
{
    if (!RtlValidAcl(acl) || index >= acl->AceCount)
        return STATUS_INVALID_PARAMETER;
    *ace = ace_at(acl, index);
    return STATUS_SUCCESS;
}

// FALSE for what is no ACL. *ace is NULL when not even an ACE_HEADER fits any more.
BOOLEAN NTAPI RtlFirstFreeAce(PACL acl, PVOID *ace)
{
    *ace = NULL;
    if (!RtlValidAcl(acl))
        return FALSE;
    size_t used = used_bytes(acl, acl->AclSize);
    if (used + sizeof(ACE_HEADER) <= acl->AclSize)
        *ace = (char *)acl + used;
    return TRUE;
}

NTSTATUS NTAPI RtlQueryInformationAcl(PACL acl, PVOID information, ULONG length,
                                      ACL_INFORMATION_CLASS information_class)
{
    if (!RtlValidAcl(acl))
        return STATUS_INVALID_PARAMETER;
    if (information_class == AclRevisionInformation) {
        if (length < sizeof(ACL_REVISION_INFORMATION))
            return STATUS_BUFFER_TOO_SMALL;
        *(ACL_REVISION_INFORMATION *)information = (ACL_REVISION_INFORMATION){.AclRevision = acl->AclRevision};
        return STATUS_SUCCESS;
    }
    if (information_class != AclSizeInformation)
        return STATUS_INVALID_INFO_CLASS;
    if (length < sizeof(ACL_SIZE_INFORMATION))
        return STATUS_BUFFER_TOO_SMALL;
    ULONG used = (ULONG)used_bytes(acl, acl->AclSize);
    *(ACL_SIZE_INFORMATION *)information =
        (ACL_SIZE_INFORMATION){.AceCount = acl->AceCount, .AclBytesInUse = used, .AclBytesFree = acl->AclSize - used};
    return STATUS_SUCCESS;
}
