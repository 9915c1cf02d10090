// The namespace: paths, links, directories, names that come and go. Facts: semantics 26, 29.
#include "kernel_test.h"

static OBJECT_ATTRIBUTES named(UNICODE_STRING *name, const WCHAR *path, ULONG attributes)
{
    RtlInitUnicodeString(name, path);
    return (OBJECT_ATTRIBUTES){.Length = sizeof(OBJECT_ATTRIBUTES), .ObjectName = name, .Attributes = attributes};
}

static NTSTATUS make_event(const WCHAR *path, ULONG attributes, HANDLE *handle)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, path, attributes);
    return NtCreateEvent(handle, EVENT_ALL_ACCESS, &object, NotificationEvent, FALSE);
}

static NTSTATUS open_event(const WCHAR *path, HANDLE *handle)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, path, OBJ_CASE_INSENSITIVE);
    return NtOpenEvent(handle, EVENT_ALL_ACCESS, &object);
}

static NTSTATUS open_directory(const WCHAR *path, HANDLE *handle)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, path, OBJ_CASE_INSENSITIVE);
    return NtOpenDirectoryObject(handle, DIRECTORY_QUERY | DIRECTORY_TRAVERSE | DIRECTORY_CREATE_OBJECT, &object);
}

static void link_to(const WCHAR *path, const WCHAR *target)
{
    UNICODE_STRING name, to;
    RtlInitUnicodeString(&name, path);
    RtlInitUnicodeString(&to, target);
    assert_int_equal(IoCreateSymbolicLink(&name, &to), STATUS_SUCCESS);
}

static NTSTATUS unlink_name(const WCHAR *path)
{
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    return IoDeleteSymbolicLink(&name);
}

static void *object_of(HANDLE handle)
{
    void *object;
    CHECK(ob_reference_by_handle(handle, 0, NULL, KernelMode, &object, NULL) == STATUS_SUCCESS);
    ob_dereference(object);
    return object;
}

// ---- paths ------------------------------------------------------------------------------------------------

static void names_are_found_without_regard_to_case(void **state)
{
    static const WCHAR *const ways[] = {L"\\BaseNamedObjects\\An Event",
                                        L"\\basenamedobjects\\AN EVENT",
                                        L"\\BASENAMEDOBJECTS\\an event",
                                        L"\\BaseNamedObjects\\Global\\An Event",
                                        L"\\BaseNamedObjects\\local\\An Event",
                                        L"\\??\\GLOBALROOT\\BaseNamedObjects\\An Event",
                                        L"\\DosDevices\\globalroot\\BaseNamedObjects\\An Event"};
    HANDLE event, again;
    (void)state;
    assert_int_equal(make_event(ways[0], 0, &event), STATUS_SUCCESS);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(open_event(ways[i], &again), STATUS_SUCCESS);
        assert_ptr_equal(object_of(again), object_of(event));
        assert_int_equal(NtClose(again), STATUS_SUCCESS);
    }
}

static void wrong_paths_get_their_status(void **state)
{
    static const struct {
        const WCHAR *path;
        NTSTATUS open, create;
    } cases[] = {
        {L"", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_SUCCESS}, // creating without a name is fine
        {L"\\", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_NAME_INVALID},
        {L"relative", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"relative\\path", STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {L"\\Nowhere", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS},
        {L"\\Nowhere\\Nobody", STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\Device\\Nobody", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS},
        {L"\\Device\\Nobody\\Below", STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\\\Device", STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_INVALID},
        {L"\\Device\\\\X", STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_INVALID},
        {L"\\Device\\", STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_INVALID},
        {L"\\Device", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_NAME_COLLISION},
        {L"\\BaseNamedObjects\\There\\Below", STATUS_OBJECT_TYPE_MISMATCH, STATUS_OBJECT_TYPE_MISMATCH},
        {L"\\BaseNamedObjects\\There", STATUS_SUCCESS, STATUS_OBJECT_NAME_COLLISION},
        {L"\\??\\Dangling", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_COLLISION},
        {L"\\??\\Dangling\\Below", STATUS_OBJECT_PATH_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\Circle", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_NAME_COLLISION},
        {L"\\??\\Circle\\X", STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND},
        {L"\\??\\Growing", STATUS_NAME_TOO_LONG, STATUS_OBJECT_NAME_COLLISION},
    };
    HANDLE there, handle;
    (void)state;
    assert_int_equal(make_event(L"\\BaseNamedObjects\\There", 0, &there), STATUS_SUCCESS);
    link_to(L"\\??\\Dangling", L"\\Device\\Gone");
    link_to(L"\\??\\Circle", L"\\??\\Round");
    link_to(L"\\??\\Round", L"\\??\\Circle");
    link_to(L"\\??\\Growing",
            L"\\??\\Growing\\and a long name behind it, so that the path grows too long in a few rounds");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NTSTATUS status = open_event(cases[i].path, &handle);
        if (status != cases[i].open &&
            !(cases[i].open == STATUS_NAME_TOO_LONG && status == STATUS_OBJECT_NAME_NOT_FOUND))
            fail_msg("case %zu: opened: %s, not %s", i, rtl_status_name(status), rtl_status_name(cases[i].open));
        if (NT_SUCCESS(status))
            NtClose(handle);
        status = make_event(cases[i].path, OBJ_CASE_INSENSITIVE, &handle);
        if (status != cases[i].create)
            fail_msg("case %zu: created: %s, not %s", i, rtl_status_name(status), rtl_status_name(cases[i].create));
        if (NT_SUCCESS(status))
            NtClose(handle);
    }
}

static void attributes_are_checked(void **state)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, L"\\BaseNamedObjects\\E", 0);
    HANDLE handle;
    (void)state;
    object.Length--;
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_INVALID_PARAMETER);
    object.Length++;
    object.Attributes = 0x80000000;
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_INVALID_PARAMETER);
    object.Attributes = 0;
    object.RootDirectory = (HANDLE)0x7770;
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_INVALID_HANDLE);
    object.RootDirectory = NULL;
    name.Length = 5; // half a character
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_OBJECT_NAME_INVALID);
    name.Length = 10;
    name.Buffer = (WCHAR *)16;
    arm_faults();
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_ACCESS_VIOLATION);
    object.ObjectName = (PUNICODE_STRING)HAL_KERNEL_BASE;
    assert_int_equal(NtCreateEvent(&handle, 0, &object, NotificationEvent, FALSE), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtCreateEvent(&handle, 0, (POBJECT_ATTRIBUTES)8, NotificationEvent, FALSE),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtCreateEvent((PHANDLE)8, 0, NULL, NotificationEvent, FALSE), STATUS_ACCESS_VIOLATION);
    assert_int_equal(NtOpenEvent(&handle, SYNCHRONIZE, NULL), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void names_may_be_relative_to_a_directory(void **state)
{
    HANDLE directory, event, again;
    UNICODE_STRING name;
    (void)state;
    assert_int_equal(open_directory(L"\\BaseNamedObjects", &directory), STATUS_SUCCESS);
    OBJECT_ATTRIBUTES object = named(&name, L"Relative", 0);
    object.RootDirectory = directory;
    assert_int_equal(NtCreateEvent(&event, EVENT_ALL_ACCESS, &object, NotificationEvent, FALSE), STATUS_SUCCESS);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Relative", &again), STATUS_SUCCESS);
    assert_ptr_equal(object_of(again), object_of(event));
    assert_int_equal(NtOpenEvent(&again, SYNCHRONIZE, &object), STATUS_SUCCESS);
    RtlInitUnicodeString(&name, L"\\Relative");
    assert_int_equal(NtOpenEvent(&again, SYNCHRONIZE, &object), STATUS_OBJECT_PATH_SYNTAX_BAD);
    RtlInitUnicodeString(&name, L"Global\\Relative");
    assert_int_equal(NtOpenEvent(&again, SYNCHRONIZE, &object), STATUS_SUCCESS);
    object.RootDirectory = event; // not a directory
    RtlInitUnicodeString(&name, L"Relative");
    assert_int_equal(NtOpenEvent(&again, SYNCHRONIZE, &object), STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(NtCreateEvent(&again, 0, &object, NotificationEvent, FALSE), STATUS_OBJECT_TYPE_MISMATCH);
}

// ---- links ------------------------------------------------------------------------------------------------

static void a_link_stays_until_it_is_deleted(void **state)
{
    UNICODE_STRING name, target, out;
    OBJECT_ATTRIBUTES object = named(&name, L"\\??\\Short", OBJ_CASE_INSENSITIVE);
    WCHAR buffer[40];
    HANDLE event, again, link;
    ULONG length = 0;
    (void)state;
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Long", 0, &event), STATUS_SUCCESS);
    link_to(L"\\??\\Short", L"\\BaseNamedObjects\\Long");
    RtlInitUnicodeString(&target, L"\\Elsewhere");
    assert_int_equal(IoCreateSymbolicLink(&name, &target), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(open_event(L"\\DosDevices\\SHORT", &again), STATUS_SUCCESS);
    assert_ptr_equal(object_of(again), object_of(event));
    assert_int_equal(NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &object), STATUS_SUCCESS);
    out = (UNICODE_STRING){.MaximumLength = sizeof buffer, .Buffer = buffer};
    assert_int_equal(NtQuerySymbolicLinkObject(link, &out, &length), STATUS_SUCCESS);
    assert_int_equal(out.Length, 22 * sizeof(WCHAR));
    assert_int_equal(length, 23 * sizeof(WCHAR));
    assert_memory_equal(buffer, L"\\BaseNamedObjects\\Long", 23 * sizeof(WCHAR));
    out.MaximumLength = 21 * sizeof(WCHAR);
    assert_int_equal(NtQuerySymbolicLinkObject(link, &out, NULL), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(NtClose(link), STATUS_SUCCESS);
    assert_int_equal(unlink_name(L"\\??\\short"), STATUS_SUCCESS);
    assert_int_equal(unlink_name(L"\\??\\short"), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_event(L"\\??\\Short", &again), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(unlink_name(L"\\BaseNamedObjects\\Long"), STATUS_OBJECT_TYPE_MISMATCH);
}

static void an_applications_link_goes_with_its_handle(void **state)
{
    UNICODE_STRING name, target;
    OBJECT_ATTRIBUTES object = named(&name, L"\\??\\Mine", OBJ_CASE_INSENSITIVE);
    HANDLE link;
    (void)state;
    RtlInitUnicodeString(&target, L"\\Device");
    assert_int_equal(NtCreateSymbolicLinkObject(&link, SYMBOLIC_LINK_ALL_ACCESS, &object, &target), STATUS_SUCCESS);
    assert_int_equal(NtClose(link), STATUS_SUCCESS);
    assert_int_equal(NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &object), STATUS_OBJECT_NAME_NOT_FOUND);
    arm_faults();
    assert_int_equal(NtCreateSymbolicLinkObject(&link, 0, &object, (PUNICODE_STRING)8), STATUS_ACCESS_VIOLATION);
    target.Buffer = (WCHAR *)HAL_KERNEL_BASE;
    assert_int_equal(NtCreateSymbolicLinkObject(&link, 0, &object, &target), STATUS_ACCESS_VIOLATION);
}

// ---- names that come and go -------------------------------------------------------------------------------

static void a_name_goes_with_the_last_handle_unless_permanent(void **state)
{
    HANDLE first, second, permanent;
    (void)state;
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Coming", 0, &first), STATUS_SUCCESS);
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Coming", 0, &second), STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Coming", OBJ_OPENIF, &second), STATUS_OBJECT_NAME_EXISTS);
    assert_ptr_equal(object_of(first), object_of(second));
    assert_int_equal(NtClose(first), STATUS_SUCCESS);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Coming", &first), STATUS_SUCCESS);
    assert_int_equal(NtClose(first), STATUS_SUCCESS);
    assert_int_equal(NtClose(second), STATUS_SUCCESS);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Coming", &first), STATUS_OBJECT_NAME_NOT_FOUND);

    assert_int_equal(make_event(L"\\BaseNamedObjects\\Mine", OBJ_PERMANENT, &first), STATUS_SUCCESS);
    assert_int_equal(NtClose(first), STATUS_SUCCESS); // permanent is the kernel's to say
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Mine", &first), STATUS_OBJECT_NAME_NOT_FOUND);
    as_kernel(true);
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Staying", OBJ_PERMANENT, &permanent), STATUS_SUCCESS);
    assert_int_equal(NtClose(permanent), STATUS_SUCCESS);
    as_kernel(false);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Staying", &permanent), STATUS_SUCCESS);
    as_kernel(true);
    assert_int_equal(NtMakeTemporaryObject(permanent), STATUS_SUCCESS);
    as_kernel(false);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Staying", &second), STATUS_SUCCESS);
    assert_int_equal(NtClose(permanent), STATUS_SUCCESS);
    assert_int_equal(NtClose(second), STATUS_SUCCESS);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Staying", &second), STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE semaphore;
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, L"\\BaseNamedObjects\\Other", OBJ_OPENIF);
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Other", 0, &first), STATUS_SUCCESS);
    assert_int_equal(NtCreateSemaphore(&semaphore, 0, &object, 0, 1), STATUS_OBJECT_TYPE_MISMATCH);
}

static void a_directory_goes_with_its_last_handle(void **state)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, L"\\BaseNamedObjects\\Folder", OBJ_CASE_INSENSITIVE);
    HANDLE directory, again, event;
    (void)state;
    assert_int_equal(NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, &object), STATUS_SUCCESS);
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Folder\\In it", 0, &event), STATUS_SUCCESS);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\folder\\in IT", &again), STATUS_SUCCESS);
    assert_int_equal(NtClose(again), STATUS_SUCCESS);
    assert_int_equal(NtClose(directory), STATUS_SUCCESS);
    assert_int_equal(NtOpenDirectoryObject(&again, DIRECTORY_QUERY, &object), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(NtSetEvent(event, NULL), STATUS_SUCCESS); // what was in it lives on
    assert_int_equal(NtClose(event), STATUS_SUCCESS);
    assert_int_equal(NtCreateDirectoryObject(&directory, DIRECTORY_ALL_ACCESS, &object), STATUS_SUCCESS);
}

// Whoever holds a handle to a named object finds the same object under that name.
static void come_and_go(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000 * RACES; i++) {
        HANDLE event, again;
        NTSTATUS status = i % 3 ? make_event(L"\\BaseNamedObjects\\Shared", OBJ_OPENIF, &event)
                                : open_event(L"\\BaseNamedObjects\\Shared", &event);
        if (i % 3 == 0 && status == STATUS_OBJECT_NAME_NOT_FOUND)
            continue;
        CHECK(NT_SUCCESS(status));
        CHECK(open_event(L"\\BaseNamedObjects\\Shared", &again) == STATUS_SUCCESS);
        CHECK(object_of(event) == object_of(again));
        CHECK(NtClose(again) == STATUS_SUCCESS);
        CHECK(NtClose(event) == STATUS_SUCCESS);
    }
}

static void an_object_with_a_handle_keeps_its_name(void **state)
{
    struct thread threads[4];
    HANDLE event;
    (void)state;
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], come_and_go, NULL);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    assert_int_equal(open_event(L"\\BaseNamedObjects\\Shared", &event), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(ob_event_type.objects, 0);
}

static void make_and_delete_link(void *unused)
{
    UNICODE_STRING name, target;
    (void)unused;
    RtlInitUnicodeString(&name, L"\\??\\Flickering");
    RtlInitUnicodeString(&target, L"\\BaseNamedObjects\\Target");
    for (int i = 0; i < 1000 * RACES; i++) {
        NTSTATUS status = IoCreateSymbolicLink(&name, &target);
        CHECK(status == STATUS_SUCCESS || status == STATUS_OBJECT_NAME_COLLISION);
        status = IoDeleteSymbolicLink(&name);
        CHECK(status == STATUS_SUCCESS || status == STATUS_OBJECT_NAME_NOT_FOUND);
    }
}

static void follow_link(void *unused)
{
    (void)unused;
    for (int i = 0; i < 2000 * RACES; i++) {
        HANDLE event;
        NTSTATUS status = open_event(L"\\??\\Flickering", &event);
        CHECK(status == STATUS_SUCCESS ? NtClose(event) == STATUS_SUCCESS : status == STATUS_OBJECT_NAME_NOT_FOUND);
    }
}

static void links_may_go_while_they_are_followed(void **state)
{
    struct thread threads[4];
    HANDLE event;
    (void)state;
    assert_int_equal(make_event(L"\\BaseNamedObjects\\Target", 0, &event), STATUS_SUCCESS);
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], i % 2 ? follow_link : make_and_delete_link, NULL);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
    assert_int_equal(unlink_name(L"\\??\\Flickering"), STATUS_OBJECT_NAME_NOT_FOUND);
}

// ---- listing ----------------------------------------------------------------------------------------------

enum { ENTRIES = 40 };

static void fill_directory(HANDLE *directory, HANDLE *events)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES object = named(&name, L"\\BaseNamedObjects\\List", 0);
    assert_int_equal(NtCreateDirectoryObject(directory, DIRECTORY_ALL_ACCESS, &object), STATUS_SUCCESS);
    for (int i = 0; i < ENTRIES; i++) {
        WCHAR path[] = L"\\BaseNamedObjects\\List\\entry00";
        path[28] = (WCHAR)('0' + i * 7 % ENTRIES / 10); // not in order
        path[29] = (WCHAR)('0' + i * 7 % ENTRIES % 10);
        assert_int_equal(make_event(path, 0, &events[i]), STATUS_SUCCESS);
    }
}

// Entries come sorted, each once, whatever the buffer's size.
static void a_directory_is_listed_through_any_buffer(void **state)
{
    static const ULONG sizes[] = {80, 100, 128, 200, 333, 1000, 4096, 65536};
    static char buffer[65536];
    HANDLE directory, events[ENTRIES];
    (void)state;
    fill_directory(&directory, events);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (BOOLEAN single = FALSE; single <= TRUE; single++) {
            ULONG context = 0, returned, seen = 0;
            BOOLEAN restart = TRUE;
            NTSTATUS status;
            memset(buffer, 0xEE, sizeof buffer);
            while (NT_SUCCESS(status = NtQueryDirectoryObject(directory, buffer, sizes[s], single, restart, &context,
                                                              &returned)) &&
                   status != STATUS_NO_MORE_ENTRIES) {
                POBJECT_DIRECTORY_INFORMATION entry = (POBJECT_DIRECTORY_INFORMATION)(void *)buffer;
                assert_true(returned <= sizes[s]);
                if (sizes[s] < sizeof buffer) // nothing behind the end
                    assert_int_equal((unsigned char)buffer[sizes[s]], 0xEE);
                for (; entry->Name.Length; entry++, seen++) {
                    assert_int_equal(entry->Name.Length, 7 * sizeof(WCHAR));
                    assert_int_equal((entry->Name.Buffer[5] - '0') * 10 + entry->Name.Buffer[6] - '0', seen);
                    assert_memory_equal(entry->TypeName.Buffer, L"Event", 6 * sizeof(WCHAR));
                }
                assert_int_equal(context, seen);
                restart = FALSE;
            }
            if (sizes[s] < 100)
                assert_int_equal(status, STATUS_BUFFER_TOO_SMALL);
            else if (status != STATUS_NO_MORE_ENTRIES || seen != ENTRIES)
                fail_msg("buffer of %u: %u entries, then %s", sizes[s], seen, rtl_status_name(status));
        }
    }
}

static void list_all(void *argument)
{
    static __thread char buffer[2000];
    HANDLE directory = argument;
    for (int i = 0; i < 30 * RACES; i++) {
        ULONG context = 0, returned;
        BOOLEAN restart = TRUE;
        NTSTATUS status;
        while ((status = NtQueryDirectoryObject(directory, buffer, sizeof buffer, FALSE, restart, &context,
                                                &returned)) != STATUS_NO_MORE_ENTRIES) {
            CHECK(NT_SUCCESS(status));
            for (POBJECT_DIRECTORY_INFORMATION entry = (POBJECT_DIRECTORY_INFORMATION)(void *)buffer;
                 entry->Name.Length; entry++)
                CHECK(entry->Name.Buffer[entry->Name.Length / 2] == 0);
            restart = FALSE;
        }
    }
}

static void change_list(void *unused)
{
    (void)unused;
    for (int i = 0; i < 500 * RACES; i++) {
        HANDLE event;
        CHECK(NT_SUCCESS(
            make_event(i % 2 ? L"\\BaseNamedObjects\\List\\a" : L"\\BaseNamedObjects\\List\\a name that is longer",
                       OBJ_OPENIF, &event)));
        CHECK(NtClose(event) == STATUS_SUCCESS);
    }
}

static void a_directory_may_change_while_it_is_listed(void **state)
{
    HANDLE directory, events[ENTRIES];
    struct thread threads[4];
    (void)state;
    fill_directory(&directory, events);
    for (int i = 0; i < 4; i++)
        start_thread(&threads[i], i % 2 ? list_all : change_list, directory);
    for (int i = 0; i < 4; i++)
        join_thread(&threads[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KERNEL_TEST(names_are_found_without_regard_to_case),
        KERNEL_TEST(wrong_paths_get_their_status),
        KERNEL_TEST(attributes_are_checked),
        KERNEL_TEST(names_may_be_relative_to_a_directory),
        KERNEL_TEST(a_link_stays_until_it_is_deleted),
        KERNEL_TEST(an_applications_link_goes_with_its_handle),
        KERNEL_TEST(a_name_goes_with_the_last_handle_unless_permanent),
        KERNEL_TEST(a_directory_goes_with_its_last_handle),
        KERNEL_TEST(an_object_with_a_handle_keeps_its_name),
        KERNEL_TEST(links_may_go_while_they_are_followed),
        KERNEL_TEST(a_directory_is_listed_through_any_buffer),
        KERNEL_TEST(a_directory_may_change_while_it_is_listed),
    };
    return cmocka_run_group_tests_name("ob: names", tests, NULL, NULL);
}
