// Registry keys: opening, making, deleting, asking. Expectations: wdm/nf-wdm-zwcreatekey, -zwopenkey,
// -zwdeletekey, -zwquerykey, -zwenumeratekey and, where those say nothing, what Windows answers to the same
// calls.
#include "cm_test.h"

static void paths_and_their_statuses(void **state)
{
    static const struct {
        const WCHAR *path;
        NTSTATUS expected;
    } cases[] = {
        {L"\\Registry", STATUS_SUCCESS},
        {L"\\REGISTRY\\machine", STATUS_SUCCESS},
        {L"\\Registry\\", STATUS_SUCCESS},
        {L"\\Registry\\\\Machine\\\\", STATUS_SUCCESS},
        {L"\\Registry\\User\\.Default", STATUS_SUCCESS},
        {L"\\Registry\\Machine\\System\\CurrentControlSet\\Services", STATUS_SUCCESS},
        {L"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager\\Debug Print Filter",
         STATUS_SUCCESS},
        {L"\\Registry\\Machine\\Hardware\\DeviceMap", STATUS_SUCCESS},
        {L"\\Registry\\Machine\\Missing", STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\Registry\\Machine\\Missing\\Below", STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\Registrx", STATUS_OBJECT_NAME_NOT_FOUND},
        {L"\\Foobar\\Machine", STATUS_OBJECT_PATH_NOT_FOUND},
        {L"Machine", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\", STATUS_OBJECT_TYPE_MISMATCH},
        {L"\\Device", STATUS_OBJECT_TYPE_MISMATCH},
        {L"\\??\\C:", STATUS_OBJECT_TYPE_MISMATCH}, // a device, and what an open of a file would go on to
        {L"\\??\\C:\\file", STATUS_OBJECT_TYPE_MISMATCH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        HANDLE key = (HANDLE)(ULONG_PTR)0xdead;
        CM_EXPECT(cm_open(NULL, cases[i].path, KEY_READ, OBJ_CASE_INSENSITIVE, &key), cases[i].expected,
                  cm_narrow(cases[i].path));
        assert_int_equal(key != NULL, NT_SUCCESS(cases[i].expected));
        if (key)
            CM_EXPECT(NtClose(key), STATUS_SUCCESS, "NtClose");
    }
}

static void arguments_are_checked(void **state)
{
    UNICODE_STRING name = cm_string(L"\\Registry\\Machine");
    OBJECT_ATTRIBUTES object = {.Length = sizeof object, .ObjectName = &name};
    HANDLE key;
    (void)state;
    cm_test_take_faults();
    CM_EXPECT(NtOpenKey(&key, KEY_READ, NULL), STATUS_ACCESS_VIOLATION, "no attributes");
    CM_EXPECT(NtOpenKey(NULL, KEY_READ, &object), STATUS_ACCESS_VIOLATION, "no handle");
    CM_EXPECT(NtOpenKey(&key, 0, &object), STATUS_ACCESS_DENIED, "no access wanted");
    CM_EXPECT(NtOpenKeyEx(&key, KEY_READ, &object, 0x100), STATUS_INVALID_PARAMETER, "unknown option");
    CM_EXPECT(NtCreateKey(&key, KEY_READ, &object, 0, NULL, 0x100, NULL), STATUS_INVALID_PARAMETER, "unknown option");
    CM_EXPECT(NtOpenKey(&key, KEY_READ, (POBJECT_ATTRIBUTES)(ULONG_PTR)0x20000), STATUS_ACCESS_VIOLATION,
              "wild attributes");
    object.Length++;
    CM_EXPECT(NtOpenKey(&key, KEY_READ, &object), STATUS_INVALID_PARAMETER, "wrong length");
    CM_EXPECT(NtDeleteKey(NULL), STATUS_INVALID_HANDLE, "NtDeleteKey");
    CM_EXPECT(NtFlushKey(NULL), STATUS_INVALID_HANDLE, "NtFlushKey");
}

static void a_handle_grants_what_it_was_opened_for(void **state)
{
    HANDLE playground = cm_playground(), key;
    char buffer[64];
    ULONG length;
    (void)state;
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND, KEY_QUERY_VALUE, 0, &key), STATUS_SUCCESS, "open to query");
    CM_EXPECT(cm_set(key, L"v", REG_DWORD, &length, 4), STATUS_ACCESS_DENIED, "set");
    CM_EXPECT(NtEnumerateKey(key, 0, KeyBasicInformation, buffer, sizeof buffer, &length), STATUS_ACCESS_DENIED,
              "enumerate");
    CM_EXPECT(NtDeleteKey(key), STATUS_ACCESS_DENIED, "delete");
    CM_EXPECT(NtQueryKey(key, KeyFullInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "query");
    NtClose(key);
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND, KEY_SET_VALUE | KEY_WOW64_64KEY, 0, &key), STATUS_SUCCESS, "open to set");
    CM_EXPECT(NtQueryKey(key, KeyFullInformation, buffer, sizeof buffer, &length), STATUS_ACCESS_DENIED, "query");
    CM_EXPECT(NtQueryKey(key, KeyNameInformation, buffer, 4, &length), STATUS_BUFFER_OVERFLOW,
              "the name needs no right");
    NtClose(key);
    NtClose(playground);
}

static void creating(void **state)
{
    HANDLE playground = cm_playground(), key, again, below;
    WCHAR longest[CM_MAX_KEY_NAME + 2];
    ULONG disposition;
    (void)state;
    CM_EXPECT(cm_create(playground, L"a\\b", 0, NULL, &key), STATUS_OBJECT_NAME_NOT_FOUND, "missing parent");
    CM_EXPECT(cm_create(playground, L"a", 0, &disposition, &key), STATUS_SUCCESS, "new");
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    CM_EXPECT(cm_create(playground, L"A\\\\", 0, &disposition, &again), STATUS_SUCCESS, "existing, other case");
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    CM_EXPECT(cm_create(key, L"\\b", 0, NULL, &below), STATUS_OBJECT_PATH_SYNTAX_BAD,
              "relative with a backslash in front");
    CM_EXPECT(cm_create(NULL, L"\\Registry\\Hive", 0, NULL, &below), STATUS_ACCESS_DENIED, "below the root");
    CM_EXPECT(cm_create(key, L"v", REG_OPTION_VOLATILE, NULL, &below), STATUS_SUCCESS, "volatile");
    CM_EXPECT(cm_create(below, L"n", 0, NULL, &again), STATUS_CHILD_MUST_BE_VOLATILE, "not volatile below volatile");
    for (size_t i = 0; i <= CM_MAX_KEY_NAME; i++)
        longest[i] = 'x';
    longest[CM_MAX_KEY_NAME + 1] = 0;
    CM_EXPECT(cm_create(key, longest, 0, NULL, &again), STATUS_INVALID_PARAMETER, "256 characters");
    longest[CM_MAX_KEY_NAME] = 0;
    CM_EXPECT(cm_create(key, longest, 0, NULL, &again), STATUS_SUCCESS, "255 characters");
}

static void the_depth_has_a_limit(void **state)
{
    HANDLE key = cm_playground(), next;
    NTSTATUS status = STATUS_SUCCESS;
    int depth = 3; // MACHINE, SOFTWARE, Playground
    (void)state;
    for (; depth < 2 * CM_MAX_DEPTH && NT_SUCCESS(status = cm_create(key, L"d", REG_OPTION_VOLATILE, NULL, &next));
         depth++) {
        NtClose(key);
        key = next;
    }
    CM_EXPECT(status, STATUS_INVALID_PARAMETER, "too deep");
    assert_int_equal(depth, CM_MAX_DEPTH);
}

static void deleting(void **state)
{
    HANDLE playground = cm_playground(), key, other, below;
    UNICODE_STRING value = cm_string(L"v");
    char buffer[256];
    ULONG length;
    (void)state;
    cm_create(playground, L"gone", 0, NULL, &key);
    cm_open(playground, L"gone", KEY_ALL_ACCESS, 0, &other);
    cm_create(key, L"below", 0, NULL, &below);
    CM_EXPECT(NtDeleteKey(key), STATUS_CANNOT_DELETE, "with a subkey");
    CM_EXPECT(NtDeleteKey(below), STATUS_SUCCESS, "the subkey");
    CM_EXPECT(NtDeleteKey(key), STATUS_SUCCESS, "without one");
    CM_EXPECT(NtDeleteKey(key), STATUS_SUCCESS, "again");
    CM_EXPECT(NtQueryKey(other, KeyNameInformation, buffer, sizeof buffer, &length), STATUS_KEY_DELETED, "NtQueryKey");
    CM_EXPECT(NtEnumerateKey(other, 0, KeyFullInformation, buffer, sizeof buffer, &length), STATUS_KEY_DELETED,
              "NtEnumerateKey");
    CM_EXPECT(cm_query(other, L"v", KeyValueBasicInformation, buffer, sizeof buffer, &length), STATUS_KEY_DELETED,
              "NtQueryValueKey");
    CM_EXPECT(NtEnumerateValueKey(other, 0, KeyValueBasicInformation, buffer, sizeof buffer, &length),
              STATUS_KEY_DELETED, "NtEnumerateValueKey");
    CM_EXPECT(cm_set(other, L"v", REG_SZ, "x", 2), STATUS_KEY_DELETED, "NtSetValueKey");
    CM_EXPECT(NtDeleteValueKey(other, &value), STATUS_KEY_DELETED, "NtDeleteValueKey");
    CM_EXPECT(cm_open(other, L"x", KEY_READ, 0, &below), STATUS_KEY_DELETED, "NtOpenKey below");
    CM_EXPECT(cm_create(other, L"x", 0, NULL, &below), STATUS_KEY_DELETED, "NtCreateKey below");
    CM_EXPECT(cm_open(playground, L"gone", KEY_READ, 0, &below), STATUS_OBJECT_NAME_NOT_FOUND, "by name");
    CM_EXPECT(cm_create(playground, L"gone", 0, &length, &below), STATUS_SUCCESS, "the name is free");
    assert_int_equal(length, REG_CREATED_NEW_KEY);
    CM_EXPECT(cm_open(NULL, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services", KEY_ALL_ACCESS, 0, &key),
              STATUS_SUCCESS, "open");
    CM_EXPECT(NtDeleteKey(key), STATUS_CANNOT_DELETE, "a key of boot");
}

static void enumerating_is_sorted(void **state)
{
    static const WCHAR *const made[] = {L"delta", L"Alpha", L"charlie", L"BRAVO"};
    static const char *const sorted[] = {"Alpha", "BRAVO", "charlie", "delta"};
    HANDLE playground = cm_playground(), key;
    char buffer[256];
    KEY_BASIC_INFORMATION *basic = (void *)buffer;
    ULONG length;
    (void)state;
    for (size_t i = 0; i < 4; i++)
        CM_EXPECT(cm_create(playground, made[i], 0, NULL, &key), STATUS_SUCCESS, "create");
    for (ULONG i = 0; i < 4; i++) {
        memset(buffer, 0, sizeof buffer);
        CM_EXPECT(NtEnumerateKey(playground, i, KeyBasicInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
                  sorted[i]);
        assert_string_equal(cm_narrow(basic->Name), sorted[i]);
        assert_int_equal(length, offsetof(KEY_BASIC_INFORMATION, Name) + basic->NameLength);
    }
    CM_EXPECT(NtEnumerateKey(playground, 4, KeyBasicInformation, buffer, sizeof buffer, &length),
              STATUS_NO_MORE_ENTRIES, "after the last");
    CM_EXPECT(NtEnumerateKey(playground, 0, KeyNameInformation, buffer, sizeof buffer, &length),
              STATUS_INVALID_PARAMETER, "class");
}

static void how_much_fits(void **state)
{
    HANDLE playground = cm_playground(), key;
    char buffer[256];
    KEY_BASIC_INFORMATION *basic = (void *)buffer;
    const ULONG head = offsetof(KEY_BASIC_INFORMATION, Name), whole = head + 10;
    ULONG length = 0;
    (void)state;
    cm_test_take_faults();
    cm_create(playground, L"child", 0, NULL, &key);
    for (ULONG given = 0; given <= whole + 1; given++) {
        NTSTATUS expected = given < head    ? STATUS_BUFFER_TOO_SMALL
                            : given < whole ? STATUS_BUFFER_OVERFLOW
                                            : STATUS_SUCCESS;
        memset(buffer, 0xbd, sizeof buffer);
        CM_EXPECT(NtEnumerateKey(playground, 0, KeyBasicInformation, buffer, given, &length), expected,
                  "NtEnumerateKey");
        assert_int_equal(length, whole);
        assert_int_equal((unsigned char)buffer[given < whole ? given : whole], 0xbd);
        if (given >= head)
            assert_int_equal(basic->NameLength, 10);
        else
            assert_int_equal((unsigned char)buffer[0], 0xbd);
    }
    CM_EXPECT(NtQueryKey(key, KeyBasicInformation, NULL, 0, &length), STATUS_BUFFER_TOO_SMALL, "only the length");
    CM_EXPECT(NtQueryKey(key, KeyBasicInformation, (PVOID)(ULONG_PTR)0x20000, 100, &length), STATUS_ACCESS_VIOLATION,
              "wild buffer");
    CM_EXPECT(NtQueryKey(key, KeyBasicInformation, buffer, sizeof buffer, NULL), STATUS_ACCESS_VIOLATION, "no length");
    CM_EXPECT(NtQueryKey(key, 77, buffer, sizeof buffer, &length), STATUS_INVALID_PARAMETER, "class");
}

static void what_a_key_says_of_itself(void **state)
{
    HANDLE playground = cm_playground(), key;
    UNICODE_STRING name = cm_string(L"child"), class_name = cm_string(L"kind");
    OBJECT_ATTRIBUTES object = {.Length = sizeof object, .RootDirectory = playground, .ObjectName = &name};
    char buffer[256] = {0};
    KEY_FULL_INFORMATION *full = (void *)buffer;
    KEY_NODE_INFORMATION *node = (void *)buffer;
    KEY_NAME_INFORMATION *named = (void *)buffer;
    ULONG length;
    (void)state;
    CM_EXPECT(NtCreateKey(&key, KEY_ALL_ACCESS, &object, 0, &class_name, 0, NULL), STATUS_SUCCESS, "create");
    cm_set(playground, L"value", REG_BINARY, "123456789", 9);
    CM_EXPECT(NtQueryKey(playground, KeyFullInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "full");
    assert_int_equal(full->SubKeys, 1);
    assert_int_equal(full->MaxNameLen, 10);
    assert_int_equal(full->MaxClassLen, 8);
    assert_int_equal(full->Values, 1);
    assert_int_equal(full->MaxValueNameLen, 10);
    assert_int_equal(full->MaxValueDataLen, 9);
    assert_int_equal((LONG)full->ClassOffset, -1);
    assert_true(full->LastWriteTime.QuadPart > 0);
    CM_EXPECT(NtQueryKey(key, KeyNodeInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "node");
    assert_memory_equal(buffer + node->ClassOffset, L"kind", 8);
    assert_int_equal(node->ClassLength, 8);
    assert_int_equal(length, node->ClassOffset + 8);
    CM_EXPECT(NtQueryKey(key, KeyNameInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "name");
    named->Name[named->NameLength / 2] = 0;
    assert_string_equal(cm_narrow(named->Name), "\\REGISTRY\\MACHINE\\SOFTWARE\\Playground\\child");
}

static void links(void **state)
{
    static const WCHAR target[] = CM_PLAYGROUND L"\\target", loop[] = CM_PLAYGROUND L"\\link";
    HANDLE playground = cm_playground(), link, key;
    char buffer[128];
    ULONG length, value = 7;
    (void)state;
    CM_EXPECT(cm_create(playground, L"link", REG_OPTION_CREATE_LINK, NULL, &link), STATUS_SUCCESS, "make a link");
    CM_EXPECT(cm_set(link, L"SymbolicLinkValue", REG_SZ, target, sizeof target - 2), STATUS_ACCESS_DENIED,
              "not REG_LINK");
    CM_EXPECT(cm_set(link, L"other", REG_LINK, target, sizeof target - 2), STATUS_ACCESS_DENIED, "another value");
    CM_EXPECT(cm_set(link, L"SymbolicLinkValue", REG_LINK, target, sizeof target - 2), STATUS_SUCCESS, "target");
    CM_EXPECT(cm_open(playground, L"link", KEY_READ, 0, &key), STATUS_OBJECT_NAME_NOT_FOUND, "the target is missing");
    CM_EXPECT(cm_create(playground, L"target", 0, NULL, &key), STATUS_SUCCESS, "make it");
    cm_set(key, L"v", REG_DWORD, &value, 4);
    NtClose(key);
    CM_EXPECT(cm_open(playground, L"link", KEY_READ, 0, &key), STATUS_SUCCESS, "through the link");
    CM_EXPECT(cm_query(key, L"v", KeyValuePartialInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "the target's value");
    NtClose(key);
    CM_EXPECT(cm_open(playground, L"link", KEY_READ, OBJ_OPENLINK, &key), STATUS_SUCCESS, "the link itself");
    CM_EXPECT(cm_query(key, L"SymbolicLinkValue", KeyValuePartialInformation, buffer, sizeof buffer, &length),
              STATUS_SUCCESS, "its value");
    NtClose(key);
    CM_EXPECT(cm_create(playground, L"link", REG_OPTION_CREATE_LINK, NULL, &key), STATUS_OBJECT_NAME_COLLISION,
              "make it again");
    CM_EXPECT(cm_set(link, L"SymbolicLinkValue", REG_LINK, loop, sizeof loop - 2), STATUS_SUCCESS, "a loop");
    CM_EXPECT(cm_open(playground, L"link\\x", KEY_READ, 0, &key), STATUS_OBJECT_NAME_NOT_FOUND, "a loop ends");
    CM_EXPECT(NtDeleteKey(link), STATUS_SUCCESS, "delete the link");
    CM_EXPECT(cm_open(playground, L"target", KEY_READ, 0, &key), STATUS_SUCCESS, "the target stays");
}

static void service_keys(void **state)
{
    UNICODE_STRING path = cm_string(L"\\REGISTRY\\Machine\\System\\CurrentControlSet\\Services\\Demo"),
                   name = cm_string(L"ImagePath");
    struct cm_service service = {0};
    HANDLE key;
    (void)state;
    CM_EXPECT(cm_read_service(&path, &service), STATUS_OBJECT_NAME_NOT_FOUND, "no key");
    CM_EXPECT(cm_create_service_key("Demo", "/tmp/\xe9\xa9\xb1\xe5\x8a\xa8.sys"), STATUS_SUCCESS, "create");
    CM_EXPECT(cm_read_service(&path, &service), STATUS_SUCCESS, "read");
    assert_string_equal(service.image_path, "/tmp/\xe9\xa9\xb1\xe5\x8a\xa8.sys");
    assert_int_equal(service.type, 1);
    assert_int_equal(service.start, 3);
    CM_EXPECT(cm_open(NULL, L"\\Registry\\Machine\\System\\ControlSet001\\Services\\demo", KEY_ALL_ACCESS, 0, &key),
              STATUS_SUCCESS, "open");
    cm_set(key, L"ImagePath", REG_EXPAND_SZ, L"System32\\drivers\\x.sys", 46);
    CM_EXPECT(cm_read_service(&path, &service), STATUS_OBJECT_PATH_SYNTAX_BAD, "a path of Windows");
    cm_set(key, L"ImagePath", REG_SZ, L"/x.sys", 11); // odd length, no terminator
    CM_EXPECT(cm_read_service(&path, &service), STATUS_SUCCESS, "a plain path");
    assert_string_equal(service.image_path, "/x.sy");
    cm_set(key, L"ImagePath", REG_DWORD, &service.type, 4);
    CM_EXPECT(cm_read_service(&path, &service), STATUS_OBJECT_NAME_NOT_FOUND, "no string");
    CM_EXPECT(NtDeleteValueKey(key, &name), STATUS_SUCCESS, "delete the value");
    CM_EXPECT(cm_read_service(&path, &service), STATUS_OBJECT_NAME_NOT_FOUND, "none");
    CM_EXPECT(cm_delete_service_key("Demo"), STATUS_SUCCESS, "delete");
    CM_EXPECT(cm_create_service_key("a\\b", "/x"), STATUS_OBJECT_NAME_INVALID, "a name with a backslash");
    CM_EXPECT(cm_create_service_key("", "/x"), STATUS_OBJECT_NAME_INVALID, "no name");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cm_test_boot, cm_test_shut_down)
    const struct CMUnitTest tests[] = {
        TEST(paths_and_their_statuses),
        TEST(arguments_are_checked),
        TEST(a_handle_grants_what_it_was_opened_for),
        TEST(creating),
        TEST(the_depth_has_a_limit),
        TEST(deleting),
        TEST(enumerating_is_sorted),
        TEST(how_much_fits),
        TEST(what_a_key_says_of_itself),
        TEST(links),
        TEST(service_keys),
    };
    cm_test_keep_faults();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
