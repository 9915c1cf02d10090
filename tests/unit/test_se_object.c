// What objects, handles and tokens say about themselves: NtQueryObject, ObQueryNameString, objects by name,
// tokens.
#include "kernel_test.h"

#include "se/se.h"

static char *utf8(const UNICODE_STRING *string)
{
    static char text[512];
    ULONG written = 0;
    RtlUnicodeToUTF8N(text, sizeof text - 1, &written, string->Buffer, string->Length);
    text[written] = 0;
    return text;
}

static char *name_of(HANDLE handle)
{
    static union {
        OBJECT_NAME_INFORMATION information;
        char bytes[1024];
    } answer;
    ULONG returned;
    assert_int_equal(NtQueryObject(handle, ObjectNameInformation, &answer, sizeof answer, &returned), STATUS_SUCCESS);
    assert_int_equal(returned, sizeof answer.information + answer.information.Name.MaximumLength);
    return utf8(&answer.information.Name);
}

static HANDLE named_event(const WCHAR *path)
{
    UNICODE_STRING name;
    HANDLE handle;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name};
    assert_int_equal(
        NtCreateEvent(&handle, SYNCHRONIZE | EVENT_MODIFY_STATE, path ? &attributes : NULL, NotificationEvent, FALSE),
        STATUS_SUCCESS);
    return handle;
}

// As Windows answers for \\.\Device and \\.\Device\subfile (semantics 29).
static void files_are_named_after_their_devices(void **state)
{
    struct io_driver *driver = make_simple_driver("names");
    HANDLE device, below;
    (void)state;
    make_device(driver, L"\\Device\\names", 0, 0);
    assert_int_equal(try_open(L"\\Device\\NAMES", FILE_READ_DATA, 0, &device), STATUS_SUCCESS);
    assert_int_equal(try_open(L"\\Device\\names\\sub\\file", FILE_READ_DATA, 0, &below), STATUS_SUCCESS);
    assert_string_equal(name_of(device), "\\Device\\names");
    assert_string_equal(name_of(below), "\\Device\\names\\sub\\file");
    NtClose(below);

    UNICODE_STRING name;
    IO_STATUS_BLOCK iosb;
    RtlInitUnicodeString(&name, L"relative");
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name, .RootDirectory = device};
    assert_int_equal(NtOpenFile(&below, FILE_READ_DATA, &attributes, &iosb, 0, 0), STATUS_SUCCESS);
    assert_string_equal(name_of(below), "\\Device\\names\\relative");
    NtClose(below);
    NtClose(device);
    unload_driver(driver);
}

static void names_go_with_lengths(void **state)
{
    HANDLE named = named_event(L"\\BaseNamedObjects\\event"), unnamed = named_event(NULL);
    union {
        OBJECT_NAME_INFORMATION information;
        char bytes[128];
    } answer;
    enum { NEEDED = sizeof(OBJECT_NAME_INFORMATION) + 2 * sizeof "\\BaseNamedObjects\\event" };
    ULONG returned;
    (void)state;
    assert_string_equal(name_of(named), "\\BaseNamedObjects\\event");
    returned = 0;
    assert_int_equal(NtQueryObject(named, ObjectNameInformation, &answer, 8, &returned), STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(returned, NEEDED);
    assert_int_equal(NtQueryObject(named, ObjectNameInformation, &answer, NEEDED - 1, &returned),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(NtQueryObject(named, ObjectNameInformation, &answer, NEEDED, NULL), STATUS_SUCCESS);
    assert_ptr_equal(answer.information.Name.Buffer, &answer.information + 1);
    assert_int_equal(answer.information.Name.Buffer[answer.information.Name.Length / 2], 0);
    assert_int_equal(NtQueryObject(named, ObjectNameInformation, (void *)8, NEEDED, NULL), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtQueryObject(unnamed, ObjectNameInformation, &answer, sizeof answer, &returned), STATUS_SUCCESS);
    assert_null(answer.information.Name.Buffer);
    assert_int_equal(returned, sizeof(OBJECT_NAME_INFORMATION));
    assert_int_equal(NtQueryObject((HANDLE)0x7770, ObjectNameInformation, &answer, sizeof answer, &returned),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(NtQueryObject(named, (OBJECT_INFORMATION_CLASS)99, &answer, sizeof answer, &returned),
                     STATUS_INVALID_INFO_CLASS);
    NtClose(named);
    NtClose(unnamed);
}

static void types_have_names(void **state)
{
    HANDLE handles[4];
    static const char *const types[] = {"Event", "Semaphore", "Mutant", "Directory"};
    union {
        PUBLIC_OBJECT_TYPE_INFORMATION information;
        char bytes[256];
    } answer;
    UNICODE_STRING root;
    (void)state;
    RtlInitUnicodeString(&root, L"\\");
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &root};
    handles[0] = named_event(NULL);
    assert_int_equal(NtCreateSemaphore(&handles[1], SEMAPHORE_ALL_ACCESS, NULL, 0, 1), STATUS_SUCCESS);
    assert_int_equal(NtCreateMutant(&handles[2], MUTANT_ALL_ACCESS, NULL, FALSE), STATUS_SUCCESS);
    assert_int_equal(NtOpenDirectoryObject(&handles[3], DIRECTORY_QUERY, &attributes), STATUS_SUCCESS);
    assert_string_equal(name_of(handles[3]), "\\");
    for (int i = 0; i < 4; i++) {
        assert_int_equal(NtQueryObject(handles[i], ObjectTypeInformation, &answer, sizeof answer, NULL),
                         STATUS_SUCCESS);
        assert_string_equal(utf8(&answer.information.TypeName), types[i]);
        NtClose(handles[i]);
    }
    assert_int_equal(NtQueryObject(NtCurrentProcess(), ObjectTypeInformation, &answer, sizeof answer, NULL),
                     STATUS_SUCCESS);
    assert_string_equal(utf8(&answer.information.TypeName), "Process");
    assert_int_equal(NtQueryObject(NtCurrentThread(), ObjectTypeInformation, &answer, 16, NULL),
                     STATUS_INFO_LENGTH_MISMATCH);
}

static void counts_are_told(void **state)
{
    HANDLE first = named_event(L"\\BaseNamedObjects\\counted"), second;
    OBJECT_BASIC_INFORMATION all;
    PUBLIC_OBJECT_BASIC_INFORMATION public;
    ULONG returned;
    (void)state;
    assert_int_equal(NtDuplicateObject(NtCurrentProcess(), first, NtCurrentProcess(), &second, 0, OBJ_INHERIT,
                                       DUPLICATE_SAME_ACCESS),
                     STATUS_SUCCESS);
    assert_int_equal(NtQueryObject(second, ObjectBasicInformation, &all, sizeof all, &returned), STATUS_SUCCESS);
    assert_int_equal(returned, sizeof all);
    assert_int_equal(all.GrantedAccess, SYNCHRONIZE | EVENT_MODIFY_STATE);
    assert_int_equal(all.HandleCount, 2);
    assert_int_equal(all.PointerCount, 3); // two handles and the name
    assert_int_equal(all.Attributes, OBJ_INHERIT);
    assert_int_equal(all.NameInfoSize, sizeof(OBJECT_NAME_INFORMATION) + 2 * sizeof "\\BaseNamedObjects\\counted");
    assert_int_equal(NtQueryObject(first, ObjectBasicInformation, &public, sizeof public, NULL), STATUS_SUCCESS);
    assert_int_equal(public.HandleCount, 2);
    assert_int_equal(NtQueryObject(first, ObjectBasicInformation, &all, sizeof all - 1, NULL),
                     STATUS_INFO_LENGTH_MISMATCH);
    NtClose(second);
    NtClose(first);
}

static void handles_have_flags(void **state)
{
    HANDLE handle = named_event(NULL);
    OBJECT_HANDLE_FLAG_INFORMATION flags = {TRUE, TRUE};
    (void)state;
    assert_int_equal(NtQueryObject(handle, ObjectHandleFlagInformation, &flags, sizeof flags, NULL), STATUS_SUCCESS);
    assert_false(flags.Inherit || flags.ProtectFromClose);
    flags.ProtectFromClose = TRUE;
    assert_int_equal(NtSetInformationObject(handle, ObjectHandleFlagInformation, &flags, sizeof flags), STATUS_SUCCESS);
    assert_int_equal(NtClose(handle), STATUS_HANDLE_NOT_CLOSABLE);
    flags = (OBJECT_HANDLE_FLAG_INFORMATION){.Inherit = TRUE};
    assert_int_equal(NtSetInformationObject(handle, ObjectHandleFlagInformation, &flags, 1),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(NtSetInformationObject(handle, ObjectBasicInformation, &flags, sizeof flags),
                     STATUS_INVALID_INFO_CLASS);
    assert_int_equal(NtSetInformationObject(handle, ObjectHandleFlagInformation, (void *)8, sizeof flags),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(ObSetHandleAttributes(handle, &flags, UserMode), STATUS_SUCCESS);
    flags = (OBJECT_HANDLE_FLAG_INFORMATION){0};
    assert_int_equal(NtQueryObject(handle, ObjectHandleFlagInformation, &flags, sizeof flags, NULL), STATUS_SUCCESS);
    assert_true(flags.Inherit && !flags.ProtectFromClose);
    assert_int_equal(NtClose(handle), STATUS_SUCCESS);
    assert_int_equal(NtSetInformationObject(handle, ObjectHandleFlagInformation, &flags, sizeof flags),
                     STATUS_INVALID_HANDLE);
}

static void drivers_ask_for_names(void **state)
{
    struct io_driver *driver = make_simple_driver("asked");
    PDEVICE_OBJECT device = make_device(driver, L"\\Device\\asked", 0, 0), unnamed = make_device(driver, NULL, 0, 0);
    union {
        OBJECT_NAME_INFORMATION information;
        char bytes[128];
    } answer;
    ULONG needed;
    (void)state;
    assert_int_equal(ObQueryNameString(device, NULL, 0, &needed), STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(needed, sizeof answer.information + 2 * sizeof "\\Device\\asked");
    assert_int_equal(ObQueryNameString(device, &answer.information, needed, &needed), STATUS_SUCCESS);
    assert_string_equal(utf8(&answer.information.Name), "\\Device\\asked");
    assert_int_equal(ObQueryNameString(&driver->object, &answer.information, sizeof answer, &needed), STATUS_SUCCESS);
    assert_string_equal(utf8(&answer.information.Name), "\\Driver\\asked");
    assert_int_equal(ObQueryNameString(unnamed, &answer.information, sizeof answer, &needed), STATUS_SUCCESS);
    assert_null(answer.information.Name.Buffer);
    assert_int_equal(answer.information.Name.MaximumLength, 0);
    assert_ptr_equal(ObGetObjectType(device), &io_device_type);
    unload_driver(driver);
}

static void drivers_find_objects_by_name(void **state)
{
    struct io_driver *driver = make_simple_driver("found");
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name, .Attributes = OBJ_KERNEL_HANDLE};
    HANDLE handle, event = named_event(L"\\BaseNamedObjects\\found");
    PVOID object;
    (void)state;
    RtlInitUnicodeString(&name, L"\\Driver\\found");
    assert_int_equal(
        ObReferenceObjectByName(&name, OBJ_CASE_INSENSITIVE, NULL, 0, &io_driver_type, KernelMode, NULL, &object),
        STATUS_SUCCESS);
    assert_ptr_equal(object, driver);
    ob_dereference(object);
    assert_int_equal(ObReferenceObjectByName(&name, 0, NULL, 0, &io_device_type, KernelMode, NULL, &object),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_null(object);
    RtlInitUnicodeString(&name, L"\\BaseNamedObjects\\found");
    assert_int_equal(ObOpenObjectByName(&attributes, &ob_event_type, KernelMode, NULL, EVENT_ALL_ACCESS, NULL, &handle),
                     STATUS_SUCCESS);
    assert_true((LONG_PTR)handle < 0); // a kernel handle, which user mode cannot use
    assert_int_equal(NtSetEvent(handle, NULL), STATUS_INVALID_HANDLE);
    assert_int_equal(ObReferenceObjectByHandle(handle, EVENT_MODIFY_STATE, &ob_event_type, KernelMode, &object, NULL),
                     STATUS_SUCCESS);
    ob_dereference(object);
    assert_int_equal(ObCloseHandle(handle, KernelMode), STATUS_SUCCESS);
    NtClose(event);
    unload_driver(driver);
}

static void objects_are_made_permanent_by_the_system_only(void **state)
{
    HANDLE handle = named_event(L"\\BaseNamedObjects\\permanent");
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name};
    (void)state;
    RtlInitUnicodeString(&name, L"\\BaseNamedObjects\\permanent");
    assert_int_equal(NtMakePermanentObject(handle), STATUS_PRIVILEGE_NOT_HELD);
    as_kernel(true);
    assert_int_equal(NtMakePermanentObject(handle), STATUS_SUCCESS);
    as_kernel(false);
    NtClose(handle);
    assert_int_equal(NtOpenEvent(&handle, DELETE | SYNCHRONIZE, &attributes), STATUS_SUCCESS);
    assert_int_equal(NtMakeTemporaryObject(handle), STATUS_SUCCESS);
    NtClose(handle);
    assert_int_equal(NtOpenEvent(&handle, SYNCHRONIZE, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
}

// ---- tokens -------------------------------------------------------------------------------------------------------

static char *sid_text(PSID sid)
{
    static char text[SE_SID_TEXT];
    se_sid_to_text(sid, text, sizeof text);
    return text;
}

static void drivers_ask_who_calls(void **state)
{
    SECURITY_SUBJECT_CONTEXT subject;
    char expected[64];
    PVOID answer;
    BOOLEAN copy, effective;
    SECURITY_IMPERSONATION_LEVEL level;
    (void)state;
    PACCESS_TOKEN token = PsReferencePrimaryToken(PsGetCurrentProcess());
    assert_non_null(token);
    assert_int_equal(SeQueryInformationToken(token, TokenUser, &answer), STATUS_SUCCESS);
    snprintf(expected, sizeof expected, "S-1-22-1-%u", hal_user_number());
    assert_string_equal(sid_text(((TOKEN_USER *)answer)->User.Sid), expected);
    ExFreePool(answer);
    assert_int_equal(SeQueryInformationToken(token, TokenGroups, &answer), STATUS_SUCCESS);
    TOKEN_GROUPS *groups = answer;
    bool administrator = false;
    for (ULONG i = 0; i < groups->GroupCount; i++)
        administrator = administrator || RtlEqualSid(groups->Groups[i].Sid, SeExports->SeAliasAdminsSid);
    assert_true(administrator && SeTokenIsAdmin(token));
    ExFreePool(answer);
    assert_int_equal(SeQueryInformationToken(token, TokenSessionId, &answer), STATUS_SUCCESS);
    assert_int_equal((ULONG)(ULONG_PTR)answer, 0);
    assert_int_equal(SeQueryInformationToken(token, TokenImpersonationLevel, &answer), STATUS_INVALID_INFO_CLASS);
    SeCaptureSubjectContext(&subject);
    assert_ptr_equal(subject.PrimaryToken, token);
    assert_null(subject.ClientToken);
    SeReleaseSubjectContext(&subject);
    assert_null(PsReferenceImpersonationToken(ps_current_thread(), &copy, &effective, &level));
    assert_int_equal(SeTokenType(token), TokenPrimary);
    PsDereferencePrimaryToken(token);
    assert_true(SeSinglePrivilegeCheck(SeExports->SeLoadDriverPrivilege, UserMode));
    assert_false(SeSinglePrivilegeCheck(SeExports->SeTcbPrivilege, UserMode));
    assert_true(SeSinglePrivilegeCheck(SeExports->SeTcbPrivilege, KernelMode));
    assert_true(SeTokenIsAdmin(ps_system_process()->Pcb.token));
}

static void tokens_have_handles(void **state)
{
    static const struct {
        TOKEN_INFORMATION_CLASS information_class;
        ULONG least;
    } cases[] = {{TokenUser, 32},
                 {TokenGroups, 100},
                 {TokenPrivileges, 100},
                 {TokenOwner, 20},
                 {TokenPrimaryGroup, 20},
                 {TokenDefaultDacl, 60},
                 {TokenStatistics, sizeof(TOKEN_STATISTICS)},
                 {TokenType, 4},
                 {TokenSessionId, 4},
                 {TokenElevationType, 4},
                 {TokenElevation, 4}};
    unsigned char answer[1024] __attribute__((aligned(8)));
    HANDLE token;
    ULONG returned;
    (void)state;
    assert_int_equal(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token), STATUS_NO_TOKEN);
    assert_int_equal(NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &token), STATUS_SUCCESS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(NtQueryInformationToken(token, cases[i].information_class, NULL, 0, &returned),
                         STATUS_BUFFER_TOO_SMALL);
        assert_true(returned >= cases[i].least && returned <= sizeof answer);
        ULONG needed = returned;
        assert_int_equal(NtQueryInformationToken(token, cases[i].information_class, answer, needed, &returned),
                         STATUS_SUCCESS);
        assert_int_equal(returned, needed);
    }
    assert_int_equal(NtQueryInformationToken(token, TokenUser, answer, sizeof answer, &returned), STATUS_SUCCESS);
    PSID user = ((TOKEN_USER *)(void *)answer)->User.Sid;
    assert_true((unsigned char *)user > answer &&
                (unsigned char *)user < answer + returned); // within the caller's buffer
    assert_true(RtlValidSid(user));
    assert_int_equal(NtQueryInformationToken(token, TokenSource, answer, sizeof answer, &returned),
                     STATUS_ACCESS_DENIED);
    assert_int_equal(NtQueryInformationToken(token, TokenUser, (void *)8, 1024, &returned), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtQueryInformationToken(token, (TOKEN_INFORMATION_CLASS)99, answer, 8, &returned),
                     STATUS_INVALID_INFO_CLASS);
    NtClose(token);
}

static void access_states_carry_a_subject(void **state)
{
    GENERIC_MAPPING mapping = {1, 2, 4, 7};
    ACCESS_STATE access;
    unsigned char auxiliary[0xe0] __attribute__((aligned(8)));
    (void)state;
    assert_int_equal(SeCreateAccessState(&access, auxiliary, GENERIC_READ | DELETE, &mapping), STATUS_SUCCESS);
    assert_int_equal(access.RemainingDesiredAccess, 1 | DELETE);
    assert_int_equal(access.PreviouslyGrantedAccess, 0);
    assert_ptr_equal(access.SubjectSecurityContext.PrimaryToken, se_current_token());
    SeDeleteAccessState(&access);
}

// ---- capture ------------------------------------------------------------------------------------------------------

static void a_callers_descriptor_is_copied_once(void **state)
{
    SECURITY_DESCRIPTOR descriptor;
    unsigned char room[64];
    ACL *dacl = (ACL *)(void *)room;
    PSECURITY_DESCRIPTOR captured;
    char text[128];
    (void)state;
    RtlCreateAcl(dacl, sizeof room, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, SeExports->SeWorldSid);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    RtlSetOwnerSecurityDescriptor(&descriptor, SeExports->SeAliasAdminsSid, FALSE);
    assert_int_equal(SeCaptureSecurityDescriptor(&descriptor, UserMode, PagedPool, FALSE, &captured), STATUS_SUCCESS);
    se_descriptor_to_sddl(captured, text, sizeof text);
    assert_string_equal(text, "O:BAD:(A;;GA;;;WD)");
    PSECURITY_DESCRIPTOR again;
    assert_int_equal(SeCaptureSecurityDescriptor(captured, KernelMode, PagedPool, TRUE, &again), STATUS_SUCCESS);
    assert_memory_equal(again, captured, se_descriptor_bytes(captured));
    SeReleaseSecurityDescriptor(again, KernelMode, TRUE);
    assert_int_equal(SeCaptureSecurityDescriptor(captured, UserMode, PagedPool, FALSE, &again),
                     STATUS_ACCESS_VIOLATION); // pool
    SeReleaseSecurityDescriptor(captured, UserMode, FALSE);
    assert_int_equal(SeCaptureSecurityDescriptor(&descriptor, KernelMode, PagedPool, FALSE, &captured), STATUS_SUCCESS);
    assert_ptr_equal(captured, &descriptor);
    SeReleaseSecurityDescriptor(captured, KernelMode, FALSE);
    assert_int_equal(SeCaptureSecurityDescriptor(NULL, UserMode, PagedPool, FALSE, &captured), STATUS_SUCCESS);
    assert_null(captured);
    // A list whose length reaches beyond what the caller has.
    hal_faults_init(); // in front of cmocka's handlers
    char *page = hal_map(0x10000000, 2 * HAL_PAGE, HAL_READ | HAL_WRITE);
    assert_non_null(page);
    assert_true(hal_protect(page + HAL_PAGE, HAL_PAGE, HAL_NONE));
    ACL *edge = (ACL *)(void *)(page + HAL_PAGE - sizeof(ACL));
    *edge = (ACL){.AclRevision = ACL_REVISION, .AclSize = 64, .AceCount = 1};
    descriptor.Dacl = edge;
    assert_int_equal(SeCaptureSecurityDescriptor(&descriptor, UserMode, PagedPool, FALSE, &captured),
                     STATUS_ACCESS_VIOLATION);
    edge->AclSize = 4;
    assert_int_equal(SeCaptureSecurityDescriptor(&descriptor, UserMode, PagedPool, FALSE, &captured),
                     STATUS_INVALID_ACL);
    hal_unmap(page, 2 * HAL_PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(files_are_named_after_their_devices),
        KERNEL_TEST(names_go_with_lengths),
        KERNEL_TEST(types_have_names),
        KERNEL_TEST(counts_are_told),
        KERNEL_TEST(handles_have_flags),
        KERNEL_TEST(drivers_ask_for_names),
        KERNEL_TEST(drivers_find_objects_by_name),
        KERNEL_TEST(objects_are_made_permanent_by_the_system_only),
        KERNEL_TEST(drivers_ask_who_calls),
        KERNEL_TEST(tokens_have_handles),
        KERNEL_TEST(access_states_carry_a_subject),
        KERNEL_TEST(a_callers_descriptor_is_copied_once),
    };
    return cmocka_run_group_tests_name("objects about themselves", tests, NULL, NULL);
}
