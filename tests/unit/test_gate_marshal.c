// Each kind of argument in services.def goes there and back, with a service of the test in place of the
// kernel.
#include "marshal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { SLICE = 4 << 20, SHARED_AT = 2 << 20 };

static char *slice;
static struct bounce bounce;
static struct marshal_space space;
static char *arena;
static struct marshal_call call;
static char *unmapped;  // no access
static char *read_only; // "constant"

#define WORD(value)        ((uint64_t)(uintptr_t)(value))
#define PACK(service, ...) pack(MARSHAL_##service, (const uint64_t[WIRE_WORDS]){__VA_ARGS__})
#define COPY(type, index)  ((type *)(void *)call.words[index])

static bool in_slice(uint64_t address)
{
    return address >= WORD(slice) && address < WORD(slice + SLICE);
}

// cmocka takes SIGSEGV for itself at the beginning of each test; the guarded copies need it back.
static struct sigaction guard;

static NTSTATUS pack(uint32_t service, const uint64_t *arguments)
{
    sigaction(SIGSEGV, &guard, NULL);
    marshal_begin(&call, &space, service, arena);
    call.buffered = true;
    return marshal_pack(&call, arguments);
}

static NTSTATUS finish(NTSTATUS status)
{
    status = marshal_unpack(&call, status);
    marshal_end(&call);
    return status;
}

static int set_up(void **state)
{
    (void)state;
    slice = mmap(NULL, SLICE + HAL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(slice + SLICE, HAL_PAGE, PROT_NONE);
    unmapped = mmap(NULL, HAL_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    read_only = mmap(NULL, HAL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(read_only, "constant");
    mprotect(read_only, HAL_PAGE, PROT_READ);
    bounce_init(&bounce, WORD(slice), SHARED_AT);
    arena = bounce_allocate(&bounce, MARSHAL_ARENA);
    space = (struct marshal_space){
        .bounce = &bounce, .shared_begin = WORD(slice + SHARED_AT), .shared_end = WORD(slice + SLICE)};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bounce_free(&bounce, arena, MARSHAL_ARENA);
    void *all = bounce_allocate(&bounce, SHARED_AT); // every run came back
    assert_ptr_equal(all, slice);
    bounce_free(&bounce, all, SHARED_AT);
    bounce_destroy(&bounce);
    munmap(slice, SLICE + HAL_PAGE);
    munmap(unmapped, HAL_PAGE);
    munmap(read_only, HAL_PAGE);
    return 0;
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(PACK(NtClose, 0x1234567890abcdef), STATUS_SUCCESS);
    assert_int_equal(call.words[0], 0x1234567890abcdef);
    assert_int_equal(finish(STATUS_INVALID_HANDLE), STATUS_INVALID_HANDLE);
    assert_int_equal(PACK(NtTestAlert, 0), STATUS_SUCCESS);
    assert_int_equal(finish(STATUS_SUCCESS), STATUS_SUCCESS);
}

static void test_in(void **state)
{
    LARGE_INTEGER timeout = {.QuadPart = -123};
    (void)state;
    assert_int_equal(PACK(NtWaitForSingleObject, 4, 0, WORD(&timeout)), STATUS_SUCCESS);
    assert_true(in_slice(call.words[2]));
    assert_int_equal(COPY(LARGE_INTEGER, 2)->QuadPart, -123);
    COPY(LARGE_INTEGER, 2)->QuadPart = 5;
    assert_int_equal(finish(STATUS_SUCCESS), STATUS_SUCCESS);
    assert_int_equal(timeout.QuadPart, -123);
    assert_int_equal(PACK(NtWaitForSingleObject, 4, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.words[2], 0);
    finish(STATUS_SUCCESS);
    assert_int_equal(PACK(NtWaitForSingleObject, 4, 0, WORD(unmapped)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    assert_int_equal(PACK(NtWaitForSingleObject, 4, 0, WORD(read_only)), STATUS_SUCCESS);
    finish(STATUS_SUCCESS);
}

static void test_out(void **state)
{
    LONG previous = 77;
    (void)state;
    assert_int_equal(PACK(NtSetEvent, 4, WORD(&previous)), STATUS_SUCCESS);
    assert_int_equal(*COPY(LONG, 1), 77);
    *COPY(LONG, 1) = 1;
    previous = 78; // by another thread of the program
    assert_int_equal(finish(STATUS_SUCCESS), STATUS_SUCCESS);
    assert_int_equal(previous, 1);
    assert_int_equal(PACK(NtSetEvent, 4, WORD(&previous)), STATUS_SUCCESS);
    previous = 79; // the service leaves it alone, so it stays
    assert_int_equal(finish(STATUS_INVALID_HANDLE), STATUS_INVALID_HANDLE);
    assert_int_equal(previous, 79);
    assert_int_equal(PACK(NtSetEvent, 4, WORD(read_only)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    assert_int_equal(PACK(NtSetEvent, 4, WORD(unmapped)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
}

static void test_read(void **state)
{
    IO_STATUS_BLOCK iosb = {.Status = 1, .Information = 2};
    char buffer[16] = "abcdefghijklmno";
    (void)state;
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), sizeof buffer, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.iosb->Status, STATUS_PENDING);
    memcpy(COPY(char, 5), "HELLO more than was read", sizeof buffer);
    *COPY(IO_STATUS_BLOCK, 4) = (IO_STATUS_BLOCK){.Status = STATUS_SUCCESS, .Information = 5};
    assert_int_equal(finish(STATUS_SUCCESS), STATUS_SUCCESS);
    assert_string_equal(buffer, "HELLOfghijklmno");
    assert_int_equal(iosb.Status, STATUS_SUCCESS);
    assert_int_equal(iosb.Information, 5);
}

static void test_read_that_fails(void **state)
{
    IO_STATUS_BLOCK iosb = {.Status = 1, .Information = 2};
    char buffer[4] = "abc";
    (void)state;
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), sizeof buffer, 0, 0), STATUS_SUCCESS);
    memcpy(COPY(char, 5), "xyz", 4);
    assert_int_equal(finish(STATUS_INVALID_HANDLE), STATUS_INVALID_HANDLE); // and no IOSB
    assert_string_equal(buffer, "abc");
    assert_int_equal(iosb.Status, 1);
    assert_int_equal(iosb.Information, 2);
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(unmapped), 5, 0, 0), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(unmapped), WORD(buffer), 4, 0, 0), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(unmapped), 0, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.words[5], WORD(unmapped)); // nothing there to copy
    finish(STATUS_SUCCESS);
}

static void test_large_read(void **state)
{
    enum { LARGE = 1000000 };
    IO_STATUS_BLOCK iosb;
    char *buffer = malloc(LARGE);
    (void)state;
    memset(buffer, 'a', LARGE);
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer + 3), LARGE - 3, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.words[5] % 16, WORD(buffer + 3) % 16); // drivers look at the alignment
    finish(STATUS_SUCCESS);
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), LARGE, 0, 0), STATUS_SUCCESS);
    assert_true(in_slice(call.words[5]));
    memset(COPY(char, 5), 'b', LARGE);
    *COPY(IO_STATUS_BLOCK, 4) = (IO_STATUS_BLOCK){.Information = LARGE - 1};
    assert_int_equal(finish(STATUS_SUCCESS), STATUS_SUCCESS);
    assert_int_equal(buffer[LARGE - 2], 'b');
    assert_int_equal(buffer[LARGE - 1], 'a');
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), 0xffffffff, 0, 0),
                     STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    free(buffer);
}

// The device is not buffered: its driver may write anywhere in the buffer, and read it.
static void test_direct_read(void **state)
{
    IO_STATUS_BLOCK iosb;
    char buffer[8] = "abcdefg";
    const uint64_t arguments[WIRE_WORDS] = {4, 0, 0, 0, WORD(&iosb), WORD(buffer), sizeof buffer};
    (void)state;
    marshal_begin(&call, &space, MARSHAL_NtReadFile, arena);
    assert_int_equal(marshal_pack(&call, arguments), STATUS_SUCCESS);
    assert_string_equal(COPY(char, 5), "abcdefg");
    COPY(char, 5)[6] = 'G';
    *COPY(IO_STATUS_BLOCK, 4) = (IO_STATUS_BLOCK){.Information = 0};
    finish(STATUS_SUCCESS);
    assert_string_equal(buffer, "abcdefG");
}

static void test_write(void **state)
{
    IO_STATUS_BLOCK iosb;
    (void)state;
    assert_int_equal(PACK(NtWriteFile, 4, 0, 0, 0, WORD(&iosb), WORD(read_only), 9, 0, 0), STATUS_SUCCESS);
    assert_string_equal(COPY(char, 5), "constant");
    assert_int_equal(call.words[5] % 16, WORD(read_only) % 16);
    finish(STATUS_SUCCESS);
    assert_int_equal(PACK(NtWriteFile, 4, 0, 0, 0, WORD(&iosb), WORD(unmapped), 1, 0, 0), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    assert_int_equal(PACK(NtWriteFile, 4, 0, 0, 0, WORD(&iosb), 0, 1, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.words[5], 0); // the kernel says what it thinks of NULL
    finish(STATUS_SUCCESS);
}

static void control(ULONG method, const char *expected_in, const char *expected_back)
{
    IO_STATUS_BLOCK iosb;
    char input[4] = "in", output[8] = "1234567";
    assert_int_equal(PACK(NtDeviceIoControlFile, 4, 0, 0, 0, WORD(&iosb), 0x222000 | method, WORD(input), sizeof input,
                          WORD(output), sizeof output),
                     STATUS_SUCCESS);
    assert_string_equal(COPY(char, 6), "in");
    if (expected_in)
        assert_string_equal(COPY(char, 8), expected_in);
    memcpy(COPY(char, 8), "ABCDEFG", 8);
    *COPY(IO_STATUS_BLOCK, 4) = (IO_STATUS_BLOCK){.Information = 3};
    finish(STATUS_SUCCESS);
    assert_string_equal(output, expected_back);
}

static void test_control(void **state)
{
    IO_STATUS_BLOCK iosb;
    (void)state;
    control(METHOD_BUFFERED, NULL, "ABC4567");
    control(METHOD_IN_DIRECT, "1234567", "1234567");
    control(METHOD_OUT_DIRECT, "1234567", "ABCDEFG");
    control(METHOD_NEITHER, "1234567", "ABCDEFG");
    // A driver that takes any address gets any address.
    assert_int_equal(PACK(NtDeviceIoControlFile, 4, 0, 0, 0, WORD(&iosb), 0x222000 | METHOD_NEITHER, WORD(unmapped), 4,
                          WORD(read_only), 8),
                     STATUS_SUCCESS);
    assert_int_equal(call.words[6], WORD(unmapped));
    assert_int_equal(call.words[8], WORD(read_only));
    finish(STATUS_SUCCESS);
    assert_int_equal(
        PACK(NtDeviceIoControlFile, 4, 0, 0, 0, WORD(&iosb), 0x222000 | METHOD_OUT_DIRECT, 0, 0, WORD(read_only), 8),
        STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
}

static void test_attributes(void **state)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\X");
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle = NULL;
    (void)state;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, (HANDLE)0x44, NULL);
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_SUCCESS);
    OBJECT_ATTRIBUTES *copy = COPY(OBJECT_ATTRIBUTES, 2);
    assert_ptr_not_equal(copy, &attributes);
    assert_int_equal(copy->Length, sizeof attributes);
    assert_ptr_equal(copy->RootDirectory, (HANDLE)0x44);
    assert_int_equal(copy->Attributes, OBJ_CASE_INSENSITIVE);
    assert_null(copy->SecurityDescriptor);
    assert_true(in_slice(WORD(copy->ObjectName)) && in_slice(WORD(copy->ObjectName->Buffer)));
    assert_int_equal(copy->ObjectName->Length, name.Length);
    assert_memory_equal(copy->ObjectName->Buffer, name.Buffer, name.Length);
    *COPY(HANDLE, 0) = (HANDLE)0x48;
    finish(STATUS_SUCCESS);
    assert_ptr_equal(handle, (HANDLE)0x48);
    name.Buffer = (WCHAR *)(void *)unmapped;
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    attributes.ObjectName = (UNICODE_STRING *)(void *)unmapped;
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    attributes.ObjectName = NULL;
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_SUCCESS);
    assert_null(COPY(OBJECT_ATTRIBUTES, 2)->ObjectName);
    finish(STATUS_SUCCESS);
}

// The two forms of one descriptor: an owner and a DACL with some bytes of entries.
struct descriptor_parts {
    SECURITY_DESCRIPTOR_RELATIVE relative;
    SID owner;
    ACL dacl;
    char entries[12];
};

static void expect_parts(const SECURITY_DESCRIPTOR *copy, const struct descriptor_parts *parts)
{
    assert_true(in_slice(WORD(copy)) && in_slice(WORD(copy->Owner)) && in_slice(WORD(copy->Dacl)));
    assert_int_equal(copy->Revision, SECURITY_DESCRIPTOR_REVISION);
    assert_int_equal(copy->Control, SE_DACL_PRESENT);
    assert_null(copy->Group);
    assert_null(copy->Sacl);
    assert_memory_equal(copy->Owner, &parts->owner, sizeof parts->owner);
    assert_memory_equal(copy->Dacl, &parts->dacl, parts->dacl.AclSize);
}

static void test_security(void **state)
{
    struct descriptor_parts parts = {
        .relative = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                     .Control = SE_SELF_RELATIVE | SE_DACL_PRESENT,
                     .Owner = offsetof(struct descriptor_parts, owner),
                     .Dacl = offsetof(struct descriptor_parts, dacl)},
        .owner = {.Revision = SID_REVISION, .SubAuthorityCount = 1, .SubAuthority = {18}},
        .dacl = {.AclRevision = 2, .AclSize = sizeof(ACL) + 12, .AceCount = 1},
        .entries = "twelve bytes",
    };
    SECURITY_DESCRIPTOR absolute = {.Revision = SECURITY_DESCRIPTOR_REVISION,
                                    .Control = SE_DACL_PRESENT,
                                    .Owner = &parts.owner,
                                    .Dacl = &parts.dacl};
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    (void)state;
    assert_int_equal(PACK(NtSetSecurityObject, 4, 4, WORD(&parts)), STATUS_SUCCESS);
    expect_parts(COPY(SECURITY_DESCRIPTOR, 2), &parts);
    finish(STATUS_SUCCESS);
    InitializeObjectAttributes(&attributes, NULL, 0, NULL, &absolute);
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_SUCCESS);
    expect_parts(COPY(OBJECT_ATTRIBUTES, 2)->SecurityDescriptor, &parts);
    finish(STATUS_SUCCESS);
    absolute.Dacl = (ACL *)(void *)unmapped;
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
    attributes.SecurityDescriptor = unmapped;
    assert_int_equal(PACK(NtOpenEvent, WORD(&handle), 1, WORD(&attributes)), STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
}

static void test_strings(void **state)
{
    UNICODE_STRING key = RTL_CONSTANT_STRING(L"\\Registry\\Machine");
    WCHAR room[8] = L"1234567";
    UNICODE_STRING target = {.MaximumLength = sizeof room, .Buffer = room};
    ULONG length = 0;
    (void)state;
    assert_int_equal(PACK(NtLoadDriver, WORD(&key)), STATUS_SUCCESS);
    assert_memory_equal(COPY(UNICODE_STRING, 0)->Buffer, key.Buffer, key.Length);
    finish(STATUS_SUCCESS);
    assert_int_equal(PACK(NtQuerySymbolicLinkObject, 4, WORD(&target), WORD(&length)), STATUS_SUCCESS);
    UNICODE_STRING *copy = COPY(UNICODE_STRING, 1);
    assert_true(in_slice(WORD(copy->Buffer)));
    memcpy(copy->Buffer, L"abc", 8);
    copy->Length = 6;
    *COPY(ULONG, 2) = 8;
    finish(STATUS_SUCCESS);
    assert_ptr_equal(target.Buffer, room);
    assert_int_equal(target.Length, 6);
    assert_memory_equal(room,
                        L"abc\0"
                        L"567",
                        sizeof room);
    assert_int_equal(length, 8);
}

static void test_arrays(void **state)
{
    HANDLE handles[3] = {(HANDLE)4, (HANDLE)8, (HANDLE)12};
    (void)state;
    assert_int_equal(PACK(NtWaitForMultipleObjects, 3, WORD(handles), WaitAny, 0, 0), STATUS_SUCCESS);
    assert_memory_equal(COPY(HANDLE, 1), handles, sizeof handles);
    finish(STATUS_SUCCESS);
    assert_int_equal(PACK(NtWaitForMultipleObjects, 0xffffffff, WORD(handles), WaitAny, 0, 0),
                     STATUS_INSUFFICIENT_RESOURCES);
    marshal_end(&call);
}

static void test_listing(void **state)
{
    char buffer[256];
    (void)state;
    memset(buffer, 'x', sizeof buffer);
    assert_int_equal(PACK(NtQueryDirectoryObject, 4, WORD(buffer), sizeof buffer, 0, 1, 0, 0), STATUS_SUCCESS);
    OBJECT_DIRECTORY_INFORMATION *record = COPY(OBJECT_DIRECTORY_INFORMATION, 1);
    memset(record, 0, 2 * sizeof *record);
    record->Name = (UNICODE_STRING){.Length = 6, .Buffer = (WCHAR *)(void *)((char *)record + 64)};
    record->TypeName = (UNICODE_STRING){.Length = 6, .Buffer = (WCHAR *)(void *)((char *)record + 72)};
    memcpy(record->Name.Buffer, L"abc", 8);
    finish(STATUS_SUCCESS);
    record = (OBJECT_DIRECTORY_INFORMATION *)(void *)buffer;
    assert_ptr_equal(record->Name.Buffer, buffer + 64);
    assert_ptr_equal(record->TypeName.Buffer, buffer + 72);
    assert_memory_equal(buffer + 64, L"abc", 8);
}

static void test_named(void **state)
{
    char buffer[64];
    (void)state;
    memset(buffer, 0, sizeof buffer);
    assert_int_equal(PACK(NtQueryObject, 4, 1, WORD(buffer), sizeof buffer, 0), STATUS_SUCCESS);
    UNICODE_STRING *string = COPY(UNICODE_STRING, 2);
    *string = (UNICODE_STRING){.Length = 2, .Buffer = (WCHAR *)(void *)((char *)string + 16)};
    finish(STATUS_SUCCESS);
    assert_ptr_equal(((UNICODE_STRING *)(void *)buffer)->Buffer, buffer + 16);
}

static void test_shared_memory_goes_as_it_is(void **state)
{
    IO_STATUS_BLOCK iosb;
    char *buffer = slice + SHARED_AT + 100;
    (void)state;
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), 1000, 0, 0), STATUS_SUCCESS);
    assert_int_equal(call.words[5], WORD(buffer));
    finish(STATUS_SUCCESS);
    // Half in, half out is not shared.
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(slice + SLICE - 8), 16, 0, 0),
                     STATUS_ACCESS_VIOLATION);
    marshal_end(&call);
}

static void test_the_slice_runs_full(void **state)
{
    IO_STATUS_BLOCK iosb;
    char *buffer = calloc(1, SLICE);
    (void)state;
    assert_int_equal(PACK(NtReadFile, 4, 0, 0, 0, WORD(&iosb), WORD(buffer), SLICE, 0, 0),
                     STATUS_INSUFFICIENT_RESOURCES);
    marshal_end(&call);
    free(buffer);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_in),
        TEST(test_out),
        TEST(test_read),
        TEST(test_read_that_fails),
        TEST(test_large_read),
        TEST(test_direct_read),
        TEST(test_write),
        TEST(test_control),
        TEST(test_attributes),
        TEST(test_security),
        TEST(test_strings),
        TEST(test_arrays),
        TEST(test_listing),
        TEST(test_named),
        TEST(test_shared_memory_goes_as_it_is),
        TEST(test_the_slice_runs_full),
    };
    hal_faults_init();
    sigaction(SIGSEGV, NULL, &guard);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
