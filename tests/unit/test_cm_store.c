// The file that the registry lives in: what an application was told is there, a new file takes the old one's place, one
// server at a time, damaged files are left alone.
#include "cm_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], file[96];

static int set_up(void **state)
{
    strcpy(folder, "/tmp/nthost-store.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/registry.reg", folder);
    return cm_test_boot(state);
}

static int tear_down(void **state)
{
    int status = cm_test_shut_down(state);
    unlink(file);
    rmdir(folder); // fails when a lock or a half-written file is left
    assert_int_not_equal(access(folder, F_OK), 0);
    return status;
}

static bool file_has(const char *text)
{
    unsigned char *bytes;
    size_t size, length = strlen(text), matched = 0;
    assert_int_equal(hal_read_file(file, 1 << 20, (void **)&bytes, &size), 0);
    for (size_t i = 2; i + 1 < size && matched < length; i += 2)
        matched = bytes[i] == (unsigned char)text[matched] && bytes[i + 1] == 0 ? matched + 1 : 0;
    hal_free(bytes);
    return matched == length;
}

static HANDLE make_key(const WCHAR *path)
{
    HANDLE key;
    CM_EXPECT(cm_create(NULL, path, 0, NULL, &key), STATUS_SUCCESS, "create");
    return key;
}

static void changes_are_in_the_file_at_once(void **state)
{
    struct cm_file_report report;
    UNICODE_STRING name = cm_string(L"second");
    (void)state;
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
    HANDLE key = make_key(L"\\Registry\\Machine\\Software\\Kept");
    assert_true(file_has("\\Kept]"));
    cm_set(key, L"first", REG_SZ, L"abc", 8);
    assert_true(file_has("\"first\"=\"abc\""));
    cm_set(key, L"second", REG_SZ, L"def", 8);
    assert_int_equal(NtDeleteValueKey(key, &name), STATUS_SUCCESS);
    assert_false(file_has("second"));
    assert_int_equal(NtDeleteKey(key), STATUS_SUCCESS);
    assert_false(file_has("Kept"));
    NtClose(key);
}

static void what_drivers_change_follows_soon(void **state)
{
    struct cm_file_report report;
    (void)state;
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_ABSOLUTE, L"\\Registry\\Machine\\Software", L"of a driver",
                                           REG_SZ, (void *)L"x", 4),
                     STATUS_SUCCESS);
    for (int i = 0; i < 1000 && !file_has("of a driver"); i++)
        usleep(10000);
    assert_true(file_has("of a driver"));
}

static void it_is_there_again(void **state)
{
    struct cm_file_report report;
    HANDLE key;
    (void)state;
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
    NtClose(make_key(L"\\Registry\\Machine\\Software\\Kept"));
    chmod(file, 0640);
    cm_test_shut_down(state);
    cm_test_boot(state);
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
    CM_EXPECT(cm_open(NULL, L"\\Registry\\Machine\\Software\\Kept", KEY_READ, 0, &key), STATUS_SUCCESS, "open");
    NtClose(key);
    struct stat facts;
    assert_int_equal(stat(file, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0640);
}

static void one_at_a_time(void **state)
{
    struct cm_file_report report;
    char lock_file[128];
    int lock;
    (void)state;
    snprintf(lock_file, sizeof lock_file, "%s.lock", file);
    assert_int_equal(hal_lock_file(lock_file, &lock), 0); // a lock counts within a process, too
    assert_int_equal(cm_open_store(file, &report), STATUS_SHARING_VIOLATION);
    assert_non_null(strstr(report.text, "another kernel server"));
    hal_unlock_file(lock_file, lock);
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
}

static void a_damaged_file_stays_as_it_is(void **state)
{
    static const char text[] =
        "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\x]\n\"a\"=what\n";
    struct cm_file_report report;
    void *bytes;
    size_t size;
    (void)state;
    FILE *out = fopen(file, "w");
    fputs(text, out);
    fclose(out);
    assert_int_equal(cm_open_store(file, &report), STATUS_REGISTRY_CORRUPT);
    assert_int_equal(report.line, 4);
    NtClose(make_key(L"\\Registry\\Machine\\Software\\Not kept"));
    assert_int_equal(hal_read_file(file, 1 << 20, &bytes, &size), 0);
    assert_int_equal(size, sizeof text - 1);
    assert_memory_equal(bytes, text, size);
    hal_free(bytes);
}

// An application is not told of a success that the next server would know nothing of.
static void a_change_that_cannot_be_written_fails(void **state)
{
    struct cm_file_report report;
    char elsewhere[128];
    HANDLE key;
    (void)state;
    assert_int_equal(cm_open_store(file, &report), STATUS_SUCCESS);
    key = make_key(L"\\Registry\\Machine\\Software\\Kept");
    snprintf(elsewhere, sizeof elsewhere, "%s-elsewhere", folder);
    assert_int_equal(rename(folder, elsewhere), 0);
    UNICODE_STRING name = cm_string(L"value");
    ULONG number = 1;
    assert_int_equal(NtSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number), STATUS_REGISTRY_IO_FAILED);
    assert_int_equal(rename(elsewhere, folder), 0);
    assert_int_equal(NtSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof number), STATUS_SUCCESS);
    assert_true(file_has("\"value\"=dword:00000001"));
    NtClose(key);
}

static void a_folder_that_is_not_there(void **state)
{
    struct cm_file_report report;
    (void)state;
    assert_true(!NT_SUCCESS(cm_open_store("/nonexistent/registry.reg", &report)));
    assert_non_null(strstr(report.text, "No such file"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(changes_are_in_the_file_at_once),
        TEST(what_drivers_change_follows_soon),
        TEST(it_is_there_again),
        TEST(one_at_a_time),
        TEST(a_damaged_file_stays_as_it_is),
        TEST(a_change_that_cannot_be_written_fails),
        TEST(a_folder_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
