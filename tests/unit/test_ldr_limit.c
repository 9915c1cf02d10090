// What happens when a driver calls routines above the IRQL that exports.def states. The driver is tests/drivers/limits.c.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <nthost.h>

#include "dbg/dbg.h"
#include "hal/hal.h"
#include "ke/ke.h"
#include "ldr/image.h"
#include "ps/ps.h"

#include <stdio.h>
#include <string.h>

enum { CLOSE, MUTEX, CONVERT, VARIADIC, PAGED, NONPAGED, WAIT, POLL };

static struct _EPROCESS *application;
static void(NTAPI *call_at)(ULONG what, KIRQL irql);
static char log_text[64 * 1024];

static void add_to_log(const struct dbg_record *record, void *context)
{
    size_t used = strlen(log_text);
    (void)context;
    if (used + record->length < sizeof log_text)
        memcpy(log_text + used, record->text, record->length + 1);
}

static int boot(void **state)
{
    struct nthost_options options = NTHOST_OPTIONS_DEFAULT;
    char path[512], message[512];
    (void)state;
    options.log_sink = add_to_log;
    snprintf(path, sizeof path, "%s/drivers/test-limits.sys", NTHOST_BUILD_DIR);
    assert_int_equal(nthost_boot(&options), STATUS_SUCCESS);
    assert_int_equal(nthost_load_driver(path, NULL, message, sizeof message), STATUS_SUCCESS);
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    ps_attach_thread(application, 0);
    const struct ldr_loaded *loaded = (const struct ldr_loaded *)ldr_find_image_by_name("test-limits");
    const struct ldr_pe_export *found = loaded ? ldr_image_export(loaded, "CallAt", 0) : NULL;
    assert_non_null(found);
    call_at = (void(NTAPI *)(ULONG, KIRQL))(uintptr_t)((char *)loaded->image.base + found->rva);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    ps_rundown_process(application);
    ps_detach_thread();
    nthost_shutdown();
    return 0;
}

// True: it came back; false: a bugcheck. The log is that of the call.
static bool comes_back(ULONG what, KIRQL irql)
{
    struct ke_recovery recovery = {.what = "a call of the test"};
    volatile bool back = false;
    hal_faults_init(); // cmocka has set handlers of its own
    log_text[0] = 0;
    ke_push_recovery(&recovery);
    if (!__builtin_setjmp(recovery.jump)) {
        call_at(what, irql);
        back = true;
    }
    ke_pop_recovery(&recovery);
    assert_int_equal(ke_irql(), PASSIVE_LEVEL);
    return back;
}

static void assert_log(const char *text)
{
    if (!strstr(log_text, text))
        fail_msg("the log does not say \"%s\":\n%s", text, log_text);
}

static void within_the_limit_nothing_is_said(void **state)
{
    static const struct {
        ULONG what;
        KIRQL irql;
    } cases[] = {{CLOSE, PASSIVE_LEVEL},   {MUTEX, PASSIVE_LEVEL},     {MUTEX, APC_LEVEL},
                 {CONVERT, PASSIVE_LEVEL}, {CONVERT, APC_LEVEL},       {PAGED, APC_LEVEL},
                 {NONPAGED, APC_LEVEL},    {NONPAGED, DISPATCH_LEVEL}, {POLL, DISPATCH_LEVEL}};
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(comes_back(cases[i].what, cases[i].irql));
        if (log_text[0])
            fail_msg("case %u at IRQL %u: %s", cases[i].what, cases[i].irql, log_text);
    }
    assert_true(comes_back(VARIADIC, HIGH_LEVEL));
    assert_string_equal(log_text, "printed at 15\n");
}

static void at_dispatch_level_it_is_a_bugcheck(void **state)
{
    (void)state;
    assert_false(comes_back(CLOSE, DISPATCH_LEVEL));
    assert_log("IRQL_NOT_LESS_OR_EQUAL (0xA)");
    assert_log("ZwClose called at IRQL 2 (DISPATCH_LEVEL); it may be called at PASSIVE_LEVEL only");
    assert_log("test-limits.sys+0x");
    assert_log("(CallAt+0x");
    assert_false(comes_back(MUTEX, DISPATCH_LEVEL));
    assert_log("ExAcquireFastMutex called at IRQL 2 (DISPATCH_LEVEL); it may be called at APC_LEVEL and below only");
    assert_false(comes_back(WAIT, DISPATCH_LEVEL));
    assert_log("IRQL_NOT_LESS_OR_EQUAL (0xA)");
    assert_false(comes_back(PAGED, DISPATCH_LEVEL));
    assert_log("BAD_POOL_CALLER (0xC2)");
    assert_log("paged pool was asked for at DISPATCH_LEVEL or above");
}

// On Windows these work until the day they do not.
static void what_windows_lets_pass_is_told_once(void **state)
{
    (void)state;
    assert_true(comes_back(CLOSE, APC_LEVEL));
    assert_log("ZwClose called at IRQL 1 (APC_LEVEL); it may be called at PASSIVE_LEVEL only");
    assert_true(comes_back(CLOSE, APC_LEVEL));
    assert_string_equal(log_text, "");
    assert_true(comes_back(CONVERT, DISPATCH_LEVEL));
    assert_log("RtlEqualUnicodeString called at IRQL 2 (DISPATCH_LEVEL)");
    assert_true(comes_back(CONVERT, DISPATCH_LEVEL));
    assert_string_equal(log_text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_the_limit_nothing_is_said),
        cmocka_unit_test(at_dispatch_level_it_is_a_bugcheck),
        cmocka_unit_test(what_windows_lets_pass_is_told_once),
    };
    return cmocka_run_group_tests_name("ldr: IRQL limits", tests, boot, stop);
}
