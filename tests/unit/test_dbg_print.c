// DbgPrint: one record a call, the limit of 512 bytes, the filter, and who hears a message.
#include "dbg/dbg.h"

#include <nt/ntstatus.h>
#include <nt/rtl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct dbg_record record;
static uint64_t next;

static int set_up(void **state)
{
    (void)state;
    dbg_filter_reset(false);
    next = 1;
    return dbg_ring_init(NULL, 0) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    dbg_ring_close();
    dbg_context_hook = NULL;
    return 0;
}

// The next record of the ring, in `record`.
static bool came(void)
{
    uint64_t lost;
    uint64_t after = dbg_ring_read(dbg_ring_current(), next, &record, &lost);
    if (after)
        next = after;
    assert_int_equal(lost, 0);
    return after != 0;
}

static void one_record_a_call(void **state)
{
    (void)state;
    assert_int_equal(DbgPrint("hello %s \n", "lyshark"), STATUS_SUCCESS);
    assert_int_equal(DbgPrint("驱动加载完成..."), STATUS_SUCCESS);
    assert_true(came());
    assert_string_equal(record.text, "hello lyshark \n");
    assert_int_equal(record.length, 15);
    assert_int_equal(record.number, 1);
    assert_int_equal(record.component, DPFLTR_DEFAULT_ID);
    assert_int_equal(record.level, DPFLTR_INFO_LEVEL);
    assert_int_equal(record.truncated, 0);
    uint64_t first = record.time_ns;
    assert_true(record.wall_100ns > 132223104000000000); // after 2020
    assert_true(came());
    assert_string_equal(record.text, "驱动加载完成...");
    assert_int_equal(record.number, 2);
    assert_true(record.time_ns >= first);
    assert_false(came());
}

static void limit(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'x', sizeof text);
    text[512] = 0;
    DbgPrint("%s", text);
    assert_true(came());
    assert_int_equal(record.length, 512);
    assert_int_equal(record.truncated, 0);
    text[512] = 'x';
    text[599] = 0;
    DbgPrint("%s", text);
    assert_true(came());
    assert_int_equal(record.length, 512);
    assert_int_equal(record.truncated, 1);
    assert_int_equal(record.text[512], 0);
}

// Each character of 1 to 4 bytes in each position across the limit: whole or not there.
static void limit_keeps_characters_whole(void **state)
{
    (void)state;
    const char *characters[] = {"x", "é", "中", "\xF0\x9F\x98\x80"};
    for (int kind = 0; kind < 4; kind++) {
        for (int before = 505; before <= 513; before++) {
            char text[600];
            memset(text, '.', sizeof text);
            snprintf(text + before, 20, "%s!!!!!!!", characters[kind]);
            DbgPrint("%s", text);
            assert_true(came());
            size_t end = (size_t)before + strlen(characters[kind]);
            size_t expected = before < 512 && end > 512 ? (size_t)before : 512;
            if (strlen(text) < 512)
                expected = strlen(text);
            assert_int_equal(record.length, expected);
            assert_memory_equal(record.text, text, expected);
        }
    }
    char garbage[600]; // continuation bytes only: cut as they are
    memset(garbage, 0x80, sizeof garbage);
    garbage[599] = 0;
    DbgPrint("%s", garbage);
    assert_true(came());
    assert_int_equal(record.length, 512);
}

static ULONG NTAPI print_with_prefix(const char *prefix, const char *format, ...)
{
    __builtin_ms_va_list arguments;
    __builtin_ms_va_start(arguments, format);
    ULONG status = vDbgPrintExWithPrefix(prefix, DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, format, arguments);
    __builtin_ms_va_end(arguments);
    return status;
}

static void relatives(void **state)
{
    (void)state;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, L"\\Device\\LySharkDriver");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "%wZ", &name);
    assert_true(came());
    assert_string_equal(record.text, "\\Device\\LySharkDriver");
    assert_int_equal(record.component, DPFLTR_IHVDRIVER_ID);
    print_with_prefix("LyShark: ", "%d %s", 5, "bytes");
    assert_true(came());
    assert_string_equal(record.text, "LyShark: 5 bytes");
    assert_int_equal(DbgPrintReturnControlC("x"), STATUS_SUCCESS);
    assert_true(came());
    RtlAssert("Irp != NULL", "read.c", 7, NULL);
    assert_true(came());
    assert_string_equal(record.text, "*** Assertion failed: Irp != NULL\n***   Source File: read.c, line 7\n");
    dbg_kernel_message("cannot start: %s\n", "x");
    assert_true(came());
    assert_string_equal(record.text, "cannot start: x\n");
    assert_string_equal(record.driver, "nthost");
    assert_int_equal(record.component, DBG_COMPONENT_NTHOST);
}

static bool shows(ULONG component, ULONG level)
{
    DbgPrintEx(component, level, "x");
    bool shown = came();
    assert_int_equal(shown, DbgQueryDebugFilterState(component, level));
    return shown;
}

static void faithful_filter(void **state)
{
    (void)state;
    dbg_filter_reset(true);
    DbgPrint("hidden on Windows since Vista");
    assert_false(came());
    assert_true(shows(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL)); // WIN2000 is 1
    assert_false(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL));
    DbgSetDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL, TRUE);
    assert_true(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL));
    assert_false(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL));
    assert_true(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_MASK | 2)); // 32 and above is a mask
    assert_false(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_MASK | 4));
    DbgSetDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL, FALSE);
    assert_false(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL));
    assert_false(shows(12345, DPFLTR_INFO_LEVEL)); // an unknown component goes by DEFAULT
    assert_true(dbg_filter_set_mask("default", 8));
    assert_true(shows(12345, DPFLTR_INFO_LEVEL));
    assert_true(shows(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL));
    assert_true(dbg_filter_set_mask("WIN2000", 0));
    assert_false(shows(DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL));
    assert_false(dbg_filter_set_mask("NOSUCHTHING", 1));
    dbg_kernel_message("the kernel is not filtered");
    assert_true(came());
}

static void default_filter(void **state)
{
    (void)state;
    assert_true(shows(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL));
    assert_false(shows(DPFLTR_DEFAULT_ID, 4));
    assert_true(shows(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL));
    assert_false(shows(DPFLTR_NTFS_ID, DPFLTR_INFO_LEVEL));
    assert_string_equal(dbg_component_name(DPFLTR_DEFAULT_ID), "DEFAULT");
    assert_null(dbg_component_name(200));
}

static char heard[2048];

static void hear(const struct dbg_record *said, void *context)
{
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "[%s%llu:%.20s]", (const char *)context,
             (unsigned long long)said->number, said->text);
    if (strcmp(said->text, "first") == 0)
        DbgPrint("from a sink"); // goes to the ring only
}

static VOID NTAPI driver_hears(PSTRING output, ULONG component, ULONG level)
{
    size_t used = strlen(heard);
    snprintf(heard + used, sizeof heard - used, "[driver:%.*s %u %u]", output->Length, output->Buffer, component,
             level);
    DbgPrint("from a callback");
}

static void listeners(void **state)
{
    (void)state;
    heard[0] = 0;
    assert_true(dbg_set_sink(hear, "a"));
    assert_true(dbg_set_sink(hear, "b"));
    DbgPrint("first");
    assert_string_equal(heard, "[a1:first][b1:first]");
    dbg_clear_sink(hear, "a");
    heard[0] = 0;
    DbgPrint("again");
    assert_string_equal(heard, "[b4:again]");
    dbg_clear_sink(hear, "b");
    heard[0] = 0;
    assert_int_equal(DbgSetDebugPrintCallback(driver_hears, FALSE), STATUS_NOT_FOUND);
    assert_int_equal(DbgSetDebugPrintCallback(driver_hears, TRUE), STATUS_SUCCESS);
    DbgPrint("call");
    assert_string_equal(heard, "[driver:call 101 3]");
    assert_int_equal(DbgSetDebugPrintCallback(driver_hears, FALSE), STATUS_SUCCESS);
    DbgPrint("silence");
    assert_string_equal(heard, "[driver:call 101 3]");
    while (came())
        ;
    assert_int_equal(record.number, 7);
}

static jmp_buf way_out;

static VOID NTAPI never_returns(PSTRING output, ULONG component, ULONG level)
{
    (void)output, (void)component, (void)level;
    longjmp(way_out, 1);
}

// A bugcheck in a driver's callback abandons its stack; the thread's next message is heard as before.
static __attribute__((noinline)) void abandon_a_callback(void)
{
    volatile char deeper[1000];
    deeper[0] = 0;
    if (setjmp(way_out) == 0)
        DbgPrint("abandoned");
    (void)deeper[0];
}

static void abandoned_callback(void **state)
{
    (void)state;
    heard[0] = 0;
    DbgSetDebugPrintCallback(never_returns, TRUE);
    abandon_a_callback();
    DbgSetDebugPrintCallback(never_returns, FALSE);
    assert_true(dbg_set_sink(hear, "a"));
    DbgPrint("heard");
    dbg_clear_sink(hear, "a");
    assert_string_equal(heard, "[a2:heard]");
}

static const void *seen_caller;

static void fill_context(struct dbg_record *filled, const void *caller)
{
    seen_caller = caller;
    filled->process_id = 4;
    filled->thread_id = 8;
    strcpy(filled->driver, "LySharkDriver");
}

static void context(void **state)
{
    (void)state;
    dbg_context_hook = fill_context;
    DbgPrint("x");
    assert_true(came());
    assert_string_equal(record.driver, "LySharkDriver");
    assert_int_equal(record.process_id, 4);
    assert_int_equal(record.thread_id, 8);
    ptrdiff_t distance = (const char *)seen_caller - (const char *)context;
    assert_true(distance > 0 && distance < 4096); // the address of the call above
    dbg_kernel_message("y");
    assert_null(seen_caller);
}

static void without_a_ring(void **state)
{
    (void)state;
    dbg_ring_close();
    heard[0] = 0;
    assert_true(dbg_set_sink(hear, ""));
    DbgPrint("early");
    assert_non_null(strstr(heard, ":early]"));
    dbg_clear_sink(hear, "");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(one_record_a_call),
        CASE(limit),
        CASE(limit_keeps_characters_whole),
        CASE(relatives),
        CASE(faithful_filter),
        CASE(default_filter),
        CASE(listeners),
        CASE(abandoned_callback),
        CASE(context),
        CASE(without_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
