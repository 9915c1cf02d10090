// What the loader puts in the place of moves to and from CR8, run: registers, flags, faults beside them, and the places it
// must leave alone. The driver is tests/drivers/patch.c.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include <nthost.h>

#include "../drivers/patch.h"
#include "hal/hal.h"
#include "ke/ke.h"
#include "ldr/code.h"
#include "ldr/patch.h"
#include "ldr/patch_plan.h"
#include "ps/ps.h"

#include <stdio.h>
#include <string.h>

static struct _EPROCESS *application;
static const struct ldr_loaded *loaded;

static int boot(void **state)
{
    struct nthost_options options = NTHOST_OPTIONS_DEFAULT;
    char path[512], message[512];
    (void)state;
    snprintf(path, sizeof path, "%s/drivers/test-patch.sys", NTHOST_BUILD_DIR);
    assert_int_equal(nthost_boot(&options), STATUS_SUCCESS);
    assert_int_equal(nthost_load_driver(path, NULL, message, sizeof message), STATUS_SUCCESS);
    application = ps_create_process(1000, "application", 0x10000, 0x7ffffffff000);
    ps_attach_thread(application, 0);
    loaded = (const struct ldr_loaded *)ldr_find_image_by_name("test-patch");
    assert_non_null(loaded);
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

static void *function(const char *name)
{
    hal_faults_init(); // cmocka has set handlers of its own
    const struct ldr_pe_export *found = ldr_image_export(loaded, name, 0);
    if (!found)
        fail_msg("test-patch.sys exports no %s", name);
    return (char *)loaded->image.base + found->rva;
}

static void nearly_all_are_replaced(void **state)
{
    char path[512];
    void *file;
    size_t size;
    struct ldr_pe pe;
    struct ldr_reason reason;
    struct ldr_privileged counts;
    (void)state;
    snprintf(path, sizeof path, "%s/drivers/test-patch.sys", NTHOST_BUILD_DIR);
    assert_int_equal(hal_read_file(path, LDR_MAX_FILE, &file, &size), 0);
    assert_true(ldr_pe_open(&pe, file, size, &reason));
    ldr_count_privileged(&pe, &counts);
    hal_free(file);
    assert_int_equal(counts.irql_reads + counts.irql_writes - counts.patched, 1); // PatchSurrounded's
    assert_in_range(counts.irql_reads, 5, 100);
    assert_in_range(counts.irql_writes, 10, 100);
    assert_in_range(loaded->patch_count, 10, counts.patched);
    assert_int_equal(counts.control + counts.interrupts + counts.msr + counts.port + counts.software, 0);
}

static void addresses_map_both_ways(void **state)
{
    const char *base = loaded->image.base;
    (void)state;
    for (unsigned i = 0; i < loaded->patch_count; i++) {
        const struct ldr_patch *patch = &loaded->patches[i];
        uint8_t bytes[2 * 15];
        assert_ptr_equal(ldr_patch_origin(base + patch->stub), base + patch->begin);
        assert_ptr_equal(ldr_patch_origin(base + patch->stub_second), base + patch->second);
        assert_ptr_equal(ldr_patch_origin(base + patch->stub_second - 1), base + patch->begin);
        assert_ptr_equal(ldr_patch_origin(base + patch->stub_back), base + patch->end);
        assert_ptr_equal(ldr_patch_resume(base + patch->second), base + patch->stub_second);
        assert_ptr_equal(ldr_patch_resume(base + patch->end), base + patch->end);
        assert_true(ldr_read_code(base + patch->begin, bytes, patch->end - patch->begin));
        assert_memory_equal(bytes, patch->original, patch->end - patch->begin);
        assert_int_equal((uint8_t)base[patch->begin], 0xE9);
        // 0F 20 or 0F 22 is in there somewhere
        bool found = false;
        for (unsigned at = 0; at + 1 < patch->end - patch->begin; at++)
            found |= bytes[at] == 0x0F && (bytes[at + 1] & 0xFD) == 0x20;
        assert_true(found);
    }
    assert_ptr_equal(ldr_patch_origin(base), base);
    assert_ptr_equal(ldr_patch_origin(&application), &application);
}

// The arithmetic flags, and the direction flag: mov cr8 changes none of them.
static void registers_and_flags_survive(void **state)
{
    enum { RAX, RCX, RDX, RBX, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, FLAGS, COUNT };
    const uint64_t arithmetic = 0x8D5, fixed = 0x202;
    void(NTAPI * registers)(uint64_t *) = function("Registers");
    (void)state;
    for (uint64_t flags = 0; flags <= arithmetic; flags++) {
        uint64_t before[COUNT], after[COUNT];
        if (flags & ~arithmetic)
            continue;
        for (int i = 0; i < FLAGS; i++)
            before[i] = 0xA5A5000000000000ull + (uint64_t)i * 0x0101010101ull;
        before[RAX] = flags & 1 ? APC_LEVEL : DISPATCH_LEVEL;
        before[R15] = PASSIVE_LEVEL;
        before[FLAGS] = flags | fixed;
        memcpy(after, before, sizeof after);
        registers(after);
        before[R14] = PASSIVE_LEVEL; // what the driver read
        assert_memory_equal(after, before, sizeof after);
        assert_int_equal(ke_irql(), PASSIVE_LEVEL);
    }
}

static void neighbours_do_what_they_did(void **state)
{
    ULONG(NTAPI * neighbours)(ULONG_PTR) = function("Neighbours");
    (void)state;
    assert_int_equal(neighbours(0), 0x1234);
    assert_int_equal(neighbours(1), 0x1235);
    ke_set_irql(APC_LEVEL);
    assert_int_equal(neighbours(1), 0x1236);
    ke_set_irql(PASSIVE_LEVEL);
}

static void surrounded_places_trap_and_work(void **state)
{
    ULONG(NTAPI * surrounded)(void) = function("Surrounded");
    (void)state;
    assert_int_equal((int)surrounded(), -1);
    assert_int_equal(ke_irql(), PASSIVE_LEVEL);
}

static void jump_tables_are_understood(void **state)
{
    static const ULONG expected[] = {10, 50, 30, 40, 51, 60, 1};
    ULONG(NTAPI * choose)(ULONG) = function("Switch");
    (void)state;
    for (ULONG i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(choose(i), expected[i]);
    assert_int_equal(ke_irql(), PASSIVE_LEVEL);
}

// A fault in a moved instruction is one of the original: its address, its handler, and going on there.
static void faults_are_those_of_the_original(void **state)
{
    static const struct {
        const char *name;
        uint64_t offset;
    } cases[] = {{"ReadAfter", 4}, {"ReadBefore", 0}};
    ULONG good = 77;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        ULONG(NTAPI * read)(ULONG * address, ULONG * good, struct patch_fault * fault) = function(cases[i].name);
        struct patch_fault fault = {0};
        assert_int_equal(read(&good, NULL, &fault), 77);
        assert_int_equal(read((ULONG *)0x10008, NULL, &fault), (ULONG)STATUS_ACCESS_VIOLATION);
        assert_int_equal(fault.offset, cases[i].offset);
        assert_int_equal(fault.context_offset, cases[i].offset);
        assert_int_equal(read((ULONG *)0x10008, &good, &fault), 77);
        assert_int_equal(ke_irql(), PASSIVE_LEVEL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_are_replaced),          cmocka_unit_test(addresses_map_both_ways),
        cmocka_unit_test(registers_and_flags_survive),      cmocka_unit_test(neighbours_do_what_they_did),
        cmocka_unit_test(surrounded_places_trap_and_work),  cmocka_unit_test(jump_tables_are_understood),
        cmocka_unit_test(faults_are_those_of_the_original),
    };
    return cmocka_run_group_tests(tests, boot, stop);
}
