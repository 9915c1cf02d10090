// Loading images: what is mapped where, what a driver gets for its imports, and that nothing is left behind, whichever
// step fails.
//
// The loader's files are included here, so that each allocation, mapping and protection can be made to fail and what is
// alive can be counted; the exports are those of ldr_test_exports.def.
#include "pe_image.h"
#include "pe_mutate.h"

#include "hal/hal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static long alive;          // blocks and mappings
static int calls_to_fail = -1; // how many calls still succeed before one fails; negative: none fails

static bool fails_now(void)
{
    return calls_to_fail >= 0 && calls_to_fail-- == 0;
}

static void *counted_alloc(size_t bytes)
{
    void *memory = fails_now() ? NULL : hal_alloc(bytes);
    alive += memory != NULL;
    return memory;
}

static void counted_free(void *memory)
{
    alive -= memory != NULL;
    hal_free(memory);
}

static void *counted_map(uintptr_t preferred, size_t bytes, unsigned protection)
{
    void *memory = fails_now() ? NULL : hal_map(preferred, bytes, protection);
    alive += memory != NULL;
    return memory;
}

static void counted_unmap(void *address, size_t bytes)
{
    alive--;
    hal_unmap(address, bytes);
}

static bool fallible_protect(void *address, size_t bytes, unsigned protection)
{
    return !fails_now() && hal_protect(address, bytes, protection);
}

#define hal_alloc   counted_alloc
#define hal_free    counted_free
#define hal_map     counted_map
#define hal_unmap   counted_unmap
#define hal_protect fallible_protect
#define LDR_EXPORTS_DEF "ldr_test_exports.def"
#include "../../kernel/ldr/image.c"
#include "../../kernel/ldr/imports.c"
#include "../../kernel/ldr/image_exports.c"
#include "../../kernel/ldr/exports.c"

// What FirstRoutine is. Its C name differs because exports.c declares test_first as bytes.
int NTAPI first_routine(int a, int b) __asm__("test_first");
int NTAPI first_routine(int a, int b)
{
    return a * 10 + b;
}

typedef int(NTAPI *routine)(int a, int b);

static struct good_image good;
static struct sigaction hal_faults; // cmocka puts its own handler in the place of hal's before each test
static char said[8192]; // the report, a line a message

static void remember(void *context, enum ldr_severity severity, const char *text)
{
    size_t length = strlen(said);
    (void)context;
    snprintf(said + length, sizeof said - length, "%s%s\n", severity == LDR_ERROR ? "error: " : "", text);
}

static int set_up(void **state)
{
    (void)state;
    good_image(&good);
    calls_to_fail = -1;
    said[0] = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (alive)
        print_error("%ld blocks or mappings are left\n", alive);
    return alive != 0;
}

// Load from a copy that is gone (and overwritten) when the call returns.
static NTSTATUS load(const char *name, unsigned flags, struct ldr_image **image)
{
    struct ldr_report report = {.line = remember};
    void *copy = malloc(sizeof good);
    NTSTATUS status;
    sigaction(SIGSEGV, &hal_faults, NULL);
    memcpy(copy, &good, sizeof good);
    status = ldr_load_image(copy, sizeof good, name, flags, image, &report);
    memset(copy, 0xEE, sizeof good);
    free(copy);
    return status;
}

static struct ldr_image *must_load(const char *name)
{
    struct ldr_image *image;
    NTSTATUS status = load(name, 0, &image);
    if (!NT_SUCCESS(status))
        fail_msg("%s: 0x%08X: %s", name, (unsigned)status, said);
    return image;
}

static void *at(const struct ldr_image *image, uint32_t rva)
{
    return (char *)image->base + rva;
}

static int call(const struct ldr_image *image, uint32_t rva)
{
    return ((routine)(uintptr_t)at(image, rva))(4, 2);
}

static void *pointer_at(const struct ldr_image *image, uint32_t rva)
{
    void *value;
    memcpy(&value, at(image, rva), sizeof value);
    return value;
}

// ---- a good image --------------------------------------------------------------------------------------------------

static void image_is_mapped_and_runs(void **state)
{
    static const uint8_t zeros[16];
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_true(hal_is_kernel_address(image->base));
    assert_int_equal(image->size, GOOD_SIZE);
    assert_int_equal(image->preferred_base, GOOD_BASE);
    assert_int_equal(image->timestamp, 0x12345678);
    assert_ptr_equal(image->entry, at(image, GOOD_INIT));
    assert_string_equal(image->name, "good.sys");
    assert_int_equal(call(image, GOOD_INIT), GOOD_ENTRY_RESULT);
    assert_memory_equal(at(image, GOOD_DATA_RVA(filled)), good.data.filled, sizeof good.data.filled);
    assert_memory_equal(at(image, GOOD_DATA + 0x1700), zeros, sizeof zeros);
    ldr_unload_image(image);
}

static void relocations_are_applied(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(pointer)), at(image, GOOD_DATA_RVA(cookie)));
    assert_ptr_equal(pointer_at(image, offsetof(struct good_image, nt.OptionalHeader.ImageBase)), image->base);
    ldr_unload_image(image);
}

static void images_are_found_by_address_and_name(void **state)
{
    struct ldr_image *one = must_load("one.sys"), *two = must_load("Two.SYS");
    (void)state;
    assert_ptr_equal(ldr_find_image(one->base), one);
    assert_ptr_equal(ldr_find_image(at(two, GOOD_SIZE - 1)), two);
    assert_null(ldr_find_image((char *)one->base - 1));
    assert_null(ldr_find_image(NULL));
    assert_null(ldr_find_image(&good));
    assert_ptr_equal(ldr_find_image_by_name("two"), two);
    assert_ptr_equal(ldr_find_image_by_name("TWO.sys"), two);
    assert_null(ldr_find_image_by_name("three.sys"));
    ldr_unload_image(one);
    assert_null(ldr_find_image_by_name("one"));
    ldr_unload_image(two);
    assert_null(ldr_find_image(two));
}

static void sections_have_their_protections(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_true(hal_touch_read(image->base, GOOD_SIZE));
    assert_false(hal_touch_write(image->base, 1));
    assert_false(hal_touch_write(at(image, GOOD_TEXT), 1));
    assert_false(hal_touch_write(at(image, GOOD_RDATA), 1));
    assert_true(hal_touch_write(at(image, GOOD_DATA), 0x2000));
    assert_false(hal_touch_write(at(image, GOOD_INIT), 1));
    ldr_discard_init(image);
    assert_false(hal_touch_read(at(image, GOOD_INIT), 1));
    assert_false(hal_touch_read(at(image, GOOD_RELOC), 1));
    assert_true(hal_touch_read(image->base, GOOD_INIT));
    assert_true(hal_touch_write(at(image, GOOD_DATA), 0x2000));
    ldr_unload_image(image);
}

static void sections_below_a_page_share_everything(void **state)
{
    struct ldr_image *image;
    (void)state;
    good.nt.OptionalHeader.SectionAlignment = good.nt.OptionalHeader.FileAlignment;
    image = must_load("packed.sys");
    assert_true(hal_touch_write(image->base, GOOD_SIZE));
    ldr_discard_init(image);
    assert_int_equal(call(image, GOOD_INIT), GOOD_ENTRY_RESULT);
    ldr_unload_image(image);
}

static void cookie_is_set_once(void **state)
{
    struct ldr_image *one = must_load("one.sys"), *two, *chosen;
    uint64_t first = (uintptr_t)pointer_at(one, GOOD_DATA_RVA(cookie)), second;
    (void)state;
    good.data.cookie = 0;
    two = must_load("two.sys");
    second = (uintptr_t)pointer_at(two, GOOD_DATA_RVA(cookie));
    assert_true(first != 0 && first != DEFAULT_COOKIE && first >> 48 == 0);
    assert_true(second != 0 && second != DEFAULT_COOKIE && second >> 48 == 0 && second != first);
    good.data.cookie = 0x123456;
    chosen = must_load("three.sys");
    assert_ptr_equal(pointer_at(chosen, GOOD_DATA_RVA(cookie)), (void *)0x123456);
    ldr_unload_image(one);
    ldr_unload_image(two);
    ldr_unload_image(chosen);
}

static void control_flow_guard_is_harmless(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    uint64_t result;
    (void)state;
    call(image, GOOD_TEXT_RVA(check_guard)); // returns
    __asm__ volatile("call *%1"
                     : "=a"(result)
                     : "r"(pointer_at(image, GOOD_RDATA_RVA(guard_dispatch))), "a"(at(image, GOOD_TEXT_RVA(exported)))
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory", "cc");
    assert_int_equal((uint32_t)result, 7);
    ldr_unload_image(image);
}

static void outside_addresses_in_the_load_configuration_are_ignored(void **state)
{
    (void)state;
    good.rdata.config.SecurityCookie = GOOD_BASE + GOOD_SIZE - 7;
    good.rdata.config.GuardCFCheckFunctionPointer = 1;
    good.rdata.config.GuardCFDispatchFunctionPointer = UINT64_MAX;
    ldr_unload_image(must_load("good.sys"));
}

static void no_load_configuration_leaves_the_cookie_alone(void **state)
{
    struct ldr_image *image;
    (void)state;
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG, 0, 0);
    image = must_load("plain.sys");
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(cookie)), (void *)DEFAULT_COOKIE);
    ldr_unload_image(image);
}

static void image_without_relocations_runs_at_its_base_only(void **state)
{
    const uintptr_t base = HAL_KERNEL_END - 0x1000000;
    struct ldr_image *image, *second;
    (void)state;
    good.nt.FileHeader.Characteristics |= IMAGE_FILE_RELOCS_STRIPPED;
    good.nt.OptionalHeader.ImageBase = base;
    good.data.pointer = base + GOOD_DATA_RVA(cookie);
    image = must_load("fixed.sys");
    assert_ptr_equal(image->base, (void *)base);
    assert_ptr_equal(pointer_at(image, GOOD_DATA_RVA(pointer)), at(image, GOOD_DATA_RVA(cookie)));
    assert_int_equal(load("again.sys", 0, &second), STATUS_CONFLICTING_ADDRESSES);
    assert_null(second);
    assert_non_null(strstr(said, "error: again.sys: cannot load: no relocations"));
    ldr_unload_image(image);
}

// ---- imports -----------------------------------------------------------------------------------------------------------

static void present_import_is_called(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_first)), 42);
    ldr_unload_image(image);
}

static void hal_and_other_modules_are_looked_up(void **state)
{
    struct ldr_image *image;
    (void)state;
    strcpy(good.rdata.module, "HAL.dll");
    strcpy(good.rdata.other_module, "WdfLdr.sys");
    strcpy(good.rdata.other.text, "WdfRoutine");
    image = must_load("good.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_first)), 42);
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 42);
    ldr_unload_image(image);
}

static void missing_imports_are_all_reported(void **state)
{
    struct ldr_report report = {.line = remember};
    struct ldr_image *image;
    (void)state;
    assert_int_equal(ldr_load_image(&good, sizeof good, "good.sys", 0, &image, &report), STATUS_SUCCESS);
    assert_int_equal(report.missing_imports, 4);
    assert_non_null(strstr(said, "good.sys: missing from ntoskrnl.exe: SecondRoutine, #123, NtBuildNumber\n"));
    assert_non_null(strstr(said, "good.sys: missing from other.sys: OtherRoutine\n"));
    assert_non_null(strstr(said, "4 imports do not exist here"));
    assert_null(strstr(said, "error:"));
    ldr_unload_image(image);
}

static void strict_imports_refuse_and_name_all(void **state)
{
    struct ldr_image *image = &(struct ldr_image){0};
    (void)state;
    assert_int_equal(load("good.sys", LDR_STRICT_IMPORTS, &image), STATUS_PROCEDURE_NOT_FOUND);
    assert_null(image);
    assert_non_null(strstr(said, "error: good.sys: missing from ntoskrnl.exe: SecondRoutine, #123, NtBuildNumber\n"));
    assert_non_null(strstr(said, "error: good.sys: missing from other.sys: OtherRoutine\n"));
    assert_non_null(strstr(said, "STATUS_PROCEDURE_NOT_FOUND (0xC000007A)"));
}

static jmp_buf back;
static char missing_called[128];

static void leave(const char *driver, const char *module, const char *name)
{
    snprintf(missing_called, sizeof missing_called, "%s %s %s", driver, module, name);
    longjmp(back, 1);
}

static void expect_missing(const struct ldr_image *image, uint32_t rva, const char *expected)
{
    missing_called[0] = 0;
    if (setjmp(back) == 0)
        call(image, rva);
    assert_string_equal(missing_called, expected);
}

static void missing_routine_ends_in_the_hook(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    (void)state;
    ldr_missing_import_hook = leave;
    expect_missing(image, GOOD_TEXT_RVA(call_second), "good.sys ntoskrnl.exe SecondRoutine");
    ldr_discard_init(image);
    expect_missing(image, GOOD_TEXT_RVA(call_ordinal), "good.sys ntoskrnl.exe #123");
    expect_missing(image, GOOD_TEXT_RVA(call_other), "good.sys other.sys OtherRoutine");
    assert_string_equal(ldr_find_missing(pointer_at(image, GOOD_RDATA_RVA(iat[1])))->name, "SecondRoutine");
    assert_false(hal_touch_write(pointer_at(image, GOOD_RDATA_RVA(iat[1])), 1));
    ldr_missing_import_hook = missing_import;
    ldr_unload_image(image);
}

static void missing_variable_faults_and_is_known(void **state)
{
    struct ldr_image *image = must_load("good.sys");
    char *variable = pointer_at(image, GOOD_RDATA_RVA(iat[3]));
    const struct ldr_missing *missing = ldr_find_missing(variable + 8);
    (void)state;
    assert_false(hal_touch_read(variable, 1));
    assert_non_null(missing);
    assert_string_equal(missing->name, "NtBuildNumber");
    assert_string_equal(missing->module, "ntoskrnl.exe");
    assert_true(missing->data);
    assert_ptr_equal(missing->image, image);
    assert_null(ldr_find_missing(image->base));
    ldr_unload_image(image);
    assert_null(ldr_find_missing(variable));
}

// A driver with more missing imports than fit in a line, and in a page of thunks.
static void many_missing_imports_fill_several_lines(void **state)
{
    enum { COUNT = 300, BYTES = 0x4000 };
    struct ldr_report report = {.line = remember};
    struct ldr_image *image;
    size_t size = sizeof good + BYTES;
    uint8_t *file = calloc(1, size), *lookup = file + sizeof good, *name = lookup + 0x1000;
    (void)state;
    good.nt.OptionalHeader.SizeOfImage += 0x1000 + BYTES;
    good_section(&good, 4, ".many", GOOD_RELOC, BYTES + 0x1000, sizeof good, BYTES,
                 IMAGE_SCN_MEM_READ | IMAGE_SCN_MEM_WRITE);
    good_directory(&good, IMAGE_DIRECTORY_ENTRY_BASERELOC, 0, 0);
    good.rdata.descriptors[0].OriginalFirstThunk = GOOD_RELOC;
    good.rdata.descriptors[0].FirstThunk = GOOD_RELOC + BYTES;
    memcpy(file, &good, sizeof good);
    for (unsigned i = 0; i < COUNT; i++, name += 32) {
        uint64_t rva = GOOD_RELOC + (uint64_t)(name - lookup);
        memcpy(lookup + i * 8, &rva, 8);
        snprintf((char *)name + 2, 30, "MissingRoutine%03u", i);
    }
    assert_int_equal(ldr_load_image(file, size, "many.sys", 0, &image, &report), STATUS_SUCCESS);
    assert_int_equal(report.missing_imports, COUNT + 1);
    for (unsigned i = 0; i < COUNT; i += 37) {
        char wanted[32];
        snprintf(wanted, sizeof wanted, "MissingRoutine%03u", i);
        assert_non_null(strstr(said, wanted));
        assert_string_equal(ldr_find_missing(pointer_at(image, GOOD_RELOC + BYTES + i * 8))->name, wanted);
    }
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) < LDR_LINE);
    free(file);
    ldr_unload_image(image);
}

// ---- images that import from each other -----------------------------------------------------------------------------------

static struct ldr_image *load_exporter(const char *forwarder)
{
    strcpy(good.rdata.export_names[forwarder ? 1 : 0], "OtherRoutine");
    if (forwarder)
        strcpy(good.rdata.forwarder, forwarder);
    return must_load("OTHER.sys");
}

static void import_from_another_image_keeps_it(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    void *base = other->base;
    (void)state;
    image = must_load("user.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(other);
    assert_ptr_equal(ldr_find_image(base), other);
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(image);
    assert_null(ldr_find_image(base));
}

static void import_by_ordinal_from_another_image(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    (void)state;
    good.rdata.lookup_other[0] = IMAGE_ORDINAL_FLAG64 | 1;
    image = must_load("user.sys");
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 7);
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void forwarders_are_followed(void **state)
{
    struct ldr_image *other = load_exporter("ntoskrnl.FirstRoutine"), *image = must_load("user.sys");
    (void)state;
    assert_int_equal(call(image, GOOD_TEXT_RVA(call_other)), 42);
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void forwarder_to_itself_is_missing(void **state)
{
    struct ldr_image *other = load_exporter("other.OtherRoutine"), *image;
    (void)state;
    said[0] = 0;
    image = must_load("user.sys");
    assert_non_null(strstr(said, "missing from other.sys: OtherRoutine"));
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void failed_load_gives_the_other_image_back(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image;
    (void)state;
    assert_int_equal(load("user.sys", LDR_STRICT_IMPORTS, &image), STATUS_PROCEDURE_NOT_FOUND);
    ldr_unload_image(other); // really goes; tear_down counts
}

// ---- failing -------------------------------------------------------------------------------------------------------------

static void bad_file_is_reported_with_its_name(void **state)
{
    struct ldr_image *image;
    (void)state;
    good.nt.FileHeader.Machine = 0xAA64;
    assert_int_equal(load("a\033b.sys", 0, &image), STATUS_INVALID_IMAGE_FORMAT);
    assert_null(image);
    assert_non_null(strstr(said, "error: a?b.sys: cannot load: made for ARM64"));
    assert_int_equal(ldr_load_image(&good, sizeof good, "quiet.sys", 0, &image, NULL), STATUS_INVALID_IMAGE_FORMAT);
    assert_int_equal(ldr_load_image("", 0, "empty.sys", 0, &image, NULL), STATUS_INVALID_IMAGE_NOT_MZ);
}

static void each_failing_step_leaves_nothing(void **state)
{
    struct ldr_image *other = load_exporter(NULL), *image = NULL;
    long before = alive;
    int steps = 0;
    (void)state;
    for (;; steps++) {
        NTSTATUS status;
        calls_to_fail = steps;
        status = load("user.sys", 0, &image);
        if (NT_SUCCESS(status))
            break;
        assert_null(image);
        assert_true(NT_ERROR(status));
        assert_int_equal(alive, before);
        assert_int_equal(((struct ldr_loaded *)other)->references, 1);
    }
    calls_to_fail = -1;
    assert_in_range(steps, 10, 20); // allocations, the mapping, a protection a section
    ldr_unload_image(image);
    ldr_unload_image(other);
}

static void too_many_images_are_refused(void **state)
{
    struct ldr_image *images[LDR_MAX_IMAGES], *one_more;
    (void)state;
    for (int i = 0; i < LDR_MAX_IMAGES; i++)
        images[i] = must_load("many.sys");
    assert_int_equal(load("one-more.sys", 0, &one_more), STATUS_INSUFFICIENT_RESOURCES);
    for (int i = 0; i < LDR_MAX_IMAGES; i++)
        ldr_unload_image(images[i]);
}

static void random_damage_leaves_nothing(void **state)
{
    enum { ROUNDS = 3000 };
    uint64_t random = 0x2545F4914F6CDD1D;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct ldr_image *image;
        good_image(&good);
        mutate((uint8_t *)&good, sizeof good, &random);
        said[0] = 0;
        if (NT_SUCCESS(load("damaged.sys", 0, &image))) {
            ldr_discard_init(image);
            ldr_unload_image(image);
        } else if (!said[0]) {
            fail_msg("round %u was refused without a word", round);
        }
        assert_int_equal(alive, 0);
    }
}

// ---- while others load -----------------------------------------------------------------------------------------------------

static _Atomic bool stop;
static _Atomic unsigned wrong, looks;

static void look(void *image)
{
    while (!stop) {
        if (ldr_find_image(((struct ldr_image *)image)->entry) != image)
            wrong++;
        looks++;
    }
}

static void finding_needs_no_lock(void **state)
{
    struct ldr_image *image = must_load("stays.sys");
    struct hal_thread *thread;
    (void)state;
    assert_int_equal(hal_thread_start(&thread, look, image, "look"), 0);
    for (int i = 0; i < 500 || looks == 0; i++)
        ldr_unload_image(must_load("comes-and-goes.sys"));
    stop = true;
    hal_thread_join(thread);
    assert_int_equal(wrong, 0);
    ldr_unload_image(image);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(image_is_mapped_and_runs),
        TEST(relocations_are_applied),
        TEST(images_are_found_by_address_and_name),
        TEST(sections_have_their_protections),
        TEST(sections_below_a_page_share_everything),
        TEST(cookie_is_set_once),
        TEST(control_flow_guard_is_harmless),
        TEST(outside_addresses_in_the_load_configuration_are_ignored),
        TEST(no_load_configuration_leaves_the_cookie_alone),
        TEST(image_without_relocations_runs_at_its_base_only),
        TEST(present_import_is_called),
        TEST(hal_and_other_modules_are_looked_up),
        TEST(missing_imports_are_all_reported),
        TEST(strict_imports_refuse_and_name_all),
        TEST(missing_routine_ends_in_the_hook),
        TEST(missing_variable_faults_and_is_known),
        TEST(many_missing_imports_fill_several_lines),
        TEST(import_from_another_image_keeps_it),
        TEST(import_by_ordinal_from_another_image),
        TEST(forwarders_are_followed),
        TEST(forwarder_to_itself_is_missing),
        TEST(failed_load_gives_the_other_image_back),
        TEST(bad_file_is_reported_with_its_name),
        TEST(each_failing_step_leaves_nothing),
        TEST(too_many_images_are_refused),
        TEST(random_damage_leaves_nothing),
        TEST(finding_needs_no_lock),
    };
    hal_faults_init();
    sigaction(SIGSEGV, NULL, &hal_faults);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
