// .reg files: what regedit writes is read, what is wrong is named with its line and changes nothing, and what
// is written reads back the same.
#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HEADER "Windows Registry Editor Version 5.00\r\n\r\n"
#define KEY    "[HKEY_LOCAL_MACHINE\\Software\\Playground]\r\n"

static NTSTATUS load(const char *text, struct cm_file_report *report)
{
    return cm_load_text(text, strlen(text), report);
}

static void expect_stored(HANDLE key, const WCHAR *name, ULONG type, const void *data, ULONG length)
{
    char buffer[256];
    KEY_VALUE_PARTIAL_INFORMATION *partial = (void *)buffer;
    ULONG returned;
    CM_EXPECT(cm_query(key, name, KeyValuePartialInformation, buffer, sizeof buffer, &returned), STATUS_SUCCESS,
              cm_narrow(name));
    assert_int_equal(partial->Type, type);
    assert_int_equal(partial->DataLength, length);
    assert_memory_equal(partial->Data, data, length);
}

static void everything_the_format_has(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf" HEADER "; a comment\r\n\r\n" KEY "@=\"the default\"\r\n"
        "\"text\"=\"a \\\"quoted\\\" C:\\\\path\" ; with a comment\r\n"
        "\"\xe4\xb8\xad\"=\"\xe6\x96\x87\"\r\n"
        "  \"number\" = dword:0000002A\r\n"
        "\"short\"=dword:2a\n"
        "\"bytes\"=hex:01,02,\\\r\n  03,ff\r\n"
        "\"expand\"=hex(2):25,00,78,00,25,00,00,00\r\n"
        "\"any\"=hex(ff00ff00):\r\n"
        "\"lines\"=\"one\r\ntwo\"\r\n"
        "\r\n[HKLM\\Software\\Playground\\sub]\r\n\"gone\"=dword:1\r\n\"gone\"=-\r\n\"never was\"=-\r\n"
        "[HKEY_LOCAL_MACHINE\\Software\\Playground\\doomed\\below]\r\n[-HKEY_LOCAL_"
        "MACHINE\\Software\\Playground\\doomed]\r\n"
        "[-HKEY_LOCAL_MACHINE\\Software\\Playground\\never]\r\n"
        "[HKEY_CURRENT_USER\\Environment]\r\n"
        "[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\Demo]\r\n\"Type\"=dword:00000001";
    struct cm_file_report report;
    HANDLE key;
    (void)state;
    NTSTATUS status = cm_load_text(text, sizeof text - 1, &report);
    if (!NT_SUCCESS(status))
        print_error("line %u: %s\n", report.line, report.text);
    CM_EXPECT(status, STATUS_SUCCESS, "load");
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND, KEY_READ, 0, &key), STATUS_SUCCESS, "open");
    expect_stored(key, L"", REG_SZ, L"the default", 24);
    expect_stored(key, L"text", REG_SZ, L"a \"quoted\" C:\\path", 38);
    expect_stored(key, L"\u4e2d", REG_SZ, L"\u6587", 4);
    expect_stored(key, L"number", REG_DWORD, &(ULONG){42}, 4);
    expect_stored(key, L"short", REG_DWORD, &(ULONG){42}, 4);
    expect_stored(key, L"bytes", REG_BINARY, "\1\2\3\xff", 4);
    expect_stored(key, L"expand", REG_EXPAND_SZ, L"%x%", 8);
    expect_stored(key, L"any", 0xff00ff00, "", 0);
    expect_stored(key, L"lines", REG_SZ, L"one\r\ntwo", 18);
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND L"\\doomed", KEY_READ, 0, &key), STATUS_OBJECT_NAME_NOT_FOUND, "taken away");
    CM_EXPECT(cm_open(NULL, L"\\Registry\\User\\.Default\\Environment", KEY_READ, 0, &key), STATUS_SUCCESS, "the user");
    CM_EXPECT(cm_open(NULL, L"\\Registry\\Machine\\System\\ControlSet001\\Services\\Demo", KEY_READ, 0, &key),
              STATUS_SUCCESS, "through the link");
    expect_stored(key, L"Type", REG_DWORD, &(ULONG){1}, 4);
}

static void errors_name_their_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *says;
    } cases[] = {
        {"", 1, "first line"},
        {"\n\nREGEDIT4\n", 3, "old format"},
        {"hello", 1, "first line"},
        {HEADER "\"v\"=dword:1", 3, "before the first key"},
        {HEADER KEY "\"v\"=dword:", 4, "eight"},
        {HEADER KEY "\"v\"=dword:123456789", 4, "behind the value"},
        {HEADER KEY "\"v\"=hex:01,0g", 4, "commas"},
        {HEADER KEY "\"v\"=hex:,", 4, "two hexadecimal"},
        {HEADER KEY "\"v\"=hex(:01", 4, "type"},
        {HEADER KEY "\"v\"=hex01", 4, "colon"},
        {HEADER KEY "\"v\"=hex:01,\\ x", 4, "backslash"},
        {HEADER KEY "\"v\"=\"open\r\n\r\n", 4, "closing quote"},
        {HEADER KEY "\"v=1", 4, "closing quote"},
        {HEADER KEY "\"v\" 1", 4, "="},
        {HEADER KEY "\"v\"=maybe", 4, "none of"},
        {HEADER KEY "\"v\"=\"x\" y", 4, "behind the value"},
        {HEADER KEY "what", 4, "no key, no value"},
        {HEADER "[HKEY_LOCAL_MACHINE\\a", 3, "closing bracket"},
        {HEADER "[HKEY_LOCAL_MACHINE\\a] b", 3, "behind the key"},
        {HEADER "[HKEY_NOWHERE\\a]", 3, "root"},
        {HEADER "[-HKEY_LOCAL_MACHINE\\a]\n@=\"x\"", 4, "taken away"},
        {HEADER "\xff", 3, "UTF-8"},
    };
    struct cm_file_report report;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CM_EXPECT(load(cases[i].text, &report), STATUS_REGISTRY_CORRUPT, cases[i].text);
        if (report.line != cases[i].line || !strstr(report.text, cases[i].says))
            fail_msg("%s: expected line %u, \"%s\"; got line %u, \"%s\"", cases[i].text, cases[i].line, cases[i].says,
                     report.line, report.text);
    }
}

static void an_error_changes_nothing(void **state)
{
    struct cm_file_report report;
    size_t before = cm_bytes();
    HANDLE key;
    (void)state;
    CM_EXPECT(load(HEADER KEY "\"v\"=dword:1\r\n[-HKEY_LOCAL_MACHINE\\Software]\r\nnonsense", &report),
              STATUS_REGISTRY_CORRUPT, "load");
    assert_int_equal(cm_bytes(), before);
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND, KEY_READ, 0, &key), STATUS_OBJECT_NAME_NOT_FOUND, "open");
    CM_EXPECT(load(HEADER "[-HKEY_LOCAL_MACHINE\\System]", &report), STATUS_CANNOT_DELETE, "what is needed stays");
    assert_int_equal(report.line, 3);
    CM_EXPECT(load(HEADER "[HKEY_LOCAL_MACHINE\\Hardware\\x]", &report), STATUS_CHILD_MUST_BE_VOLATILE,
              "below a volatile key");
}

static char *path_of(const char *name)
{
    static char path[2][64];
    static int turn;
    snprintf(path[turn ^= 1], sizeof *path, "cm-test-%d-%s", (int)getpid(), name);
    return path[turn];
}

static void what_is_saved_loads_the_same(void **state)
{
    char *one = path_of("one.reg"), *two = path_of("two.reg");
    HANDLE key = cm_playground(), below;
    void *first, *second;
    size_t first_size, second_size;
    unsigned char bytes[200];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    cm_set(key, L"", REG_SZ, L"default", 16);
    cm_set(key, L"quote\"back\\slash", REG_SZ, L"\"\\", 6);
    cm_set(key, L"\u4e2d\u6587", REG_SZ, L"\u6587", 4);
    cm_set(key, L"lines", REG_SZ, L"a\nb", 8);
    cm_set(key, L"unterminated", REG_SZ, L"abc", 6);
    cm_set(key, L"odd", REG_SZ, L"abc", 5);
    cm_set(key, L"inner zero", REG_SZ, L"a\0b", 8);
    cm_set(key, L"no bytes", REG_SZ, NULL, 0);
    cm_set(key, L"surrogate", REG_SZ, L"\xd800",
           4); // half a pair: not UTF-16, still the same when it comes back
    cm_set(key, L"dword", REG_DWORD, bytes, 4);
    cm_set(key, L"long dword", REG_DWORD, bytes, 5);
    cm_set(key, L"qword", REG_QWORD, bytes, 8);
    cm_set(key, L"bytes", REG_BINARY, bytes, sizeof bytes);
    cm_set(key, L"multi", REG_MULTI_SZ, L"a\0b\0", 10);
    cm_set(key, L"any", 0xff00ff00, bytes, 3);
    cm_create(key, L"with ] bracket", 0, NULL, &below);
    cm_create(key, L"volatile", REG_OPTION_VOLATILE, NULL, &below);
    cm_create(key, L"line\nend", 0, NULL, &below);
    CM_EXPECT(cm_save_file(one), STATUS_SUCCESS, "save");
    ps_rundown_process(cm_application);
    ps_detach_thread();
    nthost_shutdown();
    cm_test_boot(state);
    CM_EXPECT(cm_load_file(one, NULL), STATUS_SUCCESS, "load");
    CM_EXPECT(cm_save_file(two), STATUS_SUCCESS, "save again");
    assert_int_equal(hal_read_file(one, 1 << 20, &first, &first_size), 0);
    assert_int_equal(hal_read_file(two, 1 << 20, &second, &second_size), 0);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    CM_EXPECT(cm_open(NULL, CM_PLAYGROUND, KEY_READ, 0, &key), STATUS_SUCCESS, "open");
    expect_stored(key, L"unterminated", REG_SZ, L"abc", 6);
    expect_stored(key, L"odd", REG_SZ, L"abc", 5);
    expect_stored(key, L"surrogate", REG_SZ, L"\xd800", 4);
    expect_stored(key, L"bytes", REG_BINARY, bytes, sizeof bytes);
    CM_EXPECT(cm_open(key, L"volatile", KEY_READ, 0, &below), STATUS_OBJECT_NAME_NOT_FOUND, "volatile");
    CM_EXPECT(cm_open(key, L"with ] bracket", KEY_READ, 0, &below), STATUS_SUCCESS, "bracket");
    // As regedit likes it: a mark, CRLF, lines not too long.
    assert_memory_equal(first, "\xff\xfeW\0i\0", 6);
    size_t width = 0, widest = 0;
    bool is_key = false;
    for (size_t i = 1; i < first_size / 2; i++) {
        WCHAR c = ((WCHAR *)first)[i];
        if (c == '\n')
            assert_int_equal(((WCHAR *)first)[i - 1], '\r');
        is_key = width == 0 ? c == '[' : is_key;
        width = c == '\n' ? 0 : width + 1;
        widest = width > widest && !is_key ? width : widest;
    }
    assert_in_range(widest, 70, 81); // and its CR
    hal_free(first);
    hal_free(second);
    unlink(one);
    unlink(two);
}

static void files_that_cannot_be(void **state)
{
    struct cm_file_report report;
    (void)state;
    CM_EXPECT(cm_load_file("/nonexistent/file.reg", &report), STATUS_OBJECT_NAME_NOT_FOUND, "missing");
    assert_non_null(strstr(report.text, "No such file"));
    assert_true(!NT_SUCCESS(cm_save_file("/nonexistent/file.reg")));
}

// No bytes may do harm: a good file with bytes changed, cut and doubled, in both encodings.
static void damaged_files_do_no_harm(void **state)
{
    static const char good[] = HEADER KEY "@=\"x\"\r\n\"a\\\"b\"=dword:1\r\n\"c\"=hex(7):61,00,\\\r\n  "
                                          "00,00\r\n[-HKLM\\Software\\Playground\\x]\r\n\"z\"=-\r\n";
    enum { ROUNDS = 4000, LENGTH = sizeof good - 1 };
    unsigned char wide[2 * LENGTH + 2];
    (void)state;
    srand(7);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned char text[LENGTH + 1];
        size_t length = LENGTH;
        memcpy(text, good, sizeof text);
        for (int change = rand() % 4; change >= 0; change--)
            text[rand() % LENGTH] =
                rand() % 3 ? (unsigned char)"\"\\=,[]-@;:\r\n x0"[rand() % 16] : (unsigned char)rand();
        if (rand() % 4 == 0)
            length = (size_t)rand() % LENGTH;
        wide[0] = 0xff, wide[1] = 0xfe;
        for (size_t i = 0; i < length; i++)
            wide[2 + 2 * i] = text[i], wide[3 + 2 * i] = 0;
        void *exact = malloc(length ? length : 1); // so that a sanitizer sees a byte too many
        memcpy(exact, text, length);
        cm_load_text(exact, length, NULL);
        free(exact);
        cm_load_text(wide, 2 + 2 * length - (size_t)(rand() % 2), NULL);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, cm_test_boot, cm_test_shut_down)
    const struct CMUnitTest tests[] = {
        TEST(everything_the_format_has),    TEST(errors_name_their_line), TEST(an_error_changes_nothing),
        TEST(what_is_saved_loads_the_same), TEST(files_that_cannot_be),   TEST(damaged_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
