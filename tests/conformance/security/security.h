// The parts of conformance-security.sys, and what mingw-w64's headers lack for them.
#pragma once

#include "../check.h"

#pragma clang diagnostic ignored "-Winconsistent-dllimport"
#ifndef SECURITY_MAX_SID_SIZE
#define SECURITY_MAX_SID_SIZE (8 + 15 * 4)
#endif
SECURITY_IMPERSONATION_LEVEL NTAPI SeTokenImpersonationLevel(PACCESS_TOKEN token);
BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK granted, ACCESS_MASK wanted);
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK granted, ACCESS_MASK wanted);
VOID NTAPI SeCaptureSubjectContextEx(PETHREAD thread, PEPROCESS process, PSECURITY_SUBJECT_CONTEXT subject);
NTSTATUS NTAPI SeCaptureSecurityDescriptor(PSECURITY_DESCRIPTOR original, KPROCESSOR_MODE mode, POOL_TYPE pool,
                                           BOOLEAN capture_if_kernel, PSECURITY_DESCRIPTOR *captured);
VOID NTAPI SeReleaseSecurityDescriptor(PSECURITY_DESCRIPTOR captured, KPROCESSOR_MODE mode, BOOLEAN capture_if_kernel);
BOOLEAN NTAPI RtlFirstFreeAce(PACL acl, PACE_HEADER *ace);
NTSTATUS NTAPI RtlQueryInformationAcl(PACL acl, PVOID information, ULONG length, ULONG information_class);
NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, PSECURITY_DESCRIPTOR_CONTROL control,
                                               PULONG revision);
NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, SECURITY_DESCRIPTOR_CONTROL mask,
                                               SECURITY_DESCRIPTOR_CONTROL bits);
BOOLEAN NTAPI RtlValidAcl(PACL acl);
NTSTATUS NTAPI SeCreateAccessState(PACCESS_STATE state, PVOID auxiliary, ACCESS_MASK access, PGENERIC_MAPPING mapping);
VOID NTAPI SeDeleteAccessState(PACCESS_STATE state);
NTSTATUS NTAPI ObSetSecurityObjectByPointer(PVOID object, SECURITY_INFORMATION information,
                                            PSECURITY_DESCRIPTOR descriptor);

// S-1-1-0, everybody, and S-1-5-32-544, the administrators.
static SID World = {SID_REVISION, 1, SECURITY_WORLD_SID_AUTHORITY, {SECURITY_WORLD_RID}};
static struct {
    SID sid;
    ULONG second;
} Administrators = {{SID_REVISION, 2, SECURITY_NT_AUTHORITY, {SECURITY_BUILTIN_DOMAIN_RID}}, DOMAIN_ALIAS_RID_ADMINS};

void SecuritySids(void); // driver_structures.c
void SecurityAcls(void);
void SecurityDescriptors(void);
void SecurityTokens(void); // driver_access.c
void SecurityAccess(void);
void SecurityObjects(void);
