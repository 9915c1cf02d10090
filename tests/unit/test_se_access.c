// The decision: who may do what. Each case is a descriptor, who asks, for what, and the answer.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "ke/ke.h"
#include "se/se.h"

#include <string.h>

enum { READ = FILE_GENERIC_READ, WRITE = FILE_GENERIC_WRITE, EXECUTE = FILE_GENERIC_EXECUTE, ALL = FILE_ALL_ACCESS };
enum { SYSTEM, ADMINISTRATOR, USER };

static GENERIC_MAPPING mapping = {READ, WRITE, EXECUTE, ALL};
static struct se_token *tokens[3];
static const char *const names[] = {"the system", "an administrator", "a user"};

static void *descriptor_of(const WCHAR *sddl)
{
    UNICODE_STRING text;
    void *descriptor;
    RtlInitUnicodeString(&text, sddl);
    assert_int_equal(se_sddl_to_descriptor(&text, &descriptor), STATUS_SUCCESS);
    return descriptor;
}

struct access_case {
    const WCHAR *sddl;
    int who;
    ACCESS_MASK desired;
    NTSTATUS status;
    ACCESS_MASK granted;
};

static void play(const struct access_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *descriptor = descriptor_of(cases[i].sddl);
        char text[512];
        ACCESS_MASK granted;
        NTSTATUS status =
            se_access_check(descriptor, tokens[cases[i].who], cases[i].desired, &mapping, UserMode, &granted);
        se_descriptor_to_sddl(descriptor, text, sizeof text);
        if (status != cases[i].status || granted != cases[i].granted)
            fail_msg("%s, %s wants 0x%x: status 0x%08X (expected 0x%08X), granted 0x%x (expected 0x%x)", text,
                     names[cases[i].who], cases[i].desired, (unsigned)status, (unsigned)cases[i].status, granted,
                     cases[i].granted);
        ex_free(descriptor);
    }
}

#define PLAY(cases) play(cases, sizeof cases / sizeof *cases)
#define DENIED      STATUS_ACCESS_DENIED, 0
#define OK(mask)    STATUS_SUCCESS, mask

static void aces_allow_and_deny(void **state)
{
    static const struct access_case cases[] = {
        {L"D:P(A;;GA;;;SY)", SYSTEM, GENERIC_ALL, OK(ALL)},
        {L"D:P(A;;GA;;;SY)", ADMINISTRATOR, GENERIC_READ, DENIED},
        {L"D:P(A;;GA;;;BA)", SYSTEM, GENERIC_ALL, OK(ALL)}, // the system is an administrator
        {L"D:P(A;;GA;;;BA)", ADMINISTRATOR, GENERIC_READ | GENERIC_WRITE, OK(READ | WRITE)},
        {L"D:P(A;;GA;;;BA)", USER, FILE_READ_DATA, DENIED},
        {L"D:P(A;;GRGWGX;;;BA)(A;;GR;;;WD)", USER, GENERIC_READ, OK(READ)},
        {L"D:P(A;;GRGWGX;;;BA)(A;;GR;;;WD)", USER, GENERIC_WRITE, DENIED},
        {L"D:P(A;;GRGWGX;;;BA)(A;;GR;;;WD)", USER, GENERIC_READ | GENERIC_WRITE, DENIED},
        {L"D:P(A;;GRGWGX;;;BA)(A;;GR;;;WD)", ADMINISTRATOR, WRITE_DAC, DENIED},
        {L"D:P(A;;GRGWGX;;;BA)(A;;GR;;;WD)", ADMINISTRATOR, GENERIC_WRITE | DELETE, DENIED},
        {L"D:P(A;;GR;;;AU)(A;;GW;;;BU)", USER, GENERIC_READ | GENERIC_WRITE, OK(READ | WRITE)}, // from two ACEs
        {L"D:P(A;;GA;;;S-1-22-1-4242)", USER, GENERIC_ALL, OK(ALL)},
        {L"D:P(A;;GA;;;S-1-22-1-4243)", USER, FILE_READ_DATA, DENIED},
        {L"D:P(A;;GA;;;IU)", USER, FILE_READ_DATA, OK(FILE_READ_DATA)},
        {L"D:P(A;;GA;;;IU)", SYSTEM, FILE_READ_DATA, DENIED},
        {L"D:P(A;;GA;;;AN)(A;;GA;;;NU)(A;;GA;;;BG)", USER, FILE_READ_DATA, DENIED},
        {L"D:P(A;;0x1;;;WD)", USER, FILE_READ_DATA, OK(FILE_READ_DATA)},
        {L"D:P(A;;0x1;;;WD)", USER, FILE_READ_DATA | SYNCHRONIZE, DENIED},
        // semantics 27: CreateFile adds SYNCHRONIZE and FILE_READ_ATTRIBUTES; writing alone does not have the
        // latter
        {L"D:P(A;;GW;;;WD)", USER, GENERIC_WRITE | SYNCHRONIZE, OK(WRITE)},
        {L"D:P(A;;GW;;;WD)", USER, GENERIC_WRITE | SYNCHRONIZE | FILE_READ_ATTRIBUTES, DENIED},
    };
    (void)state;
    PLAY(cases);
}

static void the_first_ace_about_a_right_decides(void **state)
{
    static const struct access_case cases[] = {
        {L"D:(D;;GW;;;BU)(A;;GA;;;WD)", USER, GENERIC_READ, DENIED}, // GW and GR share READ_CONTROL and SYNCHRONIZE
        {L"D:(D;;0x2;;;BU)(A;;GA;;;WD)", USER, GENERIC_READ, OK(READ)},
        {L"D:(D;;0x2;;;BU)(A;;GA;;;WD)", USER, FILE_WRITE_DATA, DENIED},
        {L"D:(A;;GA;;;WD)(D;;0x2;;;BU)", USER, FILE_WRITE_DATA, OK(FILE_WRITE_DATA)},
        {L"D:(D;;0x2;;;BG)(A;;GA;;;WD)", USER, FILE_WRITE_DATA, OK(FILE_WRITE_DATA)},
        {L"D:(D;;GA;;;WD)(A;;GA;;;BA)", ADMINISTRATOR, FILE_READ_DATA, DENIED},
        {L"D:(A;;0x1;;;WD)(D;;GA;;;WD)(A;;GA;;;BA)", ADMINISTRATOR, FILE_READ_DATA, OK(FILE_READ_DATA)},
        {L"D:(A;;0x1;;;WD)(D;;GA;;;WD)(A;;GA;;;BA)", ADMINISTRATOR, FILE_READ_DATA | FILE_WRITE_DATA, DENIED},
        {L"D:(A;IO;GA;;;WD)", USER, FILE_READ_DATA, DENIED}, // only for what would inherit it
        {L"D:(D;IO;GA;;;WD)(A;;GA;;;WD)", USER, FILE_READ_DATA, OK(FILE_READ_DATA)},
    };
    (void)state;
    PLAY(cases);
}

static void lists_may_be_missing_or_empty(void **state)
{
    static const struct access_case cases[] = {
        {L"", USER, GENERIC_ALL, OK(ALL)},
        {L"", USER, MAXIMUM_ALLOWED, OK(ALL)},
        {L"D:NO_ACCESS_CONTROL", USER, GENERIC_WRITE, OK(WRITE)},
        {L"D:NO_ACCESS_CONTROL", USER, MAXIMUM_ALLOWED | DELETE, OK(ALL)},
        {L"D:P", SYSTEM, FILE_READ_DATA, DENIED}, // SDDL_DEVOBJ_KERNEL_ONLY
        {L"D:P", SYSTEM, MAXIMUM_ALLOWED, DENIED},
        {L"D:P(A;;GA;;;WD)", USER, 0, DENIED},
    };
    (void)state;
    PLAY(cases);
}

static void maximum_allowed_is_what_there_is(void **state)
{
    static const struct access_case cases[] = {
        {L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)", USER, MAXIMUM_ALLOWED, OK(READ)},
        {L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)", ADMINISTRATOR, MAXIMUM_ALLOWED, OK(READ | WRITE | EXECUTE)},
        {L"D:P(A;;GA;;;SY)(A;;GRGWGX;;;BA)(A;;GR;;;WD)", SYSTEM, MAXIMUM_ALLOWED, OK(ALL)},
        {L"D:P(A;;GA;;;SY)", USER, MAXIMUM_ALLOWED, DENIED},
        {L"D:P(D;;0x2;;;BU)(A;;GA;;;WD)", USER, MAXIMUM_ALLOWED, OK(ALL & ~FILE_WRITE_DATA)},
        {L"D:P(A;;GR;;;WD)", USER, MAXIMUM_ALLOWED | FILE_READ_DATA, OK(READ)},
        {L"D:P(A;;GR;;;WD)", USER, MAXIMUM_ALLOWED | FILE_WRITE_DATA, DENIED},
    };
    (void)state;
    PLAY(cases);
}

static void owners_and_privileges(void **state)
{
    static const struct access_case cases[] = {
        {L"O:S-1-22-1-4242D:P(A;;GA;;;SY)", USER, READ_CONTROL | WRITE_DAC, OK(READ_CONTROL | WRITE_DAC)},
        {L"O:S-1-22-1-4242D:P(A;;GA;;;SY)", USER, WRITE_OWNER, DENIED},
        {L"O:S-1-22-1-4242D:P", USER, MAXIMUM_ALLOWED, OK(READ_CONTROL | WRITE_DAC)},
        {L"O:BAD:P(A;;GR;;;WD)", ADMINISTRATOR, WRITE_DAC, OK(WRITE_DAC)},
        {L"O:BAD:P(A;;GR;;;WD)", USER, WRITE_DAC, DENIED},
        {L"O:S-1-22-1-4242D:P(A;;RC;;;OW)(A;;GA;;;SY)", USER, READ_CONTROL, OK(READ_CONTROL)},
        {L"O:S-1-22-1-4242D:P(A;;RC;;;OW)(A;;GA;;;SY)", USER, WRITE_DAC, DENIED},
        {L"O:BAD:P(A;;0x1;;;OW)", USER, FILE_READ_DATA, DENIED},
        {L"D:P(A;;GA;;;SY)", ADMINISTRATOR, WRITE_OWNER, OK(WRITE_OWNER)}, // SeTakeOwnershipPrivilege
        {L"D:P(A;;GA;;;SY)", ADMINISTRATOR, WRITE_OWNER | FILE_READ_DATA, DENIED},
        {L"D:P(A;;GR;;;BA)", ADMINISTRATOR, MAXIMUM_ALLOWED, OK(READ)}, // privileges only where asked for
        {L"D:P(A;;GA;;;WD)", ADMINISTRATOR, ACCESS_SYSTEM_SECURITY, OK(ACCESS_SYSTEM_SECURITY)},
        {L"D:P(A;;GA;;;WD)", USER, ACCESS_SYSTEM_SECURITY, STATUS_PRIVILEGE_NOT_HELD, 0},
        {L"", USER, ACCESS_SYSTEM_SECURITY, STATUS_PRIVILEGE_NOT_HELD, 0},
    };
    (void)state;
    PLAY(cases);
}

static void kernel_mode_is_not_asked(void **state)
{
    void *descriptor = descriptor_of(L"D:P");
    ACCESS_MASK granted;
    (void)state;
    assert_int_equal(se_access_check(descriptor, tokens[USER], GENERIC_WRITE, &mapping, KernelMode, &granted),
                     STATUS_SUCCESS);
    assert_int_equal(granted, WRITE);
    assert_int_equal(se_access_check(NULL, NULL, MAXIMUM_ALLOWED, &mapping, KernelMode, &granted), STATUS_SUCCESS);
    assert_int_equal(granted, ALL);
    assert_int_equal(se_access_check(NULL, tokens[SYSTEM], FILE_READ_DATA, &mapping, UserMode, &granted),
                     STATUS_ACCESS_DENIED);
    ex_free(descriptor);
}

// An ACE with a condition, which nobody evaluates here: what it would allow is not allowed, what it would
// deny is denied.
static void conditions_are_taken_for_the_worst(void **state)
{
    void *descriptor = descriptor_of(L"D:P(D;;0x2;;;WD)(A;;GA;;;WD)");
    const ACL *dacl = se_parts_of(descriptor).dacl;
    ACE_HEADER *first = (ACE_HEADER *)(uintptr_t)(dacl + 1),
               *second = (ACE_HEADER *)(void *)((char *)first + first->AceSize);
    ACCESS_MASK granted;
    (void)state;
    first->AceType = ACCESS_DENIED_CALLBACK_ACE_TYPE;
    assert_int_equal(se_access_check(descriptor, tokens[USER], FILE_WRITE_DATA, &mapping, UserMode, &granted),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(se_access_check(descriptor, tokens[USER], FILE_READ_DATA, &mapping, UserMode, &granted),
                     STATUS_SUCCESS);
    second->AceType = ACCESS_ALLOWED_CALLBACK_ACE_TYPE;
    assert_int_equal(se_access_check(descriptor, tokens[USER], FILE_READ_DATA, &mapping, UserMode, &granted),
                     STATUS_ACCESS_DENIED);
    ex_free(descriptor);
}

static void drivers_ask_with_a_subject(void **state)
{
    void *descriptor = descriptor_of(L"D:P(A;;GR;;;WD)");
    SECURITY_SUBJECT_CONTEXT subject = {.PrimaryToken = tokens[USER]};
    PPRIVILEGE_SET privileges = (void *)1;
    ACCESS_MASK granted;
    NTSTATUS status;
    (void)state;
    SeLockSubjectContext(&subject);
    assert_true(SeAccessCheck(descriptor, &subject, TRUE, FILE_READ_DATA, DELETE, &privileges, &mapping, UserMode,
                              &granted, &status));
    assert_null(privileges);
    assert_int_equal(status, STATUS_SUCCESS);
    assert_int_equal(granted, FILE_READ_DATA | DELETE);
    assert_false(
        SeAccessCheck(descriptor, &subject, TRUE, FILE_WRITE_DATA, 0, NULL, &mapping, UserMode, &granted, &status));
    assert_int_equal(status, STATUS_ACCESS_DENIED);
    assert_int_equal(granted, 0);
    assert_true(SeAccessCheck(descriptor, &subject, TRUE, 0, DELETE, NULL, &mapping, UserMode, &granted, &status));
    assert_int_equal(granted, DELETE);
    SeUnlockSubjectContext(&subject);
    ex_free(descriptor);
}

static void privileges_are_counted(void **state)
{
    SECURITY_SUBJECT_CONTEXT user = {.PrimaryToken = tokens[USER]},
                             administrator = {.PrimaryToken = tokens[ADMINISTRATOR]};
    struct {
        PRIVILEGE_SET set;
        LUID_AND_ATTRIBUTES second;
    } both = {.set = {.PrivilegeCount = 2,
                      .Control = PRIVILEGE_SET_ALL_NECESSARY,
                      .Privilege = {{.Luid = {SE_LOAD_DRIVER_PRIVILEGE, 0}}}},
              .second = {.Luid = {SE_CHANGE_NOTIFY_PRIVILEGE, 0}}};
    (void)state;
    assert_true(SePrivilegeCheck(&both.set, &administrator, UserMode));
    assert_int_equal(both.set.Privilege[0].Attributes, SE_PRIVILEGE_USED_FOR_ACCESS);
    both.set.Privilege[0].Attributes = both.second.Attributes = 0;
    assert_false(SePrivilegeCheck(&both.set, &user, UserMode));
    assert_int_equal(both.set.Privilege[0].Attributes, 0);
    assert_int_equal(both.second.Attributes, SE_PRIVILEGE_USED_FOR_ACCESS);
    assert_true(SePrivilegeCheck(&both.set, &user, KernelMode));
    both.set.Control = 0; // one of them is enough
    assert_true(SePrivilegeCheck(&both.set, &user, UserMode));
    both.second.Luid.LowPart = 1000;
    assert_false(SePrivilegeCheck(&both.set, &user, UserMode));
    assert_true(SeTokenIsAdmin(tokens[SYSTEM]));
    assert_true(SeTokenIsAdmin(tokens[ADMINISTRATOR]));
    assert_false(SeTokenIsAdmin(tokens[USER]));
}

static void what_is_given_to_new_objects(void **state)
{
    static const struct {
        int who;
        const WCHAR *given;
        const char *descriptor;
    } cases[] = {
        {SYSTEM, NULL, "O:BAG:SYD:(A;;FA;;;SY)(A;;0x1200a9;;;BA)"},
        {USER, NULL, "O:S-1-22-1-4242G:BUD:(A;;FA;;;S-1-22-1-4242)(A;;FA;;;SY)"},
        {ADMINISTRATOR, L"D:P(A;;GR;;;WD)", "O:BAG:BUD:P(A;;FR;;;WD)"},
        {USER, L"O:SYG:SYD:NO_ACCESS_CONTROL", "O:SYG:SYD:NO_ACCESS_CONTROL"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *given = cases[i].given ? descriptor_of(cases[i].given) : NULL, *descriptor;
        char text[256];
        assert_int_equal(se_assign(given, tokens[cases[i].who], &mapping, &descriptor), STATUS_SUCCESS);
        se_descriptor_to_sddl(descriptor, text, sizeof text);
        assert_string_equal(text, cases[i].descriptor);
        ex_free(descriptor);
        if (given)
            ex_free(given);
    }
}

static void parts_are_replaced_one_by_one(void **state)
{
    void *old = descriptor_of(L"O:BAG:SYD:P(A;;GA;;;SY)"), *given = descriptor_of(L"O:SYG:BUD:(A;;GR;;;WD)"), *merged;
    static const struct {
        SECURITY_INFORMATION information;
        const char *descriptor;
    } cases[] = {
        {0, "O:BAG:SYD:P(A;;FA;;;SY)"},
        {OWNER_SECURITY_INFORMATION, "O:SYG:SYD:P(A;;FA;;;SY)"},
        {GROUP_SECURITY_INFORMATION, "O:BAG:BUD:P(A;;FA;;;SY)"},
        {DACL_SECURITY_INFORMATION, "O:BAG:SYD:(A;;FR;;;WD)"},
        {DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, "O:BAG:SYD:P(A;;FR;;;WD)"},
        {UNPROTECTED_DACL_SECURITY_INFORMATION, "O:BAG:SYD:(A;;FA;;;SY)"},
    };
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(se_merge(old, given, cases[i].information, &mapping, &merged), STATUS_SUCCESS);
        se_descriptor_to_sddl(merged, text, sizeof text);
        assert_string_equal(text, cases[i].descriptor);
        ex_free(merged);
    }
    ex_free(given);
    given = descriptor_of(L"D:");
    assert_int_equal(se_merge(old, given, OWNER_SECURITY_INFORMATION, &mapping, &merged),
                     STATUS_INVALID_SECURITY_DESCR);
    ex_free(given);
    ex_free(old);
}

static int start(void **state)
{
    (void)state;
    ex_pool_init();
    assert_non_null(tokens[SYSTEM] = se_create_system_token());
    assert_non_null(tokens[ADMINISTRATOR] = se_create_user_token(0));
    assert_non_null(tokens[USER] = se_create_user_token(4242));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        ex_free(ob_header(tokens[i])); // there is no thread here whose IRQL ob_dereference could look at
    size_t blocks = ex_pool_usage().blocks;
    ex_pool_shutdown();
    return blocks ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aces_allow_and_deny),
        cmocka_unit_test(the_first_ace_about_a_right_decides),
        cmocka_unit_test(lists_may_be_missing_or_empty),
        cmocka_unit_test(maximum_allowed_is_what_there_is),
        cmocka_unit_test(owners_and_privileges),
        cmocka_unit_test(kernel_mode_is_not_asked),
        cmocka_unit_test(conditions_are_taken_for_the_worst),
        cmocka_unit_test(drivers_ask_with_a_subject),
        cmocka_unit_test(privileges_are_counted),
        cmocka_unit_test(what_is_given_to_new_objects),
        cmocka_unit_test(parts_are_replaced_one_by_one),
    };
    return cmocka_run_group_tests_name("access checks", tests, start, stop);
}
