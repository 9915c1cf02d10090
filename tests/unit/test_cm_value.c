// Registry values: every information class, every buffer size, and memory that runs out. Expectations:
// wdm/nf-wdm-zwqueryvaluekey, -zwsetvaluekey, -zwenumeratevaluekey, -zwdeletevaluekey.
#include "cm_test.h"

static const ULONG number = 711;

static void how_much_of_a_value_fits(void **state)
{
    static const struct {
        KEY_VALUE_INFORMATION_CLASS information_class;
        ULONG head, whole;
        const char *name;
    } cases[] = {
        {KeyValueBasicInformation, 12, 12 + 20, "basic"},
        {KeyValueFullInformation, 20, 20 + 20 + 4, "full"},
        {KeyValueFullInformationAlign64, 20, 20 + 20 + 4, "full, aligned"},
        {KeyValuePartialInformation, 12, 12 + 4, "partial"},
        {KeyValuePartialInformationAlign64, 8, 8 + 4, "partial, aligned"},
    };
    HANDLE key = cm_playground();
    unsigned char buffer[64];
    ULONG length;
    (void)state;
    CM_EXPECT(cm_set(key, L"deletetest", REG_DWORD, &number, sizeof number), STATUS_SUCCESS, "set");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (ULONG given = 0; given <= cases[i].whole + 1; given++) {
            NTSTATUS expected = given < cases[i].head    ? STATUS_BUFFER_TOO_SMALL
                                : given < cases[i].whole ? STATUS_BUFFER_OVERFLOW
                                                         : STATUS_SUCCESS;
            memset(buffer, 0xbd, sizeof buffer);
            length = 0;
            CM_EXPECT(cm_query(key, L"DeleteTest", cases[i].information_class, buffer, given, &length), expected,
                      cases[i].name);
            assert_int_equal(length, cases[i].whole);
            assert_int_equal(buffer[given < cases[i].whole ? given : cases[i].whole], 0xbd);
            memset(buffer, 0xbd, sizeof buffer);
            CM_EXPECT(NtEnumerateValueKey(key, 0, cases[i].information_class, buffer, given, &length), expected,
                      cases[i].name);
        }
}

static void what_the_classes_hold(void **state)
{
    HANDLE key = cm_playground();
    unsigned char buffer[64] __attribute__((aligned(8)));
    KEY_VALUE_BASIC_INFORMATION *basic = (void *)buffer;
    KEY_VALUE_FULL_INFORMATION *full = (void *)buffer;
    KEY_VALUE_PARTIAL_INFORMATION *partial = (void *)buffer;
    KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 *aligned = (void *)buffer;
    ULONG length;
    (void)state;
    cm_set(key, L"odd", REG_DWORD, &number, sizeof number);
    CM_EXPECT(cm_query(key, L"ODD", KeyValueBasicInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "basic");
    assert_int_equal(basic->Type, REG_DWORD);
    assert_memory_equal(basic->Name, L"odd", basic->NameLength); // as it was set, not as it was asked for
    CM_EXPECT(cm_query(key, L"odd", KeyValueFullInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "full");
    assert_int_equal(full->DataOffset, 28); // 20 + 6, on the next boundary of four
    assert_memory_equal(buffer + full->DataOffset, &number, 4);
    CM_EXPECT(cm_query(key, L"odd", KeyValueFullInformationAlign64, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "full 64");
    assert_int_equal(full->DataOffset, 32);
    CM_EXPECT(cm_query(key, L"odd", KeyValuePartialInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "partial");
    assert_int_equal(partial->Type, REG_DWORD);
    assert_int_equal(partial->TitleIndex, 0);
    assert_memory_equal(partial->Data, &number, 4);
    CM_EXPECT(cm_query(key, L"odd", KeyValuePartialInformationAlign64, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "partial 64");
    assert_int_equal(aligned->Type, REG_DWORD);
    assert_memory_equal(aligned->Data, &number, 4);
    cm_set(key, L"none", 0xff00ff00, NULL, 0);
    CM_EXPECT(cm_query(key, L"none", KeyValuePartialInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "any type");
    assert_int_equal(partial->Type, 0xff00ff00);
    assert_int_equal(partial->DataLength, 0);
    CM_EXPECT(cm_query(key, L"none", KeyValueFullInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS, "full");
    assert_int_equal((LONG)full->DataOffset, -1);
    assert_int_equal(length, 28);
}

static void names_of_values(void **state)
{
    HANDLE key = cm_playground();
    UNICODE_STRING with_zero = {.Buffer = L"name\0", .Length = 10, .MaximumLength = 10},
                   odd = {.Buffer = L"name", .Length = 7, .MaximumLength = 8};
    static WCHAR longest[CM_MAX_VALUE_NAME + 2];
    char buffer[64];
    ULONG length;
    (void)state;
    cm_test_take_faults();
    CM_EXPECT(cm_set(key, L"", REG_SZ, L"x", 4), STATUS_SUCCESS, "the value without a name");
    CM_EXPECT(cm_query(key, L"", KeyValuePartialInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "query it");
    CM_EXPECT(NtSetValueKey(key, &with_zero, 0, REG_DWORD, (PVOID)&number, 4), STATUS_SUCCESS,
              "a name that counts its zero");
    CM_EXPECT(cm_query(key, L"name", KeyValuePartialInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
              "without the zero");
    CM_EXPECT(NtDeleteValueKey(key, &with_zero), STATUS_SUCCESS, "delete with it");
    CM_EXPECT(NtDeleteValueKey(key, &with_zero), STATUS_OBJECT_NAME_NOT_FOUND, "and again");
    CM_EXPECT(NtSetValueKey(key, &odd, 0, REG_DWORD, (PVOID)&number, 4), STATUS_INVALID_PARAMETER, "half a character");
    CM_EXPECT(NtSetValueKey(key, NULL, 0, REG_DWORD, (PVOID)&number, 4), STATUS_ACCESS_VIOLATION, "no name");
    CM_EXPECT(cm_set(key, L"x", REG_BINARY, (PVOID)(ULONG_PTR)0x20000, 4), STATUS_ACCESS_VIOLATION, "wild data");
    CM_EXPECT(cm_set(key, L"x", REG_BINARY, &number, 0xf0000000), STATUS_REGISTRY_QUOTA_LIMIT,
              "more than there may be");
    for (size_t i = 0; i <= CM_MAX_VALUE_NAME; i++)
        longest[i] = 'x';
    CM_EXPECT(cm_set(key, longest, REG_DWORD, &number, 4), STATUS_INVALID_PARAMETER, "16384 characters");
    longest[CM_MAX_VALUE_NAME] = 0;
    CM_EXPECT(cm_set(key, longest, REG_DWORD, &number, 4), STATUS_SUCCESS, "16383 characters");
    CM_EXPECT(cm_query(key, L"other", KeyValuePartialInformation, buffer, sizeof buffer, &length),
              STATUS_OBJECT_NAME_NOT_FOUND, "missing");
    CM_EXPECT(cm_query(key, L"", 9, buffer, sizeof buffer, &length), STATUS_INVALID_PARAMETER, "class");
}

static void values_keep_their_order(void **state)
{
    HANDLE key = cm_playground();
    UNICODE_STRING b = cm_string(L"b");
    static const WCHAR *const order[] = {L"c", L"a", L"d"};
    char buffer[64];
    KEY_VALUE_BASIC_INFORMATION *basic = (void *)buffer;
    ULONG length;
    (void)state;
    cm_set(key, L"c", REG_DWORD, &number, 4);
    cm_set(key, L"b", REG_DWORD, &number, 4);
    cm_set(key, L"a", REG_DWORD, &number, 4);
    cm_set(key, L"d", REG_DWORD, &number, 4);
    cm_set(key, L"A", REG_SZ, L"again", 12);
    CM_EXPECT(NtDeleteValueKey(key, &b), STATUS_SUCCESS, "delete");
    for (ULONG i = 0; i < 3; i++) {
        CM_EXPECT(NtEnumerateValueKey(key, i, KeyValueBasicInformation, buffer, sizeof buffer, &length), STATUS_SUCCESS,
                  "enumerate");
        assert_memory_equal(basic->Name, order[i], 2);
    }
    CM_EXPECT(NtEnumerateValueKey(key, 3, KeyValueBasicInformation, buffer, sizeof buffer, &length),
              STATUS_NO_MORE_ENTRIES, "after the last");
}

static void large_values(void **state)
{
    enum { SIZE = 3 * 1024 * 1024 };
    HANDLE key = cm_playground();
    unsigned char *data = hal_alloc(SIZE), *back = hal_alloc(SIZE + 12);
    ULONG length;
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 >> 3);
    CM_EXPECT(cm_set(key, L"large", REG_BINARY, data, SIZE), STATUS_SUCCESS, "set");
    CM_EXPECT(cm_query(key, L"large", KeyValuePartialInformation, back, SIZE + 12, &length), STATUS_SUCCESS, "query");
    assert_memory_equal(back + 12, data, SIZE);
    hal_free(data);
    hal_free(back);
}

static void the_registry_has_a_quota(void **state)
{
    enum { PIECE = 32 * 1024 * 1024 };
    HANDLE key = cm_playground();
    WCHAR name[2] = L"a";
    void *data = hal_alloc(PIECE);
    NTSTATUS status = STATUS_SUCCESS;
    unsigned pieces = 0;
    (void)state;
    for (; NT_SUCCESS(status) && pieces < 100; pieces++, name[0]++)
        status = cm_set(key, name, REG_BINARY, data, PIECE);
    CM_EXPECT(status, STATUS_REGISTRY_QUOTA_LIMIT, "the last");
    assert_in_range(pieces, 7, 9);
    hal_free(data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cm_test_boot, cm_test_shut_down)
    const struct CMUnitTest tests[] = {
        TEST(how_much_of_a_value_fits), TEST(what_the_classes_hold), TEST(names_of_values),
        TEST(values_keep_their_order),  TEST(large_values),          TEST(the_registry_has_a_quota),
    };
    cm_test_keep_faults();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
