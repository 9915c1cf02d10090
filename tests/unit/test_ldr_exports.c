// kernel/exports.def: sorted, without doubles, and each line is found.
#include "ldr/exports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int order(const struct ldr_export *one, const struct ldr_export *other)
{
    int modules = strcmp(one->module, other->module);
    return modules ? modules : strcmp(one->name, other->name);
}

static void lines_are_sorted(void **state)
{
    size_t count;
    const struct ldr_export *table = ldr_exports(&count);
    (void)state;
    for (size_t i = 1; i < count; i++)
        if (order(&table[i - 1], &table[i]) >= 0)
            fail_msg("kernel/exports.def: %s %s stands behind %s %s; sort the lines with LC_ALL=C sort",
                     table[i].module, table[i].name, table[i - 1].module, table[i - 1].name);
}

// A name of hal that ntoskrnl has too is found there.
static void each_line_is_found(void **state)
{
    size_t count;
    const struct ldr_export *table = ldr_exports(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct ldr_export *found = ldr_find_export(table[i].module, table[i].name);
        if (!found || strcmp(found->name, table[i].name) != 0)
            fail_msg("kernel/exports.def: %s %s is not found: a line is out of order", table[i].module, table[i].name);
        if (!table[i].address)
            fail_msg("kernel/exports.def: %s has no address", table[i].name);
    }
}

static void columns_agree(void **state)
{
    size_t count;
    const struct ldr_export *table = ldr_exports(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool data = table[i].state == LDR_EXPORT_DATA;
        if (data && table[i].arguments != 0)
            fail_msg("kernel/exports.def: %s is a variable with arguments", table[i].name);
        if (data != ldr_is_data_name(table[i].name))
            fail_msg("kernel/exports.def: %s: %s", table[i].name,
                     data ? "DATA, but not among data_names in kernel/ldr/exports.c"
                          : "Windows exports it as a variable");
        if (table[i].arguments < -1 || table[i].arguments > 20)
            fail_msg("kernel/exports.def: %s has %d arguments?", table[i].name, table[i].arguments);
    }
}

static void module_names_are_compared_as_windows_does(void **state)
{
    (void)state;
    assert_true(ldr_same_module("ntoskrnl.exe", "NTOSKRNL"));
    assert_true(ldr_same_module("WdfLdr.SYS", "wdfldr.sys"));
    assert_true(ldr_same_module("my.driver.sys", "MY.DRIVER"));
    assert_false(ldr_same_module("my.driver", "my"));
    assert_false(ldr_same_module("hal", "halx"));
    assert_false(ldr_same_module("", "hal"));
    assert_true(ldr_export_module_exists("HAL.dll"));
    assert_true(ldr_export_module_exists("ntoskrnl.exe"));
    assert_false(ldr_export_module_exists("nosuch.sys"));
}

static void unknown_names_are_not_found(void **state)
{
    (void)state;
    assert_null(ldr_find_export("ntoskrnl.exe", "NoSuchRoutine"));
    assert_null(ldr_find_export("ntoskrnl.exe", ""));
    assert_null(ldr_find_export("nosuch.sys", "IoCreateDevice"));
    assert_null(ldr_find_export("", "IoCreateDevice"));
}

static void variables_of_windows_are_known(void **state)
{
    (void)state;
    assert_true(ldr_is_data_name("CcFastMdlReadWait"));
    assert_true(ldr_is_data_name("NtBuildNumber"));
    assert_true(ldr_is_data_name("psMUITest"));
    assert_false(ldr_is_data_name("IoCreateDevice"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_sorted),
        cmocka_unit_test(each_line_is_found),
        cmocka_unit_test(columns_agree),
        cmocka_unit_test(module_names_are_compared_as_windows_does),
        cmocka_unit_test(unknown_names_are_not_found),
        cmocka_unit_test(variables_of_windows_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
