// The structures of security.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/ntifs/nf-ntifs-rtlinitializesid and its neighbours
#include "security.h"

void SecuritySids(void)
{
    UCHAR room[SECURITY_MAX_SID_SIZE] __attribute__((aligned(8))), copy[SECURITY_MAX_SID_SIZE];
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    UNICODE_STRING text;
    CHECK_IS(RtlLengthRequiredSid(2), 16);
    CHECK_IS(RtlInitializeSid((PSID)room, &authority, 2), STATUS_SUCCESS);
    *RtlSubAuthoritySid((PSID)room, 0) = SECURITY_BUILTIN_DOMAIN_RID;
    *RtlSubAuthoritySid((PSID)room, 1) = DOMAIN_ALIAS_RID_ADMINS;
    CHECK_IS(*RtlSubAuthorityCountSid((PSID)room), 2);
    CHECK_IS(RtlLengthSid((PSID)room), 16);
    CHECK(RtlValidSid((PSID)room));
    CHECK(RtlEqualSid((PSID)room, &Administrators));
    CHECK(!RtlEqualSid((PSID)room, &World));
    CHECK_IS(RtlConvertSidToUnicodeString(&text, (PSID)room, TRUE), STATUS_SUCCESS);
    CHECK_UNICODE(&text, L"S-1-5-32-544");
    RtlFreeUnicodeString(&text);
    CHECK_IS(RtlCopySid(sizeof copy, (PSID)copy, (PSID)room), STATUS_SUCCESS);
    CHECK(RtlEqualSid((PSID)copy, (PSID)room));
    CHECK_IS(RtlCopySid(15, (PSID)copy, (PSID)room), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(RtlInitializeSid((PSID)room, &authority, 16), STATUS_INVALID_PARAMETER); // 15 at most
    room[0] = 2;                                                                      // a revision that there is not
    CHECK(!RtlValidSid((PSID)room));
}

void SecurityAcls(void)
{
    UCHAR room[256] __attribute__((aligned(8)));
    ACL *acl = (ACL *)room;
    ACCESS_ALLOWED_ACE *ace = NULL, extra = {.Header = {ACCESS_DENIED_ACE_TYPE, 0, 20}, .Mask = 2};
    PACE_HEADER end = NULL;
    struct {
        ULONG count, used, left;
    } size = {0};
    UCHAR denied[20];
    CHECK_IS(RtlCreateAcl(acl, sizeof room, ACL_REVISION), STATUS_SUCCESS);
    CHECK(RtlValidAcl(acl));
    CHECK_IS(RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, &World), STATUS_SUCCESS);
    CHECK_IS(RtlAddAccessAllowedAceEx(acl, ACL_REVISION, CONTAINER_INHERIT_ACE, 4, &Administrators.sid),
             STATUS_SUCCESS);
    memcpy(denied, &extra, 8);
    memcpy(denied + 8, &World, 12);
    CHECK_IS(RtlAddAce(acl, ACL_REVISION, 0, denied, sizeof denied), STATUS_SUCCESS); // before the first
    CHECK_IS(acl->AceCount, 3);
    CHECK_IS(RtlGetAce(acl, 0, (PVOID *)&ace), STATUS_SUCCESS);
    CHECK(ace->Header.AceType == ACCESS_DENIED_ACE_TYPE && ace->Mask == 2);
    CHECK_IS(RtlGetAce(acl, 2, (PVOID *)&ace), STATUS_SUCCESS);
    CHECK(ace->Header.AceFlags == CONTAINER_INHERIT_ACE && ace->Mask == 4);
    CHECK(RtlEqualSid((PSID)&ace->SidStart, &Administrators));
    CHECK_IS(RtlGetAce(acl, 3, (PVOID *)&ace), STATUS_INVALID_PARAMETER);
    CHECK_IS(RtlQueryInformationAcl(acl, &size, sizeof size, 2), STATUS_SUCCESS); // AclSizeInformation
    CHECK(size.count == 3 && size.used == 8 + 20 + 20 + 24 && size.used + size.left == sizeof room);
    CHECK(RtlFirstFreeAce(acl, &end));
    CHECK((PUCHAR)end == room + size.used);
    CHECK_IS(RtlDeleteAce(acl, 0), STATUS_SUCCESS);
    CHECK_IS(acl->AceCount, 2);
    CHECK_IS(RtlGetAce(acl, 0, (PVOID *)&ace), STATUS_SUCCESS);
    CHECK(ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && ace->Mask == 1);
    CHECK_IS(RtlCreateAcl(acl, 16, ACL_REVISION), STATUS_SUCCESS);
    CHECK_IS(RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, &World), STATUS_ALLOTTED_SPACE_EXCEEDED);
}

// Absolute, to self-relative, and back.
static void Forms(PSECURITY_DESCRIPTOR absolute)
{
    UCHAR relative[256] __attribute__((aligned(8))), dacl[128], sacl[64], owner[64], group[64];
    SECURITY_DESCRIPTOR back;
    ULONG bytes = 0, sizes[5] = {sizeof back, sizeof dacl, sizeof sacl, sizeof owner, sizeof group};
    CHECK_IS(RtlAbsoluteToSelfRelativeSD(absolute, NULL, &bytes), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(RtlAbsoluteToSelfRelativeSD(absolute, relative, &bytes), STATUS_SUCCESS);
    CHECK_IS(RtlLengthSecurityDescriptor(relative), bytes);
    CHECK(RtlLengthSecurityDescriptor(absolute) > bytes); // with pointers instead of offsets
    CHECK(RtlValidRelativeSecurityDescriptor(relative, bytes, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION));
    CHECK(!RtlValidRelativeSecurityDescriptor(relative, bytes - 1, 0));
    CHECK(SeValidSecurityDescriptor(bytes, relative));
    CHECK(!SeValidSecurityDescriptor(8, relative));
    CHECK_IS(RtlSelfRelativeToAbsoluteSD(relative, &back, &sizes[0], (PACL)dacl, &sizes[1], (PACL)sacl, &sizes[2],
                                         owner, &sizes[3], group, &sizes[4]),
             STATUS_SUCCESS);
    CHECK(back.Owner == (PSID)owner && RtlEqualSid(owner, &Administrators) && back.Dacl == (PACL)dacl);
}

void SecurityDescriptors(void)
{
    SECURITY_DESCRIPTOR descriptor;
    UCHAR room[64] __attribute__((aligned(8)));
    ACL *acl = (ACL *)room, *got;
    PSID sid;
    BOOLEAN present, defaulted;
    SECURITY_DESCRIPTOR_CONTROL control;
    ULONG revision;
    RtlCreateAcl(acl, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(acl, ACL_REVISION, GENERIC_READ, &World);
    CHECK_IS(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION), STATUS_SUCCESS);
    CHECK(RtlValidSecurityDescriptor(&descriptor));
    CHECK_IS(RtlGetDaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    CHECK(!present);
    CHECK_IS(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, acl, FALSE), STATUS_SUCCESS);
    CHECK_IS(RtlGetDaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    CHECK(present && got == acl && !defaulted);
    CHECK_IS(RtlSetSaclSecurityDescriptor(&descriptor, TRUE, NULL, TRUE), STATUS_SUCCESS);
    CHECK_IS(RtlGetSaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    CHECK(present && !got && defaulted);
    CHECK_IS(RtlSetOwnerSecurityDescriptor(&descriptor, &Administrators, FALSE), STATUS_SUCCESS);
    CHECK_IS(RtlGetOwnerSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    CHECK(sid == &Administrators && !defaulted);
    CHECK_IS(RtlSetGroupSecurityDescriptor(&descriptor, &World, TRUE), STATUS_SUCCESS);
    CHECK_IS(RtlGetGroupSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    CHECK(sid == &World && defaulted);
    CHECK_IS(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED), STATUS_SUCCESS);
    CHECK_IS(RtlGetControlSecurityDescriptor(&descriptor, &control, &revision), STATUS_SUCCESS);
    CHECK(control & SE_DACL_PROTECTED && control & SE_DACL_PRESENT && revision == SECURITY_DESCRIPTOR_REVISION);
    CHECK_IS(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PRESENT, 0), STATUS_INVALID_PARAMETER);
    Forms(&descriptor);
    ((SECURITY_DESCRIPTOR *)&descriptor)->Revision = 2;
    CHECK(!RtlValidSecurityDescriptor(&descriptor));
}
