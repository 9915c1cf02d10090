// The registry routines drivers call. Expectations: wdm/nf-wdm-rtlqueryregistryvalues,
// -rtlwriteregistryvalue, -rtlcheckregistrykey, -rtlcreateregistrykey, -rtldeleteregistryvalue.
#include "cm_test.h"

#include <stdio.h>

static const WCHAR services[] = L"Demo";

static void put(const WCHAR *name, ULONG type, const void *data, ULONG length)
{
    CM_EXPECT(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, services, name, type, (PVOID)data, length), STATUS_SUCCESS,
              "write");
}

static void paths(void **state)
{
    static const struct {
        ULONG relative_to;
        const WCHAR *path;
        NTSTATUS expected;
    } cases[] = {
        {RTL_REGISTRY_ABSOLUTE, L"\\Registry\\Machine", STATUS_SUCCESS},
        {RTL_REGISTRY_ABSOLUTE | RTL_REGISTRY_OPTIONAL, L"\\Registry\\Machine", STATUS_SUCCESS},
        {RTL_REGISTRY_ABSOLUTE, NULL, STATUS_OBJECT_PATH_SYNTAX_BAD},
        {RTL_REGISTRY_ABSOLUTE, L"", STATUS_OBJECT_PATH_SYNTAX_BAD},
        {RTL_REGISTRY_USER, NULL, STATUS_SUCCESS},
        {RTL_REGISTRY_USER, L"", STATUS_SUCCESS},
        {RTL_REGISTRY_SERVICES, L"", STATUS_SUCCESS},
        {RTL_REGISTRY_CONTROL, L"Session Manager", STATUS_SUCCESS},
        {RTL_REGISTRY_WINDOWS_NT, L"", STATUS_SUCCESS},
        {RTL_REGISTRY_DEVICEMAP, L"", STATUS_SUCCESS},
        {RTL_REGISTRY_SERVICES, L"Missing", STATUS_OBJECT_NAME_NOT_FOUND},
        {6, L"x", STATUS_INVALID_PARAMETER},
        {RTL_REGISTRY_HANDLE, NULL, STATUS_INVALID_HANDLE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CM_EXPECT(RtlCheckRegistryKey(cases[i].relative_to, (PWSTR)cases[i].path), cases[i].expected,
                  cm_narrow(cases[i].path));
    CM_EXPECT(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"A\\B"), STATUS_OBJECT_NAME_NOT_FOUND, "two levels at once");
    CM_EXPECT(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"A"), STATUS_SUCCESS, "one");
    CM_EXPECT(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"A"), STATUS_SUCCESS, "again");
    CM_EXPECT(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"A", L"v"), STATUS_OBJECT_NAME_NOT_FOUND, "no value");
    put(L"v", REG_SZ, L"x", 4);
    CM_EXPECT(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, services, L"V"), STATUS_SUCCESS, "a value");
}

static void direct_strings(void **state)
{
    WCHAR room[8] = {0};
    UNICODE_STRING own = {.Buffer = room, .MaximumLength = sizeof room}, allocated = {0};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"text", .EntryContext = &own},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,
         .Name = L"text",
         .EntryContext = &allocated,
         .DefaultType = REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT},
        {0},
    };
    (void)state;
    put(L"text", REG_SZ, L"hello", 12);
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_SUCCESS, "query");
    assert_int_equal(own.Length, 10);
    assert_memory_equal(room, L"hello", 12);
    assert_int_equal(allocated.Length, 10);
    assert_memory_equal(allocated.Buffer, L"hello", 12);
    RtlFreeUnicodeString(&allocated);
    put(L"text", REG_SZ, L"hello, world", 26);
    table[1] = (RTL_QUERY_REGISTRY_TABLE){0};
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_BUFFER_TOO_SMALL,
              "too long");
    put(L"text", REG_SZ, L"unterminated", 6);
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_SUCCESS,
              "no terminator");
    assert_int_equal(own.Length, 6);
    assert_memory_equal(room, L"unt", 8);
}

static void direct_bytes(void **state)
{
    struct {
        LONG size;
        ULONG type;
        unsigned char data[8];
    } buffer = {.size = sizeof buffer};
    ULONG dword = 0;
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"dword", .EntryContext = &dword},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"bytes", .EntryContext = &buffer},
        {0},
    };
    (void)state;
    put(L"dword", REG_DWORD, &(ULONG){42}, 4);
    put(L"bytes", REG_BINARY, "12345678", 8);
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_SUCCESS,
              "length, type and data");
    assert_int_equal(dword, 42);
    assert_int_equal(buffer.size, 8);
    assert_int_equal(buffer.type, REG_BINARY);
    assert_memory_equal(buffer.data, "12345678", 8);
    buffer.size = -(LONG)sizeof buffer;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_SUCCESS,
              "only the data");
    assert_memory_equal(&buffer, "12345678", 8);
    buffer.size = -7;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_BUFFER_TOO_SMALL,
              "data alone is too long");
    buffer.size = 15;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_BUFFER_TOO_SMALL,
              "with length and type");
    table[0].Flags |= RTL_QUERY_REGISTRY_TYPECHECK;
    table[0].DefaultType = (ULONG)REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_OBJECT_TYPE_MISMATCH,
              "type check");
}

static void missing_values(void **state)
{
    ULONG dword = 1, fallback = 99;
    UNICODE_STRING text = {0};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = L"missing", .EntryContext = &dword},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT,
         .Name = L"missing",
         .EntryContext = &text,
         .DefaultType = REG_SZ,
         .DefaultData = L"default"},
        {0},
    };
    (void)state;
    RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"Demo");
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_SUCCESS,
              "no default, then a default");
    assert_int_equal(dword, 1);
    assert_int_equal(text.Length, 14);
    RtlFreeUnicodeString(&text);
    table[0].DefaultType = REG_DWORD, table[0].DefaultData = &fallback, table[0].DefaultLength = 4;
    table[1].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_OBJECT_NAME_NOT_FOUND,
              "required");
    assert_int_equal(dword, 99);
    table[0].Name = NULL;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, table, NULL, NULL), STATUS_INVALID_PARAMETER,
              "direct without a name");
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"Nowhere", table, NULL, NULL),
              STATUS_OBJECT_NAME_NOT_FOUND, "no key");
}

// ---- with routines ------------------------------------------------------------------------------

static char told[512];
static NTSTATUS answer;

static NTSTATUS NTAPI tell(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context, PVOID entry_context)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s%s:%u:%u", used ? " " : "", name ? cm_narrow(name) : "-", type,
             length);
    if (type == REG_SZ) {
        used = strlen(told);
        snprintf(told + used, sizeof told - used, ":%s", cm_narrow(data));
    }
    assert_ptr_equal(context, told);
    assert_ptr_equal(entry_context, &answer);
    return answer;
}

static void routines(void **state)
{
    RTL_QUERY_REGISTRY_TABLE all[] = {{.QueryRoutine = tell, .EntryContext = &answer}, {0}};
    RTL_QUERY_REGISTRY_TABLE some[] = {
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_NOVALUE, .EntryContext = &answer},
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_NOEXPAND, .Name = L"multi", .EntryContext = &answer},
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = L"Sub", .EntryContext = &answer},
        {.QueryRoutine = tell, .Name = L"inner", .EntryContext = &answer},
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_TOPKEY, .Name = L"number", .EntryContext = &answer},
        {.QueryRoutine = tell, .Flags = RTL_QUERY_REGISTRY_DELETE, .Name = L"number", .EntryContext = &answer},
        {.QueryRoutine = tell, .Name = L"number", .EntryContext = &answer},
        {0},
    };
    (void)state;
    put(L"number", REG_DWORD, &(ULONG){1}, 4);
    put(L"multi", REG_MULTI_SZ, L"one\0two\0", 18);
    put(L"expand", REG_EXPAND_SZ, L"%x%", 8);
    CM_EXPECT(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Demo\\Sub", L"inner", REG_SZ, L"i", 4), STATUS_SUCCESS,
              "subkey");
    told[0] = 0, answer = STATUS_SUCCESS;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, all, told, NULL), STATUS_SUCCESS, "all");
    assert_string_equal(told, "number:4:4 multi:1:8:one multi:1:8:two expand:1:8:%x%");
    told[0] = 0;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, some, told, NULL), STATUS_SUCCESS, "some");
    assert_string_equal(told, "-:0:0 multi:7:18 inner:1:4:i inner:1:4:i number:4:4 number:4:4");
    told[0] = 0, answer = STATUS_UNSUCCESSFUL;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, all, told, NULL), STATUS_UNSUCCESSFUL,
              "an error ends it");
    assert_string_equal(told, "multi:1:8:one");
    told[0] = 0, answer = STATUS_BUFFER_TOO_SMALL;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, all, told, NULL), STATUS_SUCCESS,
              "this one does not");
    answer = STATUS_SUCCESS;
    all[0].Flags = RTL_QUERY_REGISTRY_DELETE;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, all, told, NULL), STATUS_SUCCESS, "delete all");
    all[0].Flags = RTL_QUERY_REGISTRY_REQUIRED;
    CM_EXPECT(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, services, all, told, NULL), STATUS_OBJECT_NAME_NOT_FOUND,
              "none is left");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cm_test_boot, cm_test_shut_down)
    const struct CMUnitTest tests[] = {TEST(paths), TEST(direct_strings), TEST(direct_bytes), TEST(missing_values),
                                       TEST(routines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
