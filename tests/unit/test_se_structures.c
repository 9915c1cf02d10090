// SIDs, ACLs and security descriptors: the Rtl routines drivers call, and the checks of what is not trusted.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "ps/ps.h"
#include "se/se.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_SID(which) ((PSID)se_known(which))

static char *ascii(const UNICODE_STRING *string)
{
    static char text[256];
    unsigned i;
    for (i = 0; i < string->Length / sizeof(WCHAR); i++)
        text[i] = (char)string->Buffer[i];
    text[i] = 0;
    return text;
}

// ---- SIDs ---------------------------------------------------------------------------------------------------------

static void sids_are_built_and_compared(void **state)
{
    union {
        SID sid;
        unsigned char bytes[SE_MAX_SID];
    } built, copy;
    SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
    (void)state;
    assert_int_equal(RtlLengthRequiredSid(0), 8);
    assert_int_equal(RtlLengthRequiredSid(2), 16);
    assert_int_equal(RtlInitializeSid(&built, &nt, 16), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlInitializeSid(&built, &nt, 2), STATUS_SUCCESS);
    *RtlSubAuthoritySid(&built, 0) = SECURITY_BUILTIN_DOMAIN_RID;
    *RtlSubAuthoritySid(&built, 1) = DOMAIN_ALIAS_RID_ADMINS;
    assert_int_equal(*RtlSubAuthorityCountSid(&built), 2);
    assert_int_equal(RtlLengthSid(&built), 16);
    assert_true(RtlValidSid(&built));
    assert_true(RtlEqualSid(&built, SeExports->SeAliasAdminsSid));
    assert_false(RtlEqualSid(&built, SeExports->SeAliasUsersSid));
    assert_false(RtlEqualSid(&built, SeExports->SeWorldSid));
    assert_int_equal(RtlCopySid(15, &copy, &built), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlCopySid(16, &copy, &built), STATUS_SUCCESS);
    assert_true(RtlEqualSid(&copy, &built));
    copy.sid.Revision = 2;
    assert_false(RtlValidSid(&copy));
    copy.sid.Revision = 1;
    copy.sid.SubAuthorityCount = 16;
    assert_false(RtlValidSid(&copy));
    assert_false(RtlValidSid(NULL));
}

static void sids_have_names(void **state)
{
    static const struct {
        enum se_known which;
        const char *text;
    } cases[] = {
        {SE_WORLD, "S-1-1-0"},
        {SE_SYSTEM, "S-1-5-18"},
        {SE_ADMINISTRATORS, "S-1-5-32-544"},
        {SE_NT_AUTHORITY, "S-1-5"},
        {SE_USER_MODE_DRIVERS, "S-1-5-84-0-0-0-0-0"},
        {SE_TRUSTED_INSTALLER, "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNICODE_STRING string;
        assert_int_equal(RtlConvertSidToUnicodeString(&string, KNOWN_SID(cases[i].which), TRUE), STATUS_SUCCESS);
        assert_string_equal(ascii(&string), cases[i].text);
        assert_int_equal(string.Buffer[string.Length / sizeof(WCHAR)], 0);
        RtlFreeUnicodeString(&string);
    }
    WCHAR buffer[8];
    UNICODE_STRING fixed = {.Buffer = buffer, .MaximumLength = 12};
    assert_int_equal(RtlConvertSidToUnicodeString(&fixed, KNOWN_SID(SE_WORLD), FALSE), STATUS_BUFFER_OVERFLOW);
    fixed.MaximumLength = 14; // room for no terminator
    buffer[7] = 'x';
    assert_int_equal(RtlConvertSidToUnicodeString(&fixed, KNOWN_SID(SE_WORLD), FALSE), STATUS_SUCCESS);
    assert_string_equal(ascii(&fixed), "S-1-1-0");
    assert_int_equal(buffer[7], 'x');
}

static void a_large_authority_is_hexadecimal(void **state)
{
    union {
        SID sid;
        unsigned char bytes[SE_MAX_SID];
    } sid = {.sid = {.Revision = 1, .SubAuthorityCount = 15, .IdentifierAuthority = {{1, 2, 3, 4, 5, 6}}}};
    char text[SE_SID_TEXT], expected[SE_SID_TEXT] = "S-1-0x010203040506";
    (void)state;
    for (ULONG i = 0; i < 15; i++) {
        *RtlSubAuthoritySid(&sid, i) = UINT32_MAX;
        strcat(expected, "-4294967295");
    }
    assert_int_equal(se_sid_to_text(&sid.sid, text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
    assert_int_equal(se_sid_to_text(&sid.sid, text, 10), strlen(expected)); // cut, and says what it takes
    assert_string_equal(text, "S-1-0x010");
}

// ---- ACLs ---------------------------------------------------------------------------------------------------------

static void aces_are_added_found_and_deleted(void **state)
{
    struct {
        ACL acl;
        unsigned char room[120];
    } list;
    PVOID ace;
    (void)state;
    assert_int_equal(RtlCreateAcl(&list.acl, 7, ACL_REVISION), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlCreateAcl(&list.acl, sizeof list, 1), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlCreateAcl(&list.acl, sizeof list, ACL_REVISION), STATUS_SUCCESS);
    assert_true(RtlValidAcl(&list.acl));
    assert_int_equal(RtlAddAccessAllowedAce(&list.acl, ACL_REVISION, GENERIC_ALL, KNOWN_SID(SE_SYSTEM)),
                     STATUS_SUCCESS);
    assert_int_equal(RtlAddAccessDeniedAce(&list.acl, ACL_REVISION, DELETE, KNOWN_SID(SE_WORLD)), STATUS_SUCCESS);
    assert_int_equal(RtlAddAccessAllowedAceEx(&list.acl, ACL_REVISION, INHERIT_ONLY_ACE, 1, KNOWN_SID(SE_USERS)),
                     STATUS_SUCCESS);
    assert_int_equal(RtlAddAccessAllowedAceEx(&list.acl, ACL_REVISION, 0x40, 1, KNOWN_SID(SE_USERS)),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlAddAccessAllowedAce(&list.acl, 5, 1, KNOWN_SID(SE_USERS)), STATUS_REVISION_MISMATCH);
    assert_int_equal(list.acl.AceCount, 3);
    assert_int_equal(RtlGetAce(&list.acl, 1, &ace), STATUS_SUCCESS);
    assert_int_equal(((ACCESS_DENIED_ACE *)ace)->Header.AceType, ACCESS_DENIED_ACE_TYPE);
    assert_int_equal(((ACCESS_DENIED_ACE *)ace)->Mask, DELETE);
    assert_true(RtlEqualSid(&((ACCESS_DENIED_ACE *)ace)->SidStart, KNOWN_SID(SE_WORLD)));
    assert_int_equal(RtlGetAce(&list.acl, 3, &ace), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlDeleteAce(&list.acl, 0), STATUS_SUCCESS);
    assert_int_equal(RtlDeleteAce(&list.acl, 2), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlGetAce(&list.acl, 0, &ace), STATUS_SUCCESS);
    assert_int_equal(((ACE_HEADER *)ace)->AceType, ACCESS_DENIED_ACE_TYPE);
    assert_int_equal(list.acl.AceCount, 2);
    assert_true(RtlValidAcl(&list.acl));
}

static void a_list_of_aces_goes_where_it_is_told(void **state)
{
    struct {
        ACL acl;
        unsigned char room[200];
    } list, other;
    PVOID first, ace;
    ACL_SIZE_INFORMATION size;
    (void)state;
    RtlCreateAcl(&list.acl, sizeof list, ACL_REVISION);
    RtlCreateAcl(&other.acl, sizeof other, ACL_REVISION);
    RtlAddAccessAllowedAce(&other.acl, ACL_REVISION, 1, KNOWN_SID(SE_WORLD));
    RtlAddAccessAllowedAce(&other.acl, ACL_REVISION, 2, KNOWN_SID(SE_ADMINISTRATORS));
    RtlGetAce(&other.acl, 0, &first);
    assert_int_equal(RtlQueryInformationAcl(&other.acl, &size, sizeof size, AclSizeInformation), STATUS_SUCCESS);
    assert_int_equal(size.AceCount, 2);
    assert_int_equal(size.AclBytesInUse, 8 + 20 + 24);
    assert_int_equal(size.AclBytesFree, sizeof other - size.AclBytesInUse);
    RtlAddAccessAllowedAce(&list.acl, ACL_REVISION, 4, KNOWN_SID(SE_SYSTEM));
    assert_int_equal(RtlAddAce(&list.acl, ACL_REVISION, 0, first, 44), STATUS_SUCCESS);
    assert_int_equal(RtlAddAce(&list.acl, ACL_REVISION, MAXULONG, first, 20), STATUS_SUCCESS);
    assert_int_equal(RtlAddAce(&list.acl, ACL_REVISION, 0, first, 43), STATUS_INVALID_PARAMETER);
    static const ACCESS_MASK masks[] = {1, 2, 4, 1};
    assert_int_equal(list.acl.AceCount, 4);
    for (ULONG i = 0; i < 4; i++) {
        assert_int_equal(RtlGetAce(&list.acl, i, &ace), STATUS_SUCCESS);
        assert_int_equal(((ACCESS_ALLOWED_ACE *)ace)->Mask, masks[i]);
    }
}

static void a_full_acl_takes_no_more(void **state)
{
    struct {
        ACL acl;
        unsigned char room[20];
    } list;
    PVOID end;
    (void)state;
    RtlCreateAcl(&list.acl, sizeof list, ACL_REVISION);
    assert_int_equal(RtlAddAccessAllowedAce(&list.acl, ACL_REVISION, 1, KNOWN_SID(SE_ADMINISTRATORS)),
                     STATUS_ALLOTTED_SPACE_EXCEEDED);
    assert_true(RtlFirstFreeAce(&list.acl, &end));
    assert_ptr_equal(end, &list.acl + 1);
    assert_int_equal(RtlAddAccessAllowedAce(&list.acl, ACL_REVISION, 1, KNOWN_SID(SE_WORLD)), STATUS_SUCCESS);
    assert_true(RtlFirstFreeAce(&list.acl, &end));
    assert_null(end);
}

static void acls_that_lie_are_refused(void **state)
{
    union {
        ACL acl;
        unsigned char bytes[64];
    } good = {0}, bad;
    (void)state;
    RtlCreateAcl(&good.acl, 28, ACL_REVISION);
    RtlAddAccessAllowedAce(&good.acl, ACL_REVISION, 1, KNOWN_SID(SE_WORLD));
    assert_true(se_check_acl(&good, 28));
    for (size_t limit = 0; limit < 28; limit++)
        assert_false(se_check_acl(&good, limit));
    static const struct {
        size_t at;
        unsigned char value;
        const char *what;
    } cases[] = {
        {0, 1, "revision"},
        {0, 5, "revision"},
        {2, 4, "smaller than its header"},
        {2, 27, "size no multiple of 4"},
        {2, 64, "larger than the memory"},
        {4, 2, "an ACE more than there is"},
        {10, 2, "ACE smaller than its header"},
        {10, 21, "ACE size no multiple of 4"},
        {10, 24, "ACE beyond the ACL"},
        {10, 8, "ACE without SID"},
        {10, 12, "ACE with half a SID"},
        {16, 2, "SID's revision"},
        {17, 2, "SID beyond its ACE"},
        {17, 16, "SID with too many parts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bad = good;
        bad.bytes[cases[i].at] = cases[i].value;
        if (se_check_acl(&bad, 28))
            fail_msg("accepted: %s", cases[i].what);
    }
}

// ---- descriptors --------------------------------------------------------------------------------------------------

static void an_absolute_descriptor_says_what_was_put_in(void **state)
{
    SECURITY_DESCRIPTOR descriptor;
    unsigned char room[64];
    ACL *dacl = (ACL *)(void *)room, *got = NULL;
    BOOLEAN present, defaulted;
    PSID sid;
    (void)state;
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    assert_int_equal(RtlCreateSecurityDescriptor(&descriptor, 1), STATUS_SUCCESS);
    assert_int_equal(RtlLengthSecurityDescriptor(&descriptor), 40);
    assert_int_equal(RtlGetDaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    assert_false(present);
    RtlCreateAcl(dacl, 28, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_READ, KNOWN_SID(SE_WORLD));
    assert_int_equal(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, TRUE), STATUS_SUCCESS);
    assert_int_equal(RtlSetOwnerSecurityDescriptor(&descriptor, KNOWN_SID(SE_ADMINISTRATORS), FALSE), STATUS_SUCCESS);
    assert_int_equal(RtlSetGroupSecurityDescriptor(&descriptor, KNOWN_SID(SE_SYSTEM), TRUE), STATUS_SUCCESS);
    assert_int_equal(RtlGetDaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    assert_true(present && defaulted);
    assert_ptr_equal(got, dacl);
    assert_int_equal(RtlGetSaclSecurityDescriptor(&descriptor, &present, &got, &defaulted), STATUS_SUCCESS);
    assert_false(present);
    assert_int_equal(RtlGetOwnerSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    assert_ptr_equal(sid, KNOWN_SID(SE_ADMINISTRATORS));
    assert_false(defaulted);
    assert_int_equal(RtlGetGroupSecurityDescriptor(&descriptor, &sid, &defaulted), STATUS_SUCCESS);
    assert_true(defaulted);
    assert_int_equal(RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED),
                     STATUS_SUCCESS);
    assert_int_equal(RtlSetControlSecurityDescriptor(&descriptor, SE_SELF_RELATIVE, SE_SELF_RELATIVE),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(descriptor.Control, SE_DACL_PRESENT | SE_DACL_DEFAULTED | SE_GROUP_DEFAULTED | SE_DACL_PROTECTED);
    assert_true(RtlValidSecurityDescriptor(&descriptor));
    assert_int_equal(RtlLengthSecurityDescriptor(&descriptor), 40 + 28 + 16 + 12);
}

static void the_forms_are_exchanged(void **state)
{
    SECURITY_DESCRIPTOR absolute, back;
    unsigned char room[64], relative[128], dacl_room[64], owner_room[68];
    ACL *dacl = (ACL *)(void *)room;
    ULONG length = 10;
    (void)state;
    RtlCreateSecurityDescriptor(&absolute, 1);
    RtlCreateAcl(dacl, 28, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_READ, KNOWN_SID(SE_WORLD));
    RtlSetDaclSecurityDescriptor(&absolute, TRUE, dacl, FALSE);
    RtlSetOwnerSecurityDescriptor(&absolute, KNOWN_SID(SE_SYSTEM), FALSE);
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(&absolute, NULL, &length), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(length, 20 + 28 + 12);
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(&absolute, relative, &length), STATUS_SUCCESS);
    assert_true(
        RtlValidRelativeSecurityDescriptor(relative, length, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION));
    assert_false(RtlValidRelativeSecurityDescriptor(relative, length, GROUP_SECURITY_INFORMATION));
    assert_false(RtlValidRelativeSecurityDescriptor(relative, length - 1, 0));
    assert_true(SeValidSecurityDescriptor(length, relative));
    assert_int_equal(RtlLengthSecurityDescriptor(relative), length);
    assert_int_equal(RtlAbsoluteToSelfRelativeSD(relative, relative, &length), STATUS_BAD_DESCRIPTOR_FORMAT);
    assert_int_equal(RtlSetDaclSecurityDescriptor(relative, TRUE, NULL, FALSE), STATUS_INVALID_SECURITY_DESCR);

    ULONG head = 0, dacl_size = 0, sacl_size = 0, owner_size = 0, group_size = 0;
    assert_int_equal(RtlSelfRelativeToAbsoluteSD(relative, &back, &head, NULL, &dacl_size, NULL, &sacl_size, NULL,
                                                 &owner_size, NULL, &group_size),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(head, sizeof back);
    assert_int_equal(dacl_size, 28);
    assert_int_equal(sacl_size, 0);
    assert_int_equal(owner_size, 12);
    assert_int_equal(group_size, 0);
    assert_int_equal(RtlSelfRelativeToAbsoluteSD(relative, &back, &head, (PACL)(void *)dacl_room, &dacl_size, NULL,
                                                 &sacl_size, owner_room, &owner_size, NULL, &group_size),
                     STATUS_SUCCESS);
    assert_int_equal(back.Control, SE_DACL_PRESENT);
    assert_true(RtlEqualSid(back.Owner, KNOWN_SID(SE_SYSTEM)));
    assert_null(back.Group);
    assert_memory_equal(back.Dacl, dacl, 28);
}

// Every byte of a good descriptor changed to every value: the check never reads beyond the block, and what it
// accepts can be walked.
static void descriptors_that_lie_are_refused(void **state)
{
    UNICODE_STRING text;
    void *good;
    (void)state;
    RtlInitUnicodeString(&text, L"O:BAG:SYD:P(A;;GA;;;SY)(D;;GR;;;WD)S:(AU;SA;GA;;;WD)");
    assert_int_equal(se_sddl_to_descriptor(&text, &good), STATUS_SUCCESS);
    size_t bytes = se_descriptor_bytes(good);
    assert_true(se_check_descriptor(good, bytes));
    unsigned char *copy = malloc(bytes); // exactly, so that AddressSanitizer sees a step beyond
    unsigned accepted = 0;
    for (size_t i = 0; i < bytes; i++)
        for (unsigned value = 0; value < 256; value++) {
            char out[1024];
            ACCESS_MASK granted;
            GENERIC_MAPPING mapping = {1, 2, 4, 7};
            memcpy(copy, good, bytes);
            copy[i] = (unsigned char)value;
            if (!se_check_descriptor(copy, bytes))
                continue;
            accepted++;
            se_descriptor_to_sddl(copy, out, sizeof out);
            struct se_token token = {.group_count = 1, .groups = {{se_known(SE_WORLD), SE_GROUP_ENABLED}}};
            se_access_check(copy, &token, MAXIMUM_ALLOWED, &mapping, UserMode, &granted);
            se_map_acl((ACL *)(copy + ((SECURITY_DESCRIPTOR_RELATIVE *)(void *)copy)->Dacl), &mapping);
        }
    for (size_t limit = 0; limit < bytes; limit++)
        assert_false(se_check_descriptor(good, limit));
    assert_true(accepted > 1000); // masks, identifiers
    free(copy);
    ex_free(good);
}

static void drivers_find_their_privileges_and_sids(void **state)
{
    (void)state;
    assert_int_equal(SeExports->SeLoadDriverPrivilege.LowPart, SE_LOAD_DRIVER_PRIVILEGE);
    assert_int_equal(SeExports->SeDebugPrivilege.LowPart, SE_DEBUG_PRIVILEGE);
    assert_int_equal(SeExports->SeTcbPrivilege.LowPart, SE_TCB_PRIVILEGE);
    assert_int_equal(SeExports->SeIncreaseBasePriorityPrivilege.LowPart, SE_INC_BASE_PRIORITY_PRIVILEGE);
    assert_int_equal(SeExports->SeProfileSingleProcessPrivilege.LowPart, SE_PROF_SINGLE_PROCESS_PRIVILEGE);
    assert_true(RtlEqualSid(SeExports->SeLocalSystemSid, KNOWN_SID(SE_SYSTEM)));
    for (PSID *sid = &SeExports->SeNullSid; sid <= &SeExports->SeAnonymousLogonSid; sid++)
        assert_true(RtlValidSid(*sid));
}

static int start(void **state)
{
    ps_enter_stand_in(); // pool looks at IRQL
    (void)state;
    ex_pool_init();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    size_t blocks = ex_pool_usage().blocks;
    ex_pool_shutdown();
    return blocks ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sids_are_built_and_compared),
        cmocka_unit_test(sids_have_names),
        cmocka_unit_test(a_large_authority_is_hexadecimal),
        cmocka_unit_test(aces_are_added_found_and_deleted),
        cmocka_unit_test(a_list_of_aces_goes_where_it_is_told),
        cmocka_unit_test(a_full_acl_takes_no_more),
        cmocka_unit_test(acls_that_lie_are_refused),
        cmocka_unit_test(an_absolute_descriptor_says_what_was_put_in),
        cmocka_unit_test(the_forms_are_exchanged),
        cmocka_unit_test(descriptors_that_lie_are_refused),
        cmocka_unit_test(drivers_find_their_privileges_and_sids),
    };
    return cmocka_run_group_tests_name("security structures", tests, start, stop);
}
