// Tokens and who may do what. DriverEntry runs in the system process, whose token is LocalSystem's.
//
// https://learn.microsoft.com/windows-hardware/drivers/ddi/wdm/nf-wdm-seaccesscheck
#include "security.h"

IMPORTED(VOID, PsDereferenceImpersonationToken, (PACCESS_TOKEN token));

static GENERIC_MAPPING Mapping = {.GenericRead = 1, .GenericWrite = 2, .GenericExecute = 4, .GenericAll = 7};

void SecurityTokens(void)
{
    PACCESS_TOKEN token = PsReferencePrimaryToken(PsGetCurrentProcess());
    BOOLEAN copy_on_open, effective_only;
    SECURITY_IMPERSONATION_LEVEL level;
    TOKEN_STATISTICS *statistics;
    TOKEN_USER *user, *again;
    LUID id;
    ULONG session, length;
    HANDLE handle;
    CHECK(token != NULL);
    CHECK_IS(SeTokenType(token), TokenPrimary);
    CHECK(SeTokenIsAdmin(token));
    CHECK(!SeTokenIsRestricted(token));
    CHECK_IS(SeTokenImpersonationLevel(token), SecurityAnonymous); // means nothing for a primary token
    CHECK_IS(SeQueryAuthenticationIdToken(token, &id), STATUS_SUCCESS);
    CHECK_IS(SeQueryInformationToken(token, TokenStatistics, (PVOID *)&statistics), STATUS_SUCCESS);
    CHECK_IS(statistics->TokenType, TokenPrimary);
    CHECK_IS(memcmp(&statistics->AuthenticationId, &id, sizeof id), 0);
    ExFreePool(statistics);
    CHECK_IS(SeQuerySessionIdToken(token, &session), STATUS_SUCCESS);
    CHECK_IS(session, 0);
    CHECK_IS(SeQueryInformationToken(token, TokenUser, (PVOID *)&user), STATUS_SUCCESS);
    CHECK(RtlValidSid(user->User.Sid));
    UCHAR room[128] __attribute__((aligned(8)));
    CHECK_IS(ZwOpenProcessTokenEx(ZwCurrentProcess(), TOKEN_QUERY, OBJ_KERNEL_HANDLE, &handle), STATUS_SUCCESS);
    CHECK_IS(ZwQueryInformationToken(handle, TokenUser, room, 4, &length), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(ZwQueryInformationToken(handle, TokenUser, room, sizeof room, &length), STATUS_SUCCESS);
    again = (TOKEN_USER *)room;
    CHECK(RtlEqualSid(user->User.Sid, again->User.Sid));
    CHECK_IS(NtQueryInformationToken(handle, TokenUser, room, sizeof room, &length), STATUS_SUCCESS);
    ZwClose(handle);
    ExFreePool(user);
    ObReferenceObject(token);
    Imported_PsDereferenceImpersonationToken(token); // a reference is a reference
    PsDereferencePrimaryToken(token);
    CHECK_IS(ZwOpenProcessToken(ZwCurrentProcess(), TOKEN_QUERY, &handle), STATUS_SUCCESS);
    ZwClose(handle);
    CHECK_IS(NtOpenProcessToken(ZwCurrentProcess(), TOKEN_QUERY, &handle), STATUS_SUCCESS);
    ZwClose(handle);
    CHECK_IS(NtOpenProcessTokenEx(ZwCurrentProcess(), TOKEN_QUERY, OBJ_KERNEL_HANDLE, &handle), STATUS_SUCCESS);
    ZwClose(handle);
    // Nobody is impersonated here.
    CHECK(PsReferenceImpersonationToken(PsGetCurrentThread(), &copy_on_open, &effective_only, &level) == NULL);
    CHECK_IS(ZwOpenThreadToken(ZwCurrentThread(), TOKEN_QUERY, TRUE, &handle), STATUS_NO_TOKEN);
    CHECK_IS(ZwOpenThreadTokenEx(ZwCurrentThread(), TOKEN_QUERY, TRUE, 0, &handle), STATUS_NO_TOKEN);
    CHECK_IS(NtOpenThreadToken(ZwCurrentThread(), TOKEN_QUERY, TRUE, &handle), STATUS_NO_TOKEN);
    CHECK_IS(NtOpenThreadTokenEx(ZwCurrentThread(), TOKEN_QUERY, TRUE, 0, &handle), STATUS_NO_TOKEN);
}

// What a descriptor with this list grants to the current process, which is asked as a user.
static NTSTATUS Ask(PSECURITY_DESCRIPTOR descriptor, ACCESS_MASK wanted, ACCESS_MASK *granted)
{
    SECURITY_SUBJECT_CONTEXT subject;
    PPRIVILEGE_SET privileges = NULL;
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    SeCaptureSubjectContext(&subject);
    SeLockSubjectContext(&subject);
    BOOLEAN may =
        SeAccessCheck(descriptor, &subject, TRUE, wanted, 0, &privileges, &Mapping, UserMode, granted, &status);
    SeUnlockSubjectContext(&subject);
    SeReleaseSubjectContext(&subject);
    CHECK_IS(may, NT_SUCCESS(status));
    if (privileges)
        SeFreePrivileges(privileges);
    return status;
}

static void Masks(void)
{
    ACCESS_MASK mask = GENERIC_READ | GENERIC_EXECUTE | SYNCHRONIZE;
    RtlMapGenericMask(&mask, &Mapping);
    CHECK_IS(mask, 1 | 4 | SYNCHRONIZE);
    CHECK(RtlAreAllAccessesGranted(7, 5) && !RtlAreAllAccessesGranted(5, 7));
    CHECK(RtlAreAnyAccessesGranted(5, 6) && !RtlAreAnyAccessesGranted(1, 6));
}

static void Privileges(void)
{
    LUID driver = {.LowPart = SE_LOAD_DRIVER_PRIVILEGE};
    PRIVILEGE_SET set = {.PrivilegeCount = 1, .Privilege = {{driver, 0}}};
    SECURITY_SUBJECT_CONTEXT subject;
    SeCaptureSubjectContextEx(PsGetCurrentThread(), PsGetCurrentProcess(), &subject);
    CHECK(subject.PrimaryToken != NULL && subject.ClientToken == NULL);
    CHECK(SePrivilegeCheck(&set, &subject, KernelMode)); // the kernel has all of them
    SeReleaseSubjectContext(&subject);
    CHECK(SeSinglePrivilegeCheck(driver, KernelMode));
}

static void States(void)
{
    ACCESS_STATE state;
    UCHAR auxiliary[512] __attribute__((aligned(8)));
    CHECK_IS(SeCreateAccessState(&state, auxiliary, GENERIC_READ, NULL), STATUS_SUCCESS);
    CHECK_IS(state.RemainingDesiredAccess, GENERIC_READ);
    CHECK_IS(state.PreviouslyGrantedAccess, 0);
    SeSetAccessStateGenericMapping(&state, &Mapping);
    SeDeleteAccessState(&state);
    CHECK_IS(SeCreateAccessState(&state, auxiliary, GENERIC_WRITE, &Mapping), STATUS_SUCCESS);
    CHECK_IS(state.RemainingDesiredAccess, 2); // mapped
    SeDeleteAccessState(&state);
}

void SecurityAccess(void)
{
    SECURITY_DESCRIPTOR descriptor;
    UCHAR room[64] __attribute__((aligned(8)));
    ACL *acl = (ACL *)room;
    ACCESS_MASK granted;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetOwnerSecurityDescriptor(&descriptor, &World, FALSE);
    RtlSetGroupSecurityDescriptor(&descriptor, &World, FALSE);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, NULL, FALSE); // no list at all: everything to everybody
    CHECK_IS(Ask(&descriptor, 7, &granted), STATUS_SUCCESS);
    CHECK_IS(granted, 7);
    RtlCreateAcl(acl, sizeof room, ACL_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, acl, FALSE); // an empty one: nothing to nobody
    CHECK_IS(Ask(&descriptor, 1, &granted), STATUS_ACCESS_DENIED);
    RtlAddAccessAllowedAce(acl, ACL_REVISION, 1 | 4, &World);
    CHECK_IS(Ask(&descriptor, 1, &granted), STATUS_SUCCESS);
    CHECK_IS(Ask(&descriptor, 1 | 2, &granted), STATUS_ACCESS_DENIED); // all or nothing
    CHECK_IS(Ask(&descriptor, MAXIMUM_ALLOWED, &granted), STATUS_SUCCESS);
    CHECK(granted & 1 && granted & 4 && !(granted & 2));
    Masks();
    Privileges();
    States();
}

void SecurityObjects(void)
{
    PSECURITY_DESCRIPTOR captured = NULL, got = NULL;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_INFORMATION information = DACL_SECURITY_INFORMATION;
    UCHAR room[64] __attribute__((aligned(8))), queried[512] __attribute__((aligned(8)));
    ACL *acl = (ACL *)room;
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    PVOID event;
    BOOLEAN allocated, present, defaulted;
    ULONG length = sizeof queried;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlCreateAcl(acl, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(acl, ACL_REVISION, 0x1234, &World);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, acl, FALSE);
    CHECK_IS(SeCaptureSecurityDescriptor(&descriptor, KernelMode, PagedPool, TRUE, &captured), STATUS_SUCCESS);
    CHECK(captured != &descriptor && RtlValidSecurityDescriptor(captured));
    SeReleaseSecurityDescriptor(captured, KernelMode, TRUE);
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, &descriptor);
    CHECK_IS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE), STATUS_SUCCESS);
    CHECK_IS(ZwQuerySecurityObject(handle, information, queried, length, &length), STATUS_SUCCESS);
    CHECK_IS(RtlGetDaclSecurityDescriptor(queried, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK(present && acl && acl->AceCount == 1);
    CHECK_IS(NtQuerySecurityObject(handle, information, queried, 4, &length), STATUS_BUFFER_TOO_SMALL);
    CHECK_IS(NtSetSecurityObject(handle, information, &descriptor), STATUS_SUCCESS);
    CHECK_IS(ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &event, NULL), STATUS_SUCCESS);
    CHECK_IS(ObSetSecurityObjectByPointer(event, information, &descriptor), STATUS_SUCCESS);
    CHECK_IS(ObGetObjectSecurity(event, &got, &allocated), STATUS_SUCCESS);
    CHECK(got != NULL);
    length = sizeof queried;
    CHECK_IS(SeQuerySecurityDescriptorInfo(&information, queried, &length, &got), STATUS_SUCCESS);
    CHECK_IS(RtlGetDaclSecurityDescriptor(queried, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK(present && acl && acl->AceCount == 1);
    ObReleaseObjectSecurity(got, allocated);
    PSECURITY_DESCRIPTOR made = NULL;
    SECURITY_SUBJECT_CONTEXT subject;
    SeCaptureSubjectContext(&subject);
    CHECK_IS(SeAssignSecurity(NULL, NULL, &made, FALSE, &subject, &Mapping, PagedPool), STATUS_SUCCESS);
    SeReleaseSubjectContext(&subject);
    CHECK_IS(SeSetSecurityDescriptorInfo(NULL, &information, &descriptor, &made, PagedPool, &Mapping), STATUS_SUCCESS);
    CHECK_IS(RtlGetDaclSecurityDescriptor(made, &present, &acl, &defaulted), STATUS_SUCCESS);
    CHECK(present && acl && acl->AceCount == 1);
    CHECK_IS(SeDeassignSecurity(&made), STATUS_SUCCESS);
    CHECK(made == NULL);
    ObDereferenceObject(event);
    ZwClose(handle);
}
